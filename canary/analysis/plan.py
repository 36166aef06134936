"""What a planned suite would show: the smallest change seen per metric, before anything is measured.

Problem. Whoever pays wants to know beforehand what the money shows.

Method. Thresholds come from the budget as they will in force: split over targets, then over the series of a target, every
metric of the table counted as judged (so that no threshold is promised lower than it may be). Noise comes from histories
without a change that have the suite's size: whoever calls draws them, here they are scored and learned from exactly as
records would be. The effect is `stats.power.minimum_effect` of the two.

Limits. Drawn histories have the figures of a world, not those of a provider: measure, as soon as there are 28 days.
Metrics that no drawn history has are left out, and named.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from canary.analysis.assignment import LATE_SHARE, SCAN_SHARE, assign
from canary.analysis.folds import COST, FOLDS, Fold
from canary.analysis.series import ALL, DailySeries, grid_of, judged_series, panel_of
from canary.domain.incident import Sensitivity
from canary.domain.ports import TrialColumns
from canary.domain.series import metric
from canary.stats.multiplicity import split_budget
from canary.stats.noise import Noise
from canary.stats.power import minimum_effect, with_trials
from canary.stats.rare import is_rare
from canary.stats.scores import Scale
from canary.stats.sequential import watch
from canary.stats.stream import RULE, Stream, Watched
from canary.stats.thresholds import threshold

HORIZONS = (1, 7, 28)
"""Days from the onset, the onset being day 0."""

CENTRAL = (ALL, "pass_rate")
"""Family and metric that a suite is sized by ..."""

WITHIN_DAYS = 7
"""... and the horizon."""

PAST = 60
"""Measured days that make the level a planned change is held against."""

_SPREAD = "spread"
_FOLDS: Mapping[str, Fold] = {**FOLDS, "cost_per_pass": COST}
JUDGED = (*_FOLDS, _SPREAD)
"""Series of all prompts that share a target's budget where everything is measured."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Expected:
    """A series as it is expected to behave, and the test it will be put to.

    Attributes:
        family, metric: which.
        threshold: normal score to pass.
        noises: of its days; several where it is assumed from several histories.
        scale: how a score moves the level.
        past: measured days that make the level.
    """

    family: str
    metric: str
    threshold: float
    noises: tuple[Noise, ...]
    scale: Scale
    past: int = PAST

    def smallest(self, days: int, trials: float = 1.0) -> float:
        """The smallest change seen within so many measured days, at `trials` times the trials a day.

        The root mean square over the noises: what one typical noise gives is seen too seldom, as noisy histories lose more
        than quiet ones gain. Of a ratio that may move either way the fall is told, the smaller of the two; of one whose rise
        alone is bad, the rise.
        """
        shifts = [
            minimum_effect(with_trials(noise, trials), self.threshold, days, past=self.past)
            for noise in self.noises
        ]
        shift = float(np.sqrt(np.mean(np.square(shifts))))
        if self.scale != "log":
            return shift
        return float(np.expm1(shift)) if metric(self.metric).bad == "up" else float(-np.expm1(-shift))


def planned_thresholds(budget: float, families: int, judged: Sequence[str] = JUDGED) -> Mapping[str, float]:
    """Thresholds of the level tests of all prompts.

    Args:
        budget: opened incidents a year without a change that one target may cost.
        families: families of the suite; a suite of one has no pass rate per family.
        judged: metrics that will be measured, and `spread` where there are replicates.

    Returns:
        Metric -> normal score to pass.
    """
    names = [name for name in judged if name != _SPREAD]
    others = len(judged) - len(names) + (families if families > 1 else 0)
    shares = [metric(name).share for name in names] + [None] * others + [SCAN_SHARE]
    rates = split_budget(budget * (1 - LATE_SHARE), shares).tolist()
    return {name: _threshold(name, rate) for name, rate in zip(names, rates, strict=False)}


