"""The text of `canary.toml` -> its checked sections. One sentence for whatever is wrong, never a credential in it."""

import re
import tomllib
from collections.abc import Iterator
from math import isfinite
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from canary.config.config_grammar import ConfigSection
from canary.config.credentials import redact, refuse_credentials
from canary.config.files import read_text
from canary.config.problems import KeyPath, path_text, problems
from canary.domain.errors import ConfigurationError

MAX_BYTES = 2**20
MAX_DEPTH = 60
"""Levels of nesting; only `extra_body` and `settings` have more than four."""
_LONG_NAME = re.compile(r"""(?m)^\s*\[?\[?(?:(?:[\w-]+|"[^"\n]*"|'[^'\n]*')[ \t]*\.[ \t]*){61}""")
"""A dotted key of more levels than that: Python's reader takes memory by the square of them."""
_PLACE = re.compile(r" \(at (?:line (\d+), column \d+|end of document)\)$")


def config_section(path: Path) -> ConfigSection:
    """Read `canary.toml`.

    Raises:
        ConfigurationError: it is missing, no TOML, holds a credential, or says what is not understood.
    """
    data = _toml(read_text(path, limit=MAX_BYTES), str(path))
    refuse_credentials(data, str(path))
    for at in _unusable_numbers(data, ()):
        raise ConfigurationError("must be a finite number", where=redact(f"{path}: {path_text(at)}"))
    try:
        return ConfigSection.model_validate(data)
    except ValidationError as error:
        first, *others = problems(error, ConfigSection)
    more = f" (and {len(others)} more in this file)" if others else ""
    raise ConfigurationError(
        redact(first.text) + more,
        where=redact(": ".join(filter(None, (str(path), path_text(first.path))))),
        remedy=None if first.remedy is None else redact(first.remedy),
    )


def _toml(text: str, name: str) -> dict[str, Any]:
    too_deep = ConfigurationError(
        f"is nested deeper than {MAX_DEPTH} levels", where=name, remedy="flatten it"
    )
    if _LONG_NAME.search(text):
        raise too_deep
    try:
        data = tomllib.loads(text)
    except RecursionError:
        data = None
    except ValueError as error:
        message = redact(str(error))
        place = _PLACE.search(message)
        line = place[1] if place and place[1] else str(text.count("\n") + 1)
        raise ConfigurationError(
            f"is not valid TOML: {_PLACE.sub('', message)}",
            where=f"{name}:{line}",
            remedy="check quotes, brackets and the line above",
        ) from None
    if data is None or _is_too_deep(data):
        raise too_deep
    return data


def _is_too_deep(data: dict[str, Any]) -> bool:
    """Whether the data is nested beyond `MAX_DEPTH`; level by level, so that no depth is too much for the question."""
    level: list[Any] = [data]
    for _ in range(MAX_DEPTH):
        tables = [item.values() if isinstance(item, dict) else item for item in level]
        level = [item for table in tables for item in table if isinstance(item, dict | list)]
    return bool(level)


def _unusable_numbers(value: Any, path: KeyPath) -> Iterator[KeyPath]:
    """Where TOML's `nan` and `inf` stand: nothing here can be either, and no JSON could carry them."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _unusable_numbers(item, (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _unusable_numbers(item, (*path, index))
    elif isinstance(value, float) and not isfinite(value):
        yield path
