"""Noise of the drawn models matches what repeats of fixed models showed. Measured figures and tolerances: docs/decisions/0022."""

from dataclasses import replace
from functools import lru_cache

import numpy as np
import pytest
from numpy.typing import NDArray

from canary.simulate.multi import draw_scenario
from canary.simulate.ordinary import Ordinary
from canary.simulate.profile import Profile
from canary.simulate.worlds import CALM, World
from tests.simulate.drills import scenario, shipped

QUIET = World(
    name="quiet", accuracy_sd=0.0, weekly=0.0, load_share=0.0, family_sd=0.0, prompt_sd=0.0, days_missing=0.0,
    trials_missing=0.0,
)  # fmt: skip
ONE = 'targets = [{ name = "api", arm = "api", model = "m" }]'
SEEDS = 6


def cubes(
    world: World, name: str, seeds: int = SEEDS, ordinary: Ordinary | None = None
) -> list[NDArray[np.float64]]:
    """A field as (days, prompts, replicates), NaN where failed, of several models."""
    made = scenario(targets=ONE, rest="days = 60")
    found = []
    for seed in range(seeds):
        columns = draw_scenario(made, shipped(), seed, world=world, ordinary=ordinary).records["api"]
        day = (columns.run_day - columns.run_day.min()).astype(int)
        cube = np.full((day.max() + 1, len(columns.prompts), 3), np.nan)
        cube[day, columns.prompt, columns.replicate] = columns.values[name]
        found.append(cube)
    return found


@lru_cache(maxsize=1)
def passes() -> list[NDArray[np.float64]]:
    return cubes(QUIET, "passed")


def over_binomial(runs: NDArray[np.float64]) -> float:
    """Variance of a run's pass count over that of a binomial with the pooled rate."""
    rates = np.nanmean(runs, axis=1)
    pooled = float(np.nanmean(runs))
    return float(np.var(rates, ddof=1) * runs.shape[1] / (pooled * (1 - pooled)))


def test_repeats_of_a_fixed_prompt_set_vary_less_than_a_binomial_count() -> None:
    """Measured: 0.10 in the median, 0.16 and 0.40 (one model at temperatures 0 and 1), 0.38. Tolerance: 0.10 to 0.40."""
    ratios = [over_binomial(cube[:, :, r]) for cube in passes() for r in range(3)]
    assert 0.10 <= np.median(ratios) <= 0.40


def test_given_its_prompt_a_call_is_independent_unless_asked_otherwise() -> None:
    """Measured: variance of run counts over the sum of p(1-p) is about 1, 0.4 to 1.75. Tolerance: 0.8 to 1.2; evenly drawn below."""

    def ratio(cube: NDArray[np.float64]) -> float:
        rates = np.nanmean(cube, axis=(0, 2))
        counts = np.nanmean(cube, axis=2).sum(axis=1)
        return float(np.var(counts, ddof=1) / (np.sum(rates * (1 - rates)) / 3))

    assert 0.8 <= np.median([ratio(cube) for cube in passes()]) <= 1.2
    even = cubes(QUIET, "passed", 3, Ordinary(evenness=1.0))
    assert np.median([ratio(cube) for cube in even]) < 0.7


def test_most_of_the_variance_of_outcomes_is_the_prompts_own() -> None:
    """Measured: 0.68 to 0.96 for single calls. Tolerance: 0.60 to 0.90."""

    def fixed(cube: NDArray[np.float64]) -> float:
        rates = np.nanmean(cube, axis=(0, 2))
        pooled = float(np.nanmean(cube))
        return float(np.var(rates) / (pooled * (1 - pooled)))

    assert 0.60 <= np.median([fixed(cube) for cube in passes()]) <= 0.90


def test_prompts_pass_always_or_never_or_now_and_then_as_often_as_measured() -> None:
    """Measured in 10 runs at temperature 0: 59 % always, 16 % never, 21 % mixed; at 1: 36 % mixed. Tolerances: 48-70, 5-24, 18-42 %."""
    ten = [np.nansum(cube[:10, :, 0], axis=0) / np.isfinite(cube[:10, :, 0]).sum(axis=0) for cube in passes()]
    rates = np.concatenate(ten)
    always, never = np.mean(rates == 1.0), np.mean(rates == 0.0)
    assert 0.48 <= always <= 0.70
    assert 0.05 <= never <= 0.24
    assert 0.18 <= 1 - always - never <= 0.42


def within(cube: NDArray[np.float64]) -> NDArray[np.float64]:
    """Differences of two replicates' logs."""
    logs = np.log(cube)
    difference = (logs[:, :, 0] - logs[:, :, 1]).ravel()
    known: NDArray[np.float64] = difference[np.isfinite(difference)]
    return known