def _threshold(name: str, rate: float) -> float:
    # Only one direction opens an incident where only one is bad; the tables count both.
    return threshold(rate if metric(name).bad == "either" else 2 * rate, _FOLDS[name].days)


def assumed(histories: Iterable[TrialColumns], thresholds: Mapping[str, float]) -> list[Expected]:
    """The series of all prompts with the typical noise of histories, learned as it is from records.

    Args:
        histories: trials of one target each, without a change; of at least 28 days.
        thresholds: metric -> normal score to pass.

    Returns:
        In the order of `thresholds`; metrics that no history has, that never vary, or that are so rare that events are
        counted instead, are absent.
    """
    noises: dict[str, list[Noise]] = {}
    scales: dict[str, Scale] = {}
    for columns in histories:
        for series in judged_series("", columns):
            if series.family != ALL or series.spread or _is_rare(series) or series.scores.constant:
                continue
            noise = _watched(series, np.inf).noise
            if noise is not None:
                noises.setdefault(series.metric.name, []).append(noise)
                scales[series.metric.name] = series.scores.scale
    return [
        Expected(family=ALL, metric=name, threshold=height, noises=tuple(noises[name]), scale=scales[name])
        for name, height in thresholds.items()
        if name in noises
    ]


def _is_rare(series: DailySeries) -> bool:
    counted = series.fold.score != "log" and series.metric.bad == "up"
    return counted and is_rare(series.panel)


def measured(target: str, columns: TrialColumns, budget: float) -> list[Expected]:
    """The level series of a target's records with the noise and the thresholds in force; [] before the warm-up is over.

    Args:
        target: its name.
        columns: its trials of scheduled runs, with the fields that `folds` names.
        budget: opened incidents a year without a change that this target may cost.
    """
    found: list[Expected] = []
    for test in assign(judged_series(target, columns), budget):
        series = test.series
        if test.kind != "level":
            continue
        seen = _watched(series, test.threshold)
        if seen.noise is not None:
            found.append(
                Expected(
                    family=series.family,
                    metric=series.metric.name,
                    threshold=test.threshold,
                    noises=(seen.noise,),
                    scale=series.scores.scale,
                    past=max(int(np.isfinite(series.scores.value[seen.since :]).sum()), 1),
                )
            )
    return found


def quiet_noise(series: DailySeries) -> Noise | None:
    """Noise of a series as the sequential test learns it, were there no alarm; None for one that never varies."""
    return None if series.scores.constant else _watched(series, np.inf).noise


def _watched(series: DailySeries, height: float) -> Watched:
    scores = series.scores
    stream = Stream(
        value=scores.value,
        variance=scores.variance,
        warm=scores.warm,
        threshold=height,
        prior=series.fold.prior,
        restarts=scores.restarts,
    )
    return watch([stream])[0]


def trials_a_day(columns: TrialColumns) -> float:
    """Median number of trials of a prompt on a day that has any."""
    grid = grid_of(columns)
    if grid is None:
        return 0.0
    count = panel_of(grid, np.ones(columns.run_day.size)).count
    return float(np.median(count[count > 0]))


def visible(
    target: str, series: Sequence[Expected], *, measured_share: float = 1.0, trials: float = 1.0
) -> list[Sensitivity]:
    """The smallest change seen per series and horizon.

    Args:
        target: its name.
        series: what is followed.
        measured_share: share of days with a run; a weekly schedule has 1/7.
        trials: trials a day over those that the noise comes from.

    Returns:
        One row per series and horizon. A horizon with too few measured days to judge has none.
    """
    return [
        Sensitivity(
            target=target,
            family=one.family,
            metric=one.metric,
            days=days,
            minimum_detectable_effect=one.smallest(later, trials),
            effect_unit="points" if one.scale == "points" else "ratio",
        )
        for one in series
        for days in HORIZONS
        if (later := int(days * measured_share + 1e-9)) + 1 >= RULE.shortest
    ]
