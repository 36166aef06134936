"""Records as plain JSON and back: the published trial record, and the snapshots the store keeps.

The reading side trusts its input: what comes from outside is validated first, in `exchange.trials`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import MISSING, fields
from datetime import UTC, date, datetime
from typing import Any, cast

from canary.domain.canonical import Json
from canary.domain.suite import (
    CheckSpec,
    EnvironmentSpec,
    Prompt,
    TableAnswer,
    TableTool,
    Tool,
    ToolTest,
    Turn,
    environment_json,
)
from canary.domain.trial import (
    Attempt,
    CheckResult,
    Failure,
    Step,
    ToolCall,
    ToolResult,
    Trial,
    UnitPrices,
    Usage,
)

SCHEMA = 1
"""Version of the trial record."""


def moment_text(moment: datetime) -> str:
    """RFC 3339 in UTC with microseconds only where there are any, ending in Z."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def moment_from_text(text: str) -> datetime:
    """The moment of an RFC 3339 text, in UTC.

    Raises:
        ValueError: the text is no moment, or names no offset from UTC.
    """
    moment = datetime.fromisoformat(text.upper())  # RFC 3339 allows t and z
    if moment.tzinfo is None:
        raise ValueError(f"{text!r} has no offset from UTC")
    return moment.astimezone(UTC)


def trial_record(trial: Trial) -> dict[str, Json]:
    """A trial as its published record; what was not measured is absent."""
    record: dict[str, Json] = {"schema": SCHEMA}
    for name in _names(Trial):
        value = getattr(trial, name)
        if value is None or (name == "run" and value == ""):
            continue
        record[name] = _plain(value)
    return record


def trial_from_record(record: Mapping[str, Any]) -> Trial:
    """The trial of a valid record. Without `run_day` the day is the UTC date of `started_at`."""
    started_at = moment_from_text(record["started_at"])
    names = _names(Trial)
    known = {name: value for name, value in record.items() if value is not None and name in names}
    known["started_at"] = started_at
    known["run"] = record.get("run") or ""
    known["run_day"] = date.fromisoformat(record["run_day"]) if record.get("run_day") else started_at.date()
    for name, read in _READERS.items():
        if name in known:
            known[name] = read(known[name])
    return _trial(known)


def _trial(known: Mapping[str, Any]) -> Trial:
    # As `Trial(**known)`, in a tenth of the time: a frozen record sets its 55 fields one by one, and an import of a
    # million records would spend ten seconds on it.
    trial = object.__new__(Trial)
    vars(trial).update(_TRIAL_DEFAULTS)
    vars(trial).update(known)
    return trial


_TRIAL_DEFAULTS = {field.name: field.default for field in fields(Trial) if field.default is not MISSING}


def field_json(value: Any) -> Json:
    """The value of one field of a trial as plain JSON."""
    return _plain(value)


def field_from_json(name: str, value: Any) -> Any:
    """The value of a trial's field `name` from what `field_json` made of it; a date or moment as in the record."""
    read = _READERS.get(name)
    return value if read is None or value is None else read(value)


def _names(record_type: type) -> Mapping[str, None]:
    # Asked for every trial of an import: `fields` would build its tuple anew each time.
    names = _NAMES.get(record_type)
    if names is None:
        names = _NAMES[record_type] = {field.name: None for field in fields(record_type)}
    return names


_NAMES: dict[type, Mapping[str, None]] = {}


def _plain(value: Any) -> Json:
    kind = type(value)
    if kind in _SCALARS:
        return cast("Json", value)
    if isinstance(value, _LISTS):
        return [_plain(item) for item in value]
    if hasattr(kind, "__dataclass_fields__"):
        # Most fields hold plain values: looked at here, a call less for each, an import of a million calls this often.
        return {
            name: item if type(item) in _SCALARS else _plain(item)
            for name in _names(kind)
            if (item := getattr(value, name)) is not None and item != ()
        }
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, date):
        return moment_text(value) if isinstance(value, datetime) else value.isoformat()
    return cast("Json", value)


