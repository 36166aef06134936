"""What Claude Code prints, read right: each trap that was met in a real run has its test."""

import json
from typing import Any

import pytest

from canary.domain.trial import Usage
from canary.targets.claude_code_account import UNSEEN
from canary.targets.sandbox import Exit
from tests.targets.harness.trials import EXITED, claude_fold, folded, recorded


def line(**event: Any) -> bytes:
    return json.dumps(event).encode()


def test_a_conversation_with_tools_is_read_whole() -> None:
    done = folded(recorded("claude-agentic"), claude_fold())
    assert done.failure is None
    assert [call.name for step in done.steps for call in step.tool_calls] == [
        "list_files", "run_tests", "read_file", "edit_file", "run_tests",
    ]  # fmt: skip
    read, edit = done.steps[1].tool_calls[0], done.steps[2].tool_calls[0]
    assert read.arguments == {"path": "opening.py"}
    assert edit.arguments is not None
    assert edit.arguments["path"] == "opening.py"
    assert edit.arguments["new_text"]
    assert [call.result is not None for step in done.steps for call in step.tool_calls] == [True] * 5
    assert (done.stop, done.version, done.steps[-1].tool_calls) == ("end", "2.1.197", ())
    assert {step.served_model for step in done.steps} == {"claude-opus-4-7"}


def test_usage_is_what_each_reply_was_billed_and_not_what_it_began_with() -> None:
    lines = recorded("claude-agentic")
    result = json.loads(lines[-1])
    done = folded(lines, claude_fold())
    starts = [
        json.loads(one)["message"]["usage"]["output_tokens"] for one in lines if b'"assistant"' in one[:20]
    ]
    assert set(starts) == {1}
    outputs = [step.usage.output_tokens for step in done.steps if step.usage]
    assert sum(n or 0 for n in outputs) == result["usage"]["output_tokens"]
    assert all(n and n > 1 for n in outputs)


def test_reasoning_is_measured_for_each_reply() -> None:
    done = folded(recorded("claude-talk"), claude_fold())
    assert all(step.usage and step.usage.reasoning_tokens is not None for step in done.steps)


def test_where_replies_are_not_streamed_the_result_tells_the_usage_of_the_turn() -> None:
    lines = [one for one in recorded("claude-agentic") if b'"stream_event"' not in one]
    result = json.loads(lines[-1])["usage"]
    total = Usage(input_tokens=0, output_tokens=0)
    for step in folded(lines, claude_fold()).steps:
        assert step.usage is not None
        total += step.usage
    assert total.input_tokens == result["input_tokens"]
    assert total.output_tokens == result["output_tokens"]


def test_an_error_of_the_api_reported_as_success_is_a_failed_trial() -> None:
    lines = recorded("claude-refused-key")
    assert json.loads(lines[-1])["subtype"] == "success"
    for status in (0, 1):
        done = folded(lines, claude_fold(), Exit(status=status, ended="exited", stderr="", seconds=1.0))
        assert done.failure is not None
        assert (done.failure.kind, done.failure.status, done.stop) == ("authentication", 401, None)
        assert done.steps == ()


def test_an_error_is_seen_by_the_message_no_model_wrote_even_where_the_result_denies_it() -> None:
    lines = recorded("claude-refused-key")
    result = {**json.loads(lines[-1]), "is_error": False, "api_error_status": None}
    done = folded([*lines[:-1], line(**result)], claude_fold())
    assert done.failure is not None


def test_requests_the_agent_sent_again_are_counted() -> None:
    done = folded(recorded("claude-refused-key"), claude_fold())
    assert [(r.step, r.failure.kind, r.failure.status) for r in done.retried] == [(0, "authentication", 401)]
    assert done.retried[0].waited_s is not None


@pytest.mark.parametrize(("name", "reason"), [
    ("claude-max-turns", "error_max_turns"), ("claude-max-usd", "error_max_budget_usd"),
])  # fmt: skip
def test_a_trial_that_our_own_limit_ended_is_graded_as_cut_short(name: str, reason: str) -> None:
    done = folded(recorded(name), claude_fold())
    assert (done.failure, done.stop, done.steps[-1].stop_reason) == (None, "call_limit", reason)


