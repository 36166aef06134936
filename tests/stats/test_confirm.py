"""Two stages say no more than their data allows, ask no more than they may, and never look at what they did not ask for."""

from dataclasses import replace

import numpy as np
import pytest

from canary.stats.asking import YEAR, Asking, Followed, extra_calls
from canary.stats.confirm import follow
from canary.stats.scores import Array
from canary.stats.sequential import watch
from canary.stats.stream import Stream

ASKING = Asking(asks=2.0, confirms=3.0, fresh=2.0, stands=2.5)
FREE = replace(ASKING, most=3.0)
DAY, SAMPLING = 0.5, 0.87
"""Standard deviations of the day effect and of a day's sampling."""


def drawn(seed: int, days: int = 365, fall: float = 0.0, onset: int = 0) -> tuple[Stream, Array, Array]:
    """Daily scores, and scores of four times as many trials of the same days."""
    rng = np.random.default_rng(seed)
    level = DAY * rng.standard_normal(days) - fall * (np.arange(days) >= onset)
    few = SAMPLING * rng.standard_normal(days)
    more = (few + SAMPLING * np.sqrt(3) * rng.standard_normal(days)) / 4
    stream = Stream(value=level + few, variance=np.full(days, SAMPLING**2), warm=28, threshold=3.8, prior=0.1)
    return stream, level + more, np.full(days, SAMPLING**2 / 4)


def cut(stream: Stream, days: int) -> Stream:
    return replace(stream, value=stream.value[:days], variance=stream.variance[:days])


def asked_days(followed: Followed) -> set[int]:
    return {day for doubt in followed.doubts for day in range(doubt.raised + 1, doubt.until + 1)}


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("restarts", [(), (90, 91)])
def test_who_never_asks_is_told_what_a_single_stage_says(seed: int, restarts: tuple[int, ...]) -> None:
    stream, pooled, variance = drawn(seed, fall=1.0, onset=200)
    value = stream.value.copy()
    value[[40, 41, 120]] = np.nan
    stream = replace(stream, value=value, restarts=restarts, threshold=2.6)
    assert follow(stream, pooled, variance, None).watched == watch([stream])[0]


@pytest.mark.parametrize("seed", range(4))
def test_extra_trials_of_days_that_were_not_asked_for_change_nothing(seed: int) -> None:
    stream, pooled, variance = drawn(seed, fall=0.8, onset=150)
    whole = follow(stream, pooled, variance, ASKING)
    asked = np.array(sorted(day for day in asked_days(whole) if day < pooled.size))
    only = np.full(pooled.size, np.nan)
    only[asked] = pooled[asked]
    on_demand = follow(stream, only, variance, ASKING)
    assert (on_demand.watched, on_demand.doubts) == (whole.watched, whole.doubts)


@pytest.mark.parametrize("days", [60, 151, 155, 170])
def test_what_is_said_of_a_day_never_changes_later(days: int) -> None:
    stream, pooled, variance = drawn(3, fall=0.9, onset=148)
    whole = follow(stream, pooled, variance, ASKING)
    part = follow(cut(stream, days), pooled[:days], variance[:days], ASKING)
    assert part.watched.alarms == tuple(alarm for alarm in whole.watched.alarms if alarm.raised < days)
    assert [one.raised for one in part.doubts] == [one.raised for one in whole.doubts if one.raised < days]


def test_a_fall_is_confirmed_sooner_than_the_single_stage_finds_it() -> None:
    """Thirty falls of one standard deviation of a day."""
    sooner: list[int] = []
    for seed in range(30):
        stream, pooled, variance = drawn(seed, 180, fall=1.0, onset=100)
        first = [
            min(
                (
                    a.raised
                    for a in follow(stream, pooled, variance, asking).watched.alarms
                    if a.raised >= 100
                ),
                default=180,
            )
            for asking in (ASKING, None)
        ]
        sooner.append(first[1] - first[0])
    assert np.mean(sooner) > 1
    assert np.median(sooner) >= 1


def test_a_bad_day_raises_a_suspicion_and_good_days_after_it_let_it_lapse() -> None:
    stream, pooled, variance = drawn(11, 130)
    value = stream.value.copy()
    value[90:100] = 0.0
    value[100] -= 5.0
    pooled[100] -= 5.0
    pooled[101:103] = 0.0
    followed = follow(replace(stream, value=value), pooled, variance, FREE)
    assert any(doubt.raised == 100 for doubt in followed.doubts)
    assert not followed.confirmed
    assert all(doubt.confirmed is None for doubt in followed.doubts)


def test_a_series_in_constant_doubt_asks_no_more_than_it_may() -> None:
    stream, pooled, variance = drawn(5, 3 * YEAR)
    eager = Asking(asks=0.0, confirms=9.0, fresh=9.0, stands=9.0)
    followed = follow(stream, pooled, variance, eager)
    days = sorted(asked_days(followed))
    assert len(days) > 2 * eager.allowed
    for day in days:
        assert sum(day - YEAR < other <= day for other in days) <= eager.allowed
    assert extra_calls(followed.doubts, eager, 3 * YEAR) <= eager.most


def test_only_falls_ask() -> None:
    stream, pooled, variance = drawn(7, 200, fall=-2.0, onset=100)
    followed = follow(stream, pooled, variance, ASKING)
    assert all(doubt.alarm.statistic < 0 for doubt in followed.doubts)
    assert [alarm.statistic > 0 for alarm in followed.watched.alarms if alarm.raised >= 100][:1] == [True]


def test_without_extra_trials_every_suspicion_lapses_and_the_single_stage_decides() -> None:
    stream, pooled, variance = drawn(9, 200, fall=2.0, onset=100)
    followed = follow(stream, np.full(pooled.size, np.nan), variance, ASKING)
    assert followed.doubts
    assert not followed.confirmed
    assert followed.watched.alarms == watch([stream])[0].alarms


def test_a_change_of_ours_ends_a_standing_suspicion() -> None:
    stream, pooled, variance = drawn(11, 130)
    value = stream.value.copy()
    value[90:99] = 0.0
    value[99:101] -= 2.0
    followed = follow(replace(stream, value=value, restarts=(101,)), pooled, variance, FREE)
    (ended,) = [doubt for doubt in followed.doubts if doubt.raised in {99, 100}]
    assert ended.ended == 101
    assert ended.confirmed is None
