"""What is particular to Chat Completions, and to the many hosts that speak it."""

import json
from collections.abc import Iterable
from typing import Any

import pytest

from canary.domain.dialogue import Ask, UserMessage
from canary.domain.target import TargetOptions, TargetSpec
from canary.domain.trial import Stop, Usage
from canary.targets.openai_chat import Settings, cap_name
from tests.targets.dialects import Chat, Speech, calling
from tests.targets.folding import fold
from tests.targets.scripted_server import Answer, stream
from tests.targets.talk import TOOLS, prompt, talk

CHAT = Chat()


def chunk(delta: Any = None, finish: str | None = None, **facts: Any) -> dict[str, Any]:
    """One chunk."""
    choices = [] if delta is None else [{"index": 0, "delta": delta, "finish_reason": finish}]
    return {
        "id": "c",
        "object": "chat.completion.chunk",
        "created": 1,
        "model": "m",
        "choices": choices,
    } | facts


def counted(**usage: Any) -> list[dict[str, Any]]:
    """A short reply with this usage."""
    return [chunk({"content": "Hi."}), chunk({}, "stop"), chunk(usage=usage)]


def calls(*pieces: dict[str, Any], finish: str = "tool_calls") -> list[dict[str, Any]]:
    """A reply of tool calls, each piece in a chunk of its own."""
    usage = {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}
    return [*(chunk({"tool_calls": [piece]}) for piece in pieces), chunk({}, finish), chunk(usage=usage)]


def wire(events: Iterable[Any]) -> Answer:
    """Events as an answer."""
    return stream((*(CHAT.encode(event) for event in events), b"data: [DONE]\n\n"))


def request(base_url: str | None = None, **options: Any) -> dict[str, Any]:
    """The parameters of a call."""
    spec = TargetSpec(
        name="t", provider="openai-chat", model="m", base_url=base_url, options=TargetOptions(**options)
    )
    ask = Ask(history=(UserMessage(text="Hello?"),), turn=0)
    return Settings(spec).request(ask, prompt(system="Be brief.", environment=TOOLS))


def test_usage_is_asked_for_and_the_system_text_comes_first() -> None:
    asked = request(effort="high", verbosity="low", service_tier="flex")
    assert asked["stream_options"] == {"include_usage": True}
    assert asked["messages"][0] == {"role": "system", "content": "Be brief."}
    assert (asked["reasoning_effort"], asked["verbosity"], asked["service_tier"]) == ("high", "low", "flex")


@pytest.mark.parametrize(
    ("base_url", "name"),
    [
        (None, "max_completion_tokens"),
        ("https://api.openai.com/v1", "max_completion_tokens"),
        ("https://eu.api.openai.com/v1", "max_completion_tokens"),
        ("https://team.openai.azure.com/openai/v1", "max_completion_tokens"),
        ("https://notopenai.com/v1", "max_tokens"),
        ("https://api.deepseek.com", "max_tokens"),
        ("http://127.0.0.1:8000/v1", "max_tokens"),
    ],
)
def test_the_cap_goes_under_the_name_the_host_knows(base_url: str | None, name: str) -> None:
    assert cap_name(base_url) == name
    assert request(base_url, max_output_tokens=9)[name] == 9


@pytest.mark.parametrize(
    ("reason", "stop"),
    [
        ("stop", "end"),
        ("length", "max_tokens"),
        ("tool_calls", "tool_use"),
        ("function_call", "tool_use"),
        ("content_filter", "refusal"),
        ("a_reason_to_come", "unknown"),
    ],
)
def test_every_finish_reason_has_a_word_of_ours(reason: str, stop: Stop) -> None:
    step = fold(CHAT, [chunk({"content": "Hi."}), chunk({}, reason)])
    assert (step.stop, step.stop_reason) == (stop, reason)


def test_a_refusal_beside_the_content_is_a_refusal_with_its_words() -> None:
    step = fold(CHAT, [chunk({"refusal": "I "}), chunk({"refusal": "can't."}), chunk({}, "stop")])
    assert (step.stop, step.text, step.stop_reason) == ("refusal", "I can't.", "stop")


def test_calls_that_finish_as_a_plain_stop_are_tool_use_all_the_same() -> None:
    piece = {"index": 0, "id": "a", "type": "function", "function": {"name": "n", "arguments": "{}"}}
    step = fold(CHAT, calls(piece, finish="stop"))
    assert (step.stop, step.stop_reason, len(step.tool_calls)) == ("tool_use", "stop", 1)


def piece(index: int | None, call_id: str | None, name: str | None, arguments: str) -> dict[str, Any]:
    """A piece of a tool call."""
    return {"index": index, "id": call_id, "function": {"name": name, "arguments": arguments}}


