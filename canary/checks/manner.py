"""Checks of manner: preambles, offers, refusals, watched phrases, emoji."""

import re
from collections.abc import Sequence

from canary.checks.answer import Answer, Verdict
from canary.checks.counting import ending, opening
from canary.checks.counting import lines as text_lines
from canary.checks.parameters import PhraseFamily
from canary.checks.phrases import CLOSING, PREAMBLE, REFUSAL, first_phrase
from canary.checks.wording import has_word

_EMOJI = re.compile(
    "[\u203c\u2049\u2122\u2139\u231a\u231b\u2328\u23cf\u23e9-\u23fa\u24c2\u25fb-\u25fe\u2600-\u27bf\u2934\u2935"
    "\u2b05-\u2b07\u2b1b\u2b1c\u2b50\u2b55\u3030\u303d\u3297\u3299\U0001f000-\U0001faff]"
)
_ANNOUNCES_CHARACTERS = 200
"""A first line longer than this is no mere announcement."""


def no_preamble(answer: Answer) -> Verdict:
    """Starts with the answer itself, without a preamble.

    A preamble is a first line that agrees, thanks or announces ("Sure!", "Here is the list:").
    """
    first = _plain(text_lines(answer.text)[0])
    match = PREAMBLE.match(first)
    announces = first.endswith(":") and len(text_lines(answer.text)) > 1 and has_word("here", first)
    return Verdict(passed=match is None and not announces, found=opening(first))


def no_closing_offer(answer: Answer) -> Verdict:
    """Ends with the answer itself, without an offer or a farewell."""
    last = _plain(text_lines(answer.text)[-1])
    match = CLOSING.search(last[-_ANNOUNCES_CHARACTERS:])
    return Verdict(passed=match is None, found=f"“{match[0]}”" if match else ending(last))


def no_phrases(answer: Answer, *, families: Sequence[PhraseFamily]) -> Verdict:
    """Uses no watched phrase of the family {families:plain}."""
    for family in families:
        phrase = first_phrase(family, answer.text)
        if phrase is not None:
            return Verdict(passed=False, found=f"{family}: “{phrase}”")
    return Verdict(passed=True, found="none")


def refuses(answer: Answer) -> Verdict:
    """Declines to do what was asked."""
    match = REFUSAL.search(_plain(answer.text))
    return Verdict(passed=match is not None, found=f"“{match[0]}”" if match else "no refusal")


def no_refusal(answer: Answer) -> Verdict:
    """Does not decline to do what was asked."""
    match = REFUSAL.search(_plain(answer.text))
    return Verdict(passed=match is None, found=f"“{match[0]}”" if match else "no refusal")


def no_emoji(answer: Answer) -> Verdict:
    """Has no emoji."""
    match = _EMOJI.search(answer.text)
    return Verdict(passed=match is None, found=f"“{match[0]}”" if match else "none")


def _plain(text: str) -> str:
    """With plain apostrophes, as the patterns are written."""
    return text.replace("’", "'")
