"""Events that hardly ever happen: refusals, answers cut off, characters of a script that nobody used.

Problem. A rate near zero has no bell-shaped days; a level test on it alarms at the first two events, or never.

Method. Prompts that showed the event, per day, over the last 2..`RARE_DAYS` measured days, against what the days before
predict: a negative binomial, because those hold a small count themselves. Events on each of the last two days, from two
prompts or more: one prompt that shows it again and again is that prompt's matter.

Source. Predictive distribution of a Poisson count under Jeffreys' prior: Gelman et al., Bayesian Data Analysis (2013),
section 2.6.
"""

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy import special

from canary.stats.chain import BASELINE_DAYS
from canary.stats.changepoint import DROP
from canary.stats.scores import Panel

Array: TypeAlias = NDArray[np.float64]
Codes: TypeAlias = NDArray[np.int64]
Flags: TypeAlias = NDArray[np.bool_]

LEAST_PAST = 3
"""Days before an onset that a prediction needs at least."""

RARE_DAYS = 14
FEW_EVENTS = 3.0
"""Events a day, in the baseline, from which a rate is judged by its level and no longer as rare."""


@dataclass(frozen=True, kw_only=True, slots=True)
class RareFinding:
    """A rare event that became more frequent.

    Attributes:
        raised: day it was found.
        onset: first day of the segment that shows it best.
        onset_low, onset_high: 90 % interval of it.
        before, after: means over trials.
        statistic: normal score of the tail.
    """

    raised: int
    onset: int
    onset_low: int
    onset_high: int
    before: float
    after: float
    statistic: float


def is_rare(panel: Panel) -> bool:
    """Whether the first `BASELINE_DAYS` days hold too few events for a level to be tested."""
    rows = np.flatnonzero(panel.count.any(axis=1))
    if not rows.size:
        return True
    window = slice(int(rows[0]), int(rows[0]) + BASELINE_DAYS)
    measured = panel.count[window].any(axis=1).sum()
    return bool((panel.total[window] > 0).sum() < FEW_EVENTS * measured)


def rare_rises(panel: Panel, threshold: float) -> list[RareFinding]:
    """Days on which a rare event had become more frequent than its own past allows.

    Args:
        panel: above 0 for a trial that showed the event, 0 for one that did not.
        threshold: normal score to pass.
    """
    rows = np.flatnonzero(panel.count.any(axis=1))
    if not rows.size:
        return []
    days = _Days(rows=rows, count=panel.count[rows], total=panel.total[rows])
    warm = max(int(np.searchsorted(rows, rows[0] + BASELINE_DAYS)), LEAST_PAST)
    findings: list[RareFinding] = []
    start, ready = 0, warm
    struck = days.total.max(axis=1, initial=0.0) > 0
    for row in range(warm, rows.size):
        if row < ready or not (struck[row - 1] and struck[row]):
            continue
        finding = _rise(days, start, row, threshold)
        if finding is not None:
            findings.append(finding)
            # The new rate is the one to compare with, once it has a past of its own.
            start = int(np.searchsorted(rows, finding.onset))
            ready = start + warm
    return findings


@dataclass(frozen=True, kw_only=True, slots=True)
class _Days:
    """The measured days: which they are, and trials and events by prompt, (days, prompts)."""

    rows: Codes
    count: Array
    total: Array


def _rise(days: _Days, start: int, row: int, threshold: float) -> RareFinding | None:
    """The best onset as seen on one day; None where none passes the threshold."""
    splits = np.arange(max(start + LEAST_PAST, row + 1 - RARE_DAYS), row)
    if not splits.size:
        return None
    showed = days.total[start : row + 1] > 0
    sums = np.r_[0.0, np.cumsum(showed.sum(axis=1))]
    tried = np.r_[0.0, np.cumsum((days.count[start : row + 1] > 0).sum(axis=1))]
    at = splits - start
    seen, now = sums[-1] - sums[at], tried[-1] - tried[at]
    # P(K >= seen) of the negative binomial that the past count predicts.
    tail = special.betainc(seen, sums[at] + 0.5, now / tried[-1])
    several = np.array([showed[split:].any(axis=0).sum() > 1 for split in at.tolist()])
    scores = np.where(several, -special.ndtri(np.maximum(tail, 1e-300)), 0.0)
    best = int(scores.argmax())
    if scores[best] <= threshold:
        return None
    near = splits[scores**2 >= scores[best] ** 2 - DROP]
    split = int(splits[best])
    return RareFinding(
        raised=int(days.rows[row]),
        onset=int(days.rows[split]),
        onset_low=int(days.rows[near[0]]),
        onset_high=int(days.rows[near[-1]]),
        before=float(days.total[start:split].sum() / days.count[start:split].sum()),
        after=float(days.total[split : row + 1].sum() / days.count[split : row + 1].sum()),
        statistic=float(scores[best]),
    )
