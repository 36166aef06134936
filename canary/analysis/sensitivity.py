"""What could not have been seen, per series: the smallest change within 1, 7 and 28 days at the live threshold and noise."""

import numpy as np

from canary.analysis.detect import Judged, Moves
from canary.domain.incident import NotJudged, Sensitivity
from canary.stats.power import minimum_effect

HORIZONS = (1, 7, 28)
RECENT = 28
"""Days for which a series that moved has told enough by itself."""


def not_seen(found: Moves) -> list[Sensitivity]:
    """Sensitivity of every level test that did not find a change of late."""
    last = found.grid.date(found.grid.days - 1)
    rows: list[Sensitivity] = []
    for judged in found.judged:
        if judged.watched is None or judged.assignment.kind != "level" or judged.watched.noise is None:
            continue
        if any((last - change.raised_on).days < RECENT for change in judged.changes):
            continue
        rows += [_sensitivity(judged, days) for days in HORIZONS]
    return rows


def _sensitivity(judged: Judged, days: int) -> Sensitivity:
    assert judged.watched is not None
    assert judged.watched.noise is not None
    series = judged.assignment.series
    past = int(np.isfinite(series.scores.value[judged.watched.since :]).sum())
    shift = minimum_effect(judged.watched.noise, judged.assignment.threshold, days, past=max(past, 1))
    return Sensitivity(
        target=series.target,
        family=series.family,
        metric=series.metric.name,
        days=days,
        # The smaller of up and down: a fall of a ratio is bounded, a rise is not.
        minimum_detectable_effect=float(-np.expm1(-shift)) if series.scores.scale == "log" else shift,
        effect_unit="points" if series.scores.scale == "points" else "ratio",
    )


def not_judged(found: Moves) -> list[NotJudged]:
    """Series that no test has judged on any day, and why."""
    tested = {
        (one.assignment.series.family, one.assignment.series.metric.name, one.assignment.series.spread)
        for one in found.judged
        if one.watched is None or one.watched.judged
    }
    return [
        NotJudged(
            target=series.target,
            family=series.family,
            metric=series.metric.name,
            reason=_reason(series.scores.warm < found.grid.days, series.scores.constant),
        )
        for series in found.series
        if (series.family, series.metric.name, series.spread) not in tested
    ]


def _reason(warm: bool, constant: bool) -> str:
    if not warm:
        return "its first 28 days, with 10 measured ones among them, are not over"
    return "it never varied; it is compared, not averaged" if constant else "too few measured days since"
