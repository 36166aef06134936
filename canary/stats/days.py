"""What whole days add to the error of a comparison.

Problem. Trials of one day share what the provider did that day. Two sides asked on different days differ by their days too, and
no number of trials a day makes that smaller. Two sides asked on the same days do not: the day cancels.

Definition. The score of a day is the mean over prompts of what they deviate from their own mean over all days. Its variance has
two parts: sampling, which the prompts' residuals show (mean square of the two-way table over the number of prompts), and the
day itself, which is what is left.

Method. The day part is pooled over both sides and drawn to a prior with the weight of `PRIOR_DAYS` days: with one day on each
side the prior alone speaks, with a month hardly at all. Means over many days are as much less certain as neighbouring days
resemble each other.

Sources. Two-way analysis of variance with random effects: Scheffé, The Analysis of Variance (1959), chapter 7; degrees of
freedom: Satterthwaite, Biometrics Bulletin 2 (1946).
"""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from canary.stats.noise import inflation

Array: TypeAlias = NDArray[np.float64]

PRIOR_DAYS = 4.0
SURE = 1e9
"""Degrees of freedom of what is known."""


@dataclass(frozen=True, kw_only=True, slots=True)
class DaySpread:
    """How the days of one side varied.

    Attributes:
        days: measured days.
        variance: of their scores; 0 below two days.
        sampling: the part that sampling explains.
    """

    days: int
    variance: float = 0.0
    sampling: float = 0.0


@dataclass(frozen=True, kw_only=True, slots=True)
class DayError:
    """What days add to the variance of a difference, and how surely that is known (degrees of freedom)."""

    variance: float
    freedom: float


NO_DAYS = DayError(variance=0.0, freedom=SURE)


def day_spread(values: Array) -> DaySpread:
    """Learn how days vary.

    Args:
        values: mean of each day and prompt, shape (days, prompts), NaN where there is none.
    """
    values = values[np.isfinite(values).any(axis=1)]
    days = values.shape[0]
    if days < 2:  # noqa: PLR2004 - a variance needs two
        return DaySpread(days=days)
    values = values[:, np.isfinite(values).any(axis=0)]
    off = values - _mean(values, 0)
    score = _mean(off, 1)
    rest = off - score[:, None]
    free = int(np.isfinite(rest).sum()) - sum(values.shape) + 1
    square = float(np.nansum(rest**2)) / free if free > 0 else 0.0
    prompts = np.isfinite(values).sum(axis=1)
    return DaySpread(
        days=days, variance=float(score.var(ddof=1)), sampling=square * float((1.0 / prompts).mean())
    )


def day_error(sides: Sequence[DaySpread], prior: float, memory: float) -> DayError:
    """The variance that days add to the difference of sides asked on different days, or of paired days (one spread).

    Args:
        sides: how the days of each side varied.
        prior: variance of one day's effect to expect.
        memory: autocorrelation of neighbouring days' effects to expect, falling off geometrically.
    """
    free = [max(side.days - 1, 0) for side in sides]
    weight = PRIOR_DAYS + sum(free)
    own = sum(f * (side.variance - side.sampling) for f, side in zip(free, sides, strict=True))
    one = max((PRIOR_DAYS * prior + own) / weight, 0.0)
    doubt = 2 * PRIOR_DAYS * prior**2
    doubt += sum(2 * f * side.variance**2 for f, side in zip(free, sides, strict=True))
    means = sum(float(inflation(max(side.days, 1), memory, memory)) / max(side.days, 1) for side in sides)
    freedom = 2 * (one * weight) ** 2 / doubt if doubt > 0 and one > 0 else SURE
    return DayError(variance=one * means, freedom=freedom)


def _mean(values: Array, axis: int) -> Array:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        mean: Array = np.nanmean(values, axis=axis)
    return mean
