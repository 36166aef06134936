"""The records of the two-stage test: when a series asks for more data, its suspicions, what it finds."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from canary.stats.stream import Alarm, Watched

Array: TypeAlias = NDArray[np.float64]

YEAR = 365


@dataclass(frozen=True, kw_only=True, slots=True)
class Asking:
    """When to ask for more, and what confirms.

    Attributes:
        asks: normal score of a fall that raises a suspicion.
        confirms: normal score that the pooled statistic must pass.
        fresh: standard errors by which the asked days alone must lie below the level.
        stands: normal score at which the pooled statistic must stand without its segment's most extreme day.
        days: days after the suspicion on which extra trials are drawn.
        times: extra trials of such a day, in multiples of a day's own.
        most: extra trials within a year at most, as a share of the daily ones.
    """

    asks: float
    confirms: float
    fresh: float
    stands: float
    days: int = 2
    times: int = 3
    most: float = 0.10

    @property
    def allowed(self) -> int:
        """Days of extra trials within a year."""
        return int(self.most * YEAR / self.times)


@dataclass(frozen=True, kw_only=True, slots=True)
class Doubt:
    """A suspicion; days from 0.

    Attributes:
        raised: day of it.
        until: last day on which it may be confirmed.
        alarm: what it would open.
        confirmed: day on which it was, or on which the single stage decided; None = it lapsed, or stands.
        ended: day on which it ended otherwise, by a move up or a new epoch; None = it did not.
    """

    raised: int
    until: int
    alarm: Alarm
    confirmed: int | None = None
    ended: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Followed:
    """What following a series in two stages gave.

    Attributes:
        watched: as of the single stage; its alarms hold the confirmed ones.
        doubts: in order.
        confirmed: alarms of `watched` that the second stage raised.
        value: the scores, pooled on the days that were asked for.
    """

    watched: Watched
    doubts: tuple[Doubt, ...]
    confirmed: tuple[Alarm, ...]
    value: Array


def extra_calls(doubts: Sequence[Doubt], asking: Asking, days: int) -> float:
    """Extra trials that the suspicions asked for, as a share of the daily ones of so many days."""
    asked = 0
    for doubt in doubts:
        settled = doubt.confirmed if doubt.ended is None else doubt.ended
        asked += min(doubt.until if settled is None else settled, days - 1) - doubt.raised
    return asking.times * asked / days if days else math.nan
