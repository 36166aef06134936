"""Signatures of causes that move several metrics at once, and the changes that a finding along one amounts to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TypeAlias

from canary.analysis.changes import level_change
from canary.analysis.linked import Derived, Found
from canary.analysis.series import ALL, DailySeries, Grid
from canary.domain.incident import ChangePoint
from canary.stats.changepoint import Change, locate
from canary.stats.joint import Pull, along, pull, without_strongest
from canary.stats.scores import Scores
from canary.stats.stream import Alarm, Stream, Watched
from canary.stats.thresholds import threshold

Signs: TypeAlias = Mapping[str, int]

BANK: Mapping[str, Signs] = {
    "less of everything": {"pass_rate": -1, "output_tokens": -1, "reasoning_tokens": -1, "tool_calls": -1},
    "worse with more effort": {
        "pass_rate": -1,
        "output_tokens": 1,
        "reasoning_tokens": 1,
        "tool_calls": 1,
    },
    "shorter answers": {"output_tokens": -1, "final_words": -1, "words_between_tools": -1},
    "less looking before acting": {"pass_rate": -1, "tool_calls": -1, "reads_per_edit": -1},
    "careless": {
        "pass_rate": -1,
        "invalid_tool_call_rate": 1,
        "blind_edit_rate": 1,
        "repeated_tool_calls": 1,
    },
    "slower": {"latency_s": 1, "ttft_s": 1, "output_tokens_per_s": -1},
}
"""Directions fixed before looking; both ways along each are findings."""

SHARE = 0.15
"""Part of a target's false-alarm budget for the bank as a whole."""

ALONE = 2.0
"""Score at which a finding must stand without its strongest series."""

INVOLVED, STRONGEST = 2.0, 2
"""Score from which a series is told of, and how many of the strongest are told of anyway."""

TEST = "several metrics together, along: {}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Part:
    """A series that directions may use: which row it is watched in, and how."""

    row: int
    series: DailySeries
    stream: Stream


@dataclass(frozen=True, kw_only=True, slots=True)
class _Direction:
    """One direction over the series that the records hold."""

    name: str
    parts: tuple[Part, ...]
    signs: tuple[int, ...]
    stream: Stream


@dataclass(frozen=True, kw_only=True, slots=True)
class _Moved:
    """What one series did in a direction's segment, and the way it went: 1 up, -1 down."""

    part: Part
    sign: int
    pull: Pull
    seen: Watched


def usable(series: DailySeries, first: int) -> bool:
    """Whether a series may be part of a direction: all prompts, its level, and there from the first judged day on."""
    return series.family == ALL and not series.spread and series.scores.warm <= first


def directions(parts: Sequence[Part], rate: float, grid: Grid) -> list[Derived]:
    """The bank over one target's series.

    Args:
        parts: level series of family `all`.
        rate: opened incidents a year that the bank may cost.
        grid: days of the target.
    """
    by_metric = {part.series.metric.name: part for part in parts}
    held = [name for name, signs in BANK.items() if len(signs.keys() & by_metric.keys()) > 1]
    # Measured (`python -m tests.calibration.beyond bank 150`): a sum along a direction alarms half as often as the drifting series that it is made of, and the
    # directions' alarms hardly coincide.
    height = threshold(2 * rate / max(len(held), 1), "drifting")
    derived = []
    for name, signs in BANK.items():
        chosen = tuple(by_metric[metric] for metric in signs if metric in by_metric)
        ways = tuple(signs[part.series.metric.name] for part in chosen)
        stream = along([part.stream for part in chosen], ways, height)
        if stream is not None:
            one = _Direction(name=name, parts=chosen, signs=ways, stream=stream)
            derived.append(
                Derived(
                    stream=stream, rows=tuple(part.row for part in chosen), tell=partial(_tell, one, grid)
                )
            )
    return derived


def _tell(one: _Direction, grid: Grid, alarm: Alarm, known: list[Watched]) -> list[Found]:
    """The changes of single series that a finding along a direction amounts to; () where one series explains it."""
    dated = _dated(one, alarm)
    moved = [
        found
        for part, sign in zip(one.parts, one.signs, strict=True)
        if (found := _moved(part, sign, alarm, dated, known[part.row])) is not None
    ]
    if without_strongest([found.pull.score for found in moved]) < ALONE:
        return []
    moved.sort(key=lambda found: -found.pull.score)
    return [
        Found(row=found.part.row, change=_change(one, grid, alarm, dated, found))
        for place, found in enumerate(moved)
        if found.pull.score >= (INVOLVED if place >= STRONGEST else 0.0)
    ]


def _moved(part: Part, sign: int, alarm: Alarm, dated: Change, seen: Watched) -> _Moved | None:
    if seen.noise is None:
        return None
    way = sign if alarm.statistic > 0 else -sign
    found = pull(
        part.stream,
        seen.noise,
        sign=way,
        start=seen.since,
        onsets=(dated.onset_low, dated.onset_high),
        raised=alarm.raised,
    )
    return None if found is None else _Moved(part=part, sign=way, pull=found, seen=seen)


def _dated(one: _Direction, alarm: Alarm) -> Change:
    """The date of the direction's own series: all of the evidence."""
    value = one.stream.value
    scores = Scores(
        value=value,
        plain=value,
        variance=one.stream.variance,
        level=0.0,
        scale="points",
        warm=one.stream.warm,
    )
    return locate(one.stream, scores, alarm)


def _change(
    one: _Direction,
    grid: Grid,
    alarm: Alarm,
    dated: Change,
    moved: _Moved,
) -> ChangePoint:
    """What one series of the direction did: its own size and date, the latter within the direction's interval."""
    assert moved.seen.noise is not None
    own = Alarm(
        raised=alarm.raised,
        onset=moved.pull.onset,
        start=moved.seen.since,
        statistic=moved.sign * moved.pull.score,
        noise=moved.seen.noise,
    )
    return level_change(
        moved.part.series,
        moved.part.stream,
        moved.part.series.scores,
        grid,
        own,
        test=TEST.format(one.name),
        threshold=one.stream.threshold,
        statistic=moved.sign * abs(alarm.statistic),
        dated=dated,
    )