@pytest.mark.parametrize(
    "pieces",
    [
        [
            piece(0, "a", "n", ""),
            piece(0, None, None, '{"x"'),
            piece(0, None, None, ":1}"),
            piece(1, "b", "m", "{}"),
        ],
        [piece(0, "a", "n", '{"x":1}'), piece(0, "b", "m", "{}")],
        [piece(None, "a", "n", '{"x":1}'), piece(None, "b", "m", "{}")],
        [
            piece(0, "a", "n", '{"x":'),
            piece(1, "b", "m", "{"),
            piece(0, "a", None, "1}"),
            piece(1, "b", None, "}"),
        ],
        [piece(0, "a", "n", '{"x":'), piece(0, "a", "n", "1}"), piece(1, "b", "m", "{}")],
    ],
    ids=["as documented", "all numbered 0", "not numbered", "interleaved", "named again"],
)
def test_tool_calls_are_told_apart_however_a_host_numbers_them(pieces: list[dict[str, Any]]) -> None:
    step = fold(CHAT, calls(*pieces))
    found = [(call.id, call.name, call.arguments) for call in step.tool_calls]
    assert found == [("a", "n", {"x": 1}), ("b", "m", {})]


def test_calls_without_ids_get_ids_that_their_results_can_name() -> None:
    step = fold(CHAT, calls(piece(None, None, "n", "{}"), piece(None, None, "m", "")))
    assert [(call.id, call.name, call.arguments) for call in step.tool_calls] == [
        ("call_0", "n", {}),
        ("call_1", "m", {}),
    ]
    assert [call["id"] for call in step.native[0]["tool_calls"]] == ["call_0", "call_1"]  # type: ignore[index, union-attr, call-overload]
    assert step.flags == ("no_call_id", "empty_arguments")


def test_a_call_of_a_kind_to_come_is_flagged_and_kept() -> None:
    custom = {"index": 0, "id": "a", "type": "custom", "custom": {"name": "shell", "input": "ls"}}
    step = fold(CHAT, calls(custom))
    assert "unknown_block:custom" in step.flags
    assert "ls" in json.dumps(step.native)


@pytest.mark.parametrize("name", ["reasoning_content", "reasoning"])
async def test_reasoning_goes_back_under_the_name_it_came_under(name: str) -> None:
    events = [
        chunk({"role": "assistant", name: "Think"}),
        chunk({name: "ing."}),
        *counted(prompt_tokens=1, completion_tokens=2, total_tokens=3),
    ]
    plain = stream(CHAT.chunks(Speech()))
    done = await talk(CHAT, wire(events), plain, prompt=prompt("First?", "Second?"))
    assert done.bodies[1]["messages"][1] == {"role": "assistant", "content": "Hi.", name: "Thinking."}
    assert done.transcript.final_text == "Hello there."


def test_pieces_of_reasoning_details_are_joined_to_the_blocks_the_host_wants_back() -> None:
    details = [
        {"type": "reasoning.text", "index": 0, "text": "Let ", "format": "f"},
        {"type": "reasoning.text", "index": 0, "text": "me."},
        {"type": "reasoning.text", "index": 0, "text": "", "signature": "s"},
        {"type": "reasoning.encrypted", "index": 1, "data": "x"},
        {"type": "reasoning.encrypted", "index": 1, "data": "y"},
    ]
    step = fold(CHAT, [*(chunk({"reasoning_details": [detail]}) for detail in details), *counted()])
    assert step.native[0]["reasoning_details"] == [
        {"type": "reasoning.text", "index": 0, "text": "Let me.", "format": "f", "signature": "s"},
        {"type": "reasoning.encrypted", "index": 1, "data": "x"},
        {"type": "reasoning.encrypted", "index": 1, "data": "y"},
    ]


@pytest.mark.parametrize(
    ("usage", "expected"),
    [
        (
            {"prompt_tokens": 10, "completion_tokens": 4, "total_tokens": 14},
            Usage(input_tokens=10, output_tokens=4),
        ),
        (
            {
                "prompt_tokens": 10,
                "completion_tokens": 4,
                "prompt_cache_hit_tokens": 6,
                "prompt_cache_miss_tokens": 4,
            },
            Usage(input_tokens=4, cache_read_tokens=6, output_tokens=4),
        ),
        (
            {"prompt_tokens": 10, "completion_tokens": 4, "cached_tokens": 6},
            Usage(input_tokens=4, cache_read_tokens=6, output_tokens=4),
        ),
        (
            {
                "prompt_tokens": 10,
                "completion_tokens": 4,
                "total_tokens": 44,
                "completion_tokens_details": {"reasoning_tokens": 30},
            },
            Usage(input_tokens=10, output_tokens=34, reasoning_tokens=30),
        ),
        (
            {"prompt_tokens": 5, "completion_tokens": 4, "prompt_tokens_details": {"cached_tokens": 90}},
            Usage(input_tokens=5, cache_read_tokens=90, output_tokens=4),
        ),
        (
            {
                "prompt_tokens": "many",
                "completion_tokens": -1,
                "prompt_tokens_details": "none",
                "total_tokens": 1e40,
            },
            Usage(),
        ),
    ],
    ids=["bare", "DeepSeek", "Kimi", "reasoning beside the output", "cache beside the input", "nonsense"],
)
def test_counts_are_found_where_hosts_put_them(usage: dict[str, Any], expected: Usage) -> None:
    step = fold(CHAT, counted(**usage))
    assert step.usage == expected
    assert step.raw_usage is not None
    assert step.raw_usage.keys() == usage.keys()
    assert ("no_usage" in step.flags) is (expected == Usage())


