"""The published trial record as a model: which fields a line may hold, in which bounds, and what they mean.

`docs/records.md` and the JSON Schema of `canary schema record` say the same in their own ways; tests hold them together.
"""

from functools import cache
from typing import Annotated, Any, Required

from pydantic import BeforeValidator, ConfigDict, Field, InstanceOf, TypeAdapter
from typing_extensions import TypedDict

from canary.domain.record import SCHEMA
from canary.domain.target import Arm
from canary.domain.trial import InvalidCall, Outcome, Stop, Trigger

OWN_PREFIX = "x_"
"""Fields of the writer's own start so: they are allowed, and not kept."""

_EXACT = ConfigDict(extra="forbid", strict=True)
_OPEN = ConfigDict(extra="allow", strict=True)  # so that own fields pass; `trial_refusals` refuses all others


def _whole(value: Any) -> Any:
    # Table libraries turn a column of integers with gaps into 812.0: the same number.
    return int(value) if isinstance(value, float) and value.is_integer() else value


Count = Annotated[int, Field(ge=0, le=2**63 - 1), BeforeValidator(_whole)]
Ordinal = Annotated[int, Field(ge=0, le=2**31 - 1), BeforeValidator(_whole)]
Version = Annotated[int, Field(ge=SCHEMA, le=SCHEMA), BeforeValidator(_whole)]
Amount = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
NAME = r"^[^\x00-\x1f\x7f]+$"
RUN_NAME = r"^[^\x00-\x1f\x7f/\\.][^\x00-\x1f\x7f/\\]*$"
DAY = r"^\d{4}-\d\d-\d\d$"
MOMENT = r"^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)$"
Name = Annotated[str, Field(min_length=1, max_length=256, pattern=NAME)]
RunName = Annotated[str, Field(min_length=1, max_length=128, pattern=RUN_NAME)]
Day = Annotated[str, Field(pattern=DAY, json_schema_extra={"format": "date"})]
Moment = Annotated[str, Field(pattern=MOMENT, json_schema_extra={"format": "date-time"})]
# Not pydantic's own text, which refuses the lone surrogates that models produce.
Words = InstanceOf[str]
Object = dict[Words, Any]


class Check(TypedDict, total=False):
    """What one check found."""

    __pydantic_config__ = _EXACT  # type: ignore[misc]
    check: Required[Name]
    strict: Required[bool]
    loose: Required[bool]
    detail: Words | None


class Failure(TypedDict, total=False):
    """Why there is no complete answer."""

    __pydantic_config__ = _EXACT  # type: ignore[misc]
    kind: Required[Name]
    message: Required[Words]
    retryable: Required[bool]
    status: Count | None
    retry_after_s: Amount | None


class Prices(TypedDict, total=False):
    """Prices in USD per million tokens, as they were on a day."""

    __pydantic_config__ = _EXACT  # type: ignore[misc]
    input: Amount | None
    output: Amount | None
    cache_read: Amount | None
    cache_write: Amount | None
    date: Required[Day]
    source: Required[Words]


class Attempt(TypedDict, total=False):
    """One request on the wire."""

    __pydantic_config__ = _EXACT  # type: ignore[misc]
    started_at: Required[Moment]
    latency_s: Required[Amount]
    step: Required[Ordinal]
    failure: Failure | None
    request_id: Words | None
    waited_s: Amount
    output_tokens_per_s: Amount | None


class Usage(TypedDict, total=False):
    """Tokens as billed for one reply."""

    __pydantic_config__ = _EXACT  # type: ignore[misc]
    input_tokens: Count | None
    cache_read_tokens: Count | None
    cache_write_tokens: Count | None
    output_tokens: Count | None
    reasoning_tokens: Count | None


class ToolResult(TypedDict, total=False):
    """What a tool told the model."""

    __pydantic_config__ = _EXACT  # type: ignore[misc]
    text: Required[Words]
    error: bool
    invalid: InvalidCall | None


class ToolCall(TypedDict, total=False):
    """One tool call of the model."""

    __pydantic_config__ = _EXACT  # type: ignore[misc]
    id: Required[Words]
    name: Required[Words]
    arguments: Object | None
    arguments_text: Required[Words]
    result: ToolResult | None


class Step(TypedDict, total=False):
    """One reply of the model."""

    __pydantic_config__ = _EXACT  # type: ignore[misc]
    turn: Ordinal
    text: Words
    tool_calls: list[ToolCall]
    stop: Stop
    stop_reason: Words | None
    usage: Usage | None
    raw_usage: Object | None
    latency_s: Amount | None
    ttft_s: Amount | None
    output_tokens_per_s: Amount | None
    served_model: Words | None
    service_tier: Words | None
    request_id: Words | None
    native: list[Object]
    flags: list[Words]


