"""How answers are reached: tool calls, reads before edits, words between calls and at the end, phrases, scripts."""

import json
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from canary.simulate.drawing.ground import Ground
from canary.simulate.ordinary import noise

Array: TypeAlias = NDArray[np.float64]
Flags: TypeAlias = NDArray[np.bool_]
Texts: TypeAlias = NDArray[np.object_]


def process(ground: Ground, visible: Array) -> tuple[dict[str, Array], dict[str, Texts]]:
    """Counts of calls, reads and edits, words, wrong script; `phrases` as the store keeps them.

    Args:
        ground: the target.
        visible: log of visible tokens over the prompt's level; words of the final answer go with it.
    """
    rng = ground.stream("process")
    calls = _calls(ground, rng)
    whole = calls.astype(np.int64)
    rates = ground.ordinary.rates
    valid = ground.chance("valid_call", 1 - rates["invalid"])
    repeated = ground.chance("repeated", rates["repeated"])
    values = {
        "tool_calls": calls,
        "invalid_tool_calls": rng.binomial(whole, np.broadcast_to(1 - valid, whole.shape)).astype(np.float64),
        "repeated_tool_calls": rng.binomial(whole, np.broadcast_to(repeated, whole.shape)).astype(np.float64),
        **_files(ground, rng),
        **_words(ground, rng, visible, calls),
        "wrong_script": _event(ground, "wrong_script", rates["wrong_script"], rng).astype(np.float64),
    }
    return values, {"phrases": _phrases(ground, rng)}


def _event(ground: Ground, field: str, rate: float, rng: np.random.Generator) -> Flags:
    happened: Flags = rng.random(ground.cube) < ground.chance(field, ground.before(field, rate))
    return happened


def _calls(ground: Ground, rng: np.random.Generator) -> Array:
    """Calls a task needs, and more of them, overdispersed; a factor thins or adds to both."""
    usual = np.exp(ground.levels.calls[None, :] + ground.days.calls[:, None])[:, :, None]
    needed = np.round(ground.ordinary.needed_calls * np.exp(ground.levels.calls))[None, :, None]
    shape = 1 / ground.world.tool_overdispersion
    more = rng.poisson(np.maximum(usual - needed, 0.1) * rng.gamma(shape, 1 / shape, ground.cube))
    calls = (needed + more).astype(np.int64)
    factor = np.broadcast_to(np.exp(ground.log_factor("tool_calls")), ground.cube)
    fewer = rng.binomial(calls, np.minimum(factor, 1.0))
    added = rng.poisson(calls * np.maximum(factor - 1.0, 0.0))
    result: Array = np.where(ground.profile.tools[None, :, None], fewer + added, 0).astype(np.float64)
    return result


def _files(ground: Ground, rng: np.random.Generator) -> dict[str, Array]:
    """Reads and edits; the reads of an edit have a mean of their own for each prompt."""
    edits = 1 + rng.poisson(0.6, ground.cube)
    moves = [move.effect.before for move in ground.of("reads") if move.effect.before is not None]
    level = (
        ground.levels.reads - np.mean(ground.levels.reads) + np.log(moves[0])
        if moves
        else ground.levels.reads
    )
    mean = np.exp(level[None, :, None] + ground.log_factor("reads"))
    reads = rng.poisson(mean * edits)
    blind = rng.binomial(
        edits,
        np.broadcast_to(
            ground.chance("blind", ground.before("blind", ground.ordinary.rates["blind"])), edits.shape
        ),
    )
    where = ground.profile.edits[None, :, None]
    named = {"reads": reads, "edits": edits, "blind_edits": blind}
    return {name: np.where(where, value, np.nan).astype(np.float64) for name, value in named.items()}


def _words(ground: Ground, rng: np.random.Generator, visible: Array, calls: Array) -> dict[str, Array]:
    between = np.exp(
        ground.levels.between[None, :, None] + ground.log_factor("between") + 0.25 * noise(rng, ground.cube)
    )
    between = _capped(ground, "between", between, rng)
    final = np.exp(ground.levels.final[None, :, None] + visible + 0.1 * noise(rng, ground.cube))
    final = _capped(ground, "final", final * np.exp(ground.log_factor("final")), rng)
    # Of several calls, those but the last stand between two others.
    return {
        "words_between_tools": np.where(calls > 1, between, np.nan),
        "final_words": np.maximum(np.round(final), 1.0),
    }


def _capped(ground: Ground, field: str, words: Array, rng: np.random.Generator) -> Array:
    """Values above a limit end a little below it, where a model that keeps to the limit stops."""
    below = rng.uniform(0.7, 1.0, ground.cube)
    for move in ground.of(field):
        if move.effect.cap is not None:
            words = np.where(move.trials & (words > move.effect.cap), move.effect.cap * below, words)
    return words


def _phrases(ground: Ground, rng: np.random.Generator) -> Texts:
    names = sorted(ground.ordinary.phrases)
    held = np.zeros(ground.cube, dtype=np.int64)
    for bit, name in enumerate(names):
        event = _event(ground, f"phrase.{name}", ground.ordinary.phrases[name], rng)
        held |= event.astype(np.int64) << bit
    texts = [
        json.dumps({name: 1 for bit, name in enumerate(names) if mask >> bit & 1})
        for mask in range(2 ** len(names))
    ]
    return np.array(texts, dtype=object)[held]
