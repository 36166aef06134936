"""YAML read as JSON values with line numbers, by the YAML 1.2 core rules and bounded on every side.

The parser is PyYAML's safe one; only its events are used. PyYAML's own constructors follow YAML 1.1, where the key
`on` is a boolean, `04:10` the number 250 and `2026-03-01` a date: each of them would silently change a prompt.
Repeated keys, tags, merge keys, and aliases that multiply without end are refused.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from math import isfinite
from typing import Any, NoReturn

import yaml

from canary.config.problems import KeyPath
from canary.domain.canonical import Json
from canary.domain.errors import ConfigurationError

MAX_DEPTH = 60
"""Levels of nesting; a prompt needs about ten."""
MAX_WEIGHT = 32 * 2**20
"""Values plus characters after aliases are expanded: what a digest or a copy of the file would have to walk."""
MAX_DIGITS = 18
"""Digits of a whole number that every JSON reader keeps exactly as 64 bits."""

_TOO_DEEP = f"is nested deeper than {MAX_DEPTH} levels"
_FLATTEN = "flatten it"
_Loader: Any = getattr(
    yaml, "CSafeLoader", yaml.SafeLoader
)  # the same parser in C, where PyYAML was built with it
_TOO_DEEP_FOR_LIBYAML = "maximum nesting depth"
"""In the words of a libyaml that counts levels itself (0.2.6 and later): far more than `MAX_DEPTH` of them."""
_INTEGER = re.compile(r"[-+]?[0-9]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_WORDS: Mapping[str, Json] = {
    "": None, "~": None, "null": None, "Null": None, "NULL": None,
    "true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False,
}  # fmt: skip


@dataclass(frozen=True, kw_only=True, slots=True)
class YamlText:
    """A YAML file as data.

    Attributes:
        data: JSON values; None where the file is empty.
        lines: key path -> line, from 1. Paths inside a repeated alias are left out.
    """

    data: Json
    lines: Mapping[KeyPath, int]

    def line(self, path: KeyPath) -> int:
        """Line of a key path, or of the nearest enclosing one that has a line."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)


@dataclass(slots=True)
class _Value:
    data: Json
    weight: int


