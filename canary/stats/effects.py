"""How much two sides differ over the same prompts: an effect, its interval, whether it can be called nothing.

Problem. An old and a new side answered one set of prompts, each a few times, perhaps once. How far apart are they, and is that
more than chance, or less than anybody cares about?

Definition. Strata hold trials that differ by side alone: one prompt, or one prompt on one day where both sides were asked on
the same days, so that the day cancels. Shares differ in points (B - A), other numbers as a ratio (B / A - 1); prompts count
alike.

Method.
- Verdicts: the Mantel-Haenszel difference with Sato's variance, which is right for a few large strata and for many pairs alike
  (there it is the paired variance); one discordant trial is added to it, so that prompts without a single difference do not
  pass for certainty. The test is `conditional.dealt`.
- Shares between 0 and 1, logarithms: the mean of the prompts' differences with their own variance, which holds whatever varies
  from prompt to prompt; with few prompts and replicates on both sides, the variance between replicates.
- Counts and costs: the ratio of means over prompts; variance by linearisation.
Variance between days is added (`days.py`), degrees of freedom by Satterthwaite; the test's normal score shrinks by the share of
sampling in the sum. Equivalence: both one-sided tests at `EQUIVALENCE`, which is the 90 % interval inside the margins.

Limits. Intervals of a ratio are made on its logarithm. Single prompts are called lost or gained by their majorities: with few
trials some of either are chance, and the difference of the two is what the test is about.

Sources. Sato, Biometrics 45 (1989); Bonett and Price, Journal of Educational and Behavioral Statistics 37 (2012), for the added
trial; Schuirmann, Journal of Pharmacokinetics and Biopharmaceutics 15 (1987); Holm, Scandinavian Journal of Statistics 6 (1979).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy import special

from canary.stats.conditional import dealt, signs_dealt, student_score
from canary.stats.days import SURE, DayError
from canary.stats.difference import Difference, told

Array: TypeAlias = NDArray[np.float64]
Codes: TypeAlias = NDArray[np.int64]

ENOUGH = 10
"""Prompts from which their own differences tell the error best."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Cells:
    """Sums over the trials of each stratum that both sides have; shape (strata,) each.

    Attributes:
        unit: prompt, counted from 0.
        count_a, total_a, square_a: trials of side A, the sum of their values and of the squares.
        count_b, total_b, square_b: of side B.
    """

    unit: Codes
    count_a: Array
    total_a: Array
    square_a: Array
    count_b: Array
    total_b: Array
    square_b: Array

    @property
    def units(self) -> int:
        """Prompts."""
        return int(np.unique(self.unit).size)


def rate_difference(cells: Cells, day: DayError) -> Difference:
    """Compare verdicts (0 and 1)."""
    n_a, x_a, n_b, x_b = cells.count_a, cells.total_a, cells.count_b, cells.total_b
    weight = n_a * n_b / (n_a + n_b)
    whole = float(weight.sum())
    a, b = float((weight * x_a / n_a).sum()) / whole, float((weight * x_b / n_b).sum()) / whole
    test = dealt(n_a, x_a, n_b, x_b, cells.unit)
    variance = (_sato(n_a, x_a, n_b, x_b, b - a) + 0.25) / whole**2
    return told(
        a, b, b - a, variance, SURE, "points", cells.units, day,
        score=test.score, sampling=test.variance / whole**2, churn=test.churn,
    )  # fmt: skip


def _sato(n_a: Array, x_a: Array, n_b: Array, x_b: Array, difference: float) -> float:
    """Variance of the sum of weighted differences."""
    n = n_a + n_b
    p = (n_b**2 * x_a - n_a**2 * x_b + n_a * n_b * (n_a - n_b) / 2) / n**2
    q = (x_b * (n_a - x_a) + x_a * (n_b - x_b)) / (2 * n)
    return max(float(difference * p.sum() + q.sum()), 0.0)


def mean_difference(cells: Cells, day: DayError, scale: Literal["points", "ratio"]) -> Difference:
    """Compare shares between 0 and 1 (points), or numbers by their logarithms (ratio)."""
    a, b, weight = by_unit(cells)
    moved = b - a
    variance, freedom, score = _error_of_mean(cells, moved)
    sampling = variance
    if scale == "points" and variance is not None:
        variance += 0.25 / float(weight.sum()) ** 2
    level_a, level_b = float(a.mean()), float(b.mean())
    if scale == "ratio":
        level_a, level_b = math.exp(level_a), math.exp(level_b)
    return told(
        level_a, level_b, float(moved.mean()), variance, freedom, scale, moved.size, day,
        score=score, sampling=sampling or 0.0,
    )  # fmt: skip


