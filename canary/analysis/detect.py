"""Where did it move, and does it matter: two questions, two functions.

`moves` puts every judged series to its test and dates what it finds; of the policy it knows the switches alone.
`matters` holds one change against the policy.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeAlias

from canary.analysis.assignment import Assignment
from canary.analysis.changes import verdict_of
from canary.analysis.confirmation import Suspected
from canary.analysis.epochs import exact_epochs, panel_epochs
from canary.analysis.exact import ExactSeries
from canary.analysis.following import follow_target
from canary.analysis.series import DailySeries, Grid, grid_of, judged_series
from canary.analysis.twins import twins_of
from canary.domain.incident import ChangePoint, Direction, Policy, Suspicion
from canary.domain.ports import TrialColumns
from canary.stats.rare import RareFinding, rare_rises
from canary.stats.scan import PromptFinding, broken_prompts
from canary.stats.stream import Watched

Restarts: TypeAlias = Sequence[tuple[date, tuple[str, ...]]]
"""Days of a change of ours, or of an acceptance, with the metrics whose epochs begin anew; () = all of them."""

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
        suspicions: drops of pass rate that asked for extra trials, in order, with what became of them.
        beyond: opened incidents a year that joint evidence and twins may cost; `judged` has the rates of all else.
    """

    target: str
    grid: Grid
    series: tuple[DailySeries, ...]
    judged: tuple[Judged, ...]
    exact: tuple[ExactSeries, ...]
    suspicions: tuple[Suspected, ...] = ()
    beyond: float = 0.0

    @property
    def standing(self) -> Suspicion | None:
        """The suspicion that stands on the last day: the next runs are asked for extra trials."""
        last = self.grid.date(self.grid.days - 1)
        return next((one.suspicion for one in reversed(self.suspicions) if one.stands_on(last)), None)

    @property
    def changes(self) -> tuple[ChangePoint, ...]:
        """All change points, by day."""
        found = [change for judged in self.judged for change in judged.changes]
        found += [change for exact in self.exact for change in exact.changes]
        return tuple(sorted(found, key=lambda c: (c.raised_on, c.metric, c.family, c.kind, c.prompt or "")))


def moves(
    target: str,
    columns: TrialColumns,
    budget: float,
    *,
    policy: Policy,
    twins: Mapping[str, TrialColumns] | None = None,
    confirmations: TrialColumns | None = None,
    restarts: Restarts = (),
) -> Moves | None:
    """Find and date what moved in one target's records. Pure, and forward-only: later records change no earlier word.

    Args:
        target: its name.
        columns: its trials of scheduled runs, with the fields that `folds` names.
        budget: opened incidents a year without a change that this target may cost.
        policy: its switches; rates come by `budget`, smallest effects by `matters`.
        twins: name -> trials of scheduled runs of targets that share what the provider does from day to day.
        confirmations: trials of the target's confirmation runs; None = nothing was asked, and the single stage decides.
        restarts: when epochs begin anew: the level is learned again and judged from three days on (one-prompt and rare
            tests after a warm-up of their own); no change is told across such a day.

    Returns:
        None without trials.
    """
    grid = grid_of(columns)
    if grid is None:
        return None
    series = judged_series(target, columns)
    ours = [((day - grid.first_day).days, metrics) for day, metrics in restarts]
    whole = follow_target(
        columns,
        grid,
        series,
        budget,
        policy=policy,
        twins=twins_of(twins or {}, grid) if policy.twins else (),
        confirmations=confirmations,
        ours=ours,
    )
    judged = [
        Judged(assignment=row.assignment, watched=row.watched, changes=row.changes) for row in whole.rows
    ]
    judged += [
        Judged(assignment=one, watched=None, changes=_counted_changes(one, grid, ours)) for one in whole.rest
    ]
    return Moves(
        target=target,
        grid=grid,
        series=tuple(series),
        judged=tuple(judged),
        exact=tuple(exact_epochs(target, columns, grid, ours)),
        suspicions=whole.suspicions,
        beyond=whole.beyond,
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


def _counted_changes(
    one: Assignment, grid: Grid, ours: Sequence[tuple[int, tuple[str, ...]]]
) -> tuple[ChangePoint, ...]:
    find = broken_prompts if one.kind == "prompt" else rare_rises
    days = [day for day, metrics in ours if not metrics or one.series.metric.name in metrics]
    return tuple(
        _counted_change(one, grid, finding)
        for panel in panel_epochs(one.series.panel, days)
        for finding in find(panel, one.threshold)
    )


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
