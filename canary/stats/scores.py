"""One number a day for a fixed set of prompts, with what sampling alone would make it vary.

Problem. A daily mean over prompts mixes what changed with which prompts happened to answer, and for tokens it is ruled by
the few prompts with the largest numbers.

Definition. A panel holds sums over the trials of a day and prompt, shape (days, prompts). Every prompt is compared with
its own baseline, the mean of its own first `BASELINE_DAYS` days; the score of a day is the weighted mean of those
deviations over the prompts that answered:

- proportion: deviations in points, weighted by trials: the numerator of the Cochran-Mantel-Haenszel test, per trial. The
  prompt's level has a weak prior, (passes + 1/2) / (trials + 1), so that prompts which always pass keep a variance;
- positive numbers: deviations of the mean log, weighted by inverse variance of the prompt's days;
- counts: (mean - level) weighted by level / variance and divided by the weighted level: the quasi-score of a negative
  binomial for a common factor, hence a relative change; days of zero calls need no special care;
- spread: the log of the standard deviation within a day and prompt, for prompts with two trials or more.

Causality. A prompt's baseline never changes once its first days are over, so later data never changes an earlier score.
Prompts whose baseline is complete when the series' own warm-up ends are scored from the first day; a prompt that joins
later counts from the end of its own baseline. When the set of prompts changes, the series is chained as price indices
are: the new set is shifted by the mean difference that both sets show over the `BASELINE_DAYS` before. A set with too
little in common with the one before starts the series anew (`restarts`).

Limits. Prompts weigh as they did in their first days for as long as they stay. A day on which less than half of the
prompts answered is no measurement of the set and has no score.

Sources. Mantel and Haenszel, Journal of the National Cancer Institute 22 (1959); inverse-variance weights shrunk to the
median prompt; chaining: ILO, Consumer Price Index Manual (2020), chapter 9.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy import special

from canary.stats.chain import (
    Baseline,
    active_set,
    baseline,
    chain_links,
    divided,
    held,
    total_weight,
    weighted_mean,
)

Array: TypeAlias = NDArray[np.float64]
Scale: TypeAlias = Literal["points", "log", "relative"]

LEAST_SHARE = 0.5
"""Share of the set, by weight, that must have answered for a day to have a score."""

CLIP = 4.0
"""Standard deviations of its own days beyond which one prompt's day is drawn in: a single runaway answer is no shift."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Panel:
    """Sums over the trials of each day and prompt; shape (days, prompts) each, 0 where nothing was measured.

    Attributes:
        count: trials.
        total: sum of their values.
        square: sum of the squares.
    """

    count: Array
    total: Array
    square: Array


@dataclass(frozen=True, kw_only=True, slots=True)
class Scores:
    """A series of daily scores; shape (days,) each, NaN where a day has none.

    Attributes:
        value: the score, single prompts drawn in at `CLIP` deviations: what is tested.
        plain: the same without drawing in: what effects are read from.
        variance: of the score, by sampling alone; 0 where replicates can't tell.
        level: the natural level at score 0.
        scale: how a score moves the level: `points` adds, `log` multiplies by its exponential, `relative` by 1 + score.
        warm: first day that may be judged; the number of days where there is none yet.
        restarts: days on which too little was left in common with the days before.
        constant: whether nothing varied while the baselines were learned.
        panel: what it was made from, where the noise of a day goes with its level; None elsewhere.
        pull: by how much one of a prompt's trials moves the score, up to a common factor, shape (prompts,).
    """

    value: Array
    plain: Array
    variance: Array
    level: float
    scale: Scale
    warm: int
    restarts: tuple[int, ...] = ()
    constant: bool = False
    panel: Panel | None = None
    pull: Array = field(default_factory=lambda: np.zeros(0))

    def natural(self, score: float) -> float:
        """The level, in the metric's unit, that a score stands for."""
        if self.scale == "points":
            return self.level + score
        return self.level * (float(np.exp(score)) if self.scale == "log" else 1 + score)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Parts:
    """A score before it is put together: deviations, variances and presence are (days, prompts), weights (prompts,)."""

    deviation: Array
    limit: Array
    variance: Array
    weight: Array
    level: Array


def proportion_scores(panel: Panel) -> Scores:
    """Daily scores of verdicts or shares (values 0..1), in points as fractions."""

    def parts(base: Baseline) -> _Parts:
        count = np.where(base.inside, panel.count, 0.0).sum(axis=0)
        level = (np.where(base.inside, panel.total, 0.0).sum(axis=0) + 0.5) / (count + 1)
        days = np.maximum((base.inside & (panel.count > 0)).sum(axis=0), 1)
        verdicts = bool(np.array_equal(panel.square[: base.warm], panel.total[: base.warm]))
        return _Parts(
            deviation=_means(panel) - level,
            limit=np.full_like(level, np.inf),
            variance=divided(level * (1 - level) if verdicts else _within(panel, base), panel.count),
            weight=count / days,
            level=level,
        )

    return _scored(panel, parts, "points", by_trials=True)


def log_scores(panel: Panel) -> Scores:
    """Daily scores of positive numbers; the panel holds their natural logs, and so does the score."""

    def parts(base: Baseline) -> _Parts:
        means = np.where(base.inside, _means(panel), np.nan)
        level, between = _centre(means), _variance(means)
        within = _within(panel, base)
        typical = _middle(between[base.first])
        return _Parts(
            deviation=_means(panel) - level,
            # A single column is the whole series: the sequential test has its own way with outlying days.
            limit=CLIP * np.sqrt(np.maximum(between, typical)) if level.size > 1 else np.array([np.inf]),
            variance=divided(within, panel.count),
            weight=1 / np.maximum(0.8 * between + 0.2 * typical, 1e-12),
            level=np.exp(level + within / 2),
        )

    return _scored(panel, parts, "log")


