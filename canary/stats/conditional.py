"""Is there a difference at all? Tests of two sides that were asked the same prompts, exact where there is little to go by.

Problem. Two sides answered one fixed set of prompts. If nothing differs between them, which side a trial belongs to is chance:
the trials of a stratum (one prompt, or one prompt on one day) might as well be dealt out anew.

Method. Verdicts: given how many trials of a stratum passed, the number on side B is hypergeometric; the sum over strata is
their convolution. With one trial a side this is McNemar's test, with many strata the Cochran-Mantel-Haenszel test, and in
between it stays right. Other numbers: the signs of the prompts' differences are dealt anew where few prompts differ, else
Student's t on them. Tails are mid-P values (half of what was observed), because a sum of few verdicts is coarse. Results are
signed normal scores, so that error from elsewhere can be put beside them.

Churn. Two sides may pass equally often and yet not on the same prompts: lost and gained cancel. The squares of the prompts'
deviations then exceed what dealing out gives: a normal score from the hypergeometric cumulants says where to look, and where it
is high the trials are dealt out `DEALS` times (a fixed seed). With one trial a side a lost prompt is no different from chance.

Limits. Trials of a stratum must be exchangeable: where whole days differ and the sides were asked on different days, the day's
own error must be added (`stats/days.py`).

Sources. Mantel and Haenszel, Journal of the National Cancer Institute 22 (1959); McNemar, Psychometrika 12 (1947); mid-P:
Lancaster, JASA 56 (1961), Fagerland et al., BMC Medical Research Methodology 13 (2013); sign flips: Fisher, The Design of
Experiments (1935).
"""

from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy import special

Array: TypeAlias = NDArray[np.float64]
Codes: TypeAlias = NDArray[np.int64]

MANY = 150.0
"""Conditional variance, in trials, from which the normal tail is as good as the exact one."""

FEW = 12
"""Differences that are not zero up to which all signs are tried."""

LOOK_CLOSER = 2.0
DEALS = 4000
DEALS_AT_ONCE = 250

SMALLEST = 1e-300


@dataclass(frozen=True, kw_only=True, slots=True)
class Dealt:
    """What dealing verdicts out anew says.

    Attributes:
        score: normal score of the difference B - A; 0 = as expected.
        variance: of B's passes, given each stratum's, in trials.
        churn: p value of the prompts' squared deviations; 1 where nothing points to any.
    """

    score: float
    variance: float
    churn: float = 1.0


def dealt(count_a: Array, passed_a: Array, count_b: Array, passed_b: Array, unit: Codes) -> Dealt:
    """Test verdicts of two sides.

    Args:
        count_a: trials of side A by stratum, shape (strata,); whole numbers, as all of them.
        passed_a: passes among them.
        count_b: trials of side B.
        passed_b: passes among them.
        unit: prompt of each stratum, for the churn.
    """
    # Strata that say nothing (all passed, none passed, a side without trials) have one way of being dealt.
    passed = passed_a + passed_b
    told = (count_a > 0) & (count_b > 0) & (passed > 0) & (passed < count_a + count_b)
    where = np.flatnonzero(told)
    chances = [
        _hypergeometric(round(n_a), round(n_b), round(x))
        for n_a, n_b, x in np.stack([count_a, count_b, passed], axis=1)[where].tolist()
    ]
    if not chances:
        return Dealt(score=0.0, variance=0.0)
    variance = np.array([chance.variance for chance in chances])
    excess = np.array([chance.excess for chance in chances])
    off = passed_b[where] - np.array([chance.mean for chance in chances])
    total = float(variance.sum())
    score = float(off.sum()) / np.sqrt(total) if total > MANY else _exact(chances, passed_b[where])
    churn = 1.0
    if _churn_score(off, variance, excess, unit[where]) > LOOK_CLOSER:
        churn = _churn(off, count_a[where], count_b[where], passed[where], unit[where])
    return Dealt(score=float(score), variance=total, churn=churn)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Chance:
    """B's passes in one stratum: probabilities from `least` on, and cumulants; `excess` is the fourth."""

    least: int
    share: Array
    mean: float
    variance: float
    excess: float


