"""Whether trials pass: verdict, score, form, turns; and what keeps an answer from being one."""

import json
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from canary.simulate.drawing.ground import Ground

Array: TypeAlias = NDArray[np.float64]
Flags: TypeAlias = NDArray[np.bool_]
Texts: TypeAlias = NDArray[np.object_]

LOST_CHECK = 0.2
"""Chance of each further check to fail where one fails."""


def verdicts(ground: Ground) -> tuple[dict[str, Array], dict[str, Texts]]:
    """`passed`, `score`, `refused`, `truncated`; `checks` and `turns_passed` as the store keeps them."""
    rng = ground.stream("verdicts")
    would = _passes(ground, rng)
    rare = ground.stream("rare")
    refused = rare.random(ground.cube) < ground.chance("refused", ground.ordinary.rates["refused"])
    truncated = rare.random(ground.cube) < ground.ordinary.rates["truncated"]
    spoilt = rng.random(ground.cube) < _spoilt(ground)
    passed = would & ~spoilt & ~refused & ~truncated
    values = {
        "passed": passed.astype(np.float64),
        "score": _scores(ground, passed, rng),
        "refused": refused.astype(np.float64),
        "truncated": truncated.astype(np.float64),
    }
    forgiven = spoilt & would | _forgiven(ground, would, rng)
    loose = passed | (forgiven & ~refused & ~truncated)
    return values, {"checks": _checks(passed, loose), "turns_passed": _turns(ground, passed, rng)}


def _passes(ground: Ground, rng: np.random.Generator) -> Flags:
    days, count, replicates = ground.cube
    families = {name: i for i, name in enumerate(sorted(set(ground.profile.families)))}
    of_days = ground.stream_of_days("verdicts") if ground.extra else rng
    of_family = ground.world.family_sd * of_days.standard_normal((days, len(families)))
    logit = ground.levels.logit[None, :] + ground.days.passes[:, None]
    logit = logit + of_family[:, [families[name] for name in ground.profile.families]]
    logit = logit + ground.world.prompt_sd * of_days.standard_normal((days, count))
    drawn = rng.random(ground.cube)
    even = rng.random((days, count, 1)) < ground.ordinary.evenness
    drawn = np.where(even, (np.arange(replicates) + drawn[:, :, :1]) / replicates, drawn)
    chance = ground.passing(logit)
    for move in ground.of("agreed"):
        chance = np.where(move.trials, np.clip(chance - (move.effect.add or 0.0), 0.0, 1.0), chance)
    result: Flags = drawn < chance
    return result


def _spoilt(ground: Ground) -> Array:
    """Chance that a passing answer loses its form: passes only when form is forgiven."""
    chance = np.zeros((1, 1, 1))
    for move in ground.of("strict_only"):
        effect = move.effect
        lost = -(effect.add or 0.0) if effect.after is None else 1 - effect.after / (effect.before or 1.0)
        chance = np.where(move.trials, lost * move.strength[:, None, None], chance)
    return chance


def _forgiven(ground: Ground, would: Flags, rng: np.random.Generator) -> Flags:
    formal = ground.profile.family_is(("format", "instructions", "code"))
    found: Flags = ~would & (rng.random(ground.cube) < ground.ordinary.gap * formal[None, :, None])
    return found


def _scores(ground: Ground, passed: Flags, rng: np.random.Generator) -> Array:
    checks = np.broadcast_to(ground.profile.checks[None, :, None], ground.cube)
    lost = 1 + rng.binomial((checks - 1).astype(np.int64), LOST_CHECK)
    return np.where(passed, 1.0, 1 - lost / checks)


def _checks(passed: Flags, loose: Flags) -> Texts:
    told = [json.dumps([{"check": "drawn", "strict": s, "loose": e}]) for s, e in _KINDS]
    return np.array(told, dtype=object)[np.where(passed, 2, np.where(loose, 1, 0))]


_KINDS = ((False, False), (False, True), (True, True))


def _turns(ground: Ground, passed: Flags, rng: np.random.Generator) -> Texts:
    """Verdicts of each turn, for prompts of several; a failing trial keeps its rule up to some turn."""
    told = np.full(ground.cube, None, dtype=object)
    held = rng.random(ground.cube)
    for column in np.flatnonzero(ground.profile.turns > 1).tolist():
        turns = int(ground.profile.turns[column])
        texts = np.array(
            [json.dumps([turn < kept for turn in range(turns)]) for kept in range(turns + 1)], dtype=object
        )
        kept = np.where(passed[:, column], turns, (held[:, column] * turns).astype(np.int64))
        told[:, column] = texts[kept]
    return told
