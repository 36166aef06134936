"""What pydantic found, in one plain sentence: which key, what is wrong, what to do.

Values are never repeated: a value in the wrong place may be a credential.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from types import UnionType
from typing import Any, TypeAlias, Union, get_args, get_origin

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import ErrorDetails, PydanticCustomError

KeyPath: TypeAlias = tuple[str | int, ...]

_PLAIN_KEY = re.compile(r"[A-Za-z0-9_-]+")


class Section(BaseModel):
    """A table of a file: known keys only, values of exactly the declared type, no NaN."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class Problem:
    """One thing wrong with a file.

    Attributes:
        path: keys and list positions from the top of the file.
        text: what is wrong, without a full stop.
        remedy: what to do about it; None where the text says it.
    """

    path: KeyPath
    text: str
    remedy: str | None = None


def refusal(text: str, remedy: str | None = None, *, at: KeyPath = ()) -> PydanticCustomError:
    """The error a validator of a section raises; `at` is the key path below the section."""
    # Sent as context, because pydantic would read braces in the message as places to fill.
    return PydanticCustomError("refusal", "refused", {"text": text, "remedy": remedy, "at": at})


def suggestion(word: str, known: Sequence[str]) -> str | None:
    """`did you mean "x"?` for a near miss; None where nothing is near."""
    near = get_close_matches(word, known, n=1, cutoff=0.6)
    return f'did you mean "{near[0]}"?' if near else None


def path_text(path: KeyPath) -> str:
    """A key path as people write it: `targets[1].effort`, `prices."my.model".input`."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            # What can't be seen is written out: a byte order mark, an escape for terminals.
            name = (
                part if _PLAIN_KEY.fullmatch(part) else json.dumps(part, ensure_ascii=not part.isprintable())
            )
            text += f".{name}" if text else name
    return text


def problems(error: ValidationError, model: type[BaseModel]) -> list[Problem]:
    """Everything pydantic found, unknown keys first: a misspelt key is often why another one is missing."""
    found = sorted(error.errors(include_url=False), key=lambda e: e["type"] != "extra_forbidden")
    return list(dict.fromkeys(_problem(detail, model) for detail in found))


def _problem(detail: ErrorDetails, model: type[BaseModel]) -> Problem:
    kind, path, context = (
        detail["type"],
        tuple(part for part in detail["loc"] if part != "[key]"),
        detail.get("ctx") or {},
    )
    if kind == "refusal":
        return Problem(path=(*path, *context["at"]), text=context["text"], remedy=context["remedy"])
    if kind == "extra_forbidden":
        known = known_keys(model, path[:-1])
        remedy = suggestion(str(path[-1]), known) or f"the keys here are {', '.join(known)}"
        return Problem(path=path, text="unknown key", remedy=remedy)
    if kind == "missing":
        return Problem(path=path, text="is missing", remedy="add it")
    if kind == "literal_error":
        return Problem(path=path, text=f"must be one of {context['expected']}", remedy=_nearest(detail))
    return Problem(path=path, text=_sentence(kind, context, detail["msg"]))


def _nearest(detail: ErrorDetails) -> str | None:
    choices = [
        choice.strip("'") for choice in str(detail["ctx"]["expected"]).replace(" or ", ", ").split(", ")
    ]
    return suggestion(detail["input"], choices) if isinstance(detail["input"], str) else None


_TYPES: Mapping[str, str] = {
    "string_type": "must be text in quotes",
    "int_type": "must be a whole number",
    "float_type": "must be a number",
    "bool_type": "must be true or false",
    "list_type": "must be a list",
    "dict_type": "must be a table of keys and values",
    "model_type": "must be a table of keys and values",
    "finite_number": "must be a finite number",
    "invalid-json-value": "must hold text, numbers, true, false, lists and tables only",
}
_LIMITS: Mapping[str, str] = {
    "greater_than": "must be greater than {gt:g}",
    "greater_than_equal": "must be at least {ge:g}",
    "less_than": "must be less than {lt:g}",
    "less_than_equal": "must be at most {le:g}",
    "string_pattern_mismatch": "must match {pattern}",
}


def _sentence(kind: str, context: Mapping[str, Any], message: str) -> str:
    if kind in _TYPES:
        return _TYPES[kind]
    if kind in _LIMITS:
        return _LIMITS[kind].format(**context)
    if kind in {"too_short", "string_too_short"} and context["min_length"] == 1:
        return "must not be empty"
    if kind == "string_too_long":
        return f"must have at most {context['max_length']} characters"
    return message[:1].lower() + message[1:]


def known_keys(model: type[BaseModel], path: KeyPath) -> list[str]:
    """The keys a table of the file may have, by the path to it; empty where the path leads to no table."""
    section: Any = model
    for part in path:
        section = _below(section, part)
    sections = [item for item in _alternatives(section) if _is_model(item)]
    return [field.alias or name for item in sections for name, field in item.model_fields.items()]


def _below(annotation: Any, part: str | int) -> Any:
    """The annotation one step down: a field of a model, an item of a list, a value of a mapping."""
    for item in _alternatives(annotation):
        if _is_model(item):
            by_key = {field.alias or name: field.annotation for name, field in item.model_fields.items()}
            if part in by_key:
                return by_key[str(part)]
        elif get_args(item):
            return get_args(item)[-1]
    return None


def _alternatives(annotation: Any) -> list[Any]:
    """An annotation without `Annotated`, unions taken apart."""
    if hasattr(annotation, "__metadata__"):
        return _alternatives(annotation.__origin__)
    if get_origin(annotation) in {Union, UnionType}:
        return [found for item in get_args(annotation) for found in _alternatives(item)]
    return [annotation]


def _is_model(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)
