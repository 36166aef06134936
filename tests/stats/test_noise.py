"""Scale and memory of unchanged days: right on average, never below what sampling must give, deaf to one bad day."""

import numpy as np
import pytest

from canary.stats.noise import FLOOR, inflation, learn_noise
from tests.stats.panels import Array


def autoregressive(rng: np.random.Generator, days: int, phi: float) -> Array:
    series = rng.standard_normal(days)
    for day in range(1, days):
        series[day] = phi * series[day - 1] + np.sqrt(1 - phi**2) * series[day]
    return series


@pytest.mark.parametrize("phi", [0.0, 0.3, 0.6])
def test_scale_and_long_run_variance_are_not_understated(phi: float) -> None:
    rng = np.random.default_rng(1)
    learned = [learn_noise(autoregressive(rng, 120, phi), np.zeros(120), phi) for _ in range(60)]
    assert np.mean([one.scale for one in learned]) == pytest.approx(1.0, abs=0.07)
    truth = np.sqrt((1 + phi) / (1 - phi))
    assert 0.9 * truth < np.mean([one.long_run for one in learned]) < 1.6 * truth


def test_one_bad_day_is_no_scale() -> None:
    values = np.random.default_rng(2).standard_normal(28)
    calm = learn_noise(values, np.zeros(28), 0.1)
    values[10] = -30.0
    assert learn_noise(values, np.zeros(28), 0.1).scale < 1.5 * calm.scale


def test_the_scale_is_never_below_what_sampling_gives() -> None:
    assert learn_noise(np.zeros(28), np.full(28, 0.04), 0.1).scale == pytest.approx(FLOOR * 0.2)


@pytest.mark.parametrize("memory", [0.0, 0.2, 0.5])
@pytest.mark.parametrize("days", [1, 2, 5, 30])
def test_the_variance_of_a_mean_is_that_of_its_autocorrelations(memory: float, days: int) -> None:
    decay = 0.7
    lags = np.arange(1, days)
    wanted = 1 + 2 * float(((1 - lags / days) * memory * decay ** (lags - 1)).sum())
    assert float(inflation(days, memory, decay)) == pytest.approx(wanted)


def test_a_short_past_leaves_few_degrees_of_freedom() -> None:
    rng = np.random.default_rng(3)
    short, long = (learn_noise(rng.standard_normal(n), np.zeros(n), 0.1) for n in (28, 200))
    assert 4 <= short.freedom < long.freedom < 200
