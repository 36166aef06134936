"""Change points of one target that belong together by time make one incident.

- A change that undoes at least half of an earlier one of the same series is that incident's recovery.
- A change within `TOGETHER` days of the last one of an open incident belongs to it: one cause shows in one series sooner than in
  another. The incident has `worsened`.
- Every other change that matters opens an incident; one that does not is noted.

Everything runs forward by the day a change was found, so later records never change what was said earlier. Failed calls
make incidents of their own, `availability`: an outage is no judgement of quality.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import groupby
from typing import TypeAlias

from canary.domain.incident import Alarm, Attribution, ChangePoint, Event, Incident, IncidentKind, Verdict

TOGETHER = timedelta(days=7)
UNDONE = 0.5
"""Share of a change that its recovery must take back."""

Matters: TypeAlias = Callable[[ChangePoint], bool]
SeriesKey: TypeAlias = tuple[str, str, str, str | None]

_WORST: tuple[Verdict, ...] = ("degradation", "change", "improvement")


@dataclass(kw_only=True, slots=True)
class _Open:
    """An incident while it is put together."""

    id: str
    kind: IncidentKind
    target: str
    opened_on: date
    last: date
    standing: dict[SeriesKey, ChangePoint] = field(default_factory=dict)
    recovered_on: date | None = None
    changes: list[ChangePoint] = field(default_factory=list)

    def take(self, change: ChangePoint, event: Event) -> None:
        """Add a change; after a recovery nothing of its series stands."""
        self.changes.append(change)
        if event == "recovered":
            self.standing.pop(_key(change), None)
            self.recovered_on = None if self.standing else change.raised_on
        else:
            self.standing[_key(change)] = change
            self.recovered_on = None
            self.last = change.raised_on

    def closed(self) -> Incident:
        """As a record."""
        return Incident(
            id=self.id,
            group=self.target,
            kind=self.kind,
            targets=(self.target,),
            verdict=worst(self.changes),
            severity="medium",
            state="opened" if self.recovered_on is None else "recovered",
            opened_on=self.opened_on,
            recovered_on=self.recovered_on,
            changes=tuple(self.changes),
            transitions=(),
            attribution=Attribution(layer=None, moved=(self.target,)),
        )


def group(changes: Sequence[ChangePoint], matters: Matters) -> tuple[list[Alarm], list[Incident]]:
    """Put change points together.

    Args:
        changes: of all targets, in any order.
        matters: whether a change is worth an incident by itself.

    Returns:
        Alarms by day, and the incidents they speak of.
    """
    book: list[_Open] = []
    alarms: list[Alarm] = []
    ordered = sorted(changes, key=lambda c: (c.raised_on, c.target, kind_of(c)))
    for (_, _, kind), several in groupby(ordered, key=lambda c: (c.raised_on, c.target, kind_of(c))):
        # What matters goes first, so that what does not can join what it opened.
        for change in sorted(several, key=lambda c: not matters(c)):
            event, incident = _place(change, kind, book, matters)
            if incident is not None:
                incident.take(change, event)
            _tell(alarms, change, event, incident, kind)
    return alarms, [incident.closed() for incident in book]


def worst(changes: Sequence[ChangePoint]) -> Verdict:
    """The worst verdict among changes."""
    return min((change.verdict for change in changes), key=_WORST.index)


def kind_of(change: ChangePoint) -> IncidentKind:
    """Which kind of incident a change belongs to."""
    return "availability" if change.metric == "failure_rate" else "quality"


def _place(
    change: ChangePoint, kind: IncidentKind, book: list[_Open], matters: Matters
) -> tuple[Event, _Open | None]:
    """What a change is, and of which incident."""
    own = [one for one in reversed(book) if one.target == change.target and one.kind == kind]
    for incident in own:
        before = incident.standing.get(_key(change))
        if before is not None and _undoes(change, before):
            return "recovered", incident
    for incident in own:
        if change.raised_on - incident.last <= TOGETHER:
            return ("opened" if incident.opened_on == change.raised_on else "worsened"), incident
    if not matters(change):
        return "noted", None
    incident = _Open(
        id=f"INC-{len(book) + 1:04d}",
        kind=kind,
        target=change.target,
        opened_on=change.raised_on,
        last=change.raised_on,
    )
    book.append(incident)
    return "opened", incident


def _key(change: ChangePoint) -> SeriesKey:
    return (change.family, change.metric, change.kind, change.prompt)


def _undoes(change: ChangePoint, before: ChangePoint) -> bool:
    """Whether a change takes an earlier one of its series back."""
    if (
        isinstance(before.before, float)
        and isinstance(before.after, float)
        and isinstance(change.after, float)
    ):
        moved, left = before.after - before.before, change.after - before.before
        return change.direction != before.direction and abs(left) <= (1 - UNDONE) * abs(moved)
    return change.after == before.before


def _tell(
    alarms: list[Alarm], change: ChangePoint, event: Event, incident: _Open | None, kind: IncidentKind
) -> None:
    """One alarm per day, incident and event; more changes of the day join it."""
    name = None if incident is None else incident.id
    for index in range(len(alarms) - 1, -1, -1):
        told = alarms[index]
        if told.raised_on != change.raised_on:
            break
        if (told.event, told.incident, told.targets) == (event, name, (change.target,)):
            alarms[index] = _alarm((*told.changes, change), event, name, kind)
            return
    alarms.append(_alarm((change,), event, name, kind))


def _alarm(changes: tuple[ChangePoint, ...], event: Event, incident: str | None, kind: IncidentKind) -> Alarm:
    return Alarm(
        raised_on=changes[0].raised_on,
        event=event,
        incident=incident,
        kind=kind,
        targets=(changes[0].target,),
        verdict=worst(changes),
        changes=changes,
    )
