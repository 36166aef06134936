"""Where a level moved, and by how much: a date and an effect, each with an interval.

Date. The profile of the squared statistic over all onsets that the alarm's day allows, taken on both sides up to the last
onset that is within `DROP` of the largest: a likelihood-drop interval. A squared normal score falls off its maximum as
twice the log-likelihood does. `DROP` is measured, not asymptotic, because an onset is no smooth parameter.

Effect. Mean score since the onset minus mean score of the epoch before it, in the day-level error of both. An alarm is
raised on the day on which the difference looks large enough, so at that moment it looks larger than it is (the winner's
curse). `EXAGGERATION` takes that out on average, and `WIDER` makes the interval cover what remains; both fade as the
statistic grows past its threshold.

Calibration: tests/calibration holds both intervals to their levels. Sources: Siegmund, "Confidence sets in change-point
problems", International Statistical Review 56 (1988); Whitehead, "On the bias of maximum likelihood estimation following a
sequential test", Biometrika 73 (1986).
"""

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy import special

from canary.stats.noise import inflation
from canary.stats.scores import Scores
from canary.stats.stream import RULE, Alarm, Rule, Stream

Array: TypeAlias = NDArray[np.float64]

DROP = 3.5
EXAGGERATION = 1.0
WIDER = 1.1


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """A dated shift of a series, in the scale of its scores; days from 0.

    Attributes:
        onset, onset_low, onset_high: first day of the shift, and the 90 % interval of it.
        before, after: mean scores on both sides.
        effect, effect_low, effect_high: their difference and its 95 % interval.
    """

    onset: int
    onset_low: int
    onset_high: int
    before: float
    after: float
    effect: float
    effect_low: float
    effect_high: float


def locate(stream: Stream, scores: Scores, alarm: Alarm, rule: Rule = RULE) -> Change:
    """Date and size of an alarm, from what was known on the day it was raised.

    Args:
        stream: the series as it was watched.
        scores: what it was made from.
        alarm: one of its alarms.
        rule: the constants it was watched with.
    """
    days = np.arange(alarm.start, alarm.raised + 1)
    days = days[np.isfinite(stream.value[days])]
    low, high = _interval(stream.value[days], days, alarm, rule)
    late = days >= alarm.onset
    before, after = float(scores.plain[days[~late]].mean()), float(scores.plain[days[late]].mean())
    noise = alarm.noise

    def variance(n: int) -> float:
        return float(inflation(float(n), noise.memory, noise.decay)) / n

    # The noise of a count shrinks and grows with its level.
    now = max((1 + after) / (1 + before), 0.05) if scores.scale == "relative" else 1.0
    error = noise.scale * float(np.sqrt(now * variance(int(late.sum())) + variance(int((~late).sum()))))
    seen = after - before
    pull = max(1 - EXAGGERATION * (error / seen) ** 2, 0.0) if seen else 0.0
    effect = seen * pull
    half = WIDER * error * -float(special.stdtrit(noise.freedom, 0.025))
    return Change(
        onset=alarm.onset,
        onset_low=low,
        onset_high=high,
        before=before,
        after=after,
        effect=effect,
        effect_low=effect - half,
        effect_high=effect + half,
    )


def _interval(value: Array, days: NDArray[np.int64], alarm: Alarm, rule: Rule) -> tuple[int, int]:
    noise = alarm.noise
    drawn = np.clip(value - noise.centre, -rule.reach * noise.scale, rule.reach * noise.scale)
    splits = np.arange(max(1, days.size - rule.longest), days.size)
    sums = np.concatenate([[0.0], np.cumsum(drawn)])
    after, before = (days.size - splits).astype(np.float64), splits.astype(np.float64)
    error = (
        inflation(after, noise.memory, noise.decay) / after
        + inflation(before, noise.memory, noise.decay) / before
    )
    z = ((sums[-1] - sums[splits]) / after - sums[splits] / before) / (noise.scale * np.sqrt(error))
    z = z if alarm.statistic > 0 else -z
    square = np.where(z > 0, z**2, 0.0)
    at = int(np.searchsorted(days[splits], alarm.onset))
    near = np.flatnonzero(square >= square[at] - DROP)
    return int(days[splits[min(int(near.min()), at)]]), int(days[splits[max(int(near.max()), at)]])
