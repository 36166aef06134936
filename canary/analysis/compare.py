"""Two sides over the same prompts -> is the new one worse, better, the same, or different. Pure: sides in, a verdict out.

The pass rate is decided first and by itself; every other metric shares a second allowance (Holm), so that what is measured
beside it takes nothing from it. A metric is *equivalent* when its 90 % interval lies inside the margin, whatever else is true;
*worse*, *better* or *changed* when its adjusted p value is below 5 %; else *inconclusive*.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from canary.analysis.comparison import ALL, PRIMARY, Comparison, Pair, Row
from canary.analysis.cost_pairs import cost_of_pair
from canary.analysis.exact_pairs import ExactDifference, exact_differences
from canary.analysis.pairing import Pairing, compared, paired
from canary.analysis.sides import COST_USD, Side, way_of
from canary.analysis.verdicts import ASIDE, CHURN, ITS_OWN, margin_of, pair_verdict, verdict_of, whole_verdict
from canary.domain.errors import IncompleteRun, UsageError
from canary.domain.incident import Policy
from canary.domain.series import METRICS, metric
from canary.stats.difference import Difference
from canary.stats.effects import (
    Cells,
    by_unit,
    count_ratio,
    holm,
    lost_and_gained,
    mean_difference,
    rate_difference,
    ratio_of_means,
)

JUDGEABLE = 0.5
"""Share of a side's trials that must be graded."""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Draft:
    """A difference that is not adjusted for its company yet."""

    family: str
    metric: str
    found: Difference
    lost: tuple[str, ...] = ()
    gained: tuple[str, ...] = ()


def compare(sides: Sequence[tuple[Side, Side]], policy: Policy, *, a: str, b: str) -> Comparison:
    """Compare old sides with new ones.

    Args:
        sides: pairs of an old and a new side, one for each target.
        policy: its smallest effects are the margins of equivalence.
        a: what the old sides are, for people.
        b: what the new ones are.

    Raises:
        UsageError: the sides of a pair have no prompt in common.
        IncompleteRun: less than half of a side's trials were answered.
    """
    pairings = [paired(old, new) for old, new in sides]
    for pairing in pairings:
        _demand_judgeable(pairing)
    drafts = [_drafts(pairing) for pairing in pairings]
    adjusted = _adjusted(drafts)
    pairs = []
    for pairing, own, p_values in zip(pairings, drafts, adjusted, strict=True):
        rows = tuple(_row(pairing, draft, p, policy) for draft, p in zip(own, p_values, strict=True))
        rows += tuple(_exact_row(pairing, one) for one in exact_differences(pairing))
        pairs.append(Pair(pairing=pairing, rows=rows, verdict=pair_verdict(rows), cost=cost_of_pair(pairing)))
    whole = whole_verdict([pair.verdict for pair in pairs])
    return Comparison(a=a, b=b, verdict=whole, pairs=tuple(pairs))


def _demand_judgeable(pairing: Pairing) -> None:
    for side in (pairing.a, pairing.b):
        if side.graded < JUDGEABLE * side.trials:
            raise IncompleteRun(
                f"{side.graded} of {side.trials} trials were answered: too few to judge",
                where=f"{side.label}, target {side.target}",
                remedy="compare again when it answers",
            )
    if not pairing.column_a.size:
        why = f"{len(pairing.edited)} were edited in between" if pairing.edited else "their ids differ"
        raise UsageError(
            f"no prompt is the same on both sides ({why})",
            where=f"{pairing.a.label} and {pairing.b.label}",
            remedy="compare runs of one prompt set",
        )


def _drafts(pairing: Pairing) -> list[_Draft]:
    phrases = sorted(name for name in pairing.b.measured if name.startswith("phrase_rate."))
    made = [_draft(pairing, name) for name in (*METRICS, *phrases) if name in pairing.a.measured]
    made.insert(0, _cost(pairing))
    families = sorted(set(pairing.families) - {""})
    if len(families) > 1:
        made += [_draft(pairing, "pass_rate", family) for family in families]
    found = [draft for draft in made if draft is not None]
    order = {name: number for number, name in enumerate(METRICS)}
    return sorted(found, key=lambda draft: (draft.family != ALL, order.get(draft.metric, len(order))))


