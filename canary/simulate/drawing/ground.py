"""What every draw of one target stands on: its prompts, levels, days and the moves in force."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from canary.simulate.effects import code_of, scope
from canary.simulate.history import logit_move
from canary.simulate.mixing import Hit
from canary.simulate.ordinary import Days, Levels, Ordinary
from canary.simulate.profile import Profile
from canary.simulate.scenarios import Change, Effect, Site
from canary.simulate.worlds import World

Array: TypeAlias = NDArray[np.float64]
Flags: TypeAlias = NDArray[np.bool_]

STREAMS = ("verdicts", "process", "usage", "timing", "rare")
"""Each part of a trial has chance of its own, so that what moves in one leaves the others' draws alone."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Move:
    """One effect on one target: where it applies and when it is in force.

    Attributes:
        effect: the effect.
        prompts: which it applies to, shape (prompts,).
        trials: which are hit, shape (days, prompts, replicates).
        strength: share of its size in force, shape (days,).
    """

    effect: Effect
    prompts: Flags
    trials: Flags
    strength: Array

    @property
    def field(self) -> str:
        """What of a trial it moves."""
        return code_of(self.effect.metric).field

    @property
    def days(self) -> Flags:
        """Days on which any trial is hit."""
        return np.asarray(self.trials.any(axis=(1, 2)), dtype=np.bool_)


def moves_of(change: Change, hit: Hit, profile: Profile) -> Iterator[Move]:
    """The drawn effects of a change."""
    for effect in change.effects:
        if effect.drawn and code_of(effect.metric).how != "none":
            prompts = scope(effect, profile)
            trials = hit.trials & prompts[None, :, None]
            yield Move(effect=effect, prompts=prompts, trials=trials, strength=hit.strength)


@dataclass(frozen=True, kw_only=True, slots=True)
class Ground:
    """Everything one target is drawn from.

    Attributes:
        site, profile, ordinary, world, levels, days, dates: as named.
        moves: of the changes that reach it.
        seed: of all its streams.
        extra: whether these are extra trials of the same days: what a day and a prompt's day do to them is the daily trials',
            their own chance is not.
    """

    site: Site
    profile: Profile
    ordinary: Ordinary
    world: World
    levels: Levels
    days: Days
    dates: Sequence[date]
    moves: tuple[Move, ...]
    seed: np.random.SeedSequence
    extra: bool = False

    @property
    def cube(self) -> tuple[int, int, int]:
        """Shape of the trials: days, prompts, replicates."""
        return len(self.dates), len(self.profile), self.profile.replicates

    def stream(self, name: str) -> np.random.Generator:
        """The chance of one part; the same on every call."""
        return self._generator(STREAMS.index(name) + self.extra * len(STREAMS))

    def stream_of_days(self, name: str) -> np.random.Generator:
        """The chance of one part of the daily trials."""
        return self._generator(STREAMS.index(name))

    def _generator(self, number: int) -> np.random.Generator:
        return np.random.default_rng([*self.seed.generate_state(4).tolist(), number])

    def of(self, field: str) -> list[Move]:
        """Moves of a field."""
        return [move for move in self.moves if move.field == field]

    def before(self, field: str, usual: float) -> float:
        """The level a field has until a change, where a change states it."""
        stated = [move.effect.before for move in self.of(field) if move.effect.before is not None]
        return stated[0] if stated else usual

    def log_factor(self, field: str) -> Array:
        """What moves add to the log of a mean, broadcast to the trials."""
        total = np.zeros((1, 1, 1))
        for move in self.of(field):
            effect = move.effect
            factor = effect.x if effect.after is None else effect.after / (effect.before or 1.0)
            if factor is not None:
                grown = np.log1p((max(factor, 1e-3) - 1) * move.strength)
                total = total + np.where(move.trials, grown[:, None, None], 0.0)
        return total

    def chance(self, field: str, base: float | Array) -> Array:
        """The chance of a field after its moves, broadcast to the trials; points are added as they are."""
        chance = np.zeros((1, 1, 1)) + base
        for move in self.of(field):
            chance = np.where(move.trials, np.clip(_moved(move, chance, self.profile), 0.0, 1.0), chance)
        return chance

    def passing(self, logit: Array) -> Array:
        """The chance of passing after moves of `passed`: points move the mean over the prompts concerned.

        Args:
            logit: shape (days, prompts).
        """
        chance = _expit(logit)[:, :, None]
        for move in self.of("passed"):
            effect = move.effect
            if effect.per_turn_add is not None:
                moved = np.clip(_moved(move, chance, self.profile), 0.0, 1.0)
            else:
                points = effect.add if effect.after is None else effect.after - (effect.before or 0.0)
                moved = _shifted(logit, self.levels.logit[move.prompts], points or 0.0, move.strength)
            chance = np.where(move.trials, moved, chance)
        return chance


def _moved(move: Move, chance: Array, profile: Profile) -> Array:
    effect, strength = move.effect, move.strength[:, None, None]
    if effect.per_turn_add is not None:
        return chance + effect.per_turn_add * (profile.turns[None, :, None] - 1) * strength
    if effect.add is not None:
        return chance + effect.add * strength
    if effect.x is not None:
        return chance * (1 + (effect.x - 1) * strength)
    goal = effect.after if effect.set is None else effect.set
    return chance + ((goal or 0.0) - chance) * strength


def _shifted(logit: Array, base: Array, points: float, strength: Array) -> Array:
    """Chances after all logits moved alike, so that the mean over `base` moves by `points` times the strength."""
    delta = np.zeros(strength.size)
    for level in np.unique(strength[strength > 0]):
        delta[strength == level] = logit_move(base, points * float(level))
    return _expit(logit + delta[:, None])[:, :, None]


def _expit(logit: Array) -> Array:
    result: Array = 1 / (1 + np.exp(-logit))
    return result
