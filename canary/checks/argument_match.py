"""Whether calls are the expected ones: the comparison of the Berkeley Function Calling Leaderboard (its AST check).

An expected call is `{function: {argument: [allowed values]}}`. Every argument given must be declared and expected, and have
one of its allowed values and the type the tool declares; an argument may be left out where `""` is among its values.
A whole number stands for a decimal, never the other way round; texts are compared without case, spaces and `,./-_*^`;
lists keep their order; an object is matched key by key against allowed values of its own. A dot in a function's name
may come back as an underscore, because providers take no dots.
"""

import re
from collections.abc import Mapping, Sequence
from itertools import chain
from typing import TypeAlias

from canary.domain.canonical import Json
from canary.domain.suite import Tool
from canary.domain.trial import ToolCall

Expected: TypeAlias = Mapping[str, Mapping[str, Sequence[Json]]]

OPTIONAL = ""
"""Among the allowed values: the argument may be left out."""

_IGNORED = re.compile(r"[ ,./\-_*^]")
_TYPES: Mapping[str, type] = {
    "string": str,
    "integer": int,
    "number": float,
    "boolean": bool,
    "array": list,
    "object": dict,
}


def expected_problem(
    expected: Sequence[Expected], calls: Sequence[ToolCall], tools: Mapping[str, Tool]
) -> str | None:
    """Why these calls are not the expected ones, in any order; None where they are.

    Args:
        expected: the wanted calls.
        calls: the calls made.
        tools: declared tools by provider name; a call of an undeclared one is compared by its values alone.
    """
    if len(calls) != len(expected):
        return f"{len(calls)} instead of {len(expected)} calls"
    left = list(calls)
    for one in expected:
        problems = [_call_problem(one, call, tools) for call in left]
        if None not in problems:
            return next(filter(None, problems))
        del left[problems.index(None)]
    return None


def provider_name(name: str) -> str:
    """A function's name as providers take it."""
    return name.replace(".", "_")


def _call_problem(expected: Expected, call: ToolCall, tools: Mapping[str, Tool]) -> str | None:
    name, wanted = next(iter(expected.items()))
    if provider_name(call.name) != provider_name(name):
        return f"calls {call.name}"
    if call.arguments is None:
        return f"{name} with arguments that are no JSON object"
    tool = tools.get(provider_name(name))
    declared = _properties(tool.parameters) if tool else {}
    missing = chain(
        (argument for argument, allowed in wanted.items() if OPTIONAL not in allowed),
        _listed(tool.parameters.get("required")) if tool else (),
    )
    for argument in missing:
        if argument not in call.arguments:
            return f"{name} without {argument}"
    for argument, value in call.arguments.items():
        if argument not in wanted or (declared and argument not in declared):
            return f"{name} with the unexpected argument {argument}"
        if not _fits(value, wanted[argument], declared.get(argument)):
            return f"{name} with {argument} = {value!r}"
    return None


def _properties(schema: Json) -> Mapping[str, Json]:
    properties = schema.get("properties") if isinstance(schema, Mapping) else None
    return properties if isinstance(properties, Mapping) else {}


def _listed(value: Json) -> Sequence[str]:
    return [str(item) for item in value] if isinstance(value, Sequence) and not isinstance(value, str) else []


def _fits(value: Json, allowed: Sequence[Json], schema: Json) -> bool:
    """Whether a value has the declared type, or that of the allowed values, and is one of them."""
    schema = schema if isinstance(schema, Mapping) else {}
    declared = _TYPES.get(str(schema.get("type")))
    if declared is float and type(value) is int:
        value = float(value)
    if not _of_type(value, declared, allowed):
        return False
    items = schema.get("items")
    inner = _TYPES.get(str(items.get("type"))) if isinstance(items, Mapping) else None
    return any(matches_value(value, one) and _items_of_type(value, one, inner) for one in allowed)


def _of_type(value: Json, declared: type | None, allowed: Sequence[Json]) -> bool:
    example = next((one for one in allowed if one != OPTIONAL), None)
    return (
        declared is None or type(value) is declared or (example is not None and type(value) is type(example))
    )


def _items_of_type(value: Json, allowed: Json, inner: type | None) -> bool:
    if not isinstance(value, list) or not isinstance(allowed, Sequence) or isinstance(allowed, str):
        return True
    return all(_of_type(item, inner, allowed) for item in value)


def matches_value(value: Json, allowed: Json) -> bool:
    """Whether a value given is the one allowed, types aside."""
    if isinstance(value, str) and isinstance(allowed, str):
        return _comparable(value) == _comparable(allowed)
    if isinstance(value, bool) or isinstance(allowed, bool):
        return value is allowed
    if isinstance(value, Mapping) and isinstance(allowed, Mapping):
        return value == allowed or _matches_object(value, allowed)
    if isinstance(value, list) and isinstance(allowed, Sequence) and not isinstance(allowed, str):
        return len(value) == len(allowed) and all(map(matches_value, value, allowed))
    return value == allowed


def _matches_object(value: Mapping[str, Json], allowed: Mapping[str, Json]) -> bool:
    """Every key of an allowed object has a list of allowed values of its own."""
    absent = [options for key, options in allowed.items() if key not in value]
    if any(not isinstance(options, Sequence) or OPTIONAL not in options for options in absent):
        return False
    return all(key in allowed and _matches_option(item, allowed[key]) for key, item in value.items())


def _matches_option(value: Json, options: Json) -> bool:
    if isinstance(options, Sequence) and not isinstance(options, str):
        return any(matches_value(value, option) for option in options)
    return matches_value(value, options)


def _comparable(text: str) -> str:
    return _IGNORED.sub("", text).lower().replace("'", '"')
