"""What a solved task costs on either side of a change, why it moved, and which price is not known."""

from collections.abc import Iterator

from canary.domain.cost import CostChange, SolvedCost
from canary.domain.series import METRICS
from canary.report.amounts import difference_told, is_certain, range_told
from canary.report.movements import ARROW
from canary.report.numbers import UNKNOWN, listed, plural, usd
from canary.report.untrusted import label
from canary.report.view import Fact


def cost_facts(change: CostChange) -> Iterator[Fact]:
    """Labelled facts: cost per solved task with its intervals, use and prices apart, and what has no price."""
    title = METRICS["cost_per_pass"].title
    told = f"{_level(change.before)} {ARROW} {_level(change.after)}"
    yield Fact(label=f"{title[:1].upper()}{title[1:]}", text=f"{told}{_moved(change)}")
    if change.usage is not None and change.price is not None:
        text = (
            f"use {difference_told(change.usage, 'ratio')}, prices {difference_told(change.price, 'ratio')}"
        )
        yield Fact(label="Use and prices apart", text=text)
    unpriced = change.before.unpriced + change.after.unpriced
    if unpriced:
        models = [label(name) for name in sorted({*change.before.unknown, *change.after.unknown})]
        of = f" of {listed(models, most=3)}" if models else ""
        yield Fact(
            label="Unknown prices", text=f"{plural(unpriced, 'trial')}{of}: what is told is a lower bound"
        )


def _level(side: SolvedCost) -> str:
    if side.value is None:
        return UNKNOWN if side.usd is None else "no task solved"
    if side.low is None or side.high is None:
        return f"at least {usd(side.value)}" if side.unpriced else usd(side.value)
    return f"{usd(side.value)} ({usd(side.low)} to {usd(side.high)})"


def _moved(change: CostChange) -> str:
    if change.change is None:
        return ""
    limits = range_told(change.low, change.high, "ratio")
    doubt = "" if not limits or is_certain(change.low, change.high) else ", not certain"
    return f", {difference_told(change.change, 'ratio')}" + (f" ({limits}{doubt})" if limits else "")
