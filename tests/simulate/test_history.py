"""Drawn histories: what was asked for is what comes, and a change leaves everything before it as it was."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from canary.simulate.columns import history_columns
from canary.simulate.history import History, draw_history
from canary.simulate.worlds import CALM, ROUGH, SUITE, WORLDS, BadDay, Moved, Shape, Shift

ONSET = 100
LARGE = Shape(families=(100, 60, 40), replicates=3)

SHIFTS: dict[Moved, float] = {
    "pass_rate": -0.08,
    "output_tokens": -0.2,
    "reasoning_tokens": -0.45,
    "tool_calls": 0.3,
    "latency_s": 0.5,
    "input_tokens": 12,
    "output_spread": 1.8,
}


def means(history: History, field: str) -> tuple[float, float]:
    """Means before and after the onset; of logs for numbers with heavy tails."""
    values = history.values[field]
    values = values if field in {"passed", "tool_calls", "input_tokens"} else np.log(values)
    return float(np.nanmean(values[:ONSET])), float(np.nanmean(values[ONSET:]))


def moved(shift: Shift, field: str) -> float:
    before, after = means(draw_history(1, days=2 * ONSET, world=CALM, shape=LARGE, shifts=(shift,)), field)
    without = means(draw_history(1, days=2 * ONSET, world=CALM, shape=LARGE), field)
    return (after - before) - (without[1] - without[0])


@pytest.mark.parametrize("name", SHIFTS)
def test_everything_before_a_change_stays_as_it_was(name: Moved) -> None:
    changed = draw_history(3, days=130, shifts=(Shift(moved=name, onset=ONSET, size=SHIFTS[name]),))
    plain = draw_history(3, days=130)
    for field, values in plain.values.items():
        np.testing.assert_array_equal(changed.values[field][:ONSET], values[:ONSET])
    assert any(
        (changed.values[f][ONSET:] != v[ONSET:])[~np.isnan(v[ONSET:])].any() for f, v in plain.values.items()
    )


SIZES: list[tuple[Moved, str, float, Callable[[float], float]]] = [
    ("pass_rate", "passed", -0.08, lambda size: size),
    ("output_tokens", "output_tokens", -0.2, np.log1p),
    ("reasoning_tokens", "reasoning_tokens", -0.45, np.log1p),
    ("latency_s", "latency_s", 0.5, np.log1p),
    ("input_tokens", "input_tokens", 12.0, lambda size: size),
]


@pytest.mark.parametrize(("name", "field", "size", "seen"), SIZES)
def test_a_change_has_the_size_that_was_asked_for(
    name: Moved, field: str, size: float, seen: Callable[[float], float]
) -> None:
    assert moved(Shift(moved=name, onset=ONSET, size=size), field) == pytest.approx(seen(size), abs=0.012)


def test_tool_calls_move_by_their_factor() -> None:
    history = draw_history(
        1,
        days=2 * ONSET,
        world=CALM,
        shape=LARGE,
        shifts=(Shift(moved="tool_calls", onset=ONSET, size=-0.3),),
    )
    before, after = means(history, "tool_calls")
    assert after / before == pytest.approx(0.7, abs=0.02)


def test_a_broken_prompt_never_passes_again() -> None:
    shift = Shift(moved="pass_rate", onset=ONSET, size=-1, prompts=(2,))
    history = draw_history(1, days=130, shifts=(shift,))
    assert np.nansum(history.values["passed"][ONSET:, 2]) == 0


def test_a_ramp_grows_and_an_end_ends() -> None:
    ramp = Shift(moved="pass_rate", onset=2, size=-0.1, ramp=4, end=8)
    assert ramp.strength(10).tolist() == [0, 0, 0.25, 0.5, 0.75, 1, 1, 1, 0, 0]


def test_a_bad_day_is_one_day() -> None:
    bad = draw_history(1, days=130, bad_days=(BadDay(day=ONSET),))
    plain = draw_history(1, days=130)
    for field, values in plain.values.items():
        # Counts take as many draws as they need, so that those after the day may differ, though not in distribution.
        others = np.arange(ONSET) if field == "tool_calls" else np.delete(np.arange(130), ONSET)
        np.testing.assert_array_equal(bad.values[field][others], values[others])
    assert np.nanmean(bad.values["passed"][ONSET]) < np.nanmean(plain.values["passed"]) - 0.05
    assert np.nanmedian(bad.values["latency_s"][ONSET] / plain.values["latency_s"][ONSET]) == pytest.approx(
        3.0
    )


def test_rough_days_differ_more_than_calm_ones() -> None:
    rough, calm = (
        np.std(np.nanmean(draw_history(1, days=300, world=full).values["passed"], axis=(1, 2)))
        for full in (replace(world, days_missing=0.0) for world in (ROUGH, CALM))
    )
    assert rough > 1.1 * calm


@pytest.mark.parametrize("name", WORLDS)
def test_shares_of_missing_days_and_trials_are_the_worlds(name: str) -> None:
    world = WORLDS[name]
    values = draw_history(1, days=1000, world=world).values["passed"]
    days = np.isnan(values).all(axis=(1, 2))
    assert days.mean() == pytest.approx(world.days_missing, abs=0.015)
    assert np.isnan(values[~days]).mean() == pytest.approx(world.trials_missing, abs=0.002)


def test_columns_hold_every_measured_trial_once_in_order() -> None:
    history = draw_history(1, days=20)
    columns = history_columns(history, first_day=date(2026, 1, 1))
    assert columns.run_day.size == np.isfinite(history.values["passed"]).sum()
    assert (np.diff(columns.run_day.astype(np.int64)) >= 0).all()
    assert np.nansum(columns.values["output_tokens"]) == np.nansum(history.values["output_tokens"])
    assert columns.families == tuple(f"family-{i}" for i in range(len(SUITE.families)))
    cut = history_columns(history, first_day=date(2026, 1, 1), days=5)
    assert cut.run_day.max() <= np.datetime64("2026-01-05")


def test_equal_seeds_give_equal_histories() -> None:
    a, b = (draw_history((1, 2), days=10) for _ in range(2))
    for field, values in a.values.items():
        np.testing.assert_array_equal(values, b.values[field])
