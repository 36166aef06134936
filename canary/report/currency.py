"""How current everything is: for every target its last complete scheduled run, the day up to which it is judged, and whether it is late.

A run by hand, or one that asked other targets, is no sign of life of a target; calls that all failed leave nothing to judge.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TypeAlias

from canary.domain.deployment import Member
from canary.domain.trial import Run
from canary.report.numbers import day, duration, instant, listed, plural
from canary.report.people import product
from canary.report.untrusted import label
from canary.report.view import State

Following: TypeAlias = Callable[[datetime], datetime | None]
"""A moment -> the first slot after it; None where no schedule is known."""

RUN_TAKES = timedelta(hours=2)
"""How long after its slot a run may be complete before it is late; half the time between slots where that is less."""

SILENT = timedelta(days=2)
"""Without a known schedule: how long after its last complete run a target is late."""

UP_TO_DATE = State(word="Up to date", tone="good")
_LATE = State(word="Late", tone="bad")
_LATELY = State(word="No run lately", tone="bad")
_NONE = State(word="No complete run yet", tone="warn")
_BEHIND = State(word="Runs, but not judged", tone="warn")
_DROPPED = State(word="Not asked any more", tone="plain")
_GRAVITY = (_LATE, _LATELY, _NONE, _BEHIND)


@dataclass(frozen=True, kw_only=True, slots=True)
class Current:
    """How current one target is.

    Attributes:
        target, about: which, and what it is; "" where that is not known.
        state: on time or late.
        last_run: its last complete scheduled run, for people.
        judged: the day up to which it is judged, for people.
        last_run_at, judged_to: the same for machines; None = there is none.
    """

    target: str
    about: str
    state: State
    last_run: str
    judged: str
    last_run_at: datetime | None
    judged_to: date | None


def currents(
    runs: Sequence[Run],
    judged: Mapping[str, date] | None,
    now: datetime,
    following: Following = lambda _: None,
    members: Mapping[str, Member] | None = None,
) -> tuple[Current, ...]:
    """Every target of the scheduled runs, those that are late first.

    Args:
        runs: all runs, in any order.
        judged: target -> the last day with a graded trial; None = nothing was judged, and nothing is said of it.
        now: UTC.
        following: a moment -> the slot after it.
        members: target -> its place, for its name.
    """
    scheduled = sorted((run for run in runs if run.trigger == "schedule"), key=lambda run: run.started_at)
    newest = set(scheduled[-1].targets) if scheduled else set()
    last = {target: run for run in scheduled if run.status == "complete" for target in run.targets}
    made = [
        _current(target, last.get(target), judged, now, following, members or {}, asked=target in newest)
        for target in sorted({target for run in scheduled for target in run.targets})
    ]  # fmt: skip
    return tuple(sorted(made, key=lambda one: (one.state not in _GRAVITY, one.state is _DROPPED, one.target)))


def _current(
    target: str,
    run: Run | None,
    judged: Mapping[str, date] | None,
    now: datetime,
    following: Following,
    members: Mapping[str, Member],
    *,
    asked: bool,
) -> Current:
    at = None if run is None else run.slot or run.started_at
    to = None if judged is None else judged.get(target)
    state = _state(run, now, following) if asked else _DROPPED
    if state is UP_TO_DATE and run is not None and judged is not None and (to is None or to < run.day):
        state = _BEHIND
    return Current(
        target=label(target),
        about=product(target, members) if target in members else "",
        state=state,
        last_run=instant(at) if at else "none",
        judged=day(to) if to else "not judged yet",
        last_run_at=at,
        judged_to=to,
    )


def _state(run: Run | None, now: datetime, following: Following) -> State:
    if run is None:
        return _NONE
    at = run.slot or run.started_at
    due = following(at)
    if due is None and now - (run.finished_at or at) >= SILENT:
        return _LATELY
    if due is not None and now > due + min(RUN_TAKES, (due - at) / 2):
        return _LATE
    return UP_TO_DATE


def overall(found: Sequence[Current]) -> State:
    """The worst of all targets: silence is worse news than any finding."""
    states = [one.state for one in found]
    return next((state for state in _GRAVITY if state in states), UP_TO_DATE if found else _NONE)


def told(found: Sequence[Current], now: datetime) -> str:
    """Up to which day everything is judged, and how long ago the last complete scheduled run was."""
    asked = [one for one in found if one.state is not _DROPPED]
    runs = [one.last_run_at for one in asked if one.last_run_at]
    if not runs:
        return "No scheduled run had been completed when this page was written."
    ago = duration(max(0.0, (now - max(runs)).total_seconds()))
    return f"{_judged(asked)}The last complete scheduled run was that of {instant(max(runs))}, {ago} before this page was written."


def _judged(asked: Sequence[Current]) -> str:
    known = [one.judged_to for one in asked if one.judged_to]
    if not known:
        return ""
    behind = [one for one in asked if one.judged_to is None or one.judged_to < max(known)]
    if not behind:
        many = f"All {plural(len(asked), 'target')} are" if len(asked) > 1 else f"{asked[0].target} is"
        return f"{many} judged up to {day(max(known))}. "
    rest = [
        f"{one.target} up to {one.judged}" if one.judged_to else f"{one.target} not yet" for one in behind
    ]
    return f"{len(asked) - len(behind)} of {plural(len(asked), 'target')} are judged up to {day(max(known))}; {listed(rest, most=3)}. "