def count_scores(panel: Panel) -> Scores:
    """Daily scores of counts, as relative changes."""

    def parts(base: Baseline) -> _Parts:
        means = np.where(base.inside, _means(panel), np.nan)
        count = np.where(base.inside, panel.count, 0.0).sum(axis=0)
        level = divided(np.where(base.inside, panel.total, 0.0).sum(axis=0), count)
        between = _variance(means)
        some = base.first & (level > 0)
        typical = _middle(between[some] / level[some])
        quasi = divided(level, 0.8 * between + 0.2 * typical * level)
        within = _within(panel, base)
        return _Parts(
            deviation=np.where(level > 0, divided(_means(panel) - level, level), np.nan),
            limit=CLIP * divided(np.sqrt(np.maximum(between, typical * level)), level),
            variance=divided(divided(within, level**2), panel.count),
            weight=quasi * level,
            level=level,
        )

    return _scored(panel, parts, "relative")


def spread_scores(panel: Panel) -> Scores:
    """Daily scores of the log standard deviation within a day and prompt; the panel holds logs of positive numbers.

    The logarithm of a standard deviation is biased, and the more so the fewer values it comes from; its bias and variance
    for a normal sample are taken into account, so that a lost trial is no change of spread.
    """
    free = panel.count - 1
    many = free >= 1
    spare = np.where(many, panel.square - divided(panel.total**2, panel.count), 0.0)
    spread = np.sqrt(np.maximum(divided(spare, free), 0.0))
    # Rounded tokens are equal now and then: a floor keeps their log finite without ruling the mean.
    warm = baseline(many).warm
    floor = max(0.1 * _middle(spread[:warm][many[:warm] & (spread[:warm] > 0)]), 1e-9)
    half = np.where(many, free, 1.0) / 2
    log = np.log(np.maximum(spread, floor)) - 0.5 * (special.digamma(half) - np.log(half))
    log = np.where(many, log, 0.0)
    several = Panel(count=many.astype(np.float64), total=log, square=log**2)

    def parts(base: Baseline) -> _Parts:
        means = np.where(base.inside, _means(several), np.nan)
        level, between = _centre(means), _variance(means)
        sampling = special.polygamma(1, half) / 4
        return _Parts(
            deviation=_means(several) - level,
            limit=CLIP * np.sqrt(np.maximum(np.maximum(between, _middle(between[base.first])), sampling)),
            variance=sampling,
            weight=np.ones_like(level),
            level=np.exp(level),
        )

    return _scored(several, parts, "log")


def _scored(
    panel: Panel, parts: Callable[[Baseline], _Parts], scale: Scale, *, by_trials: bool = False
) -> Scores:
    base = baseline(panel.count > 0)
    days = panel.count.shape[0]
    if base.warm >= days:
        empty = np.full(days, np.nan)
        return Scores(value=empty, plain=empty, variance=empty, level=np.nan, scale=scale, warm=days)
    made = parts(base)
    present = (panel.count > 0) & np.isfinite(made.deviation)
    weight = np.where(present, panel.count if by_trials else made.weight, 0.0)
    active = active_set(present, base)
    clipped = np.clip(np.where(present, made.deviation, 0.0), -made.limit, made.limit)
    plain = np.where(present, made.deviation, 0.0)
    links, restarts = chain_links(clipped, weight, active, base.warm)
    shift = held(links, days)
    usual = made.weight
    share = divided(((weight > 0) & active) @ usual, active @ usual)
    enough = (share >= LEAST_SHARE) & ((weight * active).sum(axis=1) > 0)
    first = active[base.warm]
    learned = np.where(base.inside & present & base.first, made.deviation, 0.0)
    return Scores(
        value=np.where(enough, weighted_mean(clipped, weight * active) + shift, np.nan),
        plain=np.where(enough, weighted_mean(plain, weight * active) + shift, np.nan),
        variance=np.where(
            enough,
            weighted_mean(made.variance * weight, weight * active) / total_weight(weight * active),
            np.nan,
        ),
        level=float(made.level[first].mean()) if first.any() else np.nan,
        scale=scale,
        warm=base.warm,
        restarts=restarts,
        constant=bool(np.allclose(learned, 0.0, atol=1e-9)),
        panel=None if scale == "log" else panel,
        pull=np.ones_like(usual) if scale == "points" else divided(usual, made.level),
    )


def _means(panel: Panel) -> Array:
    return np.where(panel.count > 0, divided(panel.total, panel.count), np.nan)


def _within(panel: Panel, base: Baseline) -> Array:
    """Variance between the trials of one day and prompt, pooled over its baseline; 0 without replicates."""
    inside = base.inside & (panel.count > 0)
    spare = np.where(inside, panel.square - divided(panel.total**2, panel.count), 0.0).sum(axis=0)
    free = np.where(inside, panel.count - 1, 0.0).sum(axis=0)
    return np.maximum(divided(spare, free), 0.0)


def _centre(means: Array) -> Array:
    """Median of each column; 0 where it is empty."""
    filled = np.isfinite(means).any(axis=0)
    centre = np.zeros(means.shape[1])
    if filled.any():
        centre[filled] = np.nanmedian(means[:, filled], axis=0)
    return centre


def _variance(means: Array) -> Array:
    """Variance of each column over its days; 0 below two days."""
    many = np.isfinite(means).sum(axis=0) > 1
    variance = np.zeros(means.shape[1])
    if many.any():
        variance[many] = np.nanvar(means[:, many], axis=0, ddof=1)
    return variance


def _middle(values: Array) -> float:
    """Median; 0 of nothing."""
    return float(np.median(values)) if values.size else 0.0
