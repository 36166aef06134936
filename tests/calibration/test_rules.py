"""Rules of others are held against ours fairly: each sees a collapse, none sees a change where nothing varies."""

import numpy as np
import pytest

from tests.calibration.measuring import NEVER, WARM
from tests.calibration.rules import RULES, Array, delay, risen

ONSET = WARM + 20


def collapsing() -> Array:
    """Two prompts in three pass every time, the others never; from the onset on half of the sure ones fail."""
    passed = np.ones((ONSET + 10, 30, 3))
    passed[:, 20:] = 0.0
    passed[ONSET:, :10] = 0.0
    return passed


@pytest.mark.parametrize("name", RULES)
def test_a_rule_is_silent_until_the_pass_rate_collapses_and_sees_that_on_its_day(name: str) -> None:
    alarmed = RULES[name](collapsing())
    assert len(alarmed) == ONSET + 10 - WARM
    assert not any(alarmed[: ONSET - WARM])
    assert alarmed[ONSET - WARM]


@pytest.mark.parametrize("name", RULES)
def test_a_day_without_trials_alarms_no_rule_by_itself(name: str) -> None:
    passed = collapsing()[:ONSET]
    passed[WARM + 5] = np.nan
    alarmed = RULES[name](passed)
    assert not alarmed[5]


def test_an_alarm_that_lasts_is_one_alarm() -> None:
    assert risen([True, True, False, True, True]) == 2


def test_a_delay_counts_from_the_onset_and_never_is_never() -> None:
    quiet = [False] * 20
    assert delay([*quiet, False, True], WARM + 20) == 1
    assert delay([*quiet, False, False], WARM + 20) == NEVER
