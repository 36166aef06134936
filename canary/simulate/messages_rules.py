"""What the Messages API refuses, and in which words."""

from collections.abc import Mapping
from typing import Any

from canary.simulate.protocol import Body, Refused, need
from canary.simulate.signing import signed

VERSIONS = ("2026-10-21", "2023-06-01")
SAMPLING = ("temperature", "top_p", "top_k")
EFFORTS = ("low", "medium", "high", "xhigh", "max")
ROLES = ("user", "assistant", "system")
LEAST_BUDGET = 1024


def check_request(body: Body, headers: Mapping[str, str], *, counting: bool = False) -> None:
    """Hold a request body against the rules of its API version.

    Raises:
        Refused: with the field at fault first in the message.
    """
    version = _version(headers)
    need(body, "model", str, "a string", missing="model: Field required")
    messages = need(body, "messages", list, "an array", missing="messages: Field required")
    _check_limits(body, counting=counting)
    _check_sampling(body, version)
    _check_thinking(body)
    _check_tools(body.get("tools"))
    if not messages:
        raise Refused("messages: at least one message is required")
    for place, message in enumerate(messages):
        _check_message(message, f"messages.{place}", version)
    if messages[0]["role"] == "assistant":
        raise Refused('messages: first message must use the "user" role')
    if messages[-1]["role"] == "assistant":
        raise Refused(
            "This model does not support assistant message prefill. The conversation must end with a user message."
        )
    _check_pairs(messages)
    _check_thinking_kept(body, messages)


def _version(headers: Mapping[str, str]) -> str:
    version = headers.get("anthropic-version")
    if version is None:
        raise Refused("anthropic-version: header is required")
    if version not in VERSIONS:
        raise Refused(f"anthropic-version: {version!r} is not a valid version")
    return version


def _check_limits(body: Body, *, counting: bool) -> None:
    if counting and "max_tokens" not in body:
        return
    cap = need(body, "max_tokens", int, "an integer", missing="max_tokens: Field required")
    if cap < 0:
        raise Refused("max_tokens: Input should be greater than or equal to 0")


def _check_sampling(body: Body, version: str) -> None:
    for name in SAMPLING:
        if name in body and version == VERSIONS[0]:
            raise Refused(f"{name}: sampling parameters are not supported by API version {version}")
    effort = (body.get("output_config") or {}).get("effort")
    if effort is not None and effort not in EFFORTS:
        raise Refused(f"output_config.effort: Input should be one of {', '.join(EFFORTS)}")
    if body.get("service_tier") not in {None, "auto", "standard_only"}:
        raise Refused("service_tier: Input should be 'auto' or 'standard_only'")
    if body.get("speed") not in {None, "standard", "fast"}:
        raise Refused("speed: Input should be 'standard' or 'fast'")


def _check_thinking(body: Body) -> None:
    thinking = body.get("thinking")
    if thinking is None:
        return
    kinds = ("adaptive", "enabled", "between_tools", "disabled")
    if not isinstance(thinking, Mapping) or thinking.get("type") not in kinds:
        raise Refused(f"thinking.type: Input should be one of {', '.join(kinds)}")
    if thinking["type"] == "enabled":
        budget = need(
            thinking,
            "budget_tokens",
            int,
            "an integer",
            missing="thinking.enabled.budget_tokens: Field required",
        )
        if budget < LEAST_BUDGET:
            raise Refused(
                f"thinking.enabled.budget_tokens: Input should be greater than or equal to {LEAST_BUDGET}"
            )
        if body.get("max_tokens") is not None and budget >= body["max_tokens"]:
            raise Refused("max_tokens must be greater than thinking.budget_tokens")


def _check_tools(tools: Any) -> None:
    if tools is None:
        return
    if not isinstance(tools, list):
        raise Refused("tools: Input should be a valid array")
    for place, tool in enumerate(tools):
        if not isinstance(tool, Mapping) or not isinstance(tool.get("name", ""), str):
            raise Refused(f"tools.{place}: Input should be a tool definition")
        if tool.get("type") in {None, "custom"}:
            for field in ("name", "input_schema"):
                if field not in tool:
                    raise Refused(f"tools.{place}.custom.{field}: Field required")
    names = [tool["name"] for tool in tools if "name" in tool]
    if len(set(names)) < len(names):
        raise Refused("tools: Tool names must be unique.")


