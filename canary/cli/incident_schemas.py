"""JSON Schemas of what `incidents`, `analyse` and `backtest` answer with `--json`."""

from canary.cli.record_schemas import Schema, schema_of
from canary.cli.schema_parts import DRAFT, closed
from canary.domain.canonical import Json
from canary.domain.incident import Alarm, ChangePoint, Incident, NotJudged, Sensitivity

_DAY: Schema = {"type": "string", "format": "date"}
_ONE: Schema = {"const": 1}
_TEXT_OR_NONE: Schema = {"type": ["string", "null"]}


def _without(schema: Schema, *names: str) -> Schema:
    properties = schema["properties"]
    assert isinstance(properties, dict)
    return closed(**{name: part for name, part in properties.items() if name not in names})


def _array(items: Schema) -> Schema:
    return {"type": "array", "items": items}


def _backtest() -> dict[str, Json]:
    change = _without(schema_of(ChangePoint), "raised_on")
    alarm = schema_of(Alarm)["properties"]
    assert isinstance(alarm, dict)
    note = closed(
        day=_DAY, kind={"type": "string"}, source={"type": "string"}, target=_TEXT_OR_NONE, text={"type": "string"}
    )  # fmt: skip
    count: Schema = {"type": "integer", "minimum": 0}
    return {
        "schema": _ONE,
        "first_day": {"anyOf": [_DAY, {"type": "null"}]},
        "last_day": {"anyOf": [_DAY, {"type": "null"}]},
        "judged_series": count,
        "days_judged": count,
        "alarms": _array(closed(**{**alarm, "changes": _array(change)})),
        "not_seen": _array(schema_of(Sensitivity)),
        "not_judged": _array(schema_of(NotJudged)),
        "annotations": _array(note),
        "expected_false_alarms_per_year": {"type": "number", "minimum": 0},
    }


def incident_schema() -> Schema:
    """One incident."""
    return schema_of(Incident, onset=_DAY)


def incidents_schema() -> Schema:
    """What `canary incidents list --json` and `show --json` answer."""
    one = incident_schema()["properties"]
    assert isinstance(one, dict)
    return {
        "$schema": DRAFT,
        "title": "canary incidents --json",
        "oneOf": [
            closed(schema=_ONE, incidents=_array(incident_schema())),
            closed(schema=_ONE, **one),
        ],
    }


def backtest_schema() -> Schema:
    """What `canary backtest --json` answers."""
    return {"$schema": DRAFT, "title": "canary backtest --json", **closed(**_backtest())}


def analyse_schema() -> Schema:
    """What `canary analyse --json` answers."""
    changed = closed(**{"from": _TEXT_OR_NONE, "to": _TEXT_OR_NONE})
    return {
        "$schema": DRAFT,
        "title": "canary analyse --json",
        **closed(
            **_backtest(),
            incidents=_array(incident_schema()),
            left_out=_array(incident_schema()),
            lost=_array({"type": "string"}),
            renumbered=_array(changed),
        ),
    }