class Record(TypedDict, total=False):
    """One trial: one prompt put to one target. A field that is absent or null was not measured; it is never 0."""

    __pydantic_config__ = _OPEN  # type: ignore[misc]
    schema: Required[Annotated[Version, Field(description="Version of this format.")]]
    started_at: Required[
        Annotated[Moment, Field(description="When the trial began: RFC 3339 with an offset.")]
    ]
    target: Required[Annotated[Name, Field(description="The system under watch.")]]
    prompt: Required[Annotated[Name, Field(description="The prompt's id.")]]
    replicate: Required[Annotated[Ordinal, Field(description="Which repetition within the run, from 0.")]]
    outcome: Required[
        Annotated[
            Outcome, Field(description="graded = there was an answer; failed = there was no complete one.")
        ]
    ]
    run: Annotated[RunName | None, Field(description="The run. Absent: the run of its day and trigger.")]
    run_day: Annotated[Day | None, Field(description="UTC day of the run. Absent: that of started_at.")]
    trigger: Annotated[Trigger | None, Field(description="What started the run. Absent: schedule.")]
    family: Annotated[Name | None, Field(description="The ability that the prompt measures.")]
    arm: Annotated[Arm | None, Field(description="The target's place in its twin group.")]
    twins: Annotated[Name | None, Field(description="The target's twin group.")]
    provider: Annotated[Name | None, Field(description="Protocol or harness of the target.")]
    host: Annotated[Name | None, Field(description="Host part of the base URL, or default.")]
    prompt_digest: Annotated[Name | None, Field(description="Digest of the prompt as it was asked.")]
    suite: Annotated[Name | None, Field(description="Digest of the suite as it was asked.")]
    attempts: Annotated[Ordinal | None, Field(description="1, and 1 more for each request sent again.")]
    passed: Annotated[bool | None, Field(description="All checks pass strictly. Never on a failed trial.")]
    score: Annotated[Share | None, Field(description="Share of checks that pass strictly, 0..1.")]
    checks: Annotated[list[Check] | None, Field(description="One verdict per check, in the prompt's order.")]
    turns_passed: Annotated[list[bool] | None, Field(description="Per user turn: its checks pass.")]
    tool_calls: Annotated[Count | None, Field(description="Tool calls, valid or not.")]
    invalid_tool_calls: Annotated[Count | None, Field(description="Unknown tools or arguments refused.")]
    repeated_tool_calls: Annotated[Count | None, Field(description="Calls equal to an earlier one.")]
    reads: Annotated[Count | None, Field(description="Files read.")]
    edits: Annotated[Count | None, Field(description="Files edited or written.")]
    blind_edits: Annotated[Count | None, Field(description="Edits of a file that was not read before.")]
    words_between_tools: Annotated[Amount | None, Field(description="Mean words between tool calls.")]
    final_words: Annotated[Count | None, Field(description="Words of the final answer.")]
    input_tokens: Annotated[
        Count | None, Field(description="Input billed in full, without cache reads and cache writes.")
    ]
    cache_read_tokens: Annotated[Count | None, Field(description="Input read from the cache.")]
    cache_write_tokens: Annotated[Count | None, Field(description="Input written to the cache.")]
    output_tokens: Annotated[Count | None, Field(description="Output, reasoning included.")]
    reasoning_tokens: Annotated[Count | None, Field(description="The part of the output that was reasoning.")]
    latency_s: Annotated[Amount | None, Field(description="Seconds over all answered requests.")]
    ttft_s: Annotated[Amount | None, Field(description="Seconds to the first token of the first reply.")]
    output_tokens_per_s: Annotated[Amount | None, Field(description="Output tokens a second, streamed.")]
    cost_usd: Annotated[Amount | None, Field(description="Cost in USD. Absent: the price is unknown.")]
    price_date: Annotated[Day | None, Field(description="UTC day whose prices the cost was taken from.")]
    unit_prices: Annotated[Prices | None, Field(description="The prices that the cost was taken from.")]
    requested_model: Annotated[Name | None, Field(description="The model asked for.")]
    served_model: Annotated[Words | None, Field(description="The model the provider says it served.")]
    service_tier: Annotated[Words | None, Field(description="The tier the provider says it served.")]
    stop_reason: Annotated[Words | None, Field(description="Why it stopped, in the provider's words.")]
    request_id: Annotated[Words | None, Field(description="The provider's id of the last request.")]
    refused: Annotated[bool | None, Field(description="The provider ended an answer as a refusal.")]
    truncated: Annotated[bool | None, Field(description="An answer was cut by a limit.")]
    wrong_script: Annotated[bool | None, Field(description="Characters of a script that nobody used.")]
    phrases: Annotated[
        dict[Words, Count] | None, Field(description="Watched phrase family: occurrences in the answer.")
    ]
    fingerprint: Annotated[
        dict[Words, Words] | None, Field(description="Versions of what carried the trial: harness, SDK ...")
    ]
    error: Annotated[Failure | None, Field(description="Why the trial failed. Never on a graded one.")]
    response: Annotated[Words | None, Field(description="The final answer's text.")]
    transcript: Annotated[list[Step] | None, Field(description="Every reply, with its tool calls and usage.")]
    attempt_log: Annotated[list[Attempt] | None, Field(description="Every request on the wire.")]


FIELDS: tuple[str, ...] = tuple(Record.__annotations__)
NOT_ON_FAILED = ("passed", "score")
NOT_ON_GRADED = ("error",)


@cache
def adapter() -> TypeAdapter[Record]:
    """The compiled model; compiling costs more than a small import does."""
    return TypeAdapter(Record)
