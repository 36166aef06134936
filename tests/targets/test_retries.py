"""How long to wait is a pure function of what is known."""

from hypothesis import given
from hypothesis import strategies as st

from canary.domain.trial import Failure
from canary.targets.retries import FIRST_WAIT_S, LONGEST_WAIT_S, backoff_s, next_wait_s, retry_after_s
from tests.fakes import NOON

BUSY = Failure(kind="overloaded", message="busy", retryable=True)


@given(st.text(min_size=1), st.integers(1, 5000))
def test_waiting_doubles_up_to_a_limit_and_half_of_it_is_jitter(request_id: str, attempt: int) -> None:
    longest = min(LONGEST_WAIT_S, FIRST_WAIT_S * 2 ** min(attempt - 1, 20))
    assert longest / 2 <= backoff_s(request_id, attempt) <= longest
    assert backoff_s(request_id, attempt) == backoff_s(request_id, attempt)


def test_requests_of_different_trials_do_not_wait_in_step() -> None:
    assert len({backoff_s(f"run.{number}.1", 1) for number in range(100)}) == 100


@given(st.dictionaries(st.sampled_from(["retry-after", "retry-after-ms", "x-should-retry"]), st.text()))
def test_no_header_is_too_odd_to_be_read(headers: dict[str, str]) -> None:
    asked = retry_after_s(headers, NOON)
    assert asked is None or asked >= 0


def test_a_date_that_has_passed_asks_for_no_wait() -> None:
    assert retry_after_s({"retry-after": "Sun, 01 Mar 2026 11:59:00 GMT"}, NOON) == 0
    assert retry_after_s({"retry-after": "Sun, 01 Mar 2026 13:00:30 +0100"}, NOON) == 30
    assert retry_after_s({"retry-after": "Mon, 01 Mar 2027 12:00:00 GMT"}, NOON) == 365 * 86_400


def test_a_date_is_measured_by_the_providers_own_clock_where_it_tells_the_time() -> None:
    headers = {"retry-after": "Mon, 01 Jan 2024 00:00:09 GMT", "date": "Mon, 01 Jan 2024 00:00:02 GMT"}
    assert retry_after_s(headers, NOON) == 7


def test_milliseconds_are_believed_before_seconds() -> None:
    assert retry_after_s({"retry-after-ms": "1500", "retry-after": "60"}, NOON) == 1.5
    assert retry_after_s({"retry-after-ms": "soon", "retry-after": "60"}, NOON) == 60


def test_the_last_attempt_ends_with_its_own_failure() -> None:
    assert next_wait_s(BUSY, request_id="r", attempt=4, max_attempts=4) is BUSY
    assert isinstance(next_wait_s(BUSY, request_id="r", attempt=3, max_attempts=4), float)
