"""Drawn histories as the columns a store would give, in the sizes these tests need."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

import numpy as np

from canary.domain.ports import TrialColumns
from canary.simulate.columns import history_columns
from canary.simulate.history import draw_history
from canary.simulate.worlds import DEFAULT, BadDay, Shift, World

FIRST = date(2026, 1, 1)


def on(day: int) -> date:
    """The date of a day of the drawn histories."""
    return FIRST + timedelta(days=day)


def drawn(
    seed: int,
    days: int,
    *shifts: Shift,
    world: World = DEFAULT,
    bad_days: Sequence[BadDay] = (),
    cut: int | None = None,
) -> TrialColumns:
    """One target's trials, those before day `cut` only."""
    history = draw_history(seed, days=days, world=world, shifts=shifts, bad_days=bad_days)
    return history_columns(history, first_day=FIRST, days=cut)


def kept(columns: TrialColumns, keep: "np.ndarray[tuple[int], np.dtype[np.bool_]]") -> TrialColumns:
    """Some of the rows."""
    return replace(
        columns,
        **{
            name: getattr(columns, name)[keep]
            for name in ("run_day", "prompt", "prompt_digest", "family", "run", "replicate", "graded")
        },
        values={name: column[keep] for name, column in columns.values.items()},
        texts={name: column[keep] for name, column in columns.texts.items()},
    )
