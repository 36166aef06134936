"""Cron expressions: what is taken fires, and means the same to the scheduler."""

from datetime import UTC, datetime

import pytest
from apscheduler.triggers.cron import CronTrigger
from hypothesis import given
from hypothesis import strategies as st

from canary.config.cron import cron_problem

START = datetime(2026, 3, 1, tzinfo=UTC)

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


def _numbers(low: int, high: int) -> st.SearchStrategy[str]:
    pair = st.lists(st.integers(low, high), min_size=2, max_size=2).map(sorted)
    return st.one_of(
        st.just("*"),
        st.integers(2, 9).map("*/{}".format),
        st.integers(low, high).map(str),
        pair.map(lambda p: f"{p[0]}-{p[1]}"),
        pair.filter(lambda p: p[1] - p[0] > 1).map(lambda p: f"{p[0]}-{p[1]}/2"),
        pair.map(lambda p: f"{p[0]},{p[1]}"),
    )


def _names(names: tuple[str, ...]) -> st.SearchStrategy[str]:
    pair = st.lists(st.integers(0, len(names) - 1), min_size=2, max_size=2).map(sorted)
    return st.one_of(
        st.just("*"), st.sampled_from(names), pair.map(lambda p: f"{names[p[0]]}-{names[p[1]]},{names[0]}")
    )


EXPRESSIONS = st.tuples(
    _numbers(0, 59), _numbers(0, 23), _numbers(1, 28), _numbers(1, 12) | _names(_MONTHS), _names(_DAYS)
).map(" ".join)


@given(EXPRESSIONS)
def test_every_well_formed_expression_is_taken(expression: str) -> None:
    assert cron_problem(expression) is None


@given(EXPRESSIONS | st.text("0123456789*/,- montuesa", max_size=30))
def test_whatever_is_taken_is_taken_by_the_scheduler_too_and_fires(expression: str) -> None:
    if cron_problem(expression) is None:
        trigger = CronTrigger.from_crontab(expression, timezone=UTC)
        assert trigger.get_next_fire_time(None, START) is not None


@pytest.mark.parametrize(
    ("expression", "problem"),
    [
        ("", "five fields"),
        ("0 6 * *", "five fields"),
        ("0 6 * * * *", "five fields"),
        ("@daily", "five fields"),
        ("0 6 * * 1", "must name weekdays"),
        ("0 6 * * 1-5", "must name weekdays"),
        ("0 6 * * mon-7", "weekday that can't be read"),
        ("60 6 * * *", "minute"),
        ("0 24 * * *", "hour"),
        ("0 6 0 * *", "day of the month"),
        ("0 6 * 13 *", "month"),
        ("0 6 * foo *", "month"),
        ("0 6 * * sat-mon", "range is empty"),
        ("30-10 6 * * *", "range is empty"),
        ("*/0 6 * * *", "range is empty"),
        ("*/90 6 * * *", "range is empty"),
        ("*-5 6 * * *", "minute"),
        ("5/10 6 * * *", "minute"),
        ("1,,2 6 * * *", "minute"),
        ("0 6 31 feb *", "never comes"),
        ("0 6 30-31 2 *", "never comes"),
    ],
)
def test_what_is_refused_is_refused_with_the_field_at_fault(expression: str, problem: str) -> None:
    assert problem in str(cron_problem(expression))
