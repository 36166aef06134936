"""Checks of structure: lists, sections, tables and marks, in Markdown and plain text."""

import re
from collections.abc import Sequence

from canary.checks.answer import Answer, Verdict
from canary.checks.counting import BULLET, NUMBERED, all_lines, count_verdict, listed, opening, within
from canary.checks.counting import lines as text_lines
from canary.checks.counting import paragraphs as text_paragraphs
from canary.checks.parameters import Count, Positive, Text, Texts
from canary.checks.sentence import counted
from canary.checks.variants import fenced_blocks

_HEADING = re.compile(r"^ {0,3}(#{1,6})[ \t]+\S")
_HIGHLIGHT = re.compile(r"(?<!\*)(\*{1,3})(?=[^*\s])[^*\n]+(?<=[^*\s])\1(?!\*)")
_PLACEHOLDER = re.compile(r"\[[^\[\]\n]+\](?!\()")
_CELL_OF_RULE = re.compile(r":?-+:?")
_MARKDOWN = {
    "a heading": _HEADING,
    "a bullet point": BULLET,
    "a code fence": re.compile(r"^[ \t]*(```|~~~)"),
    "a block quote": re.compile(r"^[ \t]*>[ \t]"),
    "a rule": re.compile(r"^[ \t]*(?:\*[ \t]*){3,}$|^[ \t]*(?:-[ \t]*){3,}$|^[ \t]*(?:_[ \t]*){3,}$"),
    "bold": re.compile(r"\*\*[^*\s]|\b__[^_\s]"),
    "italics": re.compile(r"(?<![\w*])\*[^*\s](?:[^*]{0,200}[^*\s])?\*(?![\w*])"),
    "inline code": re.compile(r"`[^`]+`"),
    "a link": re.compile(r"\]\([^()\s]"),
}
_LINE_READ_CHARACTERS = 2_000
"""Characters of one line that are searched for Markdown."""


def bullets(
    answer: Answer,
    *,
    at_least: Count | None = None,
    at_most: Count | None = None,
    exactly: Count | None = None,
) -> Verdict:
    """Has {range:bullet point}."""
    number = sum(BULLET.match(line) is not None for line in all_lines(answer.text))
    return count_verdict(number, "bullet point", at_least, at_most, exactly)


def numbered_list(
    answer: Answer,
    *,
    at_least: Count | None = None,
    at_most: Count | None = None,
    exactly: Count | None = None,
    sequential: bool = True,
) -> Verdict:
    """Has {range:numbered item}[sequential?, numbered from 1 on]."""
    items = [match for line in all_lines(answer.text) if (match := NUMBERED.match(line))]
    numbers = [int(match[1]) for match in items]
    if sequential and numbers != list(range(1, len(numbers) + 1)):
        return Verdict(passed=False, found=f"numbered {', '.join(map(str, numbers))}")
    return count_verdict(len(numbers), "numbered item", at_least, at_most, exactly)


def sections(
    answer: Answer,
    *,
    marker: Text,
    at_least: Count | None = None,
    at_most: Count | None = None,
    exactly: Count | None = None,
) -> Verdict:
    """Has {range:section} that start with {marker}.

    Markdown around the marker is no matter.
    """
    starts = [line.lstrip("#*_ \t") for line in text_lines(answer.text)]
    number = sum(line.startswith(marker) for line in starts)
    return count_verdict(number, "section", at_least, at_most, exactly)


def headings(
    answer: Answer,
    *,
    at_least: Count | None = None,
    at_most: Count | None = None,
    exactly: Count | None = None,
    level: Positive | None = None,
) -> Verdict:
    """Has {range:Markdown heading}[level? of level {level}]."""
    found = [match for line in all_lines(answer.text) if (match := _HEADING.match(line))]
    number = sum(level is None or len(match[1]) == level for match in found)
    return count_verdict(number, "heading", at_least, at_most, exactly)


def highlights(
    answer: Answer,
    *,
    at_least: Count | None = None,
    at_most: Count | None = None,
    exactly: Count | None = None,
) -> Verdict:
    """Has {range:passage} highlighted with asterisks."""
    number = sum(1 for _ in _HIGHLIGHT.finditer(answer.text))
    return count_verdict(number, "passage", at_least, at_most, exactly)


def placeholders(
    answer: Answer,
    *,
    at_least: Count | None = None,
    at_most: Count | None = None,
    exactly: Count | None = None,
) -> Verdict:
    """Has {range:placeholder} in square brackets.

    A Markdown link is none.
    """
    number = sum(1 for _ in _PLACEHOLDER.finditer(answer.text))
    return count_verdict(number, "placeholder", at_least, at_most, exactly)


def postscript(answer: Answer, *, marker: Text = "P.S.") -> Verdict:
    """Ends with a postscript that starts with {marker}."""
    blocks = text_paragraphs(answer.text)
    last = text_lines(blocks[-1])
    passed = any(line.lstrip("*_ ").startswith(marker) for line in last)
    return Verdict(passed=passed, found=f"last paragraph {opening(blocks[-1])}")


