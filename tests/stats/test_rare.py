"""Rare events: a rise is found, a lone event or one prompt's habit is not."""

import numpy as np
import pytest

from canary.stats.rare import is_rare, rare_rises
from tests.stats.panels import Array, panel

THRESHOLD = 4.5


def events(share: float, seed: int = 1, days: int = 120) -> Array:
    rng = np.random.default_rng(seed)
    return (rng.random((days, 40, 3)) < share).astype(np.float64)


@pytest.mark.parametrize("before", [0.0, 0.001, 0.005])
def test_a_rise_is_found_and_dated(before: float) -> None:
    values = events(before)
    values[60:] = events(0.05)[60:]
    found = rare_rises(panel(values), THRESHOLD)
    assert 61 <= found[0].raised <= 64
    assert found[0].onset_low <= 60 <= found[0].onset_high
    assert found[0].before < found[0].after


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("share", [0.0, 0.001, 0.005])
def test_an_unchanged_rate_raises_no_alarm(share: float, seed: int) -> None:
    assert not rare_rises(panel(events(share, seed)), THRESHOLD)


def test_one_prompt_that_always_shows_it_is_no_rate() -> None:
    values = events(0.0)
    values[60:, 7] = 1.0
    assert not rare_rises(panel(values), THRESHOLD)


def test_one_days_burst_is_no_rate() -> None:
    values = events(0.0)
    values[60] = 1.0
    assert not rare_rises(panel(values), THRESHOLD)


@pytest.mark.parametrize("days", [0, 1, 5])
def test_short_histories_are_not_judged(days: int) -> None:
    assert not rare_rises(panel(np.ones((days, 40, 3))), THRESHOLD)


def test_what_is_rare_is_decided_in_the_baseline_alone() -> None:
    values = events(0.002)
    assert is_rare(panel(values))
    values[60:] = 1.0
    assert is_rare(panel(values))
    assert not is_rare(panel(events(0.2)))
