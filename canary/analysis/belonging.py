"""Which change points belong together: rules over time, target, twin group, provider and metric.

- Of one series: a change that takes back at least `UNDONE` of an earlier one is its way back.
- Of one target: changes whose onset intervals lie within `SLACK` of each other have one cause, as far as anybody can tell.
- Of twins: besides, one metric must have moved the same way on both. Two causes that began together on different arms and in
  different metrics stay two incidents.
- Of one provider, beyond twins: the same, and the onsets must be within `CLOSE`.

A weak series is found later than a strong one of the same cause, but no later than `LATE`.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TypeAlias

from canary.domain.incident import ChangePoint

SLACK = timedelta(days=2)
CLOSE = timedelta(days=1)
LATE = timedelta(days=42)
UNDONE = 0.5

SeriesKey: TypeAlias = tuple[str, str, str, str, str | None]


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """Where a target stands among the others.

    Attributes:
        group: its twin group, or its own name.
        provider: whose it is; None = unknown.
    """

    group: str
    provider: str | None


def key_of(change: ChangePoint) -> SeriesKey:
    """The series of a change."""
    return (change.target, change.family, change.metric, change.kind, change.prompt)


def undoes(change: ChangePoint, before: ChangePoint) -> bool:
    """Whether a change takes an earlier one of its series back."""
    if (
        isinstance(before.before, float)
        and isinstance(before.after, float)
        and isinstance(change.after, float)
    ):
        moved, left = before.after - before.before, change.after - before.before
        return change.direction != before.direction and abs(left) <= (1 - UNDONE) * abs(moved)
    return change.after == before.before


def together(change: ChangePoint, others: Iterable[ChangePoint], slack: timedelta = SLACK) -> bool:
    """Whether a change may have begun with the best dated of some others, and was found in time to say so."""
    sharpest = min(others, key=lambda c: (c.onset_high - c.onset_low, c.raised_on))
    if change.raised_on - sharpest.raised_on > LATE:
        return False
    return change.onset_low <= sharpest.onset_high + slack and sharpest.onset_low <= change.onset_high + slack


def akin(change: ChangePoint, others: Iterable[ChangePoint]) -> bool:
    """Whether one metric moved the same way in a change and in some others."""
    return any((c.metric, c.direction) == (change.metric, change.direction) for c in others)


def close(first: date, second: date) -> bool:
    """Whether two onsets are the same, give or take a day."""
    return abs(first - second) <= CLOSE
