"""The promises of docs/statistics.md, on other seeds than those the thresholds were made with.

Each holds a measured figure with room for its own sampling error, named beside it; `-s` prints the figures.
"""

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
import pytest

from canary.simulate.worlds import DEFAULT, ROUGH, World
from tests.calibration.measuring import HELD_OUT, PLACES, SCENARIOS, Found, called, quiet, search
from tests.calibration.spring import DATES, Spring, spring

pytestmark = pytest.mark.slow

DEPLOYMENTS = 60
HISTORIES = 100
SEED = 40417

MOST = dict.fromkeys(PLACES | HELD_OUT, 1.0) | {"rough": 2.0, "restless days": 3.0}
"""Opened incidents a year; point estimates of 55 judged years have a standard error of about 0.1.

Restless days are beyond what is promised (docs/statistics.md, limits): there it is held that the overrun grows no worse.
"""

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
STEPS = [name for name, scenario in SCENARIOS.items() if scenario.effect is not None]
HARDEST = ("pass rate -5 points", "pass rate -10 points", "pass rate +5 points")


@lru_cache
def found(name: str, place: str = "default") -> Sequence[Found]:
    """What became of `HISTORIES` histories; several promises are about the same ones."""
    return search(SEED, HISTORIES, SCENARIOS[name], (PLACES | HELD_OUT)[place])


@lru_cache
def springs() -> Sequence[Spring]:
    return spring(SEED, HISTORIES)


@pytest.mark.parametrize("place", MOST)
def test_no_more_incidents_open_without_a_change_than_promised(place: str) -> None:
    result = quiet(SEED, DEPLOYMENTS, (PLACES | HELD_OUT)[place])
    print(f"\n{place}: {result.rate:.2f} opened a year, upper 95 % limit {result.upper:.2f}")
    assert result.rate <= MOST[place], result


@pytest.mark.parametrize("name", SCENARIOS)
def test_changes_are_found_in_time(name: str) -> None:
    delays = [one.delay for one in found(name)]
    print(f"\n{name}: median {np.median(delays):.0f}, p90 {np.quantile(delays, 0.9, method='lower'):.0f}")
    assert np.median(delays) <= DELAYS.get(name, 20)


@pytest.mark.parametrize("name", SCENARIOS)
def test_directions_are_right_both_ways(name: str) -> None:
    """A false alarm of the same series on the very days of the change is the only way to be wrong."""
    assert np.mean([one.right for one in found(name) if one.right is not None]) >= 0.98


@pytest.mark.parametrize(
    ("name", "place"),
    [(name, "default") for name in STEPS]
    + [(name, place) for place in ("calm", "rough", "default, unsure prompts") for name in HARDEST],
)
def test_intervals_hold_the_date_and_the_effect_as_often_as_they_say(name: str, place: str) -> None:
    """100 histories: a true 90 % of dates gives less than 80 % once in 500 times, a true 93 % of effects less than 85 %.

    A date that stands out is one day, the smallest interval there is, and holds more than it says.
    """
    dated = np.mean([one.dated for one in found(name, place) if one.dated is not None])
    sized = np.mean([one.sized for one in found(name, place) if one.sized is not None])
    print(f"\n{name}, {place}: date {dated:.1%}, effect {sized:.1%}")
    assert dated >= 0.80
    assert sized >= 0.85


def test_intervals_are_no_wider_than_they_say() -> None:
    """All of the small steps together: 1,200 histories, so shares are known to one point."""
    small = [
        one
        for place in PLACES
        for name in ("pass rate -5 points", "pass rate +5 points", "pass rate -10 points")
        for one in found(name, place)
    ]
    assert 0.85 <= np.mean([one.dated for one in small if one.dated is not None]) <= 0.97
    assert 0.92 <= np.mean([one.sized for one in small if one.sized is not None]) <= 0.98


@pytest.mark.parametrize("world", [DEFAULT, ROUGH])
def test_one_bad_day_opens_hardly_an_incident(world: World) -> None:
    """3 % promised in the default world; 150 histories: a true 2 % gives more than 5 % once in a hundred times."""
    share = called(SEED, 150, world)
    print(f"\none bad day called, {world.name}: {share:.1%}")
    assert share <= 0.05


@pytest.mark.parametrize("name", DATES)
def test_each_date_of_spring_2026_is_found_within_two_days(name: str) -> None:
    """100 histories: a true 98 % gives less than 93 % once in a hundred times."""
    delays = [one.delays[name] for one in springs()]
    seen = [delay for delay in delays if delay is not None]
    assert len(seen) >= 0.93 * len(delays)
    assert np.median(seen) <= 2


def test_hardly_an_incident_of_spring_2026_is_dated_elsewhere() -> None:
    assert np.mean([one.strays for one in springs()]) <= 0.5
