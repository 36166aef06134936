"""Anthropic Messages: what a request asks."""

from collections.abc import Mapping
from typing import Any

from canary.domain.canonical import canonical_json
from canary.simulate.messages_rules import check_request
from canary.simulate.protocol import Body, Call, Heard, Reasoning, Said, merged

REASONING: Mapping[str, Reasoning] = {"enabled": "on", "adaptive": "adaptive", "between_tools": "adaptive"}


def read(body: Body, headers: Mapping[str, str], *, counting: bool = False) -> Heard:
    """A `POST /v1/messages` body, or with `counting` one of `/v1/messages/count_tokens`.

    Raises:
        Refused: the real API would refuse it.
    """
    check_request(body, headers, counting=counting)
    thinking = body.get("thinking") or {}
    config = body.get("output_config") or {}
    tools = body.get("tools") or ()
    later = [text for m in body["messages"] if m["role"] == "system" for text in _texts(m["content"])]
    return Heard(
        protocol="messages",
        model=body["model"],
        system="\n".join([*_texts(body.get("system") or ""), *later]),
        said=merged([_said(message) for message in body["messages"] if message["role"] != "system"]),
        tools=tuple(str(tool.get("name", "")) for tool in tools),
        definitions=tuple(canonical_json(_bare(tool)) for tool in tools),
        max_tokens=body.get("max_tokens"),
        stream=body.get("stream") is True,
        reasoning=REASONING.get(thinking.get("type", ""), "off"),
        show_reasoning=thinking.get("display") != "omitted",
        effort=config.get("effort"),
        tier=body.get("service_tier"),
        speed=body.get("speed"),
        cache_asked=_asks_for_cache(body),
    )


def _bare(tool: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in tool.items() if key != "cache_control"}


def _asks_for_cache(body: Body) -> bool:
    """Whether a cache breakpoint stands anywhere it may stand."""
    if isinstance(body.get("cache_control"), dict):
        return True
    holders = [*_list(body.get("system")), *_list(body.get("tools"))]
    holders += [block for message in body["messages"] for block in _list(message.get("content"))]
    return any(isinstance(block, dict) and block.get("cache_control") for block in holders)


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _texts(content: Any) -> tuple[str, ...]:
    if isinstance(content, str):
        return (content,) if content else ()
    return tuple(block["text"] for block in content if block.get("type") == "text")


def _said(message: Mapping[str, Any]) -> Said:
    content = message["content"]
    blocks = [{"type": "text", "text": content}] if isinstance(content, str) else content
    texts = _texts(blocks)
    if message["role"] == "assistant":
        calls = tuple(
            Call(name=block["name"], arguments=canonical_json(block["input"]))
            for block in blocks
            if block["type"] == "tool_use"
        )
        return Said(role="assistant", texts=texts, calls=calls)
    results = [block for block in blocks if block["type"] == "tool_result"]
    images = len(blocks) - len(texts) - len(results)
    if not results:
        return Said(role="user", texts=texts, images=images)
    # Text beside tool results is a client's reminder, not a user's next turn.
    told = [text for block in results for text in _texts(block.get("content") or "")]
    return Said(role="tool", texts=(*told, *texts), images=images)
