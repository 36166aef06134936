"""Checks of wording: which words, characters and patterns, where and how often."""

import re
import unicodedata
from collections.abc import Callable, Sequence

from canary.checks.answer import Answer, Verdict
from canary.checks.counting import count_verdict, ending, listed, opening
from canary.checks.counting import lines as text_lines
from canary.checks.counting import paragraphs as text_paragraphs
from canary.checks.counting import words as text_words
from canary.checks.parameters import Character, Count, Pattern, Positive, Text, Texts
from canary.checks.patterns import compiled, first_match, matches_whole
from canary.checks.scripts import WITHOUT_SPACES, scripts_in
from canary.checks.sentence import counted
from canary.checks.sentences import sentences as text_sentences


def normal(text: str, *, ignore_case: bool = False) -> str:
    """A text in Unicode's composed form, so that one letter has one spelling; case-folded on request."""
    composed = text if text.isascii() else unicodedata.normalize("NFC", text)
    return composed.casefold() if ignore_case else composed


def whole_word(word: str) -> str:
    """Pattern of a word or phrase that stands by itself, over normal, case-folded text.

    A number does not stand by itself inside a longer one (`4` in `4.5` or `1,004`). A word of a script that is written
    without spaces is found anywhere.
    """
    parts = normal(word, ignore_case=True).split()
    body = r"\s+".join(re.escape(part) for part in parts)
    if scripts_in(word) & WITHOUT_SPACES:
        return body
    before = r"(?<![\w])(?<!\d[.,])" if parts[0][0].isdigit() else r"(?<!\w)" if parts[0][0].isalnum() else ""
    after = r"(?![.,]?\d)(?!\w)" if parts[-1][-1].isdigit() else r"(?!\w)" if parts[-1][-1].isalnum() else ""
    return before + body + after


def occurrences(word: str, text: str) -> int:
    """How often a word stands in a text, whole and in any case."""
    if not word.split():
        return 0
    return sum(1 for _ in compiled(whole_word(word)).finditer(normal(text, ignore_case=True)))


def has_word(word: str, text: str) -> bool:
    """Whether a word stands in a text, whole and in any case."""
    if not word.split():
        return False
    return compiled(whole_word(word)).search(normal(text, ignore_case=True)) is not None


def required_words(answer: Answer, *, words: Texts) -> Verdict:
    """Uses {words:and}."""
    missing = [word for word in words if not has_word(word, answer.text)]
    return Verdict(passed=not missing, found=f"without {listed(missing)}" if missing else "all there")


def any_word(answer: Answer, *, words: Texts) -> Verdict:
    """Uses {words:or}."""
    used = [word for word in words if has_word(word, answer.text)]
    return Verdict(passed=bool(used), found=listed(used))


def forbidden_words(answer: Answer, *, words: Texts) -> Verdict:
    """Uses none of the words {words}."""
    used = [word for word in words if has_word(word, answer.text)]
    return Verdict(passed=not used, found=listed(used))


def word_count(
    answer: Answer,
    *,
    word: Text,
    at_least: Count | None = None,
    at_most: Count | None = None,
    exactly: Count | None = None,
) -> Verdict:
    """Uses {word} {range:time}."""
    return count_verdict(occurrences(word, answer.text), "time", at_least, at_most, exactly)


def contains(answer: Answer, *, texts: Texts, ignore_case: bool = False) -> Verdict:
    """Contains {texts:and}[ignore_case?, in any case]."""
    whole = normal(answer.text, ignore_case=ignore_case)
    missing = [text for text in texts if normal(text, ignore_case=ignore_case) not in whole]
    return Verdict(passed=not missing, found=f"without {listed(missing)}" if missing else "all there")


def lacks(answer: Answer, *, texts: Texts, ignore_case: bool = False) -> Verdict:
    """Contains none of {texts}[ignore_case?, in any case]."""
    whole = normal(answer.text, ignore_case=ignore_case)
    there = [text for text in texts if normal(text, ignore_case=ignore_case) in whole]
    return Verdict(passed=not there, found=listed(there))


def in_order(answer: Answer, *, texts: Texts, ignore_case: bool = False) -> Verdict:
    """Mentions {texts} in this order."""
    whole, place = normal(answer.text, ignore_case=ignore_case), 0
    for text in texts:
        wanted = normal(text, ignore_case=ignore_case)
        place = whole.find(wanted, place)
        if place < 0:
            return Verdict(passed=False, found=f"“{text}” is missing or too early")
        place += len(wanted)
    return Verdict(passed=True, found="in order")


def letter_count(
    answer: Answer,
    *,
    letter: Character,
    ignore_case: bool = True,
    at_least: Count | None = None,
    at_most: Count | None = None,
    exactly: Count | None = None,
) -> Verdict:
    """Has the character {letter} {range:time}."""
    text = answer.text.lower() if ignore_case else answer.text
    number = text.count(letter.lower() if ignore_case else letter)
    return count_verdict(number, "time", at_least, at_most, exactly)


def forbidden_characters(answer: Answer, *, characters: Text) -> Verdict:
    """Has none of the characters {characters}."""
    used = [character for character in dict.fromkeys(characters) if character in answer.text]
    return Verdict(passed=not used, found=listed(used))


def no_comma(answer: Answer) -> Verdict:
    """Has no comma."""
    number = answer.text.count(",")
    return Verdict(passed=number == 0, found=counted(number, "comma"))


