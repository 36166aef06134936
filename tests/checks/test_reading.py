"""How checks read a text: numbers, languages, the quotations in which they tell what they found."""

from fractions import Fraction
from math import inf, nan

import pytest

from canary.checks.counting import ending, list_item, listed, opening
from canary.checks.grading import printable
from canary.checks.ifeval_sentences import ifeval_sentences
from canary.checks.language import detected_language
from canary.checks.letter_pairs import looks_english
from canary.checks.numbers import is_close, number_value
from canary.checks.patterns import regex_problem
from canary.checks.sentences import sentences
from canary.checks.variants import fenced_blocks, without_preamble
from canary.checks.wording import has_word, occurrences


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("It", "en"),
        ("might", "en"),
        ("A", None),
        ("123", None),
        ("これはpen", "ja"),
        ("これ", "ja"),
        ("東京都は", "ja"),
        ("東京都", "zh"),
        ("море", "ru"),
        ("Das ist nicht gut", "de"),
        ("Xyz Qqq Wvv Zkk Jjj", None),
    ],
)
def test_the_language_of_a_short_text_is_told_or_left_open(text: str, language: str | None) -> None:
    assert detected_language(text) == language


@pytest.mark.parametrize(
    ("text", "english"),
    [
        ("hear.", True),
        ("city.", True),
        ("of", True),
        ("swing,", False),
        ("sa of", False),
        ("check", False),
        ("SNEAKERS THAT ARE", True),
        ("LIVID ABOUT THIS!", True),
        ("A I", False),
        ("O I", False),
        ("IN U", False),
        ("Q", False),
    ],
)
def test_few_words_are_english_by_their_letters(text: str, english: bool) -> None:
    assert looks_english(text) is english


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("! J. y?", ["!", "J. y?"]),
        ("z! ? z!", ["z!", "?", "z!"]),
        ("end? 3. .", ["end?", "3. ."]),
        ("Dr. I.", ["Dr.", "I."]),
        ("vs. I.", ["vs.", "I."]),
        ("I.! x", ["I.!", "x"]),
        ("I. No.", ["I.", "No."]),
        ("I. Station", ["I.", "Station"]),
        ("I. Quietly", ["I.", "Quietly"]),
        ("Inc. I. then", ["Inc.", "I. then"]),
        ("Is it? J. Doe is. Yes", ["Is it?", "J. Doe is.", "Yes"]),
    ],
)
def test_odd_marks_and_abbreviations_are_read_as_the_punkt_model_reads_them(
    text: str, expected: list[str]
) -> None:
    """Each was tried on the English model itself."""
    assert ifeval_sentences(text) == expected


def test_a_long_stretch_without_a_space_is_read_like_a_short_one() -> None:
    long = "x" * 200
    assert ifeval_sentences(f"{long}. {long}! {long}") == [f"{long}.", f"{long}!", long]
    assert ifeval_sentences(f"Mr. {long}") == [f"Mr. {long}"]


def test_quotations_are_cut_beyond_sixty_characters_and_lists_beyond_four_items() -> None:
    assert opening("a" * 60) == f"“{'a' * 60}”"
    assert opening("a" * 61) == f"“{'a' * 60}…”"
    assert ending("a" * 60) == f"“{'a' * 60}”"
    assert ending("b" + "a" * 60) == f"“…{'a' * 60}”"
    assert listed("abcd") == "“a”, “b”, “c”, “d”"
    assert listed("abcde") == "“a”, “b”, “c”, “d”, …"
    assert listed("") == "none"


@pytest.mark.parametrize(
    ("line", "item"), [("- a", "a"), ("1. a", "a"), ("- - a", "- a"), ("1. 2. a", "2. a"), ("a", "a")]
)
def test_one_bullet_or_number_is_taken_from_a_line(line: str, item: str) -> None:
    assert list_item(line) == item


def test_numbers_that_are_not_finite_are_close_to_themselves_alone() -> None:
    assert is_close(inf, inf, 0)
    assert not is_close(inf, -inf, 5)
    assert not is_close(inf, 1, 5)
    assert not is_close(1, inf, 5)
    assert not is_close(nan, nan, 5)
    assert is_close(1, 2, 1)


def test_an_absurdly_long_number_is_none() -> None:
    assert number_value("1" * 40) == Fraction(int("1" * 40))
    assert number_value("1" * 41) is None


@pytest.mark.parametrize(
    ("word", "text", "number"),
    [
        ("", "a", 0),
        (" ", "a b", 0),
        ("4", "4, 4.5, 1,004 and 44", 1),
        ("4", "x4 4x 1.4 .4", 1),
        ("tide", "Tide tides tide.", 2),
        ("+1", "a+1 b+12", 1),
        ("c++", "c++ xc++ c++x", 2),
        ("海", "東海道", 1),
        ("x y", "x\ny", 1),
    ],
)
def test_a_word_is_found_where_it_stands_by_itself(word: str, text: str, number: int) -> None:
    assert occurrences(word, text) == number
    assert has_word(word, text) is (number > 0)


@pytest.mark.parametrize(
    ("pattern", "usable"),
    [("(a{1,10}b)+", True), ("(a{1,11}b)+", False), ("(a+){1,10}", True), ("(a+)+", False), ("(a++)+", True)],
)
def test_a_repeat_of_more_than_ten_inside_another_is_refused(pattern: str, usable: bool) -> None:
    assert (regex_problem(pattern) is None) is usable


@pytest.mark.parametrize(
    ("text", "bare"),
    [
        ("Here it is:\n42", "42"),
        ("Sure!\n\n42\n43", "42\n43"),
        ("42\n43", "42\n43"),
        ("Result:\n", "Result:\n"),
        ("Sure!", "Sure!"),
    ],
)
def test_a_first_line_that_only_announces_is_taken_off_where_something_follows(text: str, bare: str) -> None:
    assert without_preamble(text) == bare


def test_a_fence_is_closed_by_as_many_marks_as_opened_it() -> None:
    assert fenced_blocks("~~~~py\nx\n~~~\ny\n~~~~") == [("py", "x\n~~~\ny")]
    assert fenced_blocks("``` js \nx\n```\n```\ny\n```\n```\nz") == [("js", "x"), ("", "y")]


def test_of_a_long_text_only_the_beginning_is_made_printable() -> None:
    assert printable(" " * 639 + "x") == "x"
    assert printable(" " * 640 + "x") == "…"


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("Well" + "." * 60 + " maybe", 1),
        ("Well" + "." * 60 + " Maybe", 2),
        ("Stop" + "!" * 60 + '" he said.', 1),
        ("Stop" + "!" * 60 + " he said.", 2),
        ("Well... eBooks rise", 1),
        ("It fell at 5 p.m. The tide rose.", 2),
        ("It fell at 5 p.m. Then it rose.", 2),
        ("It is no. 5th of all.", 1),
        ("It is no. A tide falls.", 2),
        ("Wait." + " " * 60 + "And then.", 2),
    ],
)
def test_sentences_are_counted_as_a_person_would(text: str, number: int) -> None:
    assert len(sentences(text)) == number
