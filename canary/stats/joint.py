"""Several series that move a little together: one number a day along a direction, and what each contributed.

Problem. One cause may move several metrics by less than any of them shows for weeks.

Method. A direction is a sign for each of k series. Their daily scores, each in units of its own long-run standard deviation
(`noise.Noise.long_run`, learned once from the warm-up), are added with those signs and divided by the root of k. The sum is a
series like any other: `sequential.watch` learns its level, scale and memory anew, so no correlation between the series has to
be known. With equal shifts in those units it is the most powerful linear statistic; a cause that moves only some of the k
still gains. A finding along a direction must stand without the series that contributes most (`Pull`): what one series explains
is that series' finding.

Limits. A cause that moves the series in proportions far from equal gains little; a day on which one of the series has no score
has none.

Source. Sums along directions fixed before looking: O'Brien, "Procedures for comparing samples with multiple endpoints",
Biometrics 40 (1984).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from canary.stats.noise import Noise, inflation, learn_noise
from canary.stats.stream import RULE, Rule, Stream

Array: TypeAlias = NDArray[np.float64]

LEAST_DAYS = 10
"""Measured days that a unit is learned from at least."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Pull:
    """How far one series of a direction moved by itself.

    Attributes:
        score: studentised difference of the segment to the epoch before, positive where it moved as the direction says.
        onset: day within the direction's date interval at which that is largest.
    """

    score: float
    onset: int


def unit(stream: Stream) -> float | None:
    """Long-run standard deviation of a series in its warm-up; None where too few days of it were measured."""
    days = np.flatnonzero(np.isfinite(stream.value[: stream.warm]))
    if days.size < LEAST_DAYS or stream.warm >= stream.value.size:
        return None
    return learn_noise(stream.value[days], np.nan_to_num(stream.variance[days]), stream.prior).long_run


def along(streams: Sequence[Stream], signs: Sequence[int], threshold: float) -> Stream | None:
    """The series along a direction; None where fewer than two of its series have a unit.

    Args:
        streams: the series, of equal length.
        signs: 1 or -1 for each; the direction's own move is then upwards.
        threshold: normal score to pass.
    """
    units = [unit(stream) for stream in streams]
    parts = [(s, sign, u) for s, sign, u in zip(streams, signs, units, strict=True) if u is not None]
    if len(parts) < 2:  # noqa: PLR2004 - one series is no joint evidence
        return None
    size = math.sqrt(len(parts))
    return Stream(
        value=np.sum([sign * s.value / u for s, sign, u in parts], axis=0) / size,
        variance=np.sum([s.variance / u**2 for s, _, u in parts], axis=0) / size**2,
        warm=max(s.warm for s, _, _ in parts),
        threshold=threshold,
        prior=float(np.mean([s.prior for s, _, _ in parts])),
        restarts=tuple(sorted({day for s, _, _ in parts for day in s.restarts})),
    )


def pull(
    stream: Stream,
    noise: Noise,
    *,
    sign: int,
    start: int,
    onsets: tuple[int, int],
    raised: int,
    rule: Rule = RULE,
) -> Pull | None:
    """How far one series moved in a segment found elsewhere.

    Args:
        stream: the series.
        noise: its scale and memory.
        sign: the direction of the finding for this series.
        start: first day of its epoch.
        onsets: first and last onset to try.
        raised: last day of the segment.
        rule: the constants it is watched with.

    Returns:
        None where the epoch leaves no days before, or none in the segment.
    """
    days = np.arange(start, raised + 1)
    days = days[np.isfinite(stream.value[start : raised + 1])]
    value = sign * (stream.value[days] - noise.centre)
    close = np.clip(value, -rule.clip * noise.scale, rule.clip * noise.scale)
    wide = np.clip(value, -rule.reach * noise.scale, rule.reach * noise.scale)
    low, high = np.searchsorted(days, onsets).tolist()
    splits = np.arange(max(low, rule.again), min(high, days.size - 1) + 1)
    if not splits.size:
        return None
    before, after = splits.astype(np.float64), (days.size - splits).astype(np.float64)
    level, now = np.r_[0.0, np.cumsum(close)], np.r_[0.0, np.cumsum(wide)]
    error = (
        inflation(after, noise.memory, noise.decay) / after
        + inflation(before, noise.memory, noise.decay) / before
    )
    score = ((now[-1] - now[splits]) / after - level[splits] / before) / (noise.scale * np.sqrt(error))
    best = int(score.argmax())
    return Pull(score=float(score[best]), onset=int(days[splits[best]]))


def without_strongest(scores: Sequence[float]) -> float:
    """What remains of a sum along a direction when its largest part is taken out, as a score of its own."""
    rest = sorted(scores)[:-1]
    return sum(rest) / math.sqrt(len(rest)) if rest else 0.0