@lru_cache(maxsize=4096)
def _hypergeometric(n_a: int, n_b: int, passed: int) -> _Chance:
    least = max(0, passed - n_a)
    x = np.arange(least, min(n_b, passed) + 1, dtype=np.float64)
    log = _ways(n_b, x) + _ways(n_a, passed - x)
    share = np.exp(log - log.max())
    share /= share.sum()
    mean = float(x @ share)
    off = x - mean
    variance = float(off**2 @ share)
    return _Chance(
        least=least,
        share=share,
        mean=mean,
        variance=variance,
        excess=float(off**4 @ share) - 3 * variance**2,
    )


def _ways(n: int, k: Array) -> Array:
    """Log of the ways to choose k of n."""
    ways: Array = special.gammaln(n + 1) - special.gammaln(k + 1) - special.gammaln(n - k + 1)
    return ways


def _exact(chances: "list[_Chance]", seen: Array) -> float:
    share = np.ones(1)
    for chance in chances:
        share = np.convolve(share, chance.share)
    at = round(float(seen.sum())) - sum(chance.least for chance in chances)
    below, above = float(share[:at].sum()), float(share[at + 1 :].sum())
    return _score_of_tails(below + share[at] / 2, above + share[at] / 2)


def _score_of_tails(below: float, above: float) -> float:
    """Normal score with the smaller of two tails behind it: precise far out on either side."""
    if below <= above:
        return float(special.ndtri(max(below, SMALLEST)))
    return -float(special.ndtri(max(above, SMALLEST)))


def _churn_score(off: Array, variance: Array, excess: Array, unit: Codes) -> float:
    own, fourth = np.bincount(unit, variance), np.bincount(unit, excess)
    surplus = np.bincount(unit, off) ** 2 - own
    spread = float(np.maximum(fourth + 2 * own**2, 0.0).sum())
    return float(surplus.sum()) / np.sqrt(spread) if spread > 1e-9 else 0.0  # noqa: PLR2004 - rounding


def _churn(off: Array, count_a: Array, count_b: Array, passed: Array, unit: Codes) -> float:
    rng = np.random.default_rng(0)
    whole = count_a + count_b
    _, unit = np.unique(unit, return_inverse=True)
    own = np.zeros((unit.size, int(unit.max()) + 1))
    own[np.arange(unit.size), unit] = 1.0
    seen = float(((off @ own) ** 2).sum())
    as_large = 0
    for _ in range(DEALS // DEALS_AT_ONCE):
        drawn = rng.hypergeometric(
            passed.astype(np.int64),
            (whole - passed).astype(np.int64),
            count_b.astype(np.int64),
            (DEALS_AT_ONCE, unit.size),
        )
        squares = (((drawn - count_b * passed / whole) @ own) ** 2).sum(axis=1)
        as_large += int((squares >= seen * (1 - 1e-9)).sum())
    return (1 + as_large) / (1 + DEALS)


def signs_dealt(differences: Array) -> float:
    """Normal score of the mean of paired differences, shape (prompts,); 0 where nothing differs or one alone is there."""
    moved = differences[np.abs(differences) > 1e-12]  # noqa: PLR2004 - rounding of equal means
    if not moved.size:
        return 0.0
    if moved.size <= FEW:
        sums = np.array(list(product((-1.0, 1.0), repeat=moved.size))) @ moved
        seen, slack = float(moved.sum()), 1e-9 * float(np.abs(moved).sum())
        level = float((np.abs(sums - seen) <= slack).mean()) / 2
        below, above = float((sums < seen - slack).mean()), float((sums > seen + slack).mean())
        return _score_of_tails(below + level, above + level)
    error = float(differences.std(ddof=1)) / np.sqrt(differences.size)
    return student_score(float(differences.mean()) / max(error, SMALLEST), differences.size - 1)


def student_score(t: float, freedom: float) -> float:
    """The normal score with Student's tail."""
    tail = max(float(special.stdtr(freedom, -abs(t))), SMALLEST)
    return float(np.copysign(-special.ndtri(tail), t))
