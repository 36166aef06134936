"""The level of each metric of one side, for people."""

from collections.abc import Mapping

import numpy as np

from canary.analysis.sides import COST_USD, Side, way_of
from canary.stats.chain import divided


def levels_of(side: Side) -> Mapping[str, float]:
    """Mean over prompts of each metric; of tokens, words and seconds the geometric mean."""
    levels: dict[str, float] = {}
    for name, one in side.measured.items():
        count, total = one.panel.count.sum(axis=0), one.panel.total.sum(axis=0)
        level = float(divided(total, count)[count > 0].mean())
        if name != COST_USD:
            levels[name] = float(np.exp(level)) if way_of(name) == "log" else level
    return levels
