"""JSON Schemas of what `run --json` and `status --json` answer."""

from collections.abc import Mapping
from typing import TypeAlias

from canary.cli.schema_parts import DRAFT, closed
from canary.domain.canonical import Json

Schema: TypeAlias = Mapping[str, Json]

_COUNT: Schema = {"type": "integer", "minimum": 0}
_TEXT: Schema = {"type": "string"}
_DOLLARS: Schema = {
    "type": ["number", "null"],
    "minimum": 0,
    "description": "USD; null = a price is unknown.",
}


_TARGET = closed(
    target=_TEXT,
    planned=_COUNT,
    graded=_COUNT,
    passed=_COUNT,
    failed=_COUNT,
    missing=_COUNT,
    failures={
        "type": "object",
        "additionalProperties": _COUNT,
        "description": "Failure kind -> failed trials.",
    },
    cost_usd=_DOLLARS,
    unpriced={"type": "integer", "minimum": 0, "description": "Graded trials whose cost is unknown."},
)
_RUN = closed(
    schema={"const": 1},
    run=_TEXT,
    day={"type": "string", "format": "date"},
    trigger=_TEXT,
    status={"enum": ["running", "complete", "interrupted", "over_budget"]},
    planned=_COUNT,
    graded=_COUNT,
    failed=_COUNT,
    missing=_COUNT,
    page={"type": ["string", "null"], "description": "null = it could not be written."},
    targets={"type": "array", "items": _TARGET},
    problems={"type": "array", "items": _TEXT},
    exit_code=_COUNT,
    open_incidents={"type": "array", "items": _TEXT},
    suspected={"type": "array", "items": _TEXT, "description": "Targets with a suspected drop."},
    comparison={
        "type": ["object", "null"],
        "description": "As `canary compare --json`; null = nothing was compared.",
    },
)
_TAKEN = closed(
    schema={"const": 1}, run=_TEXT, status={"const": "taken"}, run_status=_TEXT, exit_code={"const": 0}
)
_SIZE = {
    "trials": _COUNT,
    "calls": _COUNT,
    "input_tokens": _COUNT,
    "output_tokens": _COUNT,
    "cost_usd": _DOLLARS,
}
_DRY_RUN = closed(
    schema={"const": 1},
    prompts=_COUNT,
    replicates=_COUNT,
    **_SIZE,
    unknown_prices={"type": "array", "items": _TEXT},
    targets={"type": "array", "items": closed(target=_TEXT, **_SIZE)},
)
_STATUS = closed(
    schema={"const": 1},
    late={"type": "boolean"},
    last_complete_run={"type": ["string", "null"]},
    waiting_s={"type": ["number", "null"], "description": "Seconds since the last complete scheduled run."},
    expected_every_s={"type": ["number", "null"], "description": "Seconds within which one is expected."},
    next_slot={"type": ["string", "null"], "format": "date-time"},
    unfinished_runs={"type": "array", "items": _TEXT},
    open_incidents={
        "type": "array",
        "items": closed(
            id=_TEXT,
            kind=_TEXT,
            severity=_TEXT,
            verdict=_TEXT,
            targets={"type": "array", "items": _TEXT},
            opened_on={"type": "string", "format": "date"},
            acknowledged_by={"type": ["string", "null"]},
        ),
    },
)


def run_schema() -> Schema:
    """What `canary run --json` answers: a run, with `--dry-run` a plan's size, or a slot that is taken."""
    return {"$schema": DRAFT, "title": "canary run --json", "oneOf": [_RUN, _DRY_RUN, _TAKEN]}


def status_schema() -> Schema:
    """What `canary status --json` answers."""
    return {"$schema": DRAFT, "title": "canary status --json", **_STATUS}
