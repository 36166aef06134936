"""How each metric's movement is said to somebody who has never heard of metrics: one row a metric.

No row says why. A property test holds every sentence made of these tables against a list of words of cause and intent.
"""

from collections.abc import Mapping
from typing import NamedTuple


class Wording(NamedTuple):
    """A metric in plain words.

    Attributes:
        verb: what the target does, for `{verb} about half as {scale} {rest}`; "" where `noun` is said with two levels.
        scale: `much`, `often`, `long`; `quickly` stands for speeds.
        rest: ends the clause, or "".
        noun: the metric for `{noun} 80 % → 77 %`.
        down, up: what it is called in a subject, without a number.
        rank: how early it is told; the consequence that people feel comes first.
    """

    verb: str
    scale: str
    rest: str
    noun: str
    down: str
    up: str
    rank: int


def _share(noun: str, down: str, up: str, rank: int) -> Wording:
    return Wording("", "", "", noun, down, up, rank)


WORDINGS: Mapping[str, Wording] = {
    "reasoning_tokens": Wording(
        "Thinks", "much", "before answering", "thinking", "less thinking", "more thinking", 1
    ),
    "pass_rate": _share("task success", "lower task success", "higher task success", 0),
    "tokenizer": Wording(
        "Counts", "many", "tokens for the same text", "tokens for the same text", "fewer tokens billed for the same text",
        "more tokens billed for the same text", 2,
    ),
    "blind_edit_rate": _share("edits without reading first", "fewer edits without reading", "more edits without reading", 3),
    "reads_per_edit": Wording(
        "Reads files", "often", "for each edit", "reads per edit", "less reading before edits", "more reading before edits", 3
    ),
    "all_turns_rate": _share(
        "rules kept through a conversation", "rules kept in fewer conversations", "rules kept in more conversations", 3
    ),
    "zero_reasoning_rate": _share("answers without any thinking", "fewer answers without thinking", "more answers without thinking", 4),
    "wrong_script_rate": _share("answers with stray characters", "fewer stray characters", "stray characters in answers", 4),
    "invalid_tool_call_rate": _share("malformed tool calls", "fewer malformed tool calls", "more malformed tool calls", 4),
    "truncation_rate": _share("answers cut off", "fewer answers cut off", "more answers cut off", 4),
    "refusal_rate": _share("refusals", "fewer refusals", "more refusals", 4),
    "failure_rate": _share("failed calls", "fewer failed calls", "failed calls", 4),
    "score": _share("single rules kept", "fewer rules kept", "more rules kept", 5),
    "format_gap": _share(
        "answers right but in the wrong form", "fewer answers in the wrong form", "more answers in the wrong form", 5
    ),
    "tool_calls": Wording("Calls tools", "often", "", "tool calls", "fewer tool calls", "more tool calls", 6),
    "repeated_tool_calls": Wording(
        "Repeats a tool call", "often", "", "repeated tool calls", "fewer repeated tool calls", "more repeated tool calls", 6
    ),
    "cost_per_pass": Wording("Costs", "much", "for each solved task", "cost per solved task", "cheaper tasks", "dearer tasks", 7),
    "output_tokens": Wording("Produces", "much", "output for a task", "output", "less output", "more output", 8),
    "final_words": Wording("Writes", "much", "in its final answer", "final answer", "shorter answers", "longer answers", 8),
    "words_between_tools": Wording(
        "Says", "much", "between tool calls", "words between tool calls", "fewer words between tools", "more words between tools", 8
    ),
    "input_tokens": Wording("Takes in", "much", "input for a task", "input", "less input", "more input", 9),
    "cache_read_share": _share("input read from cache", "less cached input", "more cached input", 9),
    "latency_s": Wording("Takes", "long", "to answer", "time to answer", "quicker answers", "slower answers", 10),
    "ttft_s": Wording("Takes", "long", "to begin answering", "time to begin answering", "quicker first words", "slower first words", 10),
    "output_tokens_per_s": Wording("Writes", "quickly", "", "writing speed", "slower output", "faster output", 10),
    "served_model": _share("name of the model that answers", "another model answers", "another model answers", 2),
    "service_tier": _share("service tier", "another service tier", "another service tier", 11),
    "fingerprint": _share("fingerprint", "another fingerprint", "another fingerprint", 12),
}  # fmt: skip

PHRASE_RANK = 11


def wording(name: str) -> Wording:
    """The row of a metric; watched phrases and unknown names get one of their own name."""
    if name in WORDINGS:
        return WORDINGS[name]
    family = name.removeprefix("phrase_rate.").replace("_", " ")
    if name.startswith("phrase_rate."):
        return _share(f"{family} phrases", f"fewer {family} phrases", f"more {family} phrases", PHRASE_RANK)
    return _share(family, f"lower {family}", f"higher {family}", PHRASE_RANK)


_CONSEQUENCE = (
    ("pass_rate", "all_turns_rate", "score"),
    (
        "failure_rate",
        "format_gap",
        "invalid_tool_call_rate",
        "truncation_rate",
        "wrong_script_rate",
        "refusal_rate",
    ),
    ("cost_per_pass", "tokenizer"),
    ("served_model", "service_tier"),
)
"""Metrics by what their moves cost people: tasks that are no longer solved, output that breaks, money, another model."""


def consequence(name: str) -> int:
    """Place of a metric among consequences, the gravest 0; behaviour and speed come last."""
    return next((place for place, names in enumerate(_CONSEQUENCE) if name in names), len(_CONSEQUENCE))


MECHANISMS: Mapping[str, str] = {
    "effort-cut": "less reasoning effort",
    "effort-raise": "more reasoning effort",
    "thinking-cleared": "earlier reasoning missing from the conversation",
    "verbosity-cap": "a cap on words",
    "tokenizer": "another tokenizer, or a text put before every prompt",
    "context-growth": "more context sent with every turn",
    "fewer-tools": "fewer tool calls",
    "served-model-swap": "another model behind the name",
    "tier-or-speed": "another service tier or serving speed",
    "format-break": "output that breaks its format",
    "wrong-script": "characters of another script",
    "capability-drop": "fewer tasks solved, the way of working unchanged",
    "refusals": "more refusals",
    "price": "another price for the same work",
}
"""Mechanisms after "looks like"; a name that is not listed is said with spaces for hyphens."""

LAYERS: Mapping[str, str] = {
    "harness-default": "the harness's default settings",
    "harness-code": "the harness itself, whatever its settings",
    "harness-state": "resumed sessions of the harness",
    "api-default": "the default settings of the API",
    "model-or-serving": "the model or how it is served",
    "host": "one host",
    "identity": "one account",
    "ours": "our own side",
    "not-separable": "not to be told from what was run",
}
"""Layers after "in" or "Layer:"."""

HYPOTHESES: Mapping[str, str] = {
    "tokenizer": "Another tokenizer",
    "served-model": "Another model behind the name",
    "service-tier": "Another service tier",
    "outage": "An outage",
    "ours": "A change of ours",
    "model-or-serving": "The model itself, or how it is served",
}
"""Hypotheses as headings; others are said with spaces for hyphens."""


def named(table: Mapping[str, str], name: str) -> str:
    """A row of a table, or the name with spaces for hyphens."""
    return table.get(name, name.replace("-", " ").replace("_", " "))
