"""Every body and every streamed event is what the SDKs' own types say, key by key."""

import json
from collections.abc import Iterator
from typing import Any

import anthropic.types
import anthropic.types.beta
import openai.types
import openai.types.chat
import openai.types.responses
import pytest
from pydantic import BaseModel, ValidationError

from canary.domain.environment import offered_tools
from canary.simulate.behaviour import Behaviour
from canary.simulate.server import SimulatedProvider
from tests.simulate.letter import Event, checked, events_of, post, types_of
from tests.simulate.suites import SUITE, TEXT, TOOLS

EVENTS: dict[str, Any] = {
    "messages": anthropic.types.RawMessageStreamEvent,
    "responses": openai.types.responses.ResponseStreamEvent,
    "chat": openai.types.chat.ChatCompletionChunk,
}
BODIES: dict[str, Any] = {
    "messages": anthropic.types.Message,
    "responses": openai.types.responses.Response,
    "chat": openai.types.chat.ChatCompletion,
}
PATHS = {"messages": "/v1/messages", "responses": "/v1/responses", "chat": "/v1/chat/completions"}
TEXT_REQUESTS: dict[str, dict[str, Any]] = {
    "messages": {"max_tokens": 2048, "messages": [{"role": "user", "content": TEXT.turns[0].user}]},
    "responses": {"input": TEXT.turns[0].user},
    "chat": {"messages": [{"role": "user", "content": TEXT.turns[0].user}]},
}
_TOOLS = [] if TOOLS.environment is None else list(offered_tools(TOOLS.environment).values())
_FUNCTIONS = [{"name": t.name, "description": t.description, "parameters": t.parameters} for t in _TOOLS]
TOOL_REQUESTS: dict[str, dict[str, Any]] = {
    "messages": {
        "max_tokens": 2048,
        "system": TOOLS.system,
        "messages": [{"role": "user", "content": TOOLS.turns[0].user}],
        "tools": [
            {"name": t.name, "description": t.description, "input_schema": t.parameters} for t in _TOOLS
        ],
    },
    "responses": {
        "instructions": TOOLS.system,
        "input": [{"role": "user", "content": TOOLS.turns[0].user}],
        "tools": [{"type": "function", **function} for function in _FUNCTIONS],
        "tool_choice": "auto",
        "metadata": {"team": "harbour"},
    },
    "chat": {
        "messages": [
            {"role": "system", "content": TOOLS.system},
            {"role": "user", "content": TOOLS.turns[0].user},
        ],
        "tools": [{"type": "function", "function": function} for function in _FUNCTIONS],
    },
}
REASONING: dict[str, dict[str, Any]] = {
    "messages": {"thinking": {"type": "enabled", "budget_tokens": 1024, "display": "summarized"}},
    "responses": {"reasoning": {"effort": "high", "summary": "auto"}},
    "chat": {"reasoning_effort": "high"},
}
QUIET: dict[str, dict[str, Any]] = {
    "messages": {"thinking": {"type": "adaptive", "display": "omitted"}},
    "responses": {"reasoning": {"effort": "low"}},
    "chat": {"reasoning_effort": "none"},
}
OPTIONS: dict[str, dict[str, Any]] = {
    "messages": {
        "speed": "fast",
        "service_tier": "auto",
        "output_config": {"effort": "max"},
        "cache_control": {"type": "ephemeral"},
    },
    "responses": {
        "service_tier": "fast",
        "text": {"verbosity": "low"},
        "store": False,
        "include": ["reasoning.encrypted_content"],
        "prompt_cache_key": "k",
        "max_output_tokens": 4096,
    },
    "chat": {
        "service_tier": "priority",
        "verbosity": "low",
        "max_completion_tokens": 4096,
        "prompt_cache_key": "k",
    },
}
SHAPES: dict[str, Any] = {
    "text": lambda p: TEXT_REQUESTS[p],
    "tools": lambda p: TOOL_REQUESTS[p],
    "reasoning": lambda p: TEXT_REQUESTS[p] | REASONING[p],
    "tools and reasoning": lambda p: TOOL_REQUESTS[p] | REASONING[p],
    "hidden reasoning": lambda p: TEXT_REQUESTS[p] | QUIET[p],
    "options": lambda p: TEXT_REQUESTS[p] | OPTIONS[p],
    "an unknown prompt": lambda p: json.loads(json.dumps(TEXT_REQUESTS[p]).replace("tide", "rock")),
}
BEHAVIOURS = {
    "ordinary": Behaviour(zero_reasoning_rate=0.0),
    "refusing": Behaviour(refusal_rate=1.0),
    "cut off": Behaviour(truncation_rate=1.0),
    "without a thought": Behaviour(zero_reasoning_rate=1.0, served_suffix="-2026-11-01"),
}
each_protocol = pytest.mark.parametrize("protocol", list(PATHS))
each_shape = pytest.mark.parametrize("shape", list(SHAPES))


@pytest.fixture(scope="module", params=list(BEHAVIOURS))
def base_url(request: pytest.FixtureRequest) -> Iterator[str]:
    with SimulatedProvider(SUITE, BEHAVIOURS[request.param]) as provider:
        yield provider.base_url


