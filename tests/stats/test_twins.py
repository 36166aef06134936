"""What a twin shares is taken off; what only the twin does is not put on."""

import numpy as np
import pytest

from canary.stats.noise import Noise
from canary.stats.stream import Alarm, Stream
from canary.stats.twins import LEAST, STEP, deviations, slopes, without_shared

NOISE = Noise(centre=0.0, scale=1.0, memory=0.0, decay=0.5, days=60, sampling=0.0)


def pair(seed: int, shared: float, days: int = 200) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    common = np.sqrt(shared) * rng.standard_normal(days)
    first, second = (common + np.sqrt(1 - shared) * rng.standard_normal(days) for _ in range(2))
    return first, second


def stream(value: np.ndarray) -> Stream:
    return Stream(value=value, variance=np.zeros(value.size), warm=28, threshold=4.5)


def test_the_slope_is_what_the_twin_says_of_the_series() -> None:
    value, twin = pair(1, 0.8, 400)
    assert slopes(value, twin, 28)[-1] == pytest.approx(0.8, abs=0.12)


def test_twins_that_share_nothing_leave_the_series_without_an_adjusted_form() -> None:
    value, twin = pair(2, 0.0, 400)
    assert np.isnan(slopes(value, twin, 28)[100:]).mean() > 0.9
    assert 0 < LEAST < 1


def test_shared_noise_goes_and_own_changes_stay() -> None:
    value, twin = pair(3, 0.8, 300)
    value[250:] -= 3.0
    less = without_shared(stream(value), twin, (), 4.5)
    assert less is not None
    assert np.nanstd(less.value[100:250]) < 0.8 * value[100:250].std()
    assert np.nanmean(less.value[250:]) - np.nanmean(less.value[200:250]) == pytest.approx(-3.0, abs=0.4)


def test_slopes_never_use_later_days() -> None:
    value, twin = pair(4, 0.7, 200)
    whole, part = slopes(value, twin, 28), slopes(value[:120], twin[:120], 28)
    assert np.array_equal(whole[:120], part, equal_nan=True)
    assert 120 % STEP != 0


def test_once_a_twin_was_found_moved_its_deviations_count_from_its_new_level() -> None:
    twin = np.zeros(100)
    twin[60:] = 5.0
    alarm = Alarm(raised=63, onset=60, start=0, statistic=6.0, noise=NOISE)
    away = deviations(twin, [alarm])
    assert not away[:60].any()
    assert (away[60:64] == 5.0).all()
    assert not away[64:].any()
    less = without_shared(stream(pair(5, 0.5, 100)[0]), twin, [alarm], 4.5)
    assert less is None or 64 in less.restarts
