"""Records cut where a change of ours begins a new epoch, for the rules that keep no epochs of their own."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import TypeAlias

import numpy as np

from canary.analysis.exact import NAMED, ExactSeries, exact_series
from canary.analysis.series import Grid
from canary.domain.ports import TrialColumns
from canary.stats.scores import Panel

Ours: TypeAlias = Sequence[tuple[int, tuple[str, ...]]]


def panel_epochs(panel: Panel, days: Sequence[int]) -> Iterator[Panel]:
    """A panel once per epoch, with nothing outside it.

    Args:
        panel: sums by day and prompt.
        days: first days of the later epochs, in any order; those outside the panel count for nothing.
    """
    edges = _edges(days, panel.count.shape[0])
    if len(edges) == 2:  # noqa: PLR2004 - both ends: nothing to cut
        yield panel
        return
    day = np.arange(panel.count.shape[0])[:, None]
    for low, high in pairwise(edges):
        inside = (day >= low) & (day < high)
        yield Panel(count=panel.count * inside, total=panel.total * inside, square=panel.square * inside)


def exact_epochs(target: str, columns: TrialColumns, grid: Grid, ours: Ours) -> list[ExactSeries]:
    """The exact series, judged epoch by epoch: what differs across a change of ours is no finding."""
    groups: dict[tuple[int, ...], set[str]] = {}
    for name in ("tokenizer", *NAMED):
        days = [day for day, metrics in ours if not metrics or name in metrics]
        groups.setdefault(tuple(_edges(days, grid.days)), set()).add(name)
    made: dict[str, ExactSeries] = {}
    for edges, names in groups.items():
        for low, high in pairwise(edges):
            whole = len(edges) == 2  # noqa: PLR2004 - both ends: nothing to cut
            part = (columns, grid) if whole else _part(columns, grid, low, high)
            for one in exact_series(target, *part):
                if one.metric in names:
                    known = made.get(one.metric)
                    # It has been measured since its first epoch: a later one must not make earlier changes look unmeasured.
                    made[one.metric] = (
                        one if known is None else replace(known, changes=(*known.changes, *one.changes))
                    )
    return [made[name] for name in ("tokenizer", *NAMED) if name in made]


def _edges(days: Sequence[int], size: int) -> list[int]:
    return [0, *sorted({day for day in days if 0 < day < size}), size]


def _part(columns: TrialColumns, grid: Grid, low: int, high: int) -> tuple[TrialColumns, Grid]:
    """Trials of some days, and where they stand in the same grid."""
    keep = (grid.day >= low) & (grid.day < high)
    names = ("run_day", "prompt", "prompt_digest", "family", "run", "replicate", "graded")
    return (
        replace(
            columns,
            **{name: getattr(columns, name)[keep] for name in names},
            values={name: column[keep] for name, column in columns.values.items()},
            texts={name: column[keep] for name, column in columns.texts.items()},
        ),
        replace(grid, day=grid.day[keep], column=grid.column[keep]),
    )
