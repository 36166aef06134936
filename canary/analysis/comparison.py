"""What a comparison of two sides comes to, and its answer for programs."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from canary.analysis.pairing import Pairing
from canary.domain.canonical import Json
from canary.domain.cost import CostChange, SolvedCost
from canary.domain.incident import EffectUnit

SCHEMA = 1

Verdict: TypeAlias = Literal["worse", "better", "equivalent", "inconclusive", "changed"]

ALL = "all"
"""The family of all prompts together."""

PRIMARY = ("pass_rate", "score")
"""What decides first: the first of them that both sides have."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """One metric of one pair of targets.

    Attributes:
        target_a, target_b, family, metric: which.
        a, b: levels (geometric means of tokens, words and seconds); names for exact metrics.
        effect, low, high: b against a with its 95 % interval; None where there is none.
        unit: points or ratio.
        p_value, p_adjusted: of no difference; None where it can't be tested.
        verdict: what it comes to.
        lost, gained: prompts that most trials of a passed and most of b did not, and the other way round, by id.
        n_prompts: paired prompts with the metric on both sides.
        minimum: smallest effect that would have been told from nothing four times in five.
        margin: effects below it are too small to matter.
        churn: whether prompts moved in both directions beyond chance.
        counts: whether it has weight in the whole verdict.
    """

    target_a: str
    target_b: str
    family: str
    metric: str
    a: float | str
    b: float | str
    effect: float | None
    low: float | None
    high: float | None
    unit: EffectUnit
    p_value: float | None
    p_adjusted: float | None
    verdict: Verdict
    lost: tuple[str, ...] = ()
    gained: tuple[str, ...] = ()
    n_prompts: int
    minimum: float | None
    margin: float
    churn: bool = False
    counts: bool = True


@dataclass(frozen=True, kw_only=True, slots=True)
class Pair:
    """One pair of targets: what was compared, and what it comes to.

    Attributes:
        pairing: the sides.
        rows: metric by metric.
        verdict: of all of them.
        cost: per solved task over the paired prompts, told apart by cause; None where a side kept no trials, or no use.
    """

    pairing: Pairing
    rows: tuple[Row, ...]
    verdict: Verdict
    cost: CostChange | None = None

    @property
    def primary(self) -> Row | None:
        """The row that decides first."""
        named = {row.metric: row for row in self.rows if row.family == ALL}
        return next((named[name] for name in PRIMARY if name in named), None)


@dataclass(frozen=True, kw_only=True, slots=True)
class Comparison:
    """Old against new.

    Attributes:
        a, b: what the sides are, for people.
        verdict: of all pairs together.
        pairs: one for each pair of targets.
    """

    a: str
    b: str
    verdict: Verdict
    pairs: tuple[Pair, ...]

    @property
    def rows(self) -> tuple[Row, ...]:
        """All rows."""
        return tuple(row for pair in self.pairs for row in pair.rows)

    def fails(self, fail_on: str) -> bool:
        """Whether a gate that fails on `never`, `worse` or `inconclusive` (which includes worse) should."""
        primary = [pair.primary for pair in self.pairs]
        open_ = any(row is None or row.verdict == "inconclusive" for row in primary)
        return fail_on != "never" and (
            self.verdict == "worse"
            or (fail_on == "inconclusive" and (open_ or self.verdict == "inconclusive"))
        )


def compare_json(found: Comparison) -> Mapping[str, Json]:
    """The answer of `canary compare --json`."""
    return {
        "schema": SCHEMA,
        "a": found.a,
        "b": found.b,
        "verdict": found.verdict,
        "pairs": [_pair(pair) for pair in found.pairs],
        "metrics": [_metric(row) for row in found.rows],
    }


def _pair(pair: Pair) -> Json:
    one = pair.pairing
    return {
        "target_a": one.a.target,
        "target_b": one.b.target,
        "verdict": pair.verdict,
        "trials_a": one.a.graded,
        "trials_b": one.b.graded,
        "days_a": one.a.day_count,
        "days_b": one.b.day_count,
        "same_days": one.days is not None,
        "paired_prompts": int(one.column_a.size),
        "only_a": list(one.only_a),
        "only_b": list(one.only_b),
        "edited": list(one.edited),
        "cost_per_solved": None if pair.cost is None else _cost(pair.cost),
    }


def _cost(cost: CostChange) -> Json:
    return {
        "a": _solved(cost.before),
        "b": _solved(cost.after),
        "change": _finite(cost.change),
        "change_low": _finite(cost.low),
        "change_high": _finite(cost.high),
        "of_use": _finite(cost.usage),
        "of_prices": _finite(cost.price),
    }


def _solved(cost: SolvedCost) -> Json:
    return {
        "usd": cost.usd,
        "solved": cost.solved,
        "usd_per_solved": _finite(cost.value),
        "low": _finite(cost.low),
        "high": _finite(cost.high),
        "trials": cost.trials,
        "unpriced_trials": cost.unpriced,
        "silent_trials": cost.silent,
        "unknown_prices": list(cost.unknown),
    }


def _metric(row: Row) -> Json:
    return {
        "target_a": row.target_a,
        "target_b": row.target_b,
        "family": row.family,
        "metric": row.metric,
        "a": _finite(row.a),
        "b": _finite(row.b),
        "effect": _finite(row.effect),
        "effect_low": _finite(row.low),
        "effect_high": _finite(row.high),
        "effect_unit": row.unit,
        "p_value": _finite(row.p_value),
        "p_adjusted": _finite(row.p_adjusted),
        "verdict": row.verdict,
        "lost": list(row.lost),
        "gained": list(row.gained),
        "n_prompts": row.n_prompts,
        "minimum_detectable_effect": _finite(row.minimum),
        "margin": row.margin,
        "churn": row.churn,
        "counts": row.counts,
    }


def _finite(value: float | str | None) -> Json:
    """JSON knows no NaN: what could not be measured is null."""
    return None if isinstance(value, float) and not math.isfinite(value) else value
