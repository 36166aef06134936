"""The chunks of a Chat Completions stream as one reply: pure, no network and no SDK."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from canary.domain.canonical import Json
from canary.domain.trial import Step, Stop, ToolCall, Usage
from canary.targets.faults import Fault, reported
from canary.targets.openai_chat_calls import Calls
from canary.targets.pace import Pace
from canary.targets.replies import (
    first_count,
    no_usage,
    plain,
    plain_object,
    text_or_none,
    unknown,
    usage_of_totals,
    whole,
)

if TYPE_CHECKING:
    from openai.types.chat import ChatCompletionChunk

_STOPS: Mapping[str, Stop] = {
    "stop": "end",
    "length": "max_tokens",
    "tool_calls": "tool_use",
    "function_call": "tool_use",
    "content_filter": "refusal",
}
_REASONING_TEXTS = ("reasoning_content", "reasoning")
"""Where hosts stream reasoning: DeepSeek's name, and the one of OpenRouter and newer vLLM."""

_KNOWN_EXTRAS = frozenset({*_REASONING_TEXTS, "reasoning_details", "extra_content"})


class ChatReply:
    """The fold over a stream of chunks."""

    def __init__(self) -> None:
        self._content: list[str] = []
        self._refusal: list[str] = []
        self._calls = Calls()
        self._reasoning: dict[str, list[str]] = {}
        self._details: list[dict[str, Json]] = []
        self._signed: Json = None
        self._unknown: dict[str, list[Json]] = {}
        self._usage: Any = None
        self._finish: str | None = None
        self._named: dict[str, str] = {}
        self._flags: dict[str, None] = {}
        self._pace = Pace()

    @property
    def complete(self) -> bool:
        """Whether the answer is finished and counted: what a cut would lose after that is the end mark."""
        return self._finish is not None and self._usage is not None

    def add(self, event: "ChatCompletionChunk", at: float) -> None:
        """Take the next chunk; of several choices the first alone is ours."""
        if str(event.object) == "error":
            # Some inference servers send their error as an event of its own, not under the name the SDK looks for.
            raise reported(plain(event), "no reason given")
        for name in ("model", "service_tier", "system_fingerprint"):
            if name not in self._named and (value := text_or_none(getattr(event, name))):
                self._named[name] = value
        if event.usage is not None:
            self._usage = event.usage
        for choice in event.choices or ():
            if choice.index in (0, None):
                self._choice(choice, at)

    def _choice(self, choice: Any, at: float) -> None:
        delta = choice.delta
        if delta is not None:
            if delta.content:
                self._content.append(delta.content)
                self._pace.saw(at, len(delta.content))
            if delta.refusal:
                self._refusal.append(delta.refusal)
                self._pace.saw(at, len(delta.refusal))
            for call in delta.tool_calls or ():
                self._pace.saw(at, self._calls.add(call))
            if delta.model_extra:
                self._extras(delta.model_extra, at)
        if choice.finish_reason:
            self._finish = str(choice.finish_reason)
        if choice.model_extra and self._usage is None:
            self._usage = choice.model_extra.get("usage")

    def _extras(self, extra: Mapping[str, Any], at: float) -> None:
        for name in _REASONING_TEXTS:
            text = extra.get(name)
            if isinstance(text, str) and text:
                self._reasoning.setdefault(name, []).append(text)
                self._saw_reasoning(at, len(text))
        details = extra.get("reasoning_details")
        for detail in details if isinstance(details, list) else ():
            self._detail(plain_object(detail), at)
        # Gemini's signature of its thoughts; with tool calls it stands on the call and goes back with it.
        self._signed = plain(extra.get("extra_content")) or self._signed
        for name, value in extra.items():
            if name not in _KNOWN_EXTRAS and value is not None:
                self._unknown.setdefault(name, []).append(plain(value))
                self._flags[unknown("block", name)] = None

    def _saw_reasoning(self, at: float, size: int) -> None:
        self._pace.saw(at, size)
        self._pace.reasoned = True

    def _detail(self, detail: dict[str, Json], at: float) -> None:
        """Pieces of one reasoning block are joined: the host wants the blocks back as it would have sent them whole."""
        last = self._details[-1] if self._details else {}
        joined = next((name for name in ("text", "summary") if isinstance(detail.get(name), str)), None)
        if joined:
            self._saw_reasoning(at, len(str(detail[joined])))
        if joined and all(last.get(name) == detail.get(name) for name in ("type", "index")):
            text = str(last.get(joined) or "") + str(detail[joined])
            last |= {name: value for name, value in detail.items() if value is not None} | {joined: text}
        else:
            self._details.append(detail)

    def step(self, *, latency_s: float, request_id: str | None, flags: tuple[str, ...] = ()) -> Step:
        """The reply as a whole.

        Raises:
            Fault: no chunk finished the answer, or one finished it as an error.
        """
        if self._finish is None:
            raise Fault("the stream ended before a finish_reason", kind="stream_cut")
        if self._finish == "error":
            raise Fault("the host finished the answer as an error", name="error")
        usage = _usage(self._usage)
        calls = self._calls.finished()
        refusal = whole("".join(self._refusal))
        return Step(
            text="\n\n".join(text for text in (whole("".join(self._content)), refusal) if text),
            tool_calls=calls,
            stop=self._stop(calls, refused=bool(refusal)),
            stop_reason=self._finish,
            usage=usage,
            raw_usage=None if self._usage is None else plain_object(self._usage),
            latency_s=latency_s,
            ttft_s=self._pace.first_at,
            output_tokens_per_s=self._pace.tokens_per_s(usage),
            served_model=self._named.get("model"),
            service_tier=self._named.get("service_tier"),
            request_id=request_id,
            system_fingerprint=self._named.get("system_fingerprint"),
            native=(self._message(refusal), *([{"unknown": self._unknown}] if self._unknown else [])),
            flags=(*self._flags, *self._calls.flags, *no_usage(usage), *flags),
        )

    def _stop(self, calls: tuple[ToolCall, ...], *, refused: bool) -> Stop:
        if refused:
            return "refusal"
        stop = _STOPS.get(self._finish or "", "unknown")
        return "tool_use" if calls and stop == "end" else stop

    def _message(self, refusal: str) -> dict[str, Json]:
        """The assistant message to pass back."""
        content = whole("".join(self._content))
        message: dict[str, Json] = {"role": "assistant", "content": content}
        if refusal:
            message["refusal"] = refusal
        if native := self._calls.native():
            message["content"] = content or None
            message["tool_calls"] = native
        for name, pieces in self._reasoning.items():
            message[name] = whole("".join(pieces))
        if self._details:
            message["reasoning_details"] = self._details
        if self._signed:
            message["extra_content"] = self._signed
        return message


def _usage(usage: Any) -> Usage | None:
    """Counts under OpenAI's names, else under those of hosts that keep them elsewhere.

    Some hosts leave reasoning out of `completion_tokens`, which shows in their total.
    """
    if usage is None:
        return None
    raw = plain_object(usage)
    asked, made = _object(raw, "prompt_tokens_details"), _object(raw, "completion_tokens_details")
    total, prompt = first_count(raw.get("total_tokens")), first_count(raw.get("prompt_tokens"))
    output = first_count(raw.get("completion_tokens"))
    reasoning = first_count(made.get("reasoning_tokens"), raw.get("reasoning_tokens"))
    if output is not None and reasoning and total == (prompt or 0) + output + reasoning:
        output += reasoning
    return usage_of_totals(
        input_total=prompt,
        cache_read=first_count(
            asked.get("cached_tokens"), raw.get("prompt_cache_hit_tokens"), raw.get("cached_tokens")
        ),
        cache_write=first_count(asked.get("cache_write_tokens")),
        output=output,
        reasoning=reasoning,
    )


def _object(raw: Mapping[str, Json], name: str) -> Mapping[str, Json]:
    value = raw.get(name)
    return value if isinstance(value, Mapping) else {}
