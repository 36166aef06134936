"""Checks of exact forms: JSON, CSV, exact texts and lines."""

import csv as csv_reader
import io
import json as json_reader
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any, Literal

from canary.checks.answer import Answer, Verdict
from canary.checks.counting import all_lines, count_verdict, listed, opening
from canary.checks.counting import lines as text_lines
from canary.checks.numbers import is_close
from canary.checks.parameters import Count, Schema, Share, Text, Texts
from canary.checks.sentence import counted
from canary.checks.wording import normal
from canary.domain.canonical import Json, canonical_json

if TYPE_CHECKING:
    from jsonschema.protocols import Validator

READ_CHARACTERS = 200_000
"""Longest text that is read as data."""


class NotReadable(ValueError):
    """A text is not of the form it should have."""


def read_json(text: str) -> Json:
    """The value of a text that is JSON and nothing else, by the standard: no NaN, no key twice.

    Raises:
        NotReadable: it is none, or too long.
    """
    if len(text) > READ_CHARACTERS:
        raise NotReadable(f"longer than {READ_CHARACTERS} characters")
    try:
        value: Json = json_reader.loads(text, object_pairs_hook=_object, parse_constant=_constant)
    except (ValueError, RecursionError) as error:
        raise NotReadable(f"no JSON: {error}") from None
    return value


def _object(pairs: Sequence[tuple[str, Json]]) -> Mapping[str, Json]:
    if len(dict(pairs)) < len(pairs):
        raise NotReadable("a key stands twice")
    return dict(pairs)


def _constant(name: str) -> Json:
    raise NotReadable(f"{name} is no JSON")


def json(answer: Answer, *, schema: Schema | None = None) -> Verdict:
    """Is one bare JSON value[schema? that its schema accepts]."""
    try:
        value = read_json(answer.text)
        problem = None if schema is None else schema_problem(schema, value)
    except NotReadable as error:
        return Verdict(passed=False, found=str(error))
    return Verdict(passed=problem is None, found=problem or shown(value))


def shown(value: Json) -> str:
    """A value in short."""
    if isinstance(value, Mapping):
        return f"an object with {listed(value)}" if value else "an empty object"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return f"a list of {counted(len(value), 'item')}"
    return json_reader.dumps(value, ensure_ascii=False)


def schema_problem(schema: Mapping[str, Json], value: Json) -> str | None:
    """Why a schema refuses a value, in one line; None where it takes it."""
    try:
        first = next(iter(_validator(canonical_json(schema)).iter_errors(value)), None)
    except RecursionError:
        return "nested too deeply"
    if first is None:
        return None
    path = ".".join(map(str, first.path))
    return f"{path}: {first.message}" if path else first.message


@cache
def _validator(schema: str) -> "Validator":
    # Imported on use: jsonschema costs more than the whole command line does.
    from jsonschema import Draft202012Validator, validators

    # Its own test of uniqueness compares every pair of objects; a hostile answer would stall a run.
    extend: Any = validators.extend
    validator: Validator = extend(Draft202012Validator, {"uniqueItems": _unique_items})(
        json_reader.loads(schema)
    )
    return validator


def _unique_items(_validator: Any, wanted: Any, instance: Any, _schema: Any) -> Iterator[Exception]:
    from jsonschema import ValidationError

    if wanted and isinstance(instance, list) and len({value_key(item) for item in instance}) < len(instance):
        yield ValidationError("has an item twice")


def value_key(value: Json) -> str:
    """One spelling for values that JSON takes for equal: 1 and 1.0 are, 1 and true are not."""
    return json_reader.dumps(_whole(value), sort_keys=True)


def _whole(value: Json) -> Json:
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, Mapping):
        return {key: _whole(item) for key, item in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_whole(item) for item in value]
    return value


def same_value(a: Json, b: Json) -> bool:
    """Whether two values are equal as JSON."""
    try:
        return value_key(a) == value_key(b)
    except (ValueError, RecursionError):
        return False


def json_equals(answer: Answer, *, value: Json) -> Verdict:
    """Is the JSON value {value:json}."""
    try:
        given = read_json(answer.text)
    except NotReadable as error:
        return Verdict(passed=False, found=str(error))
    return Verdict(passed=same_value(given, value), found=shown(given))


def json_keys(answer: Answer, *, keys: Texts, ordered: bool = False) -> Verdict:
    """Is a JSON object with exactly the keys {keys}[ordered?, in this order]."""
    try:
        given = read_json(answer.text)
    except NotReadable as error:
        return Verdict(passed=False, found=str(error))
    if not isinstance(given, Mapping):
        return Verdict(passed=False, found=shown(given))
    passed = list(given) == list(keys) if ordered else set(given) == set(keys)
    return Verdict(passed=passed, found=f"keys {listed(given)}" if given else "an empty object")


