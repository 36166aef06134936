"""One side of a comparison: trials of one target, summed by day and prompt for every metric; or a pinned baseline."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from canary.analysis.cost import billed
from canary.analysis.folds import COST, FOLDS, TEXTS, Fold, phrase_families, phrase_fold
from canary.analysis.ours import stacks
from canary.analysis.series import Grid, grid_of, panel_of
from canary.domain.canonical import digest
from canary.domain.ports import TrialColumns
from canary.stats.chain import divided
from canary.stats.days import DaySpread, day_spread
from canary.stats.scores import Panel

Array: TypeAlias = NDArray[np.float64]
Way: TypeAlias = Literal["rate", "share", "log", "count"]

NAMED = ("served_model", "service_tier", "fingerprint")

SIDE_TEXTS = (*TEXTS, "requested_model")
"""Texts that a side is made from: what to ask `Store.columns` for; an unknown price is named by its model."""

COST_USD = "cost_usd"
"""Not a metric of its own: what `cost_per_pass` is made from."""

RATES = frozenset(
    {
        "pass_rate", "format_gap", "all_turns_rate", "zero_reasoning_rate", "failure_rate", "refusal_rate",
        "truncation_rate", "wrong_script_rate",
    }
)  # fmt: skip
"""Shares whose trials say yes or no; phrase rates belong to them."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Measured:
    """One metric of one side.

    Attributes:
        panel: sums by day and prompt; one row, all days together, where the days are no longer known.
        spread: how its days differed.
    """

    panel: Panel
    spread: DaySpread


@dataclass(frozen=True, kw_only=True, slots=True)
class Side:
    """Everything that a comparison wants to know of one side.

    Attributes:
        label: what it is, for people.
        target: whose trials.
        prompts: id and digest of each column.
        families: family of each column.
        first_day, last_day: of its trials.
        days: run day of each row of the panels; () = pinned, the rows are all days together.
        day_count: run days with trials.
        measured: metric -> figures; logs where the metric is compared by logarithms.
        input_tokens: of each prompt, where all its trials agree; NaN elsewhere.
        input_trials: trials behind it.
        names: served model, tier, fingerprint -> value -> trials.
        trials, graded: how many.
        paid: its trials, for what they cost; None = pinned, they are not kept.
    """

    label: str
    target: str
    prompts: tuple[tuple[str, str], ...]
    families: tuple[str, ...]
    first_day: date
    last_day: date
    days: tuple[date, ...]
    day_count: int
    measured: Mapping[str, Measured]
    input_tokens: Array
    input_trials: Array
    names: Mapping[str, Mapping[str, int]]
    trials: int
    graded: int
    paid: TrialColumns | None = None

    @property
    def suite(self) -> str:
        """Digest over its prompts, as a suite's: of their ids where they name no digest."""
        return digest(sorted(known or name for name, known in self.prompts))


def fold_of(metric: str) -> Fold:
    """How a metric is read from trials."""
    if metric.startswith("phrase_rate."):
        return phrase_fold(metric.removeprefix("phrase_rate."))
    return COST if metric == COST_USD else FOLDS[metric]


def way_of(metric: str) -> Way:
    """How two sides of a metric are compared."""
    if metric in RATES or metric.startswith("phrase_rate."):
        return "rate"
    if metric == COST_USD:
        return "count"
    score = FOLDS[metric].score
    return "share" if score == "proportion" else score


def side_of(columns: TrialColumns, *, target: str, label: str) -> Side | None:
    """The side that some trials make; None without any.

    Args:
        columns: trials with the fields that `folds.VALUES` and `folds.TEXTS` name, whatever run they are of.
        target: whose they are.
        label: what to call the side.
    """
    grid = grid_of(columns)
    if grid is None:
        return None
    rows, compact = np.unique(grid.day, return_inverse=True)
    days = tuple(grid.date(day) for day in rows.tolist())
    grid = replace(grid, day=compact.astype(np.int64), days=len(days))
    _, first = np.unique(grid.column, return_index=True)
    digests = [columns.digests[code] for code in columns.prompt_digest[first].tolist()]
    raw = columns.values.get("input_tokens", np.full(columns.run_day.size, np.nan))
    fixed, fixed_trials = _fixed(panel_of(grid, np.where(columns.graded, raw, np.nan)))
    return Side(
        label=label,
        target=target,
        prompts=tuple(zip(grid.prompts, digests, strict=True)),
        families=grid.family,
        first_day=days[0],
        last_day=days[-1],
        days=days,
        day_count=len(days),
        measured=_measured(columns, grid),
        input_tokens=fixed,
        input_trials=fixed_trials,
        names=_names(columns),
        trials=int(columns.graded.size),
        graded=int(columns.graded.sum()),
        paid=billed(columns),
    )


def _measured(columns: TrialColumns, grid: Grid) -> Mapping[str, Measured]:
    names = [*FOLDS, COST_USD, *(f"phrase_rate.{family}" for family in phrase_families(columns))]
    found: dict[str, Measured] = {}
    for name in names:
        fold = fold_of(name)
        value = fold.value(columns)
        if np.isfinite(value).any():
            if way_of(name) == "log":
                value = np.log(np.maximum(value, fold.least))
            found[name] = measured_of(name, panel_of(grid, value))
    return found


def measured_of(metric: str, panel: Panel) -> Measured:
    """Figures with how their days differ, counts on the scale of their level."""
    means = np.where(panel.count > 0, divided(panel.total, panel.count), np.nan)
    if way_of(metric) == "count":
        total, count = panel.total.sum(axis=0), panel.count.sum(axis=0)
        level = float(divided(total, count)[count > 0].mean())
        means = means / level if level > 0 else means
    return Measured(panel=panel, spread=day_spread(means))


def _fixed(panel: Panel) -> tuple[Array, Array]:
    count, total, square = (part.sum(axis=0) for part in (panel.count, panel.total, panel.square))
    even = (count > 0) & (np.abs(square * count - total**2) <= 1e-9 * np.maximum(total**2, 1.0))
    return np.where(even, divided(total, count), np.nan), count


def _names(columns: TrialColumns) -> Mapping[str, Mapping[str, int]]:
    found: dict[str, Mapping[str, int]] = {}
    for name in NAMED:
        texts = columns.texts.get(name)
        if texts is not None:
            shown = texts[columns.graded]
            known = Counter(
                text for text in (stacks(shown) if name == "fingerprint" else shown).tolist() if text
            )
            found |= {name: dict(sorted(known.items()))} if known else {}
    return found
