"""A check's parameters: read from its annotations, validated at load, described as JSON Schema."""

import inspect
import types
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Annotated, Any, Literal, TypeAlias, Union, get_args, get_origin, get_type_hints

from canary.checks.languages import LANGUAGES
from canary.checks.patterns import regex_problem
from canary.checks.phrases import PHRASE_FAMILIES
from canary.checks.scripts import SCRIPTS
from canary.domain.canonical import Json
from canary.domain.environment import normal_path


@dataclass(frozen=True, kw_only=True, slots=True)
class Rule:
    """What an annotation asks beyond the type.

    Attributes:
        minimum: smallest number, or fewest characters or items.
        exactly: number of characters.
        form: `pattern` = a regular expression, `schema` = a JSON Schema, `path` = a path inside the
            tree, `call` and `expected` = one call, see `CallSteps` and `ExpectedCalls`.
        among: the texts it may be; () = any.
    """

    minimum: int | None = None
    exactly: int | None = None
    form: Literal["pattern", "schema", "path", "call", "expected"] | None = None
    among: tuple[str, ...] = ()


Count: TypeAlias = Annotated[int, Rule(minimum=0)]
Positive: TypeAlias = Annotated[int, Rule(minimum=1)]
Share: TypeAlias = Annotated[float, Rule(minimum=0)]
Text: TypeAlias = Annotated[str, Rule(minimum=1)]
Texts: TypeAlias = Annotated[Sequence[Text], Rule(minimum=1)]
Character: TypeAlias = Annotated[str, Rule(exactly=1)]
Pattern: TypeAlias = Annotated[str, Rule(minimum=1, form="pattern")]
Schema: TypeAlias = Annotated[Mapping[str, Json], Rule(form="schema")]
Relation: TypeAlias = Literal["less than", "at least"]
LanguageCode: TypeAlias = Annotated[str, Rule(minimum=2, among=tuple(LANGUAGES))]
ScriptName: TypeAlias = Annotated[str, Rule(minimum=2, among=tuple(SCRIPTS))]
PhraseFamily: TypeAlias = Annotated[str, Rule(minimum=2, among=PHRASE_FAMILIES)]

FilePath: TypeAlias = Annotated[str, Rule(minimum=1, form="path")]
FilePaths: TypeAlias = Annotated[Sequence[FilePath], Rule(minimum=1)]
CallSteps: TypeAlias = Annotated[Sequence[Annotated[Mapping[str, Json], Rule(form="call")]], Rule(minimum=1)]
"""Calls to be made: `{tool: name, arguments: {...}}`, the arguments a part of those given."""
ExpectedCalls: TypeAlias = Annotated[
    Sequence[Annotated[Mapping[str, Mapping[str, Sequence[Json]]], Rule(form="expected")]], Rule(minimum=1)
]
"""Calls in the form of BFCL's answers: `{function: {argument: [allowed values]}}`."""

_SHOWN_CHARACTERS = 60
BOUNDS = ("exactly", "at_least", "at_most")
"""Parameters that together make a range."""


def parameters(function: Callable[..., object]) -> Mapping[str, inspect.Parameter]:
    """The keyword-only parameters of a check, with resolved annotations."""
    hints = get_type_hints(function, include_extras=True)
    return {
        name: parameter.replace(annotation=hints[name])
        for name, parameter in inspect.signature(function).parameters.items()
        if parameter.kind is inspect.Parameter.KEYWORD_ONLY
    }


def parameter_problem(function: Callable[..., object], params: Mapping[str, Json]) -> str | None:
    """Why these parameters can't be used, in one clause; None where they can."""
    known = parameters(function)
    for name in params:
        if name not in known:
            return f"has no parameter {name!r}{_hint(name, list(known))}"
    for name, parameter in known.items():
        if parameter.default is inspect.Parameter.empty and name not in params:
            return f"needs the parameter {name!r}"
    for name, value in params.items():
        problem = _value_problem(known[name].annotation, value)
        if problem is not None:
            return f"parameter {name!r} {problem}"
    return _bounds_problem(params)


def _hint(name: str, names: Sequence[str]) -> str:
    close = get_close_matches(name, names, n=1, cutoff=0.5)
    if close:
        return f"; did you mean {close[0]!r}?"
    return f"; it takes {', '.join(names)}" if names else "; it takes none"


def _bounds_problem(params: Mapping[str, Json]) -> str | None:
    low, high = params.get("at_least"), params.get("at_most")
    if "exactly" in params and (low is not None or high is not None):
        return "takes either 'exactly' or a range, not both"
    if isinstance(low, int | float) and isinstance(high, int | float) and low > high:
        return f"can't hold: at_least {low} is more than at_most {high}"
    return None


def _value_problem(annotation: Any, value: Json) -> str | None:
    origin = get_origin(annotation)
    if origin is Annotated:
        inner, *rules = get_args(annotation)
        problem = _value_problem(inner, value)
        return problem or next((p for rule in rules if (p := _rule_problem(rule, value))), None)
    if is_json(annotation):
        return None
    if origin in {Union, types.UnionType}:
        problems = [_value_problem(part, value) for part in get_args(annotation) if part is not type(None)]
        return None if None in problems else problems[0]
    if origin is Literal:
        return _literal_problem(get_args(annotation), value)
    return _container_problem(annotation, value)


def is_json(annotation: Any) -> bool:
    """Whether an annotation is `Json`: whatever YAML can say."""
    parts = get_args(annotation)
    return {str, type(None)} <= set(parts) and any(get_origin(part) is Mapping for part in parts)


