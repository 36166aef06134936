"""One reply in the words of each protocol, as exact bytes: what the contract suite is told through all three."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal, Protocol

from canary.domain.target import Provider

Event = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Call:
    """A tool call of the model: its arguments are a text, which may be no JSON."""

    id: str
    name: str
    arguments: str


@dataclass(frozen=True, kw_only=True)
class Speech:
    """One reply, in no protocol's terms.

    Attributes:
        pieces: visible text as it is streamed.
        reasoning: reasoning text as it is streamed; "" = none.
        seal: what the provider gives with the reasoning and wants back: signature or encrypted content.
        calls: tool calls.
        stop: why it ends.
        uncached, cached, written, output, reasoned: tokens, each part on its own.
        model, tier: what served it.
    """

    pieces: tuple[str, ...] = ("Hello", " there.")
    reasoning: str = ""
    seal: str = "c2VhbA=="
    calls: tuple[Call, ...] = ()
    stop: Literal["end", "tool_use", "max_tokens", "refusal"] = "end"
    uncached: int = 11
    cached: int = 5
    written: int = 3
    output: int = 40
    reasoned: int = 0
    model: str = "served-model-1"
    tier: str = "priority"

    @property
    def text(self) -> str:
        return "".join(self.pieces)


def calling(*calls: Call, **facts: Any) -> Speech:
    """A reply that calls tools and says nothing."""
    return Speech(pieces=(), calls=calls, stop="tool_use", **facts)


class Dialect(Protocol):
    """How one protocol says things."""

    provider: Provider
    root: str
    path: str
    request_id_header: str

    def chunks(self, speech: Speech) -> tuple[bytes, ...]:
        """The whole stream, one event a chunk."""
        ...

    def events(self, speech: Speech) -> list[Event]:
        """The stream's events as JSON."""
        ...

    def encode(self, event: Event) -> bytes:
        """One event on the wire."""
        ...

    def error(self, kind: str, message: str) -> dict[str, Any]:
        """The body of an HTTP error."""
        ...

    def error_event(self, kind: str, message: str) -> bytes:
        """An error in the middle of a stream."""
        ...


def _named(event: Event) -> bytes:
    return f"event: {event['type']}\ndata: {json.dumps(event)}\n\n".encode()


class Messages(Dialect):
    """Anthropic's Messages API."""

    provider: Provider = "anthropic"
    root = ""
    path = "/v1/messages"
    request_id_header = "request-id"

    def chunks(self, speech: Speech) -> tuple[bytes, ...]:
        return tuple(self.encode(event) for event in self.events(speech))

    def encode(self, event: Event) -> bytes:
        return _named(event)

    def error(self, kind: str, message: str) -> dict[str, Any]:
        return {"type": "error", "error": {"type": kind, "message": message}, "request_id": "req_e"}

    def error_event(self, kind: str, message: str) -> bytes:
        return _named(self.error(kind, message))

    def events(self, speech: Speech) -> list[Event]:
        blocks = list(self._blocks(speech))
        events: list[Event] = [{"type": "message_start", "message": self._message(speech)}, {"type": "ping"}]
        for index, (start, deltas) in enumerate(blocks):
            events.append({"type": "content_block_start", "index": index, "content_block": start})
            events += [{"type": "content_block_delta", "index": index, "delta": delta} for delta in deltas]
            events.append({"type": "content_block_stop", "index": index})
        stop = {"end": "end_turn"}.get(speech.stop, speech.stop)
        usage: dict[str, Any] = {"output_tokens": speech.output}
        if speech.reasoned:
            usage["output_tokens_details"] = {"thinking_tokens": speech.reasoned}
        delta = {"stop_reason": stop, "stop_sequence": None}
        return [*events, {"type": "message_delta", "delta": delta, "usage": usage}, {"type": "message_stop"}]

    def _message(self, speech: Speech) -> dict[str, Any]:
        return {
            "id": "msg_1",
            "type": "message",
            "role": "assistant",
            "model": speech.model,
            "content": [],
            "stop_reason": None,
            "stop_sequence": None,
            "usage": {
                "input_tokens": speech.uncached,
                "cache_read_input_tokens": speech.cached,
                "cache_creation_input_tokens": speech.written,
                "output_tokens": 1,
                "service_tier": speech.tier,
            },
        }

    def _blocks(self, speech: Speech) -> Iterator[tuple[dict[str, Any], list[dict[str, Any]]]]:
        if speech.reasoning:
            yield (
                {"type": "thinking", "thinking": "", "signature": ""},
                [
                    {"type": "thinking_delta", "thinking": speech.reasoning},
                    {"type": "signature_delta", "signature": speech.seal},
                ],
            )
        if speech.pieces:
            yield (
                {"type": "text", "text": ""},
                [{"type": "text_delta", "text": piece} for piece in speech.pieces],
            )
        for call in speech.calls:
            halves = call.arguments[:4], call.arguments[4:]
            yield (
                {"type": "tool_use", "id": call.id, "name": call.name, "input": {}},
                [{"type": "input_json_delta", "partial_json": part} for part in ("", *halves)],
            )


