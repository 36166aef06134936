"""What a text consists of, as a person would count it: lines, paragraphs, words. And counts against a range."""

import re
from collections.abc import Iterable, Sequence

from canary.checks.answer import Verdict
from canary.checks.sentence import counted

_NEWLINES = re.compile(r"\r\n?|[\u2028\u2029\x85]")
_LIST_NUMBER = re.compile(r"^[ \t]*\d{1,3}[.)](?=[ \t])", re.MULTILINE)
_DASHES = re.compile(r"--+|[—―]")
_LETTER_OR_DIGIT = re.compile(r"[^\W_]")
BULLET = re.compile(r"^[ \t]*[-*+•][ \t]+(?=\S)")
"""How a line with a bullet point begins."""
NUMBERED = re.compile(r"^[ \t]*(\d{1,4})[.)][ \t]+(?=\S)")
"""How a numbered item begins."""


def word_set(text: str) -> frozenset[str]:
    """A word list written as a text."""
    return frozenset(text.split())


def all_lines(text: str) -> list[str]:
    """Lines as they are shown, blank ones included; every kind of line end counts."""
    return _NEWLINES.sub("\n", text).split("\n")


def lines(text: str) -> list[str]:
    """Lines that are not blank, without outer space."""
    return [stripped for line in all_lines(text) if (stripped := line.strip())]


def paragraphs(text: str) -> list[str]:
    """Blocks of lines between blank lines."""
    blocks: list[list[str]] = [[]]
    for line in all_lines(text):
        if line.strip():
            blocks[-1].append(line)
        elif blocks[-1]:
            blocks.append([])
    return ["\n".join(block) for block in blocks if block]


def words(text: str) -> list[str]:
    """Words as a person counts them.

    What stands between spaces and holds a letter or digit. Dashes (`—`, `--`) separate; hyphens and apostrophes do
    not; markup and list numbers are no words. A text of a script without spaces is one word.
    """
    parts = _DASHES.sub(" ", _LIST_NUMBER.sub("", text)).split()
    return [part for part in parts if part[0].isalnum() or _LETTER_OR_DIGIT.search(part)]


def list_item(line: str) -> str:
    """A line without its bullet or list number."""
    return NUMBERED.sub("", BULLET.sub("", line, count=1), count=1).strip()


def within(
    number: float,
    *,
    at_least: float | None = None,
    at_most: float | None = None,
    exactly: float | None = None,
) -> bool:
    """Whether a number lies in a range whose ends belong to it."""
    return (
        (exactly is None or number == exactly)
        and (at_least is None or number >= at_least)
        and (at_most is None or number <= at_most)
    )


def count_verdict(
    number: int, noun: str, at_least: int | None, at_most: int | None, exactly: int | None
) -> Verdict:
    """The verdict on one count."""
    passed = within(number, at_least=at_least, at_most=at_most, exactly=exactly)
    return Verdict(passed=passed, found=counted(number, noun))


def each_count_verdict(
    counts: Sequence[int],
    unit: str,
    noun: str,
    at_least: int | None,
    at_most: int | None,
    exactly: int | None,
) -> Verdict:
    """The verdict on a count in every unit of a text; the first unit out of range is told."""
    for place, number in enumerate(counts, start=1):
        if not within(number, at_least=at_least, at_most=at_most, exactly=exactly):
            return Verdict(passed=False, found=f"{counted(number, noun)} in {unit} {place}")
    if not counts:
        return Verdict(passed=False, found=f"no {unit}")
    low, high = min(counts), max(counts)
    return Verdict(passed=True, found=f"{low} to {counted(high, noun)}" if low < high else counted(low, noun))


SHOWN_CHARACTERS = 60
"""Characters of a text that are quoted to tell what was found."""
SHOWN_ITEMS = 4
"""Items of a list that are."""


def opening(text: str) -> str:
    """The beginning of a text, quoted."""
    bare = text.strip()
    return f"“{bare}”" if len(bare) <= SHOWN_CHARACTERS else f"“{bare[:SHOWN_CHARACTERS]}…”"


def ending(text: str) -> str:
    """The end of a text, quoted."""
    bare = text.strip()
    return f"“{bare}”" if len(bare) <= SHOWN_CHARACTERS else f"“…{bare[-SHOWN_CHARACTERS:]}”"


def listed(items: Iterable[str]) -> str:
    """The first items of a list, quoted; `none` of an empty one."""
    shown = list(items)
    more = ", …" if len(shown) > SHOWN_ITEMS else ""
    return ", ".join(map(opening, shown[:SHOWN_ITEMS])) + more or "none"
