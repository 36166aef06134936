"""The level of one run over a fixed set of prompts, with an honest interval.

Problem. A run puts the same K prompts to a target, each a few times. How far could its mean have come out otherwise,
had the very same prompts been asked again under the same conditions?

Definition. The value is the mean over prompts of each prompt's mean (equal weight a prompt). The prompts are fixed, so
what differs between them is no sampling error: only the spread between replicates of one prompt is,
``V = sum(s2_k / n_k) / K**2`` with ``s2_k`` the variance within prompt k. Limits that take all trials as one sample
count the differences between prompts as noise and come out 1.6 to 3 times too wide on a fixed set.

Method. Numbers without bounds (tokens, seconds, counts): value -/+ t * sqrt(V), with Satterthwaite's degrees of freedom.
Verdicts (0 and 1) need more care, because three replicates of an easy prompt are usually all equal, so that V is 0 or
rests on a few prompts. They get the interval that surveys use for proportions from stratified samples: exact beta limits
at the effective number of trials, ``m * (1 - m) / V``, made smaller by ``(z / t) ** 2`` for the doubt in V. Where V says
nothing (one replicate, no prompt with two answers, all equal) the number of trials stands in its place. The larger of
the two numbers is taken: on a fixed set the limits of all trials as one sample are always wide enough (Hoeffding), so
nothing wider is needed. Scores between 0 and 1 get the limits of one sample alone: a prompt that often moves a little
would hide another that seldom falls far (tried: 37 % of such intervals lay above the truth).

Limits. The interval says nothing of how a target varies from day to day, nor of other prompts: it must never be used
to tell whether something changed. Skewed numbers miss above more often than below (tested: at most 5 % above).
Prompts without an answer are left out, and the value is then that of the prompts that remain.

Sources. Korn and Graubard, "Confidence intervals for proportions with small expected number of positive counts
estimated from survey data", Survey Methodology 24 (1998); Satterthwaite, Biometrics Bulletin 2 (1946); Hoeffding, "On
the distribution of the number of successes in independent trials", Annals of Mathematical Statistics 27 (1956);
Wilson, Journal of the American Statistical Association 22 (1927). Coverage of both tails is held by
tests/stats/test_panel.py.
"""

import math
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

LEVEL = 0.95
"""Share of runs whose interval holds the true value."""

_UPPER = (1 + LEVEL) / 2
_Z = float(special.ndtri(_UPPER))

