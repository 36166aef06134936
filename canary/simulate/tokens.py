"""How many tokens a text bills. No vendor's tokenizer, but a deterministic one with per-script ratios.

A text is cut into pieces by script; each kind of piece has a rate. Rates are data, so that a scenario can change the
tokenizer for one script and leave the others alone, as real releases have done.
"""

import math
import re
from dataclasses import dataclass
from functools import lru_cache

LATIN_LETTERS_PER_PIECE = 6
DIGITS_PER_PIECE = 3
OTHER_LETTERS_PER_PIECE = 3
MARKS_PER_PIECE = 2

_CJK = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0002ffff"
_PIECES = re.compile(
    rf"(?P<latin>[A-Za-z\u00c0-\u024f]+)|(?P<digits>\d+)|(?P<cjk>[{_CJK}]+)|(?P<lines>\s*\n\s*)"
    r"|(?P<space>\s+)|(?P<other>[^\W\d_]+)|(?P<marks>(?:[^\w\s]|_)+)"
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Pieces:
    """What a text is made of, before any rate is applied.

    Attributes:
        latin: Latin words, long ones cut into runs of six letters.
        cjk: Chinese, Japanese and Korean characters.
        digits: runs of three digits.
        other: runs of three letters of any other script.
        marks: pairs of punctuation marks and symbols.
        lines: line breaks, a run counted once; other white space is free.
    """

    latin: int = 0
    cjk: int = 0
    digits: int = 0
    other: int = 0
    marks: int = 0
    lines: int = 0


@lru_cache(maxsize=1024)
def pieces(text: str) -> Pieces:
    """Cut a text into pieces. Cached: a provider sees the same prompts again and again."""
    found = dict.fromkeys(("latin", "cjk", "digits", "other", "marks", "lines", "space"), 0)
    sizes = {
        "latin": LATIN_LETTERS_PER_PIECE,
        "digits": DIGITS_PER_PIECE,
        "other": OTHER_LETTERS_PER_PIECE,
        "marks": MARKS_PER_PIECE,
    }
    for match in _PIECES.finditer(text):
        kind = match.lastgroup or "space"
        length = match.end() - match.start()
        if kind == "lines":
            length = 1
        found[kind] += -(-length // sizes.get(kind, 1))
    del found["space"]
    return Pieces(**found)


@dataclass(frozen=True, kw_only=True, slots=True)
class Tokenizer:
    """Tokens per piece, by kind of piece."""

    latin: float = 1.0
    cjk: float = 1.1
    digits: float = 1.0
    other: float = 1.3
    marks: float = 1.0
    lines: float = 1.0

    def count(self, text: str) -> int:
        """Tokens of a text; 0 only for text without a single visible character or line break."""
        p = pieces(text)
        return math.ceil(
            p.latin * self.latin
            + p.cjk * self.cjk
            + p.digits * self.digits
            + p.other * self.other
            + p.marks * self.marks
            + p.lines * self.lines
        )

    def cut(self, text: str, tokens: int) -> str:
        """The longest beginning of a text that bills at most `tokens`."""
        low, high = 0, len(text)
        while low < high:
            middle = (low + high + 1) // 2
            if self.count(text[:middle]) <= tokens:
                low = middle
            else:
                high = middle - 1
        return text[:low]


ORDINARY_TOKENIZER = Tokenizer()
