"""A difference between two sides: effect, interval, what would have been seen, whether it is nothing."""

import math
from dataclasses import dataclass
from typing import Literal

from scipy import special

from canary.stats.days import SURE, DayError

LEVEL = 0.95
EQUIVALENCE = 0.05
"""Level of each of the two one-sided tests."""
POWER = 0.8
LEAST_FREEDOM = 4.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Difference:
    """How far B is from A.

    Attributes:
        a, b: levels over the paired prompts.
        shift: b - a, or for a ratio the log of b / a; None where it has no number.
        error: standard error of the shift; None where nothing tells it.
        freedom: degrees of freedom of the error.
        p_value: two-sided, of no difference; None where it can't be tested.
        scale: points or ratio.
        units: prompts.
        churn: p value of prompts moving in both directions as much by chance; 1 where it can't be told.
    """

    a: float
    b: float
    shift: float | None
    error: float | None
    freedom: float
    p_value: float | None
    scale: Literal["points", "ratio"]
    units: int
    churn: float = 1.0

    @property
    def effect(self) -> float | None:
        """The difference as people read it."""
        return None if self.shift is None else self._read(self.shift)

    def interval(self, level: float = LEVEL) -> tuple[float, float] | None:
        """Limits of the effect; None where nothing tells them."""
        if self.shift is None or self.error is None:
            return None
        half = float(special.stdtrit(self.freedom, (1 + level) / 2)) * self.error
        low, high = self._read(self.shift - half), self._read(self.shift + half)
        return (max(low, -1.0), min(high, 1.0)) if self.scale == "points" else (low, high)

    @property
    def minimum(self) -> float | None:
        """Smallest effect that would have been told from nothing four times in five."""
        if self.error is None:
            return None
        needed = float(special.stdtrit(self.freedom, (1 + LEVEL) / 2)) + float(special.ndtri(POWER))
        shift = needed * self.error
        return shift if self.scale == "points" else -math.expm1(-shift)

    def within(self, margin: float) -> bool:
        """Whether both one-sided tests say that the effect is smaller than the margin."""
        limits = self.interval(1 - 2 * EQUIVALENCE)
        return limits is not None and -margin < limits[0] and limits[1] < margin

    def _read(self, shift: float) -> float:
        return shift if self.scale == "points" else math.expm1(min(shift, 700.0))


def told(
    a: float,
    b: float,
    shift: float,
    variance: float | None,
    freedom: float,
    scale: Literal["points", "ratio"],
    units: int,
    day: DayError,
    *,
    score: float,
    sampling: float,
    churn: float = 1.0,
) -> Difference:
    """Put sampling and days together."""
    if variance is None:
        return Difference(
            a=a, b=b, shift=shift, error=None, freedom=freedom, p_value=None, scale=scale, units=units
        )
    error = math.sqrt(variance + day.variance)
    own = _freedom(variance, freedom, day)
    if day.variance == 0 or freedom < SURE:
        # A normal score far out is no longer the quotient it came from: with days in the error, the quotient counts.
        tail = special.ndtr(-abs(score)) if day.variance == 0 else special.stdtr(own, -abs(shift) / error)
    else:
        left = math.sqrt(sampling / (sampling + day.variance))
        tail = special.stdtr(_freedom(sampling, SURE, day), -abs(score) * left)
    return Difference(
        a=a,
        b=b,
        shift=shift,
        error=error,
        freedom=own,
        p_value=min(1.0, 2 * float(tail)),
        scale=scale,
        units=units,
        churn=churn,
    )


def _freedom(variance: float, freedom: float, day: DayError) -> float:
    doubt = variance**2 / freedom + day.variance**2 / day.freedom
    if doubt <= 0:
        return SURE
    return float(max((variance + day.variance) ** 2 / doubt, min(LEAST_FREEDOM, freedom)))
