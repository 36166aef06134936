"""What Codex prints, read right: each trap that was met in a real run has its test."""

import json
from typing import Any

import pytest

from canary.domain.trial import Usage
from canary.targets.codex_rollout import NOT_REPORTED, completed, last_turn
from canary.targets.harness_reply import TOLD_LATER
from canary.targets.sandbox import Exit
from tests.targets.harness.trials import WORK, codex_fold, folded, recorded

LIMITED = Exit(status=143, ended="limit", stderr="", seconds=1.0)


def line(**event: Any) -> bytes:
    return json.dumps(event).encode()


CALLS = {
    "codex-agentic": ["list_files", "run_tests", "read_file", "edit_file", "run_tests"],
    "codex-code-mode": ["list_files", "run_tests", "read_file", "edit_file", "run_tests"],
}


@pytest.mark.parametrize("name", CALLS)
def test_a_conversation_with_tools_is_read_whole_whatever_tool_set_the_model_gets(name: str) -> None:
    done = folded(recorded(name), codex_fold())
    assert done.failure is None
    calls = [call for step in done.steps for call in step.tool_calls]
    assert [call.name for call in calls] == CALLS[name]
    assert next(c for c in calls if c.name == "edit_file").arguments == {"path": "opening.py"}
    assert {"path": "opening.py"} in [call.arguments for call in calls if call.name == "read_file"]
    assert all(call.result and not call.result.error for call in calls)
    assert done.stop == "end"


def test_usage_is_told_once_for_the_turn_and_excludes_what_the_cache_gave_or_took() -> None:
    lines = recorded("codex-agentic")
    raw = json.loads(lines[-1])["usage"]
    done = folded(lines, codex_fold())
    usage = done.steps[-1].usage
    assert usage == Usage(
        input_tokens=raw["input_tokens"] - raw["cached_input_tokens"] - raw["cache_write_input_tokens"],
        cache_read_tokens=raw["cached_input_tokens"],
        cache_write_tokens=raw["cache_write_input_tokens"],
        output_tokens=raw["output_tokens"],
        reasoning_tokens=raw["reasoning_output_tokens"],
    )
    assert {step.flags for step in done.steps[:-1]} == {(TOLD_LATER,)}


def test_a_resumed_thread_is_charged_for_the_new_turn_alone() -> None:
    first = folded(recorded("codex-talk"), codex_fold())
    lines = recorded("codex-talk-resumed")
    raw = json.loads(lines[-1])["usage"]
    before = json.loads(recorded("codex-talk")[-1])["usage"]
    usage = folded(lines, codex_fold(first.told)).steps[-1].usage
    assert usage is not None
    assert usage.output_tokens == raw["output_tokens"] - before["output_tokens"]
    assert usage.cache_read_tokens == raw["cached_input_tokens"] - before["cached_input_tokens"]
    assert usage.total_tokens == raw["input_tokens"] + raw["output_tokens"] - before["input_tokens"] - before["output_tokens"]  # fmt: skip


def test_a_refused_key_is_a_failed_trial_with_its_retries() -> None:
    done = folded(recorded("codex-refused-key"), codex_fold())
    assert done.failure is not None
    assert (done.failure.kind, done.failure.status, done.steps) == ("authentication", 401, ())
    assert [retried.failure.status for retried in done.retried] == [401]


@pytest.mark.parametrize(
    ("message", "kind"),
    [
        ("exceeded retry limit, last status: 429 Too Many Requests", "rate_limited"),
        ("unexpected status 503 Service Unavailable: try later", "overloaded"),
        ("stream disconnected before completion: idle timeout", "stream_cut"),
        ("error sending request for url (http://simulated/v1/responses)", "connection"),
        ("You've hit your usage limit. Try again on Friday.", "quota"),
    ],
)
def test_a_failed_turn_is_named_by_what_it_says(message: str, kind: str) -> None:
    done = folded([line(type="turn.failed", error={"message": message})], codex_fold())
    assert done.failure is not None
    assert done.failure.kind == kind


def test_a_thread_without_a_completed_turn_is_a_crash() -> None:
    done = folded(recorded("codex-agentic")[:-1], codex_fold())
    assert done.failure is not None
    assert done.failure.kind == "crash"


