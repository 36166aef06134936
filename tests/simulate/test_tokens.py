"""What a text bills: always the same, more for more, and a rate moves its own script alone."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from canary.simulate.tokens import ORDINARY_TOKENIZER, Tokenizer, pieces

texts = st.text(max_size=60)


@given(text=texts, more=texts)
def test_a_longer_text_never_bills_less(text: str, more: str) -> None:
    assert ORDINARY_TOKENIZER.count(text) <= ORDINARY_TOKENIZER.count(text + more)


@given(text=texts)
def test_a_text_bills_the_same_whether_or_not_it_was_seen_before(text: str) -> None:
    before = ORDINARY_TOKENIZER.count(text)
    pieces.cache_clear()
    assert ORDINARY_TOKENIZER.count(text) == before


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("", 0),
        ("   ", 0),
        ("tide", 1),
        ("The tide is low.", 5),
        ("internationalisation", 4),
        ("潮だまり", 5),
        ("2026-03-01", 6),
        ("Привет", 3),
        ("a\n\n\nb", 3),
        ("snake_case", 3),
    ],
)
def test_known_texts_bill_known_tokens(text: str, tokens: int) -> None:
    assert ORDINARY_TOKENIZER.count(text) == tokens


def test_a_rate_moves_its_own_script_alone() -> None:
    dearer = replace(ORDINARY_TOKENIZER, latin=1.45)
    english, chinese = "the harbour desk opens early today " * 9, "港口办公室今天很早开门" * 9
    assert dearer.count(english) == pytest.approx(1.45 * ORDINARY_TOKENIZER.count(english), rel=0.01)
    assert dearer.count(chinese) == ORDINARY_TOKENIZER.count(chinese)


@given(text=texts, tokens=st.integers(0, 40))
def test_a_cut_is_the_longest_beginning_that_fits(text: str, tokens: int) -> None:
    kept = Tokenizer().cut(text, tokens)
    assert text.startswith(kept)
    assert ORDINARY_TOKENIZER.count(kept) <= tokens
    assert kept == text or ORDINARY_TOKENIZER.count(text[: len(kept) + 1]) > tokens
