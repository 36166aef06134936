"""Trials of one target -> daily series, one a metric and family; always from the trials, never from earlier series.

A prompt is its id *and* its digest: an edited prompt is another one and starts anew, so no series crosses a changed prompt.
Several runs of one day are one day. Reads whatever the columns hold: ask the store for `schedule` runs alone.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from canary.analysis.folds import COST, FOLDS, SPREAD, Fold, phrase_families, phrase_fold
from canary.domain.ports import TrialColumns
from canary.domain.series import Metric, metric
from canary.stats.chain import BASELINE_DAYS
from canary.stats.scores import (
    Panel,
    Scores,
    count_scores,
    log_scores,
    proportion_scores,
    spread_scores,
)

Array: TypeAlias = NDArray[np.float64]
Codes: TypeAlias = NDArray[np.int64]

ALL = "all"
"""The family of all prompts together."""

LEAST_RATE = 0.02
"""Pass rate below which a solved task has no price worth following."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Grid:
    """Days and prompts of one target, and where each trial stands in them.

    Attributes:
        first_day: day 0.
        days: number of days up to the last.
        prompts: id of each column; one id has a column per digest.
        family: family name of each column.
        day, column: of each trial.
    """

    first_day: date
    days: int
    prompts: tuple[str, ...]
    family: tuple[str, ...]
    day: Codes
    column: Codes

    def date(self, day: int) -> date:
        """The date of a day."""
        return self.first_day + timedelta(days=day)


@dataclass(frozen=True, kw_only=True, slots=True)
class DailySeries:
    """One metric of one family, day by day.

    Attributes:
        target, family: whose.
        metric: what.
        spread: whether the width of the values is followed, not their level.
        judged: whether it shares the false-alarm budget; the others are only shown.
        fold: how it is read and scored.
        panel: sums by day and prompt (for logs: of the logs).
        scores: the daily scores.
        columns: index into the grid's prompts, one per column of the panel.
    """

    target: str
    family: str
    metric: Metric
    spread: bool
    judged: bool
    fold: Fold
    panel: Panel
    scores: Scores
    columns: tuple[int, ...]


def grid_of(columns: TrialColumns) -> Grid | None:
    """Where the trials stand; None without any."""
    if not columns.run_day.size:
        return None
    day = (columns.run_day - columns.run_day.min()).astype(np.int64)
    pair = columns.prompt.astype(np.int64) * max(len(columns.digests), 1) + columns.prompt_digest
    _, first, column = np.unique(pair, return_index=True, return_inverse=True)
    return Grid(
        first_day=columns.run_day.min().astype(date),
        days=int(day.max()) + 1,
        prompts=tuple(columns.prompts[code] for code in columns.prompt[first].tolist()),
        family=tuple(columns.families[code] for code in columns.family[first].tolist()),
        day=day,
        column=column.astype(np.int64),
    )


def panel_of(grid: Grid, value: Array, columns: Sequence[int] | None = None) -> Panel:
    """Sums of a number by day and prompt.

    Args:
        grid: days and prompts.
        value: one number a trial, NaN where it does not apply.
        columns: which prompts; None = all.
    """
    measured = np.isfinite(value)
    shape = (grid.days, len(grid.prompts))
    cell = grid.day[measured] * shape[1] + grid.column[measured]
    chosen = slice(None) if columns is None else list(columns)

    def summed(weight: Array | None) -> Array:
        sums = np.bincount(cell, weights=weight, minlength=shape[0] * shape[1]).astype(np.float64)
        result: Array = sums.reshape(shape)[:, chosen]
        return result

    known = value[measured]
    return Panel(count=summed(None), total=summed(known), square=summed(known**2))


def judged_series(target: str, columns: TrialColumns) -> list[DailySeries]:
    """The series that share the budget: every metric for family `all`, the pass rate of each family, and spread."""
    grid = grid_of(columns)
    if grid is None:
        return []
    made = [
        _series(target, ALL, name, fold, grid, fold.value(columns), judged=True)
        for name, fold in _folds(columns).items()
    ]
    made.append(_cost(target, columns, grid))
    made.append(_spread(target, columns, grid))
    passed = FOLDS["pass_rate"].value(columns)
    made += [
        _series(target, family, "pass_rate", FOLDS["pass_rate"], grid, passed, judged=True)
        for family in _families(grid)
    ]
    return [series for series in made if series.panel.count.any()]


