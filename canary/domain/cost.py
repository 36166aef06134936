"""What solved tasks cost, and a change of it told apart by cause. How they are reckoned: `analysis.cost`."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class SolvedCost:
    """What the solved tasks of a window cost.

    Attributes:
        usd: of all trials, failed ones included; None where no cost is known.
        solved: trials that passed.
        value: USD per solved task; None where no cost is known or nothing was solved.
        low, high: its 95 % interval; None where a price is missing or nothing repeats.
        trials: all trials.
        unpriced: trials that answered and have no cost: with any, `usd` and `value` are lower bounds.
        silent: failed trials without usage: what was billed for them is not known, mostly nothing.
        unknown: models of the unpriced trials, sorted.
    """

    usd: float | None
    solved: int
    value: float | None
    low: float | None
    high: float | None
    trials: int
    unpriced: int
    silent: int
    unknown: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class CostChange:
    """Cost per solved task before and after, told apart by cause. Shares are after / before - 1.

    Attributes:
        before, after: both windows.
        change, low, high: of the cost per solved task, with its 95 % interval; None where either side is unknown or a lower
            bound.
        usage: the part that would have come at old prices; None where prices are not known.
        price: the part of new prices on the new usage; 0 where prices stayed. (1 + usage) * (1 + price) = 1 + change.
    """

    before: SolvedCost
    after: SolvedCost
    change: float | None
    low: float | None
    high: float | None
    usage: float | None
    price: float | None
