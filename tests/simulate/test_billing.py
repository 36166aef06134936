"""What is billed: the same for the same text, in each protocol's own terms, and as counted beforehand."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest

from canary.domain.suite import Prompt
from canary.simulate.behaviour import Behaviour, draw
from canary.simulate.billing import compose
from canary.simulate.protocol import Heard
from canary.simulate.server import SimulatedProvider
from canary.simulate.tokens import Tokenizer
from tests.simulate.letter import post
from tests.simulate.requests import PATHS, PROTOCOLS, body_of
from tests.simulate.suites import SUITE, TEXT, TOOLS, TURNS
from tests.simulate.talks import MODEL, anthropic_client, openai_client, talk, talker

each_protocol = pytest.mark.parametrize("protocol", PROTOCOLS)
ASKS: dict[str, dict[str, Any]] = {
    "messages": {"cache_control": {"type": "ephemeral"}},
    "responses": {"prompt_cache_key": "k"},
    "chat": {"prompt_cache_key": "k"},
}


@pytest.fixture(scope="module")
def base_url() -> Iterator[str]:
    with SimulatedProvider(SUITE, Behaviour(pass_rate=1.0)) as provider:
        yield provider.base_url


def _billed(protocol: str, usage: Any) -> tuple[int, int, int]:
    """Total input, read from cache, written to cache; from a usage object as the protocol defines it."""
    if protocol == "messages":
        read, write = usage["cache_read_input_tokens"], usage["cache_creation_input_tokens"]
        assert usage["cache_creation"]["ephemeral_5m_input_tokens"] == write
        return usage["input_tokens"] + read + write, read, write
    kind = "input" if protocol == "responses" else "prompt"
    details = usage[f"{kind}_tokens_details"]
    return usage[f"{kind}_tokens"], details["cached_tokens"], details["cache_write_tokens"]


def _conversation(base_url: str, protocol: str, prompt: Prompt, **options: Any) -> list[tuple[int, int, int]]:
    with talker(protocol, base_url, prompt, stream=False, **options) as talking:
        talk(prompt, talking)
    return [_billed(protocol, reply.usage.model_dump()) for reply in talking.replies if reply.usage]


@each_protocol
@pytest.mark.parametrize("prompt", [TURNS, TOOLS], ids=lambda prompt: prompt.id)
def test_later_requests_read_exactly_the_request_before_from_cache(
    base_url: str, protocol: str, prompt: Prompt
) -> None:
    billed = _conversation(base_url, protocol, prompt)
    assert billed[0][1:] == (0, 0)
    for before, after in pairwise(billed):
        assert after[1] == before[0] < after[0]
        assert after[2] == 0


@each_protocol
def test_requests_that_ask_for_it_write_what_is_new_to_the_cache(base_url: str, protocol: str) -> None:
    for total, read, write in _conversation(base_url, protocol, TURNS, **ASKS[protocol]):
        assert total - read - write == 3


def test_a_breakpoint_on_a_block_asks_as_well(base_url: str) -> None:
    block = {"type": "text", "text": TEXT.turns[0].user, "cache_control": {"type": "ephemeral"}}
    body = body_of("messages", messages=[{"role": "user", "content": [block]}])
    assert post(base_url, PATHS["messages"], body).json()["usage"]["cache_creation_input_tokens"] > 0


@pytest.mark.parametrize(
    ("behaviour", "protocol", "reads"),
    [
        (Behaviour(cache="never"), "responses", False),
        (Behaviour(cache="asked"), "messages", False),
        (Behaviour(cache="asked"), "responses", True),
        (Behaviour(cache_min_tokens=10_000), "messages", False),
    ],
)
def test_caching_is_a_behaviour(behaviour: Behaviour, protocol: str, reads: bool) -> None:
    with SimulatedProvider(SUITE, behaviour) as provider:
        billed = _conversation(provider.base_url, protocol, TURNS)
    assert (billed[-1][1] > 0) == reads


def test_messages_count_as_many_tokens_as_they_bill(base_url: str) -> None:
    tool: Any = {"name": "f", "description": "Does it.", "input_schema": {"type": "object"}}
    request: Any = {
        "model": MODEL,
        "system": "Be brief.",
        "messages": [{"role": "user", "content": "Zähle 12345 潮"}],
        "tools": [tool],
    }
    with anthropic_client(base_url) as client:
        counted = client.messages.count_tokens(**request)
        billed = client.messages.create(max_tokens=100, **request)
    assert counted.input_tokens == billed.usage.input_tokens > 0


def test_responses_count_as_many_tokens_as_they_bill(base_url: str) -> None:
    request: Any = {"model": MODEL, "instructions": "Be brief.", "input": "Zähle 12345 潮"}
    with openai_client(base_url) as client:
        counted = client.responses.input_tokens.count(**request)
        billed = client.responses.create(**request)
    assert billed.usage is not None
    assert (counted.object, counted.input_tokens) == ("response.input_tokens", billed.usage.input_tokens)


@each_protocol
def test_the_same_text_always_bills_the_same_input(base_url: str, protocol: str) -> None:
    assert len({_conversation(base_url, protocol, TEXT)[0][0] for _ in range(5)}) == 1


def test_a_changed_tokenizer_changes_the_bill_and_nothing_else() -> None:
    def first(tokenizer: Tokenizer) -> Any:
        with SimulatedProvider(SUITE, Behaviour(tokenizer=tokenizer)) as provider:
            return post(provider.base_url, PATHS["messages"], body_of("messages")).json()

    before, after = first(Tokenizer()), first(Tokenizer(latin=1.45))
    assert after["content"] == before["content"]
    assert after["usage"]["input_tokens"] > before["usage"]["input_tokens"]


@each_protocol
def test_what_does_not_fit_the_cap_is_cut_off_and_bills_the_cap(base_url: str, protocol: str) -> None:
    cap = {"messages": "max_tokens", "responses": "max_output_tokens", "chat": "max_completion_tokens"}[
        protocol
    ]
    body = post(base_url, PATHS[protocol], body_of(protocol, "Who are you?", **{cap: 16})).json()
    stops = {
        "messages": lambda: (body["stop_reason"], body["usage"]["output_tokens"]),
        "responses": lambda: (body["incomplete_details"]["reason"], body["usage"]["output_tokens"]),
        "chat": lambda: (body["choices"][0]["finish_reason"], body["usage"]["completion_tokens"]),
    }
    words = {"messages": "max_tokens", "responses": "max_output_tokens", "chat": "length"}
    assert stops[protocol]() == (words[protocol], 16)


def test_served_model_and_tier_are_those_asked_for_unless_the_behaviour_says_otherwise(base_url: str) -> None:
    with openai_client(base_url) as client:
        fast = client.responses.create(model=MODEL, input="x", service_tier="fast")
    assert (fast.model, fast.service_tier) == (MODEL, "priority")
    changed = Behaviour(served_suffix="-2026-11-01", service_tier="priority", backend="two")
    with SimulatedProvider(SUITE, changed) as provider, openai_client(provider.base_url) as client:
        chat = client.chat.completions.create(model=MODEL, messages=[{"role": "user", "content": "x"}])
        with anthropic_client(provider.base_url) as other:
            message = other.messages.create(
                model=MODEL, max_tokens=9, messages=[{"role": "user", "content": "x"}]
            )
    assert (chat.model, chat.service_tier) == (f"{MODEL}-2026-11-01", "priority")
    assert chat.system_fingerprint is not None
    assert (message.model, message.usage.service_tier) == (f"{MODEL}-2026-11-01", "priority")


def test_time_is_scaled_and_falls_to_the_first_token_and_the_rest() -> None:
    heard = Heard(protocol="chat", model="m", system="", said=())
    real = Behaviour(latency_s=2.0, latency_spread=0.0, tokens_per_s=50.0, time_scale=1.0)

    def paced(scale: float) -> tuple[float, float]:
        behaviour = replace(real, time_scale=scale)
        step = draw(behaviour, TEXT, seed=0, key="k").steps[0]
        reply = compose(behaviour, heard, step, nonce="0" * 20, created=0)
        assert reply.billed is not None
        assert reply.rest_s == pytest.approx(reply.billed.output / 50.0 * scale)
        return reply.first_s, reply.rest_s

    assert paced(0.0) == (0.0, 0.0)
    assert paced(1.0)[0] == pytest.approx(2.0)
    assert paced(0.5)[0] == pytest.approx(1.0)
