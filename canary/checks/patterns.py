r"""Regular expressions from prompt files over text that a model wrote.

Patterns are trusted, texts are not: a pattern that can take exponential time is refused at load, and only
`SEARCHED_CHARACTERS` of a text are searched, so that no answer can stall a run: the first whole lines of it, or the last
where the pattern asks for the end (`\Z`).
"""

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any

SEARCHED_CHARACTERS = 20_000
"""Characters of a text that a pattern sees; about 5,000 tokens, several times a canary answer."""
_CUT_WITHIN = 5_000
"""A long text is cut after a line where one ends this near; a longer line is cut itself."""

_parser: Any = re._parser  # type: ignore[attr-defined] # noqa: SLF001 # the only parse of its syntax in the library
_REPEATS = {"MAX_REPEAT", "MIN_REPEAT"}
_NEVER_TRIED_AGAIN = {"ATOMIC_GROUP", "POSSESSIVE_REPEAT"}
_BACKTRACKS_FROM = 10
"""A repeat up to this often is a constant; a longer one inside another multiplies."""


def regex_problem(pattern: str) -> str | None:
    """Why a pattern can't be used, in one clause; None where it can."""
    try:
        re.compile(pattern)
    except (re.error, RecursionError, OverflowError) as error:
        return f"is no regular expression: {error}"
    if _nested(_parser.parse(pattern), inside=False):
        return f"can take exponential time: {pattern!r} repeats inside a repeat; make the inner one possessive (`++`)"
    return None


def _nested(items: Iterable[Any], *, inside: bool) -> bool:
    for operation, argument in items:
        repeats = str(operation) in _REPEATS and argument[1] > _BACKTRACKS_FROM
        if repeats and inside:
            return True
        within = str(operation) not in _NEVER_TRIED_AGAIN and (inside or repeats)
        if any(_nested(part, inside=within) for part in _parts(argument)):
            return True
    return False


def _parts(argument: Any) -> Iterator[Any]:
    if isinstance(argument, _parser.SubPattern):
        yield argument
    elif isinstance(argument, tuple | list):
        for item in argument:
            yield from _parts(item)


@lru_cache(maxsize=512)
def compiled(pattern: str, flags: int = 0) -> re.Pattern[str]:
    """The pattern, compiled once. `^` and `$` match at line ends."""
    return re.compile(pattern, flags | re.MULTILINE)


def first_match(pattern: str, text: str, *, ignore_case: bool = False) -> re.Match[str] | None:
    """The first match in the searched part of a text."""
    flags = re.IGNORECASE if ignore_case else 0
    start, end = _searched(pattern, text) if len(text) > SEARCHED_CHARACTERS else (0, len(text))
    return compiled(pattern, flags).search(text, start, end)


def _searched(pattern: str, text: str) -> tuple[int, int]:
    r"""From where to where a long text is searched, so that `\Z` holds, and `$` where the text has lines."""
    if _asks_for_the_end(pattern):
        return len(text) - SEARCHED_CHARACTERS, len(text)
    end = text.rfind("\n", SEARCHED_CHARACTERS - _CUT_WITHIN, SEARCHED_CHARACTERS) + 1
    return 0, end or SEARCHED_CHARACTERS


@lru_cache(maxsize=512)
def _asks_for_the_end(pattern: str) -> bool:
    return _stands_in("AT_END_STRING", _parser.parse(pattern))


def _stands_in(name: str, items: Any) -> bool:
    if isinstance(items, _parser.SubPattern | tuple | list):
        return any(_stands_in(name, item) for item in items)
    return str(items) == name


def matches_whole(pattern: str, text: str, *, ignore_case: bool = False) -> bool:
    """Whether the pattern matches a whole text; a text longer than the searched part never does."""
    flags = re.IGNORECASE if ignore_case else 0
    return len(text) <= SEARCHED_CHARACTERS and compiled(pattern, flags).fullmatch(text) is not None
