"""Answers compared word by word: nothing invented, nothing lost, the long rest counted."""

from hypothesis import given
from hypothesis import strategies as st

from canary.report.worddiff import compared

WORDS = st.lists(st.sampled_from(["tide", "pool", "42", "10:50", ",", "billing.py", "潮"]), max_size=40).map(
    " ".join
)


def told(before: str, after: str) -> list[tuple[str, str]]:
    """Marks and texts."""
    return [(piece.mark, piece.text) for piece in compared(before, after).pieces]


@given(WORDS, WORDS)
def test_each_side_can_be_read_back(before: str, after: str) -> None:
    """Same and gone make the one, same and new the other; what is left out is only ever the same."""
    pieces = compared(before, after).pieces
    if any(piece.mark == "skipped" for piece in pieces):
        return
    assert "".join(p.text for p in pieces if p.mark in {"same", "gone"}).split() == before.split()
    assert "".join(p.text for p in pieces if p.mark in {"same", "new"}).split() == after.split()


def test_a_number_that_moved_is_one_change() -> None:
    """`10:50` is one word."""
    assert told("It is at 10:50.", "It is at 11:40.") == [
        ("same", "It is at "),
        ("gone", "10:50"),
        ("new", "11:40"),
        ("same", "."),
    ]


def test_a_sentence_rewritten_is_one_change() -> None:
    """Lone words in common between long changes are no help to a reader."""
    marks = [
        mark
        for mark, _ in told(
            "I read a, b and c first. It is used twice there.",
            "I renamed it. Nothing else is left to do here.",
        )
    ]
    assert marks.count("gone") <= 2


def test_long_stretches_that_are_the_same_are_counted() -> None:
    """With some words on each side of the change."""
    same = " ".join(f"word{n}" for n in range(100))
    pieces = told(f"{same} old {same}", f"{same} new {same}")
    assert ("skipped", "88\u00a0words the same") in pieces
    assert ("gone", "old") in pieces
    assert ("new", "new") in pieces


def test_a_megabyte_is_bounded_and_the_rest_counted() -> None:
    """And takes no time."""
    made = compared('"' * 1_000_000, '"' * 900_000)
    assert made.omitted == 1_900_000 - 3000
    assert sum(len(piece.text) for piece in made.pieces) < 6100
