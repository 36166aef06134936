"""OpenAI Chat Completions: the shapes of requests, replies, chunks and errors."""

from hashlib import sha256
from typing import Any

from canary.simulate.openai import SERVED_TIERS, error
from canary.simulate.protocol import Body, Heard, Refused, Reply, split
from canary.simulate.sse import nameless

FINISH = {"end": "stop", "tool_use": "tool_calls", "max_tokens": "length", "refusal": "stop"}


def body(reply: Reply, _heard: Heard, _request: Body) -> dict[str, Any]:
    """A whole `ChatCompletion`."""
    refused = reply.stop == "refusal"
    message: dict[str, Any] = {
        "role": "assistant",
        "content": None if refused or (reply.calls and not reply.text) else reply.text,
        "refusal": reply.text if refused else None,
        "annotations": [],
    }
    if reply.reasoning and reply.reasoning_content:
        message["reasoning_content"] = reply.reasoning
    if reply.unknown_block:
        message["simulated_novelty"] = "a field nobody knows"
    if reply.calls:
        message["tool_calls"] = _calls(reply)
    choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": FINISH[reply.stop]}
    usage = _usage(reply)
    return {
        **_frame(reply, "chat.completion"),
        "choices": [choice],
        **({} if usage is None else {"usage": usage}),
    }


def _frame(reply: Reply, kind: str) -> dict[str, Any]:
    return {
        "id": f"chatcmpl-{reply.nonce}",
        "object": kind,
        "created": reply.created,
        "model": reply.model,
        "service_tier": SERVED_TIERS.get(reply.tier, reply.tier),
        "system_fingerprint": f"fp_{sha256(reply.backend.encode()).hexdigest()[:10]}",
    }


def _calls(reply: Reply) -> list[dict[str, Any]]:
    return [
        {
            "id": f"call_{reply.nonce}{number:02d}",
            "type": "function",
            "function": {"name": call.name, "arguments": call.arguments},
        }
        for number, call in enumerate(reply.calls)
    ]


def _usage(reply: Reply) -> dict[str, Any] | None:
    """`CompletionUsage`: the prompt's tokens are the total, what came from the cache included."""
    b = reply.billed
    if b is None:
        return None
    return {
        "prompt_tokens": b.input,
        "completion_tokens": b.output,
        "total_tokens": b.input + b.output,
        "prompt_tokens_details": {
            "cached_tokens": b.cache_read,
            "cache_write_tokens": b.cache_write,
            "audio_tokens": 0,
        },
        "completion_tokens_details": {
            "reasoning_tokens": b.reasoning,
            "audio_tokens": 0,
            "accepted_prediction_tokens": 0,
            "rejected_prediction_tokens": 0,
        },
    }


def events(reply: Reply, heard: Heard, request: Body) -> list[bytes]:
    """A streamed `ChatCompletion`: chunks, then `[DONE]`."""
    frame = _frame(reply, "chat.completion.chunk")
    usage: dict[str, Any] = {"usage": None} if heard.usage_wanted and reply.billed else {}
    padded = (request.get("stream_options") or {}).get("include_obfuscation") is not False

    def chunk(delta: dict[str, Any], finish: str | None = None) -> bytes:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
        data = {**frame, "choices": [choice], **usage}
        if padded:
            data["obfuscation"] = reply.nonce[: 4 + (-len(str(delta))) % 16]
        return nameless(data)

    groups = [chunk({"role": "assistant", "content": "", "refusal": None})]
    groups.extend(chunk(delta) for delta in _deltas(reply))
    closing = chunk({}, FINISH[reply.stop])
    if usage:
        closing += nameless({**frame, "choices": [], "usage": _usage(reply)})
    groups.append(closing + b"data: [DONE]\n\n")
    return groups


def _deltas(reply: Reply) -> list[dict[str, Any]]:
    out: list[dict[str, Any]] = []
    if reply.reasoning and reply.reasoning_content:
        out.extend({"reasoning_content": piece} for piece in split(reply.reasoning, 2))
    if reply.unknown_block:
        out.append({"simulated_novelty": "a field nobody knows"})
    field = "refusal" if reply.stop == "refusal" else "content"
    out.extend({field: piece} for piece in split(reply.text))
    for index, call in enumerate(_calls(reply)):
        arguments = call["function"]["arguments"]
        begun = {**call, "index": index, "function": {"name": call["function"]["name"], "arguments": ""}}
        out.append({"tool_calls": [begun]})
        out.extend(
            {"tool_calls": [{"index": index, "function": {"arguments": piece}}]}
            for piece in split(arguments, 2)
        )
    return out


def error_event(refused: Refused, request_id: str, _sent: int) -> bytes:
    """An error within a stream."""
    return nameless(error(refused, request_id))