class Responses(Dialect):
    """OpenAI's Responses API."""

    provider: Provider = "openai"
    root = "/v1"
    path = "/v1/responses"
    request_id_header = "x-request-id"

    def chunks(self, speech: Speech) -> tuple[bytes, ...]:
        return tuple(self.encode(event) for event in self.events(speech))

    def encode(self, event: Event) -> bytes:
        return _named(event)

    def error(self, kind: str, message: str) -> dict[str, Any]:
        return {"error": {"message": message, "type": kind, "param": None, "code": kind}}

    def error_event(self, kind: str, message: str) -> bytes:
        return _named(
            {"type": "error", "code": kind, "message": message, "param": None, "sequence_number": 3}
        )

    def events(self, speech: Speech) -> list[Event]:
        output = list(self._items(speech))
        events: list[dict[str, Any]] = [
            {"type": "response.created", "response": self._response(speech, "in_progress", [])}
        ]
        for index, item in enumerate(output):
            events += self._item_events(index, item, speech)
        cut = speech.stop == "max_tokens"
        last = "response.incomplete" if cut else "response.completed"
        whole = self._response(speech, "incomplete" if cut else "completed", output)
        events.append({"type": last, "response": whole})
        return [event | {"sequence_number": number} for number, event in enumerate(events)]

    def _item_events(self, index: int, item: dict[str, Any], speech: Speech) -> list[dict[str, Any]]:
        place = {"output_index": index, "item_id": item["id"]}
        added = item | {"status": "in_progress"}
        deltas: list[dict[str, Any]] = []
        if item["type"] == "message":
            added["content"] = []
            kind = "response.refusal.delta" if speech.stop == "refusal" else "response.output_text.delta"
            extra: dict[str, Any] = {} if speech.stop == "refusal" else {"logprobs": []}
            deltas = [
                {"type": kind, "delta": piece, "content_index": 0} | place | extra for piece in speech.pieces
            ]
        elif item["type"] == "reasoning":
            kind = "response.reasoning_summary_text.delta"
            deltas = [{"type": kind, "delta": speech.reasoning, "summary_index": 0} | place]
        else:
            kind = "response.function_call_arguments.delta"
            deltas = [{"type": kind, "delta": item["arguments"]} | place]
            added["arguments"] = ""
        return [
            {"type": "response.output_item.added", "output_index": index, "item": added},
            *deltas,
            {"type": "response.output_item.done", "output_index": index, "item": item},
        ]

    def _items(self, speech: Speech) -> Iterator[dict[str, Any]]:
        if speech.reasoning:
            summary = [{"type": "summary_text", "text": speech.reasoning}]
            yield {"type": "reasoning", "id": "rs_1", "summary": summary, "encrypted_content": speech.seal}
        if speech.pieces:
            part: dict[str, Any] = {"type": "output_text", "text": speech.text, "annotations": []}
            if speech.stop == "refusal":
                part = {"type": "refusal", "refusal": speech.text}
            status = "incomplete" if speech.stop == "max_tokens" else "completed"
            message = {"type": "message", "id": "msg_1", "role": "assistant", "status": status}
            yield message | {"content": [part]}
        for call in speech.calls:
            function = {"name": call.name, "arguments": call.arguments, "call_id": call.id}
            yield {"type": "function_call", "id": f"fc_{call.id}", "status": "completed"} | function

    def _response(self, speech: Speech, status: str, output: list[dict[str, Any]]) -> dict[str, Any]:
        usage = {
            "input_tokens": speech.uncached + speech.cached + speech.written,
            "input_tokens_details": {"cached_tokens": speech.cached, "cache_write_tokens": speech.written},
            "output_tokens": speech.output,
            "output_tokens_details": {"reasoning_tokens": speech.reasoned},
            "total_tokens": speech.uncached + speech.cached + speech.written + speech.output,
        }
        return {
            "id": "resp_1",
            "object": "response",
            "created_at": 1772366400,
            "model": speech.model,
            "status": status,
            "output": output,
            "error": None,
            "incomplete_details": {"reason": "max_output_tokens"} if status == "incomplete" else None,
            "instructions": None,
            "metadata": {},
            "parallel_tool_calls": True,
            "temperature": 1.0,
            "tool_choice": "auto",
            "tools": [],
            "top_p": 1.0,
            "service_tier": speech.tier,
            "usage": None if status == "in_progress" else usage,
        }