def watch_series(target: str, columns: TrialColumns) -> list[DailySeries]:
    """Every other metric by family: for pages, never for mails."""
    grid = grid_of(columns)
    if grid is None:
        return []
    values = {
        name: (fold, fold.value(columns)) for name, fold in _folds(columns).items() if name != "pass_rate"
    }
    made = [
        _series(target, family, name, fold, grid, value, judged=False)
        for family in sorted(set(grid.family) - {""})
        for name, (fold, value) in values.items()
    ]
    return [series for series in made if series.panel.count.any()]


def _families(grid: Grid) -> list[str]:
    """Families with a pass rate of their own; none where the suite began as one family, whose series would be judged twice."""
    early = {grid.family[column] for column in set(grid.column[grid.day < BASELINE_DAYS].tolist())} - {""}
    return sorted(set(grid.family) - {"", ALL}) if len(early) > 1 else []


def _folds(columns: TrialColumns) -> Mapping[str, Fold]:
    phrases = {f"phrase_rate.{family}": phrase_fold(family) for family in phrase_families(columns)}
    return {**FOLDS, **phrases}


def _series(
    target: str, family: str, name: str, fold: Fold, grid: Grid, value: Array, *, judged: bool
) -> DailySeries:
    chosen = tuple(i for i, known in enumerate(grid.family) if family in {ALL, known})
    if fold.score == "log":
        value = np.log(np.maximum(value, fold.least))
    panel = panel_of(grid, value, None if family == ALL else chosen)
    return DailySeries(
        target=target,
        family=family,
        metric=metric(name),
        spread=False,
        judged=judged,
        fold=fold,
        panel=panel,
        scores=_SCORES[fold.score](panel),
        columns=chosen,
    )


_SCORES = {"proportion": proportion_scores, "count": count_scores, "log": log_scores}


def _spread(target: str, columns: TrialColumns, grid: Grid) -> DailySeries:
    panel = panel_of(grid, np.log(np.maximum(SPREAD.value(columns), SPREAD.least)))
    # Without replicates there is no spread to follow, and the series is dropped as unmeasured.
    if not (panel.count >= 2).any():  # noqa: PLR2004 - a spread needs two
        panel = Panel(count=panel.count * 0, total=panel.total * 0, square=panel.square * 0)
    return DailySeries(
        target=target,
        family=ALL,
        metric=metric("output_tokens"),
        spread=True,
        judged=True,
        fold=SPREAD,
        panel=panel,
        scores=spread_scores(panel),
        columns=tuple(range(len(grid.prompts))),
    )


def _cost(target: str, columns: TrialColumns, grid: Grid) -> DailySeries:
    """Cost of a day over its solved tasks, prompt by prompt: what a trial costs, less how often one passes.

    A ratio of the day's sums would move whenever other prompts answer, or one is asked more often than before.
    """
    cost, passed = COST.value(columns), FOLDS["pass_rate"].value(columns)
    both = np.isfinite(cost) & np.isfinite(passed) & (cost > 0)
    panel = panel_of(grid, np.where(both, np.log(np.where(both, cost, 1.0)), np.nan))
    solved = panel_of(grid, np.where(both, passed, np.nan))
    return DailySeries(
        target=target,
        family=ALL,
        metric=metric("cost_per_pass"),
        spread=False,
        judged=True,
        fold=COST,
        panel=panel,
        scores=_less_passes(
            log_scores(panel), proportion_scores(solved), _spent_per_pass(grid, cost, passed)
        ),
        columns=tuple(range(len(grid.prompts))),
    )


def _spent_per_pass(grid: Grid, cost: Array, passed: Array) -> float:
    """USD per solved task over the baseline days; NaN without a solved one."""
    early = (grid.day < BASELINE_DAYS) & np.isfinite(cost) & np.isfinite(passed)
    solved = float(passed[early].sum())
    return float(cost[early].sum()) / solved if solved else float("nan")


def _less_passes(cost: Scores, passed: Scores, level: float) -> Scores:
    """The log of cost per solved task: log cost, less the log of the pass rate by the level it started from."""
    start = max(passed.level, LEAST_RATE)

    def log_rate(score: Array) -> Array:
        rate: Array = np.log(np.maximum(passed.level + score, LEAST_RATE) / start)
        return rate

    slope = 1 / np.maximum(passed.level + passed.plain, LEAST_RATE)
    return Scores(
        value=cost.value - log_rate(passed.value),
        plain=cost.plain - log_rate(passed.plain),
        variance=cost.variance + passed.variance * slope**2,
        level=level if np.isfinite(level) and level > 0 else cost.level,
        scale="log",
        warm=max(cost.warm, passed.warm),
        restarts=tuple(sorted({*cost.restarts, *passed.restarts})),
        constant=cost.constant and passed.constant,
    )