def test_calls_side_by_side_are_one_reply_and_calls_in_a_row_are_several() -> None:
    def item(kind: str, number: int) -> bytes:
        body = {"id": f"i{number}", "type": "command_execution", "command": "make", "exit_code": 0}
        return line(type=kind, item=body)

    def steps(*events: tuple[str, int]) -> list[int]:
        lines = [*(item(f"item.{kind}", number) for kind, number in events), line(type="turn.completed")]
        return [len(step.tool_calls) for step in folded(lines, codex_fold()).steps]

    assert steps(("started", 1), ("started", 2), ("completed", 2), ("completed", 1)) == [2]
    assert steps(("started", 1), ("completed", 1), ("started", 2), ("completed", 2)) == [1, 1]


def test_a_limit_on_replies_ends_the_run_and_the_trial_is_graded_as_cut_short() -> None:
    fold = codex_fold(max_turns=2)
    kept = [fold.add(one, 0.0) for one in recorded("codex-agentic")]
    assert kept.index(False) > 0
    done = fold.answered(LIMITED)
    assert (done.failure, done.stop, len(done.steps)) == (None, "call_limit", 2)
    assert done.steps[-1].stop_reason == "max_turns"


def test_a_failed_command_is_a_tool_call_with_an_error() -> None:
    body = {"id": "i", "type": "command_execution", "command": "false", "exit_code": 1, "status": "failed"}
    done = folded([line(type="item.completed", item=body), line(type="turn.completed")], codex_fold())
    (call,) = done.steps[0].tool_calls
    assert call.result is not None
    assert call.result.error


@pytest.mark.parametrize("name", ["codex-agentic", "codex-code-mode", "codex-talk", "codex-parallel"])
def test_the_threads_own_record_adds_nothing_where_every_call_was_reported(name: str) -> None:
    done = folded(recorded(name), codex_fold())
    held = completed(done, last_turn(recorded(f"{name}-thread"), WORK))
    assert [call for step in held.steps for call in step.tool_calls] == [
        call for step in done.steps for call in step.tool_calls
    ]
    assert not any(NOT_REPORTED in step.flags for step in held.steps)
    assert [step.text for step in held.steps if step.text] == [step.text for step in done.steps if step.text]


def test_commands_that_vanished_from_the_output_are_counted_all_the_same() -> None:
    """With `CODEX_HOME` under the temporary folder a refused command left no line, and counts dropped silently."""
    lines = [one for one in recorded("codex-talk") if b"command_execution" not in one]
    done = completed(folded(lines, codex_fold()), last_turn(recorded("codex-talk-thread"), WORK))
    calls = [call for step in done.steps for call in step.tool_calls]
    assert [(call.name, call.arguments) for call in calls] == [("read_file", {"path": "opening-hours.md"})]
    assert NOT_REPORTED in done.steps[-2].flags
    assert done.steps[-1].text


def test_a_call_of_a_tool_that_does_not_exist_is_an_invalid_call() -> None:
    thread = [
        line(
            type="response_item",
            payload={"type": "function_call", "call_id": "c", "name": "fly", "arguments": "{}"},
        ),
        line(
            type="response_item",
            payload={"type": "function_call_output", "call_id": "c", "output": "unsupported call: fly"},
        ),
    ]
    done = completed(folded(recorded("codex-talk"), codex_fold()), last_turn(thread, WORK))
    (call,) = done.steps[-2].tool_calls
    assert call.result is not None
    assert (call.name, call.result.invalid) == ("fly", "unknown_tool")


def test_calls_that_one_reply_made_together_are_one_reply_though_they_are_printed_in_a_row() -> None:
    done = folded(recorded("codex-parallel"), codex_fold())
    assert [len(step.tool_calls) for step in done.steps] == [1, 1, 1, 1, 0]
    together = completed(done, last_turn(recorded("codex-parallel-thread"), WORK))
    assert [len(step.tool_calls) for step in together.steps] == [4, 0]
    assert together.steps[-1].usage == done.steps[-1].usage
    assert together.steps[0].usage == done.steps[0].usage
