"""What a history is drawn from: how much days differ although nothing changed, the size of the suite, and what changes.

Source: sizes of day-level noise are assumptions (no public per-trial history exists) bracketed by three worlds; the per-prompt
spread and token noise follow measured repeats of fixed models.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

Array: TypeAlias = NDArray[np.float64]
Moved: TypeAlias = Literal[
    "pass_rate",
    "output_tokens",
    "reasoning_tokens",
    "tool_calls",
    "latency_s",
    "input_tokens",
    "output_spread",
]


@dataclass(frozen=True, kw_only=True, slots=True)
class World:
    """How much days differ although nothing changed. Standard deviations are of day effects.

    Attributes:
        name: for messages.
        accuracy_sd: provider-wide, on the logit, AR(1) with coefficient `accuracy_phi`.
        weekly: amplitude of a seven-day wave on the logit.
        load_share: share of days under load.
        load_shift: what load does to the logit.
        family_sd: family x day, on the logit.
        prompt_sd: prompt x day, on the logit: replicates of one day resemble each other.
        output_sd, reasoning_sd, tools_sd: on the log, AR(1) with coefficient `usage_phi`.
        latency_sd: on the log, AR(1) with coefficient `latency_phi`.
        latency_load: what load adds to the log of latency.
        days_missing, trials_missing: shares.
        tool_overdispersion: a in var = mu + a mu^2.
    """

    name: str
    accuracy_sd: float
    weekly: float
    load_share: float
    load_shift: float = -0.35
    family_sd: float
    prompt_sd: float = 0.25
    accuracy_phi: float = 0.5
    output_sd: float = 0.02
    reasoning_sd: float = 0.03
    tools_sd: float = 0.03
    usage_phi: float = 0.6
    latency_sd: float = 0.12
    latency_phi: float = 0.7
    latency_load: float = 0.5
    days_missing: float = 0.02
    trials_missing: float = 0.005
    tool_overdispersion: float = 0.15


CALM = World(name="calm", accuracy_sd=0.0, weekly=0.0, load_share=0.0, family_sd=0.0)
DEFAULT = World(name="default", accuracy_sd=0.10, weekly=0.05, load_share=0.03, family_sd=0.06)
ROUGH = World(name="rough", accuracy_sd=0.25, weekly=0.05, load_share=0.05, family_sd=0.15)
WORLDS: Mapping[str, World] = {world.name: world for world in (CALM, DEFAULT, ROUGH)}


@dataclass(frozen=True, kw_only=True, slots=True)
class Shape:
    """Size of the suite.

    Attributes:
        families: prompts in each family.
        replicates: trials per prompt and day.
        mean_pass: mean of the prompts' pass probabilities.
        concentration: a + b of their Beta; small = U-shaped.
    """

    families: tuple[int, ...] = (14, 12, 8, 6)
    replicates: int = 3
    mean_pass: float = 0.78
    concentration: float = 0.4

    @property
    def prompts(self) -> int:
        """All prompts."""
        return sum(self.families)


SUITE = Shape()
"""The suite of the reference figures: 40 prompts over four families, three trials a day."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Shift:
    """A true change of one quantity.

    Attributes:
        moved: what moves.
        onset: first day of the change, from 0.
        size: pass_rate: points as a fraction (-0.05 = five points down); input_tokens: tokens added to every prompt;
            output_spread: factor on the standard deviation of the log; all else: factor - 1 on the mean (-0.1 = ten
            per cent less).
        end: first day after it; None = it stays.
        ramp: days over which it grows in even steps; 1 = a step.
        prompts: indices of the prompts it meets; None = all. A pass rate of named prompts goes to `size` + 1: -1 means
            that they break.
    """

    moved: Moved
    onset: int
    size: float
    end: int | None = None
    ramp: int = 1
    prompts: tuple[int, ...] | None = None

    def strength(self, days: int) -> Array:
        """Share of the change in force on each day, 0..1, shape (days,)."""
        day = np.arange(days)
        grown = np.clip((day - self.onset + 1) / self.ramp, 0.0, 1.0)
        return np.where((day >= self.onset) & (day < (days if self.end is None else self.end)), grown, 0.0)


@dataclass(frozen=True, kw_only=True, slots=True)
class BadDay:
    """One day on which everything is off, and then it is over: not a change."""

    day: int
    logit: float = -1.5
    latency: float = 3.0
    output: float = 0.7
    tools: float = 0.6
