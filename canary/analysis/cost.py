"""What a solved task costs, and whether a change of it is one of prices or of use.

Definition. The cost of all trials of a window, failed ones and their retries included because they are paid for, over the
number of trials that passed.

Interval. A ratio of two sums; its error is that of the residuals ``cost - ratio * passed``, summed by day, since trials of one
day share what the provider did; with less than `DAYS` days, between the replicates of each prompt's day. On the log scale,
with Student's t.

Decomposition. ``after / before = (after at old prices / before) * (after / after at old prices)``: the first factor is use
(tokens, failures and passes at prices that stand still), the second is price. A trial is put at old prices by the ratio of
what its tokens cost at both: prices of the same prompt before, the most frequent ones, else of all prompts. Without cache
prices, cached input costs what input costs.

Limits. A trial that has tokens and no price makes the sum a lower bound, without an interval and without a decomposition; the
models without a price are named. Days that resemble their neighbours make the interval somewhat narrow.

Source. Ratio estimation: Cochran, Sampling Techniques (1977), chapter 6.
"""

import math
from dataclasses import replace
from datetime import date
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy import special

from canary.analysis.price_change import price_ratio, value_of
from canary.domain.cost import CostChange, SolvedCost
from canary.domain.ports import TrialColumns

Array: TypeAlias = NDArray[np.float64]
Flags: TypeAlias = NDArray[np.bool_]
Codes: TypeAlias = NDArray[np.int64]

VALUES = ("passed", "cost_usd", "input_tokens", "cache_read_tokens", "cache_write_tokens", "output_tokens")
TEXTS = ("unit_prices", "requested_model")
"""Fields of the record that are read: what to ask `Store.columns` for."""

_ROWS = ("run_day", "prompt", "prompt_digest", "family", "run", "replicate", "graded")
DAYS = 5
_UPPER = 0.975
_FEWEST_RESIDUALS = 2


def billed(columns: TrialColumns) -> TrialColumns:
    """The trials with nothing but what their cost is reckoned from."""
    return replace(
        columns,
        values={name: columns.values[name] for name in VALUES if name in columns.values},
        texts={name: columns.texts[name] for name in TEXTS if name in columns.texts},
    )


def solved_cost(columns: TrialColumns) -> SolvedCost:
    """What the solved tasks of some trials cost.

    Args:
        columns: trials of one target, with `VALUES` and `TEXTS`.
    """
    cost, passed = value_of(columns, "cost_usd"), _passed(columns)
    priced = np.isfinite(cost)
    silent = ~priced & ~columns.graded & ~np.isfinite(value_of(columns, "output_tokens"))
    unpriced = ~priced & ~silent
    known, solved = np.where(priced, cost, 0.0), int(passed.sum())
    usd = float(known.sum()) if priced.any() else None
    value = usd / solved if usd is not None and solved else None
    error = None if value is None or unpriced.any() else _log_error(columns, known, passed, value)
    half = None if error is None else _width(*error)
    return SolvedCost(
        usd=usd,
        solved=solved,
        value=value,
        low=None if half is None or value is None else value * math.exp(-half),
        high=None if half is None or value is None else value * math.exp(half),
        trials=int(cost.size),
        unpriced=int(unpriced.sum()),
        silent=int(silent.sum()),
        unknown=_models(columns, unpriced),
    )


def cost_between(
    columns: TrialColumns, before: tuple[date, date], after: tuple[date, date]
) -> CostChange | None:
    """Two windows of one target's days held against each other; None where nobody said what was used.

    Args:
        columns: its trials, with `VALUES` and `TEXTS`.
        before: first and last day.
        after: first and last day.
    """
    paid = billed(columns)
    windows = [
        chosen(paid, (paid.run_day >= np.datetime64(first)) & (paid.run_day <= np.datetime64(last)))
        for first, last in (before, after)
    ]
    return cost_per_solved(*windows) if all(map(says_what_was_used, windows)) else None


def chosen(columns: TrialColumns, keep: Flags) -> TrialColumns:
    """Some of the trials."""
    return replace(
        columns,
        **{name: getattr(columns, name)[keep] for name in _ROWS},
        values={name: column[keep] for name, column in columns.values.items()},
        texts={name: column[keep] for name, column in columns.texts.items()},
    )


