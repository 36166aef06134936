"""OpenAI Responses: a whole reply, and the parts its events are made of."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from canary.simulate.agents import FREEFORM
from canary.simulate.openai import SERVED_TIERS
from canary.simulate.protocol import Body, Heard, Reply
from canary.simulate.signing import sign

LABELS = ("prompt_cache_key", "safety_identifier", "user")
"""Texts of the client's own that are echoed; the published schema has no null for them, nor for usage to come."""


def body(reply: Reply, heard: Heard, request: Body) -> dict[str, Any]:
    """A whole `Response`."""
    return {**frame(reply, heard, request), **ending(reply, list(items(reply, heard)))}


def frame(reply: Reply, heard: Heard, request: Body) -> dict[str, Any]:
    """What a response says from its beginning: mostly the request, echoed."""
    reasoning = request.get("reasoning") or {}
    text = request.get("text") or {}
    tier = SERVED_TIERS.get(reply.tier, reply.tier)
    return {
        "id": f"resp_{reply.nonce}",
        "object": "response",
        "created_at": reply.created,
        "status": "in_progress",
        "background": False,
        "error": None,
        "incomplete_details": None,
        "instructions": request.get("instructions"),
        "max_output_tokens": heard.max_tokens,
        "max_tool_calls": request.get("max_tool_calls"),
        "metadata": request.get("metadata") or {},
        "model": reply.model,
        "output": [],
        "parallel_tool_calls": request.get("parallel_tool_calls", True),
        "previous_response_id": request.get("previous_response_id"),
        "reasoning": {"effort": "medium", "summary": None, **reasoning},
        "service_tier": tier,
        "temperature": request.get("temperature", 1.0),
        "text": {"format": {"type": "text"}, "verbosity": "medium", **text},
        "tool_choice": request.get("tool_choice", "auto"),
        "tools": [_echoed(tool) for tool in request.get("tools") or ()],
        "top_logprobs": 0,
        "top_p": request.get("top_p", 1.0),
        "truncation": request.get("truncation", "disabled"),
        **{name: request[name] for name in LABELS if request.get(name) is not None},
    }


def _echoed(tool: Mapping[str, Any]) -> Mapping[str, Any]:
    """A tool as it is told back: what a function leaves out is filled in."""
    if tool.get("type") != "function":
        return tool
    return {"description": None, "parameters": None, "strict": True, **tool}


def ending(reply: Reply, output: list[dict[str, Any]]) -> dict[str, Any]:
    """What a response says at its end."""
    cut = reply.stop == "max_tokens"
    return {
        "status": "incomplete" if cut else "completed",
        "incomplete_details": {"reason": "max_output_tokens"} if cut else None,
        **({} if cut else {"completed_at": reply.created}),
        "output": output,
        "usage": _usage(reply),
    }


def _usage(reply: Reply) -> dict[str, Any] | None:
    """`ResponseUsage`: the input is the total, what came from the cache included."""
    b = reply.billed
    if b is None:
        return None
    return {
        "input_tokens": b.input,
        "input_tokens_details": {
            "cached_tokens": b.cache_read,
            "cache_write_tokens": b.cache_write,
            "cache_write_tokens_details": {"ttl_30m_tokens": b.cache_write, "ttl_12h_tokens": 0},
        },
        "output_tokens": b.output,
        "output_tokens_details": {"reasoning_tokens": b.reasoning},
        "total_tokens": b.input + b.output,
    }


def items(reply: Reply, heard: Heard) -> Iterator[dict[str, Any]]:
    """The finished output items."""
    if reply.reasoning is not None:
        shown = reply.reasoning if heard.show_reasoning else ""
        given = f"rs_{reply.item}"
        yield {
            "id": given,
            "type": "reasoning",
            "summary": [{"type": "summary_text", "text": shown}] if shown else [],
            "encrypted_content": sign(reply.nonce, f"{given}|{shown}"),
        }
    if reply.unknown_block:
        yield {
            "id": f"sn_{reply.item}",
            "type": "simulated_novelty",
            "novelty": "an item of a type nobody knows",
        }
    if reply.text or not reply.calls:
        part = (
            {"type": "refusal", "refusal": reply.text}
            if reply.stop == "refusal"
            else {"type": "output_text", "text": reply.text, "annotations": [], "logprobs": []}
        )
        yield {
            "id": f"msg_{reply.item}",
            "type": "message",
            "role": "assistant",
            "status": "incomplete" if reply.stop == "max_tokens" else "completed",
            "content": [part],
        }
    for number, call in enumerate(reply.calls):
        if call.name == FREEFORM and FREEFORM in heard.freeform:
            yield {
                "id": f"ctc_{reply.item}{number:02d}",
                "type": "custom_tool_call",
                "status": "completed",
                "call_id": f"call_{reply.nonce}{number:02d}",
                "name": call.name,
                "input": json.loads(call.arguments)["input"],
            }
            continue
        yield {
            "id": f"fc_{reply.item}{number:02d}",
            "type": "function_call",
            "status": "completed",
            "call_id": f"call_{reply.nonce}{number:02d}",
            **_named(call.name),
            "arguments": call.arguments,
        }


def _named(name: str) -> dict[str, str]:
    """A tool's name; that of a tool in a namespace, `mcp__server__tool`, in two parts."""
    namespace, found, tool = name.rpartition("__")
    return {"namespace": namespace, "name": tool} if found and name.startswith("mcp__") else {"name": name}
