"""The promises of docs/statistics.md, on other seeds than those the thresholds were made with."""

import numpy as np
import pytest

from canary.simulate.worlds import WORLDS
from tests.calibration.measuring import SCENARIOS, UNSURE, called, quiet, search

pytestmark = pytest.mark.slow

DEPLOYMENTS = 60
HISTORIES = 60
SEED = 40417

DELAYS = {
    "pass rate -5 points": 9,
    "pass rate -10 points": 3,
    "output tokens -10 %": 5,
    "tool calls -30 %": 2,
    "effort cut (reasoning -45 %)": 2,
    "tokenizer (+12 input tokens)": 0,
    "one prompt of 40 breaks": 1,
    "spread x 1.8": 2,
}


@pytest.mark.parametrize(("world", "most"), [("calm", 1.0), ("default", 1.0), ("rough", 2.0)])
def test_no_more_incidents_open_without_a_change_than_promised(world: str, most: float) -> None:
    result = quiet(SEED, DEPLOYMENTS, WORLDS[world])
    assert result.rate <= most, result


def test_the_budget_holds_for_a_suite_of_unsure_prompts() -> None:
    assert quiet(SEED, DEPLOYMENTS, WORLDS["default"], UNSURE).rate <= 1.0


@pytest.mark.parametrize("name", SCENARIOS)
def test_changes_are_found_in_time_with_their_direction(name: str) -> None:
    found = search(SEED, HISTORIES, SCENARIOS[name])
    assert np.median([one.delay for one in found]) <= DELAYS.get(name, 20)
    # A false alarm of the same series just before the change was due is the only way to be wrong.
    assert np.mean([one.right for one in found if one.right is not None]) >= 0.96


def test_intervals_hold_the_date_and_the_effect_as_often_as_they_say() -> None:
    steps = [scenario for scenario in SCENARIOS.values() if scenario.effect is not None]
    found = [one for scenario in steps for one in search(SEED, HISTORIES // 2, scenario)]
    dated = [one.dated for one in found if one.dated is not None]
    sized = [one.sized for one in found if one.sized is not None]
    assert 0.85 <= np.mean(dated) <= 0.97
    assert 0.92 <= np.mean(sized) <= 0.98


def test_one_bad_day_opens_hardly_an_incident() -> None:
    """3 % promised; 150 histories: a true 2 % gives more than 5 % once in a hundred times."""
    assert called(SEED, 150) <= 0.05
