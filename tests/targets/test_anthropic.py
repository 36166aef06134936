"""What is particular to the Messages API."""

from dataclasses import replace
from typing import Any

import pytest

from canary.domain.dialogue import Ask, Entry, ToolOutputs, UserMessage
from canary.domain.errors import ConfigurationError
from canary.domain.suite import Prompt
from canary.domain.target import TargetOptions, TargetSpec
from canary.domain.trial import Step, Stop, ToolCall, ToolResult, Usage
from canary.targets.anthropic import DEFAULT_MAX_TOKENS, Settings
from canary.targets.faults import Fault
from tests.targets.dialects import FULL, Call, Messages, Speech, calling
from tests.targets.folding import fold
from tests.targets.scripted_server import stream
from tests.targets.talk import TOOLS, prompt, talk

MESSAGES = Messages()


def spec(**options: Any) -> TargetSpec:
    """A target with these options."""
    return TargetSpec(name="t", provider="anthropic", model="m", options=TargetOptions(**options))


def request(*history: Entry, of: Prompt | None = None, **options: Any) -> dict[str, Any]:
    """The parameters of a call."""
    entries = history or (UserMessage(text="Hello?"),)
    return Settings(spec(**options)).request(Ask(history=entries, turn=0), of or prompt())


def events(*blocks: tuple[dict[str, Any], list[dict[str, Any]]], **ending: Any) -> list[Any]:
    """A stream of these blocks, each with its deltas."""
    head, ping, *_ = MESSAGES.events(Speech())
    *_, tail, stop = MESSAGES.events(Speech())
    found: list[Any] = [head, ping]
    for index, (start, deltas) in enumerate(blocks):
        found.append({"type": "content_block_start", "index": index, "content_block": start})
        found += [{"type": "content_block_delta", "index": index, "delta": delta} for delta in deltas]
        found.append({"type": "content_block_stop", "index": index})
    return [*found, {**tail, **ending}, stop]


def text_block(*pieces: str, **more: Any) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """A text block and its deltas."""
    return {"type": "text", "text": ""} | more, [{"type": "text_delta", "text": piece} for piece in pieces]


def test_a_cap_is_always_sent_because_the_protocol_asks_for_one() -> None:
    assert request()["max_tokens"] == DEFAULT_MAX_TOKENS
    assert request(max_output_tokens=50)["max_tokens"] == 50
    assert request(of=prompt(max_output_tokens=7), max_output_tokens=50)["max_tokens"] == 7


def test_system_text_and_tools_stand_where_the_protocol_has_them() -> None:
    asked = request(of=prompt(system="Be brief.", environment=TOOLS))
    assert asked["system"] == "Be brief."
    assert [tool["name"] for tool in asked["tools"]] == ["read_file", "write_file", "get_weather"]
    assert "system" not in request()
    assert "tools" not in request()


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"effort": "xhigh"}, {"output_config": {"effort": "xhigh"}}),
        ({"thinking": "adaptive"}, {"thinking": {"type": "adaptive"}}),
        (
            {"thinking": {"type": "enabled", "budget_tokens": 2000}},
            {"thinking": {"type": "enabled", "budget_tokens": 2000}},
        ),
        ({"task_budget": 9}, {"output_config": {"task_budget": {"type": "tokens", "total": 9}}}),
        ({"service_tier": "auto", "speed": "fast"}, {"service_tier": "auto", "speed": "fast"}),
    ],
)
def test_options_have_their_places(options: dict[str, Any], expected: dict[str, Any]) -> None:
    assert request(**options).items() >= expected.items()


def test_thinking_without_the_budget_it_needs_is_refused_with_the_way_to_write_it() -> None:
    with pytest.raises(ConfigurationError, match="budget_tokens"):
        Settings(spec(thinking="enabled"))


@pytest.mark.parametrize(
    ("options", "betas"),
    [
        ({}, []),
        ({"task_budget": 9}, ["task-budgets-2026-03-13"]),
        ({"speed": "fast"}, ["fast-mode-2026-02-01"]),
        (
            {"task_budget": 9, "extra_headers": {"Anthropic-Beta": "mine-1, task-budgets-2026-03-13"}},
            ["mine-1", "task-budgets-2026-03-13"],
        ),
    ],
)
async def test_betas_are_asked_for_only_where_something_needs_them(
    options: dict[str, Any], betas: list[str]
) -> None:
    done = await talk(MESSAGES, stream(MESSAGES.chunks(Speech())), options=TargetOptions(**options))
    sent = done.requests[0].headers.get("anthropic-beta", "")
    assert [name for name in sent.split(",") if name] == betas
    assert done.transcript.failure is None


