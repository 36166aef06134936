"""What asking a target costs: guessed before anything is sent, or measured on what was.

An unknown price stays unknown: a sum over it is None, and never the part of it that is known.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

import numpy as np

from canary.domain.ports import TrialColumns

Basis: TypeAlias = Literal["guessed", "measured"]

DAYS_A_MONTH = 365.25 / 12
CONFIRMATION = 0.1
"""Most that confirming suspicions may add to the calls of a year without a change."""

RECENT_DAYS = 28
"""Measured days whose mean stands for what a trial takes."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Outlay:
    """What some trials take.

    Attributes:
        target: who is asked.
        trials: prompts put, each repetition counted.
        calls: requests on the wire.
        input_tokens: all of the input, caches included.
        output_tokens: reasoning included where it is known.
        usd: None = a price is unknown.
        basis: where the figures come from.
    """

    target: str
    trials: float
    calls: float
    input_tokens: float
    output_tokens: float
    usd: float | None
    basis: Basis

    def times(self, factor: float) -> "Outlay":
        """As many times as much."""
        return replace(
            self,
            trials=self.trials * factor,
            calls=self.calls * factor,
            input_tokens=self.input_tokens * factor,
            output_tokens=self.output_tokens * factor,
            usd=None if self.usd is None else self.usd * factor,
        )


def together(outlays: Sequence[Outlay], name: str = "together") -> Outlay:
    """The sum; its dollars are unknown where any are, and it is measured where all are."""
    known = [one.usd for one in outlays if one.usd is not None]
    return Outlay(
        target=name,
        trials=sum(one.trials for one in outlays),
        calls=sum(one.calls for one in outlays),
        input_tokens=sum(one.input_tokens for one in outlays),
        output_tokens=sum(one.output_tokens for one in outlays),
        usd=sum(known) if len(known) == len(outlays) else None,
        basis="measured" if all(one.basis == "measured" for one in outlays) else "guessed",
    )


def measured_outlay(guess: Outlay, columns: TrialColumns) -> Outlay:
    """A guess with what trials of the last `RECENT_DAYS` measured days took in its place.

    Args:
        guess: of the run that is planned; its number of trials stays.
        columns: the target's trials of scheduled runs, with `attempts`, tokens and `cost_usd`.

    Returns:
        The guess itself where no trial says how many tokens it took. Trials that failed count with what they were billed.
        Dollars are unknown where a trial with tokens has none.
    """
    days = np.unique(columns.run_day)
    if not days.size:
        return guess
    recent = columns.run_day >= days[-RECENT_DAYS:][0]
    absent = np.full(columns.run_day.size, np.nan)

    def values(name: str) -> "np.ndarray[tuple[int], np.dtype[np.float64]]":
        return np.asarray(columns.values.get(name, absent)[recent], dtype=np.float64)

    took = np.isfinite(values("input_tokens")) & np.isfinite(values("output_tokens"))
    if not took.any():
        return guess
    count, cost, attempts = recent.sum(), values("cost_usd"), values("attempts")
    sent = sum(
        np.nan_to_num(values(f"{kind}_tokens"))[took].sum() for kind in ("input", "cache_read", "cache_write")
    )
    again = float(np.nanmean(attempts)) - 1 if np.isfinite(attempts).any() else 0.0
    return replace(
        guess,
        calls=guess.calls + guess.trials * again,
        input_tokens=guess.trials * float(sent) / count,
        output_tokens=guess.trials * float(values("output_tokens")[took].sum()) / count,
        usd=guess.trials * float(np.nansum(cost)) / count if np.isfinite(cost[took]).all() else None,
        basis="measured",
    )
