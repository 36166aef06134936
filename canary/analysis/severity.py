"""How much an incident hurts: from solved tasks, cost and broken output, never from a test statistic.

A class is what people plan their day by, so there are three, and their bounds are fixed before looking:

- high: ten points of the tasks lost, a prompt in ten broken output, cost per solved task up by half, or most calls failing.
- medium: three points lost, broken output in two of a hundred, cost up by a tenth, or one prompt lost.
- low: anything else that moved.
"""

from collections.abc import Iterable, Sequence

from canary.domain.incident import ChangePoint, Severity

BROKEN = frozenset(
    {
        "format_gap",
        "invalid_tool_call_rate",
        "wrong_script_rate",
        "truncation_rate",
        "refusal_rate",
        "blind_edit_rate",
    }
)
SOLVED = frozenset({"pass_rate", "score", "all_turns_rate"})
COSTS = frozenset({"cost_per_pass"})
TOKENS = frozenset({"tokenizer", "input_tokens", "output_tokens", "reasoning_tokens"})
ORDER: tuple[Severity, ...] = ("low", "medium", "high")

_HIGH = {"solved": 0.10, "broken": 0.10, "cost": 0.5, "tokens": 0.5, "failed": 0.5}
_MEDIUM = {"solved": 0.03, "broken": 0.02, "cost": 0.1, "tokens": 0.2, "failed": 0.0}


def severity_of(changes: Iterable[ChangePoint]) -> Severity:
    """The class of the worst of an incident's changes."""
    return max((_class(change) for change in changes), key=ORDER.index, default="low")


def costs_more(change: ChangePoint, before: Sequence[ChangePoint]) -> bool:
    """Whether a change costs its target more, of the same kind or another, than the changes before it: by a class."""
    what, _ = _consequence(change)
    alike = [one for one in before if one.target == change.target and _consequence(one)[0] == what]
    return what is not None and ORDER.index(_class(change)) > ORDER.index(severity_of(alike))


def _class(change: ChangePoint) -> Severity:
    what, size = _consequence(change)
    if what is None:
        return "low"
    if change.kind == "prompt":
        return "medium"
    if size >= _HIGH[what]:
        return "high"
    return "medium" if size >= _MEDIUM[what] else "low"


def _consequence(change: ChangePoint) -> tuple[str | None, float]:
    """What a change costs its reader, and how much of it; (None, 0.0) where it costs nothing by itself."""
    size = change.effect or 0.0
    # A fall of one family is that family's share of the tasks, not all of them.
    if change.metric in SOLVED:
        return ("solved", -size if change.family == "all" else -size / 2) if size < 0 else (None, 0.0)
    for what, metrics in (("broken", BROKEN), ("cost", COSTS), ("tokens", TOKENS)):
        if change.metric in metrics:
            return (what, size) if size > 0 else (None, 0.0)
    return ("failed", max(size, 0.0)) if change.metric == "failure_rate" else (None, 0.0)
