"""One record from outside: the trial it is, or one line that says why it can't be read.

A misspelt field that was quietly ignored would be a measurement quietly lost, so unknown fields are refused.
"""

import json
from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any, cast

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from canary.domain.record import SCHEMA, trial_from_record
from canary.domain.trial import Trial
from canary.exchange.trial_model import (
    DAY,
    FIELDS,
    MOMENT,
    NOT_ON_FAILED,
    NOT_ON_GRADED,
    OWN_PREFIX,
    RUN_NAME,
    Record,
    adapter,
)

_SHOWN = 60
"""Characters of a refused value that are shown: it may be a model's whole answer."""
_KNOWN = frozenset(FIELDS)


def trial_of_line(line: bytes) -> Trial:
    """The trial of one line of JSON.

    Raises:
        ValueError: the line is no valid record; the message is one line.
    """
    try:
        record = adapter().validate_json(line)
    except ValidationError:
        # Read again by a reader that takes what models produce (lone surrogates) and says where a line goes wrong.
        return trial_of_record(_parsed(line))
    return _trial(record)


def trial_of_record(data: Any) -> Trial:
    """The trial of one parsed record.

    Raises:
        ValueError: it is no valid record; the message is one line.
    """
    if not isinstance(data, Mapping):
        raise ValueError(f"a record is an object, not {_show(data)}")  # noqa: TRY004 -- told like every refusal
    try:
        record = adapter().validate_python(data)
    except ValidationError as error:
        # These explain more than the errors that follow from them.
        _demand_version(data)
        _demand_known(data)
        raise ValueError(_reason(error)) from None
    return _trial(record)


def _parsed(line: bytes) -> Any:
    try:
        return json.loads(line.decode())
    except UnicodeDecodeError as error:
        raise ValueError(f"byte {error.start + 1} of the line is not UTF-8") from None
    except json.JSONDecodeError as error:
        raise ValueError(f"not JSON: {error.msg.lower()} at character {error.pos + 1}") from None
    except RecursionError:
        raise ValueError("its values are nested too deeply to be read") from None
    except ValueError:
        raise ValueError("one of its numbers has too many digits to be read") from None


def _trial(record: Record) -> Trial:
    if not record.keys() <= _KNOWN:
        _demand_known(record)
    failed = record["outcome"] == "failed"
    for name in NOT_ON_FAILED if failed else NOT_ON_GRADED:
        if record.get(name) is not None:
            raise ValueError(f"a {record['outcome']} trial has no `{name}`")
    try:
        return trial_from_record(cast("Mapping[str, Any]", record))
    except (ValueError, OverflowError) as error:
        raise ValueError(f"a day or moment does not exist: {error}") from None


def _demand_version(data: Mapping[str, Any]) -> None:
    version = data.get("schema")
    if isinstance(version, int) and version > SCHEMA:
        raise ValueError(
            f"its `schema` is {version}, and this version of canary reads {SCHEMA}; update canary"
        )


def _demand_known(data: Mapping[str, Any]) -> None:
    for name in data:
        if name not in _KNOWN and not str(name).startswith(OWN_PREFIX):
            raise ValueError(unknown_field(name))


def unknown_field(name: str) -> str:
    """What to say of a field that the record does not have."""
    near = get_close_matches(name, FIELDS, n=1)
    hint = f"did you mean `{near[0]}`?" if near else f"a field of your own starts with `{OWN_PREFIX}`"
    return f"{_show(name)} is not a field of the record; {hint}"


def _reason(error: ValidationError) -> str:
    details = error.errors(include_url=False)
    # A misspelt field is also a missing one; its own name helps more.
    first = min(details, key=lambda detail: detail["type"] != "extra_forbidden")
    more = f" (and {len(details) - 1} more)" if len(details) > 1 else ""
    path = ".".join(str(part) for part in first["loc"])
    return f"`{path[:_SHOWN]}` {_complaint(first)}{more}"


def _complaint(detail: ErrorDetails) -> str:
    """What is wrong with one value, in words."""
    kind, context = detail["type"], detail.get("ctx", {})
    if kind in _WITHOUT_VALUE:
        return _WITHOUT_VALUE[kind]
    if kind == "string_pattern_mismatch":
        wanted = _PATTERNS.get(context.get("pattern", ""), "must hold no control characters")
    else:
        wanted = _WANTED.get(kind, detail["msg"].lower()).format(**context)
    return f"{wanted}, not {_show(detail['input'])}"


_WITHOUT_VALUE: Mapping[str, str] = {
    "missing": "is missing",
    "extra_forbidden": "is not a field of the record",
    "string_too_short": "must not be empty",
}
_WANTED: Mapping[str, str] = {
    "literal_error": "must be {expected}",
    "int_type": "must be a whole number",
    "int_from_float": "must be a whole number",
    "float_type": "must be a number",
    "bool_type": "must be true or false",
    "string_type": "must be a text",
    "is_instance_of": "must be a text",
    "list_type": "must be a list",
    "dict_type": "must be an object",
    "greater_than_equal": "must be at least {ge}",
    "less_than_equal": "must be at most {le}",
    "finite_number": "must be a finite number",
    "string_too_long": "must have at most {max_length} characters",
}


_PATTERNS: Mapping[str, str] = {
    MOMENT: "must be a moment with its offset from UTC, as 2026-03-01T06:00:00Z is",
    DAY: "must be a day, as 2026-03-01 is",
    RUN_NAME: "must hold no slash and no control character, nor start with a dot, as it names a page",
}


def _show(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
