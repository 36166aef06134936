"""Which prompts make up a series on each day, and what keeps the series one when they change.

A prompt's baseline is its own first `BASELINE_DAYS` days, longer until `LEAST_DAYS` of them hold an answer. Prompts whose
baseline is complete when the series' own warm-up ends are the first set; one that joins later counts from the end of its own
baseline, one without an answer on `GONE_DAYS` measured days counts no longer. When the set changes, the new one is shifted by
the mean difference that both sets show over the `BASELINE_DAYS` before, as price indices are chained. A set with too little in
common with the one before starts the series anew.

Source: ILO, Consumer Price Index Manual (2020), chapter 9.
"""

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Array: TypeAlias = NDArray[np.float64]
Flags: TypeAlias = NDArray[np.bool_]
Days: TypeAlias = NDArray[np.int64]

BASELINE_DAYS = 28
"""Days from its first trial that make a prompt's baseline, and those that make a series' warm-up."""

LEAST_DAYS = 10
"""Of these, days with an answer; the baseline grows longer until it has them."""

GONE_DAYS = 7
"""Measured days without an answer after which a prompt no longer belongs to the set."""

COMMON_DAYS = 5
"""Days on which both sets must have a score for one to be chained to the other."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Baseline:
    """What each prompt's first days are; shape (prompts,) unless said.

    Attributes:
        end: first day after it; the number of days where it is not complete.
        inside: (days, prompts), whether a day belongs to it.
        first: prompts whose baseline is complete when the series' own warm-up ends. They alone make what all prompts
            share (typical variances), so that one that joins later changes nothing that was said before.
        warm: first day after the series' own warm-up.
    """

    end: Days
    inside: Flags
    first: Flags
    warm: int


def baseline_ends(present: Flags) -> Days:
    """First day after each prompt's baseline; the number of days where it is not complete.

    Args:
        present: (days, prompts), whether a prompt was measured.
    """
    return _complete(present)


def baseline(present: Flags) -> Baseline:
    """Where every prompt's baseline, and the series' warm-up, ends."""
    days = present.shape[0]
    end = _complete(present)
    first = np.where(present.any(axis=0), present.argmax(axis=0) if days else 0, days)
    day = np.arange(days)[:, None]
    measured: Flags = np.logical_or.reduce(present, axis=1, keepdims=True)
    warm = int(_complete(measured)[0])
    return Baseline(end=end, inside=(day >= first) & (day < end), first=end <= warm, warm=warm)


def _complete(present: Flags) -> Days:
    """First day after each column's first `BASELINE_DAYS` days that hold `LEAST_DAYS` answers; else the number of days."""
    days = present.shape[0]
    if not days:
        return np.zeros(present.shape[1], dtype=np.int64)
    seen = np.cumsum(present, axis=0)
    enough = np.where((seen >= LEAST_DAYS).any(axis=0), (seen >= LEAST_DAYS).argmax(axis=0) + 1, days)
    first = np.where(present.any(axis=0), present.argmax(axis=0), days)
    end: Days = np.minimum(np.maximum(first + BASELINE_DAYS, enough), days).astype(np.int64)
    return end


def active_set(present: Flags, base: Baseline) -> Flags:
    """Which prompts make up the set on each day."""
    days = present.shape[0]
    day = np.arange(days)[:, None]
    learned = (day >= base.end) | (base.end <= base.warm)
    measured = np.cumsum(present.any(axis=1, keepdims=True), axis=0)
    last = np.maximum.accumulate(np.where(present, measured, 0), axis=0)
    # Before the warm-up ends nothing is judged, so a prompt is spared from being taken as gone in those days.
    result: Flags = learned & ((measured - last < GONE_DAYS) | (day < base.warm))
    return result


def chain_links(
    deviation: Array, weight: Array, active: Flags, warm: int
) -> tuple[list[tuple[int, float]], tuple[int, ...]]:
    """Days on which the set changed with the shift from then on, and those on which nothing could be chained."""
    links: list[tuple[int, float]] = []
    restarts: list[int] = []
    shift = 0.0
    changed = warm + 1 + np.flatnonzero((active[warm + 1 :] != active[warm:-1]).any(axis=1))
    for day in changed.tolist():
        window = slice(max(0, day - BASELINE_DAYS), day)
        before = weighted_mean(deviation[window], weight[window] * active[day - 1])
        after = weighted_mean(deviation[window], weight[window] * active[day])
        both = np.isfinite(before) & np.isfinite(after)
        if both.sum() >= COMMON_DAYS:
            shift += float((before[both] - after[both]).mean())
        elif active[day].any():
            restarts.append(day)
        links.append((day, shift))
    return links, tuple(restarts)


def held(links: list[tuple[int, float]], days: int) -> Array:
    """The shift in force on each day, shape (days,)."""
    shift = np.zeros(days)
    for day, value in links:
        shift[day:] = value
    return shift


def weighted_mean(values: Array, weight: Array) -> Array:
    """Weighted mean of each row; NaN without weight."""
    mean: Array = (values * weight).sum(axis=1) / total_weight(weight)
    return mean


def total_weight(weight: Array) -> Array:
    """Sum of each row; NaN where it is 0."""
    total = weight.sum(axis=1)
    return np.where(total > 0, total, np.nan)


def divided(a: Array, b: Array) -> Array:
    """Quotient, and 0 where the divisor is 0 or less."""
    result: Array = np.divide(a, b, out=np.zeros(np.broadcast(a, b).shape), where=np.asarray(b) > 0)
    return result