def json_value(answer: Answer, *, path: Text, equals: Json, tolerance: Share = 0.0) -> Verdict:
    """Is JSON with {equals:json} at {path:plain}.

    A path is keys and list places (from 0) between points: `items.0.name`.
    """
    try:
        value = _at(read_json(answer.text), path)
    except NotReadable as error:
        return Verdict(passed=False, found=str(error))
    return Verdict(passed=_close(value, equals, tolerance), found=f"{path}: {shown(value)}")


def _at(value: Json, path: str) -> Json:
    for key in path.split("."):
        if isinstance(value, Mapping) and key in value:
            value = value[key]
        elif isinstance(value, list) and key.isdecimal() and int(key) < len(value):
            value = value[int(key)]
        else:
            raise NotReadable(f"nothing at {path}")
    return value


def _close(value: Json, wanted: Json, tolerance: float) -> bool:
    if isinstance(value, bool) or isinstance(wanted, bool):
        return value is wanted
    if isinstance(value, int | float) and isinstance(wanted, int | float):
        return is_close(value, wanted, tolerance)
    return same_value(value, wanted)


def csv(
    answer: Answer,
    *,
    columns: Texts | None = None,
    delimiter: Literal[",", ";", "\t", "|"] = ",",
    at_least: Count | None = None,
    at_most: Count | None = None,
    exactly: Count | None = None,
) -> Verdict:
    """Is bare CSV[columns? with the header {columns}][range? of {range:row}].

    Every row has as many fields as the first; a header that is asked for is no row.
    """
    try:
        rows = _read_csv(answer.text, delimiter)
    except NotReadable as error:
        return Verdict(passed=False, found=str(error))
    uneven = next((place for place, row in enumerate(rows, 1) if len(row) != len(rows[0])), None)
    if uneven is not None:
        return Verdict(passed=False, found=f"line {uneven} has {counted(len(rows[uneven - 1]), 'field')}")
    if columns is None:
        if len(rows[0]) == 1:
            return Verdict(passed=False, found="one field a line")
        return count_verdict(len(rows), "row", at_least, at_most, exactly)
    if rows[0] != list(columns):
        return Verdict(passed=False, found=f"header {listed(rows[0])}")
    return count_verdict(len(rows) - 1, "row", at_least, at_most, exactly)


def _read_csv(text: str, delimiter: str) -> list[list[str]]:
    if len(text) > READ_CHARACTERS:
        raise NotReadable(f"longer than {READ_CHARACTERS} characters")
    try:
        rows = list(
            csv_reader.reader(io.StringIO(text.strip(), newline=""), delimiter=delimiter, strict=True)
        )
    except (csv_reader.Error, ValueError) as error:
        raise NotReadable(f"no CSV: {error}") from None
    if not rows or not all(rows):
        raise NotReadable("a blank line")
    return [[field.strip() for field in row] for row in rows]


def exact(answer: Answer, *, text: Text, ignore_case: bool = False) -> Verdict:
    """Is exactly {text}[ignore_case?, in any case].

    Outer space aside.
    """
    given, wanted = (normal(t.strip(), ignore_case=ignore_case) for t in (answer.text, text))
    return Verdict(passed=given == wanted, found=opening(answer.text))


def exact_lines(answer: Answer, *, lines: Texts) -> Verdict:
    """Is exactly the lines {lines}.

    Space at line ends and blank lines around them aside.
    """
    given = [line.rstrip() for line in all_lines(normal(answer.text).strip("\r\n"))]
    wanted = [normal(line).rstrip() for line in lines]
    if given == wanted:
        return Verdict(passed=True, found=counted(len(given), "line"))
    differs = next((n for n, (a, b) in enumerate(zip(given, wanted, strict=False)) if a != b), None)
    found = (
        counted(len(given), "line") if differs is None else f"line {differs + 1}: {opening(given[differs])}"
    )
    return Verdict(passed=False, found=found)


def has_line(answer: Answer, *, line: Text, at: Literal["any", "first", "last"] = "any") -> Verdict:
    """Has the line {line}[first? as its first][last? as its last]."""
    given = [normal(one) for one in text_lines(answer.text)]
    places = {"any": slice(None), "first": slice(0, 1), "last": slice(-1, None)}
    looked_at = given[places[at]]
    return Verdict(passed=normal(line).strip() in looked_at, found=listed(looked_at))
