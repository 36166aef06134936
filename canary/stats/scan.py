"""The one prompt that breaks, and its coming back.

Problem. One prompt of forty that breaks moves the mean by no more than its own fortieth.

Method. For every prompt, the log-likelihood ratio of its passes over its last 2..`SCAN_DAYS` measured days against its own
baseline, with a failed trial on each of the last two, divided by `OVERDISPERSION` (replicates of one day resemble each other);
the largest over days and prompts is held against a threshold. A prompt that broke is then watched for its recovery, the same
way round. What all prompts did together over the same days is no prompt's own: baselines are moved along by the common shift in
logits, and by the common share of passes lost (a fault that hits requests, whatever they ask), as far as either is beyond `SURE`
standard errors; otherwise a real drop of the whole suite would name its prompts one by one.

Limits. A prompt that passes half of the time has to fail for days before it stands out.

Source. Scan statistics: Glaz, Naus and Wallenstein, Scan Statistics (2001). The threshold is measured
(`thresholds.scan_threshold`).
"""

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy import special

from canary.stats.chain import baseline_ends
from canary.stats.changepoint import DROP
from canary.stats.scores import Panel

Array: TypeAlias = NDArray[np.float64]
Codes: TypeAlias = NDArray[np.int64]
Flags: TypeAlias = NDArray[np.bool_]

