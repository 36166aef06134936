"""The generated document of a long-context prompt."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from canary.config.document import Fact, generated_document
from canary.domain.canonical import digest

SENTENCE_AT_MOST = 25
"""Words of the longest sentence the generator makes."""

FACTS = st.lists(
    st.builds(
        Fact,
        depth=st.floats(0, 1),
        text=st.integers(10, 99_999).map("The crate of Mr Oyelaran weighs {} kg.".format),
    ),
    max_size=5,
)


@settings(max_examples=40)
@given(st.integers(50, 2_000), st.integers(0, 2**32 - 1), FACTS)
def test_a_document_has_the_declared_length_and_every_fact_word_for_word(
    words: int, seed: int, facts: list[Fact]
) -> None:
    text = generated_document(words=words, seed=seed, facts=facts)
    told = sum(len(fact.text.split()) for fact in facts)
    assert max(words, told) <= len(text.split()) < max(words, told) + SENTENCE_AT_MOST
    assert all(fact.text in text for fact in facts)


@settings(max_examples=40)
@given(st.integers(0, 2**32 - 1), st.floats(0, 1))
def test_a_fact_stands_at_its_depth(seed: int, depth: float) -> None:
    text = generated_document(words=2_000, seed=seed, facts=[Fact(depth=depth, text="The key is 417.")])
    before = len(text[: text.index("The key is 417.")].split())
    assert abs(before / 2_000 - depth) < 0.03


def test_depth_0_is_the_very_start_and_depth_1_the_very_end() -> None:
    text = generated_document(
        words=300, seed=1, facts=[Fact(depth=1.0, text="Last 1."), Fact(depth=0.0, text="First 2.")]
    )
    assert text.startswith("First 2. ")
    assert text.rstrip().endswith("Last 1.")


def test_facts_of_one_depth_keep_their_order() -> None:
    facts = [Fact(depth=0.5, text=f"Fact number {n}.") for n in range(4)]
    text = generated_document(words=300, seed=1, facts=facts)
    assert " ".join(fact.text for fact in facts) in text.replace("\n\n", " ")


@settings(max_examples=40)
@given(st.integers(0, 2**32 - 1))
def test_the_filler_has_nothing_that_a_fact_could_be_mistaken_for(seed: int) -> None:
    text = generated_document(words=1_000, seed=seed)
    assert not re.search(r"\d", text)
    assert all(word[1:].islower() and " " in word for word in re.split(r"\.\s*", text)[:-1])
    number_words = (
        r"\b(one|two|three|four|five|six|seven|eight|nine|ten|dozen|hundred|thousand|first|second)\b"
    )
    assert not re.search(number_words, text, re.IGNORECASE)


@pytest.mark.parametrize(("seed", "expected"), [(0, "99eff0372c6f7468"), (20260301, "3a263673d423c474")])
def test_the_text_of_a_seed_is_pinned_because_every_series_over_it_would_start_anew(
    seed: int, expected: str
) -> None:
    assert digest(generated_document(words=500, seed=seed)) == expected


def test_another_seed_gives_another_text() -> None:
    assert len({generated_document(words=200, seed=seed) for seed in range(50)}) == 50
