"""Whatever an agent CLI prints: nothing crashes, nothing is miscounted, everything ends in a record."""

import json
import math
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from canary.domain.canonical import canonical_json
from canary.domain.record import steps_json
from canary.domain.trial import Step
from canary.targets.harness_reply import LONGEST_RESULT, LONGEST_TEXT, Answered
from tests.targets.harness.trials import claude_fold, codex_fold, fold_of, folded, recorded, tried

NAMES = ("claude-agentic", "claude-talk", "codex-agentic", "codex-talk", "codex-code-mode")
every_stream = pytest.mark.parametrize("name", NAMES)


def counted(done: Answered) -> tuple[Any, ...]:
    """What of a turn enters the figures, flags left out."""
    return (
        done.stop,
        done.failure,
        [(step.text, [(c.name, c.arguments) for c in step.tool_calls], step.usage) for step in done.steps],
    )


def storable(steps: Sequence[Step]) -> bool:
    return bool(canonical_json(steps_json(steps)).encode("utf-8"))


@every_stream
def test_unknown_events_bad_bytes_and_torn_lines_between_good_ones_change_no_count(name: str) -> None:
    noise = [
        b'{"type":"a_type_to_come","x":[1,2]}', b"\xff\xfe\x00", b"{", b"[]", b"null", b"", b"   ",
        b'{"type":null}', b'{"type":{"a":1}}', b'{"no":"type"}', b"[" * 5000, b'{"a":' * 5000,
        b'{"type":"stream_event"}', b'{"type":"item.completed"}', b'{"type":"item.completed","item":[]}',
        b'{"type":"item.completed","item":{"type":"a_kind_to_come"}}', b'{"type":"system","subtype":7}',
    ]  # fmt: skip
    lines = [piece for line in recorded(name) for piece in (*noise, line)]
    clean, noisy = folded(recorded(name), fold_of(name)), folded(lines, fold_of(name))
    assert counted(noisy) == counted(clean)
    assert {"not_utf8", "unreadable_line"} <= set(noisy.steps[-1].flags)


@every_stream
def test_a_stream_cut_anywhere_is_a_failed_trial_and_never_an_answer(name: str) -> None:
    lines = recorded(name)
    for cut in range(len(lines)):
        done = folded(lines[:cut], fold_of(name))
        assert done.failure is not None
        assert done.stop is None
        half = folded([*lines[:cut], lines[cut][: len(lines[cut]) // 2]], fold_of(name))
        assert half.failure is not None


@every_stream
def test_bytes_that_are_no_utf8_inside_an_event_do_not_lose_it(name: str) -> None:
    lines = [line.replace(b"opening", b"op\xffning") for line in recorded(name)]
    done = folded(lines, fold_of(name))
    assert done.failure is None
    assert storable(done.steps)
    assert "not_utf8" in done.steps[-1].flags


_scalars = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8))
_values = st.recursive(
    _scalars, lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=4), inner, max_size=3)), max_leaves=6
)  # fmt: skip


def _mutated(event: Any, path: Sequence[int], value: Any) -> Any:
    """The event with the value at a place, chosen by indexes, replaced."""
    if not path or not isinstance(event, dict | list) or not event:
        return value
    if isinstance(event, list):
        place = path[0] % len(event)
        return [_mutated(item, path[1:], value) if i == place else item for i, item in enumerate(event)]
    name = sorted(event)[path[0] % len(event)]
    return {**event, name: _mutated(event[name], path[1:], value)}


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from(NAMES),
    st.lists(st.tuples(st.integers(0, 200), st.lists(st.integers(0, 9), min_size=1, max_size=6), _values), min_size=1, max_size=4),
)  # fmt: skip
def test_no_value_in_any_place_of_any_event_crashes_a_fold(name: str, changes: Any) -> None:
    lines = recorded(name)
    for index, path, value in changes:
        place = index % len(lines)
        lines[place] = json.dumps(_mutated(json.loads(lines[place]), path, value)).encode()
    done = folded(lines, fold_of(name))
    assert storable(done.steps)
    for step in done.steps:
        counts = [] if step.usage is None else [step.usage.input_tokens, step.usage.output_tokens]
        assert all(count is None or (count >= 0 and math.isfinite(count)) for count in counts)


def test_fifty_megabytes_of_output_are_read_and_cut_to_a_size_that_can_be_kept() -> None:
    lines = recorded("claude-talk")
    blocks = [{"type": "tool_result", "tool_use_id": "x", "content": "y" * 1_000_000}]
    big = json.dumps({"type": "user", "message": {"content": blocks}}).encode()
    result_at = len(lines) - 1
    done = folded([*lines[:result_at], *[big] * 50, lines[result_at]], claude_fold())
    clean = folded(lines, claude_fold())
    assert counted(done) == counted(clean)
    item = {"id": "i", "type": "command_execution", "command": "yes", "aggregated_output": "y" * 50_000_000}
    told = folded(
        [json.dumps({"type": "item.completed", "item": item}).encode(), *recorded("codex-talk")], codex_fold()
    )
    (call,) = told.steps[0].tool_calls
    assert call.result is not None
    assert len(call.result.text) == LONGEST_RESULT
    assert "result_cut" in told.steps[-1].flags


CALLS = """
blocks = [{'type': 'tool_use', 'id': f'c{n}', 'name': 'Bash', 'input': {'command': 'make'}} for n in range(COUNT)]
say(type='assistant', message={'id': 'm0', 'model': 'm', 'content': blocks})
for n in range(COUNT):
    said = {'type': 'tool_result', 'tool_use_id': f'c{n}', 'content': 'y' * (50_000_000 // COUNT)}
    say(type='user', message={'content': [said]})
answer('done')
"""
LARGEST_RESIDENT_MB = 300
"""Bytes of output and a few copies of its longest line; measured: 56 MB for 50 lines, 131 MB for one, of them 35 at rest."""


@pytest.mark.parametrize(("count", "flag"), [(50, "result_cut"), (1, "unreadable_line")])
async def test_a_real_process_that_prints_fifty_megabytes_is_counted_right(
    tmp_path: Path, count: int, flag: str
) -> None:
    """A line beyond the limit loses the result it told, never the call, which an earlier line told."""
    done = (await tried(tmp_path, CALLS.replace("COUNT", str(count)))).transcript
    assert (done.failure, done.final_text) == (None, "done")
    assert [len(step.tool_calls) for step in done.steps] == [count, 0]
    assert done.usage is not None
    assert done.usage.output_tokens == 4
    assert flag in done.steps[-1].flags


@pytest.mark.slow
@pytest.mark.parametrize("count", [50, 1])
def test_fifty_megabytes_of_output_do_not_stay_in_memory(tmp_path: Path, count: int) -> None:
    source = (
        "import asyncio, resource, sys\nfrom pathlib import Path\n"
        "from tests.targets.harness.test_hostile_output import CALLS\n"
        "from tests.targets.harness.trials import tried\n"
        f"asyncio.run(tried(Path({str(tmp_path)!r}), CALLS.replace('COUNT', '{count}')))\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
    )
    told = subprocess.run(
        [sys.executable, "-c", source],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[3],
    )
    assert int(told.stdout) / 1024 < LARGEST_RESIDENT_MB


def test_an_endless_answer_is_cut_and_flagged() -> None:
    item = {"id": "i", "type": "agent_message", "text": "z" * (LONGEST_TEXT + 5)}
    lines = [json.dumps({"type": "item.completed", "item": item}).encode(), b'{"type":"turn.completed"}']
    (step,) = folded(lines, codex_fold()).steps
    assert len(step.text) == LONGEST_TEXT
    assert "text_cut" in step.flags
