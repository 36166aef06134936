"""What each prompt of a suite buys, and whether a cheaper suite would show as much.

Definitions. Of a change that makes every prompt harder by the same odds, a prompt with pass probability p tells
``n * p * (1 - p)`` a day with n trials (Fisher's information of a common shift of the logit); of a change of output tokens
by a common factor, the inverse variance of its daily mean log. Both are put as shares of the suite's, and so is its cost.
What a prompt buys is the mean of the two shares over its share of the cost: 1 is the suite's average.

- *saturated*: passed every trial, `ENOUGH` or more; *dead*: passed none. Neither shows a gradual change of the pass rate;
  either still shows when the prompt itself breaks, or starts to work.
- *redundant*: its daily pass rate moves with another prompt's, beyond what moves all prompts: correlation `ALIKE` or more, and
  more than chance gives among so many pairs (1 % for all pairs together).

Limits. The pass probabilities are those of this model: its successor may find other prompts hard. What one prompt tells
alone (that it broke, exact values) is not weighed.

Sources. Fisher's z: Metron 1 (1921); Bonferroni's inequality.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy import special

from canary.analysis.folds import FOLDS
from canary.analysis.series import Grid, grid_of, panel_of
from canary.domain.ports import TrialColumns
from canary.stats.chain import GONE_DAYS, divided
from canary.stats.scores import Panel

Array: TypeAlias = NDArray[np.float64]
Flags: TypeAlias = NDArray[np.bool_]
Standing: TypeAlias = Literal["saturated", "dead"]
Currency: TypeAlias = Literal["usd", "tokens", "trials"]

ENOUGH = 30
"""Trials, all alike, from which a prompt counts as saturated or dead: its chance is then above 90 %, or below 10 %."""

ALIKE = 0.6
_CHANCE = 0.01
_FEWEST_DAYS = 20
_FEWEST_EVENTS = 10


@dataclass(frozen=True, kw_only=True, slots=True)
class PromptWorth:
    """What one prompt buys.

    Attributes:
        prompt, family: which.
        trials: graded ones it was judged by.
        pass_rate: of those.
        cost_share: of the suite's cost.
        pass_information, token_information: of the suite's.
        buys: their mean over `cost_share`, less what a redundant one repeats; 1 = the suite's average.
        standing: saturated, dead, or None.
        repeats: the prompt that it moves with; None = none.
    """

    prompt: str
    family: str
    trials: int
    pass_rate: float
    cost_share: float
    pass_information: float
    token_information: float
    buys: float
    standing: Standing | None
    repeats: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Worth:
    """What the prompts of one target's records buy.

    Attributes:
        target: its name.
        first_day, last_day: of the records.
        currency: what cost is counted in: USD, or tokens where a price is unknown, or trials where tokens are.
        prompts: those still asked, best first.
    """

    target: str
    first_day: date
    last_day: date
    currency: Currency
    prompts: tuple[PromptWorth, ...]


def worth(target: str, columns: TrialColumns) -> Worth | None:
    """Weigh every prompt of a target's records.

    Args:
        target: its name.
        columns: its trials of scheduled runs, with `passed`, tokens and `cost_usd`.

    Returns:
        None without a graded trial of a prompt that is still asked.
    """
    grid = grid_of(columns)
    if grid is None:
        return None
    passed = panel_of(grid, FOLDS["pass_rate"].value(columns))
    asked = np.flatnonzero(_still_asked(passed))
    if not asked.size:
        return None
    currency, cost = _costs(grid, columns, asked)
    prompts = _weighed(grid, columns, passed, asked, cost)
    return Worth(
        target=target,
        first_day=grid.first_day,
        last_day=grid.date(grid.days - 1),
        currency=currency,
        prompts=tuple(sorted(prompts, key=lambda one: (-one.buys, one.prompt))),
    )


def _still_asked(passed: Panel) -> Flags:
    measured = np.flatnonzero(passed.count.any(axis=1))
    recent = passed.count[measured[-GONE_DAYS:]] if measured.size else passed.count[:0]
    flags: Flags = np.logical_or.reduce(recent, axis=0)
    return flags


def _costs(grid: Grid, columns: TrialColumns, asked: NDArray[np.int64]) -> tuple[Currency, Array]:
    """What each prompt costs a day, in the best currency that all of them have."""
    nothing = np.full(columns.run_day.size, np.nan)
    tokens = columns.values.get("input_tokens", nothing) + columns.values.get("output_tokens", nothing)
    spent: Sequence[tuple[Currency, Array]] = (
        ("usd", columns.values.get("cost_usd", nothing)),
        ("tokens", tokens),
    )
    for currency, value in spent:
        panel = panel_of(grid, value)
        total = panel.total[:, asked].sum(axis=0)
        if (panel.count[:, asked].sum(axis=0) > 0).all() and (total > 0).all():
            return currency, total / np.maximum((panel.count[:, asked] > 0).sum(axis=0), 1)
    trials = panel_of(grid, np.ones(columns.run_day.size))
    return "trials", trials.total[:, asked].sum(axis=0) / (trials.count[:, asked] > 0).sum(axis=0)


def _weighed(
    grid: Grid, columns: TrialColumns, passed: Panel, asked: NDArray[np.int64], cost: Array
) -> list[PromptWorth]:
    count, total = passed.count[:, asked], passed.total[:, asked]
    trials, passes = count.sum(axis=0), total.sum(axis=0)
    chance = (passes + 0.5) / (trials + 1)
    daily = divided(trials, (count > 0).sum(axis=0))
    quality = _shares(daily * chance * (1 - chance))
    length = _shares(_token_information(grid, columns, asked))
    price = _shares(cost)
    value = (quality + length) / 2 if length.any() else quality
    buys = value / price
    repeats = _repeats(total, count, buys)
    return [
        PromptWorth(
            prompt=grid.prompts[column],
            family=grid.family[column],
            trials=int(trials[k]),
            pass_rate=float(passes[k] / trials[k]),
            cost_share=float(price[k]),
            pass_information=float(quality[k]),
            token_information=float(length[k]),
            buys=float(buys[k] * (1 - repeats[k][1] ** 2 if k in repeats else 1.0)),
            standing=_standing(int(passes[k]), int(trials[k])),
            repeats=grid.prompts[asked[repeats[k][0]]] if k in repeats else None,
        )
        for k, column in enumerate(asked.tolist())
    ]


def _standing(passes: int, trials: int) -> Standing | None:
    if trials < ENOUGH or 0 < passes < trials:
        return None
    return "saturated" if passes else "dead"


def _shares(values: Array) -> Array:
    total = float(values.sum())
    return values / total if total > 0 else np.zeros_like(values)


def _token_information(grid: Grid, columns: TrialColumns, asked: NDArray[np.int64]) -> Array:
    """Inverse variance of each prompt's daily mean log, drawn to the typical prompt as the daily score draws it."""
    fold = FOLDS["output_tokens"]
    panel = panel_of(grid, np.log(np.maximum(fold.value(columns), fold.least)), asked.tolist())
    days = (panel.count > 0).sum(axis=0)
    means = np.where(panel.count > 0, divided(panel.total, panel.count), 0.0)
    centre = divided(means.sum(axis=0), days)
    spare = np.where(panel.count > 0, (means - centre) ** 2, 0.0).sum(axis=0)
    variance = divided(spare, days - 1.0)
    known = days >= 2  # noqa: PLR2004 - a variance needs two
    if not known.any():
        return np.zeros(asked.size)
    typical = float(np.median(variance[known]))
    return np.where(known, 1 / np.maximum(0.8 * variance + 0.2 * typical, 1e-12), 0.0)


