"""From an alarm on a daily series to a change point: dates, levels, size, direction and what it means."""

import math

from canary.analysis.series import DailySeries, Grid
from canary.domain.incident import ChangePoint, Direction, Verdict
from canary.domain.series import Metric
from canary.stats.changepoint import Change, locate
from canary.stats.scores import Scores
from canary.stats.stream import Alarm, Stream


def verdict_of(metric: Metric, direction: Direction) -> Verdict:
    """What a direction means for a metric."""
    if metric.bad == "either" or direction == "other":
        return "change"
    return "degradation" if metric.bad == direction else "improvement"


def level_change(
    series: DailySeries,
    stream: Stream,
    scores: Scores,
    grid: Grid,
    alarm: Alarm,
    *,
    test: str,
    threshold: float,
    statistic: float | None = None,
    dated: Change | None = None,
) -> ChangePoint:
    """The change point of a level or spread series.

    Args:
        series: whose.
        stream: as it was watched.
        scores: what dates and sizes are read from.
        grid: days of the target.
        alarm: onset, epoch, noise and direction.
        test: the rule that found it, for people.
        threshold: what its statistic had to pass.
        statistic: the rule's figure, signed as the series moved; None = the alarm's.
        dated: where the date interval comes from; None = the series itself.
    """
    change = locate(stream, scores, alarm)
    effect, low, high = (
        _effect(scores, change.before, size)
        for size in (change.effect, change.effect_low, change.effect_high)
    )
    dates = change if dated is None else dated
    direction: Direction = "up" if alarm.statistic > 0 else "down"
    return ChangePoint(
        target=series.target,
        family=series.family,
        metric=series.metric.name,
        kind="spread" if series.spread else "level",
        direction=direction,
        verdict="change" if series.spread else verdict_of(series.metric, direction),
        raised_on=grid.date(alarm.raised),
        onset=grid.date(change.onset),
        onset_low=grid.date(dates.onset_low),
        onset_high=grid.date(dates.onset_high),
        before=scores.natural(change.before),
        # Before, after and effect are one estimate: the level it went to is where the effect leads.
        after=scores.natural(change.before + change.effect),
        effect=effect,
        effect_low=low,
        effect_high=high,
        effect_unit="points" if scores.scale == "points" else "ratio",
        test=test,
        statistic=alarm.statistic if statistic is None else statistic,
        threshold=threshold,
    )


def _effect(scores: Scores, before: float, shift: float) -> float:
    """A shift of the score as people read it: points, or after / before - 1."""
    if scores.scale == "points":
        return shift
    return math.expm1(shift) if scores.scale == "log" else shift / (1 + before)
