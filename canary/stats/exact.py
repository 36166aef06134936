"""Values that never vary: billed input tokens of a fixed text, the served model, its tier.

Problem. A value without noise needs no error rate: when it differs, it has changed. But what never varied so far may vary all
the same.

Method. A unit that showed one value on at least `STEADY_DAYS` days has changed when no trial of a day shows it any more; one
day decides. A unit that varied before must be steady for `DOUBTED_DAYS` first, and so must one that changed twice within them.

Limits. A value that alternates from day to day is not judged, nor is a change that reaches only some of a day's trials.
"""

from dataclasses import dataclass
from itertools import pairwise
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Array: TypeAlias = NDArray[np.float64]
Codes: TypeAlias = NDArray[np.int64]
Flags: TypeAlias = NDArray[np.bool_]

STEADY_DAYS = 3
DOUBTED_DAYS = 28


@dataclass(frozen=True, kw_only=True, slots=True)
class ExactFinding:
    """Values that changed on one day.

    Attributes:
        day: the day, from 0.
        since: first day on which it may have happened: the one after all of them were last seen unchanged.
        units: which changed, ascending.
        before: their value before, one per unit.
        after: the first trial's value now, one per unit.
    """

    day: int
    since: int
    units: tuple[int, ...]
    before: tuple[float, ...]
    after: tuple[float, ...]


def exact_changes(day: Codes, unit: Codes, value: Array) -> list[ExactFinding]:
    """Days on which values that never vary changed.

    Args:
        day: of each trial, ascending.
        unit: what the value belongs to (a prompt, or 0 for the target as a whole).
        value: the number, or a code for a text; NaN = not measured.
    """
    known = np.isfinite(value)
    day, unit, value = day[known], unit[known], value[known]
    if not day.size:
        return []
    desk = _Steady(int(unit.max()) + 1)
    starts = np.r_[0, np.flatnonzero(np.diff(day)) + 1, day.size]
    findings = (desk.judge(int(day[a]), unit[a:b], value[a:b]) for a, b in pairwise(starts.tolist()))
    return [finding for finding in findings if finding is not None]


class _Steady:
    """What each unit showed so far."""

    def __init__(self, units: int) -> None:
        self.value = np.full(units, np.nan)
        self.run = np.zeros(units, dtype=np.int64)
        self.needed = np.full(units, STEADY_DAYS)
        self.changed = np.full(units, -10 * DOUBTED_DAYS)
        self.seen = np.full(units, -1)

    def judge(self, day: int, unit: Codes, value: Array) -> ExactFinding | None:
        """Take the trials of one day."""
        units, first, index = np.unique(unit, return_index=True, return_inverse=True)
        shown = value[first]
        held = np.bincount(index, weights=value == self.value[unit], minlength=units.size) > 0
        even = np.bincount(index, weights=value != shown[index], minlength=units.size) == 0
        moved = (self.run[units] >= self.needed[units]) & ~held
        before, seen = self.value[units], self.seen[units]
        self._note(units, shown, held, even, moved, day)
        if not moved.any():
            return None
        return ExactFinding(
            day=day,
            since=int(seen[moved].max()) + 1,
            units=tuple(units[moved].tolist()),
            before=tuple(before[moved].tolist()),
            after=tuple(shown[moved].tolist()),
        )

    def _note(
        self,
        units: Codes,
        shown: Array,
        held: Flags,
        even: Flags,
        moved: Flags,
        day: int,
    ) -> None:
        new = np.isnan(self.value[units])
        again = moved & (day - self.changed[units] < DOUBTED_DAYS)
        odd = ~new & ~moved & ~(held & even)
        self.needed[units[odd | again]] = DOUBTED_DAYS
        steady = held & even
        run = np.where(steady, self.run[units] + 1, np.where(even, 1, 0))
        # A clean move to another value is as good as known: its way back is an exact change, too.
        self.run[units] = np.where(moved & even & ~again, STEADY_DAYS, run)
        self.value[units] = np.where(held, self.value[units], shown)
        self.changed[units[moved]] = day
        self.seen[units] = day
