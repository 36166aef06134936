"""Records replayed day by day, as production would have judged them.

Every rule below runs forward: what is said of a day uses records up to that day only, so one pass over all records says what a
judgement on each day would have said. tests/analysis holds this by cutting records off at random days.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

import numpy as np

from canary.analysis.attribution import Witnesses, sharpest
from canary.analysis.belonging import Place
from canary.analysis.detect import Moves, budgets, matters, moves
from canary.analysis.draft import Draft
from canary.analysis.incidents import Rules, group
from canary.analysis.moved import AFTER
from canary.analysis.ours import annotations_of, restarts_of
from canary.analysis.outages import outages
from canary.analysis.places import members_of
from canary.analysis.sensitivity import not_judged, not_seen
from canary.analysis.series import grid_of
from canary.domain.deployment import Annotation, Member
from canary.domain.incident import Act, Alarm, Analysis, Attribution, ChangePoint, Moved, Policy
from canary.domain.ports import TrialColumns


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """What is known of a deployment beside its records; everything may be left out.

    Attributes:
        members: target -> its place, where the records do not say it.
        annotations: what happened around the targets, beside what the records tell.
        acts: what people did, by time.
        known: natural key of an incident -> id allotted earlier.
        confirmations: target -> trials of its confirmation runs.
        began: when the first scheduled run of a day began.
        ended: when the last scheduled run of a day came to its end.
    """

    members: Mapping[str, Member] = field(default_factory=dict)
    annotations: Sequence[Annotation] = ()
    acts: Sequence[Act] = ()
    known: Mapping[str, str] = field(default_factory=dict)
    confirmations: Mapping[str, TrialColumns] = field(default_factory=dict)
    began: Mapping[date, datetime] = field(default_factory=dict)
    ended: Mapping[date, datetime] = field(default_factory=dict)


NOTHING = Surroundings()


@dataclass(frozen=True, kw_only=True)
class Examined:
    """An analysis, and what it was made from: what pages draw.

    Attributes:
        analysis: what the records say.
        found: target -> its series and what was found in them.
        members: target -> its place.
    """

    analysis: Analysis
    found: Mapping[str, Moves]
    members: Mapping[str, Member]


def backtest(records: Mapping[str, TrialColumns], policy: Policy, around: Surroundings = NOTHING) -> Analysis:
    """Judge the records of a deployment.

    Args:
        records: target -> its trials of scheduled runs, with the fields that `folds.VALUES` and `folds.TEXTS` name. The
            budget is split over all targets named, those without trials included.
        policy: budget and smallest effects.
        around: what else is known.
    """
    return examined(records, policy, around).analysis


def examined(records: Mapping[str, TrialColumns], policy: Policy, around: Surroundings = NOTHING) -> Examined:
    """The same as `backtest`, with the series behind it."""
    members = {
        target: around.members.get(target) or members_of(columns) for target, columns in records.items()
    }
    notes = _annotations(records, members, around.annotations)
    found = _found(records, policy, around, members, notes)
    changes = [change for one in found.values() for change in one.changes]
    for target, one in found.items():
        changes += outages(target, records[target], one.grid)
    changes.sort(key=lambda c: (c.raised_on, c.target, c.metric, c.family, c.kind))
    last = max((one.grid.date(one.grid.days - 1) for one in found.values()), default=None)
    priced = {name: day for name in found if (day := _priced_from(records[name])) is not None}
    witnesses = Witnesses(found=found, members=members, annotations=notes, priced=priced)
    alarms, incidents = group(changes, _rules(witnesses, policy, around), last or date.min)
    analysis = Analysis(
        first_day=min((one.grid.first_day for one in found.values()), default=None),
        last_day=last,
        judged_series=sum(_judged(one) for one in found.values()),
        days_judged=len(set().union(*(_days_judged(one) for one in found.values()))),
        changes=tuple(changes),
        alarms=tuple(sorted([*alarms, *_suspected(found)], key=lambda alarm: alarm.raised_on)),
        incidents=tuple(incidents),
        not_seen=tuple(row for one in found.values() for row in not_seen(one)),
        not_judged=tuple(row for one in found.values() for row in not_judged(one)),
        suspicions=tuple(one.standing for one in found.values() if one.standing is not None),
        annotations=notes,
        judged_to={name: day for name in found if (day := _judged_to(records[name])) is not None},
        expected_false_alarms_per_year=sum(_rate(one) for one in found.values()),
    )
    return Examined(analysis=analysis, found=found, members=members)


def _priced_from(columns: TrialColumns) -> date | None:
    """First day whose trials carry unit prices."""
    prices = columns.texts.get("unit_prices")
    known = (
        np.array([bool(price) for price in prices.tolist()])
        if prices is not None
        else np.array([], dtype=bool)
    )
    return columns.run_day[known].min().astype(date) if known.any() else None


def _judged_to(columns: TrialColumns) -> date | None:
    """The last day with a graded trial."""
    return columns.run_day[columns.graded].max().astype(date) if columns.graded.any() else None


def _found(
    records: Mapping[str, TrialColumns],
    policy: Policy,
    around: Surroundings,
    members: Mapping[str, Member],
    notes: Sequence[Annotation],
) -> Mapping[str, Moves]:
    share = budgets(policy, list(records))
    found: dict[str, Moves] = {}
    for target, columns in records.items():
        group_name = members[target].twins
        twins = {
            name: records[name]
            for name, member in members.items()
            if name != target and group_name is not None and member.twins == group_name
        }
        one = moves(
            target,
            columns,
            share[target],
            policy=policy,
            twins=twins,
            confirmations=around.confirmations.get(target),
            restarts=restarts_of(target, notes),
        )
        if one is not None:
            found[target] = one
    return found


def _rate(found: Moves) -> float:
    """Opened incidents a year without a change that judging one target costs."""
    return found.beyond + sum(
        float(test.assignment.rate) for test in found.judged if _was_judged(test.watched)
    )


def _suspected(found: Mapping[str, Moves]) -> list[Alarm]:
    """What was said on the days on which a drop of pass rate asked for extra trials."""
    return [
        Alarm(
            raised_on=one.suspicion.raised_on,
            event="suspected",
            incident=None,
            kind="quality",
            targets=(target,),
            verdict="degradation",
            changes=(one.suspicion.change,),
        )
        for target, moved in found.items()
        for one in moved.suspicions
    ]


def _annotations(
    records: Mapping[str, TrialColumns], members: Mapping[str, Member], given: Sequence[Annotation]
) -> tuple[Annotation, ...]:
    told = [
        note
        for target, columns in records.items()
        if (grid := grid_of(columns)) is not None
        for note in annotations_of(target, columns, grid, members[target])
    ]
    return tuple(sorted((*given, *told), key=lambda n: (n.day, n.source, n.target or "", n.text)))


def _rules(witnesses: Witnesses, policy: Policy, around: Surroundings) -> Rules:
    def place(target: str) -> Place:
        member = witnesses.members.get(target, Member())
        return Place(group=witnesses.group(target), provider=member.provider)

    def attribute(draft: Draft, day: date) -> Attribution:
        if draft.kind == "availability":
            # An outage is no judgement of quality: no layer of the model, and no mechanism, is read into it.
            return Attribution(layer=None, moved=draft.targets)
        return witnesses.attribute(draft.onsets, draft.place.group, _until(draft, day))

    def moved(draft: Draft, day: date) -> tuple[Moved, ...]:
        return witnesses.moved(draft.onsets, draft.place.group, _until(draft, day))

    def worth(change: ChangePoint) -> bool:
        return matters(change, policy)

    return Rules(
        matters=worth,
        place=place,
        attribute=attribute,
        moved=moved,
        known=around.known,
        acts=around.acts,
        began=around.began,
        ended=around.ended,
        follow=witnesses.shift_of,
        went_back=witnesses.went_back,
        came_back=witnesses.came_back,
    )


def _until(draft: Draft, day: date) -> date:
    """Last day that tells of an incident: before it began to go back, and no later than effects are measured."""
    back = [change.onset - timedelta(days=1) for change in draft.returns if change.raised_on <= day]
    onset = sharpest(draft.onsets).onset
    return max(min([day, onset + timedelta(days=AFTER - 1), *back]), onset)


def _was_judged(watched: object) -> bool:
    return watched is None or bool(getattr(watched, "judged", 0))


def _judged(found: Moves) -> int:
    """Series with a test in force; the tests of one series count once."""
    keys = {
        (one.assignment.series.family, one.assignment.series.metric.name)
        for one in found.judged
        if _was_judged(one.watched)
    }
    return len(keys) + len(found.exact)


def _days_judged(found: Moves) -> set[date]:
    """Days with a score of some judged series after its warm-up."""
    days: set[date] = set()
    for one in found.judged:
        scores = one.assignment.series.scores
        measured = np.flatnonzero(np.isfinite(scores.value))
        days |= {found.grid.date(int(day)) for day in measured[measured >= scores.warm]}
    return days
