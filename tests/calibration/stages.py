"""The pass rate alone in two stages, and the bank of directions alone: what their thresholds are made from."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from canary.analysis.confirmation import ASKING, HEIGHTS, pooled_scores
from canary.analysis.following import bank_of
from canary.analysis.series import grid_of, judged_series
from canary.simulate.worlds import DEFAULT, SUITE, WORLDS, BadDay, Shape, Shift, World
from canary.stats.asking import Asking, Followed, extra_calls
from canary.stats.confirm import follow
from canary.stats.scores import Scores
from canary.stats.sequential import watch
from canary.stats.stream import Stream
from tests.calibration.extra import BUDGET, TOGETHER, drawn
from tests.calibration.measuring import DAYS, UNSURE, WARM


@dataclass(frozen=True, kw_only=True, slots=True)
class _Scored:
    """A target's pass rate: the day of its change, daily scores, scores of all trials of a day."""

    onset: int
    daily: Scores
    pooled: Scores


def _scored(
    seed: int,
    histories: int,
    days: int,
    shift: Shift | None = None,
    *,
    bad: bool = False,
    world: World = DEFAULT,
    shape: Shape = SUITE,
) -> list[_Scored]:
    """Pass rates of drawn targets; `days` 0 = two months from the change on."""
    rng = np.random.default_rng(seed)
    made = []
    for number in range(histories):
        onset = int(rng.integers(60, 130))
        shifts = () if shift is None else (replace(shift, onset=onset),)
        off = (BadDay(day=onset),) if bad else ()
        records = drawn((seed, number), days or onset + 61, world, shape, shifts=shifts, bad_days=off)
        series = next(one for one in judged_series("target", records.daily) if one.metric.name == "pass_rate")
        grid = grid_of(records.daily)
        assert grid is not None
        pooled = pooled_scores(series, records.daily, grid, records.extra)
        made.append(_Scored(onset=onset, daily=series.scores, pooled=pooled))
    return made


def _follow(one: _Scored, height: float, asking: Asking | None) -> Followed:
    stream = Stream(
        value=one.daily.value, variance=one.daily.variance, warm=one.daily.warm, threshold=height, prior=0.1
    )
    return follow(stream, one.pooled.value, one.pooled.variance, asking)


def _delays(targets: Sequence[_Scored], height: float, asking: Asking | None) -> list[int]:
    return [
        next(
            (
                alarm.raised - one.onset
                for alarm in _follow(one, height, asking).watched.alarms
                if alarm.statistic < 0 and alarm.raised >= one.onset
            ),
            60,
        )
        for one in targets
    ]


PAIRS: tuple[tuple[float, Asking | None], ...] = (
    (3.25, None),
    (3.5, Asking(asks=2.0, confirms=3.0, fresh=2.0, stands=0.0)),
    (3.5, Asking(asks=2.0, confirms=3.0, fresh=2.0, stands=2.6)),
    (3.5, Asking(asks=2.3, confirms=3.0, fresh=2.0, stands=2.6)),
    (3.5, Asking(asks=2.3, confirms=3.3, fresh=2.0, stands=2.6)),
    (3.5, Asking(asks=2.3, confirms=3.3, fresh=2.0, stands=2.9)),
)
"""Single-stage thresholds with what asks and confirms beside them."""


def show_pairs(histories: int) -> Iterator[str]:
    """Lines of figures: pairs of thresholds, default world, on the pass rate alone."""
    nothing = _scored(5, histories, DAYS)
    fall = Shift(moved="pass_rate", onset=0, size=-0.05)
    falls = {
        "-5": _scored(6, histories, 0, fall),
        "-10": _scored(7, histories, 0, replace(fall, size=-0.1)),
        "ramp": _scored(8, histories, 0, replace(fall, size=-0.04, ramp=10)),
    }
    bad = _scored(9, histories, 0, bad=True)
    years = histories * (DAYS - WARM) / 365.25
    for height, asking in PAIRS:
        quiet_ones = [_follow(one, height, asking) for one in nothing]
        false = sum(alarm.statistic < 0 for one in quiet_ones for alarm in one.watched.alarms) / years
        extra = (
            0.0 if asking is None else np.mean([extra_calls(one.doubts, asking, DAYS) for one in quiet_ones])
        )
        cells = [f"{height} {asking}: {false:.3f} false falls a target-year, extra calls {extra:.1%}"]
        for name, targets in falls.items():
            delays = _delays(targets, height, asking)
            cells.append(
                f"{name} {np.median(delays):.0f}/{np.quantile(delays, 0.9, method='lower'):.0f}"
                f" ({np.mean(delays):.1f})"
            )
        called_ones = [delay < 15 for delay in _delays(bad, height, asking)]
        yield "; ".join([*cells, f"bad day called {np.mean(called_ones):.1%}"])


def show_confirmed(histories: int) -> Iterator[str]:
    """Lines of figures: what `confirmation.RATES` is made of, the worst place but rough at each height."""
    years = histories * (DAYS - WARM) / 365.25
    for name, world, shape in (
        ("default", DEFAULT, SUITE),
        ("unsure prompts", DEFAULT, UNSURE),
        ("calm", WORLDS["calm"], SUITE),
    ):
        nothing = _scored(55, histories, DAYS, world=world, shape=shape)
        for height in HEIGHTS:
            asking = replace(ASKING, confirms=height)
            seen = [_follow(one, 3.65, asking) for one in nothing]
            rate = sum(len(one.confirmed) for one in seen) / years
            extra = np.mean([extra_calls(one.doubts, asking, DAYS) for one in seen])
            yield f"{name}, {height}: {rate:.3f} confirmed a target-year, extra calls {extra:.1%}"


def show_bank(histories: int) -> Iterator[str]:
    """Lines of figures: how often the bank and each of its directions alarm without a change."""
    years = histories * (DAYS - WARM) / 365.25
    for name, world, shape in (
        *((name, world, SUITE) for name, world in WORLDS.items()),
        ("unsure prompts", DEFAULT, UNSURE),
    ):
        streams = [_directions((77, number), world, shape) for number in range(histories)]
        for height in (4.0, 4.25, 4.5):
            heads, each = 0, Counter[int]()
            for several in streams:
                watched = watch([replace(one, threshold=height) for one in several])
                each.update(k for k, one in enumerate(watched) for _ in one.alarms)
                days = sorted(alarm.raised for one in watched for alarm in one.alarms)
                heads += _apart(days)
            parts = ", ".join(f"{each[k] / years:.3f}" for k in range(len(streams[0])))
            yield f"{name}, {height}: {heads / years:.3f} a target-year; each {parts}"


def _directions(seed: Sequence[int], world: World, shape: Shape) -> list[Stream]:
    columns = drawn(seed, DAYS, world, shape, extra=False).daily
    grid = grid_of(columns)
    assert grid is not None
    return [one.stream for one in bank_of(judged_series("target", columns), grid, BUDGET)]


def _apart(days: Sequence[int]) -> int:
    """Days that lie more than a week after the one before."""
    return sum(k == 0 or day - days[k - 1] > TOGETHER.days for k, day in enumerate(days))
