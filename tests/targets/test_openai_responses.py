"""What is particular to the Responses API."""

from collections.abc import Iterable
from typing import Any

import pytest

from canary.domain.dialogue import Ask, UserMessage
from canary.domain.errors import ConfigurationError
from canary.domain.target import TargetOptions, TargetSpec
from canary.domain.trial import Stop
from canary.targets.openai_responses import Settings
from tests.targets.dialects import FULL, Responses, Speech
from tests.targets.folding import fold
from tests.targets.scripted_server import Answer, stream
from tests.targets.talk import TOOLS, prompt, talk

RESPONSES = Responses()


def spec(**options: Any) -> TargetSpec:
    """A target with these options."""
    return TargetSpec(name="t", provider="openai", model="m", options=TargetOptions(**options))


def request(**options: Any) -> dict[str, Any]:
    """The parameters of a call."""
    ask = Ask(history=(UserMessage(text="Hello?"),), turn=0)
    return Settings(spec(**options)).request(ask, prompt(system="Be brief.", environment=TOOLS))


def ended(kind: str, **facts: Any) -> list[Any]:
    """The events of a short reply with another last event, whose response has these facts."""
    *body, last = RESPONSES.events(Speech())
    response = {**last["response"], "status": kind, **facts}
    return [*body, {**last, "type": f"response.{kind}", "response": response}]


def wire(events: Iterable[Any], **facts: Any) -> Answer:
    """Events as an answer."""
    return stream((RESPONSES.encode(event) for event in events), **facts)


def test_nothing_is_stored_and_reasoning_comes_back_sealed() -> None:
    asked = request()
    assert asked["store"] is False
    assert asked["include"] == ["reasoning.encrypted_content"]
    assert asked["instructions"] == "Be brief."


def test_tools_keep_the_schema_they_were_given() -> None:
    assert {tool["strict"] for tool in request()["tools"]} == {False}


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"effort": "high"}, {"reasoning": {"effort": "high"}}),
        ({"effort": "high", "thinking": "auto"}, {"reasoning": {"effort": "high", "summary": "auto"}}),
        ({"thinking": "pro"}, {"reasoning": {"mode": "pro"}}),
        ({"thinking": {"context": "all_turns"}}, {"reasoning": {"context": "all_turns"}}),
        ({"verbosity": "low"}, {"text": {"verbosity": "low"}}),
        ({"service_tier": "flex"}, {"service_tier": "flex"}),
        ({"max_output_tokens": 9}, {"max_output_tokens": 9}),
    ],
)
def test_options_have_their_places(options: dict[str, Any], expected: dict[str, Any]) -> None:
    assert request(**options).items() >= expected.items()


def test_a_thinking_the_protocol_does_not_know_is_refused() -> None:
    with pytest.raises(ConfigurationError, match='knows no thinking = "adaptive"'):
        Settings(spec(thinking="adaptive"))


async def test_the_extra_body_wins_inside_the_objects_that_options_fill() -> None:
    options = TargetOptions(
        effort="high", extra_body={"reasoning": {"context": "auto"}, "include": [], "prompt_cache_key": "k"}
    )
    done = await talk(RESPONSES, stream(RESPONSES.chunks(Speech())), options=options)
    assert done.bodies[0]["reasoning"] == {"effort": "high", "context": "auto"}
    assert done.bodies[0]["include"] == []
    assert done.bodies[0]["prompt_cache_key"] == "k"


@pytest.mark.parametrize(
    ("events", "stop", "reason"),
    [
        (ended("completed"), "end", "completed"),
        (
            ended("incomplete", incomplete_details={"reason": "max_output_tokens"}),
            "max_tokens",
            "max_output_tokens",
        ),
        (ended("incomplete", incomplete_details={"reason": "content_filter"}), "refusal", "content_filter"),
        (ended("incomplete", incomplete_details={"reason": "steered"}), "unknown", "steered"),
        (ended("incomplete", incomplete_details=None), "unknown", "incomplete"),
        (ended("failed", error={"code": "bio_policy", "message": "No."}), "refusal", "bio_policy"),
        (ended("completed", status="incomplete"), "unknown", "incomplete"),
        (
            ended("completed", status="incomplete", incomplete_details={"reason": "max_output_tokens"}),
            "max_tokens",
            "max_output_tokens",
        ),
        (ended("completed", status="suspended"), "unknown", "suspended"),
        (ended("completed", status="in_progress"), "end", "completed"),
        (ended("completed", status=None), "end", "completed"),
    ],
)
def test_every_ending_has_a_word_of_ours(events: list[Any], stop: Stop, reason: str) -> None:
    step = fold(RESPONSES, events)
    assert (step.stop, step.stop_reason) == (stop, reason)


