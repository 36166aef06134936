"""How long trials take: latency, time to the first token, output speed."""

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from canary.simulate.drawing.ground import Ground
from canary.simulate.ordinary import noise

Array: TypeAlias = NDArray[np.float64]

TOOL_SECONDS = 0.24
"""A tool of a harness, which runs it as a process."""
SPEED_SD = 0.12
SLA_SPEED = 50.0
"""Tokens a second that a priority tier promises."""


def timing(ground: Ground, visible: Array, calls: Array) -> dict[str, Array]:
    """`latency_s`; `ttft_s` and `output_tokens_per_s` where answers are streamed.

    Args:
        ground: the target.
        visible: log of visible tokens over the prompt's level; a longer answer takes longer.
        calls: tool calls.
    """
    rng = ground.stream("timing")
    own = visible - ground.log_factor("visible")
    log = ground.levels.latency[None, :, None] + ground.days.latency[:, None, None] + 0.3 * own
    seconds = np.exp(log + 0.2 * noise(rng, ground.cube) + ground.log_factor("latency"))
    first = np.exp(
        np.log(0.8)
        + ground.days.latency[:, None, None]
        + 0.25 * noise(rng, ground.cube)
        + ground.log_factor("ttft")
    )
    if ground.site.is_harness:
        tool = TOOL_SECONDS * np.exp(ground.log_factor("tool_seconds"))
        return {"latency_s": seconds + tool * calls}
    if not ground.site.speed:
        return {"latency_s": seconds, "ttft_s": first}
    speed = np.exp(_speed_level(ground) + SPEED_SD * rng.standard_normal(ground.cube))
    return {"latency_s": seconds, "ttft_s": first, "output_tokens_per_s": speed}


def _speed_level(ground: Ground) -> Array:
    """Log of output tokens a second; a stated share of requests at the promised speed gives the level."""
    level = np.log(ground.site.speed) + ground.days.speed[:, None, None] + ground.log_factor("speed")
    for move in ground.of("speed_share"):
        before, after = (_quantile(share) for share in (move.effect.before, move.effect.after))
        level = level + np.log(SLA_SPEED) + SPEED_SD * before - np.log(ground.site.speed)
        level = level - np.where(move.trials, SPEED_SD * (before - after), 0.0)
    return np.asarray(level, dtype=np.float64)


def _quantile(share: float | None) -> float:
    from scipy import special

    return float(special.ndtri(share))