_LISTS = (tuple, list)
_SCALARS = frozenset({type(None), bool, int, float, str})


def steps_json(steps: Sequence[Step]) -> list[Json]:
    """Replies as plain JSON, for the store."""
    return [_plain(step) for step in steps]


def _failure(data: Mapping[str, Any]) -> Failure:
    return Failure(**{f.name: data[f.name] for f in fields(Failure) if f.name in data})


def _attempt(data: Mapping[str, Any]) -> Attempt:
    known: dict[str, Any] = {f.name: data[f.name] for f in fields(Attempt) if f.name in data}
    known["started_at"] = moment_from_text(data["started_at"])
    if "failure" in known:
        known["failure"] = _failure(known["failure"])
    return Attempt(**known)


def _call(data: Mapping[str, Any]) -> ToolCall:
    known: dict[str, Any] = {"arguments": None} | dict(data)
    if known.get("result") is not None:
        known["result"] = ToolResult(**known["result"])
    return ToolCall(**known)


def step_from_json(data: Mapping[str, Any]) -> Step:
    """A reply of `steps_json`."""
    known: dict[str, Any] = dict(data)
    known["tool_calls"] = tuple(_call(call) for call in known.get("tool_calls", ()))
    if known.get("usage") is not None:
        known["usage"] = Usage(**known["usage"])
    for name in ("native", "flags"):
        known[name] = tuple(known.get(name, ()))
    return Step(**known)


def _prices(data: Mapping[str, Any]) -> UnitPrices:
    known: dict[str, Any] = {"input": None, "output": None} | dict(data)
    return UnitPrices(**(known | {"date": date.fromisoformat(data["date"])}))


_READERS: Mapping[str, Any] = {
    "checks": lambda items: tuple(CheckResult(**item) for item in items),
    "turns_passed": tuple,
    "price_date": date.fromisoformat,
    "unit_prices": _prices,
    "error": _failure,
    "transcript": lambda items: tuple(step_from_json(item) for item in items),
    "attempt_log": lambda items: tuple(_attempt(item) for item in items),
}


def prompt_json(prompt: Prompt) -> Mapping[str, Json]:
    """A prompt's definition without its examples, as the store keeps it."""
    return {
        "id": prompt.id,
        "family": prompt.family,
        "system": prompt.system,
        "turns": [{"user": turn.user, "pause_s": turn.pause_s} for turn in prompt.turns],
        "environment": None if prompt.environment is None else environment_json(prompt.environment),
        "checks": [
            {"name": c.name, "params": c.params, "on": c.on, "version": c.version, "sentence": c.sentence}
            for c in prompt.checks
        ],
        "max_output_tokens": prompt.max_output_tokens,
        "harness_only": prompt.harness_only,
        "twin": prompt.twin,
    }


def prompt_from_json(data: Mapping[str, Any]) -> Prompt:
    """A prompt of `prompt_json`; it has no examples."""
    known = dict(data)
    known["turns"] = tuple(Turn(**turn) for turn in data["turns"])
    known["checks"] = tuple(CheckSpec(**check) for check in data["checks"])
    if data["environment"] is not None:
        known["environment"] = environment_from_json(data["environment"])
    return Prompt(**known)


def environment_from_json(data: Mapping[str, Any]) -> EnvironmentSpec:
    """The environment of `environment_json`."""
    return EnvironmentSpec(
        files=data["files"],
        tools=tuple(data["tools"]),
        tests=tuple(ToolTest(**test) for test in data["tests"]),
        tables=tuple(
            TableTool(
                tool=Tool(
                    name=table["tool"], description=table["description"], parameters=table["parameters"]
                ),
                answers=tuple(TableAnswer(**answer) for answer in table["answers"]),
            )
            for table in data["tables"]
        ),
        max_calls=data["max_calls"],
    )
