"""Why there is no answer: whatever a provider, a network or an SDK throws, as one `Failure`.

Both SDKs name their errors alike, so one reading serves both.
"""

import json
import traceback
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePath
from typing import Any, Protocol

import httpx2

from canary.domain.trial import Failure, FailureKind
from canary.targets.faults import Fault, kind_of_fault, kind_of_status, reported
from canary.targets.redaction import Redactor
from canary.targets.retries import retry_after_s, told_to_retry

RETRYABLE: frozenset[FailureKind] = frozenset(
    {"rate_limited", "overloaded", "server_error", "timeout", "connection", "stream_cut", "malformed"}
)
"""Kinds that another request may get over; a provider's `x-should-retry` overrules this."""

_ERRORS_BEGIN = 300
_NOT_IMPLEMENTED = 501

_UNREADABLE = (json.JSONDecodeError, UnicodeDecodeError, RecursionError, httpx2.DecodingError)
_UNSENDABLE = (httpx2.LocalProtocolError, httpx2.UnsupportedProtocol, UnicodeError)


class Unanswered(Exception):
    """One request that brought no answer.

    Attributes:
        failure: why.
        request_id: the provider's id of the request, where it sent one.
    """

    def __init__(self, failure: Failure, request_id: str | None = None) -> None:
        super().__init__(failure.kind)
        self.failure = failure
        self.request_id = request_id


class SdkErrors(Protocol):
    """The error classes of an SDK; the modules `anthropic` and `openai` both are one."""

    @property
    def APIError(self) -> type[Exception]: ...  # noqa: N802
    @property
    def APIStatusError(self) -> type[Exception]: ...  # noqa: N802
    @property
    def APIConnectionError(self) -> type[Exception]: ...  # noqa: N802
    @property
    def APIResponseValidationError(self) -> type[Exception]: ...  # noqa: N802


@dataclass(frozen=True, kw_only=True, slots=True)
class Explainer:
    """Turns exceptions into failures.

    Attributes:
        sdk: whose exceptions.
        redactor: keeps the target's keys out of messages.
        host: where requests go, for messages.
    """

    sdk: SdkErrors
    redactor: Redactor
    host: str

    def failure(self, error: Exception, *, answering: bool, now: datetime) -> Failure:
        """The failure that an exception of one request stands for.

        Args:
            error: anything but a cancellation.
            answering: whether the answer had begun, which tells a cut stream from a missing connection.
            now: the current moment, for a Retry-After date.
        """
        if isinstance(error, self.sdk.APIStatusError):
            return self._status(error, now)
        if isinstance(error, self.sdk.APIResponseValidationError):
            return self._failed("malformed", _refused_event(error))
        if isinstance(error, (self.sdk.APIConnectionError, httpx2.TransportError, httpx2.StreamError)):
            return self._transport(error.__cause__ or error, answering=answering)
        if isinstance(error, (Fault, self.sdk.APIError)):
            return self._fault(error)
        if isinstance(error, _UNREADABLE):
            return self._unreadable(error)
        return self.internal(error)

    def internal(self, error: BaseException) -> Failure:
        """A defect of our own: its name, words and place, so that it can be reported."""
        frames = traceback.extract_tb(error.__traceback__)
        place = f" at {PurePath(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
        return self._failed("internal", f"{type(error).__name__}: {error}{place}")

    def _failed(self, kind: FailureKind, message: str, **facts: Any) -> Failure:
        facts = {"retryable": kind in RETRYABLE} | facts
        return Failure(kind=kind, message=self.redactor.line(message), **facts)

    def _fault(self, error: Exception) -> Failure:
        """An error found in the stream; one that the SDK raised holds the provider's error object as its body."""
        if not isinstance(error, Fault):
            error = reported(getattr(error, "body", None), str(error))
        if error.kind is not None:
            return self._failed(error.kind, error.message)
        label = f" ({error.name})" if error.name else ""
        message = f"the provider broke off its answer{label}: {error.message}"
        return self._failed(kind_of_fault(error), message, status=error.status)

    def _status(self, error: Any, now: datetime) -> Failure:
        response: httpx2.Response = error.response
        status, headers = response.status_code, response.headers
        said = reported(error.body, response.reason_phrase or "no reason given")
        if status < _ERRORS_BEGIN:
            return self._fault(said)
        kind = kind_of_status(status, said)
        told = told_to_retry(headers)
        label = f" ({said.name})" if said.name else ""
        return self._failed(
            kind,
            f"HTTP {status}{label}: {said.message}",
            retryable=(kind in RETRYABLE and status != _NOT_IMPLEMENTED) if told is None else told,
            status=status,
            retry_after_s=retry_after_s(headers, now),
        )

    def _transport(self, cause: BaseException, *, answering: bool) -> Failure:
        words = str(cause) or type(cause).__name__
        if isinstance(cause, _UNREADABLE):
            return self._unreadable(cause)
        if isinstance(cause, _UNSENDABLE):
            return self._failed("invalid_request", f"the request can't be sent: {words}", retryable=False)
        if isinstance(cause, httpx2.ConnectTimeout):
            return self._failed("connection", f"no connection to {self.host} in time")
        if isinstance(cause, httpx2.TimeoutException):
            return self._failed("timeout", f"no answer from {self.host} in time")
        if answering:
            return self._failed("stream_cut", f"the stream broke off: {words}")
        return self._failed("connection", f"no connection to {self.host}: {words}")

    def _unreadable(self, cause: BaseException) -> Failure:
        return self._failed("malformed", f"the answer can't be read: {cause}")


def _refused_event(error: Any) -> str:
    """Which event the SDK's validation refused, and the first lines of why."""
    body = error.body
    named = f"an event {body['type']!r}" if isinstance(body, dict) and body.get("type") else "an event"
    return f"{named} is not of the protocol's form: {error.__cause__ or error}"
