"""A year of canary trials, drawn in columns, with its ground truth: for calibration, drills and backtests.

Problem: a false-alarm promise can be verified only on histories whose truth is known, by the hundred.
Method: per-prompt pass probabilities are U-shaped; the logit of a day moves with a provider-wide AR(1) effect, a weekly
pattern, load days, an effect of the family and one of the prompt; tokens are log-normal around each prompt's own mean
with heavy tails and a day effect; tool calls are negative binomial; latency has its own AR(1) and feels load days.
Arrays are dense, shape (days, prompts, replicates), NaN where a trial is missing.
Sizes and their source: `worlds.py`.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from canary.simulate.worlds import DEFAULT, SUITE, BadDay, Moved, Shape, Shift, World

Array: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, slots=True)
class History:
    """Trials of one target, dense: (days, prompts, replicates), NaN = missing.

    Attributes:
        family: family index of each prompt, shape (prompts,).
        values: `passed` (0, 1), `output_tokens`, `reasoning_tokens`, `tool_calls`, `input_tokens`, `latency_s`.
        shifts: the truth.
        bad_days: days that are off without a change.
    """

    family: NDArray[np.int32]
    values: Mapping[str, Array]
    shifts: Sequence[Shift] = ()
    bad_days: Sequence[BadDay] = ()

    @property
    def days(self) -> int:
        """Days drawn."""
        return int(self.values["passed"].shape[0])


@dataclass(frozen=True, kw_only=True, slots=True)
class _Prompts:
    """What stays the same from day to day: shape (prompts,) each."""

    logit: Array
    output: Array
    reasoning: Array
    tools: Array
    inputs: Array
    latency: Array
    output_sd: Array
    family: NDArray[np.int32] = field(repr=False)


def draw_history(
    seed: int | Sequence[int],
    *,
    days: int,
    world: World = DEFAULT,
    shape: Shape = SUITE,
    shifts: Sequence[Shift] = (),
    bad_days: Sequence[BadDay] = (),
) -> History:
    """Draw one target's history.

    Args:
        seed: equal seeds and arguments give equal histories; with a change added, everything before its onset stays.
        days: how many.
        world: size of the day-level noise.
        shape: the suite.
        shifts: true changes.
        bad_days: single days that are off.
    """
    # A stream for each quantity: what changes in one leaves the chance of the others alone.
    first, passes, output, reasoning, tools, latency = (
        np.random.default_rng(child) for child in np.random.SeedSequence(seed).spawn(6)
    )
    prompts = _prompts(first, shape)
    cube = (days, shape.prompts, shape.replicates)
    load = first.random(days) < world.load_share
    gone = (first.random(days) < world.days_missing)[:, None, None]
    gone = gone | (first.random(cube) < world.trials_missing)
    drawn = {
        "passed": _passed(passes, cube, prompts, world, load, shifts, bad_days),
        "output_tokens": _tokens(
            output,
            cube,
            prompts.output,
            prompts.output_sd,
            world.output_sd,
            world,
            shifts,
            bad_days,
            "output_tokens",
        ),
        "reasoning_tokens": _tokens(
            reasoning,
            cube,
            prompts.reasoning,
            1.6 * prompts.output_sd,
            world.reasoning_sd,
            world,
            shifts,
            (),
            "reasoning_tokens",
        ),
        "tool_calls": _tool_calls(tools, cube, prompts, world, shifts, bad_days),
        "input_tokens": _inputs(cube, prompts, shifts),
        "latency_s": _latency(latency, cube, prompts, world, load, shifts, bad_days),
    }
    for values in drawn.values():
        values[gone] = np.nan
    return History(family=prompts.family, values=drawn, shifts=tuple(shifts), bad_days=tuple(bad_days))


def _prompts(rng: np.random.Generator, shape: Shape) -> _Prompts:
    count = shape.prompts
    a = shape.mean_pass * shape.concentration
    chance = np.clip(rng.beta(a, shape.concentration - a, count), 0.01, 0.99)
    return _Prompts(
        logit=np.log(chance / (1 - chance)),
        output=rng.normal(np.log(250.0), 0.9, count),
        reasoning=rng.normal(np.log(600.0), 0.8, count),
        tools=rng.gamma(3.0, 1.6, count) + 0.5,
        inputs=np.round(rng.lognormal(np.log(180.0), 0.8, count)) + 8,
        latency=rng.normal(np.log(6.0), 0.5, count),
        output_sd=rng.uniform(0.12, 0.25, count),
        family=np.repeat(np.arange(len(shape.families), dtype=np.int32), shape.families),
    )


def autoregressive(rng: np.random.Generator, days: int, sd: float, phi: float) -> Array:
    """A stationary AR(1) series with marginal standard deviation `sd`, shape (days,)."""
    noise = rng.standard_normal(days)
    series = np.empty(days)
    series[0] = noise[0]
    step = np.sqrt(1 - phi * phi)
    for day in range(1, days):
        series[day] = phi * series[day - 1] + step * noise[day]
    scaled: Array = sd * series
    return scaled


def _strengths(shifts: Sequence[Shift], moved: Moved, days: int, prompts: int) -> list[tuple[Shift, Array]]:
    """Each shift of a quantity with its strength, shape (days, prompts)."""
    found = []
    for shift in shifts:
        if shift.moved == moved:
            mask = np.ones(prompts) if shift.prompts is None else np.zeros(prompts)
            if shift.prompts is not None:
                mask[list(shift.prompts)] = 1.0
            found.append((shift, shift.strength(days)[:, None] * mask[None, :]))
    return found


def _passed(
    rng: np.random.Generator,
    cube: tuple[int, int, int],
    prompts: _Prompts,
    world: World,
    load: NDArray[np.bool_],
    shifts: Sequence[Shift],
    bad_days: Sequence[BadDay],
) -> Array:
    days, count, _ = cube
    provider = autoregressive(rng, days, world.accuracy_sd, world.accuracy_phi)
    provider += world.weekly * np.sin(2 * np.pi * (np.arange(days) / 7 + rng.random()))
    provider += world.load_shift * load
    for bad in bad_days:
        provider[bad.day] += bad.logit
    families = int(prompts.family.max()) + 1
    by_family = world.family_sd * rng.standard_normal((days, families))
    logit = prompts.logit[None, :] + provider[:, None] + by_family[:, prompts.family]
    logit = logit + world.prompt_sd * rng.standard_normal((days, count))
    chance = 1 / (1 + np.exp(-logit))
    for shift, strength in _strengths(shifts, "pass_rate", days, count):
        chance = _moved_chance(chance, logit, prompts.logit, shift, strength)
    return (rng.random(cube) < chance[:, :, None]).astype(np.float64)


def _moved_chance(chance: Array, logit: Array, base: Array, shift: Shift, strength: Array) -> Array:
    """Move chances so that the mean over prompts moves by `size`; broken prompts go to their new chance outright."""
    if shift.prompts is not None:
        return np.where(strength > 0, np.clip(1 + shift.size, 0.0, 1.0), chance)
    levels = np.unique(strength[strength > 0])
    for level in levels:
        delta = logit_move(base, shift.size * float(level))
        chance = np.where(strength == level, 1 / (1 + np.exp(-(logit + delta))), chance)
    return chance


def logit_move(base: Array, points: float) -> float:
    """The common move of all logits that moves the mean probability by `points`, by bisection."""
    goal = float(np.clip(np.mean(1 / (1 + np.exp(-base))) + points, 0.005, 0.995))
    low, high = -12.0, 12.0
    for _ in range(60):
        middle = (low + high) / 2
        if float(np.mean(1 / (1 + np.exp(-(base + middle))))) < goal:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def _log_moves(shifts: Sequence[Shift], moved: Moved, days: int, prompts: int) -> Array:
    """What shifts add to the log of a mean, shape (days, prompts)."""
    total = np.zeros((days, prompts))
    for shift, strength in _strengths(shifts, moved, days, prompts):
        total += np.log1p(shift.size * strength)
    return total


def _heavy(rng: np.random.Generator, cube: tuple[int, int, int]) -> Array:
    """Noise of unit variance with heavy tails: Student's t with five degrees of freedom, scaled."""
    return rng.standard_t(5, cube) / math.sqrt(5 / 3)