def parts(answer: Answer, *, separator: Text, exactly: Positive, distinct: bool = True) -> Verdict:
    """Has exactly {exactly:part} separated by {separator}[distinct?, all different]."""
    pieces = [piece.strip() for piece in answer.text.split(separator)]
    if any(not piece for piece in pieces[1:-1]):
        return Verdict(passed=False, found="nothing between two separators")
    filled = [piece for piece in pieces if piece]
    if distinct and len(set(filled)) < len(filled):
        return Verdict(passed=False, found=f"{counted(len(filled), 'part')}, two of them equal")
    return count_verdict(len(filled), "part", None, None, exactly)


def table(
    answer: Answer,
    *,
    columns: Texts | None = None,
    at_least: Count | None = None,
    at_most: Count | None = None,
    exactly: Count | None = None,
) -> Verdict:
    """Has one Markdown table[columns? with the columns {columns}][range? of {range:row}].

    The head and the rule below it are no rows; every row has as many cells as the head.
    """
    tables = _tables(answer.text)
    if len(tables) != 1:
        return Verdict(passed=False, found=counted(len(tables), "table"))
    head, rows = tables[0]
    if columns is not None and [cell.strip("*_ ").casefold() for cell in head] != [
        c.casefold() for c in columns
    ]:
        return Verdict(passed=False, found=f"columns {listed(head)}")
    uneven = next((row for row in rows if len(row) != len(head)), None)
    if uneven is not None:
        return Verdict(passed=False, found=f"a row of {counted(len(uneven), 'cell')}")
    return count_verdict(len(rows), "row", at_least, at_most, exactly)


def _tables(text: str) -> list[tuple[list[str], list[list[str]]]]:
    lines, found, place = all_lines(text), [], 0
    while place + 1 < len(lines):
        head, rule = _cells(lines[place]), _cells(lines[place + 1])
        if head and len(head) == len(rule) and all(map(_CELL_OF_RULE.fullmatch, rule)):
            place += 2
            rows = []
            while place < len(lines) and (row := _cells(lines[place])):
                rows.append(row)
                place += 1
            found.append((head, rows))
        else:
            place += 1
    return found


def _cells(line: str) -> list[str]:
    """The cells of a table line; none where it is no such line."""
    if "|" not in line:
        return []
    return [cell.strip() for cell in line.strip().removeprefix("|").removesuffix("|").split("|")]


def no_markdown(answer: Answer) -> Verdict:
    """Has no Markdown formatting.

    Headings, bullets, fences, quotes, rules, bold, italics, inline code, links, tables; a numbered list is plain text.
    """
    for line in all_lines(answer.text):
        found = next(
            (name for name, mark in _MARKDOWN.items() if mark.search(line[:_LINE_READ_CHARACTERS])), None
        )
        if found is not None:
            return Verdict(passed=False, found=f"{found}: {opening(line)}")
    return Verdict(passed=not _tables(answer.text), found="a table" if _tables(answer.text) else "none")


def no_fence(answer: Answer) -> Verdict:
    """Has no code fence."""
    number = sum(line.lstrip().startswith(("```", "~~~")) for line in all_lines(answer.text))
    return Verdict(passed=number == 0, found=counted(number, "fence line"))


def fenced_block(answer: Answer, *, language: Text | None = None, exactly: Positive = 1) -> Verdict:
    """Has exactly {exactly:fenced block}[language? marked {language}]."""
    infos = [info for info, _ in fenced_blocks(answer.text)]
    wrong = next((i for i in infos if language is not None and i.casefold() != language.casefold()), None)
    if wrong is not None:
        return Verdict(passed=False, found=f"a block marked “{wrong}”")
    return Verdict(passed=within(len(infos), exactly=exactly), found=counted(len(infos), "fenced block"))


def distinct_lines(answer: Answer) -> Verdict:
    """Has no line twice."""
    seen: set[str] = set()
    for line in text_lines(answer.text):
        if line.casefold() in seen:
            return Verdict(passed=False, found=f"twice {opening(line)}")
        seen.add(line.casefold())
    return Verdict(passed=True, found=counted(len(seen), "line"))


def sorted_lines(answer: Answer, *, descending: bool = False, ignore_case: bool = True) -> Verdict:
    """Has its lines in [descending?descending][descending!ascending] alphabetical order."""
    lines = text_lines(answer.text)
    keys = [line.casefold() if ignore_case else line for line in lines]
    place = _first_out_of_order(keys[::-1] if descending else keys)
    if place is None:
        return Verdict(passed=True, found=counted(len(lines), "line"))
    line = lines[::-1][place] if descending else lines[place]
    return Verdict(passed=False, found=f"out of order {opening(line)}")


def _first_out_of_order(keys: Sequence[str]) -> int | None:
    return next((place for place in range(1, len(keys)) if keys[place] < keys[place - 1]), None)
