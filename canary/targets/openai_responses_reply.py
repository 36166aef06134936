"""The events of a Responses stream as one reply: pure, no network and no SDK.

Items are told apart by their `type` alone: the SDK builds an item it does not know as a message.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from canary.domain.canonical import Json
from canary.domain.trial import Step, Stop, ToolCall, Usage
from canary.targets.faults import Fault
from canary.targets.pace import Pace
from canary.targets.replies import (
    EMPTY_OBJECT,
    arguments_of,
    count,
    no_usage,
    plain_object,
    text_or_none,
    unknown,
    usage_of_totals,
    whole,
)

if TYPE_CHECKING:
    from openai.types.responses import ResponseStreamEvent

_KNOWN_ITEMS = frozenset({"message", "reasoning", "function_call"})
_LAST_EVENTS = frozenset({"response.completed", "response.incomplete", "response.failed"})

_REFUSING_CODES = frozenset({"bio_policy", "misalignment_policy_violation", "image_content_policy_violation"})
"""Failures by which the provider refuses the request's content: answers to be graded, not outages."""

_UNFINISHED = frozenset({"in_progress", "queued"})
"""What a response says of itself before its end; after it, a host that did not look."""

_INCOMPLETE: Mapping[str, Stop] = {"max_output_tokens": "max_tokens", "content_filter": "refusal"}


class ResponseReply:
    """The fold over a Responses stream."""

    def __init__(self) -> None:
        self._items: dict[int, Any] = {}
        self._texts: list[str] = []
        self._response: Any = None
        self._last = ""
        self._pace = Pace()

    @property
    def complete(self) -> bool:
        """Whether the response's last event was seen."""
        return bool(self._last)

    def add(self, event: "ResponseStreamEvent", at: float) -> None:
        """Take the next event. Only contents and the last event matter; the others repeat what it says."""
        kind = event.type
        if kind.endswith(".delta"):
            self._delta(kind, getattr(event, "delta", None), at)
        elif kind in _LAST_EVENTS:
            self._last = kind
            self._response = getattr(event, "response", None)
        elif event.type == "response.output_item.done":
            self._items[event.output_index] = event.item
        elif event.type == "response.output_item.added":
            if event.item.type == "function_call":
                self._pace.saw(at, len(event.item.name))
        elif event.type == "error":
            raise Fault(str(event.message or "no reason given"), name=text_or_none(event.code))

    def _delta(self, kind: str, delta: object, at: float) -> None:
        if not isinstance(delta, str):
            return
        self._pace.saw(at, len(delta))
        if kind == "response.output_text.delta":
            self._texts.append(delta)
        elif "reasoning" in kind:
            self._pace.reasoned = True

    def step(self, *, latency_s: float, request_id: str | None, flags: tuple[str, ...] = ()) -> Step:
        """The reply as a whole.

        Raises:
            Fault: the response failed, or its last event never came.
        """
        if not self._last:
            raise Fault("the stream ended before response.completed", kind="stream_cut")
        error = self._response.error
        code = text_or_none(getattr(error, "code", None))
        failed = self._ending() in {"failed", "cancelled"}
        if failed and code not in _REFUSING_CODES:
            raise Fault(str(getattr(error, "message", None) or "no reason given"), name=code)
        native = self._native()
        calls = tuple(_tool_call(item) for item in native if item["type"] == "function_call")
        refusals = [part["refusal"] for part in _parts(native) if part.get("type") == "refusal"]
        stop, reason = self._stop(calls, refused=bool(refusals) or failed)
        usage = _usage(self._response.usage)
        return Step(
            text=_visible_text(native) or whole("".join(self._texts)),
            tool_calls=calls,
            stop=stop,
            stop_reason=code or reason,
            usage=usage,
            raw_usage=plain_object(self._response.usage) if self._response.usage is not None else None,
            latency_s=latency_s,
            ttft_s=self._pace.first_at,
            output_tokens_per_s=self._pace.tokens_per_s(
                usage, hidden_reasoning=any(item["type"] == "reasoning" for item in native)
            ),
            served_model=text_or_none(self._response.model),
            service_tier=text_or_none(self._response.service_tier),
            request_id=request_id,
            native=native,
            flags=(*_flags(native, usage), *flags),
        )

    def _native(self) -> tuple[dict[str, Json], ...]:
        """Output items whole: as they were finished one by one, where that was streamed; else from the last event.

        The API names the finished item as the one to pass back, because its encrypted content is complete.
        """
        finished = [self._items[index] for index in sorted(self._items)]
        output = self._response.output or []
        native = tuple(plain_object(item) for item in (finished if len(finished) >= len(output) else output))
        if not native and self._texts:
            text: Json = {"type": "output_text", "text": whole("".join(self._texts)), "annotations": []}
            message: dict[str, Json] = {"type": "message", "role": "assistant", "content": [text]}
            return (message | {"id": "msg_unnamed", "status": "completed"},)
        return native

    def _ending(self) -> str:
        """What became of the response. Some hosts close any stream as completed and leave it to the status."""
        named = self._last.removeprefix("response.")
        status = text_or_none(self._response.status)
        return status if named == "completed" and status and status not in _UNFINISHED else named

    def _stop(self, calls: tuple[ToolCall, ...], *, refused: bool) -> tuple[Stop, str | None]:
        details = self._response.incomplete_details
        reason = text_or_none(getattr(details, "reason", None))
        ending = self._ending()
        if ending == "incomplete":
            return _INCOMPLETE.get(reason or "", "unknown"), reason or ending
        if refused:
            return "refusal", "refusal"
        if ending != "completed":
            return "unknown", ending
        return ("tool_use" if calls else "end"), ending


def _parts(items: tuple[dict[str, Json], ...]) -> list[Mapping[str, Any]]:
    """Content parts of all messages."""
    contents = [item.get("content") for item in items if item["type"] == "message"]
    return [
        part
        for content in contents
        if isinstance(content, list)
        for part in content
        if isinstance(part, Mapping)
    ]


def _visible_text(items: tuple[dict[str, Json], ...]) -> str:
    """Parts of one message are one text; several messages are set apart. A refusal's words are visible too."""
    messages = ["".join(str(_words(part)) for part in _parts((item,))) for item in items]
    return "\n\n".join(message for message in messages if message)


def _words(part: Mapping[str, Any]) -> object:
    return {"output_text": part.get("text"), "refusal": part.get("refusal")}.get(str(part.get("type"))) or ""


def _flags(items: tuple[dict[str, Json], ...], usage: Usage | None) -> tuple[str, ...]:
    found = {unknown("block", item["type"]): None for item in items if item["type"] not in _KNOWN_ITEMS}
    if any(item["type"] == "function_call" and not item.get("arguments") for item in items):
        found["empty_arguments"] = None
    return (*found, *no_usage(usage))


def _tool_call(item: Mapping[str, Json]) -> ToolCall:
    text = item.get("arguments")
    text = text if isinstance(text, str) else ""
    return ToolCall(
        id=str(item.get("call_id") or item.get("id") or ""),
        name=str(item.get("name") or ""),
        arguments=arguments_of(text or EMPTY_OBJECT),
        arguments_text=text,
    )


def _usage(usage: Any) -> Usage | None:
    if usage is None:
        return None
    cached, made = usage.input_tokens_details, usage.output_tokens_details
    return usage_of_totals(
        input_total=count(usage.input_tokens),
        cache_read=count(getattr(cached, "cached_tokens", None)),
        cache_write=count(getattr(cached, "cache_write_tokens", None)),
        output=count(usage.output_tokens),
        reasoning=count(getattr(made, "reasoning_tokens", None)),
    )
