"""What solved tasks cost on both sides of a comparison: the paired prompts' trials, all that was paid for them."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from canary.analysis.cost import chosen, cost_per_solved, says_what_was_used
from canary.analysis.pairing import Pairing
from canary.analysis.sides import Side
from canary.domain.cost import CostChange, SolvedCost
from canary.domain.ports import TrialColumns


def cost_of_pair(pairing: Pairing) -> CostChange | None:
    """Both sides' cost per solved task; None where a side kept no trials, or nobody said what was used."""
    sides = [
        _paired(side, own) for side, own in ((pairing.a, pairing.column_a), (pairing.b, pairing.column_b))
    ]
    kept = [side for side in sides if side is not None and says_what_was_used(side)]
    return cost_per_solved(*kept) if len(kept) == len(sides) else None


def _paired(side: Side, columns: Sequence[int] | NDArray[np.int64]) -> TrialColumns | None:
    """A side's trials of the paired prompts."""
    if side.paid is None:
        return None
    wanted = {side.prompts[int(column)] for column in columns}
    trials = side.paid
    pair = trials.prompt.astype(np.int64) * max(len(trials.digests), 1) + trials.prompt_digest
    _, first, place = np.unique(pair, return_index=True, return_inverse=True)
    known = [
        (trials.prompts[trials.prompt[row]], trials.digests[trials.prompt_digest[row]]) in wanted
        for row in first.tolist()
    ]
    return chosen(trials, np.array(known, dtype=np.bool_)[place])


def cost_lines(cost: CostChange, unpriced: str) -> list[str]:
    """One line of what a solved task costs on both sides, one of why it moved, one of what is not known.

    Args:
        cost: of a pair.
        unpriced: whose price it is that is unknown, where one is.
    """
    lines = [f"Cost per solved task: {_level(cost.before)} -> {_level(cost.after)}{_change(cost)}"]
    if cost.usage is not None and cost.price is not None:
        lines.append(f"  of that, use {_signed(cost.usage)} and prices {_signed(cost.price)}")
    if cost.before.unpriced or cost.after.unpriced:
        lines.append(f"  the price of {unpriced} is unknown: name it in [prices] of canary.toml")
    return lines


def _level(side: SolvedCost) -> str:
    if side.value is None:
        return "unknown" if side.usd is None else "nothing solved"
    if side.low is None or side.high is None:
        return f"{'at least ' * bool(side.unpriced)}{_usd(side.value)}"
    return f"{_usd(side.value)} ({_usd(side.low)} to {_usd(side.high)})"


def _change(cost: CostChange) -> str:
    if cost.change is None:
        return ""
    limits = (
        "" if cost.low is None or cost.high is None else f" ({_signed(cost.low)} to {_signed(cost.high)})"
    )
    return f", {_signed(cost.change)}{limits}"


def _signed(share: float) -> str:
    return f"{round(100 * share, 1) + 0.0:+.1f} %"


def _usd(amount: float) -> str:
    return f"${amount:.2f}" if amount >= 1 else f"${amount:.3g}"
