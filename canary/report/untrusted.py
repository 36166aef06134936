"""Text from outside (models, providers, records) made fit to be shown: bounded, and nothing in it unseen.

Escaping is the template's work. Here what a reader could not see, or what would reorder the words around it, is written
out (``⟨U+202E⟩``), control characters become their pictures (``␛``), and length is cut with the rest counted. Text that
is ordinary in its own script stays as it is: joiners inside Persian words or emoji, a few marks over a letter.
"""

import re
from dataclasses import dataclass

LABEL = 120
"""Characters of a name that are shown."""

SENTENCE = 300
"""Characters of a message, a value found or a check's sentence that are shown."""

_JOINERS = "\u200c\u200d"
_SELECTORS = "\ufe00-\ufe0f"
_UNSEEN = (
    "\x00-\x08\x0b-\x1f\x7f-\x9f"  # controls, but for tab and newline
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # direction
    "\u00ad\u034f\u180e\u200b-\u200d\u2060-\u2065\u206a-\u206f\ufeff"  # no width
    "\u115f\u1160\u17b4\u17b5\u180b-\u180d\u180f\u2800\u3164\uffa0"  # blank letters
    "\ufff0-\ufffb\ufffe\uffff\ud800-\udfff"  # no characters at all
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"  # notation, tags, further selectors
)
_BREAKS = "\u2028\u2029"
_MARKS = "\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f"
_TOKEN = re.compile(
    rf"(?P<newline>\r\n|[{_BREAKS}])"
    rf"|(?P<unseen>[{_UNSEEN}{_SELECTORS}]+)"
    rf"|(?P<piled>[{_MARKS}]{{5,}})"
    rf"|(?P<plain>[^{_BREAKS}{_UNSEEN}{_SELECTORS}{_MARKS}]+|[{_MARKS}])"
)
_LONGEST_SPELT_OUT = 4
"""Unseen characters in a row that are named one by one; more are counted."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Excerpt:
    """The beginning of a long text.

    Attributes:
        head: what is shown at once.
        rest: what is shown on demand; "" where the head is all.
        omitted: characters of the text that are in neither.
    """

    head: str
    rest: str = ""
    omitted: int = 0


def visible(text: str, limit: int) -> tuple[str, int]:
    """At most `limit` characters with nothing unseen in them, and how many characters of `text` they stand for."""
    shown: list[str] = []
    room, used = limit, 0
    before = ""
    for token in _TOKEN.finditer(text[:limit]):
        raw = token.group()
        piece = _spelt(token, before, text[token.end() : token.end() + 1])
        if len(piece) > room:
            if token.lastgroup == "plain":
                shown.append(piece[:room])
                used += room
            break
        shown.append(piece)
        room -= len(piece)
        used += len(raw)
        before = raw[-1]
    return "".join(shown), used


def _spelt(token: re.Match[str], before: str, after: str) -> str:
    raw = token.group()
    if token.lastgroup == "newline":
        return "\n"
    if token.lastgroup == "piled":
        return f"{raw[:2]}⟨{len(raw) - 2} marks⟩"
    if token.lastgroup == "plain" or _belongs(raw, before, after):
        return raw
    if len(raw) > _LONGEST_SPELT_OUT:
        return f"⟨{len(raw)} unseen characters⟩"
    return "".join(_picture(character) for character in raw)


def _belongs(raw: str, before: str, after: str) -> bool:
    """A single joiner or variation selector inside text of a script that uses them."""
    joins = raw in _JOINERS and before > "\u00ff" and after > "\u00ff"
    varies = len(raw) == 1 and "\ufe00" <= raw <= "\ufe0f" and before > "\u203b"
    return joins or varies or raw == "\ufe0f\u200d"


def _picture(character: str) -> str:
    code = ord(character)
    if code < 0x20:  # noqa: PLR2004 -- the C0 controls have pictures of their own
        return chr(0x2400 + code)
    return "␡" if code == 0x7F else f"⟨U+{code:04X}⟩"  # noqa: PLR2004 -- DEL


def one_line(text: str, limit: int = SENTENCE) -> str:
    """A bounded single line; what is cut away is marked by an ellipsis."""
    shown, used = visible(text, limit)
    line = " ".join(shown.split())
    return f"{line} …" if used < len(text) else line


def label(text: str) -> str:
    """A name of ours or of a record, as one short line; never empty."""
    return one_line(text, LABEL) or "(no name)"


def excerpt(text: str, *, head: int, limit: int, head_lines: int = 8) -> Excerpt:
    """The first `limit` characters of a text, split into what is shown at once and on demand.

    Args:
        text: as it came.
        head: characters shown at once; the cut falls between words where there is one near.
        limit: characters shown at all.
        head_lines: lines shown at once.
    """
    shown, used = visible(text, limit)
    cut = _cut(shown, head, head_lines)
    rest = shown[cut:].removeprefix(" ").strip("\n")
    return Excerpt(head=shown[:cut].rstrip("\n"), rest=rest, omitted=len(text) - used)


def _cut(shown: str, head: int, head_lines: int) -> int:
    lines = [match.start() for match in re.finditer("\n", shown[:head])]
    if len(lines) >= head_lines:
        return lines[head_lines - 1]
    if len(shown) <= head:
        return len(shown)
    gap = max(shown.rfind(" ", 0, head), shown.rfind("\n", 0, head))
    return gap if gap > head // 2 else head
