"""The level of one run: its interval covers at the stated rate, on both sides, and is no wider than it must be.

Every coverage figure is conditional on one fixed set of prompts, because that is what the interval claims. Tolerances:
2,000 simulated runs a world give a standard error of 0.35 points where 2.5 % miss; 4 % a side is 4 of them.
"""

from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from canary.stats.panel import Estimate, stratified_mean, stratified_rate, wilson

RUNS = 2000
ONE_SIDE = 0.04
SLACK = 1e-12

Probabilities = NDArray[np.float64]


def worlds() -> Iterator[tuple[str, Probabilities]]:
    """Fixed sets as measured on real models (U-shaped), and the awkward ones: nearly sure, and all but one sure."""
    rng = np.random.default_rng(20260301)
    for k in (16, 40, 100):
        yield f"{k} prompts, U-shaped 0.3", rng.beta(0.24, 0.06, k)
        yield f"{k} prompts, U-shaped 0.5", rng.beta(0.375, 0.125, k)
        yield f"{k} prompts, all at 0.98", np.full(k, 0.98)
        yield f"{k} prompts, all at 0.995", np.full(k, 0.995)
        yield f"{k} prompts, all but one sure", np.r_[0.5, np.ones(k - 1)]
        yield f"{k} prompts, a third at a half", np.where(np.arange(k) < k // 3, 0.5, 0.999)
        yield f"{k} prompts, one often and all seldom", np.r_[0.5, np.full(k - 1, 0.98)]


WORLDS = dict(worlds())


def verdicts(probabilities: Probabilities, replicates: int, seed: int) -> Iterator[Estimate]:
    """Runs over one fixed set."""
    rng = np.random.default_rng(seed)
    labels = np.repeat(np.arange(probabilities.size), replicates).tolist()
    seen: dict[bytes, Estimate] = {}
    for _ in range(RUNS):
        drawn = (rng.random((probabilities.size, replicates)) < probabilities[:, None]).astype(float)
        drawn.sort(axis=1)  # replicates are exchangeable, so that equal counts need computing once
        key = drawn.tobytes()
        if key not in seen:
            seen[key] = stratified_rate(drawn.ravel(), labels)
        yield seen[key]


def misses(estimates: Iterator[Estimate], truth: float) -> tuple[float, float]:
    """Shares of intervals that lie wholly above the truth, and wholly below it."""
    above = below = total = 0
    for estimate in estimates:
        assert estimate.low is not None
        assert estimate.high is not None
        total += 1
        above += truth < estimate.low - SLACK
        below += truth > estimate.high + SLACK
    return above / total, below / total


@pytest.mark.parametrize("replicates", [1, 3, 5])
@pytest.mark.parametrize("world", ["16 prompts", "40 prompts", "100 prompts"])
def test_the_interval_of_a_pass_rate_misses_at_most_4_percent_on_either_side(
    world: str, replicates: int
) -> None:
    """Nominal 2.5 % a side, on every fixed set, with one, three and five replicates."""
    for name, probabilities in WORLDS.items():
        if name.startswith(world):
            above, below = misses(verdicts(probabilities, replicates, seed=1), float(probabilities.mean()))
            assert above <= ONE_SIDE, name
            assert below <= ONE_SIDE, name


def test_on_a_u_shaped_set_the_interval_is_about_half_as_wide_as_that_of_one_sample() -> None:
    """100 prompts and 3 replicates: 0.4 to 0.7 of the width that 300 independent trials would have."""
    probabilities = WORLDS["100 prompts, U-shaped 0.3"]
    estimates = list(verdicts(probabilities, 3, seed=2))[:200]
    pooled = [wilson(round(e.value * 300), 300) for e in estimates]
    ratio = np.mean([(e.high or 0) - (e.low or 0) for e in estimates]) / np.mean([b - a for a, b in pooled])
    assert 0.4 < ratio < 0.7


@pytest.mark.parametrize("replicates", [2, 3, 5])
def test_a_score_that_often_moves_a_little_does_not_hide_one_that_seldom_falls_far(replicates: int) -> None:
    """Four prompts wobble between 0.9 and 1, twelve fall to 0 once in fifty: the interval still holds the truth."""
    rng = np.random.default_rng(3)
    labels = np.repeat(np.arange(16), replicates).tolist()

    def runs() -> Iterator[Estimate]:
        for _ in range(RUNS):
            drawn = (rng.random((16, replicates)) >= 0.02).astype(float)
            drawn[:4] = 1 - 0.1 * (rng.random((4, replicates)) < 0.5)
            yield stratified_rate(drawn.ravel(), labels)

    above, below = misses(runs(), (12 * 0.98 + 4 * 0.95) / 16)
    assert above <= ONE_SIDE
    assert below <= ONE_SIDE


@pytest.mark.parametrize("replicates", [3, 5])
@pytest.mark.parametrize("prompts", [16, 40, 100])
def test_the_interval_of_tokens_misses_at_most_4_percent_above_and_5_percent_below(
    prompts: int, replicates: int
) -> None:
    """Log-normal tokens, prompts a factor of e apart, 25 % within a prompt: skewness costs the upper side most."""
    rng = np.random.default_rng(4)
    medians = np.exp(rng.normal(6, 1, prompts))
    truth = float((medians * np.exp(0.25**2 / 2)).mean())
    labels = np.repeat(np.arange(prompts), replicates).tolist()
    runs = (
        stratified_mean((medians[:, None] * np.exp(0.25 * noise)).ravel(), labels)
        for noise in rng.standard_normal((RUNS, prompts, replicates))
    )
    above, below = misses(runs, truth)
    assert above <= ONE_SIDE
    assert below <= 0.05


def test_each_prompt_weighs_the_same_however_many_of_its_trials_were_graded() -> None:
    """Three passes of one prompt and one miss of another are a level of one half."""
    estimate = stratified_rate([1, 1, 1, 0], ["a", "a", "a", "b"])
    assert estimate.value == 0.5
    assert (estimate.n, estimate.strata) == (4, 2)


def test_one_replicate_gives_a_pass_rate_the_limits_of_one_sample_and_says_so() -> None:
    """Clopper and Pearson's limits of 15 in 16."""
    estimate = stratified_rate([1] * 15 + [0], range(16))
    assert estimate.basis == "trials"
    assert estimate.low == pytest.approx(0.6977, abs=1e-4)
    assert estimate.high == pytest.approx(0.9984, abs=1e-4)


def test_all_passed_is_never_called_certain() -> None:
    """48 passes of 48: the lower limit is that of one sample, 0.9260."""
    estimate = stratified_rate([1] * 48, [n // 3 for n in range(48)])
    assert (estimate.basis, estimate.high) == ("trials", 1.0)
    assert estimate.low == pytest.approx(0.9260, abs=1e-4)


def test_none_passed_is_never_called_certain() -> None:
    """The mirror image of all passed."""
    estimate = stratified_rate([0] * 48, [n // 3 for n in range(48)])
    assert estimate.low == 0.0
    assert estimate.high == pytest.approx(1 - 0.9260, abs=1e-4)


def test_without_replicates_a_number_has_no_interval() -> None:
    """One answer a prompt says nothing of the spread within it."""
    estimate = stratified_mean([120.0, 340.0, 95.0], ["a", "b", "c"])
    assert (estimate.low, estimate.high, estimate.basis) == (None, None, "none")


def test_equal_replicates_give_no_interval_even_where_their_mean_is_rounded() -> None:
    """The mean of three times 0.1 is not 0.1 in floating point; that difference is no spread."""
    estimate = stratified_mean([0.1] * 3 + [0.7] * 3, ["a"] * 3 + ["b"] * 3)
    assert (estimate.low, estimate.high, estimate.basis) == (None, None, "none")
    assert stratified_rate([0.1] * 3 + [0.7] * 3, ["a"] * 3 + ["b"] * 3).basis == "trials"


def test_the_interval_of_numbers_agrees_with_a_hand_calculation() -> None:
    """Means 2 and 20, variances 1 and 4, three each: V = (1/3 + 4/3)/4, df = 2 * (5/3)^2 / (1/9 + 16/9), t = 3.217."""
    estimate = stratified_mean([1, 2, 3, 18, 20, 22], ["a"] * 3 + ["b"] * 3)
    assert estimate.value == 11
    assert estimate.high is not None
    df = 2 * (5 / 3) ** 2 / (17 / 9)
    assert df == pytest.approx(2.941, abs=1e-3)
    assert (estimate.high - 11) / np.sqrt(5 / 12) == pytest.approx(3.217, abs=2e-3)


def test_a_prompt_with_one_answer_left_is_taken_to_vary_as_the_others_do() -> None:
    """Two prompts with variance 1 and one single answer: V = (1/2 + 1/2 + 1) / 9."""
    estimate = stratified_mean([1, 1 + np.sqrt(2), 5, 5 + np.sqrt(2), 9], ["a", "a", "b", "b", "c"])
    assert estimate.basis == "replicates"
    wide = stratified_mean([1, 1 + np.sqrt(2), 5, 5 + np.sqrt(2)], ["a", "a", "b", "b"])
    assert estimate.low is not None
    assert wide.low is not None
    assert estimate.value - estimate.low > 0
    assert (estimate.value - estimate.low) / (wide.value - wide.low) == pytest.approx(
        np.sqrt(2 / 9) / np.sqrt(1 / 4) * T_8 / T_2, rel=1e-3
    )


T_2 = 4.302653  # 97.5 % point of Student's t with 2 degrees of freedom
T_8 = 2.306004  # with 8: (1/2 + 1/2 + 1)^2 / (1/4 + 1/4)


@given(
    st.lists(st.tuples(st.integers(0, 6), st.sampled_from([0.0, 0.25, 0.5, 1.0])), min_size=1, max_size=40)
)
def test_limits_hold_the_value_and_stay_between_0_and_1(pairs: list[tuple[int, float]]) -> None:
    """For any mixture of prompts, replicates and scores."""
    estimate = stratified_rate([value for _, value in pairs], [label for label, _ in pairs])
    assert estimate.low is not None
    assert estimate.high is not None
    assert 0 <= estimate.low <= estimate.value + SLACK
    assert estimate.value - SLACK <= estimate.high <= 1


PAIRS = st.lists(st.tuples(st.integers(0, 4), st.sampled_from([0.0, 1.0])), min_size=1, max_size=30)


@given(PAIRS.flatmap(lambda pairs: st.tuples(st.just(pairs), st.permutations(pairs))))
def test_the_order_of_trials_does_not_matter(
    orders: tuple[list[tuple[int, float]], list[tuple[int, float]]],
) -> None:
    """The panel is a set of trials."""
    one, two = (stratified_rate([v for _, v in pairs], [label for label, _ in pairs]) for pairs in orders)
    assert one.value == pytest.approx(two.value)
    assert one.low == pytest.approx(two.low, abs=1e-9)
    assert one.high == pytest.approx(two.high, abs=1e-9)


def test_wilson_agrees_with_published_limits() -> None:
    """Newcombe, Statistics in Medicine 17 (1998), table I: 81 of 263, 15 of 148, 0 of 20, 1 of 29."""
    for successes, n, low, high in (
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0000, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ):
        assert wilson(successes, n) == pytest.approx((low, high), abs=5e-5)


@pytest.mark.parametrize("values", [[], [1.0]])
def test_values_without_labels_are_refused(values: list[float]) -> None:
    """A level of nothing is not 0."""
    with pytest.raises(ValueError, match="at least one of each"):
        stratified_mean(values, [])


def test_a_rate_refuses_what_is_no_share() -> None:
    """A count in the place of a verdict is a mistake of the caller."""
    with pytest.raises(ValueError, match="from 0 to 1"):
        stratified_rate([0.0, 2.0], ["a", "b"])
    with pytest.raises(ValueError, match="no share"):
        wilson(3, 2)
    with pytest.raises(ValueError, match="no share"):
        wilson(0, 0)
