"""Days on which many calls failed: counted, not tested. An outage is a fact, and never a judgement of quality.

A day with at least `LEAST` trials of which a share of `FAILED` or more failed opens an availability incident on that day; the first day
after it with less than `OVER` ends it. Smaller shares are the statistical test's, like every other rare event's.
"""

import numpy as np

from canary.analysis.series import ALL, Grid
from canary.domain.incident import ChangePoint, Direction, Verdict
from canary.domain.ports import TrialColumns

FAILED = 0.25
OVER = 0.05
LEAST = 8
TEST = "a quarter of the day's calls failed"
TEST_OVER = "less than one call in twenty failed"


def outages(target: str, columns: TrialColumns, grid: Grid) -> tuple[ChangePoint, ...]:
    """Beginnings and ends of outages, in order."""
    trials = np.bincount(grid.day, minlength=grid.days)
    failed = np.bincount(grid.day, weights=~columns.graded, minlength=grid.days)
    found: list[ChangePoint] = []
    usual, calm_failed, calm_trials = 0.0, 0.0, 0.0
    out: float | None = None
    for day in np.flatnonzero(trials >= LEAST).tolist():
        share = float(failed[day] / trials[day])
        if out is None and share >= FAILED:
            out = share
            found.append(_change(target, grid, day, usual, share, "up"))
        elif out is not None and share < OVER:
            found.append(_change(target, grid, day, out, share, "down"))
            out = None
        if out is None:
            calm_failed, calm_trials = calm_failed + float(failed[day]), calm_trials + float(trials[day])
            usual = calm_failed / calm_trials
    return tuple(found)


def _change(
    target: str, grid: Grid, day: int, before: float, after: float, direction: Direction
) -> ChangePoint:
    verdict: Verdict = "degradation" if direction == "up" else "improvement"
    when = grid.date(day)
    return ChangePoint(
        target=target,
        family=ALL,
        metric="failure_rate",
        kind="level",
        direction=direction,
        verdict=verdict,
        raised_on=when,
        onset=when,
        onset_low=when,
        onset_high=when,
        before=before,
        after=after,
        effect=after - before,
        effect_unit="points",
        test=TEST if direction == "up" else TEST_OVER,
        statistic=after,
        threshold=FAILED if direction == "up" else OVER,
    )
