"""JSON Schema of what `compare --json` answers."""

from collections.abc import Mapping
from typing import TypeAlias

from canary.cli.schema_parts import DRAFT, closed
from canary.domain.canonical import Json

Schema: TypeAlias = Mapping[str, Json]

_TEXT: Schema = {"type": "string"}
_FLAG: Schema = {"type": "boolean"}
_COUNT: Schema = {"type": "integer", "minimum": 0}
_NAMES: Schema = {"type": "array", "items": _TEXT}
_VERDICT: Schema = {"enum": ["worse", "better", "equivalent", "inconclusive", "changed"]}
_NUMBER: Schema = {"type": ["number", "null"]}
_SHARE: Schema = {"type": ["number", "null"], "minimum": 0, "maximum": 1}
_LEVEL: Schema = {
    "type": ["number", "string", "null"],
    "description": "Level over the paired prompts; a name for exact metrics.",
}


_SOLVED = closed(
    usd={
        "type": ["number", "null"],
        "description": "All trials, failed ones and retries too; null = unknown.",
    },
    solved=_COUNT,
    usd_per_solved={**_NUMBER, "description": "A lower bound where `unpriced_trials` is not 0."},
    low=_NUMBER,
    high=_NUMBER,
    trials=_COUNT,
    unpriced_trials=_COUNT,
    silent_trials={**_COUNT, "description": "Failed without usage: what was billed for them is not known."},
    unknown_prices=_NAMES,
)
_COST = closed(
    a=_SOLVED,
    b=_SOLVED,
    change={**_NUMBER, "description": "b / a - 1; (1 + of_use) x (1 + of_prices) = 1 + change."},
    change_low=_NUMBER,
    change_high=_NUMBER,
    of_use=_NUMBER,
    of_prices=_NUMBER,
)
_PAIR = closed(
    target_a=_TEXT,
    target_b=_TEXT,
    verdict=_VERDICT,
    trials_a=_COUNT,
    trials_b=_COUNT,
    days_a=_COUNT,
    days_b=_COUNT,
    same_days={"type": "boolean", "description": "Both sides were asked on the same days: the day cancels."},
    paired_prompts=_COUNT,
    only_a=_NAMES,
    only_b=_NAMES,
    edited=_NAMES,
    cost_per_solved={"anyOf": [_COST, {"type": "null"}]},
)
_METRIC = closed(
    target_a=_TEXT,
    target_b=_TEXT,
    family=_TEXT,
    metric=_TEXT,
    a=_LEVEL,
    b=_LEVEL,
    effect={"type": ["number", "null"], "description": "b - a in points, or b / a - 1."},
    effect_low=_NUMBER,
    effect_high=_NUMBER,
    effect_unit={"enum": ["points", "ratio"]},
    p_value=_SHARE,
    p_adjusted=_SHARE,
    verdict=_VERDICT,
    lost=_NAMES,
    gained=_NAMES,
    n_prompts=_COUNT,
    minimum_detectable_effect=_NUMBER,
    margin={"type": "number", "description": "Effects below it are too small to matter."},
    churn={"type": "boolean", "description": "Prompts moved in both directions beyond chance."},
    counts={"type": "boolean", "description": "Whether it has weight in the whole verdict."},
)


def compare_schema() -> Schema:
    """What `canary compare --json` answers."""
    return {
        "$schema": DRAFT,
        "title": "canary compare --json",
        **closed(
            schema={"const": 1},
            a=_TEXT,
            b=_TEXT,
            verdict=_VERDICT,
            pairs={"type": "array", "items": _PAIR},
            metrics={"type": "array", "items": _METRIC},
        ),
    }
