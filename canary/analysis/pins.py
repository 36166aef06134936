"""A side as a baseline that can be kept without its trials, and back."""

from collections.abc import Mapping

import numpy as np

from canary.analysis.sides import Measured, Side, way_of
from canary.domain.baseline import Baseline, DayNoise, Figure, PinnedPrompt
from canary.domain.canonical import digest
from canary.stats.chain import divided
from canary.stats.days import DaySpread
from canary.stats.scores import Panel

EVEN = 1e-12
"""Variance that is nothing but rounding of sums."""


def pinned(side: Side, levels: Mapping[str, float]) -> Baseline:
    """A side as a baseline; of a prompt that was edited in its days, the text with the last trial counts.

    Args:
        side: made from trials.
        levels: metric -> level over all prompts.
    """
    last = {name: column for column, (name, _) in _by_last_day(side)}
    prompts = tuple(_pinned_prompt(side, last[name]) for name in sorted(last))
    return Baseline(
        target=side.target,
        suite=digest(sorted(one.digest or one.prompt for one in prompts)),
        first_day=side.first_day,
        last_day=side.last_day,
        days=side.day_count,
        trials=side.trials,
        graded=side.graded,
        levels=levels,
        noise={
            name: DayNoise(
                days=one.spread.days,
                sd=_told(one.spread.variance),
                sampling_sd=_told(one.spread.sampling),
            )
            for name, one in side.measured.items()
        },
        names=side.names,
        prompts=prompts,
    )


def _by_last_day(side: Side) -> list[tuple[int, tuple[str, str]]]:
    """Columns by the last day on which any metric has a trial of them."""
    seen = np.zeros((len(side.days), len(side.prompts)), dtype=bool)
    for one in side.measured.values():
        seen |= one.panel.count > 0
    last = np.where(seen.any(axis=0), len(side.days) - seen[::-1].argmax(axis=0), 0)
    return [(int(column), side.prompts[column]) for column in np.argsort(last, kind="stable")]


def _pinned_prompt(side: Side, column: int) -> PinnedPrompt:
    figures: dict[str, Figure] = {}
    for name, one in side.measured.items():
        n, total, square = (
            float(part[:, column].sum()) for part in (one.panel.count, one.panel.total, one.panel.square)
        )
        if n > 0:
            spare = max(square - total**2 / n, 0.0)
            figures[name] = Figure(n=int(n), mean=total / n, sd=_told(spare / (n - 1)) if n > 1 else 0.0)
    fixed = float(side.input_tokens[column])
    return PinnedPrompt(
        prompt=side.prompts[column][0],
        digest=side.prompts[column][1],
        family=side.families[column],
        figures=figures,
        input_tokens=None if np.isnan(fixed) else fixed,
    )


def _told(variance: float) -> float:
    """A standard deviation; rounding is none."""
    return variance**0.5 if variance > EVEN else 0.0


def side_of_baseline(baseline: Baseline) -> Side:
    """A pinned baseline as a side."""
    metrics = sorted({name for one in baseline.prompts for name in one.figures})
    inputs = [one.figures.get("input_tokens") for one in baseline.prompts]
    return Side(
        label=f"baseline of {baseline.first_day} to {baseline.last_day}",
        target=baseline.target,
        prompts=tuple((one.prompt, one.digest) for one in baseline.prompts),
        families=tuple(one.family for one in baseline.prompts),
        first_day=baseline.first_day,
        last_day=baseline.last_day,
        days=(),
        day_count=baseline.days,
        measured={name: _unpinned(baseline, name) for name in metrics},
        input_tokens=np.array(
            [np.nan if one.input_tokens is None else one.input_tokens for one in baseline.prompts]
        ),
        input_trials=np.array([0.0 if one is None else float(one.n) for one in inputs]),
        names=baseline.names,
        trials=baseline.trials,
        graded=baseline.graded,
    )


def _unpinned(baseline: Baseline, metric: str) -> Measured:
    figures = [one.figures.get(metric, Figure(n=0, mean=0.0, sd=0.0)) for one in baseline.prompts]
    count = np.array([one.n for one in figures], dtype=np.float64)
    total = count * np.array([one.mean for one in figures])
    if way_of(metric) == "rate":
        total = np.rint(total)
    spread = np.array([one.sd for one in figures])
    square = np.maximum(count - 1, 0.0) * spread**2 + divided(total**2, count)
    noise = baseline.noise.get(metric, DayNoise(days=1, sd=0.0, sampling_sd=0.0))
    return Measured(
        panel=Panel(count=count[None, :], total=total[None, :], square=square[None, :]),
        spread=DaySpread(days=noise.days, variance=noise.sd**2, sampling=noise.sampling_sd**2),
    )
