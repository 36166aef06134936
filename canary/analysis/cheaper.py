"""A cheaper suite that shows as much.

Method. Prompts are left out in order of what they buy (`worth.py`), as long as the smallest change seen within `WITHIN_DAYS`
days, measured anew on the records of the prompts that stay, grows by no more than `EQUAL`, and `LEAST_INFORMATION` stays. Drops of the pass rate are compared
as shifts of the odds: in points, a suite of unsure prompts moves more for the same cause.

Limits. At least `OF_FAMILY` prompts of each family stay. What one prompt tells alone (that it broke, exact values) is not
weighed, and the noise of two months of records is itself known to some 15 to 25 % only.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from canary.analysis.plan import PAST, WITHIN_DAYS, quiet_noise
from canary.analysis.series import ALL, judged_series
from canary.analysis.worth import PromptWorth
from canary.domain.ports import TrialColumns
from canary.stats.power import minimum_effect
from canary.stats.scores import Panel

EQUAL = 0.1
LEAST_INFORMATION = 0.97
"""Share of the information on the pass rate that stays whatever is measured."""

OF_FAMILY = 2
_STEPS = 24
POWERFUL = ("pass_rate", "output_tokens")
"""Metrics whose power is held: what quality means, and what tells of effort and length."""


@dataclass(frozen=True, kw_only=True, slots=True)
class CheaperSuite:
    """A suite that costs less and shows as much.

    Attributes:
        equal_on: metrics whose smallest visible change was held.
        left_out: prompts it does without.
        saves: share of the cost.
        grows: metric -> smallest visible change over today's; 1.03 = 3 % larger. Drops of the pass rate as shifts of the odds.
    """

    equal_on: tuple[str, ...]
    left_out: tuple[str, ...]
    saves: float
    grows: Mapping[str, float]


def cheaper_suites(
    columns: TrialColumns, prompts: Sequence[PromptWorth], thresholds: Mapping[str, float]
) -> list[CheaperSuite]:
    """Suites that show as much as today's of both metrics, and of the pass rate alone; [] where too little is known.

    Args:
        columns: a target's trials of scheduled runs, with `passed` and `output_tokens`.
        prompts: what each of them buys.
        thresholds: metric -> normal score to pass.
    """
    fields = {name: columns.values[name] for name in ("passed", "output_tokens") if name in columns.values}
    lean = replace(columns, values=fields, texts={})
    asked = {one.prompt for one in prompts}
    now = _smallest(lean, asked, thresholds)
    found = [
        _search(lean, prompts, thresholds, now, equal_on)
        for equal_on in (POWERFUL, POWERFUL[:1])
        if set(equal_on) <= set(now)
    ]
    return [suite for suite in found if suite is not None]


def _search(
    columns: TrialColumns,
    prompts: Sequence[PromptWorth],
    thresholds: Mapping[str, float],
    now: Mapping[str, float],
    equal_on: tuple[str, ...],
) -> CheaperSuite | None:
    """The longest run of dispensable prompts that can go: up to the first of `_STEPS` lengths at which power is lost.

    Not the longest of all that pass: of two dozen measurements some pass by luck, and a suite chosen by luck sees less.
    """
    order = _dispensable(prompts, equal_on)
    asked = {one.prompt for one in prompts}
    best: CheaperSuite | None = None
    for length in np.unique(np.linspace(1, max(len(order), 1), _STEPS).round().astype(int)).tolist():
        gone = order[:length]
        if not gone or sum(one.pass_information for one in gone) > 1 - LEAST_INFORMATION:
            break
        then = _smallest(columns, asked - {one.prompt for one in gone}, thresholds)
        if any(name not in then or then[name] > now[name] * (1 + EQUAL) for name in equal_on):
            break
        best = CheaperSuite(
            equal_on=equal_on,
            left_out=tuple(one.prompt for one in gone),
            saves=sum(one.cost_share for one in gone),
            grows={name: then[name] / now[name] for name in POWERFUL if name in then},
        )
    return best


def _dispensable(prompts: Sequence[PromptWorth], equal_on: tuple[str, ...]) -> list[PromptWorth]:
    """Prompts in the order they can go; those that a family must keep are left out."""

    def value(one: PromptWorth) -> float:
        return one.buys if len(equal_on) > 1 else one.pass_information / one.cost_share

    left: dict[str, int] = {}
    for one in prompts:
        left[one.family] = left.get(one.family, 0) + 1
    order: list[PromptWorth] = []
    for one in sorted(prompts, key=lambda one: (value(one), one.prompt)):
        if left[one.family] > OF_FAMILY:
            left[one.family] -= 1
            order.append(one)
    return order


def _smallest(columns: TrialColumns, kept: set[str], thresholds: Mapping[str, float]) -> Mapping[str, float]:
    """Smallest visible change on the records of some prompts: pass rate in logits, tokens in logs."""
    wanted = np.array([prompt in kept for prompt in columns.prompts], dtype=np.bool_)[columns.prompt]
    few = replace(
        columns,
        **{
            name: getattr(columns, name)[wanted]
            for name in ("run_day", "prompt", "prompt_digest", "family", "run", "replicate", "graded")
        },
        values={name: column[wanted] for name, column in columns.values.items()},
    )
    found: dict[str, float] = {}
    for series in judged_series("", few):
        name = series.metric.name
        if series.family != ALL or series.spread or name not in POWERFUL:
            continue
        noise = quiet_noise(series)
        if noise is not None:
            shift = minimum_effect(noise, thresholds[name], WITHIN_DAYS, past=PAST)
            found[name] = shift / _steepness(series.panel) if name == "pass_rate" else shift
    return found


def _steepness(panel: Panel) -> float:
    """Points that the mean pass rate moves for a small shift of all logits."""
    count = panel.count.sum(axis=0)
    chance = (panel.total.sum(axis=0) + 0.5) / (count + 1)
    return float((count * chance * (1 - chance)).sum() / count.sum())
