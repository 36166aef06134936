"""Sentences as a person would count them. (IFEval's own count is `ifeval_sentences`.)

A sentence ends at `.`, `!`, `?`, `…` before a space or the end, or at a full-width mark anywhere; closing quotes and
brackets belong to it. Abbreviations, initials, list numbers and an ellipsis before a small letter end none. A blank
line, a list item and a heading stand for themselves.
"""

import re
from functools import lru_cache

from canary.checks.counting import BULLET, NUMBERED, all_lines, list_item, word_set

_END = re.compile(r"[.!?…]+[\"'”’»)\]*_]*(?=\s|$)|[。！？｡]+[」』”’)）]*")
_LAST_WORD = re.compile(r"[^\s(\[\"'“‘«*_]+$")
_NEAR = 40
"""Characters on either side of a mark that decide about it."""
_HEADING = re.compile(r"^[ \t]*#{1,6}[ \t]")

_NEVER_LAST = word_set(
    "mr mrs ms dr prof sen rep gov gen col capt cpt lt sgt rev hon messrs mt st e.g i.e cf vs viz resp approx ca fig "
    "figs vol vols pp ed eds al art sec ch z.b d.h bzw ggf vgl nr evtl inkl sog"
)
"""Abbreviations that something must follow."""
_MAYBE_LAST = word_set(
    "etc inc ltd co corp bros jr sr u.s u.k u.n e.u u.s.a a.m p.m ph.d m.d b.a m.a b.sc m.sc d.c b.c a.d n.b p.s dept "
    "est jan feb mar apr jun jul aug sep sept oct nov dec mon tue tues wed thu thurs fri sat sun ave blvd usw"
)
"""Abbreviations that may end a sentence: they do where a usual opening word follows with a capital."""
_OPENERS = word_set(
    "a after all also although an and another any as at because before both but by each every first for from he here "
    "how however i if in it its like many most my next no not now of on once one or other our she since so some such "
    "that the their then there these they this those to today under until we what when where which while who why with "
    "you your er sie es das die der wir und ich ein eine"
)
_MONTHS = word_set("januar februar märz april mai juni juli august september oktober november dezember")


def sentences(text: str) -> list[str]:
    """The sentences of a text, without outer space."""
    return [sentence for block in _blocks(text) for sentence in _split(block)]


def _blocks(text: str) -> list[str]:
    """Stretches that no sentence crosses: paragraphs, list items, headings."""
    blocks: list[list[str]] = [[]]
    for line in all_lines(text):
        if not line.strip():
            blocks += [[]] if blocks[-1] else []
            continue
        heading = _HEADING.match(line) is not None
        if heading or BULLET.match(line) or NUMBERED.match(line):
            blocks.append([])
        blocks[-1].append(list_item(line))
        if heading:
            blocks.append([])
    return [block for parts in blocks if (block := " ".join(filter(None, parts)))]


def _split(block: str) -> list[str]:
    parts, start = [], 0
    for mark in _END.finditer(block):
        if _ends(block, mark):
            parts.append(block[start : mark.end()].strip())
            start = mark.end()
    parts.append(block[start:].strip())
    return [part for part in parts if part]


def _ends(block: str, mark: re.Match[str]) -> bool:
    following = block[mark.end() : mark.end() + _NEAR].split(maxsplit=1)
    if not following or mark[0][0] in "。！？｡":
        return True
    before = _LAST_WORD.search(block[max(0, mark.start() - _NEAR) : mark.start()])
    short = mark[0] if len(mark[0]) <= _NEAR else mark[0][:2] + mark[0][-1]
    return _ends_between(before[0].casefold() if before else "", short, following[0])


@lru_cache(maxsize=4096)
def _ends_between(before: str, mark: str, following: str) -> bool:
    """Whether a mark between two words ends a sentence."""
    word = following.strip("\"'“”‘’«»()[]*_,.;:!?")
    if word[:1].islower() and (mark.startswith(("..", "…")) or mark[-1] in "\"'”’»"):
        return False  # "Well... perhaps", "Really?" she asked
    return mark[0] != "." or mark.startswith("..") or _period_ends(before, word)


def _period_ends(before: str, following: str) -> bool:
    opener = following[:1].isupper() and following.casefold() in _OPENERS
    if before in _NEVER_LAST or (before in {"no", "p"} and following[:1].isdigit()):
        return False
    if before in _MAYBE_LAST or (len(before) == 1 and before.isalpha() and before != "i"):
        return opener
    return not (before.isdigit() and len(before) <= len("31") and following.casefold() in _MONTHS)
