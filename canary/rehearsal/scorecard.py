"""What the histories of a scenario say together: shares, delays, and whether that is what was due."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, median
from typing import Literal, TypeAlias

from canary.domain.canonical import Json
from canary.rehearsal.drill import Scorecard
from canary.rehearsal.scoring import Outcome
from canary.simulate.scenarios import Change

SCHEMA = 1
Result: TypeAlias = Literal[
    "found", "often", "seldom", "missed", "silent", "labelled", "called", "not reached"
]

OFTEN = 0.9
HALF = 0.5


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """One change over all histories.

    Attributes:
        change: the change.
        reached: share of histories in which it met any trial.
        found: share of all histories in which an incident was opened for it.
        joined: share in which it was told only inside the incident of something else.
        median_delay, p90_delay: days from its onset over all histories; None = not found in that many.
        layer_right, mechanism_right: shares of those found; None = not asked, or never found.
        ours: share in which what was opened is labelled ours.
        split: further incidents a history, that ought to be in the first.
        recovered: share in which its end was told; None = it has none.
        median_recovery: days from its end; None = not told in half of them.
        result: in a word.
    """

    change: Change
    reached: float
    found: float
    joined: float
    median_delay: float | None
    p90_delay: float | None
    layer_right: float | None
    mechanism_right: float | None
    ours: float
    split: float
    recovered: float | None
    median_recovery: float | None
    result: Result


def rows(card: Scorecard) -> list[Row]:
    """The changes of a scenario, in its order."""
    return [
        _row(change, [history.outcomes[i] for history in card.histories])
        for i, change in enumerate(card.scenario.changes)
    ]


def _row(change: Change, outcomes: Sequence[Outcome]) -> Row:
    found = [one for one in outcomes if one.delay is not None]
    delays = [math.inf if one.delay is None else float(one.delay) for one in outcomes]
    recoveries = [math.inf if one.recovery is None else float(one.recovery) for one in outcomes]
    layers, mechanisms = (change.layer, *change.also), (change.mechanism, *change.or_mechanisms)
    reached = fmean(one.truth.first_hit is not None for one in outcomes)
    share, ours = len(found) / len(outcomes), fmean(one.ours for one in outcomes)
    return Row(
        change=change,
        reached=reached,
        found=share,
        joined=fmean(one.joined for one in outcomes),
        median_delay=_quantile(delays, HALF),
        p90_delay=_quantile(delays, OFTEN),
        layer_right=_share([one.layer in layers for one in found]) if change.layer else None,
        mechanism_right=_share([one.mechanism in mechanisms for one in found]) if change.mechanism else None,
        ours=ours,
        split=fmean(one.split for one in outcomes),
        recovered=None if change.end is None else fmean(one.recovery is not None for one in outcomes),
        median_recovery=None if change.end is None else _quantile(recoveries, HALF),
        result=_result(change, reached, share, ours),
    )


def _result(change: Change, reached: float, found: float, ours: float) -> Result:
    if reached == 0.0:
        return "not reached"
    if change.expect in {"silence", "ours"}:
        return "called" if found > ours else "labelled" if found else "silent"
    if change.expect == "either":
        return "found" if found >= OFTEN else "silent" if not found else "often"
    of_reached = found / reached
    if of_reached >= OFTEN:
        return "found"
    return "often" if of_reached >= HALF else "seldom" if found else "missed"


def _share(values: Sequence[bool]) -> float | None:
    return fmean(values) if values else None


def _quantile(values: Sequence[float], at: float) -> float | None:
    """The value that a share of histories stays within; None where that share did not get there."""
    ordered = sorted(values)
    value = median(ordered) if at == HALF else ordered[min(math.ceil(at * len(ordered)), len(ordered)) - 1]
    return value if math.isfinite(value) else None


def strays(card: Scorecard) -> float:
    """Incidents of quality that belong to no change, a history."""
    return fmean(len(history.stray) for history in card.histories)


def quiet_rate(card: Scorecard) -> float:
    """Incidents opened a judged year without a change, over the whole deployment."""
    years = sum(history.quiet_years for history in card.histories)
    return sum(history.quiet_opened for history in card.histories) / years if years > 0 else 0.0


def extra_share(card: Scorecard) -> float:
    """Calls that confirmations added, as a share of the daily ones."""
    return fmean(history.extra_calls for history in card.histories)


def drill_json(cards: Sequence[Scorecard]) -> Mapping[str, Json]:
    """The answer of `canary drill --json`."""
    return {"schema": SCHEMA, "scenarios": [_card(card) for card in cards]}


def _card(card: Scorecard) -> Mapping[str, Json]:
    costs = [history.cost for history in card.histories if history.cost is not None]
    return {
        "scenario": card.scenario.id,
        "kind": card.scenario.kind,
        "seeds": len(card.seeds),
        "calls_per_day": round(fmean(history.calls for history in card.histories), 1),
        "cost_usd_per_day": round(fmean(costs), 2) if costs else None,
        "extra_calls_share": round(extra_share(card), 4),
        "changes": [_change(row) for row in rows(card)],
        "stray_incidents_per_history": round(strays(card), 4),
        "opened_per_year_without_change": round(quiet_rate(card), 4),
    }


def _change(row: Row) -> Mapping[str, Json]:
    return {
        "name": row.change.name,
        "onset": row.change.first_day.isoformat(),
        "found": round(row.found, 4),
        "median_delay": row.median_delay,
        "p90_delay": row.p90_delay,
        "layer_right": _rounded(row.layer_right),
        "mechanism_right": _rounded(row.mechanism_right),
        "expect": row.change.expect,
        "result": row.result,
        "reached": round(row.reached, 4),
        "joined": round(row.joined, 4),
        "labelled_ours": round(row.ours, 4),
        "split_per_history": round(row.split, 4),
        "recovered": _rounded(row.recovered),
        "median_recovery": row.median_recovery,
        "noticed_days": row.change.noticed_days,
    }


def _rounded(share: float | None) -> float | None:
    return None if share is None else round(share, 4)
