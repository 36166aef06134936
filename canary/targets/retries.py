"""When to send again, and after how long. Pure: the clock's reading and the request's id come in as arguments.

Waiting times are those of the providers' own SDKs with two differences: a wait the provider asks for is bounded, and
the jitter is drawn from the request's id, so that a run that is replayed waits the same.
"""

import hashlib
import math
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from email.utils import mktime_tz, parsedate_tz

from canary.domain.trial import Failure

RETRY_AFTER_LIMIT_S = 120.0
"""Longest wait a provider may ask for; beyond it the answer is given up, so that a run always ends."""

LONGEST_ASKED_S = 1e9
"""A longer wait than thirty years is kept as this: a record can't hold infinity."""

FIRST_WAIT_S = 1.0
LONGEST_WAIT_S = 30.0


def retry_after_s(headers: Mapping[str, str], now: datetime) -> float | None:
    """Seconds the provider asks to wait: `retry-after-ms`, else `retry-after` in seconds or as an HTTP date.

    Args:
        headers: the response's headers; lookup must not depend on case.
        now: the current moment, UTC-aware. A date is measured against the response's own `date` where it has one:
            then it does not matter whether the provider's clock and ours agree.

    Returns:
        Seconds from now, from 0 for a moment that has passed to `LONGEST_ASKED_S` for any wait beyond it; None where
        the provider asks for nothing that can be read.
    """
    for name, per_second in (("retry-after-ms", 1000.0), ("retry-after", 1.0)):
        text = headers.get(name, "").strip()
        seconds = _number(text)
        if seconds is not None:
            return _bounded(seconds / per_second)
    then = _timestamp(headers.get("retry-after", ""))
    sent = _timestamp(headers.get("date", ""))
    return None if then is None else _bounded(then - (now.timestamp() if sent is None else sent))


def _bounded(seconds: float) -> float:
    return min(max(0.0, seconds), LONGEST_ASKED_S)


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    if text.strip("+-").lower().startswith(("inf", "nan")):
        return None
    return value


def _timestamp(text: str) -> float | None:
    """The moment of an HTTP date, in seconds since 1970."""
    parts = parsedate_tz(text)
    if parts is None:
        return None
    try:
        return float(mktime_tz(parts))
    except (ValueError, OverflowError, OSError):
        return None


def told_to_retry(headers: Mapping[str, str]) -> bool | None:
    """What the provider's `x-should-retry` header says; None where it says nothing."""
    return {"true": True, "false": False}.get(headers.get("x-should-retry", "").strip().lower())


def backoff_s(request_id: str, attempt: int) -> float:
    """Seconds to wait after the `attempt`-th request (from 1) failed: doubling, of which half is jitter."""
    longest = min(LONGEST_WAIT_S, FIRST_WAIT_S * math.ldexp(1.0, min(attempt - 1, 16)))
    draw = int.from_bytes(hashlib.sha256(request_id.encode()).digest()[:8]) / 2**64
    return longest * (0.5 + 0.5 * draw)


def next_wait_s(failure: Failure, *, request_id: str, attempt: int, max_attempts: int) -> float | Failure:
    """Seconds to wait before the next request, or the failure to end with.

    Args:
        failure: of the request just sent.
        request_id: of the request just sent; seeds the jitter.
        attempt: how many requests were sent for this answer.
        max_attempts: how many may be sent for it.
    """
    if not failure.retryable or attempt >= max_attempts:
        return failure
    asked = failure.retry_after_s
    if not asked:
        return backoff_s(request_id, attempt)
    if asked <= RETRY_AFTER_LIMIT_S:
        return asked
    message = (
        f"the provider asks to wait {asked:.0f} s, longer than the {RETRY_AFTER_LIMIT_S:.0f} s canary waits: "
        f"{failure.message}"
    )
    return replace(failure, kind="rate_limited", message=message)
