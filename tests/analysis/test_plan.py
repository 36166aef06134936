"""What a suite of a size shows: thresholds as they will be in force, noise as it will be learned."""

import math
from dataclasses import replace

import pytest

from canary.analysis.assignment import assign
from canary.analysis.outlay import Outlay, measured_outlay, together
from canary.analysis.plan import (
    CENTRAL,
    assumed,
    measured,
    planned_thresholds,
    trials_a_day,
    visible,
)
from canary.analysis.series import judged_series
from canary.simulate.worlds import Shift
from tests.analysis.histories import drawn, kept

DRAWN = ("pass_rate", "output_tokens", "reasoning_tokens", "tool_calls", "latency_s")
MEASURED = (*DRAWN, "input_tokens", "zero_reasoning_rate", "failure_rate", "spread")


def test_planned_thresholds_are_those_that_the_budget_puts_in_force() -> None:
    """The drawn suite: four families, the metrics that vary; input tokens never do, and are compared instead."""
    tests = [one for one in assign(judged_series("t", drawn(1, 60)), 0.5) if one.kind == "level"]
    inforce = {one.series.metric.name: one.threshold for one in tests if one.series.family == "all"}
    names = [name for name in MEASURED if name != "input_tokens"]
    planned = planned_thresholds(0.5, 4, names)
    assert set(inforce) == set(DRAWN)
    for name in DRAWN:
        assert planned[name] == pytest.approx(inforce[name]), name


def test_a_plan_promises_no_threshold_below_the_one_in_force() -> None:
    few, all_ = planned_thresholds(0.5, 4, MEASURED), planned_thresholds(0.5, 14)
    assert all(all_[name] >= few[name] for name in few)


def test_assumed_series_are_those_that_vary_and_are_not_rare() -> None:
    found = assumed([drawn(seed, 60) for seed in range(3)], planned_thresholds(1 / 3, 4))
    assert {one.metric for one in found} == set(DRAWN)
    assert {one.family for one in found} == {"all"}


def test_more_days_show_smaller_changes_and_a_weekly_run_shows_none_in_a_day() -> None:
    found = assumed([drawn(seed, 60) for seed in range(3)], planned_thresholds(1 / 3, 4))
    daily, weekly = visible("t", found), visible("t", found, measured_share=1 / 7)
    for metric in DRAWN:
        sizes = [row.minimum_detectable_effect for row in daily if row.metric == metric]
        assert sizes == sorted(sizes, reverse=True)
        assert [row.days for row in weekly if row.metric == metric] == [7, 28]
    by_day = {(row.metric, row.days): row.minimum_detectable_effect for row in daily}
    by_week = {(row.metric, row.days): row.minimum_detectable_effect for row in weekly}
    assert by_week["pass_rate", 7] == by_day["pass_rate", 1]


def test_a_rise_is_told_of_what_only_hurts_when_it_rises() -> None:
    """Latency has days so much alike that its smallest visible rise is more than double; a fall could not be that large."""
    found = {one.metric: one for one in assumed([drawn(1, 60)], planned_thresholds(1 / 3, 4))}
    assert found["latency_s"].smallest(1) > 1
    assert 0 < found["output_tokens"].smallest(1) < 1


def test_measured_series_have_the_noise_of_the_records_and_their_families() -> None:
    columns = drawn(3, 90)
    found = measured("t", columns, 1 / 3)
    families = {one.family for one in found if one.metric == "pass_rate"}
    assert families == {"all", *(f"family-{i}" for i in range(4))}
    one = next(one for one in found if (one.family, one.metric) == CENTRAL)
    assert 0.02 < one.smallest(7) < 0.08
    assert one.smallest(7, trials=3) < one.smallest(7)
    assert trials_a_day(columns) == 3


def test_a_real_change_in_the_records_is_no_noise() -> None:
    """A new epoch begins at the change, so that the plan is not made of its size."""
    calm, moved = (
        next(one for one in measured("t", columns, 1 / 3) if (one.family, one.metric) == CENTRAL)
        for columns in (drawn(3, 90), drawn(3, 90, Shift(moved="pass_rate", onset=60, size=-0.2)))
    )
    assert moved.smallest(7) < 1.5 * calm.smallest(7)


def test_records_of_a_few_days_have_no_noise_yet() -> None:
    assert measured("t", drawn(3, 20), 1 / 3) == []


GUESS = Outlay(target="t", trials=120, calls=120, input_tokens=1, output_tokens=1, usd=1.0, basis="guessed")


def test_measured_cost_takes_the_place_of_a_guess() -> None:
    drawn_ = drawn(1, 40)
    more = {"cost_usd": drawn_.values["output_tokens"] * 1e-5, "attempts": drawn_.values["passed"] * 0 + 1.5}
    found = measured_outlay(GUESS, replace(drawn_, values={**drawn_.values, **more}))
    assert found.basis == "measured"
    assert [found.trials, found.calls] == pytest.approx([120, 180])
    assert found.usd is not None
    assert found.usd == pytest.approx(found.output_tokens * 1e-5)


def test_a_trial_without_a_price_makes_the_dollars_unknown_and_never_0() -> None:
    columns = drawn(1, 40)
    assert measured_outlay(GUESS, columns).usd is None
    cost = columns.values["output_tokens"] * 1e-5
    cost[-1] = math.nan
    priced = replace(columns, values={**columns.values, "cost_usd": cost})
    assert measured_outlay(GUESS, priced).usd is None


def test_a_guess_stays_where_nothing_was_measured() -> None:
    columns = drawn(1, 40)
    assert measured_outlay(GUESS, kept(columns, columns.graded & False)) is GUESS


def test_a_sum_over_an_unknown_price_is_unknown() -> None:
    unknown = replace(GUESS, usd=None)
    assert together([GUESS, unknown]).usd is None
    assert together([GUESS, GUESS]).usd == 2.0
    assert unknown.times(3).usd is None
    assert GUESS.times(3).usd == 3.0