def says_what_was_used(columns: TrialColumns) -> bool:
    """Whether any trial has a cost or tokens."""
    return any(np.isfinite(value_of(columns, name)).any() for name in ("cost_usd", "output_tokens"))


def cost_per_solved(before: TrialColumns, after: TrialColumns) -> CostChange:
    """Hold two windows of one target against each other.

    Args:
        before: its trials before, with `VALUES` and `TEXTS`.
        after: its trials after.
    """
    old, new = solved_cost(before), solved_cost(after)
    if old.value is None or new.value is None or old.value <= 0 or old.unpriced or new.unpriced:
        return CostChange(before=old, after=new, change=None, low=None, high=None, usage=None, price=None)
    ratio = new.value / old.value
    half = _joint_half(before, after, old.value, new.value)
    price = price_ratio(before, after)
    return CostChange(
        before=old,
        after=new,
        change=ratio - 1,
        low=None if half is None else ratio * math.exp(-half) - 1,
        high=None if half is None else ratio * math.exp(half) - 1,
        usage=None if price is None else ratio / price - 1,
        price=None if price is None else price - 1,
    )


def _passed(columns: TrialColumns) -> Array:
    return np.where(columns.graded, np.nan_to_num(value_of(columns, "passed")), 0.0)


def _models(columns: TrialColumns, unpriced: Flags) -> tuple[str, ...]:
    names = columns.texts.get("requested_model")
    return () if names is None else tuple(sorted({str(name) for name in names[unpriced] if name is not None}))


def _log_error(columns: TrialColumns, cost: Array, passed: Array, value: float) -> tuple[float, float] | None:
    """Standard error of the log ratio, and its degrees of freedom; None where nothing repeats."""
    residual = cost - value * passed
    day = (columns.run_day - columns.run_day.min()).astype(np.int64)
    several = np.unique(day).size >= DAYS
    variance, freedom = _by_day(day, residual) if several else _by_prompt(columns, day, residual)
    if freedom < 1:
        return None
    return math.sqrt(variance) / (value * float(passed.sum())), freedom


def _width(error: float, freedom: float) -> float:
    """Half of a 95 % interval."""
    return float(special.stdtrit(freedom, _UPPER)) * error


def _by_day(day: Codes, residual: Array) -> tuple[float, float]:
    """Variance of the sum of residuals from day to day, and its degrees of freedom. Residuals sum to 0."""
    _, place = np.unique(day, return_inverse=True)
    sums = np.bincount(place, weights=residual)
    return float(sums.size / (sums.size - 1) * (sums**2).sum()), sums.size - 1


def _by_prompt(columns: TrialColumns, day: Codes, residual: Array) -> tuple[float, float]:
    """The same between the replicates of a prompt on a day, which share no chance but the day's."""
    pair = day * max(len(columns.prompts), 1) + columns.prompt
    _, place = np.unique(pair, return_inverse=True)
    count = np.bincount(place).astype(np.float64)
    if (count < _FEWEST_RESIDUALS).all():
        return 0.0, 0.0
    mean = np.bincount(place, weights=residual) / count
    spare = np.bincount(place, weights=(residual - mean[place]) ** 2)
    repeated = count >= _FEWEST_RESIDUALS
    within = np.where(repeated, spare / np.maximum(count - 1, 1), 0.0)
    within[~repeated] = within[repeated].mean()
    terms = count * within
    total = float(terms.sum())
    squares = float((terms[repeated] ** 2 / (count[repeated] - 1)).sum())
    return total, total**2 / squares if squares > 0 else 0.0


def _joint_half(before: TrialColumns, after: TrialColumns, old: float, new: float) -> float | None:
    """Half of the interval of the log of both windows' ratio: Welch's."""
    errors = []
    for columns, value in ((before, old), (after, new)):
        error = _log_error(columns, np.nan_to_num(value_of(columns, "cost_usd")), _passed(columns), value)
        if error is None:
            return None
        errors.append(error)
    total = sum(error**2 for error, _ in errors)
    spread = sum(error**4 / freedom for error, freedom in errors)
    return _width(math.sqrt(total), total**2 / spread) if spread > 0 else 0.0
