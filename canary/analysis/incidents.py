"""The life of incidents: which change opens, joins or ends one, and what people are told on the day.

Everything runs forward by the day a change was found, and a person's act counts from the day it was done, so later records
never change what was said earlier. Which changes belong together: `belonging`. Failed calls make incidents of their own,
`availability`: an outage is no judgement of quality. What does not matter by itself joins an incident that stands, else it
is noted.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import TypeAlias

from canary.analysis.belonging import Place, akin, close, key_of, together, undoes
from canary.analysis.draft import Draft, worst
from canary.analysis.mutes import Mutes
from canary.domain.incident import (
    Act,
    Alarm,
    Attribution,
    ChangePoint,
    Event,
    Followed,
    Incident,
    IncidentKind,
    Moved,
)

LOOKS = (timedelta(days=4), timedelta(days=8), timedelta(days=16))
"""Days after each finding on which an incident that began to go back is looked at again."""

Attribute: TypeAlias = Callable[[Draft, date], Attribution]
"""An incident as it stood on a day -> which layer and mechanism fit, from records up to that day."""


@dataclass(frozen=True, kw_only=True)
class Rules:
    """What grouping needs to know beside the changes.

    Attributes:
        matters: whether a change is worth an incident by itself.
        place: where a target stands among the others.
        attribute: asked for every alarm, and for every incident in the end.
        moved: how far every series of an incident's group moved; asked in the end.
        known: natural key -> id allotted earlier.
        acts: what people did, by time.
        began: when the first run of a day began, where that is known.
        ended: when the last run of a day came to its end, where that is known.
        follow: how far a change's series has moved since its onset, up to a day; asked in the end.
        went_back: whether a standing change is undone by its own figures between two days.
        came_back: whether a change takes its series back to where it was before a day.
    """

    matters: Callable[[ChangePoint], bool]
    place: Callable[[str], Place]
    attribute: Attribute
    moved: Callable[[Draft, date], tuple[Moved, ...]]
    known: Mapping[str, str] = field(default_factory=dict)
    acts: Sequence[Act] = ()
    began: Mapping[date, datetime] = field(default_factory=dict)
    ended: Mapping[date, datetime] = field(default_factory=dict)
    follow: Callable[[ChangePoint, date], Moved | None] = lambda _change, _until: None
    went_back: Callable[[ChangePoint, date, date], bool] = lambda _change, _since, _until: False
    came_back: Callable[[ChangePoint, date], bool] = lambda _change, _left: False


class Book:
    """All incidents of a deployment, day by day."""

    def __init__(self, rules: Rules) -> None:
        """Begin with none."""
        self.rules = rules
        self.drafts: list[Draft] = []
        self.alarms: list[Alarm] = []
        self._acts = [act for act in rules.acts if act.kind != "mute"]
        self._early: dict[str, list[Act]] = {}
        self._mutes = Mutes(acts=rules.acts, ended=rules.ended)
        self._last = max((_number(name) for name in rules.known.values()), default=0)

    def day(self, today: date, changes: Sequence[ChangePoint]) -> None:
        """Take what was found on one day, then what people did by its end."""
        told: dict[tuple[str | None, Event, IncidentKind, tuple[str, ...]], list[ChangePoint]] = {}

        # Ways back first, so that what came back with them is known; then what matters, so that the rest can join what it opened.
        def rank(change: ChangePoint) -> tuple[bool, bool]:
            return self._undone(change, kind_of(change)) is None, not self.rules.matters(change)

        for change in sorted(changes, key=rank):
            kind = kind_of(change)
            event, draft = self._placed(change, kind)
            if draft is not None:
                muted = self._mutes.cover(change.target, change.raised_on)
                draft.take(change, event, muted=muted)
                draft.tell(event, change, muted=muted)
            name = None if draft is None else draft.id
            whom = (change.target,) if draft is None else ()
            told.setdefault((name, event, kind, whom), []).append(change)
        for (name, event, kind, _), several in told.items():
            self.alarms.append(self._alarm(today, name, event, kind, tuple(several)))
        self.act(_end(today))

    def settle(self, today: date) -> None:
        """Look at what still stands of incidents that began to go back: weak series come back without an alarm of their own."""
        for draft in self.drafts:
            if draft.ended is not None or not draft.returns or not draft.standing:
                continue
            since = max(change.onset for change in draft.returns)
            for key, change in list(draft.standing.items()):
                if self.rules.went_back(change, since, today):
                    draft.undo(key, today)

    def act(self, until: datetime) -> None:
        """Apply what people did before a moment."""
        while self._acts and self._acts[0].at < until:
            self._apply(self._acts.pop(0))

    def incidents(self, today: date) -> list[Incident]:
        """All incidents as they stand after the last day."""
        self.act(datetime.max.replace(tzinfo=UTC))
        return [
            draft.incident(
                today,
                self.rules.attribute(draft, today),
                self.rules.moved(draft, today),
                tuple(self._followed(draft, today)),
            )
            for draft in self.drafts
        ]

    def _followed(self, draft: Draft, today: date) -> Iterator[Followed]:
        """What its days since say of every change but those that took one back."""
        for place, change in enumerate(draft.changes):
            if change in draft.returns:
                continue
            back = [one.onset for one in draft.returns if one.onset > change.onset]
            until = min([today, *(day - timedelta(days=1) for day in back)])
            found = self.rules.follow(change, until)
            if found is not None and found.days_before is not None and found.days_after is not None:
                yield Followed(
                    change=place,
                    before=found.before,
                    after=found.after,
                    effect=found.effect,
                    effect_low=found.effect_low,
                    effect_high=found.effect_high,
                    days_before=found.days_before,
                    days_after=found.days_after,
                )

    def _apply(self, act: Act) -> None:
        draft = next((one for one in self.drafts if one.id == act.incident), None)
        if draft is None and act.incident is not None:
            # Thresholds may have moved its opening past the day of the act: what a person said is kept for it.
            self._early.setdefault(act.incident, []).append(act)
        elif draft is not None:
            draft.do(act)

    def _placed(self, change: ChangePoint, kind: IncidentKind) -> tuple[Event, Draft | None]:
        """What a change is, and of which incident."""
        back = self._undone(change, kind)
        if back is not None:
            return "recovered", back
        place = self.rules.place(change.target)
        own = [draft for draft in self._of(kind) if draft.ended is None]
        for draft in own:
            if draft.returns and self._returns(change, draft):
                return "recovered", draft
        found = next((draft for draft in own if self._belongs(change, place, draft)), None)
        if found is not None:
            return _step(change, found), found
        if not self.rules.matters(change):
            return "noted", None
        wavering = next((draft for draft in own if draft.wavers(change)), None)
        if wavering is not None:
            return "joined", wavering
        return "opened", self._open(change, place, kind)

    def _of(self, kind: IncidentKind) -> list[Draft]:
        """Incidents of a kind, the latest first."""
        return [one for one in reversed(self.drafts) if one.kind == kind]

    def _undone(self, change: ChangePoint, kind: IncidentKind) -> Draft | None:
        """The incident of which a change takes a standing one back."""
        for draft in self._of(kind):
            before = draft.standing.get(key_of(change))
            if before is not None and undoes(change, before):
                return draft
        return None

    def _returns(self, change: ChangePoint, draft: Draft) -> bool:
        """Whether a series that no test saw leave comes back with the others of its target.

        What gets better may always have been part of it. Anything else must take back what its own figures show of the
        incident: a new fault on the day of a recovery is a new fault.
        """
        back = [one for one in draft.returns if one.target == change.target]
        if not back or not together(change, back) or key_of(change) in draft.standing:
            return False
        if change.verdict == "improvement":
            return True
        key = (change.target, change.family, change.metric)
        left = next(
            (m for m in self.rules.moved(draft, change.raised_on) if (m.target, m.family, m.metric) == key),
            None,
        )
        if left is not None and change.kind == "level" and not left.effect_low <= 0 <= left.effect_high:
            return (left.effect > 0) != (change.direction == "up")
        return change.kind == "spread" and self.rules.came_back(
            change, min(one.onset for one in draft.onsets)
        )

    def _belongs(self, change: ChangePoint, place: Place, draft: Draft) -> bool:
        own = [one for one in draft.onsets if one.target == change.target]
        if own:
            return together(change, own)
        alike = akin(change, draft.onsets)
        if place.group == draft.place.group:
            return together(change, draft.onsets) and (alike or self._moved_along(change, draft))
        same = place.provider is not None and place.provider == draft.place.provider
        return same and alike and close(change.onset, min(one.onset for one in draft.onsets))

    def _moved_along(self, change: ChangePoint, draft: Draft) -> bool:
        """Whether a twin shows the moves of an incident in its own figures, although no test of its own has said so yet."""
        return change.target in self.rules.attribute(draft, change.raised_on).moved

    def _open(self, change: ChangePoint, place: Place, kind: IncidentKind) -> Draft:
        key = natural_key(place.group, change)
        again = sum(one.key == key or one.key.startswith(f"{key}#") for one in self.drafts)
        key += f"#{again + 1}" if again else ""
        name = self.rules.known.get(key)
        if name is None:
            self._last += 1
            name = f"INC-{self._last:04d}"
        draft = Draft(
            id=name,
            key=key,
            place=place,
            kind=kind,
            opened_on=change.raised_on,
        )
        self.drafts.append(draft)
        self._acts = sorted([*self._acts, *self._early.pop(name, ())], key=lambda act: act.at)
        return draft

    def _alarm(
        self,
        today: date,
        name: str | None,
        event: Event,
        kind: IncidentKind,
        changes: tuple[ChangePoint, ...],
    ) -> Alarm:
        draft = next((one for one in self.drafts if one.id == name), None)
        found = None if draft is None else self.rules.attribute(draft, today)
        return Alarm(
            raised_on=today,
            event=event,
            incident=name,
            kind=kind,
            targets=tuple(dict.fromkeys(change.target for change in changes)),
            verdict=worst(changes),
            layer=None if found is None else found.layer,
            mechanism=None if found is None else found.mechanism,
            runner_up=None if found is None else found.runner_up,
            changes=changes,
        )


def group(changes: Sequence[ChangePoint], rules: Rules, today: date) -> tuple[list[Alarm], list[Incident]]:
    """Put change points together.

    Args:
        changes: of all targets, in any order.
        rules: what else is known.
        today: last day of the records.

    Returns:
        Alarms by day, and the incidents they speak of.
    """
    book = Book(rules)
    by_day: dict[date, list[ChangePoint]] = {}
    for change in sorted(changes, key=lambda c: (c.raised_on, c.target)):
        by_day.setdefault(change.raised_on, []).append(change)
    # Besides the days on which something was found: those on which what began to go back is looked at again.
    looks = {day + wait for day in by_day for wait in LOOKS if day + wait <= today}
    for day in sorted({*by_day, *looks}):
        # Who acts before the day's run began acts on what was known until then.
        book.act(rules.began.get(day, _end(day - timedelta(days=1))))
        book.day(day, by_day.get(day, []))
        if day in looks:
            book.settle(day)
    return book.alarms, book.incidents(today)


def _step(change: ChangePoint, draft: Draft) -> Event:
    """What a further change of an incident is to it."""
    if draft.opened_on == change.raised_on:
        return "opened"
    return "worsened" if draft.worse_by(change) else "joined"


def natural_key(group: str, change: ChangePoint) -> str:
    """What makes an incident the same one when records are analysed again: group, first series, first onset."""
    series = ".".join(part for part in (change.family, change.metric, change.kind, change.prompt) if part)
    return f"{group}|{change.target}|{series}|{change.onset.isoformat()}"


def kind_of(change: ChangePoint) -> IncidentKind:
    """Which kind of incident a change belongs to."""
    return "availability" if change.metric == "failure_rate" else "quality"


def _end(day: date) -> datetime:
    return datetime.combine(day + timedelta(days=1), time(tzinfo=UTC))


def _number(name: str) -> int:
    return int(name.rpartition("-")[2])