def test_visible_tokens_are_log_normal_with_heavy_tails() -> None:
    """Measured within a prompt: log sd 0.19, robust 0.12, excess kurtosis of differences 18. Tolerances: 0.15-0.23, 0.10-0.15, 8-30."""
    output, reasoning = (cubes(QUIET, name, 4) for name in ("output_tokens", "reasoning_tokens"))
    differences = np.concatenate([within(o - r) for o, r in zip(output, reasoning, strict=True)])
    half = differences / np.sqrt(2)
    robust = np.median(np.abs(half)) * 1.4826
    kurtosis = np.mean((half - half.mean()) ** 4) / np.var(half) ** 2 - 3
    assert 0.10 <= robust <= 0.15
    assert 0.15 <= np.std(half) <= 0.23
    assert 8 <= kurtosis <= 30


def test_prompts_differ_in_length_by_far_more_than_repeats_do() -> None:
    """Measured: log sd of tokens between prompts 0.7 to 1.2. Tolerance: 0.6 to 1.2."""
    spreads = [np.std(np.nanmean(np.log(cube), axis=(0, 2))) for cube in cubes(QUIET, "output_tokens", 4)]
    assert 0.6 <= np.median(spreads) <= 1.2


def test_tool_calls_vary_within_a_prompt_as_measured() -> None:
    """Measured: log sd 0.08 to 0.39. Tolerance: 0.15 to 0.42, over prompts with tools."""
    tools = shipped().without_harness_prompts().tools
    found = [
        np.nanstd(np.log(np.maximum(cube[:, tools], 1)), axis=(0, 2))
        for cube in cubes(QUIET, "tool_calls", 4)
    ]
    assert 0.15 <= np.median(np.concatenate(found)) <= 0.42


def test_tool_calls_beyond_those_a_task_needs_are_overdispersed_as_measured() -> None:
    """Measured: a negative binomial with k = 6.9, which is a = 0.145 in var = mu + a mu^2. Tolerance: 0.10 to 0.20.

    All calls together vary less here than there (variance over mean 0.5 to 0.7, measured 2.2): a task of this set needs most
    of its calls whatever happens, a conversation with a customer does not.
    """
    tools = shipped().without_harness_prompts().tools
    found = []
    for cube in cubes(QUIET, "tool_calls", 4):
        calls = cube[:, tools]
        beyond = np.nanmean(calls, axis=(0, 2)) - np.nanmin(calls, axis=(0, 2))
        found.append(np.median((np.nanvar(calls, axis=(0, 2)) - beyond) / beyond**2))
    assert 0.10 <= np.median(found) <= 0.20


def test_days_of_a_fixed_model_differ_by_what_sampling_alone_gives() -> None:
    """Measured: no variance between sessions (rms 0.60 points against 0.70 expected); with three repeats of 100 prompts a daily
    sd of 1.3 points, of 200 prompts 0.9. Tolerance here, for 121 prompts without day effects: 0.9 to 1.6. A deployment's days,
    of which there is no public record, are an assumption on top of it: wider in rough worlds than in calm ones.
    """  # fmt: skip
    quiet = [np.std(np.nanmean(cube, axis=(1, 2)), ddof=1) for cube in passes()]
    assert 0.009 <= np.median(quiet) <= 0.016
    wide = replace(QUIET, name="wide", accuracy_sd=0.3)
    moved = [np.std(np.nanmean(cube, axis=(1, 2)), ddof=1) for cube in cubes(wide, "passed", 3)]
    assert np.median(moved) > 1.3 * np.median(quiet)


@pytest.mark.parametrize(("field", "direction"), [("output_tokens", 1), ("final_words", -1)])
def test_outcome_and_tokens_go_together(field: str, direction: int) -> None:
    """A failing trial says a little less and thinks a little longer."""
    for cube, passed in zip(cubes(CALM, field, 2), cubes(CALM, "passed", 2), strict=True):
        logs = np.log(np.maximum(cube, 1)) - np.nanmean(
            np.log(np.maximum(cube, 1)), axis=(0, 2), keepdims=True
        )
        difference = np.nanmean(logs[passed == 0]) - np.nanmean(logs[passed == 1])
        assert difference * direction > 0


def test_targets_of_one_provider_share_half_of_their_days() -> None:
    """The deployment's day effects: correlation about 0.5 between two targets, in a world of wide days."""
    wide = World(name="wide", accuracy_sd=0.0, weekly=0.0, load_share=0.0, family_sd=0.0, output_sd=0.3)
    found = []
    for seed in range(4):
        records = draw_scenario(scenario(rest="days = 60"), small(), seed, world=wide).records
        days = []
        for columns in records.values():
            day = (columns.run_day - columns.run_day.min()).astype(int)
            logs = np.log(columns.values["final_words"])
            known = np.isfinite(logs)
            days.append(
                np.bincount(day[known], logs[known], minlength=121)
                / np.maximum(np.bincount(day[known], minlength=121), 1)
            )
        there = (days[0] > 0) & (days[1] > 0)
        found.append(np.corrcoef(days[0][there], days[1][there])[0, 1])
    assert 0.2 <= np.mean(found) <= 0.8


def small() -> Profile:
    """The prompts that any arm can be asked."""
    return shipped().without_harness_prompts()
