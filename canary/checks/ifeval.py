r"""The 25 instruction types of IFEval (arXiv 2311.07911) under their own ids, by IFEval's definitions.

Where a definition is odd (line ends end no sentence, `\\w+` counts "don't" twice, `json.loads` takes NaN) it is kept,
so that published data can be graded; canary's own checks beside them are what a person would ask. Not kept are the
reference's faults: a random letter instead of a character that is none, an unseeded language guess that passes what
it can't read, a crash on an empty answer, a tokeniser fetched at run time.
"""

import json
import re
from collections.abc import Sequence
from functools import lru_cache

from canary.checks.answer import Answer, Verdict
from canary.checks.counting import ending, listed, opening
from canary.checks.ifeval_sentences import ifeval_sentences
from canary.checks.language import detected_language, is_english
from canary.checks.languages import LANGUAGES
from canary.checks.parameters import Character, Count, LanguageCode, Pattern, Positive, Relation, Text
from canary.checks.sentence import counted
from canary.checks.treebank import treebank_tokens
from canary.checks.wording import quoted

_WORD = re.compile(r"\w+")
_STAR_BULLET = re.compile(r"^[^\S\n]*\*[^*].*$", re.MULTILINE)
_DASH_BULLET = re.compile(r"^[^\S\n]*-", re.MULTILINE)
_HIGHLIGHT = re.compile(r"\*[^\n*]*\*")
_DOUBLE_HIGHLIGHT = re.compile(r"\*\*[^\n*]*\*\*")
_DIVIDER = re.compile(r"\s?\*\*\*\s?")
_FENCE_OPENINGS = ("```json", "```Json", "```JSON", "```")
_OPTIONS = ("My answer is yes.", "My answer is no.", "My answer is maybe.")
_ENDS_FIRST_WORD = re.compile(r"[.,?!'\"]")


def _related(number: int, noun: str, relation: str, threshold: int) -> Verdict:
    passed = number < threshold if relation == "less than" else number >= threshold
    return Verdict(passed=passed, found=counted(number, noun))


def capital_word_frequency(
    answer: Answer, *, capital_frequency: Count, capital_relation: Relation
) -> Verdict:
    """Has {capital_relation:plain} {capital_frequency:word} in capitals only."""
    number = sum(token.isupper() for token in treebank_tokens(answer.text))
    return _related(number, "word", capital_relation, capital_frequency)


def english_capital(answer: Answer) -> Verdict:
    """Is English in capital letters only."""
    return _english_in_case(answer.text, passed=answer.text.isupper())


def english_lowercase(answer: Answer) -> Verdict:
    """Is English in lower-case letters only."""
    return _english_in_case(answer.text, passed=answer.text.islower())


def _english_in_case(text: str, *, passed: bool) -> Verdict:
    if not passed:
        return Verdict(passed=False, found="letters in the other case")
    english = is_english(text)
    return Verdict(passed=english, found="English" if english else "not told to be English")


def _in_language(text: str, wanted: str) -> Verdict:
    language = detected_language(text)
    found = LANGUAGES.get(language or "", "no language that can be told")
    return Verdict(passed=language == wanted, found=found)


def response_language(answer: Answer, *, language: LanguageCode) -> Verdict:
    """Is written in {language:language}."""
    return _in_language(answer.text, language)


def repeat_prompt(answer: Answer, *, prompt_to_repeat: Text) -> Verdict:
    """First repeats {prompt_to_repeat} word for word, in any case."""
    text = answer.text.strip()
    passed = text.lower().startswith(prompt_to_repeat.strip().lower())
    return Verdict(passed=passed, found=opening(text))


def two_responses(answer: Answer) -> Verdict:
    """Gives two different responses separated by six asterisks."""
    parts = answer.text.split("******")
    if any(not part.strip() for part in parts[1:-1]):
        return Verdict(passed=False, found="nothing between two separators")
    filled = [part.strip() for part in parts if part.strip()]
    passed = len(filled) == 2 and filled[0] != filled[1]  # noqa: PLR2004 # two responses
    return Verdict(
        passed=passed,
        found=counted(len(filled), "response") + (", equal" if len(set(filled)) < len(filled) else ""),
    )