def count_ratio(cells: Cells, day: DayError) -> Difference:
    """Compare counts by the ratio of their means."""
    a, b, _ = by_unit(cells)
    return ratio_of_means(b, np.ones_like(b), a, np.ones_like(a), day)


def ratio_of_means(over_b: Array, under_b: Array, over_a: Array, under_a: Array, day: DayError) -> Difference:
    """Compare quotients of sums, such as cost over solved tasks; one number a prompt, shape (prompts,) each."""
    units = over_a.size
    a, b = _quotient(over_a, under_a), _quotient(over_b, under_b)
    if not (a > 0 and b > 0):
        same = a == b
        score = signs_dealt(over_b - over_a)
        return Difference(
            a=a, b=b, shift=0.0 if same else None, error=0.0 if same else None, freedom=SURE,
            p_value=1.0 if same else 2 * float(special.ndtr(-abs(score))), scale="ratio", units=units,
        )  # fmt: skip
    parts = (
        over_b / over_b.mean() - under_b / under_b.mean() - over_a / over_a.mean() + under_a / under_a.mean()
    )
    shift = math.log(b / a)
    if units < 2:  # noqa: PLR2004 - a variance needs two
        return told(a, b, shift, None, SURE, "ratio", units, day, score=0.0, sampling=0.0)
    variance = float(parts.var(ddof=1)) / units
    centred = parts + shift
    return told(
        a, b, shift, variance, units - 1, "ratio", units, day, score=signs_dealt(centred), sampling=variance
    )


def _quotient(over: Array, under: Array) -> float:
    whole = float(under.sum())
    return float(over.sum()) / whole if whole > 0 else 0.0


def by_unit(cells: Cells) -> tuple[Array, Array, Array]:
    """Level of each prompt on both sides, and its weight in trials."""
    _, unit = np.unique(cells.unit, return_inverse=True)
    weight = cells.count_a * cells.count_b / (cells.count_a + cells.count_b)
    whole: Array = np.bincount(unit, weight).astype(np.float64)
    a = np.bincount(unit, weight * cells.total_a / cells.count_a) / whole
    b = np.bincount(unit, weight * cells.total_b / cells.count_b) / whole
    return a, b, whole


def _error_of_mean(cells: Cells, moved: Array) -> tuple[float | None, float, float]:
    """Variance of the mean difference, its degrees of freedom, and the normal score of no difference."""
    if moved.size < ENOUGH:
        variance, freedom = _within(cells)
        if variance is not None and freedom >= moved.size:
            error = math.sqrt(variance)
            score = student_score(float(moved.mean()) / error, freedom) if error > 0 else 0.0
            return variance, freedom, score
    if moved.size < 2:  # noqa: PLR2004 - a variance needs two
        return None, SURE, 0.0
    return float(moved.var(ddof=1)) / moved.size, moved.size - 1, signs_dealt(moved)


def _within(cells: Cells) -> tuple[float | None, float]:
    """Variance of the mean difference by replicates alone; None where a prompt has none on a side."""
    free_a, free_b = cells.count_a - 1, cells.count_b - 1
    if (free_a < 1).any() or (free_b < 1).any():
        return None, 0.0
    spare = np.maximum(cells.square_a - cells.total_a**2 / cells.count_a, 0.0)
    spare += np.maximum(cells.square_b - cells.total_b**2 / cells.count_b, 0.0)
    free = free_a + free_b
    parts = spare / free * (1 / cells.count_a + 1 / cells.count_b)
    per_unit = np.bincount(cells.unit)[cells.unit]
    parts = parts / per_unit**2 / cells.units**2
    total = float(parts.sum())
    return (total, total**2 / float((parts**2 / free).sum())) if total > 0 else (0.0, float(free.sum()))


def holm(p_values: Sequence[float]) -> list[float]:
    """P values adjusted for their number (Holm), in the order given: the chance of any false finding is held."""
    order = sorted(range(len(p_values)), key=p_values.__getitem__)
    adjusted = [0.0] * len(p_values)
    largest = 0.0
    for rank, index in enumerate(order):
        largest = max(largest, min(1.0, (len(p_values) - rank) * p_values[index]))
        adjusted[index] = largest
    return adjusted


def lost_and_gained(rate_a: Array, rate_b: Array) -> tuple[Codes, Codes]:
    """Prompts that most trials of A passed and most of B did not, and the other way round; the largest moves first."""
    lost = np.flatnonzero((rate_a > 0.5) & (rate_b < 0.5))  # noqa: PLR2004 - a majority
    gained = np.flatnonzero((rate_a < 0.5) & (rate_b > 0.5))  # noqa: PLR2004 - a majority
    moved = rate_b - rate_a
    return lost[np.argsort(moved[lost], kind="stable")], gained[np.argsort(-moved[gained], kind="stable")]
