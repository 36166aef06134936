"""Codex's `exec --json` lines as one turn: pure.

The lines tell commands, messages and, at the end, one usage; no model, no cost, no duration. The usage is that of the
whole *thread*: a thread taken up again counts its earlier turns too, so those are subtracted. Calls that run side by
side belong to one reply, a call that starts after the last one ended to the next.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from canary.domain.canonical import Json, canonical_json
from canary.domain.trial import Failure, Step, Stop, ToolCall, Usage
from canary.targets.codex_items import CALLS, Reader, asked, told, went_wrong
from canary.targets.harness_reply import (
    Answered,
    Flags,
    Retried,
    ended_early,
    event_of,
    failure_of,
    kept_text,
    mapping,
    minus,
    text_of,
    told_with_last,
    tool_result,
    word,
)
from canary.targets.redaction import Redactor
from canary.targets.replies import count, text_or_none, unknown, usage_of_totals
from canary.targets.sandbox import Exit

THREAD = "thread"
"""Under which name a thread's own account is kept from turn to turn."""

_STATUS = re.compile(r"\bstatus:? (\d{3})\b")
_RECONNECTING = re.compile(r"^Reconnecting")
_CUT = re.compile(r"(?i)stream (?:disconnected|closed|ended)")
_UNREACHABLE = re.compile(
    r"(?i)error sending request|connection (?:refused|failed|reset)|dns error|timed out"
)
_QUIET = frozenset({"thread.started", "turn.started", "item.updated"})


@dataclass(kw_only=True, slots=True)
class _Reply:
    """One reply as it grows."""

    begun: float
    ended: float
    texts: list[str] = field(default_factory=list)
    calls: dict[str, ToolCall] = field(default_factory=dict)
    open: set[str] = field(default_factory=set)


