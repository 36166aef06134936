"""What a `command` target prints, as a transcript: pure. The protocol is in docs/targets.md."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import get_args

from canary.domain.canonical import Json, canonical_json
from canary.domain.suite import Prompt
from canary.domain.trial import Failure, FailureKind, Step, Stop, ToolCall, ToolResult, Usage
from canary.targets.faults import Fault
from canary.targets.harness_reply import (
    Flags,
    failure_of,
    kept_text,
    listed,
    mapping,
    number,
    text_of,
    told_with_last,
    tool_result,
    word,
)
from canary.targets.redaction import Redactor
from canary.targets.replies import count, plain_object, text_or_none

_KINDS = frozenset(get_args(FailureKind))
_COUNTS = ("input_tokens", "cache_read_tokens", "cache_write_tokens", "output_tokens", "reasoning_tokens")
LONGEST_VERSION = 200


@dataclass(frozen=True, kw_only=True, slots=True)
class Told:
    """A record as read.

    Attributes:
        steps: the replies, in turn.
        stop: why it ended; None where it failed.
        failure: why there is no complete answer.
        files: the file tree at the end, where the record tells it.
        fingerprint: what the command says it is.
    """

    steps: tuple[Step, ...] = ()
    stop: Stop | None = None
    failure: Failure | None = None
    files: Mapping[str, str] | None = None
    fingerprint: Mapping[str, str]


def read_record(output: bytes, prompt: Prompt, redactor: Redactor) -> Told:
    """The record in a command's output: the whole of it, or its last line, as one JSON object."""
    record = _object(output) or _object(output.rstrip().rpartition(b"\n")[2])
    if record is None:
        return _failed("the command printed no record, which is one JSON object", redactor, "malformed")
    fingerprint = {
        name: value[:LONGEST_VERSION]
        for name, value in mapping(record.get("fingerprint")).items()
        if isinstance(value, str)
    }
    if record.get("outcome") == "failed":
        error = mapping(record.get("error"))
        kind = word(error.get("kind"))
        known: FailureKind = kind if kind in _KINDS else "crash"  # type: ignore[assignment]
        message = text_of(error.get("message")) or "the command gave no reason"
        told = _failed(message, redactor, known, retryable=error.get("retryable"))
        return replace(told, fingerprint=fingerprint)
    return replace(_answered(record, prompt, redactor), fingerprint=fingerprint)


def _object(text: bytes) -> Mapping[str, Json] | None:
    try:
        value = json.loads(text.decode("utf-8", "replace"))
        return plain_object(value) if isinstance(value, dict) else None
    except (ValueError, RecursionError, Fault):
        return None


def _failed(message: str, redactor: Redactor, kind: FailureKind, *, retryable: Json = None) -> Told:
    failure = failure_of(message, redactor, kind=kind)
    if isinstance(retryable, bool):
        failure = replace(failure, retryable=retryable)
    return Told(failure=failure, fingerprint={})


def _answered(record: Mapping[str, Json], prompt: Prompt, redactor: Redactor) -> Told:
    flags = Flags()
    said = record.get("turns")
    messages = list(said) if isinstance(said, list) else [record.get("response")]
    steps: list[Step] = []
    turn = 0
    for message in messages:
        step = _step(message, turn, len(steps), flags)
        if step is None:
            return _failed(
                "a reply is neither a text nor an object with text or tool_calls", redactor, "malformed"
            )
        steps.append(step)
        turn += not step.tool_calls
    if not steps or (turn < len(prompt.turns) and not _cut_short(record)):
        problem = f"the record answers {turn} of {len(prompt.turns)} user turns"
        return _failed(problem, redactor, "malformed")
    stop = _stop(record)
    usage = Usage(**{name: count(record.get(name)) for name in _COUNTS})
    measured = None if usage == Usage() else usage
    last = replace(
        steps[-1],
        stop=stop,
        stop_reason=text_or_none(record.get("stop_reason")),
        served_model=text_or_none(record.get("served_model")),
        service_tier=text_or_none(record.get("service_tier")),
        request_id=text_or_none(record.get("request_id")),
        flags=(*flags.all(), *(() if measured else ("no_usage",))),
    )
    timed = _timed((*steps[:-1], last), record)
    files = record.get("files")
    return Told(
        steps=told_with_last(timed, measured),
        stop=stop,
        files={path: text_of(text) for path, text in files.items()} if isinstance(files, Mapping) else None,
        fingerprint={},
    )


def _cut_short(record: Mapping[str, Json]) -> bool:
    return record.get("refused") is True or record.get("truncated") is True


def _stop(record: Mapping[str, Json]) -> Stop:
    if record.get("refused") is True:
        return "refusal"
    if record.get("truncated") is True:
        return "call_limit" if record.get("stop_reason") == "call_limit" else "max_tokens"
    return "end"


def _timed(steps: tuple[Step, ...], record: Mapping[str, Json]) -> tuple[Step, ...]:
    """The trial's times: told once, so the first reply carries the time to its first token, the last the sum."""
    steps = (replace(steps[0], ttft_s=number(record.get("ttft_s"))), *steps[1:])
    latency = number(record.get("latency_s"))
    if latency is None:
        return steps
    before = tuple(replace(step, latency_s=0.0) for step in steps[:-1])
    return (*before, replace(steps[-1], latency_s=latency))


def _step(message: Json, turn: int, index: int, flags: Flags) -> Step | None:
    if isinstance(message, str):
        return Step(turn=turn, text=kept_text(message, flags), stop="end")
    if not isinstance(message, Mapping) or not ({"text", "tool_calls"} & message.keys()):
        return None
    calls = tuple(
        _call(call, f"call_{index}_{number}", flags)
        for number, call in enumerate(listed(message.get("tool_calls")))
    )
    text = kept_text(text_of(message.get("text")), flags)
    return Step(turn=turn, text=text, tool_calls=calls, stop="tool_use" if calls else "end")


def _call(call: Mapping[str, Json], identity: str, flags: Flags) -> ToolCall:
    given = call.get("arguments", {})
    arguments = given if isinstance(given, Mapping) else None
    result: ToolResult | None = None
    if "result" in call:
        told = call["result"]
        text = told if isinstance(told, str) else canonical_json(told)
        result = tool_result(text, error=call.get("error") is True, flags=flags)
    return ToolCall(
        id=identity,
        name=text_of(call.get("name")),
        arguments=arguments,
        arguments_text=given if isinstance(given, str) else canonical_json(given),
        result=result,
    )
