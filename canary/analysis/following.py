"""The level and spread tests of one target at work together: single series, joint evidence, twins, two stages.

What each of these costs of the target's budget is settled here, so that the whole costs no more than the target may.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from canary.analysis import joint
from canary.analysis.assignment import Assignment, assign
from canary.analysis.changes import level_change
from canary.analysis.confirmation import (
    Suspected,
    asks,
    confirmed_change,
    pooled_scores,
    stages,
    suspicions,
)
from canary.analysis.linked import Derived, Found, Restarts, begun, cut, settle
from canary.analysis.series import DailySeries, Grid
from canary.analysis.twins import Twin, adjusted
from canary.domain.incident import ChangePoint, Policy
from canary.domain.ports import TrialColumns
from canary.stats.asking import Asking, Followed
from canary.stats.confirm import follow
from canary.stats.scores import Scores
from canary.stats.sequential import watch
from canary.stats.stream import Alarm, Stream, Watched

Ours: TypeAlias = Sequence[tuple[int, tuple[str, ...]]]
"""Days of changes of ours, each with the metrics whose epochs begin anew; () = all."""

LEVEL_TEST = "likelihood ratio over onsets of the last 35 days, day-level error"
SPREAD_TEST = "the same on the log standard deviation within a prompt's day"


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """One test with what it found."""

    assignment: Assignment
    watched: Watched
    changes: tuple[ChangePoint, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Whole:
    """All level and spread tests of one target.

    Attributes:
        rows: one per test.
        suspicions: in order.
        beyond: rate a year of the tests that are not of one series: joint evidence and twins.
        rest: tests of other kinds, to be done elsewhere.
    """

    rows: tuple[Row, ...]
    suspicions: tuple[Suspected, ...]
    beyond: float
    rest: tuple[Assignment, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class _Second:
    """The series that may ask for extra trials: its row, all trials of its asked days, and when it asks."""

    row: int
    pooled: Scores
    asking: Asking


def follow_target(
    columns: TrialColumns,
    grid: Grid,
    series: Sequence[DailySeries],
    budget: float,
    *,
    policy: Policy,
    twins: Sequence[Twin] = (),
    confirmations: TrialColumns | None = None,
    ours: Ours = (),
) -> Whole:
    """Put every level and spread series of a target to its tests.

    Args:
        columns: the target's trials of scheduled runs.
        grid: where they stand.
        series: its judged series.
        budget: opened incidents a year that the target may cost.
        policy: its switches.
        twins: what its twins' series show.
        confirmations: trials of confirmation runs.
        ours: when epochs begin anew because of us.
    """
    plan = _Plan(series, grid, budget, policy, twins, ours)
    second = plan.second(columns, confirmations) if policy.confirm else None
    bench = _Bench(plan.tests, plan.streams, second)
    settled = settle(bench.judge, plan.derived)
    rows = [bench.row(index, grid, watched, settled.found) for index, watched in enumerate(settled.base)]
    doubts: tuple[Suspected, ...] = ()
    if second is not None and bench.followed is not None:
        test, stream = plan.tests[second.row], plan.streams[second.row]
        doubts = suspicions(test, stream, grid, bench.followed.doubts, second.asking)
    return Whole(rows=tuple(rows), suspicions=doubts, beyond=plan.beyond, rest=tuple(plan.rest))


def bank_of(series: Sequence[DailySeries], grid: Grid, budget: float) -> list[Derived]:
    """The directions of joint evidence that a target's series allow."""
    return _Plan(series, grid, budget, Policy(), (), ()).derived