def _draft(pairing: Pairing, name: str, family: str = ALL) -> _Draft | None:
    chosen = [i for i, own in enumerate(pairing.families) if own == family]
    found = compared(pairing, name, None if family == ALL else chosen)
    if found is None:
        return None
    cells, day = found.cells, found.day
    way = way_of(name)
    if way == "rate":
        made = rate_difference(cells, day)
    elif way == "count":
        made = count_ratio(cells, day)
    else:
        made = mean_difference(cells, day, "points" if way == "share" else "ratio")
    lost, gained = (
        _flipped(pairing, cells, chosen if family != ALL else None) if name == PRIMARY[0] else ((), ())
    )
    return _Draft(family=family, metric=name, found=made, lost=lost, gained=gained)


def _flipped(
    pairing: Pairing, cells: Cells, chosen: list[int] | None
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Prompts lost and gained, by id."""
    names = pairing.names if chosen is None else [pairing.names[i] for i in chosen]
    own = [names[unit] for unit in np.unique(cells.unit).tolist()]
    a, b, _ = by_unit(cells)
    lost, gained = lost_and_gained(a, b)
    return tuple(own[i] for i in lost.tolist()), tuple(own[i] for i in gained.tolist())


def _cost(pairing: Pairing) -> _Draft | None:
    """Cost of all prompts over what was solved of them."""
    cost, passed = compared(pairing, COST_USD), compared(pairing, "pass_rate")
    if cost is None or passed is None:
        return None
    units, over, under = np.intersect1d(
        np.unique(cost.cells.unit), np.unique(passed.cells.unit), return_indices=True
    )
    if not units.size:
        return None
    cost_a, cost_b, _ = (one[over] for one in by_unit(cost.cells))
    passed_a, passed_b, _ = (one[under] for one in by_unit(passed.cells))
    if not (passed_a.any() and passed_b.any() and cost_a.any() and cost_b.any()):
        return None
    return _Draft(
        family=ALL, metric="cost_per_pass", found=ratio_of_means(cost_b, passed_b, cost_a, passed_a, cost.day)
    )


def _adjusted(drafts: Sequence[Sequence[_Draft]]) -> list[list[float | None]]:
    """P values held to two allowances: what decides first, and all the rest."""
    values: list[list[float | None]] = [[draft.found.p_value for draft in own] for own in drafts]
    first = [_first(own) for own in drafts]
    for primary in (True, False):
        places = [
            (i, j)
            for i, own in enumerate(drafts)
            for j, draft in enumerate(own)
            if (j == first[i]) is primary and draft.found.p_value is not None
        ]
        for (i, j), p in zip(places, holm([values[i][j] or 0.0 for i, j in places]), strict=True):
            values[i][j] = p
    return values


def _first(drafts: Sequence[_Draft]) -> int | None:
    places = {draft.metric: j for j, draft in enumerate(drafts) if draft.family == ALL}
    return next((places[name] for name in PRIMARY if name in places), None)


def _row(pairing: Pairing, draft: _Draft, p_adjusted: float | None, policy: Policy) -> Row:
    found, margin = draft.found, margin_of(draft.metric, policy)
    limits = found.interval()
    churn = found.churn < CHURN
    return Row(
        target_a=pairing.a.target,
        target_b=pairing.b.target,
        family=draft.family,
        metric=draft.metric,
        a=found.a,
        b=found.b,
        effect=found.effect,
        low=None if limits is None else limits[0],
        high=None if limits is None else limits[1],
        unit=found.scale,
        p_value=found.p_value,
        p_adjusted=p_adjusted,
        verdict=verdict_of(metric(draft.metric), found, p_adjusted, margin, churn=churn),
        lost=draft.lost,
        gained=draft.gained,
        n_prompts=found.units,
        minimum=found.minimum,
        margin=margin,
        churn=churn,
        counts=draft.metric not in ASIDE,
    )


def _exact_row(pairing: Pairing, one: ExactDifference) -> Row:
    return Row(
        target_a=pairing.a.target,
        target_b=pairing.b.target,
        family=ALL,
        metric=one.metric,
        a=one.a,
        b=one.b,
        effect=one.ratio,
        low=one.ratio,
        high=one.ratio,
        unit="ratio",
        p_value=None,
        p_adjusted=None,
        verdict="changed" if one.changed else "equivalent" if one.a == one.b else "inconclusive",
        n_prompts=one.n_prompts,
        minimum=None,
        margin=0.0,
        counts=one.metric not in ASIDE and (pairing.same_target or one.metric not in ITS_OWN),
    )
