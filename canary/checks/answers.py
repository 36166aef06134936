"""Checks of answers: numbers, choices, facts from the given text, and what is not in it."""

import re
from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Literal

from canary.checks.answer import Answer, Verdict
from canary.checks.counting import lines as text_lines
from canary.checks.counting import list_item, listed, opening
from canary.checks.numbers import (
    first_number,
    fraction_is_close,
    number_value,
    number_values,
    without_list_numbers,
    written_numbers,
)
from canary.checks.parameters import Share, Text, Texts
from canary.checks.phrases import ABSENT, ABSENT_ELSEWHERE
from canary.checks.wording import has_word, normal
from canary.domain.canonical import canonical_json

_AROUND_LABEL = "()[]{}<>*_`\"'“”.:"
_AROUND_NUMBER = re.compile(r"\A(?:[$€£¥]\s?)?(.*?)(?:\s?(?:[%€]))?\Z", re.DOTALL)
_BOXED = re.compile(r"\A\$*\\boxed\{(.*)\}\$*\Z", re.DOTALL)
_FIRST_WORD = re.compile(r"[^\W\d_]+")


def number(
    answer: Answer,
    *,
    equals: float,
    tolerance: Share = 0.0,
    relative: Share = 0.0,
    marker: Text | None = None,
    alone: bool = False,
) -> Verdict:
    """Gives the number {equals}[tolerance? within {tolerance}][relative? within {relative} of it][marker? after {marker}][alone? and nothing else].

    Without a marker it is the last number of the answer; with one, the first number after the marker's last place.
    """
    text = _after(answer.text, marker)
    if text is None:
        return Verdict(passed=False, found=f"no “{marker}”")
    written, value = _number_alone(text) if alone else _number_in(text, first=marker is not None)
    if value is None:
        return Verdict(passed=False, found=written)
    return Verdict(passed=fraction_is_close(value, equals, tolerance, relative), found=written)


def _after(text: str, marker: str | None) -> str | None:
    if marker is None:
        return text
    before, found, after = normal(text).rpartition(normal(marker))
    del before
    return after if found else None


def _number_alone(text: str) -> tuple[str, Fraction | None]:
    bare = text.strip()
    boxed = _BOXED.match(bare)
    inner = _AROUND_NUMBER.match(boxed[1].strip() if boxed else bare)
    value = number_value(inner[1]) if inner else None
    return (bare if value is not None else f"more than a number: {opening(bare)}"), value


def _number_in(text: str, *, first: bool) -> tuple[str, Fraction | None]:
    written = written_numbers(text)
    return first_number(written if first else reversed(written)) or ("no number", None)


def choice(answer: Answer, *, label: Text, among: Texts, marker: Text | None = None) -> Verdict:
    """Picks {label} among {among:or}[marker? after {marker}].

    The label alone is the answer, or what stands on the line after the marker; brackets and a full stop aside.
    """
    text = _after(answer.text, marker)
    if text is None:
        return Verdict(passed=False, found=f"no “{marker}”")
    given = text.strip() if marker is None else (text_lines(text) or [""])[0]
    bare = normal(given.strip(_AROUND_LABEL + " "))
    picked = next((one for one in among if bare == normal(one)), None) or next(
        (one for one in among if bare.casefold() == normal(one, ignore_case=True)), None
    )
    return Verdict(passed=picked == label, found=opening(picked or given))


def one_of(answer: Answer, *, options: Texts, ignore_case: bool = False) -> Verdict:
    """Is exactly {options:or}[ignore_case?, in any case]."""
    given = normal(answer.text.strip(), ignore_case=ignore_case)
    passed = given in {normal(option.strip(), ignore_case=ignore_case) for option in options}
    return Verdict(passed=passed, found=opening(answer.text))


def yes_no(answer: Answer, *, says: Literal["yes", "no"] | bool) -> Verdict:
    """Answers {says:yes} with its first word."""
    wanted = {True: "yes", False: "no"}.get(says, says) if isinstance(says, bool) else says
    first = _FIRST_WORD.search(answer.text)
    word = first[0].casefold() if first else ""
    return Verdict(passed=word == wanted, found=opening(word))


def facts(answer: Answer, *, facts: Sequence[Texts]) -> Verdict:
    """States {facts:facts}.

    Each fact is a list of spellings, one of which must stand in the answer, whole and in any case.
    """
    missing = [fact[0] for fact in facts if not any(has_word(spelling, answer.text) for spelling in fact)]
    return Verdict(passed=not missing, found=f"without {listed(missing)}" if missing else "all there")


def items(answer: Answer, *, items: Texts, ordered: bool = False, ignore_case: bool = True) -> Verdict:
    """Lists exactly {items}[ordered?, in this order].

    One a line, bullets and numbers aside, or all on one line between commas.
    """
    lines = [list_item(line) for line in text_lines(answer.text)]
    if len(lines) == 1 and len(items) > 1:
        lines = [part.strip() for part in re.split(r"[,;、،]", lines[0])]
    given = [normal(line.rstrip(".,;"), ignore_case=ignore_case) for line in lines]
    wanted = [normal(item, ignore_case=ignore_case) for item in items]
    if ordered or sorted(given) != sorted(wanted):
        return Verdict(passed=given == wanted, found=listed(given))
    return Verdict(passed=True, found=listed(given))


def says_absent(answer: Answer, *, also: Sequence[Text] = ()) -> Verdict:
    """Says that what was asked for is not there[also?, or one of {also}]."""
    text = answer.text.replace("’", "'")
    match = ABSENT.search(text) or ABSENT_ELSEWHERE.search(text)
    if match is not None:
        return Verdict(passed=True, found=f"“{match[0]}”")
    other = next((one for one in also if has_word(one, text)), None)
    return Verdict(passed=other is not None, found=f"“{other}”" if other else "no such words")


def no_new_numbers(answer: Answer, *, allow: Sequence[Text] = ()) -> Verdict:
    """Names no number that was not given.

    Given are the numbers in the prompt's texts, in results of its tools and in `allow`; numbers of a list do not count.
    """
    given = {value for text in (*_given(answer), *allow) for value in number_values(text)}
    named = number_values(without_list_numbers(answer.text))
    new = next((written for value, written in named.items() if not {value, -value} & given), None)
    return Verdict(passed=new is None, found="none" if new is None else new)


def _given(answer: Answer) -> Iterator[str]:
    yield answer.prompt.system or ""
    yield from (turn.user for turn in answer.prompt.turns)
    yield from answer.files_before.values()
    for call in answer.calls_so_far:
        yield call.result.text if call.result else ""
    for table in answer.prompt.environment.tables if answer.prompt.environment else ():
        yield from (canonical_json(row.result) for row in table.answers)
