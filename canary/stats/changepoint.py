"""Where a level moved, and by how much: a date and an effect, each with an interval.

Date. The profile of the squared statistic over all onsets that the alarm's day allows, taken on both sides up to the last
onset that is near enough to the largest: a likelihood-drop interval. A squared normal score falls off its maximum as
twice the log-likelihood does. How near is measured, not asymptotic, because an onset is no smooth parameter, and it differs
between the sides: an alarm is raised when the last days look worst, so the best onset is late more often than early. Where
the days after the onset are the noisier ones, the profile is by so much too sharp, and the drop grows with their variance.
Days without a measurement before the earliest onset belong to the interval where such days are more than `HOLES` of the
epoch; where they are fewer, less than the interval's own tenth is lost with them.

Effect. Mean score since the onset minus mean score of the epoch before it, in the day-level error of both. An alarm is
raised on the day on which the difference looks large enough, so at that moment it looks larger than it is (the winner's
curse). `EXAGGERATION` takes that out on average, and `WIDER` makes the interval cover what remains.

Noise after the onset. Prompts that always pass leave the end of the scale when a target gets worse, and what hardly varied
before varies then: after a drop by ten points a day has 1.4 times the sampling variance, after twenty points twice; counts
behave alike. The ratio is taken from the prompts' own trials on both sides (`noise_ratio`); the part of the noise that
belongs to days moves with the slope of the level, hence with the square of the ratio. Without it a nominal 95 % interval of
an effect of twenty points held it 76 % to 87 % of the time.

Calibration: tests/calibration holds both intervals to their levels. Sources: Siegmund, "Confidence sets in change-point
problems", International Statistical Review 56 (1988); Whitehead, "On the bias of maximum likelihood estimation following a
sequential test", Biometrika 73 (1986).
"""

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy import special

from canary.stats.noise import Noise, inflation
from canary.stats.scores import Scores
from canary.stats.stream import RULE, Alarm, Rule, Stream

Array: TypeAlias = NDArray[np.float64]
Days: TypeAlias = NDArray[np.int64]

DROP = 3.5
"""Of the counting rules (`rare`, `scan`), both sides."""

EARLIER = 4.5
LATER = 3.0
"""Drop of the squared score, towards earlier and later onsets."""

HOLES = 0.05
EXAGGERATION = 1.0
WIDER = 1.05
MOST_NOISE = 6.0
"""The ratio of two days of trials is a guess; beyond this it is none at all."""


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
    late = days >= alarm.onset
    louder = _louder(alarm.noise, noise_ratio(scores, days[~late], days[late]))
    low, high = _interval(stream.value[days], days, alarm, rule, max(louder, 1.0))
    before, after = float(scores.plain[days[~late]].mean()), float(scores.plain[days[late]].mean())
    error = _error(alarm.noise, louder, int(late.sum()), int((~late).sum()))
    seen = after - before
    pull = max(1 - EXAGGERATION * (error / seen) ** 2, 0.0) if seen else 0.0
    effect = seen * pull
    half = WIDER * error * -float(special.stdtrit(alarm.noise.freedom, 0.025))
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


def noise_ratio(scores: Scores, before: Days, after: Days) -> float:
    """Variance of a day by sampling after an onset over that before it; 1 where the trials can't tell.

    Args:
        scores: with the panel they were made from.
        before: measured days before the onset.
        after: measured days since.
    """
    panel = scores.panel
    if panel is None or panel.count.shape[1] != scores.pull.size:
        return 1.0
    spread = []
    for days in (before, after):
        n, total = panel.count[days].sum(axis=0), panel.total[days].sum(axis=0)
        many = n > 1
        spare = panel.square[days].sum(axis=0) - total**2 / np.maximum(n, 1)
        spread.append(np.where(many, np.maximum(spare, 0.0) / np.maximum(n - 1, 1), np.nan))
    both = np.isfinite(spread[0]) & np.isfinite(spread[1])
    old, new = (float((one[both] * scores.pull[both] ** 2).sum()) for one in spread)
    return min(max(new / old, 1 / MOST_NOISE), MOST_NOISE) if old > 0 else 1.0


def _louder(noise: Noise, ratio: float) -> float:
    """Variance of a day's score after the onset over that before it."""
    sampling = min(noise.sampling / noise.scale**2, 1.0)
    return sampling * ratio + (1 - sampling) * ratio**2


def _error(noise: Noise, louder: float, after: int, before: int) -> float:
    """Standard error of the difference of two means of so many days."""

    def variance(n: int) -> float:
        return float(inflation(float(n), noise.memory, noise.decay)) / n

    return noise.scale * float(np.sqrt(louder * variance(after) + variance(before)))


def _interval(value: Array, days: Days, alarm: Alarm, rule: Rule, louder: float) -> tuple[int, int]:
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
    low = min(int(np.flatnonzero(square >= square[at] - EARLIER * louder).min()), at)
    high = max(int(np.flatnonzero(square >= square[at] - LATER * louder).max()), at)
    gaps = days.size < (1 - HOLES) * (days[-1] + 1 - days[0])
    return int(days[splits[low] - 1] + 1 if gaps else days[splits[low]]), int(days[splits[high]])
