"""Numbers are written for people: the right unit, no false certainty, and never 0 for what is not known."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from canary.report import numbers


def plain(text: str) -> str:
    """The text with ordinary spaces, as the twin shows it."""
    return text.replace(numbers.JOIN, " ")


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (0.0, "0 %"),
        (1.0, "100 %"),
        (0.84, "84 %"),
        (0.8449, "84 %"),
        (0.997, "99.7 %"),
        (0.9996, "99.96 %"),
        (0.004, "0.4 %"),
        (0.0003, "0.03 %"),
        (0.999999, "over 99.99 %"),
        (0.0000001, "under 0.01 %"),
    ],
)
def test_a_percentage_has_the_decimals_that_keep_nearly_all_apart_from_all(share: float, text: str) -> None:
    """287 of 288 is 99.7 %, not 100 %."""
    assert text == plain(numbers.percent(share))


@given(st.floats(0, 1))
def test_only_all_is_100_percent_and_only_none_is_0_percent(share: float) -> None:
    """For every share there is."""
    assert (numbers.percent(share) == numbers.percent(1.0)) == (share == 1)
    assert (numbers.percent(share) == numbers.percent(0.0)) == (share == 0)


def test_an_interval_is_written_with_to_because_a_dash_reads_as_a_minus() -> None:
    """`80 to 88 %`."""
    assert plain(numbers.percent_range(0.8, 0.88)) == "80 to 88 %"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "$0.00"),
        (1234.5, "$1,234"),
        (999.999, "$1,000"),
        (3.4159, "$3.42"),
        (0.697, "$0.70"),
        (0.0996, "$0.10"),
        (0.0342, "$0.034"),
        (0.00421, "$0.0042"),
        (0.0000001, "$0.00000010"),
        (-2.5, "−$2.50"),
    ],
)
def test_dollars_have_cents_and_below_a_dime_two_significant_digits(value: float, text: str) -> None:
    """A cost that is there never reads as $0.00."""
    assert text == numbers.usd(value)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (0.3124, "0.312"),
        (0.9996, "1.00"),
        (1.754, "1.75"),
        (9.996, "10.0"),
        (99.96, "100"),
        (1234.4, "1,234"),
        (-2, "−2.00"),
    ],
)
def test_an_amount_has_three_significant_digits(value: float, text: str) -> None:
    """And thousands are set apart."""
    assert text == numbers.amount(value)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0004, "0 ms"),
        (0.84, "840 ms"),
        (0.9997, "1.00 s"),
        (2.314, "2.31 s"),
        (119, "119 s"),
        (200, "3 min 20 s"),
        (3600, "1 h"),
    ],
)
def test_seconds_are_told_in_the_unit_that_fits(value: float, text: str) -> None:
    """Milliseconds below a second, minutes from two on."""
    assert text == plain(numbers.seconds(value))


@pytest.mark.parametrize(
    ("value", "text"),
    [(42, "42 s"), (252, "4 min 12 s"), (3780, "1 h 3 min"), (86400, "1 day"), (190800, "2 days 5 h")],
)
def test_a_duration_is_told_in_its_two_largest_units(value: float, text: str) -> None:
    """Nobody reads seconds in a span of days."""
    assert text == plain(numbers.duration(value))


def test_plurals_agree_and_thousands_are_set_apart() -> None:
    """`1 trial`, `0 trials`, `1,234 trials`."""
    assert [plain(numbers.plural(n, "trial")) for n in (0, 1, 1234)] == [
        "0 trials",
        "1 trial",
        "1,234 trials",
    ]
    assert plain(numbers.plural(2, "sentry", "sentries")) == "2 sentries"


def test_moments_are_told_in_utc_whatever_zone_they_come_in() -> None:
    """07:30 in a zone an hour ahead is 06:30 UTC."""
    moment = datetime(2026, 3, 1, 7, 30, 5, tzinfo=timezone(timedelta(hours=1)))
    assert plain(numbers.instant(moment)) == "1 March 2026, 06:30 UTC"
    assert plain(numbers.clock(moment)) == "06:30:05 UTC"
    assert plain(numbers.day(date(2026, 12, 31))) == "31 December 2026"
    assert plain(numbers.day(datetime(2026, 1, 9, tzinfo=UTC).date())) == "9 January 2026"


def test_long_lists_name_a_few_and_count_the_rest() -> None:
    """`a, b and 3 more`."""
    assert plain(numbers.listed(list("abcde"), most=2)) == "a, b and 3 more"
    assert [numbers.listed(list(text)) for text in ("", "a", "ab", "abc")] == [
        "",
        "a",
        "a and b",
        "a, b and c",
    ]
