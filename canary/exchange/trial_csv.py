"""Trial records as CSV: one column per field, an empty cell for what was not measured.

A structured field is JSON in its cell. A text that is empty, or that a spreadsheet would take for a formula, is
written as a JSON string, `"=1+1"` with its quotes; a text that itself begins with a quote is written so too. Reading
undoes exactly that.
"""

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any, BinaryIO, Literal, TypeAlias, get_args, get_origin, get_type_hints

from canary.domain.canonical import Json
from canary.domain.errors import RecordError
from canary.domain.trial import Trial
from canary.exchange.trial_lines import MAX_LINE_BYTES, demand_bounded, numbered_lines
from canary.exchange.trial_model import FIELDS, OWN_PREFIX, Record
from canary.exchange.trial_refusals import trial_of_record, unknown_field

Kind: TypeAlias = Literal["number", "flag", "text", "json"]

_REQUIRED = ("schema", "started_at", "target", "prompt", "replicate", "outcome")
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
_MAX_DIGITS = 400
"""Beyond it a number is no count and no measure; Python takes long to read one."""
_COMPACT = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


@cache
def kinds() -> Mapping[str, Kind]:
    """How each field's cell is read and written, from the model."""
    return {name: _kind(hint) for name, hint in get_type_hints(Record).items()}


def _kind(hint: Any) -> Kind:
    plain = next((part for part in get_args(hint) if part is not type(None)), hint)
    if get_origin(hint) is Literal or get_origin(plain) is Literal:
        return "text"
    kinds_of: Mapping[Any, Kind] = {int: "number", float: "number", bool: "flag", str: "text"}
    return kinds_of.get(plain, "json")


def read_rows(file: BinaryIO, refuse: Callable[[int, str], None]) -> Iterator[Trial]:
    """Trials of a CSV file with a header.

    Args:
        file: the file's bytes.
        refuse: told the line and the reason of each row that can't be read.

    Raises:
        RecordError: the header can't be used.
    """
    # The module's own bound is lower than a long answer is.
    csv.field_size_limit(max(csv.field_size_limit(), MAX_LINE_BYTES))
    lines = _DecodedLines(file)
    rows = csv.reader(lines, strict=True)
    header: Sequence[str] | None = None
    while True:
        start = lines.number + 1
        try:
            row = next(rows, None)
            if row is None:
                return
            if not row:
                continue
            if header is None:
                header = _checked_header(row)
                continue
            trial = trial_of_record(_record(header, row))
        except (csv.Error, ValueError) as error:
            if header is None:
                raise RecordError(f"the header can't be used: {error}", where=_place(file, start)) from None
            refuse(start, str(error))
        else:
            yield trial


def _place(file: BinaryIO, line: int) -> str:
    return f"{getattr(file, 'name', 'CSV')}, line {line}"


class _DecodedLines:
    """The file's lines as text. A line that is no text raises, and the next call goes on behind it."""

    def __init__(self, file: BinaryIO) -> None:
        self._lines = numbered_lines(file)
        self.number = 0

    def __iter__(self) -> "_DecodedLines":
        return self

    def __next__(self) -> str:
        self.number, line = next(self._lines)
        demand_bounded(line)
        try:
            return line.decode()
        except UnicodeDecodeError as error:
            raise ValueError(f"byte {error.start + 1} of the line is not UTF-8") from None


def _checked_header(names: Sequence[str]) -> Sequence[str]:
    for name in names:
        if name not in FIELDS and not name.startswith(OWN_PREFIX):
            raise ValueError(unknown_field(name))
        if names.count(name) > 1:
            raise ValueError(f"two columns are named {name!r}")
    missing = [name for name in _REQUIRED if name not in names]
    if missing:
        raise ValueError(f"there is no column named {missing[0]!r}")
    return names


def _record(header: Sequence[str], row: Sequence[str]) -> Mapping[str, Any]:
    if len(row) != len(header):
        raise ValueError(f"the row has {len(row)} cells, the header {len(header)}")
    readers = _readers()
    return {
        name: readers[name](cell) for name, cell in zip(header, row, strict=True) if cell and name in readers
    }


def _number(cell: str) -> Any:
    if cell.isascii() and cell.isdigit():
        return int(cell) if len(cell) < _MAX_DIGITS else cell
    try:
        return cell if "_" in cell else float(cell)
    except ValueError:
        return cell  # no number: validation says so


def _flag(cell: str) -> Any:
    # As spreadsheets and table libraries write it: TRUE, True.
    return {"true": True, "false": False}.get(cell.lower(), cell)


def _text(cell: str) -> str:
    if not cell.startswith('"'):
        return cell
    try:
        value = json.loads(cell)
    except (ValueError, RecursionError):
        return cell  # a text of somebody else's, with a quote in front
    return value if isinstance(value, str) else cell


def _structure(cell: str) -> Any:
    try:
        return json.loads(cell)
    except (ValueError, RecursionError):
        raise ValueError(f"a cell is not JSON: {cell[:40]!r}") from None


_READERS: Mapping[Kind, Callable[[str], Any]] = {
    "number": _number,
    "flag": _flag,
    "text": _text,
    "json": _structure,
}


@cache
def _readers() -> Mapping[str, Callable[[str], Any]]:
    return {name: _READERS[kind] for name, kind in kinds().items()}


def write_rows(records: Iterable[Mapping[str, Json]], out: BinaryIO) -> int:
    """Write records as CSV (RFC 4180) with a header of all fields; say how many."""
    text = io.TextIOWrapper(out, encoding="utf-8", newline="", write_through=True)
    try:
        rows = csv.writer(text, lineterminator="\r\n")
        rows.writerow(FIELDS)
        count = 0
        for count, record in enumerate(records, start=1):  # noqa: B007 -- the count is the answer
            rows.writerow([_cell(name, record.get(name)) for name in FIELDS])
        return count
    finally:
        text.detach()


def _cell(name: str, value: Any) -> str:
    if value is None:
        return ""
    if kinds()[name] == "text":
        return _text_cell(str(value))
    return _json_cell(value)


def _text_cell(text: str) -> str:
    if text == "" or text.startswith(('"', *_FORMULA)) or "\x00" in text or not _encodable(text):
        return _json_cell(text)
    return text


def _json_cell(value: Json) -> str:
    text = _COMPACT.encode(value)
    return text if _encodable(text) else json.dumps(value, separators=(",", ":"))


def _encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
