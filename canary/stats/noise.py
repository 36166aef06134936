"""How much the days of a series differ although nothing changed: scale and memory, from its own quiet past.

Problem. The unit of error is the day: trials of one day share what the provider did that day, and days resemble the day
before. A test that ignores either is two to six times too eager.

Method. The scale is the standard deviation of the scores after drawing values in at three robust deviations (a bad day is
no scale), never below `FLOOR` of what sampling alone must give. Lag-1 autocorrelation is corrected for its bias, drawn to
a prior of its metric's kind with the weight of `PRIOR_DAYS` days, and raised by half its standard error: taken too small it
costs false alarms, taken too large it costs a little delay. Later lags fall off geometrically, the slower the larger the
first: sampling takes from the first autocorrelation, not from the decay, so the decay of days that resemble each other much is
well above it (`DECAY`).

Limits. Twenty-eight days say little about memory; the prior rules until two months are there. A trend counts as memory.

Sources. Median absolute deviation: Hampel, JASA 69 (1974); bias of autocorrelation: Kendall, Biometrika 41 (1954);
variance of a mean under autocorrelation: Bayley and Hammersley, JRSS Supplement 8 (1946).
"""

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Array: TypeAlias = NDArray[np.float64]

FLOOR = 0.85
PRIOR_DAYS = 60.0
HIGHEST = 0.8
DECAY = 1.3
"""Of the first autocorrelation, plus 0.1: in days of phi 0.8, twice the alarms were raised at 1."""

DRAWN_IN = 3.0
CONSISTENT = 1.4826
"""Median absolute deviation of a normal variable times this is its standard deviation."""

REGAINED = 1.01
"""Standard deviation lost by drawing a normal sample in at three deviations."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Noise:
    """Day-level noise of a series.

    Attributes:
        centre: median of the past it was learned from.
        scale: standard deviation of a day's score.
        memory: autocorrelation of neighbouring days.
        decay: factor from each lag to the next.
        days: scores it was learned from.
        sampling: mean variance that sampling alone explains.
    """

    centre: float
    scale: float
    memory: float
    decay: float
    days: int
    sampling: float

    @property
    def freedom(self) -> float:
        """Degrees of freedom of the scale, memory allowed for."""
        return max(self.days / float(inflation(self.days, self.memory, self.decay)) - 1, 4.0)

    @property
    def long_run(self) -> float:
        """Standard deviation that the mean of many days shows, times the root of their number."""
        return self.scale * float(np.sqrt(1 + 2 * self.memory / (1 - self.decay)))


def learn_noise(values: Array, variance: Array, prior: float) -> Noise:
    """Learn scale and memory.

    Args:
        values: scores of at least two days, in order, no NaN.
        variance: their sampling variances; 0 = unknown.
        prior: autocorrelation to expect of such a metric.
    """
    n = values.size
    centre = float(np.median(values))
    sampling = float(variance.mean())
    drawn = _drawn_in(values, centre)
    scale = max(REGAINED * float(drawn.std(ddof=1)), FLOOR * float(np.sqrt(sampling)), 1e-9)
    free = drawn - drawn.mean()
    power = float((free * free).sum())
    first = float((free[1:] * free[:-1]).sum()) / power if power > 0 else 0.0
    first = min(max(first + (1 + 4 * max(first, 0.0)) / n, 0.0), HIGHEST)
    memory = (n * first + PRIOR_DAYS * prior) / (n + PRIOR_DAYS) + 0.5 / np.sqrt(n + PRIOR_DAYS)
    memory = min(memory, HIGHEST)
    return Noise(
        centre=centre,
        scale=scale,
        memory=float(memory),
        decay=float(min(max(0.5, DECAY * memory + 0.1), HIGHEST)),
        days=n,
        sampling=sampling,
    )


def _drawn_in(values: Array, centre: float) -> Array:
    away = CONSISTENT * float(np.median(np.abs(values - centre)))
    if away <= 0:
        return values
    drawn: Array = np.clip(values, centre - DRAWN_IN * away, centre + DRAWN_IN * away)
    return drawn


def inflation(days: Array | float, memory: Array | float, decay: Array | float) -> Array:
    """Variance of the mean of neighbouring days over that of independent ones; 1 for a single day.

    Args:
        days: number of days, 1 or more; need not be whole.
        memory: lag-1 autocorrelation.
        decay: factor from lag to lag, below 1.
    """
    m = np.maximum(np.asarray(days, dtype=np.float64), 1.0)
    rest = 1 - np.asarray(decay, dtype=np.float64)
    power = np.power(decay, m - 1)
    plain = (1 - power) / rest
    fading = (1 - m * power + (m - 1) * power * decay) / (m * rest * rest)
    result: Array = 1 + 2 * np.asarray(memory) * (plain - fading)
    return result