def _repeats(total: Array, count: Array, buys: Array) -> Mapping[int, tuple[int, float]]:
    """Redundant prompts: index -> the one each moves with, which buys more, and their correlation."""
    rate, present = divided(total, count), count > 0
    trials, passes = count.sum(axis=0), total.sum(axis=0)
    day = divided(np.where(present, rate, 0.0).sum(axis=1), present.sum(axis=1).astype(np.float64))
    level = divided(np.where(present, rate - day[:, None], 0.0).sum(axis=0), present.sum(axis=0) * 1.0)
    away = np.where(present, rate - day[:, None] - level, 0.0)
    both = present.astype(np.float64).T @ present
    square = (away**2).T @ present
    scale = np.sqrt(square * square.T)
    # Of hardly any failures a shared day or two would pass for a likeness.
    fewer = np.minimum(passes, trials - passes)
    varies = fewer >= _FEWEST_EVENTS
    alike = np.where(varies[:, None] & varies & (both >= _FEWEST_DAYS), divided(away.T @ away, scale), 0.0)
    np.fill_diagonal(alike, 0.0)
    pairs = max(rate.shape[1] * (rate.shape[1] - 1) / 2, 1.0)
    beyond = float(special.ndtri(1 - _CHANCE / pairs))
    sure = np.arctanh(np.clip(alike, -0.999999, 0.999999)) * np.sqrt(np.maximum(both - 3, 1)) > beyond
    found: dict[int, tuple[int, float]] = {}
    for k in np.argsort(buys, kind="stable").tolist():
        partners = [j for j in np.flatnonzero(sure[k] & (alike[k] >= ALIKE)).tolist() if j not in found]
        if partners:
            best = max(partners, key=lambda j: float(alike[k, j]))
            found[k] = (best, float(alike[k, best]))
    return found