def _tokens(
    rng: np.random.Generator,
    cube: tuple[int, int, int],
    level: Array,
    spread: Array,
    day_sd: float,
    world: World,
    shifts: Sequence[Shift],
    bad_days: Sequence[BadDay],
    moved: Moved,
) -> Array:
    days, count, _ = cube
    centre = level[None, :] + autoregressive(rng, days, day_sd, world.usage_phi)[:, None]
    centre = centre + _log_moves(shifts, moved, days, count)
    for bad in bad_days:
        centre[bad.day] += np.log(bad.output)
    width = np.broadcast_to(spread[None, :], (days, count)).copy()
    if moved == "output_tokens":
        for shift, strength in _strengths(shifts, "output_spread", days, count):
            width *= 1 + (shift.size - 1) * strength
    return np.maximum(1.0, np.round(np.exp(centre[:, :, None] + width[:, :, None] * _heavy(rng, cube))))


def _tool_calls(
    rng: np.random.Generator,
    cube: tuple[int, int, int],
    prompts: _Prompts,
    world: World,
    shifts: Sequence[Shift],
    bad_days: Sequence[BadDay],
) -> Array:
    days, count, _ = cube
    log = np.log(prompts.tools)[None, :] + autoregressive(rng, days, world.tools_sd, world.usage_phi)[:, None]
    log = log + _log_moves(shifts, "tool_calls", days, count)
    for bad in bad_days:
        log[bad.day] += np.log(bad.tools)
    shape = 1 / world.tool_overdispersion
    rate = np.exp(log)[:, :, None] * rng.gamma(shape, 1 / shape, cube)
    return rng.poisson(rate).astype(np.float64)


def _inputs(cube: tuple[int, int, int], prompts: _Prompts, shifts: Sequence[Shift]) -> Array:
    days, count, _ = cube
    tokens = np.broadcast_to(prompts.inputs[None, :], (days, count)).copy()
    for shift, strength in _strengths(shifts, "input_tokens", days, count):
        tokens += np.round(shift.size) * (strength > 0)
    return np.broadcast_to(tokens[:, :, None], cube).copy()


def _latency(
    rng: np.random.Generator,
    cube: tuple[int, int, int],
    prompts: _Prompts,
    world: World,
    load: NDArray[np.bool_],
    shifts: Sequence[Shift],
    bad_days: Sequence[BadDay],
) -> Array:
    days, count, _ = cube
    day = autoregressive(rng, days, world.latency_sd, world.latency_phi) + world.latency_load * load
    for bad in bad_days:
        day[bad.day] += np.log(bad.latency)
    log = prompts.latency[None, :] + day[:, None] + _log_moves(shifts, "latency_s", days, count)
    seconds: Array = np.exp(log[:, :, None] + 0.3 * _heavy(rng, cube))
    return seconds
