"""Plain text in columns: wrapping that knows wide characters, and labelled values."""

import unicodedata
from collections.abc import Iterable, Iterator

WIDTH = 76
"""Columns of a line at most; characters of East Asian scripts take two."""

_LABEL = 34


def width(text: str) -> int:
    """Columns a text takes on a terminal."""
    return sum(
        0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in {"F", "W"} else 1
        for c in text
    )


def wrapped(text: str, *, first: str | None = None, indent: str = "") -> Iterator[str]:
    """Lines of at most `WIDTH` columns, broken at plain spaces, or anywhere in a word that is longer than a line."""
    line, empty = (indent if first is None else first), True
    for word in text.split(" "):
        for number, piece in enumerate(_pieces(word, WIDTH - len(indent))):
            glue = "" if empty or number else " "
            if not empty and width(line) + len(glue) + width(piece) > WIDTH:
                yield line
                line, empty, glue = indent, True, ""
            line, empty = line + glue + piece, False
    if not empty and text:
        yield line


def _pieces(word: str, room: int) -> Iterator[str]:
    piece, taken = "", 0
    for character in word:
        columns = width(character)
        if taken + columns > room:
            yield piece
            piece, taken = "", 0
        piece, taken = piece + character, taken + columns
    yield piece


def labelled(pairs: Iterable[tuple[str, str]]) -> Iterator[str]:
    """`  label ....... value`, a pair a line; pairs without a value are left out."""
    for label, value in pairs:
        if not value:
            continue
        if width(label) > _LABEL - 2:
            yield from wrapped(label, indent="  ")
            yield from wrapped(value, indent=" " * (_LABEL + 2))
        else:
            dots = "." * (_LABEL - width(label) - 1)
            yield from wrapped(value, first=f"  {label} {dots} ", indent=" " * (_LABEL + 3))