SCAN_DAYS = 10
OVERDISPERSION = 1.4
SURE = 2.0
"""Standard errors of the common shift that are left out: on quiet days baselines stay where they are."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PromptFinding:
    """One prompt that broke, or works again.

    Attributes:
        raised: day it was found.
        onset: first day of the segment that shows it best.
        onset_low, onset_high: 90 % interval of it.
        prompt: its column.
        before, after: shares of its trials that passed.
        statistic: log-likelihood ratio over `OVERDISPERSION`; negative for a break.
    """

    raised: int
    onset: int
    onset_low: int
    onset_high: int
    prompt: int
    before: float
    after: float
    statistic: float


def broken_prompts(panel: Panel, threshold: float) -> list[PromptFinding]:
    """Prompts whose passes stopped, and those that came back.

    Args:
        panel: verdicts (0 and 1).
        threshold: what the statistic must pass.
    """
    rows = np.flatnonzero(panel.count.any(axis=1))
    if rows.size <= SCAN_DAYS:
        return []
    count, total = panel.count[rows], panel.total[rows]
    ends = baseline_ends(panel.count > 0)
    inside = rows[:, None] < ends
    level = (np.where(inside, total, 0.0).sum(axis=0) + 0.5) / (np.where(inside, count, 0.0).sum(axis=0) + 1)
    broken = np.zeros(level.size, dtype=np.bool_)
    findings: list[PromptFinding] = []
    for row in range(1, rows.size):
        for finding in _scan(count, total, level, broken, rows, row, ends, threshold):
            findings.append(finding)
            since = int(np.searchsorted(rows, finding.onset))
            done, tried = (
                total[since : row + 1, finding.prompt].sum(),
                count[since : row + 1, finding.prompt].sum(),
            )
            if finding.statistic > 0:
                # It is back: held to what it was before it broke.
                base = inside[:, finding.prompt]
                done, tried = total[base, finding.prompt].sum(), count[base, finding.prompt].sum()
            level[finding.prompt] = (done + 0.5) / (tried + 1)
            broken[finding.prompt] = finding.statistic < 0
    return findings


def _scan(
    count: Array,
    total: Array,
    level: Array,
    broken: Flags,
    rows: Codes,
    row: int,
    ends: Codes,
    threshold: float,
) -> list[PromptFinding]:
    """Findings of one measured day."""
    first = max(0, row + 1 - SCAN_DAYS)
    n = np.cumsum(count[first : row + 1][::-1], axis=0)[1:]
    passed = np.cumsum(total[first : row + 1][::-1], axis=0)[1:]
    missed = count[row - 1 : row + 1] > total[row - 1 : row + 1]
    met = total[row - 1 : row + 1] > 0
    struck = np.where(broken, met.all(axis=0), missed.all(axis=0)) & (rows[row] >= ends)
    if not struck.any():
        return []
    share = np.divide(passed, n, out=np.zeros_like(n), where=n > 0)
    ratio = _ratio(n, share, level, broken, struck)
    if ratio.max() <= threshold:
        return []
    # Levels moved along only lower the ratio, so they are asked for where somebody stands out without them.
    steady = ~broken & (rows[row] >= ends)
    moved = _moved_along(level, n, passed, steady)
    # Whoever breaks is held to the lowest of these levels, whoever comes back to the higher.
    lowest = np.minimum(np.minimum(level, moved), level * _share_kept(level, n, passed, steady))
    ratio = _ratio(n, share, np.where(broken, np.maximum(level, moved), lowest), broken, struck)
    best = ratio.argmax(axis=0)
    # Twice the log-likelihood falls off as a squared normal score does.
    near = ratio >= ratio.max(axis=0) - DROP / 2
    farthest = near.shape[0] - 1 - near[::-1].argmax(axis=0)
    return [
        PromptFinding(
            raised=int(rows[row]),
            onset=int(rows[row - 1 - best[prompt]]),
            onset_low=int(rows[row - 1 - farthest[prompt]]),
            onset_high=int(rows[row - 1 - near[:, prompt].argmax()]),
            prompt=prompt,
            before=float(level[prompt]),
            after=float(share[best[prompt], prompt]),
            statistic=float(ratio[best[prompt], prompt]) * (1 if broken[prompt] else -1),
        )
        for prompt in np.flatnonzero(ratio.max(axis=0) > threshold).tolist()
    ]


def _ratio(n: Array, share: Array, level: Array, broken: Flags, struck: Flags) -> Array:
    """Log-likelihood ratio of the shares seen over levels, where they lie on the side that is looked for."""
    right = np.where(broken, share > level, share < level)
    ratio = n * (special.rel_entr(share, level) + special.rel_entr(1 - share, 1 - level)) / OVERDISPERSION
    found: Array = np.where(right & struck & (n > 0), ratio, 0.0)
    return found


def _moved_along(level: Array, n: Array, passed: Array, steady: Flags) -> Array:
    """Each baseline moved by what the *other* steady prompts did together, for each length; shape (lengths, prompts)."""
    logit = special.logit(level)
    weight = n * steady
    shift = np.zeros(n.shape)
    spread = np.ones(n.shape)
    for _ in range(3):
        # Each column has its own shift, estimated without itself: the others are looked at under that column's shift.
        likely = special.expit(logit[None, None, :] + shift[:, :, None])
        parts = weight[:, None, :] * likely * (1 - likely)
        misses = (passed * steady)[:, None, :] - weight[:, None, :] * likely
        spread = np.maximum(_without_own(parts), 1e-9)
        shift = np.clip(shift + _without_own(misses) / spread, -4.0, 4.0)
    beyond = np.maximum(np.abs(shift) - SURE * np.sqrt(OVERDISPERSION / spread), 0.0)
    result: Array = special.expit(logit + np.sign(shift) * beyond)
    return result


def _share_kept(level: Array, n: Array, passed: Array, steady: Flags) -> Array:
    """Passes of the other steady prompts over those expected, at most 1; shape (lengths, prompts)."""
    weight = n * steady

    def others(part: Array) -> Array:
        rest: Array = part.sum(axis=1, keepdims=True) - part
        return rest

    error = np.sqrt(OVERDISPERSION * np.maximum(others(weight * level * (1 - level)), 0.0))
    expected = np.maximum(others(weight * level), 1e-9)
    kept: Array = np.clip((others(passed * steady) + SURE * error) / expected, 0.02, 1.0)
    return kept


def _without_own(parts: Array) -> Array:
    """Sums over the last axis without the diagonal of the last two: everybody but oneself."""
    rest: Array = parts.sum(axis=2) - np.diagonal(parts, axis1=1, axis2=2)
    return rest
