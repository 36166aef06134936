"""What one run of an agent CLI comes to: a pure fold over its output lines, and what the folds have in common.

The lines are foreign text: they may be no JSON, no UTF-8, of types to come, and of any size.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Protocol

from canary.domain.canonical import Json
from canary.domain.trial import Attempt, Failure, FailureKind, Step, Stop, ToolResult, Usage
from canary.targets.failures import RETRYABLE
from canary.targets.faults import Fault, kind_of_fault, kind_of_status
from canary.targets.redaction import Redactor
from canary.targets.replies import plain_object, whole
from canary.targets.sandbox import Exit

LONGEST_RESULT = 100_000
"""Characters of a tool's result that are kept."""

LONGEST_TEXT = 1_000_000
"""Characters of one reply that are kept: no model says more, and a record has to be stored."""

MOST_FLAGS = 50

NO_USAGE = Usage(input_tokens=0, cache_read_tokens=0, cache_write_tokens=0, output_tokens=0)
"""What a reply adds whose tokens are told with a later one of the same turn."""

TOLD_LATER = "usage_told_later"
"""Flag of such a reply."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Retried:
    """A request of the agent's own that was not answered and sent again.

    Attributes:
        step: index in this run of the answer it asked for.
        failure: why.
        waited_s: seconds the agent slept before sending it again; None = it does not say.
    """

    step: int
    failure: Failure
    waited_s: float | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Answered:
    """One user turn behind an agent CLI.

    Attributes:
        steps: the replies, `turn` not yet set.
        stop: why it ended; None where it failed.
        failure: why there is no complete answer; None where there is one.
        retried: requests sent again.
        session: the agent's name of the conversation; None = it gave none.
        version: the agent's own version, where the output tells it.
        told: the agent's own cumulative account, for the next turn to subtract.
        cost_usd: what the agent says this run cost.
    """

    steps: tuple[Step, ...] = ()
    stop: Stop | None = None
    failure: Failure | None = None
    retried: tuple[Retried, ...] = ()
    session: str | None = None
    version: str | None = None
    told: Mapping[str, Usage] = field(default_factory=dict)
    cost_usd: float | None = None


class Fold(Protocol):
    """A pure fold over the output of one run."""

    def add(self, line: bytes, at: float) -> bool:
        """Take the next line, `at` seconds after the start; False where the run has to be ended."""
        ...

    def answered(self, exit_: Exit) -> Answered:
        """What the run comes to, given how it ended."""
        ...


class Flags:
    """Oddities in order, each once."""

    def __init__(self) -> None:
        self._kept: dict[str, None] = {}

    def add(self, flag: str) -> None:
        """Keep a flag; the first `MOST_FLAGS` are kept."""
        if len(self._kept) < MOST_FLAGS:
            self._kept[flag] = None

    def all(self) -> tuple[str, ...]:
        """The flags kept."""
        return tuple(self._kept)


def event_of(line: bytes, flags: Flags) -> Mapping[str, Json] | None:
    """The JSON object on a line; None for a blank line, and, flagged, for what is no event."""
    if not line.strip():
        return None
    try:
        text = line.decode("utf-8")
    except UnicodeDecodeError:
        flags.add("not_utf8")
        text = line.decode("utf-8", "replace")
    try:
        value = json.loads(text)
        event = plain_object(value) if isinstance(value, dict) else None
    except (ValueError, RecursionError, Fault):
        event = None
    if event is None:
        flags.add("unreadable_line")
    return event


def mapping(value: Json) -> Mapping[str, Json]:
    """The value where it is an object; else an empty one."""
    return value if isinstance(value, Mapping) else {}


def listed(value: Json) -> list[Mapping[str, Json]]:
    """The objects of a list."""
    return [item for item in value if isinstance(item, Mapping)] if isinstance(value, list) else []


def text_of(value: Json) -> str:
    """A text, or the texts of a list of content parts, or nothing."""
    if isinstance(value, str):
        return value
    return "\n".join(str(part["text"]) for part in listed(value) if isinstance(part.get("text"), str))


def word(value: Json) -> str:
    """A text, or "" for anything else: what names a kind of event may be anything at all."""
    return value if isinstance(value, str) else ""


def number(value: Json) -> float | None:
    """A number from 0 up; a truth value is none."""
    good = isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < float("inf")
    return float(value) if good and isinstance(value, int | float) else None


def tool_result(text: str, *, error: bool, flags: Flags) -> ToolResult:
    """What a tool told the model, cut to a size that can be kept."""
    if len(text) > LONGEST_RESULT:
        flags.add("result_cut")
    return ToolResult(text=text[:LONGEST_RESULT], error=error)


def kept_text(text: str, flags: Flags) -> str:
    """A reply's text, cut to a size that can be kept."""
    if len(text) > LONGEST_TEXT:
        flags.add("text_cut")
    return whole(text[:LONGEST_TEXT])


