"""Where did it move, and does it matter: two questions, two functions.

`moves` puts every judged series to its test and dates what it finds; it knows rates and thresholds, no policy.
`matters` holds one change against the policy.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from canary.analysis.assignment import Assignment, assign
from canary.analysis.exact import ExactSeries, exact_series
from canary.analysis.series import DailySeries, Grid, grid_of, judged_series
from canary.domain.incident import ChangePoint, Direction, Policy, Verdict
from canary.domain.ports import TrialColumns
from canary.domain.series import Metric
from canary.stats.changepoint import locate
from canary.stats.rare import RareFinding, rare_rises
from canary.stats.scan import PromptFinding, broken_prompts
from canary.stats.scores import Scores
from canary.stats.sequential import watch
from canary.stats.stream import Alarm, Stream, Watched

LEVEL_TEST = "likelihood ratio over onsets of the last 35 days, day-level error"
SPREAD_TEST = "the same on the log standard deviation within a prompt's day"
SCAN_TEST = "one-prompt likelihood ratio over the last 10 days"
RARE_TEST = "predictive tail of a rare event over the last 14 days"


@dataclass(frozen=True, kw_only=True, slots=True)
class Judged:
    """A test with what it found.

    Attributes:
        assignment: the test.
        watched: of level and spread tests; None for the others.
        changes: in order.
    """

    assignment: Assignment
    watched: Watched | None
    changes: tuple[ChangePoint, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Moves:
    """Everything found for one target.

    Attributes:
        target: its name.
        grid: its days and prompts.
        series: all judged series, tested or not.
        judged: the tests.
        exact: values that never vary.
    """

    target: str
    grid: Grid
    series: tuple[DailySeries, ...]
    judged: tuple[Judged, ...]
    exact: tuple[ExactSeries, ...]

    @property
    def changes(self) -> tuple[ChangePoint, ...]:
        """All change points, by day."""
        found = [change for judged in self.judged for change in judged.changes]
        found += [change for exact in self.exact for change in exact.changes]
        return tuple(sorted(found, key=lambda c: (c.raised_on, c.metric, c.family, c.kind, c.prompt or "")))


def moves(target: str, columns: TrialColumns, budget: float) -> Moves | None:
    """Find and date what moved in one target's records.

    Args:
        target: its name.
        columns: its trials of scheduled runs, with the fields that `folds` names.
        budget: opened incidents a year without a change that this target may cost.

    Returns:
        None without trials.
    """
    grid = grid_of(columns)
    if grid is None:
        return None
    series = judged_series(target, columns)
    tests = assign(series, budget)
    sequential = [one for one in tests if one.kind in {"level", "spread"}]
    watched = watch([_stream(one) for one in sequential])
    judged = [
        Judged(
            assignment=one,
            watched=seen,
            changes=tuple(_level_change(one, grid, alarm) for alarm in seen.alarms),
        )
        for one, seen in zip(sequential, watched, strict=True)
    ]
    judged += [
        Judged(assignment=one, watched=None, changes=_counted_changes(one, grid))
        for one in tests
        if one.kind in {"prompt", "rare"}
    ]
    return Moves(
        target=target,
        grid=grid,
        series=tuple(series),
        judged=tuple(judged),
        exact=tuple(exact_series(target, columns, grid)),
    )


def matters(change: ChangePoint, policy: Policy) -> bool:
    """Whether a change is worth an incident: bad or either way, and not smaller than what the policy names.

    A fingerprint is what carried the trial, and one prompt's billed input is one prompt: noted, no incident.
    """
    if change.verdict == "improvement" or change.metric == "fingerprint":
        return False
    if change.kind == "exact" and change.prompt is not None:
        return False
    least = policy.min_effect.get(change.metric, 0.0)
    return change.kind != "level" or change.effect is None or abs(change.effect) >= least


def verdict_of(metric: Metric, direction: Direction) -> Verdict:
    """What a direction means for a metric."""
    if metric.bad == "either" or direction == "other":
        return "change"
    return "degradation" if metric.bad == direction else "improvement"


def _stream(one: Assignment) -> Stream:
    scores = one.series.scores
    return Stream(
        value=scores.value,
        variance=scores.variance,
        warm=scores.warm,
        threshold=one.threshold,
        prior=one.series.fold.prior,
        restarts=scores.restarts,
    )


def _level_change(one: Assignment, grid: Grid, alarm: Alarm) -> ChangePoint:
    series = one.series
    change = locate(_stream(one), series.scores, alarm)
    effect, low, high = (
        _effect(series.scores, change.before, size)
        for size in (change.effect, change.effect_low, change.effect_high)
    )
    direction: Direction = "up" if alarm.statistic > 0 else "down"
    return ChangePoint(
        target=series.target,
        family=series.family,
        metric=series.metric.name,
        kind="spread" if series.spread else "level",
        direction=direction,
        verdict="change" if series.spread else verdict_of(series.metric, direction),
        raised_on=grid.date(alarm.raised),
        onset=grid.date(change.onset),
        onset_low=grid.date(change.onset_low),
        onset_high=grid.date(change.onset_high),
        before=series.scores.natural(change.before),
        after=series.scores.natural(change.after),
        effect=effect,
        effect_low=low,
        effect_high=high,
        effect_unit="points" if series.scores.scale == "points" else "ratio",
        test=SPREAD_TEST if series.spread else LEVEL_TEST,
        statistic=alarm.statistic,
        threshold=one.threshold,
    )


def _effect(scores: Scores, before: float, shift: float) -> float:
    """A shift of the score as people read it: points, or after / before - 1."""
    if scores.scale == "points":
        return shift
    return float(np.expm1(shift)) if scores.scale == "log" else shift / (1 + before)


def _counted_changes(one: Assignment, grid: Grid) -> tuple[ChangePoint, ...]:
    found: Sequence[PromptFinding] | Sequence[RareFinding]
    if one.kind == "prompt":
        found = broken_prompts(one.series.panel, one.threshold)
    else:
        found = rare_rises(one.series.panel, one.threshold)
    return tuple(_counted_change(one, grid, finding) for finding in found)


def _counted_change(one: Assignment, grid: Grid, finding: PromptFinding | RareFinding) -> ChangePoint:
    series = one.series
    direction: Direction = "up" if finding.after > finding.before else "down"
    single = isinstance(finding, PromptFinding)
    return ChangePoint(
        target=series.target,
        family=series.family,
        metric=series.metric.name,
        kind="prompt" if single else "rare",
        prompt=grid.prompts[series.columns[finding.prompt]] if isinstance(finding, PromptFinding) else None,
        direction=direction,
        verdict=verdict_of(series.metric, direction),
        raised_on=grid.date(finding.raised),
        onset=grid.date(finding.onset),
        onset_low=grid.date(finding.onset_low),
        onset_high=grid.date(finding.onset_high),
        before=finding.before,
        after=finding.after,
        effect=finding.after - finding.before,
        effect_unit="points",
        test=SCAN_TEST if single else RARE_TEST,
        statistic=finding.statistic,
        threshold=one.threshold,
    )


def budgets(policy: Policy, targets: Sequence[str]) -> Mapping[str, float]:
    """The policy's yearly rate in equal parts."""
    return {target: policy.false_alarms_per_year / len(targets) for target in targets}