def number_placeholders(answer: Answer, *, num_placeholders: Count) -> Verdict:
    """Has at least {num_placeholders:placeholder} in square brackets."""
    number = sum(_bracketed(line) for line in answer.text.split("\n"))
    return Verdict(passed=number >= num_placeholders, found=counted(number, "placeholder"))


def _bracketed(line: str) -> int:
    r"""Matches of `\[.*?\]`, by search from bracket to bracket: as a pattern it takes quadratic time on `[[[[…`."""
    number, close = 0, -1
    while (opening := line.find("[", close + 1)) >= 0 and (close := line.find("]", opening)) >= 0:
        number += 1
    return number


def postscript(answer: Answer, *, postscript_marker: Pattern) -> Verdict:
    """Has a postscript that starts with {postscript_marker}."""
    marker = postscript_marker.strip()
    patterns = {"P.P.S": r"p\.\s?p\.\s?s", "P.S.": r"p\.\s?s\."}
    # The reference takes any other marker for a pattern too.
    pattern = patterns.get(marker, marker.lower())
    found = _compiled(pattern).search(answer.text.lower())
    return Verdict(passed=found is not None, found="a postscript" if found else "no postscript")


def constrained_response(answer: Answer) -> Verdict:
    """Contains “My answer is yes.”, “My answer is no.” or “My answer is maybe.”."""
    used = [option for option in _OPTIONS if option in answer.text]
    return Verdict(passed=bool(used), found=listed(used))


def json_format(answer: Answer) -> Verdict:
    """Is JSON, bare or in a code fence."""
    text = answer.text.strip()
    for fence in _FENCE_OPENINGS:
        text = text.removeprefix(fence)
    try:
        json.loads(text.removesuffix("```").strip())
    except (ValueError, RecursionError) as error:
        return Verdict(passed=False, found=f"no JSON: {error}")
    return Verdict(passed=True, found="JSON")


def multiple_sections(answer: Answer, *, section_spliter: Pattern, num_sections: Count) -> Verdict:
    """Has at least {num_sections:section} marked {section_spliter} and a number."""
    # \s? around it, as in the reference, changes no count: a section ends where its number does.
    pattern = _compiled(rf"{section_spliter.strip()}\s?\d+")
    number = sum(1 for _ in pattern.finditer(answer.text))
    return Verdict(passed=number >= num_sections, found=counted(number, "section"))


def number_bullet_lists(answer: Answer, *, num_bullets: Count) -> Verdict:
    """Has exactly {num_bullets:bullet point}."""
    stars = sum(1 for _ in _STAR_BULLET.finditer(answer.text))
    dashes = sum(1 for _ in _DASH_BULLET.finditer(answer.text))
    return Verdict(passed=stars + dashes == num_bullets, found=counted(stars + dashes, "bullet point"))


def number_highlighted_sections(answer: Answer, *, num_highlights: Count) -> Verdict:
    """Has at least {num_highlights:passage} highlighted with asterisks."""
    single = sum(1 for match in _HIGHLIGHT.finditer(answer.text) if match[0].strip("*").strip())
    double = sum(
        1
        for m in _DOUBLE_HIGHLIGHT.finditer(answer.text)
        if m[0].removeprefix("**").removesuffix("**").strip()
    )
    return Verdict(passed=single + double >= num_highlights, found=counted(single + double, "highlight"))


def title(answer: Answer) -> Verdict:
    """Has a title in double angular brackets."""
    titles = [title for line in answer.text.split("\n") if (title := _bracketed_title(line))]
    return Verdict(passed=bool(titles), found=listed(titles))


def _bracketed_title(line: str) -> str:
    r"""What `<<[^\n]+>>` takes of a line, without its brackets; by search, for the same reason."""
    opening, closing = line.find("<<"), line.rfind(">>")
    if opening < 0 or closing < opening + len("<<x"):
        return ""
    return line[opening : closing + 2].lstrip("<").rstrip(">").strip()


