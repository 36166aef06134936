"""What is followed from day to day: one table of metrics, each with its kind, unit, bad direction and budget share."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal, TypeAlias

Kind: TypeAlias = Literal["proportion", "count", "continuous", "exact"]
Bad: TypeAlias = Literal["down", "up", "either"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Metric:
    """A number per trial, or per day, that is worth following.

    Attributes:
        name: as in the record and the reports' data.
        title: for people.
        kind: proportion (0..1), count, continuous (positive, compared as a ratio) or exact (any difference counts).
        unit: of the daily value; "" for proportions and names.
        bad: the direction that hurts; `either` = a move either way is a change worth knowing.
        share: its part of a target's false-alarm budget for family `all`; None = an equal part of what the named shares
            leave. The slow and the early metric get most: it costs the quick ones a day.
    """

    name: str
    title: str
    kind: Kind
    unit: str
    bad: Bad
    share: float | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Series:
    """Daily values of one metric for one target and family, with what was expected of them. Sequences of equal length.

    Attributes:
        target, family, metric: which series.
        days: run days, ascending; a day without a run is absent.
        values: the plain daily value in the metric's unit; None = not measured that day.
        trials: trials behind each value.
        expected, low, high: what the epoch in force led to expect of the day, with its 95 % band for a single day, on the
            scale of `values`; None before the first epoch was known.
        epochs: first days of epochs.
    """

    target: str
    family: str
    metric: str
    days: tuple[date, ...]
    values: tuple[float | None, ...]
    trials: tuple[int, ...]
    expected: tuple[float | None, ...]
    low: tuple[float | None, ...]
    high: tuple[float | None, ...]
    epochs: tuple[date, ...] = ()


METRICS: Mapping[str, Metric] = {
    metric.name: metric
    for metric in (
        Metric(name="pass_rate", title="prompts passed", kind="proportion", unit="", bad="down", share=0.4),
        Metric(name="score", title="checks passed", kind="proportion", unit="", bad="down"),
        Metric(
            name="format_gap", title="passes only when form is forgiven", kind="proportion", unit="", bad="up"
        ),
        Metric(
            name="all_turns_rate", title="rule kept in every turn", kind="proportion", unit="", bad="down"
        ),
        Metric(name="tool_calls", title="tool calls", kind="count", unit="calls", bad="either"),
        Metric(
            name="invalid_tool_call_rate", title="invalid tool calls", kind="proportion", unit="", bad="up"
        ),
        Metric(name="repeated_tool_calls", title="repeated tool calls", kind="count", unit="calls", bad="up"),
        Metric(name="reads_per_edit", title="reads per edit", kind="continuous", unit="reads", bad="down"),
        Metric(name="blind_edit_rate", title="edits without a read", kind="proportion", unit="", bad="up"),
        Metric(
            name="words_between_tools",
            title="words between tools",
            kind="continuous",
            unit="words",
            bad="either",
        ),
        Metric(
            name="final_words",
            title="words of the final answer",
            kind="continuous",
            unit="words",
            bad="either",
        ),
        Metric(name="input_tokens", title="input tokens", kind="continuous", unit="tokens", bad="either"),
        Metric(
            name="output_tokens",
            title="output tokens",
            kind="continuous",
            unit="tokens",
            bad="either",
            share=0.2,
        ),
        Metric(
            name="reasoning_tokens", title="reasoning tokens", kind="continuous", unit="tokens", bad="either"
        ),
        Metric(
            name="zero_reasoning_rate",
            title="answers without reasoning",
            kind="proportion",
            unit="",
            bad="up",
        ),
        Metric(
            name="cache_read_share", title="input read from cache", kind="proportion", unit="", bad="down"
        ),
        Metric(name="cost_per_pass", title="cost per solved task", kind="continuous", unit="USD", bad="up"),
        Metric(name="latency_s", title="latency", kind="continuous", unit="s", bad="up"),
        Metric(name="ttft_s", title="time to first token", kind="continuous", unit="s", bad="up"),
        Metric(
            name="output_tokens_per_s", title="output speed", kind="continuous", unit="tokens/s", bad="down"
        ),
        Metric(name="failure_rate", title="failed calls", kind="proportion", unit="", bad="up"),
        Metric(name="refusal_rate", title="refusals", kind="proportion", unit="", bad="up"),
        Metric(name="truncation_rate", title="answers cut off", kind="proportion", unit="", bad="up"),
        Metric(
            name="wrong_script_rate", title="wrong-script characters", kind="proportion", unit="", bad="up"
        ),
        Metric(
            name="tokenizer", title="billed input of a fixed text", kind="exact", unit="tokens", bad="either"
        ),
        Metric(name="served_model", title="served model", kind="exact", unit="", bad="either"),
        Metric(name="service_tier", title="served tier", kind="exact", unit="", bad="either"),
        Metric(name="fingerprint", title="fingerprint", kind="exact", unit="", bad="either"),
    )
}
"""Every metric but the watched phrases, which are named by their family: `phrase_rate.<family>`, bad when up."""


def metric(name: str) -> Metric:
    """The metric of a name, phrase rates included.

    Raises:
        KeyError: there is no such metric.
    """
    if name.startswith("phrase_rate."):
        family = name.removeprefix("phrase_rate.")
        return Metric(name=name, title=f"{family} phrases", kind="proportion", unit="", bad="up")
    return METRICS[name]