@dataclass(slots=True)
class _Builder:
    """Builds values from parser events; `name` is the file in messages."""

    name: str
    events: Iterator[Any]
    lines: dict[KeyPath, int] = field(default_factory=dict)
    anchors: dict[str, _Value] = field(default_factory=dict)

    def refuse(self, event: Any, problem: str, remedy: str) -> NoReturn:
        raise ConfigurationError(problem, where=f"{self.name}:{event.start_mark.line + 1}", remedy=remedy)

    def value(self, event: Any, path: KeyPath) -> _Value:
        if isinstance(event, yaml.AliasEvent):
            return self._alias(event)
        self.lines[path] = event.start_mark.line + 1
        if len(path) > MAX_DEPTH:
            self.refuse(event, _TOO_DEEP, _FLATTEN)
        if event.tag is not None:
            self.refuse(event, "YAML tags (!…) are not supported", "remove the tag, or quote the text")
        built = self._build(event, path)
        if built.weight > MAX_WEIGHT:
            self.refuse(event, "the file grows too large when its aliases are expanded", "use fewer aliases")
        if event.anchor is not None:
            self.anchors[event.anchor] = built
        return built

    def _build(self, event: Any, path: KeyPath) -> _Value:
        if isinstance(event, yaml.ScalarEvent):
            return _Value(self._scalar(event), 1 + len(event.value))
        if isinstance(event, yaml.SequenceStartEvent):
            return self._sequence(path)
        return self._mapping(path)

    def _alias(self, event: Any) -> _Value:
        # An anchor is known only once its value is complete, so a value can't contain itself.
        if event.anchor not in self.anchors:
            self.refuse(event, f"the alias *{event.anchor} names no earlier value", "write the value out")
        return self.anchors[event.anchor]

    def _sequence(self, path: KeyPath) -> _Value:
        items: list[Json] = []
        weight = 1
        while not isinstance(event := next(self.events), yaml.SequenceEndEvent):
            item = self.value(event, (*path, len(items)))
            items.append(item.data)
            weight += item.weight
        return _Value(items, weight)

    def _mapping(self, path: KeyPath) -> _Value:
        items: dict[str, Json] = {}
        weight = 1
        while not isinstance(event := next(self.events), yaml.MappingEndEvent):
            key = self._key(event, items)
            item = self.value(next(self.events), (*path, key))
            self.lines[(*path, key)] = event.start_mark.line + 1
            items[key] = item.data
            weight += item.weight + len(key)
        return _Value(items, weight)

    def _key(self, event: Any, items: Mapping[str, Json]) -> str:
        """A key is its text, never a boolean or a number: `on: each` means `on`."""
        if not isinstance(event, yaml.ScalarEvent) or event.tag is not None:
            self.refuse(event, "a key must be plain text", "write the key as one word or quote it")
        key = self._text(event)
        if key == "<<" and not event.style:
            self.refuse(event, "merge keys (<<) are not supported", "write the keys out")
        if key in items:
            self.refuse(event, f"the key {key!r} stands twice in one place", "remove one of them")
        if event.anchor is not None:
            self.anchors[event.anchor] = _Value(key, 1 + len(key))
        return key

    def _text(self, event: Any) -> str:
        text = str(event.value)
        if not text.isascii() and any("\ud800" <= character <= "\udfff" for character in text):
            self.refuse(event, "the text holds half a surrogate pair", "write the character itself")
        return text

    def _scalar(self, event: Any) -> Json:
        text = self._text(event)
        if event.style:
            return text
        if text in _WORDS:
            return _WORDS[text]
        if _INTEGER.fullmatch(text):
            if len(text.lstrip("+-")) > MAX_DIGITS:
                self.refuse(
                    event, f"a whole number has more than {MAX_DIGITS} digits", "quote it if it is text"
                )
            return int(text)
        if _FLOAT.fullmatch(text):
            number = float(text)
            if not isfinite(number):
                self.refuse(event, "a number is too large", "quote it if it is text")
            return number
        return text


def read_yaml(text: str, name: str) -> YamlText:
    """The one document of a YAML text.

    Args:
        text: the file's text.
        name: the file's name in messages.

    Raises:
        ConfigurationError: it is not YAML, or uses what is refused here; names the line.
    """
    try:
        return _read(text, name)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        # libyaml points behind the end of a text that ends too early.
        where = f"{name}:{min(mark.line, text.count(chr(10))) + 1}" if mark else name
        said = error.problem or "the text ends too early"
        if _TOO_DEEP_FOR_LIBYAML in said:
            raise ConfigurationError(_TOO_DEEP, where=where, remedy=_FLATTEN) from None
        raise ConfigurationError(
            f"is not valid YAML: {said}", where=where, remedy="check indentation and quotes"
        ) from None
    except (yaml.reader.ReaderError, UnicodeEncodeError) as error:
        position = error.position if isinstance(error, yaml.reader.ReaderError) else error.start
        line = text.count("\n", 0, position) + 1
        raise ConfigurationError(
            "a character is not allowed in YAML",
            where=f"{name}:{line}",
            remedy="write it as an escape in double quotes",
        ) from None


def _read(text: str, name: str) -> YamlText:
    builder = _Builder(name, yaml.parse(text, Loader=_Loader))
    data: Json = None
    seen = False
    for event in builder.events:
        if isinstance(event, yaml.DocumentStartEvent):
            if seen:
                builder.refuse(event, "holds more than one YAML document", "keep one document per file")
            seen = True
            data = builder.value(next(builder.events), ()).data
    return YamlText(data=data, lines=builder.lines)
