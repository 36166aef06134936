"""The events of a Messages stream as one reply: pure, no network and no SDK.

Blocks are told apart by their `type` alone: the SDK builds a block it does not know as a text block.
"""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from canary.domain.canonical import Json, canonical_json
from canary.domain.trial import Step, Stop, ToolCall, Usage
from canary.targets.faults import Fault
from canary.targets.pace import Pace
from canary.targets.replies import (
    arguments_of,
    count,
    plain,
    plain_object,
    text_or_none,
    unknown,
    whole,
)

if TYPE_CHECKING:
    from anthropic.types import RawMessageStreamEvent

_STOPS: Mapping[str, Stop] = {
    "end_turn": "end",
    "stop_sequence": "end",
    "tool_use": "tool_use",
    "max_tokens": "max_tokens",
    "model_context_window_exceeded": "context_window",
    "refusal": "refusal",
    "pause_turn": "pause",
}
_KNOWN_BLOCKS = frozenset({"text", "thinking", "redacted_thinking", "tool_use"})


class _Block:
    """One content block as it grows."""

    __slots__ = ("json", "signature", "start", "text", "type")

    def __init__(self, start: Any) -> None:
        self.start: dict[str, Json] = plain_object(start)
        if not isinstance(self.start.get("type"), str):
            raise Fault("a content block has no type", kind="malformed")
        self.type = str(self.start["type"])
        self.text: list[str] = []
        self.json: list[str] = []
        self.signature: str | None = None

    def native(self) -> dict[str, Json]:
        """The block as the API would have sent it whole."""
        block = dict(self.start)
        if self.type in {"text", "thinking"}:
            block[self.type] = whole(str(block.get(self.type) or "") + "".join(self.text))
        if self.signature is not None:
            block["signature"] = self.signature
        if self.json:
            arguments = arguments_of(self.arguments_text)
            # As the API's documentation asks for input that is no JSON object: a block has to hold one.
            block["input"] = {"INVALID_JSON": self.arguments_text} if arguments is None else arguments
        return block

    @property
    def arguments_text(self) -> str:
        """The tool arguments as the model wrote them; `{}` where it wrote nothing, as the API means it."""
        written = whole("".join(self.json))
        return written if written.strip() else canonical_json(self.start.get("input") or {})


