"""One false-alarm budget over many series.

Problem. A deployment follows dozens of series and looks every day; people live with the sum of all false alarms.

Method. The yearly rate is split: the rates of all series add up to the budget. Expectation is linear, so the sum holds under
any dependence between series and days. No false discovery rate is claimed: a standing alarm has none (Dandapanthula and
Ramdas 2025 show that any procedure with a finite run length has a trivial one). Shares need not be equal; where they are
not, the delay of what matters is bought with the delay of what does not.
"""

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Array: TypeAlias = NDArray[np.float64]


def split_budget(rate: float, shares: Sequence[float | None]) -> Array:
    """Split a yearly rate over series.

    Args:
        rate: opened incidents a year without a change, all series together.
        shares: what each series is to have of it; None = an equal part of what the named shares leave.

    Returns:
        Rates that add up to `rate`, shape (series,). Where nothing is left for equal parts, or nobody asks for one, the
        named shares are scaled to the whole.

    Raises:
        ValueError: a share is not positive, or the named ones leave nothing for the others.
    """
    named = np.array([np.nan if share is None else share for share in shares], dtype=np.float64)
    open_ = np.isnan(named)
    taken = float(named[~open_].sum())
    if (named[~open_] <= 0).any() or (open_.any() and taken >= 1):
        raise ValueError("shares must be positive and leave something for the series without one")
    if not named.size:
        return named
    if not open_.any():
        return rate * named / taken
    named[open_] = (1 - taken) / open_.sum()
    return rate * named