Basis: TypeAlias = Literal["replicates", "trials", "none"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Estimate:
    """A level and its interval.

    Attributes:
        value: mean over strata of the strata's means.
        low, high: 95 % limits; None where the data can't give any.
        n: values used.
        strata: strata (prompts) with at least one value.
        basis: what the interval rests on: the spread between `replicates` of a stratum; all `trials` as one sample,
            which is too wide on a fixed set; `none` = there is no interval.
    """

    value: float
    low: float | None
    high: float | None
    n: int
    strata: int
    basis: Basis


@dataclass(frozen=True, kw_only=True, slots=True)
class _Panel:
    """The value with what its interval is made from: variance, degrees of freedom, values as if one sample."""

    value: float
    variance: float | None
    df: float
    n: int
    strata: int
    n_as_one_sample: float


def stratified_mean(values: ArrayLike, strata: Sequence[Hashable]) -> Estimate:
    """Level of an unbounded number over a fixed set, with the t interval of its within-stratum variance.

    Args:
        values: n finite numbers.
        strata: n labels; values with one label are replicates of each other.

    Returns:
        The estimate; without an interval where no more than half of the strata have replicates, or all replicates
        are equal.

    Raises:
        ValueError: there are no values, or not as many labels.
    """
    panel = _panel(values, strata)
    if panel.variance is None or panel.variance <= 0:
        return _estimate(panel, None, None, "none")
    half = float(special.stdtrit(panel.df, _UPPER)) * math.sqrt(panel.variance)
    return _estimate(panel, panel.value - half, panel.value + half, "replicates")


def stratified_rate(values: ArrayLike, strata: Sequence[Hashable]) -> Estimate:
    """Level of verdicts (0 and 1) or scores in 0..1 over a fixed set; it always has an interval.

    Args:
        values: n numbers in 0..1.
        strata: n labels; values with one label are replicates of each other.

    Raises:
        ValueError: there are no values, not as many labels, or a value outside 0..1.
    """
    panel = _panel(values, strata)
    array = np.asarray(values, dtype=np.float64)
    if array.min() < 0 or array.max() > 1:
        raise ValueError("a rate is made of values from 0 to 1")
    size = _effective_trials(panel) if np.isin(array, (0.0, 1.0)).all() else 0.0
    low, high = _beta_limits(panel.value, max(size, panel.n_as_one_sample))
    return _estimate(panel, low, high, "replicates" if size > panel.n_as_one_sample else "trials")


def wilson(successes: int, n: int) -> tuple[float, float]:
    """Wilson's 95 % limits of a share in n independent trials that share one probability.

    For what is no property of a prompt, e.g. calls that failed. Failed calls come in bursts, so read it as the least
    doubt there is.

    Raises:
        ValueError: n is not positive, or successes lie outside 0..n.
    """
    if n <= 0 or not 0 <= successes <= n:
        raise ValueError(f"{successes} of {n} is no share")
    share, z2 = successes / n, _Z * _Z
    centre = (share + z2 / (2 * n)) / (1 + z2 / n)
    half = _Z / (1 + z2 / n) * math.sqrt(share * (1 - share) / n + z2 / (4 * n * n))
    return (
        0.0 if successes == 0 else max(0.0, centre - half),
        1.0 if successes == n else min(1.0, centre + half),
    )


def _panel(values: ArrayLike, strata: Sequence[Hashable]) -> _Panel:
    array = np.asarray(values, dtype=np.float64)
    if array.ndim != 1 or not array.size or len(strata) != array.size:
        raise ValueError(f"{array.size} values and {len(strata)} labels; at least one of each is needed")
    codes: dict[Hashable, int] = {}
    index = np.array([codes.setdefault(label, len(codes)) for label in strata])
    n: NDArray[np.float64] = np.bincount(index).astype(np.float64)
    means = np.bincount(index, weights=array) / n
    squares = np.bincount(index, weights=(array - means[index]) ** 2).astype(np.float64)
    squares[_all_equal(array, index, n.size)] = 0.0
    variance, df = _variance_of_mean(n, squares)
    return _Panel(
        value=float(means.mean()),
        variance=variance,
        df=df,
        n=int(array.size),
        strata=len(codes),
        n_as_one_sample=float(len(codes) ** 2 / (1 / n).sum()),
    )


def _effective_trials(panel: _Panel) -> float:
    """Trials of one sample that would tell as much as the panel does; 0 where its variance says nothing."""
    if not panel.variance:
        return 0.0
    doubt = _Z / float(special.stdtrit(panel.df, _UPPER))
    return panel.value * (1 - panel.value) / panel.variance * doubt**2


def _all_equal(array: NDArray[np.float64], index: NDArray[np.intp], strata: int) -> NDArray[np.bool_]:
    """Which strata hold one value only: rounding of their mean must not pass for a spread."""
    lowest, highest = np.full(strata, np.inf), np.full(strata, -np.inf)
    np.minimum.at(lowest, index, array)
    np.maximum.at(highest, index, array)
    equal: NDArray[np.bool_] = lowest == highest
    return equal


def _variance_of_mean(n: NDArray[np.float64], squares: NDArray[np.float64]) -> tuple[float | None, float]:
    """V and its degrees of freedom; None where fewer than half of the strata have replicates.

    A stratum with a single value (its other calls failed) is taken to vary as the others do on average.
    """
    repeated = n > 1
    if repeated.sum() * 2 < n.size:
        return None, 0.0
    within = np.zeros_like(n)
    within[repeated] = squares[repeated] / (n[repeated] - 1)
    within[~repeated] = within[repeated].mean()
    terms = within / n
    total = float(terms.sum())
    if total <= 0:
        return 0.0, 0.0
    df = total**2 / float((terms[repeated] ** 2 / (n[repeated] - 1)).sum())
    return total / n.size**2, df


def _beta_limits(share: float, size: float) -> tuple[float, float]:
    """Clopper and Pearson's limits for a share of a number of trials that need not be whole."""
    hits, misses = share * size, (1 - share) * size
    low = 0.0 if share <= 0 else float(special.betaincinv(hits, misses + 1, 1 - _UPPER))
    high = 1.0 if share >= 1 else float(special.betaincinv(hits + 1, misses, _UPPER))
    return low, high


def _estimate(panel: _Panel, low: float | None, high: float | None, basis: Basis) -> Estimate:
    return Estimate(value=panel.value, low=low, high=high, n=panel.n, strata=panel.strata, basis=basis)