async def test_an_older_api_version_can_be_asked_for_and_is_in_the_fingerprint() -> None:
    old = TargetOptions(extra_headers={"Anthropic-Version": "2023-06-01"}, extra_body={"temperature": 0})
    done = await talk(MESSAGES, stream(MESSAGES.chunks(Speech())), options=old)
    assert done.requests[0].headers["anthropic-version"] == "2023-06-01"
    assert done.transcript.fingerprint["api_version"] == "2023-06-01"
    assert done.bodies[0]["temperature"] == 0


def test_a_failed_tool_is_reported_as_an_error() -> None:
    call = ToolCall(
        id="c", name="n", arguments={}, arguments_text="{}", result=ToolResult(text="error: no", error=True)
    )
    message = request(UserMessage(text="Hello?"), ToolOutputs(calls=(call,)))["messages"][-1]
    result = {"type": "tool_result", "tool_use_id": "c", "content": "error: no", "is_error": True}
    assert message == {"role": "user", "content": [result]}


@pytest.mark.parametrize("blank", ["", "  \n"])
def test_blank_text_is_not_sent_back_because_the_api_refuses_it(blank: str) -> None:
    empty = Step(native=({"type": "text", "text": blank},))
    asked = request(UserMessage(text="First?"), empty, UserMessage(text="Second?"))
    assert [message["role"] for message in asked["messages"]] == ["user", "user"]


async def test_a_provider_that_pauses_is_called_again_with_what_it_said() -> None:
    pausing = events(text_block("Wait."), delta={"stop_reason": "pause_turn", "stop_sequence": None})
    done = await talk(
        MESSAGES,
        stream(MESSAGES.encode(event) for event in pausing),
        stream(MESSAGES.chunks(Speech())),
    )
    assert [step.stop for step in done.transcript.steps] == ["pause", "end"]
    assert done.bodies[1]["messages"][-1] == {
        "role": "assistant",
        "content": [{"type": "text", "text": "Wait."}],
    }


@pytest.mark.parametrize(
    ("reason", "stop"),
    [
        ("end_turn", "end"),
        ("stop_sequence", "end"),
        ("tool_use", "tool_use"),
        ("max_tokens", "max_tokens"),
        ("model_context_window_exceeded", "context_window"),
        ("refusal", "refusal"),
        ("pause_turn", "pause"),
        ("a_reason_to_come", "unknown"),
        (None, "unknown"),
    ],
)
def test_every_stop_reason_has_a_word_of_ours(reason: str | None, stop: Stop) -> None:
    step = fold(MESSAGES, events(text_block("x"), delta={"stop_reason": reason, "stop_sequence": None}))
    assert (step.stop, step.stop_reason) == (stop, reason)


def test_the_category_of_a_refusal_is_kept() -> None:
    details = {"type": "refusal", "category": "cyber", "explanation": None}
    step = fold(MESSAGES, events(delta={"stop_reason": "refusal", "stop_details": details}))
    assert (step.stop, step.text, step.flags) == ("refusal", "", ("refusal:cyber",))


def test_redacted_thinking_is_kept_verbatim() -> None:
    block = {"type": "redacted_thinking", "data": "RW5jcnlwdGVk"}
    step = fold(MESSAGES, events((block, []), text_block("Done.")))
    assert step.native == (block, {"type": "text", "text": "Done."})
    assert (step.text, step.flags) == ("Done.", ())


async def test_a_block_of_a_type_to_come_is_kept_flagged_and_sent_back_as_it_was() -> None:
    mystery = {"type": "hologram", "payload": {"angles": [1, 2.5, None]}, "text": "not text of ours"}
    first = events((mystery, []), text_block("Seen."))
    done = await talk(
        MESSAGES,
        stream(MESSAGES.encode(event) for event in first),
        stream(MESSAGES.chunks(Speech())),
        prompt=prompt("First?", "Second?"),
        strict=False,
    )
    step = done.transcript.steps[0]
    assert (step.text, step.flags, step.native[0]) == ("Seen.", ("unknown_block:hologram",), mystery)
    assert done.bodies[1]["messages"][1]["content"][0] == mystery


async def test_strict_validation_refuses_a_block_of_a_type_to_come() -> None:
    first = events(({"type": "hologram"}, []))
    done = await talk(MESSAGES, stream(MESSAGES.encode(event) for event in first), max_attempts=1)
    assert done.failure.kind == "malformed"


def test_events_and_deltas_of_types_to_come_are_flagged_and_passed_over() -> None:
    stream_of = events(({"type": "text", "text": ""}, [{"type": "hum_delta", "pitch": 440}]), text_block("x"))
    step = fold(MESSAGES, [*stream_of[:3], {"type": "weather", "sky": "clear"}, *stream_of[3:]])
    assert (step.text, step.flags) == ("x", ("unknown_event:weather", "unknown_delta:hum_delta"))


