"""Whether a request body is what an SDK's own request types allow, unknown keys refused.

The SDKs describe requests as TypedDicts. Pydantic can't hold a body to them here: it lets unknown keys pass, and reads
an `Iterable` lazily, so that what is inside is never looked at. This walks the types themselves.
"""

import types
import typing
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from typing import Annotated, Any, Literal, Union, get_args, get_origin, is_typeddict

import typing_extensions

_REQUIRED = (typing.Required, typing_extensions.Required)
_WRAPPERS = (Annotated, typing.NotRequired, typing_extensions.NotRequired, *_REQUIRED)
_SCALARS: Mapping[Any, tuple[type, ...]] = {
    str: (str,),
    int: (int,),
    float: (int, float),
    bool: (bool,),
    None: (type(None),),
    type(None): (type(None),),
}


def problems(value: object, kind: Any, where: str = "$") -> list[str]:
    """What of a JSON value the type does not allow; [] = nothing."""
    origin = get_origin(kind)
    if kind in (Any, object):
        return []
    if origin in _WRAPPERS:
        return problems(value, get_args(kind)[0], where)
    return _walker(kind, origin)(value, kind, where)


def _walker(kind: Any, origin: Any) -> Callable[[object, Any, str], list[str]]:
    if origin is Literal:
        return _literal
    if origin in (Union, types.UnionType):
        return _union
    if is_typeddict(kind) or typing_extensions.is_typeddict(kind):
        return _object
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return _mapping
    return _list if _is_sequence(origin) else _scalar


def _is_sequence(origin: Any) -> bool:
    if getattr(origin, "__name__", "") == "SequenceNotStr":
        return True
    return isinstance(origin, type) and (origin is Iterable or issubclass(origin, Sequence))


def _scalar(value: object, kind: Any, where: str) -> list[str]:
    if kind not in _SCALARS:
        # What is left are the SDKs' own objects, files and the like: nothing that JSON can be.
        return [f"{where}: {kind} is not JSON"]
    fits = isinstance(value, _SCALARS[kind]) and (kind is bool or not isinstance(value, bool))
    return [] if fits else [f"{where}: {value!r} is no {kind}"]


def _literal(value: object, kind: Any, where: str) -> list[str]:
    return [] if value in get_args(kind) else [f"{where}: {value!r} is not one of {get_args(kind)}"]


def _union(value: object, kind: Any, where: str) -> list[str]:
    found = [problems(value, variant, where) for variant in get_args(kind)]
    return [] if [] in found else min(found, key=_distance)


def _distance(complaints: list[str]) -> tuple[int, int]:
    """The variant that was meant is the one with the fewest complaints, and those deepest inside."""
    return len(complaints), -max(complaint.split(":")[0].count(".") for complaint in complaints)


def _object(value: object, kind: Any, where: str) -> list[str]:
    if not isinstance(value, Mapping):
        return [f"{where}: no object"]
    fields = _fields(kind)
    needed = {name for name, hint in fields.items() if get_origin(hint) in _REQUIRED}
    open_ended = getattr(kind, "__pydantic_config__", {}).get("extra") == "allow"
    unknown = set() if open_ended else set(value) - set(fields)
    found = [f"{where}.{name}: missing" for name in sorted(needed - set(value))]
    found += [f"{where}.{name}: not a field of {kind.__name__}" for name in sorted(unknown)]
    for name in value.keys() & fields.keys():
        found += problems(value[name], fields[name], f"{where}.{name}")
    return found


@cache
def _fields(kind: Any) -> Mapping[str, Any]:
    return typing.get_type_hints(kind, include_extras=True)


def _mapping(value: object, kind: Any, where: str) -> list[str]:
    if not isinstance(value, Mapping):
        return [f"{where}: no object"]
    inner = get_args(kind)[1]
    return [found for name, item in value.items() for found in problems(item, inner, f"{where}.{name}")]


def _list(value: object, kind: Any, where: str) -> list[str]:
    if not isinstance(value, list):
        return [f"{where}: no list"]
    inner = get_args(kind)[0]
    return [
        found for number, item in enumerate(value) for found in problems(item, inner, f"{where}.{number}")
    ]
