"""How far every series moved around an onset, said of those that opened nothing too.

Problem. Which layer moved, and which mechanism fits, is read off what moved *and* what stayed flat; a test that raised no alarm says
neither.

Method. Mean score from the onset to the last day allowed, minus the mean of up to `BEFORE` measured days before it in the epoch
that the onset lies in, in the day-level error of both. The noise is learned from the days before the onset alone, so nothing later
changes what was said on a day. Where the days before show no noise at all (every prompt passed, nothing ever went wrong) the error
is that of two counts with Laplace's rule.

Limits. The onset is taken as known. Correlated series are judged one by one.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy import special

from canary.analysis.detect import Moves
from canary.analysis.series import ALL, DailySeries, Grid
from canary.domain.incident import ChangePoint, EffectUnit, Span
from canary.domain.incident import Moved as MovedRecord
from canary.stats.noise import inflation, learn_noise

Array: TypeAlias = NDArray[np.float64]

BEFORE = 56
AFTER = 28
LEAST_BACK = 3
"""Measured days after a return without which nothing is said of the series that no test saw come back."""
LEAST_BEFORE = 5
"""Measured days before an onset without which nothing is said."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Shift:
    """A shift of one series around an onset.

    Attributes:
        record: for people.
        size: on the scale of the scores; comparable between twins.
        error: its standard error; positive.
    """

    record: MovedRecord
    size: float
    error: float

    @property
    def z(self) -> float:
        """The shift in standard errors."""
        return self.size / self.error


def shifts_of(found: Moves, onset: date, until: date) -> Mapping[tuple[str, str], Shift]:
    """(family, metric) -> shift, for every judged level series of a target that can be said anything of.

    Args:
        found: what was found for the target.
        onset: first day of the change that is asked about.
        until: last day whose records may be used.
    """
    first = (onset - found.grid.first_day).days
    last = min((until - found.grid.first_day).days, found.grid.days - 1, first + AFTER - 1)
    alarms = _alarms(found, "level", last)
    made: dict[tuple[str, str], Shift] = {}
    for series in found.series:
        if series.spread:
            continue
        name = (series.family, series.metric.name)
        shift = _shift(found.grid, series, alarms.get(name, ()), first, last)
        if shift is not None:
            made[name] = shift
    return made


def _alarms(found: Moves, kind: str, last: int) -> Mapping[tuple[str, str], list[int]]:
    """(family, metric) -> onsets of the series that were known by a day."""
    return {
        (one.assignment.series.family, one.assignment.series.metric.name): [
            alarm.onset for alarm in one.watched.alarms if alarm.raised <= last
        ]
        for one in found.judged
        if one.watched is not None and one.assignment.kind == kind
    }


def shift_of(found: Moves, change: ChangePoint, until: date) -> MovedRecord | None:
    """How far the series of a change has moved since the change's own onset; None where it has no level of days.

    Args:
        found: what was found for its target.
        change: of a level, a spread or a rare event.
        until: last day whose records may be used.
    """
    if change.kind not in {"level", "spread", "rare"}:
        return None
    spread = change.kind == "spread"
    name = (change.family, change.metric)
    series = next((s for s in found.series if (s.family, s.metric.name) == name and s.spread is spread), None)
    first = (change.onset - found.grid.first_day).days
    last = min((until - found.grid.first_day).days, found.grid.days - 1, first + AFTER - 1)
    if series is None:
        return None
    onsets = _alarms(found, "spread" if spread else "level", last).get(name, ())
    shift = _shift(found.grid, series, onsets, first, last)
    return None if shift is None else shift.record


def went_back(found: Moves, change: ChangePoint, since: date, until: date) -> bool | None:
    """Whether a series that moved has been nearer to where it was than to where it went, on the days since a return.

    Returns:
        None where it can't be told: too few days, or no level of its own.
    """
    if not isinstance(change.before, float) or not isinstance(change.after, float):
        return None
    series = _series_of(found, change)
    if series is None:
        return None
    first, last = ((day - found.grid.first_day).days for day in (since, until))
    level = _level(series, np.arange(max(first, 0), last + 1), LEAST_BACK)
    return None if level is None else abs(level - change.before) < abs(level - change.after)