@pytest.fixture(scope="module")
def ordinary() -> Iterator[str]:
    with SimulatedProvider(SUITE, BEHAVIOURS["ordinary"]) as provider:
        yield provider.base_url


def _request(protocol: str, shape: str, **more: Any) -> dict[str, Any]:
    return {"model": "simulated-large", **SHAPES[shape](protocol), **more}


@each_protocol
@each_shape
def test_a_whole_reply_is_of_the_sdk_s_type(base_url: str, protocol: str, shape: str) -> None:
    response = post(base_url, PATHS[protocol], _request(protocol, shape))
    assert response.status_code == 200
    checked(BODIES[protocol], response.text)


@each_protocol
@each_shape
def test_every_streamed_event_is_of_the_sdk_s_type(base_url: str, protocol: str, shape: str) -> None:
    response = post(base_url, PATHS[protocol], _request(protocol, shape, stream=True))
    assert response.headers["content-type"].startswith("text/event-stream")
    events = events_of(response)
    if protocol == "chat":
        assert events.pop().data == "[DONE]"
    for event in events:
        value = checked(EVENTS[protocol], event.data)
        assert event.name == (None if protocol == "chat" else value.type)


@each_shape
def test_messages_are_of_the_beta_types_too(ordinary: str, shape: str) -> None:
    path = f"{PATHS['messages']}?beta=true"
    checked(anthropic.types.beta.BetaMessage, post(ordinary, path, _request("messages", shape)).text)
    streamed = post(ordinary, path, _request("messages", shape, stream=True))
    for event in events_of(streamed):
        checked(anthropic.types.beta.BetaRawMessageStreamEvent, event.data)


@each_shape
def test_a_message_s_events_come_in_the_documented_order(ordinary: str, shape: str) -> None:
    response = post(ordinary, PATHS["messages"], _request("messages", shape, stream=True))
    kinds = types_of(events_of(response))
    assert kinds[0] == "message_start"
    assert kinds[-2:] == ["message_delta", "message_stop"]
    inner = kinds[1:-2]
    blocks = "".join({"start": "<", "delta": ".", "stop": ">"}[kind.rsplit("_", 1)[1]] for kind in inner)
    assert not blocks.replace(".", "").replace("<>", "")


@each_shape
def test_a_response_s_events_are_numbered_and_end_with_the_whole_response(ordinary: str, shape: str) -> None:
    events = events_of(post(ordinary, PATHS["responses"], _request("responses", shape, stream=True)))
    data = [json.loads(event.data) for event in events]
    assert [one["sequence_number"] for one in data] == list(range(len(data)))
    assert [one["type"] for one in data[:2]] == ["response.created", "response.in_progress"]
    done = [one["item"] for one in data if one["type"] == "response.output_item.done"]
    assert data[-1]["response"]["output"] == done


@pytest.mark.parametrize("label", ["prompt_cache_key", "safety_identifier", "user"])
def test_a_response_has_no_null_where_the_published_schema_has_none(ordinary: str, label: str) -> None:
    for given in ({}, {label: "mine"}):
        body = _request("responses", "text", stream=True, **given)
        data = [json.loads(event.data) for event in events_of(post(ordinary, PATHS["responses"], body))]
        told = [one["response"] for one in data if "response" in one]
        assert [one.get(label, "absent") for one in told] == [given.get(label, "absent")] * len(told)
        assert ["usage" in one for one in told] == [False] * (len(told) - 1) + [True]


@each_shape
@pytest.mark.parametrize("wanted", [True, False])
def test_chat_usage_is_streamed_only_where_it_is_asked_for(ordinary: str, shape: str, wanted: bool) -> None:
    options = {"include_usage": wanted, "include_obfuscation": False}
    events = events_of(
        post(ordinary, PATHS["chat"], _request("chat", shape, stream=True, stream_options=options))
    )
    chunks = [json.loads(event.data) for event in events[:-1]]
    if wanted:
        assert chunks[-1]["choices"] == []
        assert [chunk["usage"] for chunk in chunks[:-1]] == [None] * (len(chunks) - 1)
        assert chunks[-1]["usage"]["total_tokens"] > 0
    else:
        assert not any("usage" in chunk for chunk in chunks)
    assert not any("obfuscation" in chunk for chunk in chunks)


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (anthropic.types.RawMessageStreamEvent, '{"type": "message_stop", "more": 1}'),
        (openai.types.Model, '{"id": "m", "object": "model", "owned_by": "x", "created": 1, "more": 1}'),
        (openai.types.Model, '{"id": "m", "object": "model", "owned_by": "x", "created": "1"}'),
        (anthropic.types.Message, '{"type": "message"}'),
    ],
)
def test_the_yardstick_refuses_unknown_keys_wrong_types_and_missing_fields(
    kind: type[BaseModel], text: str
) -> None:
    with pytest.raises((AssertionError, ValidationError)):
        checked(kind, text)


def test_the_yardstick_tells_events_apart() -> None:
    assert types_of([Event(name="x", data='{"type": "x"}')]) == ["x"]
