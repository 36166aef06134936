"""How values are kept, so that a row has one spelling however it is written.

Moments in UTC, texts in a form that every database takes, structured fields as JSON. JSON is kept as text: nothing
searches inside it, and a model's text holds characters that a JSON column would refuse.
"""

import json
import math
import re
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import DateTime, Double, Float, Text
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator, TypeEngine

from canary.domain.record import field_from_json, field_json


class Moment(TypeDecorator[datetime]):
    """A moment, aware and in UTC on both sides.

    SQLite has no type for it and forgets offsets: there it is RFC 3339 text of one width, which sorts by time.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(Text() if dialect.name == "sqlite" else DateTime(timezone=True))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        if value is None:
            return None
        if value.utcoffset() is None:
            raise ValueError(f"the moment {value.isoformat()} names no offset from UTC")
        utc = value.astimezone(UTC)
        if dialect.name == "sqlite":
            return utc.replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"
        return utc

    def process_result_value(self, value: Any, _dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        moment = datetime.fromisoformat(value) if isinstance(value, str) else value
        return moment.astimezone(UTC)


class Real(TypeDecorator[float]):
    """A number that was measured. What is not finite was not: it is kept as absent, as JSON has no word for it."""

    impl = Float
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(Double() if dialect.name == "postgresql" else Float())

    def process_bind_param(self, value: float | None, _dialect: Dialect) -> float | None:
        return value if value is None or math.isfinite(value) else None


class Words(TypeDecorator[str]):
    """Any text that Python can hold, ordered by code point.

    NUL and lone surrogates, which databases refuse and models produce, are kept in an escaped form (`storable`).
    """

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(Text(collation="C") if dialect.name == "postgresql" else Text())

    def process_bind_param(self, value: str | None, _dialect: Dialect) -> str | None:
        return value if value is None else storable(value)

    def process_result_value(self, value: str | None, _dialect: Dialect) -> str | None:
        return value if value is None else original(value)


class Structured(TypeDecorator[Any]):
    """A structured field as JSON text.

    Attributes:
        field: the field's name in the record; it says how the JSON is read back.
        ordered: keep the order of keys; otherwise they are sorted, so that equal values are equal texts.
    """

    impl = Text
    cache_ok = True

    def __init__(self, field: str, *, ordered: bool = False) -> None:
        super().__init__()
        self.field = field
        self.ordered = ordered

    def process_bind_param(self, value: Any, _dialect: Dialect) -> str | None:
        return value if value is None else storable(self.written(value))

    def written(self, value: Any) -> str:
        """The JSON of a value, before it is made storable."""
        return _ENCODERS[self.ordered].encode(field_json(value))

    def process_result_value(self, value: str | None, _dialect: Dialect) -> Any:
        return value if value is None else field_from_json(self.field, json.loads(original(value)))


# A provider's usage object may hold NaN, as Python reads it: kept here, where only Python reads it back.
_ENCODERS = {
    ordered: json.JSONEncoder(sort_keys=not ordered, separators=(",", ":"), ensure_ascii=False)
    for ordered in (True, False)
}
_ESCAPE = "\x1a"
_REFUSED = re.compile("[\x00\x1a\ud800-\udfff]")
_ESCAPED = re.compile("\x1a([0-9a-f]{4})")


def storable(text: str) -> str:
    """A text that every database takes; `original` gives back exactly what went in."""
    return text if is_storable(text) else _REFUSED.sub(lambda found: f"{_ESCAPE}{ord(found[0]):04x}", text)


def is_storable(text: str) -> bool:
    """Whether a text is kept as it is."""
    return "\x00" not in text and _ESCAPE not in text and _encodable(text)


def original(text: str) -> str:
    """The text that `storable` was given."""
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text) if _ESCAPE in text else text


def _encodable(text: str) -> bool:
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
