"""Trial records as files: JSONL and CSV, in and out, streamed.

JSONL is one object a line, UTF-8. What a file holds is told by its name: `.csv` is CSV, everything else is JSONL.
"""

import json
import math
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import BinaryIO, TypeAlias

from canary.domain.canonical import Json
from canary.domain.errors import RecordError
from canary.domain.record import trial_record
from canary.domain.trial import Trial
from canary.exchange.trial_csv import read_rows, write_rows
from canary.exchange.trial_lines import demand_bounded, numbered_lines
from canary.exchange.trial_model import NOT_ON_FAILED, NOT_ON_GRADED, OWN_PREFIX, adapter
from canary.exchange.trial_refusals import trial_of_line

SkipBad: TypeAlias = Callable[[RecordError], None]

_REMEDY = "correct the record, or leave such records out with --skip-bad; nothing of this file was stored"


def read_trials(path: Path, *, skip_bad: SkipBad | None = None) -> Iterator[Trial]:
    """Read trials from a file, one at a time.

    Args:
        path: a `.csv` file, or JSONL by any other name; `-` reads JSONL from standard input.
        skip_bad: told of each record that can't be read, which is then left out; None = the first one ends the reading.

    Raises:
        RecordError: the file can't be read, or a record of it; says file, line and reason.
    """

    def refuse(line: int, reason: str) -> None:
        if skip_bad is None:
            raise RecordError(reason, where=f"{path}, line {line}", remedy=_REMEDY)
        skip_bad(RecordError(reason, where=f"{path}, line {line}"))

    try:
        with _opened(path) as file:
            read = read_rows if path.suffix.lower() == ".csv" else _read_lines
            yield from read(file, refuse)
    except OSError as error:
        raise RecordError(f"can't be read ({error.strerror})", where=str(path)) from error


def _opened(path: Path) -> AbstractContextManager[BinaryIO]:
    return nullcontext(sys.stdin.buffer) if str(path) == "-" else path.open("rb")


def _read_lines(file: BinaryIO, refuse: Callable[[int, str], None]) -> Iterator[Trial]:
    for number, line in numbered_lines(file):
        if not line or line.isspace():
            continue
        try:
            demand_bounded(line)
            trial = trial_of_line(line)
        except ValueError as error:
            refuse(number, str(error))
        else:
            yield trial


def write_jsonl(trials: Iterable[Trial], out: BinaryIO) -> int:
    """Write trials as JSONL; say how many. `read_trials` reads back equal trials."""
    count = 0
    for count, trial in enumerate(trials, start=1):  # noqa: B007 -- the count is the answer
        out.write(_line(trial))
    return count


def write_csv(trials: Iterable[Trial], out: BinaryIO) -> int:
    """Write trials as CSV with a header; say how many. `read_trials` reads back equal trials."""
    return write_rows((_measured(trial_record(trial)) for trial in trials), out)


_READABLE = json.JSONEncoder(ensure_ascii=False, allow_nan=False)


def _line(trial: Trial) -> bytes:
    record = trial_record(trial)
    try:
        return f"{_READABLE.encode(record)}\n".encode()
    except ValueError:
        # A provider's usage held NaN, which JSON has no word for, or a text a lone surrogate (UnicodeEncodeError is
        # a ValueError), which UTF-8 has no bytes for and JSON an escape.
        return f"{json.dumps(_measured(record))}\n".encode()


def _measured(record: Mapping[str, Json]) -> Mapping[str, Json]:
    return {name: _finite(value) for name, value in record.items()}


def _finite(value: Json) -> Json:
    """The value with null for numbers that are not finite: they were not measured."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_finite(item) for item in value]
    return value


def record_schema() -> dict[str, Json]:
    """The record as a JSON Schema, Draft 2020-12."""
    schema: dict[str, Json] = adapter().json_schema()
    absent: Json = {"type": "null"}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **schema,
        "title": "canary trial record",
        "patternProperties": {f"^{OWN_PREFIX}": True},
        "additionalProperties": False,
        "if": {"properties": {"outcome": {"const": "failed"}}, "required": ["outcome"]},
        "then": {"properties": dict.fromkeys(NOT_ON_FAILED, absent)},
        "else": {"properties": dict.fromkeys(NOT_ON_GRADED, absent)},
    }
