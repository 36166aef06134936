"""Watching a series: shifts both ways are found and dated, one bad day is not, and judging runs forward."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from canary.stats.sequential import normal_score, watch
from canary.stats.stream import Alarm, Stream
from tests.stats.panels import Array


def stream(values: Array, threshold: float = 4.5, **kw: object) -> Stream:
    restarts = kw.get("restarts", ())
    assert isinstance(restarts, tuple)
    return Stream(
        value=values, variance=np.zeros(values.size), warm=28, threshold=threshold, restarts=restarts
    )


def noise(seed: int, days: int = 160) -> Array:
    return np.random.default_rng(seed).standard_normal(days)


def alarms(values: Array, threshold: float = 4.5) -> tuple[Alarm, ...]:
    return watch([stream(values, threshold)])[0].alarms


@pytest.mark.parametrize("sign", [-1.0, 1.0])
@pytest.mark.parametrize("seed", range(5))
def test_a_step_is_found_with_its_direction_and_date(sign: float, seed: int) -> None:
    values = noise(seed)
    values[100:] += sign * 3
    found = alarms(values)
    assert len(found) == 1
    assert 100 < found[0].raised <= 110
    assert abs(found[0].onset - 100) <= 2
    assert np.sign(found[0].statistic) == sign


@pytest.mark.parametrize("size", [-50.0, -8.0, 8.0, 50.0])
@pytest.mark.parametrize("seed", range(5))
def test_one_bad_day_is_not_a_change(size: float, seed: int) -> None:
    values = noise(seed)
    values[100] += size
    assert not alarms(values)


@pytest.mark.parametrize("seed", range(5))
def test_a_recovery_is_found_against_the_new_level(seed: int) -> None:
    values = noise(seed, 200)
    values[100:130] -= 4
    found = alarms(values)
    assert [int(np.sign(alarm.statistic)) for alarm in found] == [-1, 1]
    assert [abs(alarm.onset - day) <= 1 for alarm, day in zip(found, (100, 130), strict=True)] == [True, True]


def test_a_second_change_after_a_first_is_found() -> None:
    values = noise(3, 200)
    values[80:] -= 4
    values[120:] -= 4
    assert [int(np.sign(alarm.statistic)) for alarm in alarms(values)] == [-1, -1]


@given(seed=st.integers(0, 10_000), cut=st.integers(1, 150))
@settings(max_examples=40, deadline=None)
def test_later_days_never_change_an_earlier_alarm(seed: int, cut: int) -> None:
    rng = np.random.default_rng(seed)
    values = rng.standard_normal(150)
    values[int(rng.integers(40, 120)) :] += rng.choice([-3.0, -1.5, 2.0])
    values[rng.random(150) < 0.05] = np.nan
    whole, part = (alarms(v, 3.5) for v in (values, values[:cut]))
    assert part == tuple(alarm for alarm in whole if alarm.raised < cut)


@given(seed=st.integers(0, 10_000))
@settings(max_examples=20, deadline=None)
def test_series_watched_together_are_judged_as_if_alone(seed: int) -> None:
    rng = np.random.default_rng(seed)
    several = []
    for length in (40, 90, 150):
        values = rng.standard_normal(length)
        values[length // 2 :] += rng.choice([0.0, 3.0])
        values[rng.random(length) < 0.1] = np.nan
        several.append(stream(values, 3.5))
    assert watch(several) == [watch([one])[0] for one in several]


@given(factor=st.floats(1e-6, 1e6), seed=st.integers(0, 1000))
@settings(max_examples=20, deadline=None)
def test_the_unit_of_the_scores_decides_nothing(factor: float, seed: int) -> None:
    values = noise(seed)
    values[100:] += 2
    # Below 1e-9 a scale counts as none; the smallest here is a thousand times that.
    days = [[(a.raised, a.onset) for a in alarms(v, 4.0)] for v in (values, factor * values)]
    assert days[0] == days[1]


def test_nothing_is_judged_before_the_warm_up_ends() -> None:
    values = noise(1)
    values[15:] += 8
    assert all(alarm.raised >= 28 for alarm in alarms(values))


def test_no_test_runs_across_a_restart() -> None:
    values = noise(2)
    values[100:] += 6
    assert watch([stream(values)])[0].alarms
    assert not watch([stream(values, restarts=(100,))])[0].alarms


@pytest.mark.parametrize("days", [0, 1, 5, 28])
def test_short_series_are_not_judged(days: int) -> None:
    seen = watch([stream(noise(1, days))])[0]
    assert seen.judged == 0
    assert not seen.alarms


def test_an_unmeasured_series_beside_a_measured_one_is_no_trouble() -> None:
    empty = watch([stream(np.full(160, np.nan)), stream(noise(1))])[0]
    assert (empty.alarms, empty.noise, empty.judged) == ((), None, 0)
    assert watch([]) == []


def test_days_with_more_sampling_noise_weigh_less() -> None:
    values = noise(4)
    values[100:104] += 3.2
    quiet = Stream(value=values, variance=np.full(160, 0.5), warm=28, threshold=3.5)
    loud = np.full(160, 0.5)
    loud[100:104] = 5.0
    assert watch([quiet])[0].alarms
    assert not watch([Stream(value=values, variance=loud, warm=28, threshold=3.5)])[0].alarms


@pytest.mark.parametrize("t", [-60.0, -3.0, 0.5, 3.0, 60.0, 1e6])
def test_a_normal_score_keeps_the_sign_and_is_never_larger(t: float) -> None:
    score = normal_score(t, 12.0)
    assert np.sign(score) == np.sign(t)
    assert abs(score) <= abs(t)
    assert normal_score(3.0, 1e9) == pytest.approx(3.0, abs=1e-3)
