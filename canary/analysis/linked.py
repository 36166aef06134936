"""Series judged together with what is derived from them: a finding on one begins a new epoch for the others.

A change that a derived series shows (several metrics a little, a level less what twins share) is told as a change of the
series it is made of. From the next day on those start anew, or they would tell it again when it shows there by itself; and a
derived series starts anew on the day after any of its series told of a change. Everything is settled in order of days, so what
is said of a day still uses days up to it only.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from canary.domain.incident import ChangePoint
from canary.stats.sequential import watch
from canary.stats.stream import Alarm, Stream, Watched

Restarts: TypeAlias = Mapping[int, frozenset[int]]
Judge: TypeAlias = Callable[[Restarts, int | None], list[Watched]]
"""Restarts by row, and the day after which nothing is known (None = all is) -> what watching each row gave."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Found:
    """A change of a base series that a derived one showed."""

    row: int
    change: ChangePoint


@dataclass(frozen=True, kw_only=True, slots=True)
class Derived:
    """A series made of others.

    Attributes:
        stream: what is watched.
        rows: base series whose changes begin a new epoch of it.
        tell: an alarm, with what watching the base series up to its day gave -> changes of base series; () = it proves
            nothing about them.
    """

    stream: Stream
    rows: tuple[int, ...]
    tell: Callable[[Alarm, list[Watched]], Sequence[Found]]


@dataclass(frozen=True, kw_only=True, slots=True)
class Settled:
    """What base and derived series show together.

    Attributes:
        base: as of `watch`, one per row.
        found: changes that only derived series showed, by day.
        restarts: days on which rows began anew because of them.
    """

    base: list[Watched]
    found: tuple[Found, ...]
    restarts: Restarts


def settle(judge: Judge, derived: Sequence[Derived]) -> Settled:
    """Judge base series and what is derived from them.

    Args:
        judge: watches the base series.
        derived: in order of precedence on one day.
    """
    found: list[Found] = []
    restarts: dict[int, frozenset[int]] = {}
    done = (-1, -1)
    while True:
        base = judge(restarts, None)
        alarms = _alarms(derived, base, restarts) if derived else []
        for day, place, alarm in alarms:
            if (day, place) <= done:
                continue
            told = {(one.row, one.change.raised_on) for one in found}
            known = judge(restarts, day)
            fresh = [
                one
                for one in derived[place].tell(alarm, known)
                if not _just_told(known[one.row], day) and (one.row, one.change.raised_on) not in told
            ]
            done = (day, place)
            if fresh:
                found += fresh
                for one in fresh:
                    restarts[one.row] = restarts.get(one.row, frozenset()) | {day + 1}
                break
        else:
            return Settled(base=base, found=tuple(found), restarts=restarts)


def _just_told(watched: Watched, day: int) -> bool:
    """Whether a series told of a change by itself on this very day."""
    return any(alarm.raised == day for alarm in watched.alarms)


def _alarms(
    derived: Sequence[Derived], base: Sequence[Watched], restarts: Restarts
) -> list[tuple[int, int, Alarm]]:
    """Alarms of derived series, by day."""
    streams = []
    for one in derived:
        days = {alarm.raised + 1 for row in one.rows for alarm in base[row].alarms}
        days |= set().union(*(restarts.get(row, frozenset()) for row in one.rows))
        streams.append(replace(one.stream, restarts=tuple(sorted({*one.stream.restarts, *days}))))
    alarms = [
        (alarm.raised, place, alarm)
        for place, watched in enumerate(watch(streams))
        for alarm in watched.alarms
    ]
    return sorted(alarms, key=lambda one: one[:2])


def cut(stream: Stream, day: int | None) -> Stream:
    """A series as it was known on a day."""
    if day is None:
        return stream
    end = day + 1
    return replace(
        stream,
        value=stream.value[:end],
        variance=stream.variance[:end],
        restarts=tuple(one for one in stream.restarts if one <= day),
    )


def begun(stream: Stream, days: frozenset[int]) -> Stream:
    """A series with further days on which it begins anew."""
    return replace(stream, restarts=tuple(sorted({*stream.restarts, *days}))) if days else stream
