"""Trials as hypothesis draws them: every field, hostile texts, every moment."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

from hypothesis import strategies as st

from canary.domain.canonical import Json
from canary.domain.trial import (
    Attempt,
    CheckResult,
    Failure,
    Step,
    ToolCall,
    ToolResult,
    Trial,
    UnitPrices,
    Usage,
)

# A high and a low surrogate side by side are one character to every JSON reader, so no text of two comes back.
_PAIR = re.compile("[\ud800-\udbff][\udc00-\udfff]")

hostile = st.text(st.characters(exclude_categories=()), max_size=12).filter(
    lambda text: not _PAIR.search(text)
)
names = st.text(
    st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="/\\"), min_size=1, max_size=12
).filter(lambda text: not text.startswith("."))
moments = st.datetimes(min_value=datetime(1, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 -- hypothesis adds UTC
days = st.dates()
counts = st.integers(0, 2**63 - 1)
ordinals = st.integers(0, 2**31 - 1)
amounts = st.floats(0, allow_nan=False, allow_infinity=False)

json_values: st.SearchStrategy[Json] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | hostile,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(hostile, inner, max_size=3),
    max_leaves=5,
)
objects = st.dictionaries(hostile, json_values, max_size=3)


def _maybe(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | strategy


def _several(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.lists(strategy, max_size=2).map(tuple)


checks = st.builds(
    CheckResult, check=names, strict=st.booleans(), loose=st.booleans(), detail=_maybe(hostile)
)
failures = st.builds(
    Failure,
    kind=st.sampled_from(["overloaded", "timeout", "stream_cut"]),
    message=hostile,
    retryable=st.booleans(),
    status=_maybe(st.integers(100, 599)),
    retry_after_s=_maybe(amounts),
)
attempts = st.builds(
    Attempt,
    started_at=moments,
    latency_s=amounts,
    step=st.integers(0, 5),
    failure=_maybe(failures),
    request_id=_maybe(hostile),
    waited_s=amounts,
)
usages = st.builds(
    Usage,
    input_tokens=_maybe(counts),
    cache_read_tokens=_maybe(counts),
    cache_write_tokens=_maybe(counts),
    output_tokens=_maybe(counts),
    reasoning_tokens=_maybe(counts),
)
results = st.builds(
    ToolResult, text=hostile, error=st.booleans(), invalid=_maybe(st.sampled_from(["unknown_tool", "schema"]))
)
calls = st.builds(
    ToolCall,
    id=hostile,
    name=hostile,
    arguments=_maybe(objects),
    arguments_text=hostile,
    result=_maybe(results),
)
steps = st.builds(
    Step,
    turn=st.integers(0, 5),
    text=hostile,
    tool_calls=_several(calls),
    stop=st.sampled_from(["end", "tool_use", "refusal", "unknown"]),
    stop_reason=_maybe(hostile),
    usage=_maybe(usages),
    raw_usage=_maybe(objects),
    latency_s=_maybe(amounts),
    ttft_s=_maybe(amounts),
    output_tokens_per_s=_maybe(amounts),
    served_model=_maybe(hostile),
    service_tier=_maybe(hostile),
    request_id=_maybe(hostile),
    native=_several(objects),
    flags=_several(hostile),
)
prices = st.builds(
    UnitPrices,
    input=_maybe(amounts),
    output=_maybe(amounts),
    cache_read=_maybe(amounts),
    cache_write=_maybe(amounts),
    date=days,
    source=hostile,
)

_NAMES = ("family", "twins", "provider", "host", "prompt_digest", "suite", "requested_model")
_TOLD = ("served_model", "service_tier", "stop_reason", "request_id", "response")
_COUNTS = (
    "tool_calls",
    "invalid_tool_calls",
    "repeated_tool_calls",
    "reads",
    "edits",
    "blind_edits",
    "final_words",
    "input_tokens",
    "cache_read_tokens",
    "cache_write_tokens",
    "output_tokens",
    "reasoning_tokens",
)
_AMOUNTS = ("words_between_tools", "latency_s", "ttft_s", "output_tokens_per_s", "cost_usd")
_FLAGS = ("refused", "truncated", "wrong_script")

_OPTIONAL: dict[str, st.SearchStrategy[Any]] = {
    **dict.fromkeys(_NAMES, names),
    **dict.fromkeys(_TOLD, hostile),
    **dict.fromkeys(_COUNTS, counts),
    **dict.fromkeys(_AMOUNTS, amounts),
    **dict.fromkeys(_FLAGS, st.booleans()),
    "arm": st.sampled_from(["api", "harness-resumed"]),
    "attempts": ordinals,
    "checks": _several(checks),
    "turns_passed": _several(st.booleans()),
    "price_date": days,
    "unit_prices": prices,
    "phrases": st.dictionaries(hostile, counts, max_size=2),
    "fingerprint": st.dictionaries(hostile, hostile, max_size=2),
    "transcript": _several(steps),
    "attempt_log": _several(attempts),
}
_GRADED: dict[str, st.SearchStrategy[Any]] = {"passed": st.booleans(), "score": st.floats(0, 1)}
_FAILED: dict[str, st.SearchStrategy[Any]] = {"error": failures}


@st.composite
def trials(draw: Callable[[st.SearchStrategy[Any]], Any], run: str | None = None) -> Trial:
    """Any trial; its run is drawn too where none is given."""
    outcome = draw(st.sampled_from(["graded", "failed"]))
    optional = {**_OPTIONAL, **(_GRADED if outcome == "graded" else _FAILED)}
    known = draw(st.fixed_dictionaries({}, optional=optional))
    return Trial(
        run=draw(names) if run is None else run,
        run_day=draw(days),
        trigger=draw(st.sampled_from(["schedule", "manual", "release", "confirmation", "control"])),
        started_at=draw(moments),
        target=draw(names),
        prompt=draw(names),
        replicate=draw(ordinals),
        outcome=outcome,
        **known,
    )


MARCH_1 = date(2026, 3, 1)


def a_trial(**fields: Any) -> Trial:
    """A plain graded trial with the fields that a test is about."""
    known: dict[str, Any] = {
        "run": "r",
        "run_day": MARCH_1,
        "started_at": datetime(2026, 3, 1, 6, tzinfo=UTC),
        "target": "t",
        "prompt": "p/one-01",
        "replicate": 0,
        "outcome": "graded",
    }
    return Trial(**(known | fields))
