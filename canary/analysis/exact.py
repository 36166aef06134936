"""Values that never vary: billed input tokens of a fixed text, the served model, its tier, the fingerprint."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from canary.analysis.ours import stacks
from canary.analysis.series import ALL, Grid
from canary.domain.incident import ChangePoint
from canary.domain.ports import TrialColumns
from canary.domain.series import metric
from canary.stats.exact import ExactFinding, exact_changes

Array: TypeAlias = NDArray[np.float64]

NAMED = ("served_model", "service_tier", "fingerprint")
"""Text fields that hold for a target as a whole."""

TEST = "every trial of the day differs from a value that never varied"


@dataclass(frozen=True, kw_only=True, slots=True)
class ExactSeries:
    """A series of values that are compared, not averaged: which, since when it is measured, and what was found."""

    target: str
    metric: str
    changes: tuple[ChangePoint, ...]
    since: date


def exact_series(target: str, columns: TrialColumns, grid: Grid) -> list[ExactSeries]:
    """The exact series that the records hold, each with its changes."""
    made = [_tokenizer(target, columns, grid)]
    made += [_named(target, name, columns, grid) for name in NAMED]
    return [series for series in made if series is not None]


def _tokenizer(target: str, columns: TrialColumns, grid: Grid) -> ExactSeries | None:
    tokens = columns.values.get("input_tokens")
    if tokens is None:
        return None
    value = np.where(columns.graded, tokens, np.nan)
    if not np.isfinite(value).any():
        return None
    findings = exact_changes(grid.day, grid.column, value)
    return ExactSeries(
        target=target,
        metric="tokenizer",
        changes=tuple(_tokens_changed(target, grid, finding) for finding in findings),
        since=grid.date(int(grid.day[np.isfinite(value)].min())),
    )


def _tokens_changed(target: str, grid: Grid, finding: ExactFinding) -> ChangePoint:
    """One prompt alone may have been edited outside; several at once are the tokenizer, or a text put before all."""
    before, after = float(np.mean(finding.before)), float(np.mean(finding.after))
    ratio = after / before - 1 if before > 0 else None
    day = grid.date(finding.day)
    return ChangePoint(
        target=target,
        family=ALL,
        metric="tokenizer",
        kind="exact",
        prompt=grid.prompts[finding.units[0]] if len(finding.units) == 1 else None,
        direction="up" if after > before else "down" if after < before else "other",
        verdict="change",
        raised_on=day,
        onset=day,
        onset_low=grid.date(finding.since),
        onset_high=day,
        before=before,
        after=after,
        effect=ratio,
        effect_low=ratio,
        effect_high=ratio,
        effect_unit="ratio",
        test=TEST,
        statistic=float(len(finding.units)),
        threshold=1.0,
    )


def _named(target: str, name: str, columns: TrialColumns, grid: Grid) -> ExactSeries | None:
    texts = columns.texts.get(name)
    if texts is None:
        return None
    if name == "fingerprint":
        texts = stacks(texts)
    known = {text: float(code) for code, text in enumerate(sorted({t for t in texts.tolist() if t}))}
    if not known:
        return None
    value = np.array([known.get(text, np.nan) for text in texts.tolist()])
    names = list(known)
    findings = exact_changes(grid.day, np.zeros(value.size, dtype=np.int64), value)
    return ExactSeries(
        target=target,
        metric=name,
        changes=tuple(_name_changed(target, name, names, grid, finding) for finding in findings),
        since=grid.date(int(grid.day[np.isfinite(value)].min())),
    )


def _name_changed(
    target: str, name: str, names: Sequence[str], grid: Grid, finding: ExactFinding
) -> ChangePoint:
    day = grid.date(finding.day)
    return ChangePoint(
        target=target,
        family=ALL,
        metric=metric(name).name,
        kind="exact",
        direction="other",
        verdict="change",
        raised_on=day,
        onset=day,
        onset_low=grid.date(finding.since),
        onset_high=day,
        before=names[int(finding.before[0])],
        after=names[int(finding.after[0])],
        effect_unit="ratio",
        test=TEST,
        statistic=None,
        threshold=None,
    )