def test_text_blocks_in_a_row_are_one_text_and_others_set_apart() -> None:
    tool = {"type": "tool_use", "id": "c", "name": "n", "input": {}}
    step = fold(MESSAGES, events(text_block("a", "b"), text_block("c"), (tool, []), text_block("d")))
    assert step.text == "abc\n\nd"


def test_citations_are_kept_on_their_block() -> None:
    citation = {"type": "char_location", "cited_text": "x", "document_index": 0, "document_title": None}
    start, deltas = text_block("cited", citations=[])
    step = fold(MESSAGES, events((start, [*deltas, {"type": "citations_delta", "citation": citation}])))
    (block,) = step.native
    assert block["citations"] == [citation]


@pytest.mark.parametrize(
    ("given", "pieces", "text"),
    [
        ({}, [], "{}"),
        ({}, [""], "{}"),
        ({}, ["", '{"a": ', "1}"], '{"a": 1}'),
        ({"b": 2}, [], '{"b":2}'),
    ],
)
def test_tool_input_comes_in_pieces_or_whole(given: dict[str, Any], pieces: list[str], text: str) -> None:
    tool = {"type": "tool_use", "id": "c", "name": "n", "input": given, "caller": {"type": "direct"}}
    deltas = [{"type": "input_json_delta", "partial_json": piece} for piece in pieces]
    (step,) = [fold(MESSAGES, events((tool, deltas)))]
    (call,) = step.tool_calls
    assert call.arguments_text == text
    assert step.native[0]["input"] == call.arguments
    assert step.native[0]["caller"] == {"type": "direct"}


def test_input_that_is_no_object_goes_back_in_one_because_the_api_takes_nothing_else() -> None:
    step = fold(MESSAGES, MESSAGES.events(calling(Call(id="c", name="n", arguments="[1"))))
    assert step.tool_calls[0].arguments is None
    assert step.native[0]["input"] == {"INVALID_JSON": "[1"}


def test_the_end_mark_may_be_lost_once_the_stop_and_the_final_count_are_known() -> None:
    *events, mark = MESSAGES.events(FULL)
    assert mark == {"type": "message_stop"}
    assert fold(MESSAGES, events) == replace(fold(MESSAGES, [*events, mark]), latency_s=float(len(events)))
    with pytest.raises(Fault, match="ended before message_stop"):
        fold(MESSAGES, events[:-1])


def test_later_counts_replace_earlier_ones_and_absent_ones_leave_them() -> None:
    usage = {"input_tokens": 100, "cache_read_input_tokens": None, "output_tokens": 9}
    step = fold(MESSAGES, events(text_block("x"), usage=usage))
    assert step.usage == Usage(
        input_tokens=100, cache_read_tokens=5, cache_write_tokens=3, output_tokens=9, reasoning_tokens=None
    )
    assert step.raw_usage is not None
    assert step.raw_usage["service_tier"] == "priority"


def test_output_that_was_never_totalled_is_not_measured_and_flagged() -> None:
    step = fold(MESSAGES, events(text_block("x"), usage=None))
    assert step.usage == Usage(input_tokens=11, cache_read_tokens=5, cache_write_tokens=3)
    assert step.flags == ("no_usage",)


def test_an_answer_without_any_usage_has_none() -> None:
    head, *rest = events(text_block("x"), usage=None)
    message = {name: value for name, value in head["message"].items() if name != "usage"}
    step = fold(MESSAGES, [{**head, "message": message}, *rest])
    assert (step.usage, step.raw_usage, step.flags) == (None, None, ("no_usage",))


def test_pace_is_that_of_what_was_streamed() -> None:
    speech = Speech(pieces=("aaaa", "bbbb", "cccc"), output=12)
    step = fold(MESSAGES, MESSAGES.events(speech), every_s=0.5)
    assert step.ttft_s == 2.0  # message_start, ping, content_block_start and then the first delta
    assert step.output_tokens_per_s == pytest.approx(8 / 1.0)


def test_reasoning_that_was_not_streamed_does_not_count_for_the_pace() -> None:
    sealed = (
        {"type": "thinking", "thinking": "", "signature": ""},
        [{"type": "signature_delta", "signature": "s"}],
    )
    usage = {"output_tokens": 112, "output_tokens_details": {"thinking_tokens": 100}}
    step = fold(MESSAGES, events(sealed, text_block("aaaa", "bbbb", "cccc"), usage=usage))
    assert step.output_tokens_per_s == pytest.approx(8 / 2.0)
    unsaid = fold(MESSAGES, events(sealed, text_block("aaaa", "bbbb"), usage={"output_tokens": 112}))
    assert unsaid.output_tokens_per_s is None