def came_back(found: Moves, change: ChangePoint, left: date) -> bool:
    """Whether a change of a series that no test saw leave takes it back to where it was before an incident.

    Its level before the incident must be nearer to where the change goes than to where it comes from.

    Args:
        found: what was found for its target.
        change: of a level or a spread.
        left: the onset of the incident.
    """
    if not isinstance(change.before, float) or not isinstance(change.after, float):
        return False
    series = _series_of(found, change)
    if series is None:
        return False
    first = (left - found.grid.first_day).days
    level = _level(series, np.arange(max(first - BEFORE, 0), max(first, 0)), LEAST_BEFORE)
    return level is not None and abs(level - change.after) < abs(level - change.before)


def _series_of(found: Moves, change: ChangePoint) -> DailySeries | None:
    """The daily series of a change of a level or a spread."""
    if change.kind not in {"level", "spread"}:
        return None
    name = (change.family, change.metric, change.kind == "spread")
    return next((s for s in found.series if (s.family, s.metric.name, s.spread) == name), None)


def _level(series: DailySeries, days: NDArray[np.int64], least: int) -> float | None:
    """Mean of some days in the unit of the metric; None where fewer than `least` of them were measured."""
    values = series.scores.plain[days]
    values = values[np.isfinite(values)]
    return series.scores.natural(float(values.mean())) if values.size >= least else None


def _shift(grid: Grid, series: DailySeries, onsets: Iterable[int], first: int, last: int) -> Shift | None:
    scores = series.scores
    # Another change of this series ends what it is compared with, on either side; the asked one is the same within a few days.
    near = LEAST_BEFORE
    start = max((day for day in onsets if day < first - near), default=0)
    end = min((day - 1 for day in onsets if day > first + near), default=last)
    days = np.arange(max(start, 0), min(last, end) + 1)
    days = days[np.isfinite(scores.plain[days])]
    before, after = days[days < first][-BEFORE:], days[days >= first]
    if before.size < LEAST_BEFORE or not after.size:
        return None
    low, high = float(scores.plain[before].mean()), float(scores.plain[after].mean())
    error = max(_day_error(series, before, after), _count_error(series, before, after))
    spans = _span(grid, series, before), _span(grid, series, after)
    return Shift(record=_record(series, low, high, error, spans), size=high - low, error=error)


def _span(grid: Grid, series: DailySeries, days: NDArray[np.int64]) -> Span:
    return Span(
        first=grid.date(int(days[0])),
        last=grid.date(int(days[-1])),
        days=int(days.size),
        trials=int(series.panel.count[days].sum()),
    )


def _day_error(series: DailySeries, before: NDArray[np.int64], after: NDArray[np.int64]) -> float:
    scores = series.scores
    noise = learn_noise(scores.value[before], np.nan_to_num(scores.variance[before]), series.fold.prior)
    parts = sum(float(inflation(float(n), noise.memory, noise.decay)) / n for n in (before.size, after.size))
    return noise.scale * math.sqrt(parts)


def _count_error(series: DailySeries, before: NDArray[np.int64], after: NDArray[np.int64]) -> float:
    """Of shares: what two counts leave open even where nothing has varied yet."""
    if series.scores.scale != "points":
        return 1e-6
    panel = series.panel
    trials = [float(panel.count[days].sum()) for days in (before, after)]
    hits = [float(panel.total[days].sum()) for days in (before, after)]
    share = (hits[0] + 1) / (trials[0] + 2)
    fixed = share * (1 - share)
    # On a fixed set of prompts the day-level error is the better one as soon as there is any; this is its floor for constants.
    varied = float(np.nanstd(series.scores.value[before])) > 0
    return 1e-6 if varied else math.sqrt(fixed * sum(1 / max(n, 1.0) for n in trials))


def _record(
    series: DailySeries, low: float, high: float, error: float, spans: tuple[Span, Span]
) -> MovedRecord:
    scores = series.scores
    half = -float(special.ndtri(0.025)) * error
    unit: EffectUnit = "points" if scores.scale == "points" else "ratio"

    def effect(size: float) -> float:
        if scores.scale == "points":
            return size
        return float(np.expm1(size)) if scores.scale == "log" else size / (1 + low)

    size = high - low
    return MovedRecord(
        target=series.target,
        family=series.family,
        metric=series.metric.name,
        before=scores.natural(low),
        after=scores.natural(high),
        effect=effect(size),
        effect_low=effect(size - half),
        effect_high=effect(size + half),
        effect_unit=unit,
        days_before=spans[0],
        days_after=spans[1],
    )


def main_shifts(shifts: Mapping[tuple[str, str], Shift]) -> Mapping[str, Shift]:
    """Metric -> shift over all prompts."""
    return {metric: shift for (family, metric), shift in shifts.items() if family == ALL}
