"""The promises of docs/compare.md, on other seeds than its figures."""

from functools import partial

import pytest

from canary.simulate.worlds import CALM, DEFAULT, SUITE, WORLDS, Shape, World
from tests.calibration.comparing import MANY, ONCE, SHIPPED, TEN_DOWN, TWO_DOWN, interleaved, later, measured

pytestmark = pytest.mark.slow

SEED = 60817
USAGE = ("output_tokens", "reasoning_tokens", "tool_calls", "latency_s")


@pytest.mark.parametrize("world", WORLDS.values(), ids=lambda world: world.name)
def test_interleaved_sides_without_a_change_differ_as_often_as_stated(world: World) -> None:
    """5 % nominal; 1,000 comparisons tell it to 0.7 points."""
    found = measured(SEED, 1000, partial(interleaved, world=world, shape=SUITE))
    assert 0.03 <= found.false["pass_rate"] <= 0.07, found
    assert all(0.03 <= found.false[metric] <= 0.075 for metric in USAGE), found
    assert 0.92 <= found.covered["pass_rate"] <= 0.98, found


def test_a_public_suite_asked_once_keeps_the_level_too() -> None:
    found = measured(SEED, 500, partial(interleaved, world=DEFAULT, shape=ONCE))
    assert 0.03 <= found.false["pass_rate"] <= 0.07, found


@pytest.mark.parametrize("world", WORLDS.values(), ids=lambda world: world.name)
def test_against_a_pinned_baseline_a_tenth_at_most_is_called_by_chance(world: World) -> None:
    found = measured(SEED, 400, partial(later, world=world, shape=SUITE))
    assert all(share <= 0.10 for share in found.false.values()), found


@pytest.mark.parametrize("world", [CALM, DEFAULT], ids=lambda world: world.name)
@pytest.mark.parametrize("shape", [SUITE, SHIPPED], ids=lambda shape: str(shape.prompts))
def test_a_release_that_changes_nothing_passes(world: World, shape: Shape) -> None:
    found = measured(SEED, 400, partial(interleaved, world=world, shape=shape))
    assert 1 - found.verdicts.get("worse", 0.0) >= 0.95, found


@pytest.mark.parametrize("world", [CALM, DEFAULT], ids=lambda world: world.name)
def test_a_release_that_drops_ten_points_fails(world: World) -> None:
    """Interleaved with the shipped suite; with 40 prompts, three trials a side hold too little, a baseline does not."""
    beside = measured(SEED, 200, partial(interleaved, world=world, shape=SHIPPED, shifts=TEN_DOWN))
    assert beside.verdicts["worse"] >= 0.95, beside
    few = measured(SEED, 300, partial(interleaved, world=world, shape=SUITE, shifts=TEN_DOWN))
    assert few.verdicts["worse"] >= 0.75, few
    pinned = measured(SEED, 300, partial(later, world=world, shape=SUITE, shifts=TEN_DOWN))
    assert pinned.verdicts["worse"] >= 0.93, pinned


def test_a_difference_as_large_as_the_margin_is_seldom_called_equivalent_and_none_often() -> None:
    down = measured(SEED, 400, partial(interleaved, world=DEFAULT, shape=MANY, shifts=TWO_DOWN))
    assert down.equivalent <= 0.075, down
    same = measured(SEED, 200, partial(interleaved, world=DEFAULT, shape=MANY))
    assert same.equivalent >= 0.75, same
