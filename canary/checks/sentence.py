"""A check's promise for people: its first docstring line with the parameters' values filled in.

`{name}` is a value, `{name:form}` a value in a certain form, `[name?text]` stands only where the parameter is set and
`[name!text]` only where it is not. A parameter counts as set when it is given and not false, and a choice also by its
own name: `[first?…]` stands where some parameter has the value "first".
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence

from canary.checks.languages import LANGUAGES
from canary.domain.canonical import Json

_OPTIONAL = re.compile(r"\[(\w+)([?!])([^\[\]]*)\]")
_FIELD = re.compile(r"\{(\w+)(?::([\w /-]+))?\}")
_SHOWN_CHARACTERS = 70


def sentence(template: str, params: Mapping[str, Json]) -> str:
    """The template of a check with its parameters, as the end of "The answer …"."""

    def optional(match: re.Match[str]) -> str:
        wanted = match[2] == "?"
        return match[3] if _is_set(match[1], params) is wanted else ""

    def field(match: re.Match[str]) -> str:
        name, form = match[1], match[2] or ""
        return _range(params, form) if name == "range" else _value(params.get(name), form)

    text = _FIELD.sub(field, _OPTIONAL.sub(optional, template)).strip().removesuffix(".")
    return text[:1].lower() + text[1:]


def _is_set(name: str, params: Mapping[str, Json]) -> bool:
    if name == "range":
        return any(params.get(bound) is not None for bound in ("at_least", "at_most", "exactly"))
    return params.get(name) not in (None, False, 0, "", (), []) or name in [
        value for value in params.values() if isinstance(value, str)
    ]


def _range(params: Mapping[str, Json], noun: str) -> str:
    low, high, exactly = (params.get(name) for name in ("at_least", "at_most", "exactly"))
    if exactly is not None:
        return f"exactly {counted(exactly, noun)}"
    if low is not None and high is not None:
        if low == high:
            return f"exactly {counted(low, noun)}"
        return f"between {low} and {counted(high, noun)}"
    return f"at least {counted(low, noun)}" if low is not None else f"at most {counted(high, noun)}"


def counted(number: Json, noun: str) -> str:
    """A number with its noun: `1 word`, `2 words`, `once`, `twice`, `3 times`."""
    if noun == "time" and number in (1, 2):
        return {1: "once", 2: "twice"}[int(str(number))]
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _value(value: Json, form: str) -> str:
    if form in FORMS:
        return FORMS[form](value)
    if form:
        return counted(value, form)
    if isinstance(value, str):
        return f"“{_short(value)}”"
    if isinstance(value, Sequence):
        return ", ".join(_value(item, "") for item in value)
    return _short(json.dumps(value, ensure_ascii=False))


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _SHOWN_CHARACTERS else line[: _SHOWN_CHARACTERS - 1] + "…"


def _plain(value: Json) -> str:
    if isinstance(value, Sequence) and not isinstance(value, str):
        return joined([_plain(item) for item in value], "and")
    return str(value).replace("_", " ") if isinstance(value, str) and " " in value else str(value)


def joined(parts: Sequence[str], word: str) -> str:
    """A list as people write it: `a`, `a and b`, `a, b and c`."""
    return (
        parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} {word} {parts[-1]}" if parts else "nothing"
    )


def _listed(word: str) -> Callable[[Json], str]:
    def form(value: Json) -> str:
        items = value if isinstance(value, Sequence) and not isinstance(value, str) else [value]
        return joined([_value(item, "") for item in items], word)

    return form


def _facts(value: Json) -> str:
    facts = value if isinstance(value, Sequence) else []
    return joined([_listed("or")(fact) for fact in facts], "and")


def _call(value: Json) -> str:
    if not isinstance(value, Mapping):
        return str(value)
    tool = value.get("tool")
    if tool is not None:
        arguments = value.get("arguments")
        return f"{tool}{_short(json.dumps(arguments, ensure_ascii=False)) if arguments else ''}"
    return ", ".join(str(name) for name in value)


def _calls(value: Json) -> str:
    calls = value if isinstance(value, Sequence) and not isinstance(value, str) else []
    return joined([_call(call) for call in calls], "and")


FORMS: Mapping[str, Callable[[Json], str]] = {
    "plain": _plain,
    "and": _listed("and"),
    "or": _listed("or"),
    "json": lambda value: _short(json.dumps(value, ensure_ascii=False)),
    "language": lambda value: LANGUAGES.get(str(value), str(value)),
    "yes": lambda value: {"True": "“yes”", "False": "“no”"}.get(str(value), f"“{value}”"),
    "facts": _facts,
    "calls": _calls,
    "steps": _calls,
}
"""Forms of a value; any other form is the noun that a number counts."""