class MessageReply:
    """The fold over a Messages stream."""

    def __init__(self) -> None:
        self._blocks: dict[int, _Block] = {}
        self._usage: dict[str, Json] = {}
        self._final_usage = False
        self._message: Any = None
        self._stop_reason: str | None = None
        self._flags: dict[str, None] = {}
        self._pace = Pace()
        self._complete = False

    @property
    def complete(self) -> bool:
        """Whether nothing can be missing: after why it stopped and the final count, only `message_stop` comes."""
        return self._complete or (self._stop_reason is not None and self._final_usage)

    def add(self, event: "RawMessageStreamEvent", at: float) -> None:
        """Take the next event; events of types to come are flagged and passed over."""
        if event.type == "content_block_delta":
            self._delta(self._blocks[event.index], event.delta, at)
        elif event.type == "content_block_start":
            self._start(event.index, event.content_block, at)
        elif event.type in _HANDLERS:
            _HANDLERS[event.type](self, event)
        else:
            self._flags[unknown("event", event.type)] = None

    def _delta(self, block: _Block, delta: Any, at: float) -> None:
        kind = delta.type
        if kind == "text_delta":
            block.text.append(delta.text)
            self._pace.saw(at, len(delta.text))
        elif kind == "input_json_delta":
            block.json.append(delta.partial_json)
            self._pace.saw(at, len(delta.partial_json))
        elif kind == "thinking_delta":
            block.text.append(delta.thinking)
            self._pace.saw(at, len(delta.thinking))
            self._pace.reasoned = True
        elif kind == "signature_delta":
            block.signature = delta.signature
        elif kind == "citations_delta":
            cited = block.start.get("citations")
            block.start["citations"] = [*(cited if isinstance(cited, list) else ()), plain(delta.citation)]
        else:
            self._flags[unknown("delta", kind)] = None

    def _start(self, index: int, content: Any, at: float) -> None:
        block = self._blocks[index] = _Block(content)
        if block.type == "tool_use":
            self._pace.saw(at, len(str(block.start.get("name"))))
        elif block.type not in _KNOWN_BLOCKS:
            self._flags[unknown("block", block.type)] = None

    def _begin(self, event: Any) -> None:
        self._message = event.message
        self._note_usage(event.message.usage)

    def _end(self, event: Any) -> None:
        self._stop_reason = text_or_none(event.delta.stop_reason) or self._stop_reason
        self._final_usage = count(getattr(event.usage, "output_tokens", None)) is not None
        self._note_usage(event.usage)
        details = event.delta.stop_details
        if details is not None and (category := text_or_none(details.category)):
            self._flags[f"refusal:{category}"] = None

    def _note_usage(self, usage: Any) -> None:
        """Counts are cumulative: a later one replaces an earlier, an absent one leaves it."""
        for name, value in plain_object(usage or {}).items():
            if value is not None or name not in self._usage:
                self._usage[name] = value

    def _stop(self, _event: Any) -> None:
        self._complete = True

    def _pass(self, _event: Any) -> None:
        pass

    def step(self, *, latency_s: float, request_id: str | None, flags: tuple[str, ...] = ()) -> Step:
        """The reply as a whole; `Fault` where the stream ended before it was."""
        if not self.complete:
            raise Fault("the stream ended before message_stop", kind="stream_cut")
        blocks = [self._blocks[index] for index in sorted(self._blocks)]
        usage = self._read_usage()
        hidden = any(block.type in {"thinking", "redacted_thinking"} for block in blocks)
        return Step(
            text=_visible_text(blocks),
            tool_calls=tuple(_tool_call(block) for block in blocks if block.type == "tool_use"),
            stop=_STOPS.get(self._stop_reason or "", "unknown"),
            stop_reason=self._stop_reason,
            usage=usage,
            raw_usage=self._usage or None,
            latency_s=latency_s,
            ttft_s=self._pace.first_at,
            output_tokens_per_s=self._pace.tokens_per_s(usage, hidden_reasoning=hidden),
            served_model=text_or_none(getattr(self._message, "model", None)),
            service_tier=_served_tier(self._usage),
            request_id=request_id,
            native=tuple(block.native() for block in blocks),
            flags=(*self._flags, *(() if self._final_usage else ("no_usage",)), *flags),
        )

    def _read_usage(self) -> Usage | None:
        """`input_tokens` excludes cached input already; the output count of `message_start` is no total."""
        if not self._usage:
            return None
        details = self._usage.get("output_tokens_details")
        thinking = details.get("thinking_tokens") if isinstance(details, Mapping) else None
        return Usage(
            input_tokens=count(self._usage.get("input_tokens")),
            cache_read_tokens=count(self._usage.get("cache_read_input_tokens")),
            cache_write_tokens=count(self._usage.get("cache_creation_input_tokens")),
            output_tokens=count(self._usage.get("output_tokens")) if self._final_usage else None,
            reasoning_tokens=count(thinking),
        )


_HANDLERS: Mapping[str, Callable[[MessageReply, Any], None]] = {
    "message_start": MessageReply._begin,  # noqa: SLF001
    "message_delta": MessageReply._end,  # noqa: SLF001
    "message_stop": MessageReply._stop,  # noqa: SLF001
    "content_block_stop": MessageReply._pass,  # noqa: SLF001
    "ping": MessageReply._pass,  # noqa: SLF001
}


def _served_tier(usage: Mapping[str, Any]) -> str | None:
    """The tier served, and after a `+` the speed, where it is not the standard one: losing it is a change of tier."""
    tier, speed = text_or_none(usage.get("service_tier")), text_or_none(usage.get("speed"))
    return tier if speed in {None, "standard"} else f"{tier or 'standard'}+{speed}"


def _visible_text(blocks: list[_Block]) -> str:
    """Text blocks in a row are one text, as citations split it; what stands between others is set apart."""
    runs: list[str] = []
    previous = ""
    for block in blocks:
        if block.type == "text":
            text = str(block.native()["text"])
            if previous == "text":
                runs[-1] += text
            else:
                runs.append(text)
        previous = block.type
    return "\n\n".join(run for run in runs if run)


def _tool_call(block: _Block) -> ToolCall:
    text = block.arguments_text
    return ToolCall(
        id=str(block.start.get("id") or ""),
        name=str(block.start.get("name") or ""),
        arguments=arguments_of(text),
        arguments_text=text,
    )
