"""Two answers word by word: what is gone, what is new, and long stretches that are the same counted instead of shown."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal, TypeAlias

from canary.report.numbers import plural
from canary.report.untrusted import excerpt

Mark: TypeAlias = Literal["same", "gone", "new", "skipped"]

LIMIT = 1500
"""Characters of an answer that are compared."""

_LONE, _LONG = 3, 10
"""Words of an unchanged stretch that joins the changes around it, and tokens that those must have."""

_KEPT = 12
"""Words of an unchanged stretch shown on each side of a change."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Piece:
    """A stretch of words: in both answers, only before, only after, or left out (the text then says how many words)."""

    mark: Mark
    text: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Difference:
    """Two answers compared.

    Attributes:
        pieces: in reading order.
        omitted: characters of the two answers beyond what is compared.
    """

    pieces: tuple[Piece, ...]
    omitted: int


def compared(before: str, after: str) -> Difference:
    """Compare two answers, each made fit to be shown first; at most `LIMIT` characters of each."""
    shown = [excerpt(text, head=LIMIT, limit=LIMIT, head_lines=LIMIT) for text in (before, after)]
    one, other = (_tokens(text.head) for text in shown)
    matcher = SequenceMatcher(None, one, other, autojunk=False)
    pieces: list[Piece] = []
    blocks = _joined(matcher.get_opcodes(), one)
    for number, (kind, a, b, c, d) in enumerate(blocks):
        if kind == "equal":
            pieces += _same(one[a:b], first=number == 0, last=number == len(blocks) - 1)
        else:
            pieces += [Piece(mark="gone", text="".join(one[a:b]))] if b > a else []
            pieces += [Piece(mark="new", text="".join(other[c:d]))] if d > c else []
    return Difference(
        pieces=tuple(_tidy(pieces)), omitted=sum(text.omitted + len(text.rest) for text in shown)
    )


Block: TypeAlias = tuple[str, int, int, int, int]


def _joined(blocks: Sequence[Block], tokens: Sequence[str]) -> list[Block]:
    """Without unchanged stretches of a word or two between long changes: a sentence rewritten reads better as one change."""
    joined: list[Block] = []
    for place, block in enumerate(blocks):
        kind, a, b, c, d = block
        inner = 0 < place < len(blocks) - 1
        if kind == "equal" and inner and _words(tokens[a:b]) <= _LONE:
            around = blocks[place - 1][1:] + blocks[place + 1][1:]
            changed = (
                (around[1] - around[0])
                + (around[3] - around[2])
                + (around[5] - around[4])
                + (around[7] - around[6])
            )
            kind = "replace" if changed > _LONG else kind
        if joined and kind != "equal" and joined[-1][0] != "equal":
            last = joined.pop()
            a, c = last[1], last[3]
            kind = "replace"
        joined.append((kind, a, b, c, d))
    return joined


def _words(tokens: Sequence[str]) -> int:
    return sum(any(sign.isalnum() for sign in token) for token in tokens)


def _tidy(pieces: Sequence[Piece]) -> Iterator[Piece]:
    """A lone space between two changes belongs to both: the change is told as one."""
    merged: list[Piece] = []
    gone, new = "", ""
    for piece in pieces:
        if piece.mark == "gone":
            gone += piece.text
        elif piece.mark == "new":
            new += piece.text
        elif piece.mark == "same" and piece.text.isspace() and (gone or new):
            gone, new = gone + piece.text if gone else "", new + piece.text if new else ""
        else:
            merged += _both(gone, new)
            gone, new = "", ""
            merged.append(piece)
    merged += _both(gone, new)
    yield from merged


def _both(gone: str, new: str) -> Iterator[Piece]:
    if gone:
        yield Piece(mark="gone", text=gone)
    if new:
        yield Piece(mark="new", text=new)


def _tokens(text: str) -> list[str]:
    """Words, spaces and marks; a script without spaces is compared sign by sign."""
    return [
        found.group()
        for found in re.finditer(
            r"\s+|[a-zA-Z0-9_\u00c0-\u024f\u0370-\u07bf]+(?:[.:_/-][a-zA-Z0-9_]+)*|(.)\1*", text
        )
    ]


def _same(tokens: Sequence[str], *, first: bool, last: bool) -> Iterator[Piece]:
    words = [place for place, token in enumerate(tokens) if not token.isspace()]
    head, tail = (0 if first else _KEPT), (0 if last else _KEPT)
    left_out = len(words) - head - tail
    if left_out <= _KEPT:
        yield Piece(mark="same", text="".join(tokens))
        return
    start, end = words[head] if head < len(words) else len(tokens), words[-tail] if tail else len(tokens)
    if start:
        yield Piece(mark="same", text="".join(tokens[:start]))
    yield Piece(mark="skipped", text=f"{plural(left_out, 'word')} the same")
    if end < len(tokens):
        yield Piece(mark="same", text="".join(tokens[end:]))