@pytest.mark.parametrize(
    ("code", "kind", "attempts"),
    [
        ("server_error", "server_error", 2),
        ("rate_limit_exceeded", "rate_limited", 2),
        ("invalid_prompt", "invalid_request", 1),
    ],
)
async def test_a_failed_response_is_told_by_its_code(code: str, kind: str, attempts: int) -> None:
    failed = wire(ended("failed", error={"code": code, "message": "It failed."}))
    done = await talk(RESPONSES, failed, failed, max_attempts=2)
    assert (done.failure.kind, len(done.attempts)) == (kind, attempts)
    assert "It failed." in done.failure.message


@pytest.mark.parametrize("status", ["failed", "cancelled"])
async def test_a_response_that_says_it_failed_has_whatever_its_last_event_is_called(status: str) -> None:
    done = await talk(RESPONSES, wire(ended("completed", status=status)), max_attempts=1)
    assert (done.failure.kind, done.transcript.steps) == ("server_error", ())


async def test_an_error_event_may_wrap_its_error() -> None:
    wrapped = {
        "type": "error",
        "error": {"type": "server_error", "code": "slow_down", "message": "Slow down."},
    }
    done = await talk(RESPONSES, wire([wrapped]), max_attempts=1)
    assert done.failure.kind == "overloaded"
    assert "Slow down." in done.failure.message


def test_a_refusal_within_a_message_is_a_refusal_with_its_words() -> None:
    step = fold(RESPONSES, RESPONSES.events(Speech(pieces=("I can't.",), stop="refusal")))
    assert (step.stop, step.text) == ("refusal", "I can't.")


async def test_an_item_of_a_type_to_come_is_kept_flagged_and_sent_back_as_it_was() -> None:
    mystery = {
        "type": "hologram",
        "id": "h_1",
        "payload": {"angles": [1, None]},
        "content": "not text of ours",
    }
    *body, last = RESPONSES.events(Speech())
    done_event = {
        "type": "response.output_item.done",
        "output_index": 5,
        "item": mystery,
        "sequence_number": 0,
    }
    done = await talk(
        RESPONSES,
        wire([*body, done_event, last]),
        stream(RESPONSES.chunks(Speech())),
        prompt=prompt("First?", "Second?"),
        strict=False,
    )
    step = done.transcript.steps[0]
    assert (step.text, step.flags, step.native[-1]) == ("Hello there.", ("unknown_block:hologram",), mystery)
    assert mystery in done.bodies[1]["input"]


def test_the_finished_item_is_passed_back_rather_than_its_first_draft() -> None:
    events = [dict(event) for event in RESPONSES.events(FULL)]
    events[-1]["response"]["output"][0] = {
        **events[-1]["response"]["output"][0],
        "encrypted_content": "draft",
    }
    step = fold(RESPONSES, events)
    assert step.native[0]["encrypted_content"] == FULL.seal


@pytest.mark.parametrize("left_out", ["response.output_item.done", ".delta"])
def test_a_host_may_leave_out_what_the_last_event_repeats(left_out: str) -> None:
    step = fold(RESPONSES, [e for e in RESPONSES.events(FULL) if not e["type"].endswith(left_out)])
    assert (step.text, len(step.native)) == ("Hello there.", 2)


def test_a_host_may_stream_text_alone() -> None:
    events = [e for e in RESPONSES.events(Speech()) if "output_item" not in e["type"]]
    events[-1] = {**events[-1], "response": {**events[-1]["response"], "output": []}}
    step = fold(RESPONSES, events)
    assert step.text == "Hello there."
    assert step.native[0]["content"] == [{"type": "output_text", "text": "Hello there.", "annotations": []}]


def test_several_messages_are_set_apart() -> None:
    part = {"type": "output_text", "annotations": []}
    items = [
        {
            "type": "message",
            "role": "assistant",
            "content": [{**part, "text": "Look"}, {**part, "text": "ing."}],
        },
        {"type": "message", "role": "assistant", "content": [{**part, "text": "Found."}]},
    ]
    events = [ended("completed", output=items)[-1]]
    assert fold(RESPONSES, events).text == "Looking.\n\nFound."


def test_empty_arguments_mean_none_and_are_flagged() -> None:
    item = {"type": "function_call", "call_id": "c", "name": "n", "arguments": ""}
    step = fold(RESPONSES, [ended("completed", output=[item])[-1]])
    assert (step.tool_calls[0].arguments, step.tool_calls[0].arguments_text) == ({}, "")
    assert (step.stop, step.flags) == ("tool_use", ("empty_arguments",))


def test_an_answer_without_usage_has_none_and_says_so() -> None:
    step = fold(RESPONSES, ended("completed", usage=None))
    assert (step.usage, step.raw_usage, step.flags) == (None, None, ("no_usage",))


def test_pace_is_that_of_what_was_streamed() -> None:
    step = fold(RESPONSES, RESPONSES.events(Speech(pieces=("aaaa", "bbbb", "cccc"), output=12)), every_s=0.5)
    assert step.ttft_s == 1.5  # response.created, output_item.added and then the first delta
    assert step.output_tokens_per_s == pytest.approx(8 / 1.0)
