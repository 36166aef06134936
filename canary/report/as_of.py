"""What was known on an earlier day, from the steps that are kept of every incident's life: a digest of a past week stays what it was.

Limits. Sizes over all days since an onset were other sizes then: what the day of a finding said of it stands in their place. The smallest
detectable changes, and what a series' families are, are those of all records.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from canary.domain.incident import QUIET, Analysis, Incident, State, Transition, Verdict
from canary.domain.series import Series

_MOVES = frozenset({"opened", "worsened", "joined"})
_WORST: tuple[Verdict, ...] = ("degradation", "change", "improvement")


def as_of(analysis: Analysis, day: date) -> Analysis:
    """An analysis as it stood at the end of a day; the same where its records end no later."""
    if analysis.last_day is None or day >= analysis.last_day:
        return analysis
    return replace(
        analysis,
        last_day=day,
        changes=tuple(change for change in analysis.changes if change.raised_on <= day),
        alarms=tuple(alarm for alarm in analysis.alarms if alarm.raised_on <= day),
        incidents=tuple(incident_as_of(one, day) for one in analysis.incidents if one.opened_on <= day),
        suspicions=tuple(one for one in analysis.suspicions if one.raised_on <= day),
        annotations=tuple(note for note in analysis.annotations if note.day <= day),
        judged_to={target: min(last, day) for target, last in analysis.judged_to.items()},
    )


def incident_as_of(incident: Incident, day: date) -> Incident:
    """An incident as it stood at the end of a day, on which it had been opened."""
    steps = tuple(step for step in incident.transitions if step.on <= day)
    if not steps:
        return incident
    changes = tuple(change for change in incident.changes if change.raised_on <= day)
    back = {change for step in steps if step.event == "recovered" for change in step.changes}
    own = [change for change in changes if change not in back] or list(changes)
    recovered = _recovered_on(steps)
    taken = [step.by for step in steps if step.event == "acknowledge"]
    return replace(
        incident,
        state=_state(steps[-1].state, recovered, day),
        severity=steps[-1].severity,
        verdict=min((change.verdict for change in own), key=_WORST.index),
        targets=tuple(dict.fromkeys(change.target for change in own)),
        recovered_on=recovered,
        acknowledged_by=taken[-1] if taken else None,
        changes=changes,
        transitions=steps,
        moved=tuple(one for one in incident.moved if one.days_after is None or one.days_after.last <= day),
        followed=tuple(
            one for one in incident.followed if one.days_after.last <= day and one.change < len(changes)
        ),
    )


def _recovered_on(steps: Sequence[Transition]) -> date | None:
    """The day on which nothing of it stood any more; None where something came after it."""
    last: date | None = None
    for step in steps:
        if step.event == "recovered" and step.state == "recovered":
            last = last or step.on
        elif step.event in _MOVES:
            last = None
    return last


def _state(state: State, recovered: date | None, day: date) -> State:
    quiet = state == "recovered" and recovered is not None and day - recovered >= QUIET
    return "closed" if quiet else state


def series_until(series: Sequence[Series], day: date) -> tuple[Series, ...]:
    """Series without the days after one."""
    return tuple(_until(one, sum(d <= day for d in one.days)) for one in series)


def _until(one: Series, n: int) -> Series:
    return replace(
        one,
        days=one.days[:n],
        values=one.values[:n],
        trials=one.trials[:n],
        expected=one.expected[:n],
        low=one.low[:n],
        high=one.high[:n],
        epochs=tuple(epoch for epoch in one.epochs if n and epoch <= one.days[n - 1]),
    )