class CodexFold:
    """The fold over one `codex exec` run."""

    def __init__(
        self,
        *,
        work: str,
        redactor: Redactor,
        earlier: Mapping[str, Usage] | None = None,
        max_turns: int | None = None,
    ) -> None:
        """Begin.

        Args:
            work: the working directory, as the agent names it.
            redactor: keeps the key out of messages.
            earlier: what the turn before told as its account (`Answered.told`).
            max_turns: replies after which the run is ended; Codex has no such limit of its own.
        """
        self._work = work
        self._redactor = redactor
        self._earlier = (earlier or {}).get(THREAD)
        self._max_turns = max_turns
        self._replies: list[_Reply] = []
        self._retried: list[Retried] = []
        self._flags = Flags()
        self._session: str | None = None
        self._raw_usage: Mapping[str, Json] | None = None
        self._completed = False
        self._failed: str | None = None
        self._error: str | None = None
        self._idle_since = 0.0

    def add(self, line: bytes, at: float) -> bool:
        """Take the next line; False once the replies allowed have been made and another begins."""
        event = event_of(line, self._flags)
        if event is None:
            return True
        kind = word(event.get("type"))
        if kind == "thread.started":
            self._session = text_or_none(event.get("thread_id"))
        elif kind in _EVENTS:
            _EVENTS[kind](self, event, at)
        elif kind not in _QUIET:
            self._flags.add(unknown("event", event.get("type")))
        return self._max_turns is None or len(self._replies) <= self._max_turns

    def _started(self, event: Mapping[str, Json], at: float) -> None:
        item = mapping(event.get("item"))
        if word(item.get("type")) in CALLS:
            reply = self._calling(at)
            reply.open.add(str(item.get("id")))

    def _item(self, event: Mapping[str, Json], at: float) -> None:
        item = mapping(event.get("item"))
        kind = word(item.get("type"))
        if kind == "agent_message":
            reply = self._speaking(at)
            reply.texts.append(text_of(item.get("text")))
        elif kind in CALLS:
            self._called(item, CALLS[kind], at)
        elif kind == "error":
            self._flags.add("agent_warning")
        elif kind not in {"reasoning", "todo_list"}:
            self._flags.add(unknown("item", item.get("type")))

    def _speaking(self, at: float) -> _Reply:
        """The reply that a message belongs to: a new one, unless nothing was said or done in the last."""
        if not self._replies or self._replies[-1].calls or self._replies[-1].open or self._replies[-1].texts:
            self._replies.append(_Reply(begun=self._idle_since, ended=at))
        self._replies[-1].ended = at
        return self._replies[-1]

    def _calling(self, at: float) -> _Reply:
        """The reply that a call belongs to: the last one, unless all its calls have ended."""
        last = self._replies[-1] if self._replies else None
        if last is None or (last.calls and not last.open):
            last = _Reply(begun=self._idle_since, ended=at)
            self._replies.append(last)
        if not last.calls:
            last.ended = at
        return last

    def _called(self, item: Mapping[str, Json], read: Reader, at: float) -> None:
        given = str(item.get("id"))
        reply = next((r for r in self._replies if given in r.open), None) or self._calling(at)
        reply.open.discard(given)
        for number, named in enumerate(read(item, self._work)):
            identity = f"{given}.{number}" if number else given
            reply.calls[identity] = ToolCall(
                id=identity,
                name=named.name,
                arguments=named.arguments,
                arguments_text=canonical_json(asked(item)),
                result=tool_result(told(item), error=went_wrong(item), flags=self._flags),
            )
        if not reply.open:
            self._idle_since = at

    def _error_line(self, event: Mapping[str, Json], _at: float) -> None:
        message = text_of(event.get("message")) or "no reason given"
        if _RECONNECTING.match(message):
            failure = self._explained(message)
            self._retried.append(Retried(step=len(self._replies), failure=failure))
        else:
            self._error = message

    def _turn_failed(self, event: Mapping[str, Json], _at: float) -> None:
        said = mapping(event.get("error")).get("message")
        self._failed = text_of(said) or self._error or "no reason given"

    def _turn_completed(self, event: Mapping[str, Json], _at: float) -> None:
        self._completed = True
        self._raw_usage = mapping(event.get("usage")) or None

    def _explained(self, message: str) -> Failure:
        found = _STATUS.search(message)
        if found:
            return failure_of(message, self._redactor, status=int(found.group(1)))
        if _CUT.search(message):
            return failure_of(message, self._redactor, kind="stream_cut")
        if _UNREACHABLE.search(message):
            return failure_of(message, self._redactor, kind="connection")
        return failure_of(message, self._redactor)

    def answered(self, exit_: Exit) -> Answered:
        """What the run comes to."""
        limited = exit_.ended == "limit"
        replies = self._replies[: self._max_turns] if limited else self._replies
        failure = None if limited and replies else self._failure(exit_)
        told = None if self._raw_usage is None else _usage(self._raw_usage)
        spent = told if told is None or self._earlier is None else minus(told, self._earlier) or told
        steps = told_with_last(tuple(map(self._step, replies)), spent)
        stop: Stop | None = None
        if failure is None:
            stop = "call_limit" if limited else "end"
            flags = (*self._flags.all(), *(() if spent else ("no_usage",)))
            reason = "max_turns" if limited else None
            last = replace(
                steps[-1], raw_usage=self._raw_usage, flags=(*steps[-1].flags, *flags), stop_reason=reason
            )
            steps = (*steps[:-1], last)
        return Answered(
            steps=steps,
            stop=stop,
            failure=failure,
            retried=tuple(self._retried),
            session=self._session,
            told={} if told is None else {THREAD: told},
        )

    def _failure(self, exit_: Exit) -> Failure | None:
        if exit_.ended != "exited":
            return ended_early(exit_, self._redactor, "codex")
        if self._failed is not None or (self._error is not None and not self._completed):
            return self._explained(self._failed or self._error or "")
        if not self._completed:
            return ended_early(exit_, self._redactor, "codex")
        if not self._replies:
            return failure_of(
                "codex reports a completed turn without a reply", self._redactor, kind="malformed"
            )
        return None

    def _step(self, reply: _Reply) -> Step:
        return Step(
            text=kept_text("\n\n".join(text for text in reply.texts if text), self._flags),
            tool_calls=tuple(reply.calls.values()),
            stop="tool_use" if reply.calls else "end",
            latency_s=max(0.0, reply.ended - reply.begun),
        )


_EVENTS: Mapping[str, Callable[[CodexFold, Mapping[str, Json], float], None]] = {
    "item.started": CodexFold._started,  # noqa: SLF001
    "item.completed": CodexFold._item,  # noqa: SLF001
    "error": CodexFold._error_line,  # noqa: SLF001
    "turn.failed": CodexFold._turn_failed,  # noqa: SLF001
    "turn.completed": CodexFold._turn_completed,  # noqa: SLF001
}


def _usage(raw: Mapping[str, Json]) -> Usage:
    return usage_of_totals(
        input_total=count(raw.get("input_tokens")),
        cache_read=count(raw.get("cached_input_tokens")),
        cache_write=count(raw.get("cache_write_input_tokens")),
        output=count(raw.get("output_tokens")),
        reasoning=count(raw.get("reasoning_output_tokens")),
    )
