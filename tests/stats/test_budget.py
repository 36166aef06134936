"""One budget over many series, thresholds for its parts, and what they leave unseen."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from canary.stats.multiplicity import split_budget
from canary.stats.noise import learn_noise
from canary.stats.power import long_run_share, minimum_effect
from canary.stats.sequential import watch
from canary.stats.stream import Stream
from canary.stats.thresholds import (
    HEIGHTS,
    LOWEST,
    RATES,
    SCAN_HEIGHT,
    SCAN_RATE,
    Days,
    scan_threshold,
    threshold,
)


@given(
    rate=st.floats(0.01, 100),
    named=st.lists(st.floats(0.01, 0.15), max_size=5),
    others=st.integers(0, 400),
)
def test_parts_add_up_to_the_budget(rate: float, named: list[float], others: int) -> None:
    parts = split_budget(rate, [*named, *[None] * others])
    assert parts.sum() == pytest.approx(rate if named or others else 0.0)
    assert np.ptp(parts[len(named) :]) == 0 if others else True


@pytest.mark.parametrize("shares", [[0.5, 0.5, None], [1.2, None], [0.0], [-0.1, None]])
def test_shares_that_leave_nothing_are_refused(shares: list[float | None]) -> None:
    with pytest.raises(ValueError, match="shares"):
        split_budget(1.0, shares)


@pytest.mark.parametrize("days", RATES)
def test_tables_are_read_back(days: Days) -> None:
    for height, rate in zip(HEIGHTS, RATES[days], strict=True):
        assert threshold(rate, days) == pytest.approx(height)


@given(a=st.floats(1e-6, 10), b=st.floats(1e-6, 10), days=st.sampled_from(sorted(RATES)))
def test_fewer_alarms_ask_for_more(a: float, b: float, days: Days) -> None:
    low, high = sorted((a, b))
    assert threshold(low, days) >= threshold(high, days) >= LOWEST


def test_a_scan_over_more_prompts_asks_for_more() -> None:
    assert scan_threshold(SCAN_RATE, 40) == pytest.approx(SCAN_HEIGHT)
    assert scan_threshold(0.033, 400) > scan_threshold(0.033, 40) > scan_threshold(0.33, 40)


@pytest.mark.parametrize("days", [2, 7, 28])
def test_the_stated_effect_is_seen_four_times_in_five(days: int) -> None:
    """100 series: a true 80 % gives 66-92 % all but once in a thousand times; the search over onsets adds a little."""
    rng = np.random.default_rng(days)
    values = rng.standard_normal((100, 160))
    noise = learn_noise(values[0, :60], np.zeros(60), 0.1)
    effect = minimum_effect(noise, 4.0, days, past=100)
    values[:, 100:] -= effect / noise.scale
    streams = [Stream(value=v, variance=np.zeros(160), warm=28, threshold=4.0, prior=0.1) for v in values]
    seen = [
        any(100 <= alarm.raised <= 100 + days and alarm.statistic < 0 for alarm in one.alarms)
        for one in watch(streams)
    ]
    assert 0.6 < np.mean(seen) <= 1.0, np.mean(seen)


@given(days=st.integers(1, 60))
def test_more_days_show_smaller_effects(days: int) -> None:
    noise = learn_noise(np.random.default_rng(1).standard_normal(60), np.full(60, 0.5), 0.1)
    assert minimum_effect(noise, 4.0, days + 1) <= minimum_effect(noise, 4.0, days)
    assert 0 <= long_run_share(noise) <= 1