class Chat(Dialect):
    """Chat Completions."""

    provider: Provider = "openai-chat"
    root = "/v1"
    path = "/v1/chat/completions"
    request_id_header = "x-request-id"

    def chunks(self, speech: Speech) -> tuple[bytes, ...]:
        return (*(self.encode(event) for event in self.events(speech)), b"data: [DONE]\n\n")

    def encode(self, event: Event) -> bytes:
        return f"data: {json.dumps(event)}\n\n".encode()

    def error(self, kind: str, message: str) -> dict[str, Any]:
        return {"error": {"message": message, "type": kind, "param": None, "code": kind}}

    def error_event(self, kind: str, message: str) -> bytes:
        return self.encode(self.error(kind, message))

    def events(self, speech: Speech) -> list[Event]:
        finish = {
            "end": "stop",
            "tool_use": "tool_calls",
            "max_tokens": "length",
            "refusal": "content_filter",
        }
        deltas: list[dict[str, Any]] = [{"role": "assistant", "content": ""}]
        if speech.reasoning:
            deltas.append({"reasoning_content": speech.reasoning})
        deltas += [{"content": piece} for piece in speech.pieces]
        for index, call in enumerate(speech.calls):
            first = {"index": index, "id": call.id, "type": "function"}
            deltas.append({"tool_calls": [first | {"function": {"name": call.name, "arguments": ""}}]})
            deltas.append({"tool_calls": [{"index": index, "function": {"arguments": call.arguments}}]})
        events = [self._chunk(speech, delta, None) for delta in deltas]
        events.append(self._chunk(speech, {}, finish[speech.stop]))
        return [*events, self._chunk(speech, None, None) | {"usage": self._usage(speech)}]

    def _usage(self, speech: Speech) -> dict[str, Any]:
        prompt = speech.uncached + speech.cached + speech.written
        return {
            "prompt_tokens": prompt,
            "prompt_tokens_details": {"cached_tokens": speech.cached, "cache_write_tokens": speech.written},
            "completion_tokens": speech.output,
            "completion_tokens_details": {"reasoning_tokens": speech.reasoned},
            "total_tokens": prompt + speech.output,
        }

    def _chunk(self, speech: Speech, delta: dict[str, Any] | None, finish: str | None) -> dict[str, Any]:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
        return {
            "id": "chatcmpl-1",
            "object": "chat.completion.chunk",
            "created": 1772366400,
            "model": speech.model,
            "service_tier": speech.tier,
            "system_fingerprint": "fp_1",
            "choices": [] if delta is None else [choice],
        }


DIALECTS: tuple[Dialect, ...] = (Messages(), Responses(), Chat())

FULL = replace(Speech(), reasoning="Let me think.", reasoned=17)
"""A reply with everything in it."""
