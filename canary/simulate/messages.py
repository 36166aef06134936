"""Anthropic Messages: the shapes of requests, replies, events and errors."""

import json
from typing import Any

from canary.simulate.protocol import Body, Heard, Refused, Reply, split
from canary.simulate.signing import sign
from canary.simulate.sse import named

STOP_REASONS = {"end": "end_turn", "tool_use": "tool_use", "max_tokens": "max_tokens", "refusal": "refusal"}
ERROR_TYPES = {
    400: "invalid_request_error", 401: "authentication_error", 402: "billing_error", 403: "permission_error",
    404: "not_found_error", 413: "invalid_request_error", 429: "rate_limit_error", 504: "timeout_error",
    529: "overloaded_error",
}  # fmt: skip
TIERS = {"standard": "standard", "priority": "priority", "batch": "batch"}


def body(reply: Reply, heard: Heard, _request: Body) -> dict[str, Any]:
    """A whole `Message`."""
    return _message(reply, content=_blocks(reply, heard), stop=reply.stop, usage=_usage(reply, heard))


def _message(reply: Reply, *, content: list[Any], stop: str | None, usage: Any) -> dict[str, Any]:
    return {
        "id": f"msg_01{reply.nonce}",
        "type": "message",
        "role": "assistant",
        "model": reply.model,
        "content": content,
        "stop_reason": STOP_REASONS[stop] if stop else None,
        "stop_sequence": None,
        "stop_details": _details(reply) if stop else None,
        "container": None,
        **({} if usage is None else {"usage": usage}),
    }


def _details(reply: Reply) -> dict[str, Any] | None:
    if reply.stop != "refusal":
        return None
    return {"type": "refusal", "category": "general_harms", "explanation": "Drawn by the simulated provider."}


def _blocks(reply: Reply, heard: Heard) -> list[dict[str, Any]]:
    blocks: list[dict[str, Any]] = []
    if reply.reasoning is not None:
        thought = reply.reasoning if heard.show_reasoning else ""
        blocks.append({"type": "thinking", "thinking": thought, "signature": sign(reply.nonce, thought)})
    if reply.unknown_block:
        blocks.append({"type": "simulated_novelty", "novelty": "a block of a type nobody knows"})
    if reply.text:
        blocks.append({"type": "text", "text": reply.text, "citations": None})
    blocks.extend(
        {
            "type": "tool_use",
            "id": f"toolu_01{reply.nonce}{number:02d}",
            "name": call.name,
            "input": json.loads(call.arguments),
            "caller": {"type": "direct"},
        }
        for number, call in enumerate(reply.calls)
    )
    return blocks


def _usage(reply: Reply, heard: Heard) -> dict[str, Any] | None:
    """`Usage`: the input is what neither came from a cache nor went into one."""
    b = reply.billed
    if b is None:
        return None
    return {
        "input_tokens": b.input - b.cache_read - b.cache_write,
        "cache_creation_input_tokens": b.cache_write,
        "cache_read_input_tokens": b.cache_read,
        "cache_creation": {"ephemeral_5m_input_tokens": b.cache_write, "ephemeral_1h_input_tokens": 0},
        "output_tokens": b.output,
        "output_tokens_details": {"thinking_tokens": b.reasoning},
        "server_tool_use": None,
        "service_tier": TIERS.get(reply.tier, "standard"),
        "inference_geo": "not_available",
        **({"speed": heard.speed} if heard.speed else {}),
    }


def _event(data: dict[str, Any]) -> bytes:
    return named(data["type"], data)


def events(reply: Reply, heard: Heard, _request: Body) -> list[bytes]:
    """A streamed `Message`."""
    usage = _usage(reply, heard)
    opening = (
        {**usage, "output_tokens": 1, "output_tokens_details": {"thinking_tokens": 0}} if usage else None
    )
    start = _event(
        {"type": "message_start", "message": _message(reply, content=[], stop=None, usage=opening)}
    )
    groups = [start]
    for index, block in enumerate(_blocks(reply, heard)):
        empty, deltas = _deltas(block)
        begin = _event({"type": "content_block_start", "index": index, "content_block": empty})
        parts = [_event({"type": "content_block_delta", "index": index, "delta": delta}) for delta in deltas]
        end = _event({"type": "content_block_stop", "index": index})
        parts = parts or [b""]
        parts[0] = begin + parts[0]
        parts[-1] += end
        groups.extend(parts)
    groups.append(_closing(reply, usage))
    return groups


def _deltas(block: dict[str, Any]) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """A block as it begins, and what is added to it."""
    if block["type"] == "text":
        return {**block, "text": ""}, [{"type": "text_delta", "text": t} for t in split(block["text"])]
    if block["type"] == "thinking":
        deltas: list[dict[str, Any]] = [
            {"type": "thinking_delta", "thinking": t} for t in split(block["thinking"], 2)
        ]
        return {**block, "thinking": "", "signature": ""}, [
            *deltas,
            {"type": "signature_delta", "signature": block["signature"]},
        ]
    if block["type"] == "tool_use":
        pieces = split(json.dumps(block["input"], ensure_ascii=False), 2)
        return {**block, "input": {}}, [
            {"type": "input_json_delta", "partial_json": p} for p in ["", *pieces]
        ]
    return block, []


def _closing(reply: Reply, usage: dict[str, Any] | None) -> bytes:
    kept = (
        "input_tokens", "cache_creation_input_tokens", "cache_read_input_tokens", "output_tokens",
        "output_tokens_details", "server_tool_use",
    )  # fmt: skip
    delta: dict[str, Any] = {
        "type": "message_delta",
        "delta": {
            "stop_reason": STOP_REASONS[reply.stop],
            "stop_sequence": None,
            "stop_details": _details(reply),
            "container": None,
        },
    }
    if usage:
        delta["usage"] = {key: usage[key] for key in kept}
    return _event(delta) + _event({"type": "message_stop"})


def error(refused: Refused, request_id: str) -> dict[str, Any]:
    """An `ErrorResponse`."""
    kind = ERROR_TYPES.get(refused.status, "api_error")
    return {"type": "error", "error": {"type": kind, "message": refused.message}, "request_id": request_id}


def error_event(refused: Refused, request_id: str, _sent: int) -> bytes:
    """An error within a stream."""
    return _event(error(refused, request_id))


def headers(request_id: str) -> list[tuple[str, str]]:
    """Headers of every response."""
    return [("request-id", request_id), ("anthropic-organization-id", "simulated")]
