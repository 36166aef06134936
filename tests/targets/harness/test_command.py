"""Any program as a target: the protocol it is spoken to in, and what becomes of what it prints."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from canary.domain.canonical import canonical_json
from canary.domain.ports import Conditions
from canary.domain.record import steps_json
from canary.domain.suite import CheckSpec, Prompt
from canary.domain.target import Arm, HarnessOptions, TargetSpec
from canary.domain.trial import Transcript, TrialKey, Usage
from canary.targets.command import CommandTarget
from canary.targets.command_record import read_record
from canary.targets.redaction import Redactor
from canary.targets.registry import build_target
from tests.fakes import FakeClock, FakeMeter
from tests.targets.harness.trials import KEY, prompt, script

EXAMPLE = Path(__file__).parents[3] / "docs" / "examples" / "command_target.py"


def read(record: Mapping[str, Any], asked: Prompt | None = None) -> Any:
    return read_record(json.dumps(record).encode(), asked or prompt(), Redactor((KEY,)))


async def tried(
    folder: Path, body: str, *, asked: Prompt | None = None, arm: Arm = "harness", version: str | None = None
) -> Transcript:
    spec = TargetSpec(
        name="mine", provider="command", model="m", api_key_env="TEAM_KEY", arm=arm,
        harness=HarnessOptions(argv=(str(script(folder / "bin", body)), "--flag"), version=version),
    )  # fmt: skip
    root = folder / "trials"
    root.mkdir()
    target = CommandTarget(spec=spec, argv=list(spec.harness.argv), api_key=KEY, root=root, clock=FakeClock())
    key = TrialKey(run="r", target="mine", prompt="family/one", replicate=2)
    done = await target.attempt(asked or prompt(), Conditions(key=key, meter=FakeMeter()))
    assert list(root.iterdir()) == []
    return done


async def test_a_command_reads_the_prompt_without_its_checks_and_answers(tmp_path: Path) -> None:
    asked = prompt("One?", system="Be brief.", files={"a.txt": "x"})
    body = "told = json.load(sys.stdin); print(json.dumps({'response': json.dumps([told, sorted(os.environ), sys.argv[1:]])}))"
    done = await tried(tmp_path, body, asked=asked)
    told, names, argv = json.loads(done.final_text or "")
    assert told["schema"] == 1
    assert told["prompt"]["turns"] == [{"user": "One?", "pause_s": None}]
    assert told["prompt"]["environment"]["files"] == {"a.txt": "x"}
    assert (told["target"]["model"], told["replicate"]) == ("m", 2)
    assert "checks" not in told["prompt"]
    assert "TEAM_KEY" in names
    assert argv == ["--flag"]
    assert done.files == {"a.txt": "x"}


async def test_a_command_that_hides_nothing_still_gives_away_no_check(tmp_path: Path) -> None:
    from dataclasses import replace

    asked = replace(prompt(), checks=(CheckSpec(name="exact", params={"exact": "the-hidden-answer"}),))
    done = await tried(tmp_path, "print(json.dumps({'response': sys.stdin.read()}))", asked=asked)
    assert "the-hidden-answer" not in (done.final_text or "")


def test_turns_are_read_as_examples_are_written() -> None:
    calls = [
        {"name": "read_file", "arguments": {"path": "a"}, "result": "x"},
        {"name": "f", "arguments": "no json"},
    ]
    told = read(
        {"turns": [{"text": "Let me look.", "tool_calls": calls}, "It is x.", "Bye."]}, prompt("One?", "Two?")
    )
    assert [step.turn for step in told.steps] == [0, 0, 1]
    assert [call.arguments for call in told.steps[0].tool_calls] == [{"path": "a"}, None]
    assert told.stop == "end"


def test_figures_are_the_trials_and_an_absent_one_is_not_measured() -> None:
    told = read(
        {
            "turns": [{"tool_calls": [{"name": "f"}]}, "x"],
            "input_tokens": 7,
            "output_tokens": 3,
            "latency_s": 2.0,
            "served_model": "m-1",
        }
    )
    total = told.steps[0].usage + told.steps[1].usage
    assert total == Usage(input_tokens=7, output_tokens=3)
    assert sum(step.latency_s for step in told.steps) == 2.0
    assert told.steps[-1].served_model == "m-1"
    assert read({"response": "x"}).steps[0].usage is None
    assert "no_usage" in read({"response": "x"}).steps[0].flags


@pytest.mark.parametrize(
    ("record", "stop"),
    [
        ({"refused": True}, "refusal"),
        ({"truncated": True}, "max_tokens"),
        ({"truncated": True, "stop_reason": "call_limit"}, "call_limit"),
    ],
)
def test_a_refused_or_cut_answer_is_graded_and_may_leave_turns_unanswered(
    record: dict[str, Any], stop: str
) -> None:
    told = read({"response": "x", **record}, prompt("One?", "Two?"))
    assert (told.failure, told.stop) == (None, stop)


def test_a_failure_it_reports_is_a_failed_trial_of_that_kind() -> None:
    told = read(
        {
            "outcome": "failed",
            "error": {"kind": "rate_limited", "message": f"slow down {KEY}", "retryable": False},
        }
    )
    assert (told.failure.kind, told.failure.retryable) == ("rate_limited", False)
    assert KEY not in told.failure.message
    assert read({"outcome": "failed", "error": {"kind": "bad luck"}}).failure.kind == "crash"


@pytest.mark.parametrize(
    "record", [{}, {"turns": []}, {"turns": [7]}, {"response": None}, {"turns": ["one"]}]
)
def test_a_record_that_does_not_answer_is_malformed(record: dict[str, Any]) -> None:
    assert read(record, prompt("One?", "Two?")).failure.kind == "malformed"


def test_logging_before_the_record_does_no_harm() -> None:
    told = read_record(b'starting\n{"a": 1\n{"response": "x"}\n', prompt(), Redactor(()))
    assert told.steps[0].text == "x"


@pytest.mark.parametrize(("body", "kind"), [("sys.exit(2)", "crash"), ("print('hello')", "malformed")])
async def test_a_bad_run_is_a_failed_trial(tmp_path: Path, body: str, kind: str) -> None:
    done = await tried(tmp_path, body)
    assert done.failure is not None
    assert done.failure.kind == kind


@pytest.mark.parametrize(("version", "failed"), [("2.0", False), ("2.1", True)])
async def test_a_pinned_command_that_is_another_version_is_no_answer(
    tmp_path: Path, version: str, failed: bool
) -> None:
    body = f"print(json.dumps({{'response': 'x', 'fingerprint': {{'harness_version': '{version}'}}}}))"
    done = await tried(tmp_path, body, arm="harness-pinned", version="2.0")
    assert (done.failure is not None) is failed
    assert done.fingerprint["harness_version"] == version


_json = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=6)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=6), inner, max_size=3)
    ),
)
_names = st.sampled_from(
    ["response", "turns", "outcome", "error", "input_tokens", "fingerprint", "files", "latency_s", "refused"]
)


@given(st.dictionaries(_names, _json, max_size=5), st.binary(max_size=20))
def test_no_record_crashes_the_reading(record: dict[str, Any], junk: bytes) -> None:
    told = read_record(junk + b"\n" + json.dumps(record).encode(), prompt(), Redactor(()))
    assert canonical_json(steps_json(told.steps)).encode()


def test_the_example_in_the_documentation_runs(tmp_path: Path) -> None:
    question = {
        "schema": 1,
        "prompt": {"turns": [{"user": "Say hello."}], "system": None},
        "target": {"model": "echo"},
    }
    done = subprocess.run(
        [sys.executable, str(EXAMPLE)], input=json.dumps(question), capture_output=True, text=True, check=True,
        env={"PATH": os.defpath},
    )  # fmt: skip
    told = read_record(done.stdout.encode(), prompt(), Redactor(()))
    assert told.failure is None
    assert told.steps[-1].text


def test_a_command_is_built_by_its_name() -> None:
    spec = TargetSpec(
        name="mine", provider="command", model="m", harness=HarnessOptions(argv=(sys.executable,))
    )
    assert build_target(spec, api_key="", clock=FakeClock()).spec is spec
