"""The promises of docs/decisions/0018-beyond-one-series.md with everything on, on other seeds than its figures."""

import numpy as np
import pytest

from canary.domain.incident import Policy
from canary.simulate.worlds import DEFAULT, ROUGH, WORLDS, Shift
from tests.calibration.extra import ON, called, quiet, search
from tests.calibration.measuring import NEVER, SCENARIOS
from tests.calibration.pairs import twin_quiet, twin_search

pytestmark = pytest.mark.slow

SEED = 90271
HISTORIES = 60
TWINS = Policy(confirm=False, joint=False, twins=True)

DELAYS = {
    "pass rate -5 points": 7,
    "pass rate -10 points": 2,
    "output tokens -10 %": 3,
    "tool calls -30 %": 2,
    "pass rate -4 points over 10 days": 17,
    "pass -2.5 points, output -5 %, reasoning -8 %, tools -8 %": 5,
}


@pytest.mark.parametrize(("world", "most"), [("calm", 1.0), ("default", 1.0), ("rough", 2.0)])
def test_the_budget_of_incidents_and_of_calls_holds_with_everything_on(world: str, most: float) -> None:
    result = quiet(SEED, 180, WORLDS[world])
    assert result.rate <= most, result
    assert result.most <= 0.10, result


@pytest.mark.parametrize("name", DELAYS)
def test_changes_are_found_in_time_with_everything_on(name: str) -> None:
    seen = search(SEED, HISTORIES, SCENARIOS[name], ON)
    assert np.median([one.delay for one in seen]) <= DELAYS[name]
    assert np.mean([one.right for one in seen if one.right is not None]) >= 0.96
    # Series that did not move are hardly ever told of in the same week.
    assert np.mean([one.wrong for one in seen]) <= 0.15


def test_a_bad_day_opens_hardly_an_incident_with_everything_on() -> None:
    """2 % promised; 150 histories: a true 2 % gives more than 5 % once in a hundred times."""
    assert called(SEED, 150, ON) <= 0.05


@pytest.mark.parametrize("shared", [0.0, 0.4, 0.8])
def test_a_change_of_the_twin_is_no_change_of_the_target(shared: float) -> None:
    shift = Shift(moved="output_tokens", onset=0, size=-0.1)
    told = twin_search(SEED, HISTORIES, shift, TWINS, shared, DEFAULT, "twin")
    assert sum(delay < NEVER for delay in told.delays) <= 0.07 * HISTORIES


@pytest.mark.parametrize("shared", [0.0, 0.8])
@pytest.mark.parametrize("who", ["target", "both"])
def test_what_meets_the_target_is_told_with_its_direction_whether_its_twin_moves_or_not(
    shared: float, who: str
) -> None:
    shift = Shift(moved="output_tokens", onset=0, size=-0.1)
    told = twin_search(SEED, HISTORIES, shift, TWINS, shared, DEFAULT, who)
    assert np.median(told.delays) <= 5
    assert told.right >= 0.97


@pytest.mark.parametrize("shared", [0.0, 0.4, 0.8])
def test_the_budget_holds_with_twins(shared: float) -> None:
    assert twin_quiet(SEED, 90, TWINS, shared, DEFAULT) <= 1.0
    assert twin_quiet(SEED, 90, TWINS, shared, ROUGH) <= 2.0
