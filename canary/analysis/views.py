"""Series as pages draw them: daily values in the metric's unit, with what the epoch in force led to expect.

What was expected of a day is the mean of the epoch's measured days before it, with the band in which a single day falls nineteen times in
twenty. The epoch is the one that was in force *on* that day: until a change is found the band stays where it was, which is what makes
the change visible.
"""

import math
from collections.abc import Sequence
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from canary.analysis.detect import Judged, Moves
from canary.analysis.moved import AFTER, BEFORE
from canary.analysis.series import ALL, DailySeries
from canary.domain.evidence import Distribution, PromptShift
from canary.domain.ports import TrialColumns
from canary.domain.series import Series
from canary.stats.noise import learn_noise

LEAST = 5
BAND = 1.96
SAMPLE = 300
"""Values of single trials shown on each side at most."""
WINDOW = 28
"""Days from which an epoch's own noise is known."""


def series_view(found: Moves, family: str, metric: str) -> Series | None:
    """One level series of a target; None where it has none."""
    series = next(
        (s for s in found.series if (s.family, s.metric.name) == (family, metric) and not s.spread), None
    )
    if series is None:
        return None
    judged = next((one for one in found.judged if one.assignment.series is series and one.watched), None)
    days = np.flatnonzero(np.isfinite(series.scores.plain))
    expected = _expected(series, judged, days)
    values = [_natural(series, float(series.scores.plain[day])) for day in days.tolist()]
    return Series(
        target=found.target,
        family=family,
        metric=metric,
        days=tuple(found.grid.date(day) for day in days.tolist()),
        values=tuple(values),
        trials=tuple(int(n) for n in series.panel.count[days].sum(axis=1).tolist()),
        expected=tuple(row[0] for row in expected),
        low=tuple(row[1] for row in expected),
        high=tuple(row[2] for row in expected),
        epochs=tuple(found.grid.date(a.onset) for a in judged.watched.alarms)
        if judged is not None and judged.watched is not None
        else (),
    )


def _natural(series: DailySeries, score: float) -> float:
    value = series.scores.natural(score)
    # The adjustment for days with missing prompts may lead a share a little past its ends.
    return min(max(value, 0.0), 1.0) if series.scores.scale == "points" else value


def _expected(
    series: DailySeries, judged: Judged | None, days: NDArray[np.int64]
) -> list[tuple[float | None, float | None, float | None]]:
    alarms = judged.watched.alarms if judged is not None and judged.watched is not None else ()
    rows: list[tuple[float | None, float | None, float | None]] = []
    scores = series.scores
    for day in days.tolist():
        start = max((alarm.onset for alarm in alarms if alarm.raised < day), default=0)
        past = days[(days >= start) & (days < day)][-BEFORE:]
        if past.size < LEAST or day < scores.warm:
            rows.append((None, None, None))
            continue
        wide = days[days < day][-BEFORE:] if past.size < WINDOW else past
        noise = learn_noise(scores.value[wide], np.nan_to_num(scores.variance[wide]), series.fold.prior)
        scale = alarms[-1].noise.scale if past.size < WINDOW and start and alarms else noise.scale
        centre = float(scores.plain[past].mean())
        half = BAND * scale * math.sqrt(1 + 1 / past.size)
        rows.append(tuple(_natural(series, centre + part) for part in (0.0, -half, half)))  # type: ignore[arg-type]
    return rows


def days_compared(found: Moves, onset: date, until: date) -> tuple[tuple[date, date], tuple[date, date]]:
    """First and last day of either side of an onset: those that the sizes of changes are told from, `BEFORE` and `AFTER` at most."""
    known = found.grid
    first = max(onset - timedelta(days=BEFORE), known.first_day)
    last = min(until, known.date(known.days - 1), onset + timedelta(days=AFTER - 1))
    return (first, onset - timedelta(days=1)), (onset, max(onset, last))


def prompt_shifts(found: Moves, onset: date, until: date) -> tuple[PromptShift, ...]:
    """Pass rates of every prompt on both sides of an onset, the largest loss first; prompts measured on one side are left out."""
    series = next((s for s in found.series if (s.family, s.metric.name) == (ALL, "pass_rate")), None)
    if series is None:
        return ()
    first = (onset - found.grid.first_day).days
    sides = days_compared(found, onset, until)
    last = (sides[1][1] - found.grid.first_day).days
    before, after = slice(max(first - BEFORE, 0), max(first, 0)), slice(max(first, 0), last + 1)
    trials = [series.panel.count[part].sum(axis=0) for part in (before, after)]
    passes = [series.panel.total[part].sum(axis=0) for part in (before, after)]
    shifts = [
        PromptShift(
            target=found.target,
            prompt=found.grid.prompts[column],
            family=found.grid.family[column],
            before=float(passes[0][i] / trials[0][i]),
            after=float(passes[1][i] / trials[1][i]),
            trials_before=int(trials[0][i]),
            trials_after=int(trials[1][i]),
        )
        for i, column in enumerate(series.columns)
        if trials[0][i] and trials[1][i]
    ]
    return tuple(sorted(shifts, key=lambda s: (s.after - s.before, s.prompt)))


def distribution(
    found: Moves, metric: str, columns: TrialColumns, onset: date, until: date
) -> Distribution | None:
    """Values of single trials on both sides of an onset; None where the metric is no field of a trial."""
    values = columns.values.get(metric)
    if values is None:
        return None
    day, known = columns.run_day, np.isfinite(values) & columns.graded
    before, after = (
        values[known & (day >= np.datetime64(first)) & (day <= np.datetime64(last))]
        for first, last in days_compared(found, onset, until)
    )
    if not before.size or not after.size:
        return None
    return Distribution(target=found.target, metric=metric, before=_evenly(before), after=_evenly(after))


def _evenly(values: NDArray[np.float64]) -> tuple[float, ...]:
    """At most `SAMPLE` of the values, evenly over their order of size."""
    ordered = np.sort(values)
    if ordered.size > SAMPLE:
        ordered = ordered[np.linspace(0, ordered.size - 1, SAMPLE).round().astype(np.int64)]
    return tuple(float(value) for value in ordered)


def changed_keys(pairs: Sequence[tuple[str, str]], most: int) -> list[tuple[str, str]]:
    """The first few distinct (family, metric) pairs."""
    return list(dict.fromkeys(pairs))[:most]
