"""OpenAI Responses: what is refused, and in which words."""

from collections.abc import Mapping
from typing import Any

from canary.simulate.openai import check_common, check_objects, invalid, is_cap, missing
from canary.simulate.protocol import Body, need
from canary.simulate.signing import nonce_of, signed

LEAST_OUTPUT = 16
ROLES = ("user", "assistant", "system", "developer")


def check_request(body: Body, *, counting: bool = False) -> list[Mapping[str, Any]]:
    """Hold a Responses body against the rules; gives its input as a list of items.

    Raises:
        Refused: with the parameter at fault.
    """
    check_objects(body, ("reasoning", "text", "metadata"))
    reasoning = body.get("reasoning") or {}
    check_common(body, effort=reasoning.get("effort"), effort_param="reasoning.effort")
    given: str | list[Any] = need(
        body, "input", (str, list), "a string or an array", missing="Missing required parameter: 'input'."
    )
    cap = body.get("max_output_tokens")
    if cap is not None and not counting and not is_cap(cap, LEAST_OUTPUT):
        raise invalid(
            f"Invalid 'max_output_tokens': integer below minimum value. Expected a value >= {LEAST_OUTPUT}, "
            f"but got {cap} instead.",
            "max_output_tokens",
            "integer_below_min_value",
        )
    _check_tools(body.get("tools") or [])
    if isinstance(given, str):
        return [{"type": "message", "role": "user", "content": given}]
    if not given:
        raise invalid(
            "Invalid 'input': empty array. Expected an array with minimum length 1.", "input", "empty_array"
        )
    for place, item in enumerate(given):
        _check_item(item, f"input[{place}]")
    _check_pairs(given)
    _check_reasoning_kept(given)
    return given


def _check_tools(tools: Any) -> None:
    for place, tool in enumerate(tools):
        if not isinstance(tool, Mapping) or not isinstance(tool.get("type"), str):
            raise missing(f"tools[{place}].type")
        if tool["type"] == "function" and not isinstance(tool.get("name"), str):
            raise missing(f"tools[{place}].name")


def _check_item(item: Any, place: str) -> None:
    if not isinstance(item, Mapping):
        raise invalid(f"Invalid type for '{place}': expected an object.", place, "invalid_type")
    kind = item.get("type", "message")
    if kind == "message":
        _check_message(item, place)
    required = {
        "function_call": ("call_id", "name", "arguments"),
        "function_call_output": ("call_id", "output"),
        "reasoning": ("summary",),
    }
    for field in required.get(kind, ()):
        if field not in item:
            raise missing(f"{place}.{field}")
    if kind == "reasoning":
        _check_reasoning(item, place)


def _check_reasoning(item: Mapping[str, Any], place: str) -> None:
    given = _reasoning_id(item)
    if given is None:
        raise missing(f"{place}.id")
    if item.get("encrypted_content") is None:
        return
    shown = "".join(part.get("text", "") for part in item["summary"])
    if not signed(item["encrypted_content"], f"{given}|{shown}"):
        raise invalid(
            f"The encrypted content for item {given} could not be verified.",
            place,
            "invalid_encrypted_content",
        )


def _reasoning_id(item: Mapping[str, Any]) -> str | None:
    """The id of a reasoning item; agents leave it out, since its encrypted content tells which item it is."""
    if item.get("id") is not None:
        return str(item["id"])
    sealed = item.get("encrypted_content")
    return None if sealed is None else f"rs_{nonce_of(sealed)}r"


def _check_message(item: Mapping[str, Any], place: str) -> None:
    role, content = item.get("role"), item.get("content")
    if role not in ROLES:
        raise invalid(
            f"Invalid value: {role!r}. Supported values are: {', '.join(map(repr, ROLES))}.",
            f"{place}.role",
            "invalid_value",
        )
    if content is None:
        raise missing(f"{place}.content")
    if isinstance(content, str):
        return
    allowed = (
        ("output_text", "refusal") if role == "assistant" else ("input_text", "input_image", "input_file")
    )
    for number, part in enumerate(content):
        kind = part.get("type") if isinstance(part, Mapping) else None
        if kind not in allowed:
            raise invalid(
                f"Invalid value: {kind!r}. Supported values are: {', '.join(map(repr, allowed))}.",
                f"{place}.content[{number}]",
                "invalid_value",
            )


def _check_pairs(items: list[Mapping[str, Any]]) -> None:
    """Every function call has an output after it, and every output a call before it."""
    asked: dict[str, None] = {}
    for item in items:
        kind = item.get("type")
        if kind == "function_call":
            asked[item["call_id"]] = None
        if kind == "function_call_output":
            if item["call_id"] not in asked:
                raise invalid(
                    f"No tool call found for function call output with call_id {item['call_id']}.", "input"
                )
            del asked[item["call_id"]]
    if asked:
        raise invalid(f"No tool output found for function call {next(iter(asked))}.", "input")


def _check_reasoning_kept(items: list[Mapping[str, Any]]) -> None:
    """An item that came with reasoning goes back with it: its id names the reasoning item it needs."""
    kept = {_reasoning_id(item) for item in items if item.get("type") == "reasoning"}
    for item in items:
        kind, given = item.get("type", "message"), str(item.get("id") or "")
        prefix, _, stem = given.partition("_")
        if prefix in {"fc", "msg"} and stem[20:21] == "r" and f"rs_{stem[:21]}" not in kept:
            raise invalid(
                f"Item '{given}' of type '{kind}' was provided without its required 'reasoning' item: "
                f"'rs_{stem[:21]}'.",
                "input",
            )
