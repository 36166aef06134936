"""What each prompt buys: saturated, dead and redundant ones are named, and a cheaper suite shows as much."""

from dataclasses import replace

import numpy as np
import pytest

from canary.analysis.cheaper import EQUAL, OF_FAMILY, cheaper_suites
from canary.analysis.plan import planned_thresholds
from canary.analysis.worth import worth
from canary.domain.ports import TrialColumns
from tests.analysis.histories import drawn, kept

THRESHOLDS = planned_thresholds(1 / 3, 4)


def with_passes(
    columns: TrialColumns, prompt: int, passed: "np.ndarray[tuple[int], np.dtype[np.float64]]"
) -> TrialColumns:
    values = columns.values["passed"].copy()
    values[columns.prompt == prompt] = passed
    return replace(columns, values={**columns.values, "passed": values})


def test_saturated_and_dead_prompts_are_named_and_say_little_of_the_pass_rate() -> None:
    columns = drawn(1, 60)
    columns = with_passes(with_passes(columns, 3, np.array(1.0)), 7, np.array(0.0))
    found = worth("t", columns)
    assert found is not None
    by_name = {one.prompt: one for one in found.prompts}
    always, never = by_name[columns.prompts[3]], by_name[columns.prompts[7]]
    assert (always.standing, never.standing) == ("saturated", "dead")
    assert max(always.pass_information, never.pass_information) < 0.1 / len(found.prompts)
    assert all(one.standing is None for one in found.prompts if 0 < one.pass_rate < 1)


def test_few_trials_are_not_called_saturated() -> None:
    columns = with_passes(drawn(1, 60), 3, np.array(1.0))
    few = kept(
        columns, (columns.prompt != 3) | (columns.run_day >= columns.run_day.max() - np.timedelta64(5, "D"))
    )
    found = worth("t", few)
    assert found is not None
    assert next(one for one in found.prompts if one.prompt == few.prompts[3]).standing is None


def test_a_prompt_that_moves_with_another_is_named_with_it() -> None:
    """Two prompts that pass and fail on the same days; of the other 780 pairs none is called redundant."""
    columns = drawn(1, 90)
    days = (columns.run_day - columns.run_day.min()).astype(int)
    good = np.random.default_rng(1).random(90) < 0.6
    for prompt in (4, 9):
        columns = with_passes(columns, prompt, good[days[columns.prompt == prompt]].astype(np.float64))
    found = worth("t", columns)
    assert found is not None
    pairs = {frozenset((one.prompt, one.repeats)) for one in found.prompts if one.repeats is not None}
    assert pairs == {frozenset((columns.prompts[4], columns.prompts[9]))}
    repeating = next(one for one in found.prompts if one.repeats is not None)
    assert repeating.buys < 0.1


@pytest.mark.parametrize("seed", range(6))
def test_independent_prompts_are_not_called_redundant(seed: int) -> None:
    found = worth("t", drawn(seed, 90))
    assert found is not None
    assert [one.prompt for one in found.prompts if one.repeats] == []


def test_shares_add_up_and_the_average_prompt_buys_1() -> None:
    found = worth("t", drawn(2, 60))
    assert found is not None
    for share in ("cost_share", "pass_information", "token_information"):
        assert sum(getattr(one, share) for one in found.prompts) == pytest.approx(1.0)
    assert sum(one.buys * one.cost_share for one in found.prompts) == pytest.approx(1.0)


def test_cost_is_counted_in_what_is_known() -> None:
    columns = drawn(2, 60)
    priced = {**columns.values, "cost_usd": columns.values["output_tokens"] * 1e-5}
    bare = {name: column for name, column in columns.values.items() if not name.endswith("_tokens")}
    for values, currency in ((priced, "usd"), (columns.values, "tokens"), (bare, "trials")):
        found = worth("t", replace(columns, values=values))
        assert found is not None
        assert found.currency == currency


def test_prompts_that_are_no_longer_asked_are_left_out() -> None:
    columns = drawn(2, 60)
    gone = kept(
        columns, (columns.prompt != 5) | (columns.run_day < columns.run_day.max() - np.timedelta64(20, "D"))
    )
    found = worth("t", gone)
    assert found is not None
    assert columns.prompts[5] not in {one.prompt for one in found.prompts}
    assert len(found.prompts) == 39


def test_without_a_graded_trial_nothing_is_weighed() -> None:
    columns = drawn(2, 20)
    assert worth("t", kept(columns, columns.graded & False)) is None
    assert worth("t", replace(columns, graded=columns.graded & False)) is None


def test_a_cheaper_suite_keeps_its_power_and_some_of_every_family() -> None:
    columns = drawn(5, 90)
    found = worth("t", columns)
    assert found is not None
    suites = cheaper_suites(columns, found.prompts, THRESHOLDS)
    assert suites
    for suite in suites:
        assert all(suite.grows[name] <= 1 + EQUAL for name in suite.equal_on)
        left = [one for one in found.prompts if one.prompt not in suite.left_out]
        families = [one.family for one in left]
        assert all(families.count(name) >= OF_FAMILY for name in set(columns.families))
        assert suite.saves == pytest.approx(1 - sum(one.cost_share for one in left))
    assert suites[-1].equal_on == ("pass_rate",)
    assert suites[-1].saves > 0.2


def test_no_suite_is_proposed_before_the_noise_is_known() -> None:
    columns = drawn(5, 20)
    found = worth("t", columns)
    assert found is not None
    assert cheaper_suites(columns, found.prompts, THRESHOLDS) == []
