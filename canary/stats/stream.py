"""The records of the sequential test: a series to watch, the constants of the test, what it finds."""

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from canary.stats.noise import Noise

Array: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, slots=True)
class Rule:
    """The constants of the test, in measured days; thresholds hold for these values only.

    Attributes:
        shortest, longest: days after the onset.
        first: scores that a first epoch needs before it is judged.
        settled: days before the onset in a first epoch.
        again: days before the onset in a later epoch.
        guard: normal score that must stand at least without the segment's most extreme day.
        margin: what that day may contribute where the threshold is high: without it, no less than the threshold minus this.
        clip: standard deviations at which scores are drawn in before the onset.
        reach: the same after the onset.
        step: days between two looks at scale and memory.
    """

    shortest: int = 2
    longest: int = 35
    first: int = 20
    settled: int = 14
    again: int = 3
    guard: float = 3.0
    margin: float = 0.5
    clip: float = 4.0
    reach: float = 8.0
    step: int = 7

    def bar(self, threshold: float) -> float:
        """What must stand without the most extreme day."""
        return max(self.guard, threshold - self.margin)


RULE = Rule()


@dataclass(frozen=True, kw_only=True, slots=True)
class Stream:
    """One series to watch.

    Attributes:
        value: daily scores, NaN where there is none.
        variance: their sampling variance.
        warm: first day that may be judged.
        threshold: normal score to pass.
        prior: autocorrelation to expect.
        restarts: days on which a new epoch begins whatever the scores say (a change of ours).
    """

    value: Array
    variance: Array
    warm: int
    threshold: float
    prior: float = 0.2
    restarts: tuple[int, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Alarm:
    """A shift that was found. Days are calendar days of the series, from 0.

    Attributes:
        raised: day on which it was found.
        onset: first day of the shift, most likely.
        start: first day of the epoch it was judged in.
        statistic: normal score, negative for a move down.
        noise: scale and memory it was judged with.
    """

    raised: int
    onset: int
    start: int
    statistic: float
    noise: Noise


@dataclass(frozen=True, kw_only=True, slots=True)
class Watched:
    """What watching one series gave.

    Attributes:
        alarms: in order.
        noise: scale and memory in force on its last day; None where it was never judged.
        since: first day of the epoch in force.
        judged: measured days on which it was judged.
    """

    alarms: tuple[Alarm, ...]
    noise: Noise | None
    since: int
    judged: int
