"""Series along a direction: what several show a little, one series along it shows plainly."""

from dataclasses import replace

import numpy as np
import pytest

from canary.stats.joint import along, pull, unit, without_strongest
from canary.stats.noise import Noise
from canary.stats.sequential import watch
from canary.stats.stream import Stream

SIGNS = (-1, 1, -1)


def series(seed: int, scale: float, shift: float = 0.0, onset: int = 100) -> Stream:
    values = scale * np.random.default_rng(seed).standard_normal(160)
    values[onset:] += shift * scale
    return Stream(value=values, variance=np.zeros(160), warm=28, threshold=4.5)


def test_small_moves_as_the_direction_says_are_found_where_no_single_series_shows_them() -> None:
    parts = [series(seed, 10.0**seed, 0.9 * sign) for seed, sign in enumerate(SIGNS)]
    joint = along(parts, SIGNS, 4.3)
    assert joint is not None
    together, *alone = watch([joint, *(replace(part, threshold=4.3) for part in parts)])
    first = together.alarms[0]
    assert first.statistic > 0
    assert abs(first.onset - 100) <= 4
    assert all(not one.alarms or one.alarms[0].raised > first.raised for one in alone)


def test_the_opposite_moves_are_found_downwards() -> None:
    joint = along([series(seed, 1.0, -1.2 * sign) for seed, sign in enumerate(SIGNS)], SIGNS, 4.3)
    assert joint is not None
    assert [alarm.statistic < 0 for alarm in watch([joint])[0].alarms][:1] == [True]


def test_the_unit_of_a_series_does_not_count() -> None:
    first, second = series(1, 1.0), series(2, 1.0)
    small = along([first, second], (1, 1), 4.0)
    large = along([first, replace(second, value=1000 * second.value)], (1, 1), 4.0)
    assert small is not None
    assert large is not None
    assert small.value == pytest.approx(large.value)


def test_one_series_is_no_joint_evidence() -> None:
    short = replace(series(2, 1.0), warm=500)
    assert unit(short) is None
    assert along([series(1, 1.0), short], (1, 1), 4.0) is None


def test_units_come_from_the_warm_up_alone() -> None:
    one = series(3, 1.0)
    later = one.value.copy()
    later[40:] *= 9
    assert unit(replace(one, value=later)) == unit(one)


def test_the_pull_of_a_series_is_its_own_studentised_move() -> None:
    stream = series(4, 1.0, -2.0)
    noise = Noise(centre=0.0, scale=1.0, memory=0.0, decay=0.5, days=60, sampling=0.0)
    down = pull(stream, noise, sign=-1, start=0, onsets=(98, 103), raised=110)
    assert down is not None
    assert down.score > 4
    assert 98 <= down.onset <= 103
    up = pull(stream, noise, sign=1, start=0, onsets=(98, 103), raised=110)
    assert up is not None
    assert up.score < 0
    assert pull(stream, noise, sign=1, start=98, onsets=(98, 99), raised=99) is None


def test_what_one_series_explains_does_not_stand_without_it() -> None:
    assert without_strongest([6.0, 0.1, -0.2]) < 0.1
    assert without_strongest([2.3, 2.2, 2.4]) == pytest.approx(4.5 / np.sqrt(2))
    assert without_strongest([3.0]) == 0.0