def test_a_run_that_its_budget_ended_is_charged_although_its_result_counts_nothing() -> None:
    lines = recorded("claude-max-usd")
    result = json.loads(lines[-1])
    assert result["usage"]["output_tokens"] == 0
    told = sum(step.usage.output_tokens or 0 for step in folded(lines, claude_fold()).steps if step.usage)
    assert told == result["modelUsage"]["claude-opus-4-7"]["outputTokens"]


def test_a_resumed_turn_is_charged_once_whether_the_account_is_its_own_or_runs_on() -> None:
    first = folded(recorded("claude-talk"), claude_fold())
    lines = recorded("claude-talk-resumed")
    own = folded(lines, claude_fold(first.told))
    result = json.loads(lines[-1])
    running = result["modelUsage"]["claude-opus-4-7"]
    before = first.told["claude-opus-4-7"]
    for name, count in (
        ("inputTokens", before.input_tokens), ("outputTokens", before.output_tokens),
        ("cacheReadInputTokens", before.cache_read_tokens),
        ("cacheCreationInputTokens", before.cache_write_tokens),
    ):  # fmt: skip
        running[name] += count
    cumulative = folded([*lines[:-1], line(**result)], claude_fold(first.told))
    assert [step.usage for step in own.steps] == [step.usage for step in cumulative.steps]
    assert len(own.steps) == 1


def test_tokens_of_another_model_become_a_reply_without_words_before_the_last() -> None:
    lines = recorded("claude-talk")
    result = json.loads(lines[-1])
    result["modelUsage"]["claude-haiku-4-5"] = {"inputTokens": 70, "outputTokens": 9}
    done = folded([*lines[:-1], line(**result)], claude_fold())
    unseen = done.steps[-2]
    assert (unseen.served_model, unseen.text, unseen.flags) == ("claude-haiku-4-5", "", (UNSEEN,))
    assert unseen.usage is not None
    assert (unseen.usage.input_tokens, unseen.usage.output_tokens) == (70, 9)
    assert done.steps[-1].text


def test_what_a_subagent_says_is_no_part_of_the_conversation() -> None:
    said = {
        "id": "other",
        "model": "m",
        "content": [{"type": "tool_use", "id": "t", "name": "Read", "input": {}}],
    }
    lines = recorded("claude-talk")
    done = folded(
        [*lines[:-1], line(type="assistant", message=said, parent_tool_use_id="t9"), lines[-1]], claude_fold()
    )
    assert sum(len(step.tool_calls) for step in done.steps) == 1
    assert "subagent" in done.steps[-1].flags


def test_denied_permissions_and_invalid_calls_are_told() -> None:
    calls = [{"type": "tool_use", "id": i, "name": n, "input": {}} for i, n in (("a", "Fly"), ("b", "Read"))]
    results = [
        {
            "type": "tool_result",
            "tool_use_id": "a",
            "is_error": True,
            "content": "<tool_use_error>Error: No such tool available: Fly</tool_use_error>",
        },
        {
            "type": "tool_result",
            "tool_use_id": "b",
            "is_error": True,
            "content": [{"type": "text", "text": "InputValidationError: file_path"}],
        },
    ]
    done = folded(
        [
            line(type="assistant", message={"id": "1", "model": "m", "content": calls}),
            line(type="user", message={"content": results}),
            line(
                type="assistant",
                message={"id": "2", "model": "m", "content": [{"type": "text", "text": "no"}]},
            ),
            line(
                type="result", subtype="success", is_error=False, permission_denials=[{"tool_name": "Bash"}]
            ),
        ],
        claude_fold(),
    )
    assert [call.result.invalid for call in done.steps[0].tool_calls if call.result] == [
        "unknown_tool",
        "schema",
    ]
    assert "permission_denied:Bash" in done.steps[-1].flags


def test_a_run_without_a_result_is_a_failed_trial_and_keeps_what_was_said() -> None:
    lines = recorded("claude-agentic")[:-1]
    crashed = folded(lines, claude_fold(), Exit(status=139, ended="exited", stderr="core", seconds=1.0))
    assert crashed.failure is not None
    assert (crashed.failure.kind, len(crashed.steps)) == ("crash", 5)
    slow = folded(lines, claude_fold(), Exit(status=143, ended="timeout", stderr="", seconds=9.0))
    assert slow.failure is not None
    assert slow.failure.kind == "timeout"


def test_success_without_a_reply_is_malformed() -> None:
    done = folded([line(type="result", subtype="success", is_error=False, result="")], claude_fold(), EXITED)
    assert done.failure is not None
    assert done.failure.kind == "malformed"