class _Plan:
    """Which series are watched, at which thresholds, and what is derived from them."""

    def __init__(
        self,
        series: Sequence[DailySeries],
        grid: Grid,
        budget: float,
        policy: Policy,
        twins: Sequence[Twin],
        ours: Ours,
    ) -> None:
        self.ours, self.grid = ours, grid
        self._take(assign(series, budget))
        first = min((test.series.scores.warm for test in self.tests), default=0)
        parts = [
            joint.Part(row=row, series=test.series, stream=self.streams[row])
            for row, test in enumerate(self.tests)
            if test.kind == "level" and joint.usable(test.series, first)
        ]
        self.beyond = budget * joint.SHARE if policy.joint else 0.0
        self.derived: list[Derived] = joint.directions(parts, self.beyond, grid) if policy.joint else []
        if not self.derived:
            self.beyond = 0.0
        self._take(assign(series, budget - self.beyond))
        if policy.twins and twins:
            self._adjust(twins)

    def _take(self, tests: Sequence[Assignment]) -> None:
        self.tests = [one for one in tests if one.kind in {"level", "spread"}]
        self.rest = [one for one in tests if one.kind not in {"level", "spread"}]
        self.streams = [self._stream(one) for one in self.tests]

    def _stream(self, one: Assignment) -> Stream:
        scores = one.series.scores
        ours = {day for day, metrics in self.ours if not metrics or one.series.metric.name in metrics}
        stream = Stream(
            value=scores.value,
            variance=scores.variance,
            warm=scores.warm,
            threshold=one.threshold,
            prior=one.series.fold.prior,
            restarts=scores.restarts,
        )
        return begun(stream, frozenset(day for day in ours if day > 0))

    def _adjust(self, twins: Sequence[Twin]) -> None:
        for row, test in enumerate(self.tests):
            made = adjusted(row, test, self.streams[row], twins, self.grid)
            if made is not None:
                derived, left = made
                self.derived += [] if derived is None else [derived]
                self.beyond += test.rate - left.rate
                self.tests[row] = left
                self.streams[row] = replace(self.streams[row], threshold=left.threshold)

    def second(self, columns: TrialColumns, confirmations: TrialColumns | None) -> _Second | None:
        """The series that may ask, its single stage made stricter for it."""
        for row, test in enumerate(self.tests):
            if asks(test):
                single, asking = stages(test.rate)
                self.tests[row] = replace(test, threshold=single)
                self.streams[row] = replace(self.streams[row], threshold=single)
                pooled = pooled_scores(test.series, columns, self.grid, confirmations)
                return _Second(row=row, pooled=pooled, asking=asking)
        return None


class _Bench:
    """Watches the base series, the asking one among them."""

    def __init__(
        self, tests: Sequence[Assignment], streams: Sequence[Stream], second: _Second | None
    ) -> None:
        self.tests, self.streams, self.second = tests, streams, second
        self.followed: Followed | None = None
        self.used: list[Stream] = list(streams)

    def judge(self, restarts: Restarts, day: int | None) -> list[Watched]:
        """As `linked.Judge`."""
        none: frozenset[int] = frozenset()
        used = [begun(stream, restarts.get(row, none)) for row, stream in enumerate(self.streams)]
        known = [cut(stream, day) for stream in used]
        if self.second is None:
            return watch(known)
        row, pooled = self.second.row, self.second.pooled
        end = known[row].value.size
        followed = follow(known[row], pooled.value[:end], pooled.variance[:end], self.second.asking)
        if day is None:
            self.followed = followed
        seen = watch([stream for place, stream in enumerate(known) if place != row])
        return [*seen[:row], followed.watched, *seen[row:]]

    def row(self, index: int, grid: Grid, watched: Watched, found: Sequence[Found]) -> Row:
        """One test with all changes of its series."""
        changes = [self._change(index, grid, alarm) for alarm in watched.alarms]
        changes += [one.change for one in found if one.row == index]
        return Row(
            assignment=self.tests[index],
            watched=watched,
            changes=tuple(sorted(changes, key=lambda change: change.raised_on)),
        )

    def _change(self, index: int, grid: Grid, alarm: Alarm) -> ChangePoint:
        test, stream = self.tests[index], self.streams[index]
        second = self.second
        if second is not None and second.row == index and self.followed and alarm in self.followed.confirmed:
            return confirmed_change(test, stream, grid, alarm, self.followed, second.pooled, second.asking)
        return level_change(
            test.series,
            stream,
            test.series.scores,
            grid,
            alarm,
            test=SPREAD_TEST if test.series.spread else LEVEL_TEST,
            threshold=test.threshold,
        )
