"""The metric alphabet of the catalogue: which field of a record each code moves, how, and which series may show it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from canary.simulate.profile import Profile
from canary.simulate.scenarios import Effect

Flags: TypeAlias = NDArray[np.bool_]
How: TypeAlias = Literal["log", "points", "cap", "name", "tokens", "comb", "ours", "none"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Code:
    """One code.

    Attributes:
        field: what of a trial it moves, as `trials.py` names it; "" = no field of the record shows it.
        how: log = factor on the mean; points = move of a proportion; cap = limit; name; tokens = factor by script;
            comb = values pile up; ours = a change of the suite or the monitor itself; none = not recorded.
        series: metrics in which it may show.
        families: prompts it applies to where the effect names none; () = all.
        turns: `multi` = only prompts with several turns show it.
    """

    field: str
    how: How
    series: tuple[str, ...] = ()
    families: tuple[str, ...] = ()
    turns: Literal["any", "multi"] = "any"


_PASSES = ("pass_rate", "score", "all_turns_rate", "cost_per_pass", "format_gap")
_OUTPUT = ("output_tokens", "cost_per_pass", "final_words")
_REASONING = ("reasoning_tokens", "zero_reasoning_rate", *_OUTPUT)
_INPUT = ("tokenizer", "input_tokens", "cost_per_pass", "cache_read_share")

CODES: Mapping[str, Code] = {
    "ACC": Code(field="passed", how="points", series=_PASSES),
    "IFS": Code(field="passed", how="points", series=_PASSES, families=("instructions",)),
    "IFM": Code(field="passed", how="points", series=_PASSES, families=("memory-file",)),
    "IFQ": Code(field="passed", how="points", series=_PASSES, turns="multi"),
    "INT": Code(field="passed", how="points", series=_PASSES, families=("intent",)),
    "SYC": Code(field="agreed", how="points", series=_PASSES, families=("sycophancy",)),
    "FMT": Code(field="strict_only", how="points", series=_PASSES, families=("format", "code")),
    "TSV": Code(field="valid_call", how="points", series=("invalid_tool_call_rate", *_PASSES)),
    "RPT": Code(field="repeated", how="points", series=("repeated_tool_calls",), turns="multi"),
    "EWR": Code(field="blind", how="points", series=("blind_edit_rate",)),
    "ZTH": Code(field="zero_reasoning", how="points", series=_REASONING),
    "SCR": Code(field="wrong_script", how="points", series=("wrong_script_rate",)),
    "RFR": Code(field="refused", how="points", series=("refusal_rate", *_PASSES)),
    "CRD": Code(
        field="cache_share", how="points", series=("cache_read_share", "input_tokens", "cost_per_pass")
    ),
    "ERR_429": Code(field="failed", how="points", series=("failure_rate",)),
    "ERR_529": Code(field="failed", how="points", series=("failure_rate",)),
    "THK": Code(field="reasoning", how="log", series=_REASONING),
    "OUT": Code(field="visible", how="log", series=_OUTPUT),
    "TCN": Code(field="tool_calls", how="log", series=("tool_calls", "repeated_tool_calls")),
    "RE": Code(field="reads", how="log", series=("reads_per_edit",)),
    "LAT": Code(field="latency", how="log", series=("latency_s",)),
    "TTFT": Code(field="ttft", how="log", series=("ttft_s",)),
    "OTPS": Code(field="speed", how="log", series=("output_tokens_per_s",)),
    "OTPS_50": Code(field="speed_share", how="log", series=("output_tokens_per_s",)),
    "TOOL_S": Code(field="tool_seconds", how="log", series=("latency_s",)),
    "TIN": Code(field="input", how="log", series=_INPUT),
    "WBT": Code(field="between", how="cap", series=("words_between_tools",)),
    "FIN": Code(field="final", how="cap", series=("final_words",)),
    "RTO": Code(field="tokenizer", how="tokens", series=(*_INPUT, *_OUTPUT)),
    "THD": Code(field="comb", how="comb", series=_REASONING),
    "OUT_SD": Code(field="", how="none", series=("output_tokens",)),
    "MDL": Code(field="served_model", how="name", series=("served_model",)),
    "TIER": Code(field="service_tier", how="name", series=("service_tier",)),
    "FPR": Code(field="fingerprint", how="name", series=("fingerprint",)),
    "SUITE": Code(field="digests", how="ours", series=_PASSES),
    "SHARES": Code(field="replicates", how="ours", series=_PASSES),
    "RUNS": Code(field="runs", how="ours"),
    "THK_TEXT": Code(field="", how="none"),
    "OFFTOPIC": Code(field="", how="none"),
    "RFR_SENSITIVE": Code(field="", how="none"),
}
"""Every code but the watched phrases: `PHR_<family>` moves the share of answers that hold one."""


def code_of(metric: str) -> Code:
    """The row of a code, phrases included."""
    if metric.startswith("PHR_"):
        family = metric.removeprefix("PHR_")
        return Code(field=f"phrase.{family}", how="points", series=(f"phrase_rate.{family}",))
    return CODES[metric]


def scope(effect: Effect, profile: Profile) -> Flags:
    """Which prompts an effect applies to: shape (prompts,)."""
    code = code_of(effect.metric)
    chosen = np.ones(len(profile), dtype=np.bool_)
    families = effect.families or code.families
    if families:
        chosen &= profile.family_is(families)
    turns = effect.turns if effect.turns != "any" else code.turns
    if turns != "any":
        chosen &= (profile.turns > 1) if turns == "multi" else (profile.turns == 1)
    if effect.tools:
        chosen &= profile.tools
    if effect.share < 1.0:
        at = np.flatnonzero(chosen)
        kept = at[
            (np.floor((np.arange(at.size) + 1) * effect.share) > np.floor(np.arange(at.size) * effect.share))
        ]
        chosen = np.zeros(len(profile), dtype=np.bool_)
        chosen[kept] = True
    return chosen
