"""What a trial contributes to each metric: one number, or nothing.

A trial that failed gives no number to any metric but `failure_rate`; a field that was not measured gives none to its own.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from canary.domain.ports import TrialColumns
from canary.stats.thresholds import Days

Array: TypeAlias = NDArray[np.float64]
Score: TypeAlias = Literal["proportion", "count", "log"]

VALUES = (
    "passed",
    "score",
    "tool_calls",
    "invalid_tool_calls",
    "repeated_tool_calls",
    "reads",
    "edits",
    "blind_edits",
    "words_between_tools",
    "final_words",
    "input_tokens",
    "cache_read_tokens",
    "cache_write_tokens",
    "output_tokens",
    "reasoning_tokens",
    "cost_usd",
    "latency_s",
    "ttft_s",
    "output_tokens_per_s",
    "refused",
    "truncated",
    "wrong_script",
)
TEXTS = ("checks", "turns_passed", "phrases", "served_model", "service_tier", "fingerprint", "unit_prices")
"""Fields of the record that the series are made from: what to ask `Store.columns` for."""

LEAST_SECONDS = 1e-3
LEAST_COUNT = 1.0
"""Smallest values whose logarithm is taken: below them a clock, or a count of words, says nothing."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Fold:
    """How a metric is read from trials and scored.

    Attributes:
        value: trials -> one number each, NaN where it does not apply.
        score: which daily score it gets.
        days: which threshold table it is held to.
        prior: autocorrelation to expect of neighbouring days.
        least: for logs, the smallest value taken.
    """

    value: Callable[[TrialColumns], Array]
    score: Score
    days: Days
    prior: float
    least: float = LEAST_COUNT


def _field(name: str) -> Callable[[TrialColumns], Array]:
    def value(columns: TrialColumns) -> Array:
        known = columns.values.get(name)
        empty = np.full(columns.run_day.size, np.nan)
        return empty if known is None else np.where(columns.graded, known, np.nan)

    return value


def _share(part: str, *whole: str) -> Callable[[TrialColumns], Array]:
    """One field over the sum of others; NaN where that sum is 0."""

    def value(columns: TrialColumns) -> Array:
        total = np.sum([_field(name)(columns) for name in whole], axis=0)
        positive = np.where(total > 0, total, np.nan)
        result: Array = _field(part)(columns) / positive
        return result

    return value


def _failed(columns: TrialColumns) -> Array:
    return (~columns.graded).astype(np.float64)


def _without_reasoning(columns: TrialColumns) -> Array:
    tokens = _field("reasoning_tokens")(columns)
    return np.where(np.isnan(tokens), np.nan, tokens == 0)


def structured(columns: TrialColumns, name: str, read: Callable[[Any], float]) -> Array:
    """One number from a structured field; each distinct text is read once, whatever the number of trials."""
    texts = columns.texts.get(name)
    if texts is None:
        return np.full(columns.run_day.size, np.nan)
    known: dict[str | None, float] = {None: np.nan}
    for text in set(texts.tolist()) - {None}:
        known[text] = read(json.loads(text))
    values = np.array([known[text] for text in texts.tolist()], dtype=np.float64)
    return np.where(columns.graded, values, np.nan)


def _gap(checks: Any) -> float:
    strict = all(check["strict"] for check in checks)
    return float(all(check["loose"] for check in checks) and not strict) if checks else np.nan


def _all_turns(turns: Any) -> float:
    return float(all(turns)) if turns else np.nan


FOLDS: Mapping[str, Fold] = {
    "pass_rate": Fold(value=_field("passed"), score="proportion", days="steady", prior=0.1),
    "score": Fold(value=_field("score"), score="proportion", days="steady", prior=0.1),
    "format_gap": Fold(
        value=lambda columns: structured(columns, "checks", _gap),
        score="proportion",
        days="steady",
        prior=0.1,
    ),
    "all_turns_rate": Fold(
        value=lambda columns: structured(columns, "turns_passed", _all_turns),
        score="proportion",
        days="steady",
        prior=0.1,
    ),
    "tool_calls": Fold(value=_field("tool_calls"), score="count", days="drifting", prior=0.2),
    "invalid_tool_call_rate": Fold(
        value=_share("invalid_tool_calls", "tool_calls"), score="proportion", days="steady", prior=0.1
    ),
    "repeated_tool_calls": Fold(
        value=_field("repeated_tool_calls"), score="count", days="drifting", prior=0.2
    ),
    "reads_per_edit": Fold(value=_share("reads", "edits"), score="count", days="drifting", prior=0.2),
    "blind_edit_rate": Fold(
        value=_share("blind_edits", "edits"), score="proportion", days="steady", prior=0.1
    ),
    "words_between_tools": Fold(value=_field("words_between_tools"), score="log", days="drifting", prior=0.3),
    "final_words": Fold(value=_field("final_words"), score="log", days="drifting", prior=0.3),
    "input_tokens": Fold(value=_field("input_tokens"), score="log", days="drifting", prior=0.3),
    "output_tokens": Fold(value=_field("output_tokens"), score="log", days="drifting", prior=0.3),
    "reasoning_tokens": Fold(value=_field("reasoning_tokens"), score="log", days="drifting", prior=0.3),
    "zero_reasoning_rate": Fold(value=_without_reasoning, score="proportion", days="steady", prior=0.1),
    "cache_read_share": Fold(
        value=_share("cache_read_tokens", "input_tokens", "cache_read_tokens", "cache_write_tokens"),
        score="proportion",
        days="drifting",
        prior=0.3,
    ),
    "latency_s": Fold(value=_field("latency_s"), score="log", days="loaded", prior=0.6, least=LEAST_SECONDS),
    "ttft_s": Fold(value=_field("ttft_s"), score="log", days="loaded", prior=0.6, least=LEAST_SECONDS),
    "output_tokens_per_s": Fold(
        value=_field("output_tokens_per_s"), score="log", days="loaded", prior=0.6, least=LEAST_SECONDS
    ),
    "failure_rate": Fold(value=_failed, score="proportion", days="drifting", prior=0.3),
    "refusal_rate": Fold(value=_field("refused"), score="proportion", days="steady", prior=0.1),
    "truncation_rate": Fold(value=_field("truncated"), score="proportion", days="steady", prior=0.1),
    "wrong_script_rate": Fold(value=_field("wrong_script"), score="proportion", days="steady", prior=0.1),
}
"""Metrics with one number a trial. `cost_per_pass` is a ratio of a day's sums and has its own way; phrases their own names."""

COST = Fold(value=_field("cost_usd"), score="log", days="drifting", prior=0.3)
SPREAD = Fold(value=_field("output_tokens"), score="log", days="steady", prior=0.05)


def phrase_families(columns: TrialColumns) -> tuple[str, ...]:
    """Families of watched phrases that the trials name, sorted."""
    texts = columns.texts.get("phrases")
    if texts is None:
        return ()
    return tuple(sorted({name for text in set(texts.tolist()) - {None} for name in json.loads(text)}))


def phrase_fold(family: str) -> Fold:
    """Share of answers that hold a phrase of the family."""
    return Fold(
        value=lambda columns: structured(
            columns, "phrases", lambda phrases: float(phrases.get(family, 0) > 0)
        ),
        score="proportion",
        days="steady",
        prior=0.1,
    )
