"""JSON Schema of what `drill --json` answers."""

from typing import get_args

from canary.cli.record_schemas import Schema
from canary.cli.schema_parts import DRAFT, closed
from canary.rehearsal.scorecard import Result
from canary.simulate.scenarios import Expect, Kind

_TEXT: Schema = {"type": "string"}
_SHARE: Schema = {"type": "number", "minimum": 0, "maximum": 1}
_AMOUNT: Schema = {"type": "number", "minimum": 0}
_DAYS: Schema = {
    "type": ["number", "null"],
    "description": "Days from the onset, over all histories; null = that share of them did not get there.",
}


def _or_null(schema: Schema, description: str) -> Schema:
    return {**schema, "type": [schema["type"], "null"], "description": description}


_CHANGE = closed(
    name=_TEXT,
    onset={"type": "string", "format": "date"},
    found={**_SHARE, "description": "Histories in which an incident was opened for it."},
    median_delay=_DAYS,
    p90_delay=_DAYS,
    layer_right=_or_null(_SHARE, "Of the incidents found; null = not asked, or none was found."),
    mechanism_right=_or_null(_SHARE, "The same of the mechanism."),
    expect={"enum": list(get_args(Expect))},
    result={"enum": list(get_args(Result))},
    reached={**_SHARE, "description": "Histories in which it met any trial."},
    joined={**_SHARE, "description": "Histories in which only the incident of something else told it."},
    labelled_ours=_SHARE,
    split_per_history=_AMOUNT,
    recovered=_or_null(_SHARE, "Histories in which its end was told; null = it has none."),
    median_recovery=_DAYS,
    noticed_days={"type": ["integer", "null"], "description": "Days until the public noticed."},
)
_SCENARIO = closed(
    scenario=_TEXT,
    kind={"enum": list(get_args(Kind))},
    seeds={"type": "integer", "minimum": 1},
    calls_per_day=_AMOUNT,
    cost_usd_per_day=_or_null(_AMOUNT, "null = trials carry no cost."),
    extra_calls_share={**_AMOUNT, "description": "Calls that confirmations added, over the daily ones."},
    changes={"type": "array", "items": _CHANGE},
    stray_incidents_per_history=_AMOUNT,
    opened_per_year_without_change=_AMOUNT,
)


def drill_schema() -> Schema:
    """What `canary drill --json` answers."""
    return {
        "$schema": DRAFT,
        "title": "canary drill --json",
        **closed(schema={"const": 1}, scenarios={"type": "array", "items": _SCENARIO}),
    }
