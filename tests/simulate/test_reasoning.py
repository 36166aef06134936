"""Reasoning is shown, signed, billed, and must go back unchanged."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import anthropic
import openai
import pytest
from hypothesis import given
from hypothesis import strategies as st

from canary.simulate.behaviour import Behaviour
from canary.simulate.server import SimulatedProvider
from canary.simulate.signing import sign, signed
from tests.simulate.letter import post
from tests.simulate.requests import PATHS, PROTOCOLS, body_of
from tests.simulate.suites import SUITE, TEXT, TOOLS
from tests.simulate.talks import MODEL, anthropic_client, openai_client, talk, talker

THINKING: dict[str, dict[str, Any]] = {
    "messages": {"thinking": {"type": "enabled", "budget_tokens": 1024}},
    "responses": {"reasoning": {"effort": "high", "summary": "auto"}},
    "chat": {"reasoning_effort": "high"},
}


@pytest.fixture(scope="module")
def base_url() -> Iterator[str]:
    with SimulatedProvider(SUITE, Behaviour(pass_rate=1.0, zero_reasoning_rate=0.0)) as provider:
        yield provider.base_url


def _usage(reply: Any, protocol: str) -> tuple[int, int]:
    """Output tokens, and reasoning tokens within them."""
    usage = reply.usage
    if protocol == "messages":
        return usage.output_tokens, usage.output_tokens_details.thinking_tokens
    if protocol == "responses":
        return usage.output_tokens, usage.output_tokens_details.reasoning_tokens
    return usage.completion_tokens, usage.completion_tokens_details.reasoning_tokens


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("stream", [True, False], ids=["streamed", "whole"])
def test_a_tool_loop_with_reasoning_goes_through_when_it_is_sent_back(
    base_url: str, protocol: str, stream: bool
) -> None:
    with talker(
        protocol, base_url, TOOLS, stream=stream, key="0123456789abcdef", **THINKING[protocol]
    ) as talking:
        dialogue = talk(TOOLS, talking)
    assert dialogue.steps[-1].text == "Nothing else."
    for reply in talking.replies:
        output, reasoning = _usage(reply, protocol)
        assert 0 < reasoning < output


@pytest.mark.parametrize("change", ["thinking", "signature"])
def test_a_changed_thinking_block_is_refused(base_url: str, change: str) -> None:
    with anthropic_client(base_url) as client:
        first = client.messages.create(
            model=MODEL,
            max_tokens=2048,
            messages=[{"role": "user", "content": "x"}],
            thinking={"type": "adaptive"},
        )
        block = first.content[0]
        assert block.type == "thinking"
        changed = block.model_copy(update={change: getattr(block, change)[:-8] + "AAAAAAA="})
        messages: list[Any] = [
            {"role": "user", "content": "x"},
            {"role": "assistant", "content": [changed, *first.content[1:]]},
            {"role": "user", "content": "y"},
        ]
        with pytest.raises(anthropic.BadRequestError, match="Invalid `signature` in `thinking` block"):
            client.messages.create(model=MODEL, max_tokens=2048, messages=messages)


def test_a_response_item_sent_back_without_its_reasoning_is_refused(base_url: str) -> None:
    with openai_client(base_url) as client:
        first = client.responses.create(model=MODEL, input="x", store=False)
        kept: list[Any] = [item.model_dump(exclude_unset=True) for item in first.output]
        assert kept[0]["type"] == "reasoning"
        with pytest.raises(openai.BadRequestError, match="without its required 'reasoning' item"):
            client.responses.create(model=MODEL, input=[{"role": "user", "content": "x"}, *kept[1:]])
        again = client.responses.create(
            model=MODEL, input=[{"role": "user", "content": "x"}, *kept, {"role": "user", "content": "y"}]
        )
        assert again.status == "completed"


@pytest.mark.parametrize("summary", [{}, {"reasoning": {"summary": "auto"}}], ids=["hidden", "shown"])
def test_reasoning_is_known_by_its_encrypted_content_where_a_client_leaves_ids_out(
    base_url: str, summary: dict[str, Any]
) -> None:
    user = {"role": "user", "content": "x"}
    reply = post(base_url, PATHS["responses"], body_of("responses", **summary)).json()
    kept = [{name: value for name, value in item.items() if name != "id"} for item in reply["output"]]
    assert kept[0]["type"] == "reasoning"
    again = post(base_url, PATHS["responses"], body_of("responses", input=[user, *kept, user]))
    assert again.status_code == 200, again.text

    forged = kept[0] | {"encrypted_content": sign("00" * 10, "something else")}
    refused = post(base_url, PATHS["responses"], body_of("responses", input=[user, forged, *kept[1:], user]))
    assert "could not be verified" in refused.json()["error"]["message"]


def test_a_summary_or_thinking_that_is_not_wanted_is_not_shown_but_still_signed(base_url: str) -> None:
    quiet = body_of("messages", thinking={"type": "adaptive", "display": "omitted"})
    block = post(base_url, PATHS["messages"], quiet).json()["content"][0]
    assert (block["type"], block["thinking"], signed(block["signature"], "")) == ("thinking", "", True)
    item = post(base_url, PATHS["responses"], body_of("responses")).json()["output"][0]
    assert (item["type"], item["summary"], bool(item["encrypted_content"])) == ("reasoning", [], True)


def test_messages_reason_only_where_they_are_asked_to(base_url: str) -> None:
    body = post(base_url, PATHS["messages"], body_of("messages")).json()
    assert [block["type"] for block in body["content"]] == ["text"]
    assert body["usage"]["output_tokens_details"]["thinking_tokens"] == 0


@pytest.mark.parametrize(
    ("protocol", "options"),
    [
        ("messages", lambda effort: {"thinking": {"type": "adaptive"}, "output_config": {"effort": effort}}),
        ("responses", lambda effort: {"reasoning": {"effort": effort}}),
        ("chat", lambda effort: {"reasoning_effort": effort}),
    ],
)
def test_more_effort_is_more_reasoning(base_url: str, protocol: str, options: Any) -> None:
    spent = []
    for effort in ("low", "high", "max"):
        with talker(protocol, base_url, TEXT, key="0123456789abcdef", **options(effort)) as talking:
            talk(TEXT, talking)
        spent.append(_usage(talking.replies[0], protocol)[1])
    assert spent == sorted(set(spent))


def test_compatible_endpoints_carry_reasoning_content() -> None:
    with SimulatedProvider(SUITE, Behaviour(reasoning_content=True, zero_reasoning_rate=0.0)) as provider:
        whole = post(provider.base_url, PATHS["chat"], body_of("chat")).json()["choices"][0]["message"]
        streamed = post(provider.base_url, PATHS["chat"], body_of("chat", stream=True)).text
    assert whole["reasoning_content"]
    assert '"reasoning_content":' in streamed


def test_reasoning_takes_what_the_answer_leaves_under_the_cap(base_url: str) -> None:
    short = replace(TEXT, max_output_tokens=40)
    with talker("responses", base_url, short, max_output_tokens=40) as talking:
        dialogue = talk(short, talking)
    assert dialogue.steps[0].text in {example.steps[0].text for example in TEXT.passing}
    assert _usage(talking.replies[0], "responses")[0] <= 40


@given(nonce=st.binary(min_size=10, max_size=10), text=st.text(max_size=30), other=st.text(max_size=30))
def test_a_signature_holds_for_its_own_text_alone(nonce: bytes, text: str, other: str) -> None:
    assert signed(sign(nonce.hex(), text), text)
    assert signed(sign(nonce.hex(), text), other) == (text == other)


@given(signature=st.text(max_size=80))
def test_no_text_is_taken_for_a_signature(signature: str) -> None:
    assert not signed(signature, "x")