def failure_of(
    message: str,
    redactor: Redactor,
    *,
    kind: FailureKind | None = None,
    status: int | None = None,
    name: str | None = None,
) -> Failure:
    """A failure in the agent's words, its kind by `kind`, else by HTTP status, else by the error's name and words."""
    said = Fault(message, name=name, status=status)
    if kind is None:
        kind = kind_of_fault(said) if status is None else kind_of_status(status, said)
    return Failure(kind=kind, message=redactor.line(message), retryable=kind in RETRYABLE, status=status)


def ended_early(exit_: Exit, redactor: Redactor, program: str) -> Failure:
    """Why a run that gave no result ended."""
    if exit_.ended == "timeout":
        message = f"{program} gave no result within {exit_.seconds:.0f} s and was ended"
        return Failure(kind="timeout", message=message, retryable=True)
    if exit_.ended == "disk":
        message = f"{program} wrote more than its share of the disk and was ended"
        return Failure(kind="crash", message=message, retryable=False)
    if exit_.ended == "output":
        message = f"{program} printed more than can be read and was ended"
        return Failure(kind="malformed", message=message, retryable=False)
    last = redactor.line(exit_.stderr[-2000:])
    message = redactor.line(
        f"{program} ended with status {exit_.status} and no result: {last or 'no message'}"
    )
    return Failure(kind="crash", message=message, retryable=False)


def told_with_last(steps: tuple[Step, ...], usage: Usage | None) -> tuple[Step, ...]:
    """Steps of a turn whose usage is told once, at its end: the last carries it, the others say so."""
    if not steps or usage is None:
        return steps
    before = tuple(
        replace(step, usage=nothing_beside(usage), flags=(*step.flags, TOLD_LATER)) for step in steps[:-1]
    )
    return (*before, replace(steps[-1], usage=usage))


def nothing_beside(usage: Usage) -> Usage:
    """What a reply adds to a total that another one carries: nothing of what is told, and no more than is told."""
    return replace(NO_USAGE, reasoning_tokens=None if usage.reasoning_tokens is None else 0)


def minus(usage: Usage, earlier: Usage) -> Usage | None:
    """What is new in a cumulative count; None where it is no continuation of the earlier one.

    A count that either side does not tell stays unmeasured.
    """
    out: dict[str, int | None] = {}
    for name in _COUNTS:
        now, before = getattr(usage, name), getattr(earlier, name)
        out[name] = None if now is None or before is None else now - before
    return None if any(value is not None and value < 0 for value in out.values()) else Usage(**out)


_COUNTS = ("input_tokens", "cache_read_tokens", "cache_write_tokens", "output_tokens", "reasoning_tokens")


def attempts_of(answered: Answered, base: int, started_at: datetime, exit_: Exit) -> list[Attempt]:
    """The agent's requests, as far as its output tells them; how long a refused one took it does not tell.

    Args:
        answered: the turn.
        base: replies of the trial before it.
        started_at: when the turn began, UTC.
        exit_: how its run ended.
    """
    ends = [
        Attempt(
            started_at=started_at,
            latency_s=step.latency_s or 0.0,
            step=base + number,
            request_id=step.request_id,
            output_tokens_per_s=step.output_tokens_per_s,
        )
        for number, step in enumerate(answered.steps)
    ]
    if answered.failure is not None:
        last = base + len(ends)
        ends.append(
            Attempt(started_at=started_at, latency_s=exit_.seconds, step=last, failure=answered.failure)
        )
    made: list[Attempt] = []
    for number, end in enumerate(ends):
        waited_s = 0.0
        for one in answered.retried:
            if min(one.step, len(ends) - 1) == number:
                made.append(
                    replace(
                        end,
                        latency_s=0.0,
                        request_id=None,
                        failure=one.failure,
                        waited_s=waited_s,
                        output_tokens_per_s=None,
                    )
                )
                waited_s = one.waited_s or 0.0
        made.append(replace(end, waited_s=waited_s))
    return made