def existence(answer: Answer, *, keywords: Sequence[Pattern]) -> Verdict:
    """Contains {keywords:and}."""
    missing = [keyword for keyword in keywords if _any_case(keyword).search(answer.text) is None]
    return Verdict(passed=not missing, found=f"without {listed(missing)}" if missing else "all there")


def forbidden_words(answer: Answer, *, forbidden_words: Sequence[Pattern]) -> Verdict:
    """Uses none of the words {forbidden_words}."""
    used = [word for word in forbidden_words if _any_case(rf"\b{word}\b").search(answer.text)]
    return Verdict(passed=not used, found=listed(used))


def frequency(answer: Answer, *, keyword: Pattern, frequency: Count, relation: Relation) -> Verdict:
    """Contains {keyword} {relation:plain} {frequency:time}."""
    number = sum(1 for _ in _any_case(keyword.strip()).finditer(answer.text))
    return _related(number, "time", relation, frequency)


def letter_frequency(
    answer: Answer, *, letter: Character, let_frequency: Count, let_relation: Relation
) -> Verdict:
    """Has the character {letter} {let_relation:plain} {let_frequency:time}."""
    return _related(answer.text.lower().count(letter.lower()), "time", let_relation, let_frequency)


def nth_paragraph_first_word(
    answer: Answer, *, num_paragraphs: Count, nth_paragraph: Positive, first_word: Text
) -> Verdict:
    """Has {num_paragraphs:paragraph}, and paragraph {nth_paragraph} starts with {first_word}."""
    # Blank paragraphs are not counted but do take a place, as in the reference.
    paragraphs = answer.text.split("\n\n")
    number = sum(1 for paragraph in paragraphs if paragraph.strip())
    nth = paragraphs[nth_paragraph - 1].split(maxsplit=1) if nth_paragraph <= number else []
    word = _ENDS_FIRST_WORD.split(nth[0].lstrip("'").lstrip('"'), maxsplit=1)[0].lower() if nth else ""
    passed = number == num_paragraphs and word == first_word.lower()
    return Verdict(passed=passed, found=f"{counted(number, 'paragraph')}, {opening(word)}")


def number_paragraphs(answer: Answer, *, num_paragraphs: Count) -> Verdict:
    """Has exactly {num_paragraphs:paragraph} separated by three asterisks."""
    parts = _DIVIDER.split(answer.text)
    if any(not part.strip() for part in parts[1:-1]):
        return Verdict(passed=False, found="nothing between two dividers")
    outer = {0, len(parts) - 1}
    number = len(parts) - sum(1 for place in outer if not parts[place].strip())
    return Verdict(passed=number == num_paragraphs, found=counted(number, "paragraph"))


def number_sentences(answer: Answer, *, num_sentences: Count, relation: Relation) -> Verdict:
    """Has {relation:plain} {num_sentences:sentence}."""
    return _related(len(ifeval_sentences(answer.text)), "sentence", relation, num_sentences)


def number_words(answer: Answer, *, num_words: Count, relation: Relation) -> Verdict:
    """Has {relation:plain} {num_words:word}."""
    return _related(sum(1 for _ in _WORD.finditer(answer.text)), "word", relation, num_words)


def quotation(answer: Answer) -> Verdict:
    """Stands wholly inside double quotation marks."""
    return quoted(answer)


def end_checker(answer: Answer, *, end_phrase: Text) -> Verdict:
    """Ends with {end_phrase}, in any case."""
    text = answer.text.strip().strip('"').lower()
    return Verdict(passed=text.endswith(end_phrase.strip().lower()), found=ending(text))


@lru_cache(maxsize=1024)
def _compiled(pattern: str, flags: int = 0) -> re.Pattern[str]:
    return re.compile(pattern, flags)


def _any_case(pattern: str) -> re.Pattern[str]:
    return _compiled(pattern, re.IGNORECASE)