def all_lowercase(answer: Answer) -> Verdict:
    """Has letters, and no capital one."""
    return _case_verdict(answer.text, passed=answer.text.islower(), wrong=str.isupper)


def all_capitals(answer: Answer) -> Verdict:
    """Has letters, and no lower-case one."""
    return _case_verdict(answer.text, passed=answer.text.isupper(), wrong=str.islower)


def _case_verdict(text: str, *, passed: bool, wrong: Callable[[str], bool]) -> Verdict:
    if passed:
        return Verdict(passed=True, found="all letters in that case")
    first = next((word for word in text.split() if any(map(wrong, word))), None)
    return Verdict(passed=False, found="no letters" if first is None else opening(first))


def capital_words(
    answer: Answer,
    *,
    at_least: Count | None = None,
    at_most: Count | None = None,
    exactly: Count | None = None,
) -> Verdict:
    """Has {range:word} in capitals only.

    Words of one letter, as "I" and "A", do not count.
    """
    number = sum(word.isupper() and sum(map(str.isalpha, word)) > 1 for word in text_words(answer.text))
    return count_verdict(number, "word", at_least, at_most, exactly)


def starts_with(answer: Answer, *, text: Text, ignore_case: bool = False) -> Verdict:
    """Starts with {text}."""
    whole = normal(answer.text.lstrip(), ignore_case=ignore_case)
    passed = whole.startswith(normal(text.lstrip(), ignore_case=ignore_case))
    return Verdict(passed=passed, found=opening(answer.text))


def ends_with(answer: Answer, *, text: Text, ignore_case: bool = False) -> Verdict:
    """Ends with {text}."""
    whole = normal(answer.text.rstrip(), ignore_case=ignore_case)
    passed = whole.endswith(normal(text.rstrip(), ignore_case=ignore_case))
    return Verdict(passed=passed, found=ending(answer.text))


def paragraph_starts_with(
    answer: Answer, *, paragraph: Positive, text: Text, ignore_case: bool = False
) -> Verdict:
    """Starts paragraph {paragraph} with {text}."""
    blocks = text_paragraphs(answer.text)
    if paragraph > len(blocks):
        return Verdict(passed=False, found=counted(len(blocks), "paragraph"))
    block = blocks[paragraph - 1].lstrip()
    passed = normal(block, ignore_case=ignore_case).startswith(normal(text, ignore_case=ignore_case))
    return Verdict(passed=passed, found=opening(block))


def quoted(answer: Answer) -> Verdict:
    """Stands wholly inside double quotation marks."""
    text = answer.text.strip()
    passed = len(text) > 1 and text[0] == '"' and text[-1] == '"'
    return Verdict(passed=passed, found=f"from {text[:1]} to {text[-1:]}")


def repeat_prompt(answer: Answer, *, text: Text) -> Verdict:
    """First repeats {text} word for word, then answers."""
    whole, wanted = normal(answer.text.strip()), normal(text.strip())
    if not whole.startswith(wanted):
        return Verdict(passed=False, found=opening(answer.text))
    rest = len(text_words(whole[len(wanted) :]))
    return Verdict(passed=rest > 0, found=f"repeated, then {counted(rest, 'word')}")


def acrostic(answer: Answer, *, letters: Text) -> Verdict:
    """Spells {letters} with the first letters of its lines."""
    firsts = [next((c for c in line if c.isalnum()), "") for line in text_lines(answer.text)]
    spelled = "".join(firsts)
    return Verdict(passed=spelled.casefold() == letters.casefold(), found=opening(spelled))


def matches(answer: Answer, *, pattern: Pattern, whole: bool = False, ignore_case: bool = False) -> Verdict:
    """Matches the pattern {pattern}[whole? as a whole]."""
    text = answer.text.strip() if whole else answer.text
    if whole:
        return Verdict(passed=matches_whole(pattern, text, ignore_case=ignore_case), found=opening(text))
    match = first_match(pattern, text, ignore_case=ignore_case)
    return Verdict(passed=match is not None, found=f"“{match[0]}”" if match else "no match")


def not_matches(answer: Answer, *, pattern: Pattern, ignore_case: bool = False) -> Verdict:
    """Has nothing that matches the pattern {pattern}."""
    match = first_match(pattern, answer.text, ignore_case=ignore_case)
    return Verdict(passed=match is None, found=f"“{match[0]}”" if match else "no match")


def each_line(answer: Answer, *, pattern: Pattern, ignore_case: bool = False) -> Verdict:
    """Has only lines that match the pattern {pattern}."""
    return _each_matches(text_lines(answer.text), pattern, ignore_case=ignore_case)


def each_sentence(answer: Answer, *, pattern: Pattern, ignore_case: bool = False) -> Verdict:
    """Has only sentences that match the pattern {pattern}."""
    return _each_matches(text_sentences(answer.text), pattern, ignore_case=ignore_case)


def _each_matches(parts: Sequence[str], pattern: str, *, ignore_case: bool) -> Verdict:
    first = next((p for p in parts if first_match(pattern, p, ignore_case=ignore_case) is None), None)
    return Verdict(passed=first is None, found="all of them" if first is None else opening(first))


def questions(
    answer: Answer,
    *,
    at_least: Count | None = None,
    at_most: Count | None = None,
    exactly: Count | None = None,
) -> Verdict:
    """Asks {range:question}."""
    asked = [s for s in text_sentences(answer.text) if s.rstrip("\"'”’»)]*_」』").endswith(("?", "？", "؟"))]
    return count_verdict(len(asked), "question", at_least, at_most, exactly)
