"""What a change of prices alone does to a cost: trials put at other prices by what their tokens cost at both.

Unit prices stand on each trial, as they were on its day. Old prices are the most frequent ones of the same prompt, as lists
have tiers by the size of a request, else those of all prompts. Without a price of cached input, it costs what input costs.
"""

import json
import math
from collections import Counter
from collections.abc import Mapping
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from canary.domain.ports import TrialColumns

Array: TypeAlias = NDArray[np.float64]


def value_of(columns: TrialColumns, name: str) -> Array:
    """A field of each trial, NaN where the columns have none."""
    known = columns.values.get(name)
    return np.full(columns.run_day.size, np.nan) if known is None else known


def price_ratio(before: TrialColumns, after: TrialColumns) -> float | None:
    """What the new usage costs over what it would have cost at old prices; None where prices are not known."""
    usual, own = _usual_prices(before), _prices(after)
    cost = np.nan_to_num(value_of(after, "cost_usd"))
    paid = cost > 0
    if not usual or np.isnan(own[paid]).any():
        return None
    old = np.array([usual.get(name, usual[_EVERY]) for name in after.prompts])[after.prompt]
    tokens = _tokens(after)
    then, now = (tokens * old).sum(axis=1)[paid], (tokens * own).sum(axis=1)[paid]
    # A trial whose listed prices say it cost nothing moves with no price.
    same = np.where(now > 0, then / np.where(now > 0, now, 1.0), 1.0)
    at_old = float((cost[paid] * same).sum())
    return float(cost[paid].sum()) / at_old if at_old > 0 else None


_EVERY = ""
"""Stands for all prompts: no prompt has an empty id."""


def _usual_prices(columns: TrialColumns) -> Mapping[str, Array]:
    """The most frequent prices of each prompt, and of all of them; {} where no trial names any."""
    prices = _prices(columns)
    known = np.flatnonzero(~np.isnan(prices).any(axis=1))
    counts: dict[str, Counter[tuple[float, ...]]] = {}
    for row in known.tolist():
        told = tuple(prices[row].tolist())
        for name in (_EVERY, columns.prompts[columns.prompt[row]]):
            counts.setdefault(name, Counter())[told] += 1
    return {name: np.array(counter.most_common(1)[0][0]) for name, counter in counts.items()}


def _prices(columns: TrialColumns) -> Array:
    """USD per million of input, cache read, cache write and output, shape (trials, 4); NaN where a trial names none."""
    texts = columns.texts.get("unit_prices")
    if texts is None:
        return np.full((columns.run_day.size, 4), np.nan)
    table: dict[str | None, list[float]] = {None: [math.nan] * 4}
    for text in set(texts.tolist()) - {None}:
        table[text] = _four(json.loads(text))
    return np.array([table[text] for text in texts.tolist()], dtype=np.float64).reshape(-1, 4)


def _four(prices: Mapping[str, Any]) -> list[float]:
    full, output = prices.get("input"), prices.get("output")
    if full is None or output is None:
        return [math.nan] * 4
    read, write = (
        full if (price := prices.get(name)) is None else price for name in ("cache_read", "cache_write")
    )
    return [float(full), float(read), float(write), float(output)]


def _tokens(columns: TrialColumns) -> Array:
    names = ("input_tokens", "cache_read_tokens", "cache_write_tokens", "output_tokens")
    return np.nan_to_num(np.stack([value_of(columns, name) for name in names], axis=1))
