"""A target's series without the noise of the day that its twins share, and the changes that those show."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from canary.analysis.assignment import Assignment
from canary.analysis.changes import level_change
from canary.analysis.linked import Derived, Found
from canary.analysis.series import ALL, DailySeries, Grid, grid_of, judged_series
from canary.domain.ports import TrialColumns
from canary.stats.changepoint import locate
from canary.stats.joint import pull
from canary.stats.scores import Scores
from canary.stats.sequential import watch
from canary.stats.stream import Alarm, Stream, Watched
from canary.stats.thresholds import threshold
from canary.stats.twins import OTHER, OWN, without_shared

SHARE = 0.4
"""Part of a series' rate for its adjusted form."""

TEST = "likelihood ratio on the level less the noise shared with twins"


@dataclass(frozen=True, kw_only=True, slots=True)
class Twin:
    """The daily series of a twin, by metric, on its own days.

    Attributes:
        series: metric -> its series over all prompts.
        offset: the twin's first day in days of the target.
    """

    series: Mapping[str, DailySeries]
    offset: int


@dataclass(frozen=True, kw_only=True, slots=True)
class _Pair:
    """A series with its adjusted form and its twins' day."""

    row: int
    test: Assignment
    stream: Stream
    less: Stream
    twin: Stream


def twins_of(twins: Mapping[str, TrialColumns], grid: Grid) -> tuple[Twin, ...]:
    """The twins' series, ready to be held against those of a target with this grid."""
    made = []
    for name, columns in twins.items():
        own = grid_of(columns)
        if own is not None:
            levels = {
                series.metric.name: series
                for series in judged_series(name, columns)
                if series.family == ALL and not series.spread and not series.scores.constant
            }
            made.append(Twin(series=levels, offset=(own.first_day - grid.first_day).days))
    return tuple(made)


def adjusted(
    row: int, test: Assignment, stream: Stream, twins: Sequence[Twin], grid: Grid
) -> tuple[Derived | None, Assignment] | None:
    """The adjusted form of a series and what its own test keeps of the rate; None where no twin has this series.

    Args:
        row: the series' place among the base series.
        test: of its level.
        stream: as it is watched.
        twins: of the target.
        grid: days of the target.
    """
    if test.kind != "level" or test.series.family != ALL:
        return None
    twin = _shared(test, stream, twins, grid.days)
    if twin is None:
        return None
    rate = test.rate * SHARE
    left = replace(test, rate=test.rate - rate, threshold=_height(test, test.rate - rate))
    alarms = watch([replace(twin, threshold=left.threshold)])[0].alarms
    less = without_shared(stream, twin.value, alarms, _height(test, rate))
    if less is None:
        return None, left
    pair = _Pair(row=row, test=test, stream=stream, less=less, twin=twin)
    return Derived(stream=less, rows=(row,), tell=partial(_tell, pair, grid)), left


def _height(test: Assignment, rate: float) -> float:
    """Threshold for a part of a series' rate; where one direction alone opens incidents the tables count both."""
    return threshold(rate if test.series.metric.bad == "either" else 2 * rate, test.series.fold.days)


def _shared(test: Assignment, stream: Stream, twins: Sequence[Twin], days: int) -> Stream | None:
    """The twins' mean score of each of the target's days."""
    scores = [
        _aligned(series.scores.value, twin.offset, days)
        for twin in twins
        if (series := twin.series.get(test.series.metric.name)) is not None
        # Rates are split on the first judged day: a twin that comes later would change what was said before.
        and twin.offset + series.scores.warm <= stream.warm
    ]
    if not scores:
        return None
    known = np.isfinite(scores)
    count = known.sum(axis=0)
    total = np.where(known, scores, 0.0).sum(axis=0)
    mean = np.where(count > 0, total / np.maximum(count, 1), np.nan)
    return replace(stream, value=mean, variance=np.where(count > 0, 0.0, np.nan))


def _aligned(value: NDArray[np.float64], offset: int, days: int) -> NDArray[np.float64]:
    placed = np.full(days, np.nan)
    start, end = max(offset, 0), min(offset + value.size, days)
    if start < end:
        placed[start:end] = value[start - offset : end - offset]
    return placed


def _tell(pair: _Pair, grid: Grid, alarm: Alarm, known: list[Watched]) -> list[Found]:
    """The target's own change, if it was the target that moved."""
    seen = known[pair.row]
    if seen.noise is None:
        return []
    way = 1 if alarm.statistic > 0 else -1
    scores = Scores(
        value=pair.less.value,
        plain=pair.less.value,
        variance=pair.less.variance,
        level=0.0,
        scale="points",
        warm=pair.less.warm,
    )
    dated = locate(pair.less, scores, alarm)
    onsets = (dated.onset_low, dated.onset_high)
    own = pull(pair.stream, seen.noise, sign=way, start=seen.since, onsets=onsets, raised=alarm.raised)
    if own is None or own.score < OWN or _twin_moved(pair, -way, alarm, onsets):
        return []
    moved = Alarm(
        raised=alarm.raised,
        onset=own.onset,
        start=seen.since,
        statistic=way * own.score,
        noise=seen.noise,
    )
    change = level_change(
        pair.test.series,
        pair.stream,
        pair.test.series.scores,
        grid,
        moved,
        test=TEST,
        threshold=pair.less.threshold,
        statistic=alarm.statistic,
        dated=dated,
    )
    return [Found(row=pair.row, change=change)]


def _twin_moved(pair: _Pair, way: int, alarm: Alarm, onsets: tuple[int, int]) -> bool:
    """Whether the twin went the other way in these days: then the shift may be its own."""
    end = alarm.raised + 1
    twin = replace(
        pair.twin,
        value=pair.twin.value[:end],
        variance=pair.twin.variance[:end],
        restarts=(),
    )
    seen = watch([replace(twin, threshold=np.inf)])[0]
    if seen.noise is None:
        return True
    other = pull(twin, seen.noise, sign=way, start=alarm.start, onsets=onsets, raised=alarm.raised)
    return other is None or other.score > OTHER
