"""What both OpenAI protocols share: rules, errors, headers, names of tiers."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from canary.domain.canonical import canonical_json
from canary.simulate.protocol import Body, Refused, need

EFFORTS = ("none", "minimal", "low", "medium", "high", "xhigh", "max")
TIERS = ("auto", "default", "flex", "scale", "priority", "fast", "ultrafast")
ERROR_TYPES = {
    400: "invalid_request_error", 401: "invalid_request_error", 404: "invalid_request_error",
    413: "invalid_request_error", 429: "requests", 503: "service_unavailable_error",
}  # fmt: skip
ERROR_CODES = {
    401: "invalid_api_key",
    404: "model_not_found",
    429: "rate_limit_exceeded",
    500: "server_error",
}
SERVED_TIERS = {"standard": "default", "fast": "priority", "ultrafast": "priority"}
CACHE_WISHES = ("prompt_cache_key", "prompt_cache_options", "prompt_cache_retention")
"""Request fields that ask for the request's beginning to be cached."""


def invalid(message: str, param: str, code: str | None = None) -> Refused:
    """A 400 in OpenAI's manner."""
    return Refused(message, param=param, code=code)


def check_common(body: Body, *, effort: Any, effort_param: str) -> None:
    """Rules both OpenAI protocols share."""
    need(body, "model", str, "a string", missing="Missing required parameter: 'model'.")
    if effort is not None and effort not in EFFORTS:
        raise invalid(
            f"Invalid value: {effort!r}. Supported values are: {', '.join(map(repr, EFFORTS))}.",
            effort_param,
            "invalid_value",
        )
    tier = body.get("service_tier")
    if tier is not None and tier not in TIERS:
        raise invalid(
            f"Invalid value: {tier!r}. Supported values are: {', '.join(map(repr, TIERS))}.",
            "service_tier",
            "invalid_value",
        )


def is_cap(value: Any, least: int) -> bool:
    """Whether a cap on output is a whole number of at least `least`."""
    return isinstance(value, int) and not isinstance(value, bool) and value >= least


def missing(param: str) -> Refused:
    """A 400 for a parameter that is not there."""
    return invalid(f"Missing required parameter: '{param}'.", param, "missing_required_parameter")


def check_objects(body: Body, fields: Sequence[str]) -> None:
    """Raises Refused for a field that is neither absent, null nor an object."""
    for name in fields:
        if body.get(name) is not None and not isinstance(body[name], Mapping):
            raise invalid(f"Invalid type for '{name}': expected an object.", name, "invalid_type")


def canonical_text(arguments: str) -> str:
    """A call's arguments in one spelling; as they are where they are no JSON."""
    try:
        return canonical_json(json.loads(arguments))
    except ValueError:
        return arguments


def error_code(refused: Refused) -> str | None:
    """The machine-readable code of an error."""
    return refused.code or ERROR_CODES.get(refused.status)


def error(refused: Refused, _request_id: str) -> dict[str, Any]:
    """An error object."""
    kind = ERROR_TYPES.get(refused.status, "server_error")
    kind = "insufficient_quota" if refused.code == "insufficient_quota" else kind
    return {
        "error": {
            "message": refused.message,
            "type": kind,
            "param": refused.param,
            "code": error_code(refused),
        }
    }


def headers(request_id: str) -> list[tuple[str, str]]:
    """Headers of every response."""
    return [("x-request-id", request_id), ("openai-version", "2020-10-01"), ("openai-processing-ms", "1")]
