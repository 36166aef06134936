"""OpenAI Chat Completions: what a request asks, and what is refused."""

from collections.abc import Mapping
from typing import Any

from canary.domain.canonical import canonical_json
from canary.simulate.openai import (
    CACHE_WISHES,
    canonical_text,
    check_common,
    check_objects,
    invalid,
    is_cap,
)
from canary.simulate.protocol import Body, Call, Heard, Said, merged, need

ROLES = ("system", "developer", "user", "assistant", "tool")


def read(body: Body, _headers: Mapping[str, str]) -> Heard:
    """A `POST /v1/chat/completions` body.

    Raises:
        Refused: the real API would refuse it.
    """
    check_objects(body, ("stream_options", "metadata"))
    effort = body.get("reasoning_effort")
    check_common(body, effort=effort, effort_param="reasoning_effort")
    messages = need(body, "messages", list, "an array", missing="Missing required parameter: 'messages'.")
    _check_messages(messages)
    if body.get("n") not in {None, 1}:
        raise invalid("The simulated provider gives one choice; leave 'n' out.", "n", "invalid_value")
    caps = [body[name] for name in ("max_completion_tokens", "max_tokens") if body.get(name) is not None]
    if not all(is_cap(cap, 1) for cap in caps):
        raise invalid("Invalid 'max_completion_tokens': expected an integer >= 1.", "max_completion_tokens")
    system = [_text(m["content"]) for m in messages if m["role"] in {"system", "developer"}]
    tools = body.get("tools") or ()
    return Heard(
        protocol="chat",
        model=body["model"],
        system="\n".join(system),
        said=merged([_said(m) for m in messages if m["role"] not in {"system", "developer"}]),
        tools=tuple(str((tool.get("function") or tool).get("name", "")) for tool in tools),
        definitions=tuple(canonical_json(tool.get("function") or tool) for tool in tools),
        max_tokens=caps[0] if caps else None,
        stream=body.get("stream") is True,
        reasoning="off" if effort == "none" else "adaptive",
        show_reasoning=True,
        effort=effort,
        tier=body.get("service_tier"),
        cache_asked=any(body.get(wish) for wish in CACHE_WISHES),
        usage_wanted=(body.get("stream_options") or {}).get("include_usage") is True,
    )


def _check_messages(messages: list[Any]) -> None:
    if not messages:
        raise invalid("Invalid 'messages': empty array. Expected an array with minimum length 1.", "messages")
    asked: list[str] = []
    for place, message in enumerate(messages):
        role = message.get("role") if isinstance(message, Mapping) else None
        param = f"messages[{place}]"
        if role not in ROLES:
            raise invalid(
                f"Invalid value: {role!r}. Supported values are: {', '.join(map(repr, ROLES))}.",
                f"{param}.role",
                "invalid_value",
            )
        asked = _check_pairing(message, role, param, asked)
        if message.get("content") is None and not (role == "assistant" and message.get("tool_calls")):
            raise invalid(
                f"Invalid value for '{param}.content': expected a string, got null.", f"{param}.content"
            )
    _check_answered(asked, "messages")


def _check_pairing(message: Mapping[str, Any], role: str, param: str, asked: list[str]) -> list[str]:
    """The calls still to be answered after this message."""
    if role == "tool":
        if message.get("tool_call_id") not in asked:
            raise invalid(
                "Invalid parameter: messages with role 'tool' must be a response to a preceding message with "
                "'tool_calls'.",
                f"{param}.role",
            )
        return [call for call in asked if call != message["tool_call_id"]]
    _check_answered(asked, param)
    if role == "assistant":
        return [call["id"] for call in message.get("tool_calls") or ()]
    return []


def _check_answered(asked: list[str], param: str) -> None:
    if asked:
        raise invalid(
            "An assistant message with 'tool_calls' must be followed by tool messages responding to each "
            f"'tool_call_id'. The following tool_call_ids did not have response messages: {', '.join(asked)}",
            param,
        )


def _text(content: Any) -> str:
    if isinstance(content, str):
        return content
    return "\n".join(part["text"] for part in content or () if part.get("type") == "text")


def _said(message: Mapping[str, Any]) -> Said:
    content = message.get("content") or ""
    parts = [content] if isinstance(content, str) else [p["text"] for p in content if p.get("type") == "text"]
    calls = tuple(
        Call(name=call["function"]["name"], arguments=canonical_text(call["function"]["arguments"]))
        for call in message.get("tool_calls") or ()
        if call.get("type") == "function"
    )
    images = 0 if isinstance(content, str) else sum(part.get("type") != "text" for part in content)
    return Said(role=message["role"], texts=tuple(filter(None, parts)), calls=calls, images=images)
