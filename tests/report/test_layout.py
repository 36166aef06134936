"""Columns of text that hold wide characters, and places on a drawing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from canary.report.charts import HEAT_LEVELS, heat_level, interval_marks, shared_scale
from canary.report.columns import WIDTH, labelled, width, wrapped
from canary.report.view import Figure, Scale


def rate(value: float | None, low: float | None = None, high: float | None = None) -> Figure:
    """A pass rate."""
    return Figure(
        metric="pass_rate", title="pass rate", statistic="rate", value=value, low=low, high=high, text="x"
    )


@given(st.text(st.characters(exclude_categories=["Cs", "Cc", "Zs", "Zl", "Zp"]) | st.just(" "), max_size=300))
def test_no_line_is_wider_than_the_page_and_no_word_is_lost(text: str) -> None:
    """Wide characters count twice; a word longer than a line is broken, nothing else is."""
    lines = list(wrapped(text, first="  * ", indent="    "))
    assert all(width(line) <= WIDTH for line in lines)
    assert "".join(lines).replace(" ", "").removeprefix("*") == text.replace(" ", "")


def test_wide_characters_take_two_columns_and_marks_none() -> None:
    """As terminals show them."""
    assert [width(text) for text in ("ab", "潮の", "e\u0301")] == [2, 4, 1]


def test_values_stand_in_one_column_and_those_without_are_left_out() -> None:
    """A label that is too long for its column stands on a line of its own."""
    lines = list(labelled([("short", "1"), ("潮の満ち引き", "2"), ("gone", ""), ("x" * 40, "3")]))
    assert len(lines) == 4
    assert width(lines[0]) == width(lines[1])
    assert lines[0].endswith(". 1")
    assert lines[3].strip() == "3"


def test_one_scale_holds_all_intervals() -> None:
    """From the tenth below the lowest limit; never less than a tenth wide; none where nothing was measured."""
    assert shared_scale([rate(0.8, 0.68, 0.9), rate(0.9, 0.83, 1.0)]) == Scale(low=0.6, high=1.0)
    assert shared_scale([rate(1.0, 0.99, 1.0)]) == Scale(low=0.9, high=1.0)
    assert shared_scale([rate(None)]) is None


def test_marks_fall_where_the_values_are() -> None:
    """80 % is the middle of a scale from 60 % to 100 %; a point without width is still seen."""
    scale = Scale(low=0.6, high=1.0)
    marks = interval_marks(rate(0.8, 0.7, 0.9), scale)
    assert marks is not None
    assert (marks.low, marks.width, marks.middle) == ("25.0", "50.0", "50.0")
    narrow = interval_marks(rate(0.8, 0.8, 0.8), scale)
    assert narrow is not None
    assert narrow.width == "0.5"
    assert interval_marks(rate(None), scale) is None


@pytest.mark.parametrize(
    ("value", "level"), [(1.0, 0), (0.99, 1), (0.8, 1), (0.79, 2), (0.2, 4), (0.0, HEAT_LEVELS), (None, None)]
)
def test_the_heat_rises_as_fewer_pass(value: float | None, level: int | None) -> None:
    """Only "all passed" has no colour."""
    assert heat_level(rate(value)) == level
