"""A suspected drop of pass rate asks the next days for extra trials, and what those say.

Only the pass rate of all prompts asks: what tokens and times vary by is the day, and more trials of one day don't thin it.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import pairwise

import numpy as np

from canary.analysis.assignment import Assignment
from canary.analysis.changes import level_change
from canary.analysis.folds import FOLDS
from canary.analysis.series import ALL, DailySeries, Grid
from canary.domain.incident import ChangePoint, Suspicion
from canary.domain.ports import TrialColumns
from canary.domain.trial import RECHECK
from canary.stats.asking import Asking, Doubt, Followed
from canary.stats.scores import Panel, Scores, proportion_scores
from canary.stats.stream import Alarm, Stream
from canary.stats.thresholds import threshold

TEST = "fall of pass rate confirmed by extra trials"
SUSPECTED = "fall of pass rate suspected, to be confirmed by extra trials"

SINGLE = 0.5
"""Part of the series' rate that the single stage keeps: it decides where nothing can be asked."""

HEIGHTS = (2.75, 3.25, 3.75)
RATES = (0.10, 0.07, 0.022)
"""Confirmed drops a target-year without a change at each of `HEIGHTS` of `Asking.confirms`: the worst of the calm and default
worlds and of unsure prompts (`python -m tests.calibration.beyond confirmed 200`)."""

ASKING = Asking(asks=2.3, confirms=3.0, fresh=2.0, stands=2.75)
"""The other constants, for which `RATES` hold."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Suspected:
    """A suspicion with what became of it.

    Attributes:
        suspicion: as it was raised.
        confirmed_on: day on which the drop was confirmed, or passed the single stage; None = it lapsed, or stands.
        ended_on: day on which it was settled otherwise (a move up, a change of ours); None = it ran its days.
    """

    suspicion: Suspicion
    confirmed_on: date | None
    ended_on: date | None

    def stands_on(self, day: date) -> bool:
        """Whether the runs after `day` are asked for extra trials."""
        settled = self.confirmed_on or self.ended_on
        return self.suspicion.raised_on <= day < self.suspicion.until and (settled is None or settled > day)


def asks(one: Assignment) -> bool:
    """Whether a test may ask for extra trials."""
    return one.kind == "level" and one.series.metric.name == "pass_rate" and one.series.family == ALL


def stages(rate: float) -> tuple[float, Asking]:
    """Thresholds of both stages that together cost `rate` opened incidents a year: the single stage's, and the pair's."""
    # Only a fall opens an incident; the single stage's table counts both directions.
    return threshold(2 * SINGLE * rate, "steady"), replace(ASKING, confirms=_height((1 - SINGLE) * rate))


def _height(rate: float) -> float:
    logs = [math.log(known) for known in RATES]
    wanted = math.log(rate)
    points = list(zip(logs, HEIGHTS, strict=True))
    for (log_a, a), (log_b, b) in pairwise(points):
        if wanted >= log_b or (log_b, b) == points[-1]:
            return max(a + (b - a) * (log_a - wanted) / (log_a - log_b), HEIGHTS[0])
    raise AssertionError("the table has at least two heights")


def pooled_scores(
    series: DailySeries, columns: TrialColumns, grid: Grid, confirmations: TrialColumns | None
) -> Scores:
    """Scores of all trials of a day, NaN on days without extra ones.

    Args:
        series: the daily pass rate of all prompts.
        columns: what it was made from.
        grid: where those stand.
        confirmations: trials of confirmation runs; prompts and days that the daily ones lack are left out.
    """
    extra = extra_panel(columns, grid, confirmations)
    extra.count[: series.scores.warm] = extra.total[: series.scores.warm] = 0.0
    whole = Panel(
        count=series.panel.count + extra.count,
        total=series.panel.total + extra.total,
        square=series.panel.square + extra.total,
    )
    scores = proportion_scores(whole)
    asked = extra.count.any(axis=1)
    return replace(
        scores,
        value=np.where(asked, scores.value, np.nan),
        plain=np.where(asked, scores.plain, np.nan),
        variance=np.where(asked, scores.variance, np.nan),
    )


def extra_panel(columns: TrialColumns, grid: Grid, confirmations: TrialColumns | None) -> Panel:
    """Passes of the extra trials by day and prompt; what asks again after an exact finding is not among them."""
    shape = (grid.days, len(grid.prompts))
    count, total = np.zeros(shape), np.zeros(shape)
    if confirmations is not None and confirmations.run_day.size:
        place = _places(columns, grid)
        column = np.array([place.get(key, -1) for key in _keys(confirmations)], dtype=np.int64)
        day = (confirmations.run_day - np.datetime64(grid.first_day, "D")).astype(np.int64)
        passed = FOLDS["pass_rate"].value(confirmations)
        again = np.array([run.endswith(RECHECK) for run in confirmations.runs])[confirmations.run]
        known = (column >= 0) & (day >= 0) & (day < grid.days) & np.isfinite(passed) & ~again
        np.add.at(count, (day[known], column[known]), 1.0)
        np.add.at(total, (day[known], column[known]), passed[known])
    return Panel(count=count, total=total, square=total)


def _keys(columns: TrialColumns) -> list[tuple[str, str]]:
    """Prompt and digest of each trial."""
    digests = columns.digests or ("",)
    return [
        (columns.prompts[prompt], digests[digest])
        for prompt, digest in zip(columns.prompt.tolist(), columns.prompt_digest.tolist(), strict=True)
    ]


def _places(columns: TrialColumns, grid: Grid) -> dict[tuple[str, str], int]:
    """Column of the grid of each prompt and digest."""
    _, first = np.unique(grid.column, return_index=True)
    digests = columns.digests or ("",)
    return {
        (columns.prompts[int(columns.prompt[at])], digests[int(columns.prompt_digest[at])]): column
        for column, at in enumerate(first.tolist())
    }


def confirmed_change(
    one: Assignment,
    stream: Stream,
    grid: Grid,
    alarm: Alarm,
    followed: Followed,
    pooled: Scores,
    asking: Asking,
) -> ChangePoint:
    """The change point of a confirmed drop, read from all trials of the asked days."""
    mixed = np.isfinite(pooled.plain) & (followed.value == pooled.value)
    scores = replace(
        one.series.scores,
        value=followed.value,
        plain=np.where(mixed, pooled.plain, one.series.scores.plain),
    )
    return level_change(
        one.series,
        replace(stream, value=followed.value),
        scores,
        grid,
        alarm,
        test=TEST,
        threshold=asking.confirms,
    )


def suspicions(
    one: Assignment, stream: Stream, grid: Grid, doubts: Sequence[Doubt], asking: Asking
) -> tuple[Suspected, ...]:
    """Suspicions in order, each with what it would open, as known on its day."""
    return tuple(
        Suspected(
            suspicion=Suspicion(
                target=one.series.target,
                raised_on=grid.date(doubt.raised),
                until=grid.date(doubt.until),
                change=level_change(
                    one.series,
                    stream,
                    one.series.scores,
                    grid,
                    doubt.alarm,
                    test=SUSPECTED,
                    threshold=asking.asks,
                ),
            ),
            confirmed_on=None if doubt.confirmed is None else grid.date(doubt.confirmed),
            ended_on=None if doubt.ended is None else grid.date(doubt.ended),
        )
        for doubt in doubts
    )
