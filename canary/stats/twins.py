"""A series less the noise that it shares with its twin, and what keeps the twin's own changes out of it.

Problem. Targets that meet the same provider on the same day share part of the day's noise; a difference takes it off, but it
turns every change of the twin into one of the target, the other way round, and adds the twin's own noise where little is shared.

Method. The adjusted score of a day is the score minus `slope` times the twin's deviation from its own level of the time. The
slope is learned every `STEP` days from the days before the last `GUARDED`, both series drawn in at three deviations, as
covariance over variance, shrunk by ``(r2 - 1/n) / r2`` with r the correlation over n days; below `LEAST` correlation there is
no adjusted score. Once the twin's own test has found it moved, its deviations are taken from its new level.

A shift of the adjusted series proves nothing about the target: until the twin's test has found it, a change of the twin shifts
it, too. So it counts only where the target itself moved the same way in the same days (`OWN`) and the twin did not move the
other way (`OTHER`). A change that meets both shrinks in the adjusted series, and is found by the plain one.

Limits. Costs what it takes from the plain series' share. Source: control variates, e.g. Deng, Xu, Kohavi and Walker, "Improving
the sensitivity of online controlled experiments by utilizing pre-experiment data", WSDM (2013).
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from canary.stats.stream import RULE, Alarm, Stream

Array: TypeAlias = NDArray[np.float64]

STEP = 14
GUARDED = RULE.longest
LEAST_DAYS = 20
LEAST = 0.3
"""Correlation of daily scores below which nothing is taken off."""

OWN = 1.0
OTHER = 1.5
DRAWN_IN = 3.0


def deviations(value: Array, alarms: Sequence[Alarm]) -> Array:
    """A twin's scores less its level of the time: 0 at first, its mean since the onset from the day after an alarm on.

    Args:
        value: daily scores, which count from the level of the warm-up.
        alarms: of its own test, in order.
    """
    level = np.zeros(value.size)
    for alarm in alarms:
        known = value[alarm.onset : alarm.raised + 1]
        level[alarm.raised + 1 :] = float(np.nanmean(known))
    return value - level


def slopes(value: Array, twin: Array, warm: int) -> Array:
    """What a deviation of the twin says of the series on the same day, as known on each day; NaN where nothing is taken off.

    Args:
        value: daily scores of the series, NaN where there is none.
        twin: deviations of its twin.
        warm: first day that may be judged; before the first `STEP` days after it the warm-up serves.
    """
    known = np.full(value.size, np.nan)
    for day in range(warm, value.size, STEP):
        past = slice(0, max(day - GUARDED, warm))
        both = np.isfinite(value[past]) & np.isfinite(twin[past])
        known[day : day + STEP] = _slope(value[past][both], twin[past][both])
    # The days of the warm-up make the level: they are taken with what it taught.
    known[:warm] = known[warm] if warm < value.size else np.nan
    return known


def _slope(value: Array, twin: Array) -> float:
    n = value.size
    if n < LEAST_DAYS:
        return np.nan
    a, b = _drawn_in(value), _drawn_in(twin)
    spread = float((b * b).sum())
    power = float((a * a).sum()) * spread
    if power <= 0:
        return np.nan
    product = float((a * b).sum())
    correlation = product / np.sqrt(power)
    if correlation < LEAST:
        return np.nan
    return float(product / spread * max(1 - 1 / (n * correlation**2), 0.0))


def _drawn_in(value: Array) -> Array:
    centred = value - np.median(value)
    away = DRAWN_IN * 1.4826 * float(np.median(np.abs(centred)))
    drawn = np.clip(centred, -away, away) if away > 0 else centred
    result: Array = drawn - drawn.mean()
    return result


def without_shared(stream: Stream, twin: Array, alarms: Sequence[Alarm], threshold: float) -> Stream | None:
    """The adjusted series; None where nothing is shared on any day.

    Args:
        stream: the series.
        twin: the twin's daily scores, NaN where there are none; shape as the series'.
        alarms: of the twin's own test: they begin a new epoch of the adjusted series.
        threshold: normal score to pass.
    """
    away = deviations(twin, alarms)
    slope = slopes(stream.value, away, stream.warm)
    value = stream.value - slope * away
    if not np.isfinite(value).any():
        return None
    begun = {alarm.raised + 1 for alarm in alarms if alarm.raised + 1 < value.size}
    return replace(
        stream,
        value=value,
        variance=np.where(np.isfinite(value), stream.variance, np.nan),
        threshold=threshold,
        restarts=tuple(sorted({*stream.restarts, *begun})),
    )