def _check_message(message: Any, place: str, version: str) -> None:
    if not isinstance(message, Mapping):
        raise Refused(f"{place}: Input should be an object")
    if message.get("role") not in ROLES:
        raise Refused(f"{place}.role: Input should be one of {', '.join(ROLES)}")
    content = message.get("content")
    if not isinstance(content, str | list):
        raise Refused(f"{place}.content: Input should be a string or an array of blocks")
    if not content:
        raise Refused(f"{place}: all messages must have non-empty content")
    if isinstance(content, str):
        return
    for number, block in enumerate(content):
        _check_block(block, f"{place}.content.{number}", message["role"], version)


_REQUIRED: Mapping[str, tuple[tuple[str, type], ...]] = {
    "text": (("text", str),),
    "tool_use": (("id", str), ("name", str), ("input", dict)),
    "tool_result": (("tool_use_id", str),),
    "thinking": (("thinking", str), ("signature", str)),
    "redacted_thinking": (("data", str),),
}
_OF_THE_MODEL = {"tool_use", "thinking", "redacted_thinking"}


def _check_block(block: Any, place: str, role: str, version: str) -> None:
    if not isinstance(block, Mapping) or not isinstance(block.get("type"), str):
        raise Refused(f"{place}: Input should be a content block with a type")
    kind = block["type"]
    for field, wanted in _REQUIRED.get(kind, ()):
        if not isinstance(block.get(field), wanted):
            raise Refused(f"{place}.{kind}.{field}: Field required")
    if kind == "text" and not block["text"]:
        raise Refused(f"{place}: text content blocks must be non-empty")
    if (kind in _OF_THE_MODEL and role != "assistant") or (kind == "tool_result" and role != "user"):
        raise Refused(f"{place}: {kind} blocks are not allowed in {role} messages")
    if kind == "thinking" and not signed(block["signature"], block["thinking"]):
        raise Refused(f"{place}: Invalid `signature` in `thinking` block")
    if version == VERSIONS[0] and kind == "document" and role == "assistant":
        raise Refused(f"{place}: document blocks are not allowed in assistant messages")
    if version == VERSIONS[0] and kind == "text" and role == "user" and block.get("citations"):
        raise Refused(f"{place}: citations are not allowed on text of the user")


def _check_pairs(messages: list[Any]) -> None:
    """Every tool call is answered in the very next message, and nothing else is."""
    asked: list[str] = []
    for place, message in enumerate(messages):
        blocks = message["content"] if isinstance(message["content"], list) else []
        answered = [b["tool_use_id"] for b in blocks if b["type"] == "tool_result"]
        for number, block in enumerate(blocks):
            if block["type"] == "tool_result" and block["tool_use_id"] not in asked:
                raise Refused(
                    f"messages.{place}.content.{number}: unexpected `tool_use_id` found in `tool_result` blocks: "
                    f"{block['tool_use_id']}. Each `tool_result` block must have a corresponding `tool_use` block in "
                    "the previous message."
                )
        if len(set(answered)) < len(answered):
            raise Refused(f"messages.{place}: each tool_use must have a single result")
        left = [call for call in asked if call not in answered]
        if left:
            raise Refused(
                f"messages.{place}: `tool_use` ids were found without `tool_result` blocks immediately after: "
                f"{', '.join(left)}. Each `tool_use` block must have a corresponding `tool_result` block in the next "
                "message."
            )
        asked = [b["id"] for b in blocks if b["type"] == "tool_use"]
        if len(set(asked)) < len(asked):
            raise Refused(f"messages.{place}: `tool_use` ids must be unique")


def _check_thinking_kept(body: Body, messages: list[Any]) -> None:
    """With manual thinking on, a tool loop goes on only with the thinking that began it."""
    if (body.get("thinking") or {}).get("type") != "enabled":
        return
    *earlier, last = messages
    before = earlier[-1] if earlier else last
    results = isinstance(last["content"], list) and any(b["type"] == "tool_result" for b in last["content"])
    if results and isinstance(before["content"], list):
        first = before["content"][0]["type"]
        if first not in {"thinking", "redacted_thinking"}:
            raise Refused(
                f"messages.{len(messages) - 2}.content.0.type: Expected `thinking` or `redacted_thinking`, but found "
                f"`{first}`. When `thinking` is enabled, a final `assistant` message must start with a thinking block."
            )
