"""How a model behaves while nothing changes: levels of each prompt, and days that differ.

Sizes follow measured repeats of fixed models (docs/drills.md has the table, tests/simulate/test_ordinary.py holds it): pass
probabilities U-shaped; the log of output tokens with a robust standard deviation of about 0.12 within a prompt and tails that
make it 0.19; tool calls mostly needed ones and an overdispersed rest. Day effects are those of `worlds.py`, half of their
variance shared by the targets of one provider.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from canary.simulate.history import autoregressive
from canary.simulate.profile import Profile
from canary.simulate.scenarios import Site
from canary.simulate.worlds import BadDay, World

Array: TypeAlias = NDArray[np.float64]
Flags: TypeAlias = NDArray[np.bool_]

TAIL_SHARE = 0.03
TAIL_WIDTH = 7.0
"""Noise is normal, but for this share of trials with this many times the width."""
REASONING_TAIL = 2.5
"""The same of reasoning tokens, which are wider to begin with."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Ordinary:
    """Rates and sizes of a well-behaved model.

    Attributes:
        mean_pass, concentration: of the Beta of pass probabilities.
        evenness: share of prompt days whose replicates are drawn evenly spread instead of independently; makes repeats
            vary less than a binomial count would.
        arm_sd: how far a prompt's difficulty differs between arms, on the logit.
        gap: share of failing trials of a form check that pass when form is forgiven.
        output_sd, reasoning_sd: of the log within a prompt, before tails.
        failing_output, failing_reasoning: factors where the trial fails.
        needed_calls: share of tool calls that a task needs whatever happens.
        rates: of everything that happens seldom.
        phrases: share of answers with a phrase of each watched family.
        shared: share of day-effect variance common to all targets.
    """

    mean_pass: float = 0.78
    concentration: float = 0.4
    evenness: float = 0.0
    arm_sd: float = 0.4
    gap: float = 0.15
    output_sd: float = 0.12
    reasoning_sd: float = 0.3
    failing_output: float = 0.93
    failing_reasoning: float = 1.2
    needed_calls: float = 0.6
    shared: float = 0.5
    rates: Mapping[str, float] = field(
        default_factory=lambda: {
            "zero_reasoning": 0.04, "blind": 0.06, "invalid": 0.01, "repeated": 0.02, "refused": 0.003,
            "truncated": 0.002, "wrong_script": 0.0002, "failed": 0.003,
        }
    )  # fmt: skip
    phrases: Mapping[str, float] = field(
        default_factory=lambda: {
            "budget": 0.001, "farewell": 0.001, "minimal_fix": 0.01, "permission": 0.03, "placeholder": 0.005,
        }
    )  # fmt: skip


@dataclass(frozen=True, kw_only=True, slots=True)
class Levels:
    """What stays the same from day to day, one entry a prompt: logit of passing, logs of the rest."""

    logit: Array
    visible: Array
    reasoning: Array
    calls: Array
    reads: Array
    between: Array
    final: Array
    latency: Array


@dataclass(frozen=True, kw_only=True, slots=True)
class Days:
    """What differs from day to day, shape (days,): effects on logit or log, load, and whether nothing ran."""

    passes: Array
    visible: Array
    reasoning: Array
    calls: Array
    latency: Array
    speed: Array
    gone: Flags


def noise(rng: np.random.Generator, shape: tuple[int, ...], tail: float = TAIL_WIDTH) -> Array:
    """Noise whose robust width is 1 and whose tails are heavy."""
    tails = rng.random(shape) < TAIL_SHARE
    drawn: Array = rng.standard_normal(shape) * np.where(tails, tail, 1.0)
    return drawn


def common_levels(rng: np.random.Generator, profile: Profile, ordinary: Ordinary) -> Levels:
    """Levels of a prompt set for a model, whatever the arm."""
    count = len(profile)
    a = ordinary.mean_pass * ordinary.concentration
    chance = np.clip(rng.beta(a, ordinary.concentration - a, count), 0.002, 0.998)
    visible = rng.normal(np.log(220.0), 0.9, count) + 0.3 * np.log(profile.turns)
    reasoning = rng.normal(np.log(500.0), 0.9, count)
    return Levels(
        logit=np.log(chance / (1 - chance)),
        visible=visible,
        reasoning=reasoning,
        calls=np.log(rng.gamma(4.0, 1.25, count) + 1.0),
        reads=np.log(rng.gamma(6.0, 0.5, count) + 0.5),
        between=rng.normal(np.log(55.0), 0.35, count),
        final=visible + np.log(0.55) + rng.normal(0.0, 0.2, count),
        latency=np.log(1.0 + (np.exp(visible) + np.exp(reasoning)) / 60.0),
    )


def levels_of(rng: np.random.Generator, common: Levels, site: Site, ordinary: Ordinary) -> Levels:
    """A target's levels: the model's, moved a little for each prompt; a harness thinks longer and takes longer."""
    count = common.logit.size
    harness = float(site.is_harness)
    return Levels(
        logit=common.logit + ordinary.arm_sd * rng.standard_normal(count),
        visible=common.visible + 0.1 * rng.standard_normal(count),
        reasoning=common.reasoning + 0.2 * harness + 0.1 * rng.standard_normal(count),
        calls=common.calls + 0.15 * harness + 0.1 * rng.standard_normal(count),
        reads=common.reads,
        between=common.between,
        final=common.final,
        latency=common.latency + 0.7 * harness,
    )


def common_days(
    rng: np.random.Generator, days: int, world: World, shared: float, bad_days: tuple[BadDay, ...]
) -> Days:
    """Day effects of the provider, those that all targets share; weekly pattern, load and bad days in full."""
    day = np.arange(days)
    load = rng.random(days) < world.load_share
    wave = world.weekly * np.sin(2 * np.pi * (day / 7 + rng.random()))
    drawn = _days(rng, days, world, np.sqrt(shared))
    passes, latency = drawn.passes + wave + world.load_shift * load, drawn.latency + world.latency_load * load
    visible, calls = drawn.visible.copy(), drawn.calls.copy()
    for bad in bad_days:
        passes[bad.day] += bad.logit
        latency[bad.day] += np.log(bad.latency)
        visible[bad.day] += np.log(bad.output)
        calls[bad.day] += np.log(bad.tools)
    return Days(
        passes=passes,
        visible=visible,
        reasoning=drawn.reasoning,
        calls=calls,
        latency=latency,
        speed=drawn.speed,
        gone=rng.random(days) < world.days_missing,
    )


def days_of(rng: np.random.Generator, common: Days, world: World, shared: float) -> Days:
    """A target's days: its share of what is common, and its own."""
    own = _days(rng, common.gone.size, world, np.sqrt(1.0 - shared))
    return Days(
        passes=common.passes + own.passes,
        visible=common.visible + own.visible,
        reasoning=common.reasoning + own.reasoning,
        calls=common.calls + own.calls,
        latency=common.latency + own.latency,
        speed=common.speed + own.speed,
        gone=common.gone,
    )


def _days(rng: np.random.Generator, days: int, world: World, part: float) -> Days:
    def series(sd: float, phi: float) -> Array:
        return autoregressive(rng, days, part * sd, phi)

    return Days(
        passes=series(world.accuracy_sd, world.accuracy_phi),
        visible=series(world.output_sd, world.usage_phi),
        reasoning=series(world.reasoning_sd, world.usage_phi),
        calls=series(world.tools_sd, world.usage_phi),
        latency=series(world.latency_sd, world.latency_phi),
        speed=series(world.latency_sd / 2, world.latency_phi),
        gone=np.zeros(days, dtype=np.bool_),
    )
