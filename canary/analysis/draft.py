"""One incident while it is put together, change by change."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from canary.analysis.belonging import Place, SeriesKey, key_of
from canary.analysis.severity import ORDER, costs_more, severity_of
from canary.domain.incident import (
    QUIET,
    Act,
    Attribution,
    ChangePoint,
    Event,
    Followed,
    Incident,
    IncidentKind,
    Moved,
    Severity,
    State,
    Transition,
    Verdict,
)

_WORST: tuple[Verdict, ...] = ("degradation", "change", "improvement")
_ENDS: Mapping[str, State] = {"accept": "accepted", "withdraw": "withdrawn", "close": "closed"}


@dataclass(kw_only=True, slots=True)
class Draft:
    """An incident while it is put together; `standing` holds the changes that nothing has taken back."""

    id: str
    key: str
    place: Place
    kind: IncidentKind
    opened_on: date
    muted: bool = True
    severity: Severity = "low"
    ended: State | None = None
    acknowledged_by: str | None = None
    recovered_on: date | None = None
    standing: dict[SeriesKey, ChangePoint] = field(default_factory=dict)
    onsets: list[ChangePoint] = field(default_factory=list)
    returns: list[ChangePoint] = field(default_factory=list)
    changes: list[ChangePoint] = field(default_factory=list)
    transitions: list[Transition] = field(default_factory=list)

    @property
    def targets(self) -> tuple[str, ...]:
        """Whose series moved, in order of finding."""
        return tuple(dict.fromkeys(change.target for change in self.onsets))

    def take(self, change: ChangePoint, event: Event, *, muted: bool = False) -> None:
        """Add a change. The incident is quiet only while all that opened or worsened it fell into a maintenance window."""
        self.changes.append(change)
        if event == "recovered":
            self.returns.append(change)
            self.standing.pop(key_of(change), None)
            if self.kind == "availability":
                # Calls that succeed again end an outage, by whichever rule its beginning was seen.
                self.standing = {key: c for key, c in self.standing.items() if c.target != change.target}
            if not self.standing and self.recovered_on is None:
                self.recovered_on = change.raised_on
        else:
            self.onsets.append(change)
            self.muted = self.muted and muted
            before = self.standing.get(key_of(change))
            if before is not None:
                change = _from_the_start(change, before)
            self.standing[key_of(change)] = change
            self.recovered_on = None
        self.severity = max(self.severity, severity_of(self.onsets), key=ORDER.index)

    def worse_by(self, change: ChangePoint) -> bool:
        """Whether a change that is about to be taken makes it worse: it came back, costs more, or a step is followed by another."""
        if self.recovered_on is not None:
            return True
        before = self.standing.get(key_of(change))
        again = before is not None and before.direction == change.direction
        return (again and change.verdict != "improvement") or costs_more(change, self.onsets)

    def wavers(self, change: ChangePoint) -> bool:
        """Whether a standing series moves about between where it was and where it went: no fault of its own, and no way back.

        What got better with an incident and then gets worse is a fault of its own.
        """
        if key_of(change) not in self.standing or not isinstance(change.after, float):
            return False
        known = [one for one in self.changes if key_of(one) == key_of(change)]
        if known[0].verdict == "improvement" and change.verdict != "improvement":
            return False
        levels = [level for one in known for level in (one.before, one.after) if isinstance(level, float)]
        return bool(levels) and min(levels) <= change.after <= max(levels)

    def undo(self, key: SeriesKey, today: date) -> None:
        """A change that its own figures show undone; the last one of them is the incident's recovery."""
        self.standing.pop(key)
        if not self.standing and self.recovered_on is None:
            self.recovered_on = today
            self.transitions.append(
                Transition(on=today, event="recovered", severity=self.severity, state=self.state(today))
            )

    def tell(self, event: Event, change: ChangePoint, *, muted: bool = False) -> None:
        """Write a step of its life down; changes of one day are one step. No maintenance window covers a recovery."""
        muted = muted and event != "recovered"
        last = self.transitions[-1] if self.transitions else None
        changes: tuple[ChangePoint, ...] = (change,)
        if last is not None and last.on == change.raised_on and last.event == event:
            said = self.transitions.pop()
            changes, muted = (*said.changes, change), muted and said.muted
        self.transitions.append(
            Transition(
                on=change.raised_on,
                event=event,
                changes=changes,
                severity=self.severity,
                state=self.state(change.raised_on),
                muted=muted,
            )
        )

    def state(self, today: date) -> State:
        """Where its life stands."""
        if self.ended is not None:
            return self.ended
        if self.recovered_on is None:
            return "opened"
        return "closed" if today - self.recovered_on >= QUIET else "recovered"

    def do(self, act: Act) -> None:
        """What a person did. After an end nothing of it stands, so what goes back later is a change of its own."""
        if act.kind == "acknowledge":
            self.acknowledged_by = act.by
        else:
            self.ended = _ENDS[act.kind]
            self.standing.clear()
        day = act.at.date()
        self.transitions.append(
            Transition(
                on=day,
                event=act.kind,
                severity=self.severity,
                state=self.state(day),
                by=act.by,
                reason=act.reason,
            )
        )

    def incident(
        self,
        today: date,
        attribution: Attribution,
        moved: tuple[Moved, ...],
        followed: tuple[Followed, ...] = (),
    ) -> Incident:
        """As a record, as it stands after a day."""
        return Incident(
            id=self.id,
            key=self.key,
            group=self.place.group,
            kind=self.kind,
            targets=self.targets,
            verdict=worst(self.onsets),
            severity=self.severity,
            state=self.state(today),
            opened_on=self.opened_on,
            recovered_on=self.recovered_on,
            muted=self.muted,
            acknowledged_by=self.acknowledged_by,
            changes=tuple(self.changes),
            transitions=tuple(self.transitions),
            moved=moved,
            followed=followed,
            attribution=attribution,
        )


def _from_the_start(change: ChangePoint, before: ChangePoint) -> ChangePoint:
    """Several steps of one series as one move: it is undone by going back to where the first began, not half of the way."""
    if not isinstance(before.before, float) or not isinstance(change.after, float):
        return replace(change, before=before.before)
    return replace(change, before=before.before, direction="down" if change.after < before.before else "up")


def worst(changes: Sequence[ChangePoint]) -> Verdict:
    """The worst verdict among changes."""
    return min((change.verdict for change in changes), key=_WORST.index)
