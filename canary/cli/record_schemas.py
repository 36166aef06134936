"""JSON Schemas made from the records they describe, so that neither can change without the other."""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from types import NoneType, UnionType
from typing import Any, Literal, TypeAlias, Union, get_args, get_origin, get_type_hints

from canary.domain.canonical import Json

Schema: TypeAlias = Mapping[str, Json]

_PLAIN: Mapping[Any, Schema] = {
    bool: {"type": "boolean"},
    int: {"type": "integer"},
    float: {"type": ["number", "null"]},
    str: {"type": "string"},
    NoneType: {"type": "null"},
    date: {"type": "string", "format": "date"},
    datetime: {"type": "string", "format": "date-time"},
}
# A number that was not finite was not measured: every float may be null.


def schema_of(kind: Any, **more: Json) -> Schema:
    """The schema of what `casebook.plain` makes of a value of this type.

    Args:
        kind: a frozen record, or a type that its fields have.
        more: further properties, all required, of a record that is told with additions.
    """
    if kind in _PLAIN:
        return _PLAIN[kind]
    if is_dataclass(kind):
        return _record(kind, more)
    origin, parts = get_origin(kind), get_args(kind)
    if origin is Literal:
        return {"enum": list(parts)}
    if origin in {Union, UnionType}:
        return {"anyOf": [schema_of(part) for part in parts]}
    if origin is tuple:
        return _sequence(parts)
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return {"type": "object", "additionalProperties": schema_of(parts[1])}
    raise TypeError(f"no schema for {kind!r}")


def _record(kind: Any, more: Mapping[str, Json]) -> Schema:
    hints = get_type_hints(kind)
    properties = {field.name: schema_of(hints[field.name]) for field in fields(kind)} | dict(more)
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _sequence(parts: tuple[Any, ...]) -> Schema:
    if parts[-1] is Ellipsis:
        return {"type": "array", "items": schema_of(parts[0])}
    return {
        "type": "array",
        "prefixItems": [schema_of(part) for part in parts],
        "minItems": len(parts),
        "maxItems": len(parts),
    }
