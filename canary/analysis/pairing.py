"""Which prompts and days of two sides belong together, and what is left out."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from canary.analysis.sides import COST_USD, Measured, Side, fold_of, measured_of, way_of
from canary.stats.chain import divided
from canary.stats.days import DayError, day_error, day_spread
from canary.stats.effects import Cells
from canary.stats.scores import Panel

Array: TypeAlias = NDArray[np.float64]
Codes: TypeAlias = NDArray[np.int64]

SAME_DAYS = 0.8
"""Share of all days that both sides must have for the days to be paired too."""

LOGIT_DAY = 0.12
"""Standard deviation of one day's effect on the logit of a pass rate, before a history says better."""

LOG_DAY = 0.03
LOADED_DAY = 0.15
"""The same on the logarithm of tokens and calls, and of seconds."""


EVEN = 1e-9
"""Variance between trials below which a value does not vary: rounding."""

MEMORY = {"steady": 0.5, "drifting": 0.6, "loaded": 0.7}
"""Autocorrelation of neighbouring days' effects, sampling aside, by how the days of a metric behave."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Pairing:
    """Two sides and what they have in common.

    Attributes:
        a, b: the sides.
        column_a, column_b: column of each paired prompt.
        only_a, only_b: prompts that the other side never had, by id.
        edited: prompts that both sides have by id, and no common text of.
        days: run days paired; None = the sides are of different days.
    """

    a: Side
    b: Side
    column_a: Codes
    column_b: Codes
    only_a: tuple[str, ...]
    only_b: tuple[str, ...]
    edited: tuple[str, ...]
    days: tuple[date, ...] | None

    @property
    def same_target(self) -> bool:
        """Whether both sides are of one target by name."""
        return self.a.target == self.b.target

    @property
    def names(self) -> list[str]:
        """Id of each paired prompt."""
        return [self.a.prompts[column][0] for column in self.column_a.tolist()]

    @property
    def families(self) -> list[str]:
        """Family of each paired prompt, as the newer side names it."""
        return [self.b.families[column] for column in self.column_b.tolist()]


def paired(a: Side, b: Side) -> Pairing:
    """Pair prompts by id and digest; where a side names no digest, by id alone."""
    pairs: dict[int, int] = {}
    exact = {key: column for column, key in enumerate(b.prompts)}
    by_id: dict[str, int] = {name: column for column, (name, _) in enumerate(b.prompts)}
    for column, (name, known) in enumerate(a.prompts):
        other = exact.get((name, known))
        if other is None and name in by_id and not (known and b.prompts[by_id[name]][1]):
            other = by_id[name]
        if other is not None:
            pairs[column] = other
    matched = {a.prompts[column][0] for column in pairs}
    ids_a, ids_b = ({name for name, _ in side.prompts} for side in (a, b))
    return Pairing(
        a=a,
        b=b,
        column_a=np.array(list(pairs), dtype=np.int64),
        column_b=np.array(list(pairs.values()), dtype=np.int64),
        only_a=tuple(sorted(ids_a - ids_b)),
        only_b=tuple(sorted(ids_b - ids_a)),
        edited=tuple(sorted((ids_a & ids_b) - matched)),
        days=_shared(a, b),
    )


def _shared(a: Side, b: Side) -> tuple[date, ...] | None:
    both = set(a.days) & set(b.days)
    if not both or len(both) < SAME_DAYS * len({*a.days, *b.days}):
        return None
    return tuple(sorted(both))


@dataclass(frozen=True, kw_only=True, slots=True)
class Compared:
    """One metric of the paired prompts: strata that both sides have, and what days add."""

    cells: Cells
    day: DayError


def compared(pairing: Pairing, metric: str, chosen: Sequence[int] | None = None) -> Compared | None:
    """The strata of a metric; None where no prompt has it on both sides.

    Args:
        pairing: two sides.
        metric: measured on both, or `COST_USD`.
        chosen: which of the paired prompts; None = all.
    """
    measured_a, measured_b = pairing.a.measured.get(metric), pairing.b.measured.get(metric)
    if measured_a is None or measured_b is None:
        return None
    which = slice(None) if chosen is None else list(chosen)
    a = _rows(pairing, pairing.a, measured_a.panel, pairing.column_a[which])
    b = _rows(pairing, pairing.b, measured_b.panel, pairing.column_b[which])
    both = (a.count > 0) & (b.count > 0)
    if not both.any():
        return None
    _, unit = np.nonzero(both)
    cells = Cells(
        unit=unit.astype(np.int64),
        count_a=a.count[both], total_a=a.total[both], square_a=a.square[both],
        count_b=b.count[both], total_b=b.total[both], square_b=b.square[both],
    )  # fmt: skip
    if pairing.days is not None:
        return Compared(cells=cells, day=_paired_days(pairing, metric, cells, a, b))
    spreads = [
        _narrowed(metric, side, one, columns[which] if chosen is not None else None)
        for side, one, columns in (
            (pairing.a, measured_a, pairing.column_a),
            (pairing.b, measured_b, pairing.column_b),
        )
    ]
    memory = MEMORY[fold_of(metric).days]
    return Compared(cells=cells, day=day_error([one.spread for one in spreads], prior(metric, cells), memory))


def _rows(pairing: Pairing, side: Side, panel: Panel, columns: Codes) -> Panel:
    """The panel of paired prompts: a row for each paired day, else one row for all days together."""
    if pairing.days is None:
        parts = [
            part[:, columns].sum(axis=0, keepdims=True) for part in (panel.count, panel.total, panel.square)
        ]
    else:
        rows = [side.days.index(day) for day in pairing.days]
        parts = [part[np.ix_(np.array(rows), columns)] for part in (panel.count, panel.total, panel.square)]
    return Panel(count=parts[0], total=parts[1], square=parts[2])


def _narrowed(metric: str, side: Side, one: Measured, columns: Codes | None) -> Measured:
    """The figures of some prompts alone; of a pinned side the days of single prompts are no longer known."""
    if columns is None or not side.days:
        return one
    panel = one.panel
    return measured_of(
        metric,
        Panel(count=panel.count[:, columns], total=panel.total[:, columns], square=panel.square[:, columns]),
    )


def _paired_days(pairing: Pairing, metric: str, cells: Cells, a: Panel, b: Panel) -> DayError:
    """Days cancel; what is left of them shows in the differences of several days. Load is each server's own."""
    means = [np.where(one.count > 0, divided(one.total, one.count), np.nan) for one in (a, b)]
    moved = means[1] - means[0]
    if way_of(metric) == "count":
        level = float(np.nanmean(means[0]))
        moved = moved / level if level > 0 else moved
    kind = fold_of(metric).days
    apart = kind == "loaded" and not pairing.same_target
    return day_error([day_spread(moved)], 2 * prior(metric, cells) if apart else 0.0, MEMORY[kind])


def prior(metric: str, cells: Cells) -> float:
    """Variance of one day's effect to expect of a metric that nobody followed for long; none of what never varies."""
    unsure = _unsure(cells)
    if unsure < EVEN:
        return 0.0
    if way_of(metric) in {"rate", "share"}:
        return (LOGIT_DAY * unsure) ** 2
    loaded = metric != COST_USD and fold_of(metric).days == "loaded"
    return (LOADED_DAY if loaded else LOG_DAY) ** 2


def _unsure(cells: Cells) -> float:
    """Mean over prompts of the variance of one trial, both sides together: how far a day's logit moves the rate."""
    n, total, square = (
        np.bincount(cells.unit, one)
        for one in (
            cells.count_a + cells.count_b, cells.total_a + cells.total_b, cells.square_a + cells.square_b,
        )
    )  # fmt: skip
    several = n > 1
    spare = np.maximum(square[several] - total[several] ** 2 / n[several], 0.0) / (n[several] - 1)
    return float(spare.mean()) if spare.size else 0.0
