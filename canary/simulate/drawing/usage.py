"""What trials use and cost: visible and reasoning tokens, billed input, cache, dollars."""

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from canary.simulate.drawing.ground import Ground
from canary.simulate.ordinary import REASONING_TAIL, noise

Array: TypeAlias = NDArray[np.float64]
Flags: TypeAlias = NDArray[np.bool_]

USD_PER_MILLION = {"input": 5.0, "output": 25.0, "cache_read": 0.5, "cache_write": 6.25}
"""Prices of the drawn trials: made up, of a large model's size."""

HARNESS_TOKENS = 8800.0
"""System text and tools of a harness, read from cache by every request."""
STEP_TOKENS = 350.0
"""What a further turn, or a tool call with its result, adds to the input of the next request."""


def visible_logs(ground: Ground, passed: Array, rng: np.random.Generator) -> Array:
    """Log of visible tokens over the prompt's level: day, outcome, moves, noise."""
    failing = np.log(ground.ordinary.failing_output) * (1 - passed)
    drawn = ground.days.visible[:, None, None] + failing + ground.log_factor("visible")
    drawn = drawn + ground.ordinary.output_sd * noise(rng, ground.cube)
    return np.asarray(drawn, dtype=np.float64)


def usage(
    ground: Ground, passed: Array, visible: Array, calls: Array, rng: np.random.Generator
) -> dict[str, Array]:
    """Token fields and `cost_usd`.

    Args:
        ground: the target.
        passed: verdicts.
        visible: log of visible tokens over the prompt's level.
        calls: tool calls; each makes one more request.
        rng: goes on from where `visible` was drawn.
    """
    said = np.exp(ground.levels.visible[None, :, None] + visible)
    thought = _reasoning(ground, passed, rng)
    ratio = _token_ratio(ground)
    output = np.round((said + thought) * ratio) + 1
    drawn = {
        "output_tokens": output,
        "reasoning_tokens": np.round(thought * ratio),
        **_inputs(ground, calls, ratio, rng),
    }
    prices = USD_PER_MILLION
    cost = sum(
        drawn[f"{name}_tokens"] * prices[name] for name in ("input", "output", "cache_read", "cache_write")
    )
    return {**drawn, "cost_usd": np.asarray(cost) / 1e6}


def _reasoning(ground: Ground, passed: Array, rng: np.random.Generator) -> Array:
    level = ground.levels.reasoning[None, :, None] + ground.days.reasoning[:, None, None]
    failing = np.log(ground.ordinary.failing_reasoning) * (1 - passed)
    width = ground.ordinary.reasoning_sd * noise(rng, ground.cube, REASONING_TAIL)
    tokens = np.exp(level + failing + width + ground.log_factor("reasoning"))
    usual = ground.before("zero_reasoning", ground.ordinary.rates["zero_reasoning"])
    none = rng.random(ground.cube) < ground.chance("zero_reasoning", usual)
    tokens = np.where(none, 0.0, tokens)
    return _combed(ground, tokens, rng)


def _combed(ground: Ground, tokens: Array, rng: np.random.Generator) -> Array:
    """Reasoning that stops at exact values: a share of those that went beyond one ends on it."""
    stops = rng.random(ground.cube)
    for move in ground.of("comb"):
        spikes = np.array(sorted(move.effect.spikes), dtype=np.float64)
        at = np.searchsorted(spikes, tokens) - 1
        stopped = move.trials & (at >= 0) & (stops < (move.effect.set or 0.0))
        tokens = np.where(stopped, spikes[np.maximum(at, 0)], tokens)
    return tokens


def _token_ratio(ground: Ground) -> Array:
    """Tokens of the same text by the tokenizer in force, over those of the first; by the prompt's kind of text."""
    ratio = np.ones((1, 1, 1))
    for move in ground.of("tokenizer"):
        scripts = move.effect.scripts
        of_prompt = np.array([scripts.get(kind, 1.0) for kind in ground.profile.scripts])
        ratio = np.where(move.trials, ratio * of_prompt[None, :, None], ratio)
    return ratio


def _inputs(ground: Ground, calls: Array, ratio: Array, rng: np.random.Generator) -> dict[str, Array]:
    """Billed input. One request without tools bills its text alone, to the token; further ones read what is cached."""
    text = ground.profile.tokens[None, :, None] * ratio * np.exp(ground.log_factor("input"))
    text = np.broadcast_to(np.round(text), ground.cube)
    requests = ground.profile.turns[None, :, None] + calls
    width = np.exp(0.12 * noise(rng, ground.cube))
    later = STEP_TOKENS * width * ratio * np.exp(ground.log_factor("input")) * (requests - 1)
    share = np.clip(0.75 + 0.04 * rng.standard_normal(ground.cube), 0.0, 0.98)
    share = np.broadcast_to(ground.chance("cache_share", share), ground.cube)
    context = later * np.maximum(requests / 2, 1.0) + text * (requests - 1)
    system = (HARNESS_TOKENS if ground.site.is_harness else 0.0) * requests
    kept = ground.chance("cache_share", np.full((1, 1, 1), 0.97))
    return {
        "input_tokens": np.round(text + later + context * (1 - share)),
        "cache_read_tokens": np.round(context * share + system * kept),
        "cache_write_tokens": np.round(later * 0.5 + system * (1 - kept)),
    }
