"""What a provider says is wrong: its error bodies in all their shapes, and the kinds of failure they mean.

A provider's own words decide between kinds that share a status: a spent balance is no rate limit, and waiting seconds
does not refill it.
"""

import json
import re
from collections.abc import Mapping
from typing import Any

from canary.domain.trial import FailureKind

_BY_STATUS: Mapping[int, FailureKind] = {
    401: "authentication",
    402: "quota",
    403: "authentication",
    404: "not_found",
    408: "server_error",
    409: "server_error",
    425: "server_error",
    429: "rate_limited",
    499: "server_error",
    503: "overloaded",
    529: "overloaded",
}
"""Statuses that are not told by their hundred. With 408, 409, 425 and 499 the provider's side gave up."""

_BY_NAME: Mapping[str, FailureKind] = {
    "authentication_error": "authentication",
    "permission_error": "authentication",
    "invalid_api_key": "authentication",
    "not_found_error": "not_found",
    "model_not_found": "not_found",
    "rate_limit_error": "rate_limited",
    "rate_limit_exceeded": "rate_limited",
    "ramp_limit_exceeded": "rate_limited",
    "overloaded_error": "overloaded",
    "overloaded": "overloaded",
    "server_overloaded": "overloaded",
    "slow_down": "overloaded",
    "invalid_request_error": "invalid_request",
    "invalid_prompt": "invalid_request",
    "context_length_exceeded": "invalid_request",
}
"""Error types and codes that matter where no status tells: inside a stream."""

_QUOTA_NAMES = frozenset(
    {
        "insufficient_quota",
        "billing_hard_limit_reached",
        "billing_not_active",
        "billing_error",
        "insufficient_balance",
        "exceeded_current_quota_error",
        "contract_spend_limit_reached",
        "enforced_spend_limit_reached",
        "linked_organization_spend_limit_reached",
        "linked_organization_billing_unavailable",
    }
)
_QUOTA_STATUSES = frozenset({400, 403, 429})
_QUOTA_WORDS = re.compile(
    r"(?i)credit balance|insufficient (?:balance|credit|quota|fund)|exceeded your current quota|out of credits|"
    r"more credits|(?:daily|monthly) (?:\w+ ){0,2}(?:limit|quota)|per[ _-]?day|\b[RT]PD\b|"
    r"usage limits?\b|spend(?:ing)?[ _-]limit"
)
_MINUTE_WORDS = re.compile(r"(?i)per[ _-]?(?:minute|min|second|sec)\b|per(?:minute|second)|\b[RT]P[MS]\b")
"""A limit that refills by the minute is a rate limit, even where the same message speaks of a quota."""

_KEY_WORDS = re.compile(
    r"(?i)api[-_ ]?key.{0,24}(?:not valid|invalid|incorrect)|(?:invalid|incorrect).{0,12}api[-_ ]?key"
)


class Fault(Exception):
    """An answer that can't be used, found while reading it.

    Attributes:
        message: what is wrong, in our words or the provider's.
        kind: what is wrong with it; None where only the provider's `name` or `status` tells.
        name: the provider's error code or type.
        status: the HTTP status a provider names inside a body or a stream.
    """

    def __init__(
        self,
        message: str,
        *,
        kind: FailureKind | None = None,
        name: str | None = None,
        status: int | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.kind = kind
        self.name = name
        self.status = status


def kind_of_status(status: int, said: Fault) -> FailureKind:
    """The kind of an HTTP error status, given what its body says."""
    if status in _QUOTA_STATUSES and _speaks_of_quota(said):
        return "quota"
    kind = _by_status(status)
    if kind == "invalid_request" and _KEY_WORDS.search(said.message):
        return "authentication"
    if kind == "server_error" and _BY_NAME.get(said.name or "") == "overloaded":
        return "overloaded"
    return kind


def kind_of_fault(fault: Fault) -> FailureKind:
    """The kind of an error that came without an HTTP status of its own, inside a stream."""
    if fault.kind is not None:
        return fault.kind
    if _speaks_of_quota(fault):
        return "quota"
    return _BY_NAME.get(fault.name or "") or _by_status(fault.status or 500)


def _by_status(status: int) -> FailureKind:
    return _BY_STATUS.get(status, "server_error" if status // 100 == 5 else "invalid_request")  # noqa: PLR2004


def _speaks_of_quota(said: Fault) -> bool:
    if said.name in _QUOTA_NAMES:
        return True
    return bool(_QUOTA_WORDS.search(said.message)) and not _MINUTE_WORDS.search(said.message)


def reported(body: object, otherwise: str) -> Fault:
    """What a provider's error body says, in any of the shapes they come in.

    `{"error": {...}}`, its inside, a list of it, `{"detail": ...}`, `{"error": "text"}`, a text, a page of HTML.

    Args:
        body: parsed JSON, or text.
        otherwise: the message where the body has none.
    """
    node = body[0] if isinstance(body, list) and body else body
    inner = (node.get("error") or node) if isinstance(node, Mapping) else node
    if isinstance(inner, Mapping):
        message = _text(inner.get("message") or inner.get("detail") or inner.get("msg")) or otherwise
        return Fault(_with_upstream(inner, message), name=_name(inner), status=_status_in(inner.get("code")))
    text = _text(inner)
    return Fault(otherwise if not text or text.startswith("<") else text)


def _with_upstream(inner: Mapping[str, Any], message: str) -> str:
    """The message, and what stands behind it: a router's upstream error, or the limit a quota error names."""
    metadata = inner.get("metadata")
    behind = metadata.get("raw") if isinstance(metadata, Mapping) else inner.get("details")
    if isinstance(behind, str | list) and behind:
        return f"{message} {_text(behind)}"
    return message


def _name(inner: Mapping[str, Any]) -> str | None:
    details = inner.get("details")
    code = details.get("error_code") if isinstance(details, Mapping) else None
    for candidate in (code, inner.get("code"), inner.get("type"), inner.get("status")):
        if isinstance(candidate, str) and candidate and not candidate.isdigit():
            return candidate
    return None


def _status_in(code: object) -> int | None:
    """An HTTP error status given as a code, as routers and inference servers do."""
    text = str(code)
    return int(text) if re.fullmatch(r"[45]\d\d", text, re.ASCII) else None


def _text(value: object) -> str:
    if value is None or isinstance(value, str):
        return (value or "").strip()
    try:
        return json.dumps(value, ensure_ascii=False, default=str)
    except (ValueError, RecursionError):
        return ""
