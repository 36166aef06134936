"""Laws of comparing two sides over one set of prompts."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import stats

from canary.stats.conditional import dealt, signs_dealt
from canary.stats.days import NO_DAYS, DayError, DaySpread, day_error, day_spread
from canary.stats.effects import (
    Cells,
    count_ratio,
    holm,
    lost_and_gained,
    mean_difference,
    rate_difference,
)

Array = NDArray[np.float64]
DAY = DayError(variance=0.02**2, freedom=20.0)


def cells(a: Array, b: Array) -> Cells:
    """Trials of both sides, shape (prompts, replicates), as one stratum a prompt."""
    return Cells(
        unit=np.arange(a.shape[0]),
        count_a=np.full(a.shape[0], float(a.shape[1])),
        total_a=a.sum(axis=1),
        square_a=(a**2).sum(axis=1),
        count_b=np.full(b.shape[0], float(b.shape[1])),
        total_b=b.sum(axis=1),
        square_b=(b**2).sum(axis=1),
    )


def verdicts(seed: int, prompts: int, replicates: int, chance: float = 0.7) -> Array:
    return (np.random.default_rng(seed).random((prompts, replicates)) < chance).astype(np.float64)


def test_with_one_trial_a_side_it_is_mcnemars_mid_p_test() -> None:
    a = np.array([1.0] * 14 + [0.0] * 4 + [1.0] * 30)[:, None]
    b = np.array([0.0] * 14 + [1.0] * 4 + [1.0] * 30)[:, None]
    found = rate_difference(cells(a, b), NO_DAYS)
    mid = 2 * (stats.binom.cdf(3, 18, 0.5) + stats.binom.pmf(4, 18, 0.5) / 2)
    assert found.p_value == pytest.approx(mid)
    assert found.effect == pytest.approx(-10 / 48)


def test_with_one_trial_a_side_the_error_is_the_paired_one_and_one_discordant_trial() -> None:
    a, b = verdicts(1, 200, 1), verdicts(2, 200, 1)
    found = rate_difference(cells(a, b), NO_DAYS)
    paired = float(((b - a) ** 2).sum() / 200 - (b - a).mean() ** 2) / 200
    assert found.error == pytest.approx(np.sqrt(paired + 1 / 200**2))


def test_with_many_trials_the_exact_tail_and_the_normal_one_agree() -> None:
    a, b = verdicts(3, 60, 4), verdicts(4, 60, 4, 0.6)
    four = np.full(60, 4.0)
    exact = dealt(four, a.sum(axis=1), four, b.sum(axis=1), np.arange(60))
    passed = a.sum(axis=1) + b.sum(axis=1)
    variance = passed * (8 - passed) * 16 / (64 * 7)
    assert exact.variance == pytest.approx(variance.sum())
    assert exact.score == pytest.approx((b.sum() - passed.sum() / 2) / np.sqrt(variance.sum()), abs=0.03)


@settings(max_examples=40)
@given(seed=st.integers(0, 500), replicates=st.integers(1, 4), prompts=st.integers(1, 30))
def test_turning_the_sides_round_turns_the_sign_and_nothing_else(
    seed: int, replicates: int, prompts: int
) -> None:
    a, b = verdicts(seed, prompts, replicates), verdicts(seed + 1, prompts, replicates, 0.5)
    there, back = (rate_difference(cells(*sides), DAY) for sides in ((a, b), (b, a)))
    assert there.shift == pytest.approx(-(back.shift or 0.0))
    assert there.error == pytest.approx(back.error)
    assert there.p_value == pytest.approx(back.p_value)


@pytest.mark.parametrize("prompts", [1, 3, 5])
def test_a_few_prompts_without_a_difference_do_not_pass_for_certainty(prompts: int) -> None:
    same = np.ones((prompts, 3))
    found = rate_difference(cells(same, same), NO_DAYS)
    assert found.p_value == 1.0
    assert not found.within(0.02)
    many = np.ones((200, 3))
    assert rate_difference(cells(many, many), NO_DAYS).within(0.02)


def test_an_error_of_days_can_not_be_bought_off_with_trials() -> None:
    a, b = verdicts(5, 40, 400), verdicts(6, 40, 400)
    assert (rate_difference(cells(a, b), DAY).error or 0.0) >= 0.02
    log = np.random.default_rng(7).normal(size=(400, 1)) * 0.001
    assert (mean_difference(cells(log, log + 0.01), DAY, "ratio").p_value or 0.0) > 0.5


def test_prompts_that_only_traded_places_are_churn_where_replicates_can_tell() -> None:
    a = np.zeros((60, 4))
    a[:30] = 1
    traded = a.copy()
    traded[:5], traded[-5:] = 0, 1
    found = rate_difference(cells(a, traded), NO_DAYS)
    assert found.effect == pytest.approx(0.0)
    assert found.p_value == pytest.approx(1.0, abs=0.2)
    assert found.churn < 0.001
    once = rate_difference(cells(a[:, :1], traded[:, :1]), NO_DAYS)
    assert once.churn == 1.0


def test_tokens_are_compared_prompt_by_prompt_as_a_ratio() -> None:
    rng = np.random.default_rng(8)
    level = rng.normal(6, 1, (50, 1))
    a = level + 0.2 * rng.standard_normal((50, 3))
    b = level + np.log(0.8) + 0.2 * rng.standard_normal((50, 3))
    found = mean_difference(cells(a, b), NO_DAYS, "ratio")
    low, high = found.interval() or (0.0, 0.0)
    assert low < -0.2 < high
    assert high - low < 0.1
    assert (found.p_value or 1.0) < 1e-6


def test_few_prompts_are_judged_by_their_replicates() -> None:
    rng = np.random.default_rng(9)
    a = rng.normal(5, 0.2, (2, 30))
    found = mean_difference(cells(a, a + 0.5), NO_DAYS, "ratio")
    assert (found.p_value or 1.0) < 1e-6
    alone = mean_difference(cells(a[:1, :1], a[:1, 1:2]), NO_DAYS, "ratio")
    assert alone.p_value is None
    assert alone.interval() is None


def test_counts_that_never_happen_and_those_that_begin_are_told_apart() -> None:
    nothing = np.zeros((20, 3))
    assert count_ratio(cells(nothing, nothing), NO_DAYS).p_value == 1.0
    begun = count_ratio(cells(nothing, nothing + 1), NO_DAYS)
    assert begun.effect is None
    assert (begun.p_value or 1.0) < 1e-3


@given(st.lists(st.floats(-3, 3), min_size=1, max_size=10))
def test_signs_dealt_anew_are_fair(moved: list[float]) -> None:
    differences = np.array(moved)
    assert signs_dealt(differences) == pytest.approx(-signs_dealt(-differences), abs=1e-9)


def test_days_that_differ_no_more_than_sampling_add_nothing_and_one_day_is_taken_on_trust() -> None:
    rng = np.random.default_rng(10)
    quiet = day_spread(rng.standard_normal((28, 40)))
    assert quiet.variance == pytest.approx(quiet.sampling, rel=0.6)
    loud = day_spread(rng.standard_normal((28, 40)) + 2 * rng.standard_normal((28, 1)))
    one = DaySpread(days=1)
    assert day_error([one, one], 0.01, 0.5).variance == pytest.approx(0.02)
    assert day_error([loud, one], 0.01, 0.5).variance > 2
    assert day_error([loud, loud], 0.01, 0.5).variance < day_error([loud, one], 0.01, 0.5).variance


@given(st.lists(st.floats(0, 1), min_size=1, max_size=12))
def test_holm_never_lowers_a_p_value_and_keeps_their_order(p_values: list[float]) -> None:
    adjusted = holm(p_values)
    assert all(new >= old for new, old in zip(adjusted, p_values, strict=True))
    order = np.argsort(p_values, kind="stable")
    assert (np.diff(np.array(adjusted)[order]) >= 0).all()


def test_holm_by_hand() -> None:
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])


def test_lost_and_gained_go_by_majorities_with_the_largest_move_first() -> None:
    lost, gained = lost_and_gained(np.array([0.6, 1.0, 0.5, 0.0, 1.0]), np.array([0.3, 0.0, 0.0, 1.0, 0.6]))
    assert lost.tolist() == [1, 0]
    assert gained.tolist() == [3]