def test_what_a_host_adds_to_usage_is_kept_verbatim() -> None:
    step = fold(
        CHAT, counted(prompt_tokens=1, completion_tokens=1, total_tokens=2, cost=0.00042, is_byok=False)
    )
    assert step.raw_usage is not None
    assert (step.raw_usage["cost"], step.raw_usage["is_byok"]) == (0.00042, False)


def test_usage_may_come_inside_the_last_choice() -> None:
    last = chunk({}, "stop")
    last["choices"][0]["usage"] = {"prompt_tokens": 7, "completion_tokens": 2}
    assert fold(CHAT, [chunk({"content": "Hi."}), last]).usage == Usage(input_tokens=7, output_tokens=2)


async def test_geminis_signatures_of_its_thoughts_go_back_where_they_came() -> None:
    signed = {"google": {"thought_signature": "c2lnbg=="}}
    call = {**piece(0, "a", "get_weather", '{"city": "Oslo"}'), "extra_content": signed}
    usage = {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}
    first = [*calls(call)[:2], chunk({"extra_content": signed}), *counted(**usage)[2:]]
    done = await talk(CHAT, wire(first), stream(CHAT.chunks(Speech())), prompt=prompt(environment=TOOLS))
    message = done.bodies[1]["messages"][1]
    assert message["tool_calls"][0]["extra_content"] == message["extra_content"] == signed
    assert done.transcript.steps[0].flags == ()


async def test_a_field_nobody_knows_is_kept_and_flagged_but_not_sent_back() -> None:
    usage = {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}
    first = [chunk({"content": "Hi.", "aura": "blue", "halo": None}), *counted(**usage)[1:]]
    done = await talk(CHAT, wire(first), stream(CHAT.chunks(Speech())), prompt=prompt("First?", "Second?"))
    step = done.transcript.steps[0]
    assert step.flags == ("unknown_block:aura",)
    assert step.native[1] == {"unknown": {"aura": ["blue"]}}
    assert done.bodies[1]["messages"][1] == {"role": "assistant", "content": "Hi."}


async def test_a_host_that_sends_no_usage_gets_its_answer_graded_and_flagged() -> None:
    done = await talk(CHAT, wire(counted()[:2]))
    (step,) = done.transcript.steps
    assert (step.text, step.usage, step.raw_usage, step.flags) == ("Hi.", None, None, ("no_usage",))
    assert done.transcript.usage is None


async def test_a_stream_cut_before_its_usage_is_asked_again() -> None:
    cut = stream((CHAT.encode(event) for event in counted()[:2]), cut=True)
    done = await talk(CHAT, cut, wire(counted(prompt_tokens=1, completion_tokens=1, total_tokens=2)))
    assert [attempt.failure and attempt.failure.kind for attempt in done.attempts] == ["stream_cut", None]


async def test_comments_between_events_are_no_events() -> None:
    chunks = (b": PROCESSING\n\n", *CHAT.chunks(Speech()))
    done = await talk(CHAT, stream(chunks))
    assert done.transcript.final_text == "Hello there."


@pytest.mark.parametrize(
    ("event", "kind"),
    [
        ({"object": "error", "message": "Bad.", "type": "BadRequestError", "code": 400}, "invalid_request"),
        ({"error": {"message": "Slow.", "code": 429}}, "rate_limited"),
        ({"error": {"message": "Upstream.", "code": "502"}}, "server_error"),
        (chunk({"content": ""}, "error"), "server_error"),
    ],
)
async def test_hosts_that_break_off_with_an_error_of_their_own_are_understood(event: Any, kind: str) -> None:
    done = await talk(CHAT, wire([chunk({"content": "Hi."}), event]), max_attempts=1, strict=False)
    assert done.failure.kind == kind


def test_the_backends_fingerprint_is_kept() -> None:
    assert fold(CHAT, CHAT.events(Speech())).system_fingerprint == "fp_1"


def test_an_assistant_message_has_content_or_calls() -> None:
    silent = fold(CHAT, [chunk({}, "stop")])
    assert silent.native == ({"role": "assistant", "content": ""},)
    busy = fold(CHAT, CHAT.events(calling()))
    assert busy.native[0]["content"] == ""
    called = fold(CHAT, calls(piece(0, "a", "n", "{}")))
    assert called.native[0]["content"] is None


def test_pace_is_that_of_what_was_streamed() -> None:
    step = fold(CHAT, CHAT.events(Speech(pieces=("aaaa", "bbbb", "cccc"), output=12)), every_s=0.5)
    assert step.ttft_s == 1.0  # the first chunk names the role, the second has text
    assert step.output_tokens_per_s == pytest.approx(8 / 1.0)