def _literal_problem(choices: Sequence[Json], value: Json) -> str | None:
    if any(value == choice and type(value) is type(choice) for choice in choices):
        return None
    hint = get_close_matches(str(value), [str(choice) for choice in choices], n=1)
    suggestion = f"; did you mean {hint[0]!r}?" if hint else ""
    return f"must be one of {', '.join(map(repr, choices))}, not {_shown(value)}{suggestion}"


def _container_problem(annotation: Any, value: Json) -> str | None:
    origin, args = get_origin(annotation), get_args(annotation)
    if origin is Sequence:
        if isinstance(value, str) or not isinstance(value, Sequence):
            return f"must be a list, not {_shown(value)}"
        return next(
            (f"{p} (item {i})" for i, v in enumerate(value) if (p := _value_problem(args[0], v))), None
        )
    if origin is Mapping:
        if not isinstance(value, Mapping):
            return f"must be a mapping, not {_shown(value)}"
        return next((f"{p} (at {k!r})" for k, v in value.items() if (p := _value_problem(args[1], v))), None)
    return _scalar_problem(annotation, value)


_JSON_TYPES: Mapping[Any, str] = {bool: "boolean", int: "integer", float: "number", str: "string"}
_SCALARS: Mapping[Any, tuple[tuple[type, ...], str]] = {
    bool: ((bool,), "true or false"),
    int: ((int,), "a whole number"),
    float: ((int, float), "a number"),
    str: ((str,), "a text"),
}


def _scalar_problem(annotation: Any, value: Json) -> str | None:
    types_, words = _SCALARS[annotation]
    if isinstance(value, bool) and annotation is not bool:
        return f"must be {words}, not {_shown(value)}"
    return None if isinstance(value, types_) else f"must be {words}, not {_shown(value)}"


def _rule_problem(rule: Rule, value: Json) -> str | None:
    if rule.among and value not in rule.among:
        return _literal_problem(rule.among, value)
    if rule.exactly is not None and isinstance(value, str) and len(value) != rule.exactly:
        return f"must be {rule.exactly} character long, not {_shown(value)}"
    if rule.minimum is not None:
        if isinstance(value, int | float) and value < rule.minimum:
            return f"must be at least {rule.minimum}, not {value}"
        if isinstance(value, str | Sequence) and len(value) < rule.minimum:
            return "must not be empty"
    return _FORMS[rule.form](value) if rule.form else None


def _path_problem(value: Any) -> str | None:
    return None if normal_path(value) == value else f"must be written {normal_path(value)!r}, not {value!r}"


def _call_problem(value: Any) -> str | None:
    if not isinstance(value.get("tool"), str) or not isinstance(value.get("arguments", {}), Mapping):
        return "must have a tool and may have arguments, as in {tool: name, arguments: {key: value}}"
    unknown = set(value) - {"tool", "arguments"}
    return f"has no place for {min(unknown)!r}; it takes tool and arguments" if unknown else None


def _expected_problem(value: Any) -> str | None:
    return (
        None if len(value) == 1 else "must name one function, as in {function: {argument: [allowed values]}}"
    )


def _schema_problem(schema: Any) -> str | None:
    # Imported on use: jsonschema costs more than the whole command line does.
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import SchemaError

    try:
        Draft202012Validator.check_schema(schema)
    except SchemaError as error:
        return f"is no JSON Schema: {error.message}"
    return None


_FORMS: Mapping[str, Callable[[Any], str | None]] = {
    "pattern": regex_problem,
    "schema": _schema_problem,
    "path": _path_problem,
    "call": _call_problem,
    "expected": _expected_problem,
}


def _shown(value: Json) -> str:
    text = repr(value)
    return text if len(text) <= _SHOWN_CHARACTERS else text[: _SHOWN_CHARACTERS - 3] + "..."


def lacks_range(function: Callable[..., object], params: Mapping[str, Json]) -> bool:
    """Whether a check that takes a range is given no end of it."""
    known = parameters(function)
    bounds = [name for name in BOUNDS if name in known]
    return bool(bounds) and not any(params.get(name, known[name].default) is not None for name in bounds)


def parameter_schema(function: Callable[..., object]) -> Mapping[str, Json]:
    """The parameters as a JSON Schema of an object."""
    known = parameters(function)
    return {
        "type": "object",
        "properties": {name: _schema(parameter.annotation) for name, parameter in known.items()},
        "required": [n for n, parameter in known.items() if parameter.default is inspect.Parameter.empty],
        "additionalProperties": False,
    }


def _schema(annotation: Any) -> Mapping[str, Json]:
    origin, args = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return {**_schema(args[0]), **_rule_schema(args[1], _schema(args[0]))}
    if is_json(annotation):
        return {}
    if origin in {Union, types.UnionType}:
        parts = [_schema(part) for part in args if part is not type(None)]
        return parts[0] if len(parts) == 1 else {"anyOf": parts}
    if origin is Sequence:
        return {"type": "array", "items": _schema(args[0])}
    if origin is Mapping:
        return {"type": "object", "additionalProperties": _schema(args[1])}
    return {"enum": list(args)} if origin is Literal else {"type": _JSON_TYPES[annotation]}


def _rule_schema(rule: Rule, inner: Mapping[str, Json]) -> Mapping[str, Json]:
    word = {"array": "minItems", "string": "minLength"}.get(str(inner.get("type")), "minimum")
    schema: dict[str, Json] = {}
    if rule.minimum is not None:
        schema[word] = rule.minimum
    if rule.exactly is not None:
        schema |= {"minLength": rule.exactly, "maxLength": rule.exactly}
    if rule.form == "pattern":
        schema["format"] = "regex"
    if rule.among:
        schema["enum"] = list(rule.among)
    return schema
