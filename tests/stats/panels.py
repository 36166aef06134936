"""Panels and series for the tests of stats: drawn with a seed, no project records."""

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from canary.stats.scores import Panel

Array: TypeAlias = NDArray[np.float64]


def panel(values: Array) -> Panel:
    """Sums of (days, prompts, replicates), NaN = missing."""
    known = np.isfinite(values)
    filled = np.where(known, values, 0.0)
    return Panel(
        count=known.sum(axis=2).astype(np.float64),
        total=filled.sum(axis=2),
        square=(filled**2).sum(axis=2),
    )


def verdicts(seed: int, *, days: int = 80, prompts: int = 12, replicates: int = 3) -> Array:
    """Passes of prompts with U-shaped chances."""
    rng = np.random.default_rng(seed)
    chance = np.clip(rng.beta(0.3, 0.1, prompts), 0.01, 0.99)
    return (rng.random((days, prompts, replicates)) < chance[:, None]).astype(np.float64)


def logs(seed: int, *, days: int = 80, prompts: int = 12, replicates: int = 3) -> Array:
    """Logs of tokens around each prompt's own level."""
    rng = np.random.default_rng(seed)
    level = rng.normal(5.5, 0.9, prompts)
    return level[:, None] + 0.2 * rng.standard_normal((days, prompts, replicates))


def counts(seed: int, *, days: int = 80, prompts: int = 12, replicates: int = 3) -> Array:
    """Tool calls around each prompt's own mean."""
    rng = np.random.default_rng(seed)
    return rng.poisson(rng.gamma(3.0, 1.6, prompts)[:, None], (days, prompts, replicates)).astype(np.float64)
