"""Which test judges which series, and what each may cost of the false-alarm budget."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

from canary.analysis.series import ALL, DailySeries
from canary.stats.multiplicity import split_budget
from canary.stats.rare import is_rare
from canary.stats.thresholds import scan_threshold, threshold

Kind: TypeAlias = Literal["level", "spread", "rare", "prompt"]

SCAN_SHARE = 0.1
"""Share of a target's budget for the one-prompt scan: it watches every prompt."""

LATE_SHARE = 0.05
"""Share kept back for series that appear after the warm-up; each takes half of what is left."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Assignment:
    """One test of one series.

    Attributes:
        series: what is tested.
        kind: how.
        rate: opened incidents a year that it may cost.
        threshold: what its statistic must pass.
    """

    series: DailySeries
    kind: Kind
    rate: float
    threshold: float


def assign(series: Sequence[DailySeries], budget: float) -> list[Assignment]:
    """The tests of one target's judged series.

    Args:
        series: the judged series.
        budget: opened incidents a year without a change that this target may cost.
    """
    wanted = [(one, kind) for one in series for kind in _kinds(one)]
    # Shares are fixed on the first day that is judged, so that what appears later changes no earlier threshold.
    first = min((one.scores.warm for one, _ in wanted), default=0)
    early = [pair for pair in wanted if pair[0].scores.warm <= first]
    late = [pair for pair in wanted if pair[0].scores.warm > first]
    rates = split_budget(budget * (1 - LATE_SHARE), [_share(one, kind) for one, kind in early]).tolist()
    # Who comes late takes from the reserve, in order of coming, so that the rates of the others stay as they were.
    late.sort(key=lambda pair: pair[0].scores.warm)
    rates += (budget * LATE_SHARE * 0.5 ** np.arange(1, len(late) + 1)).tolist()
    return [
        Assignment(series=one, kind=kind, rate=rate, threshold=_threshold(one, kind, rate))
        for (one, kind), rate in zip(early + late, rates, strict=True)
    ]


def _kinds(series: DailySeries) -> tuple[Kind, ...]:
    if series.spread:
        return ("spread",)
    if series.fold.score in {"proportion", "count"} and series.metric.bad == "up" and is_rare(series.panel):
        return ("rare",)
    if series.scores.constant:
        return ()
    scanned = series.metric.name == "pass_rate" and series.family == ALL and len(series.columns) > 1
    return ("level", "prompt") if scanned else ("level",)


def _share(series: DailySeries, kind: Kind) -> float | None:
    if kind == "prompt":
        return SCAN_SHARE
    return series.metric.share if kind == "level" and series.family == ALL else None


def _threshold(series: DailySeries, kind: Kind, rate: float) -> float:
    if kind == "prompt":
        return scan_threshold(rate, int(series.panel.count[: series.scores.warm].any(axis=0).sum()))
    if kind in {"rare", "spread"} or series.metric.bad == "either":
        return threshold(rate, series.fold.days)
    # Only one direction opens an incident; the tables count both.
    return threshold(2 * rate, series.fold.days)
