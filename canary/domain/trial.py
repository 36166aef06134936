"""What happened when one prompt was put to one target, and what was made of it.

Two shapes: a `Transcript` is everything said and measured, turn by turn; a `Trial` is the record kept of it, with the
fields of the published record format. `None` means "not measured" everywhere and is never read as 0.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal, TypeAlias

from canary.domain.canonical import Json

Outcome: TypeAlias = Literal["graded", "failed"]
Trigger: TypeAlias = Literal["schedule", "manual", "release", "confirmation", "control"]

RECHECK = "recheck"
"""Ends the id of a confirmation run that asks again what an exact finding rests on: its trials enter no test at all."""
RunStatus: TypeAlias = Literal["running", "complete", "interrupted", "over_budget"]
Stop: TypeAlias = Literal[
    "end", "tool_use", "max_tokens", "context_window", "refusal", "pause", "call_limit", "unknown"
]
FailureKind: TypeAlias = Literal[
    "authentication",  # the key is refused (401, 403)
    "not_found",  # no such model or address (404)
    "invalid_request",  # the provider refuses the request itself (400, 413, 422)
    "quota",  # credit or a daily quota is used up: waiting seconds does not help
    "rate_limited",  # 429, or a Retry-After beyond the limit
    "overloaded",  # 529 or 503
    "server_error",  # any other 5xx
    "timeout",  # our own limit on one request
    "connection",  # no connection, or it broke before an answer began
    "stream_cut",  # the stream ended before its last event
    "malformed",  # the answer is not of the protocol's form
    "crash",  # an agent CLI ended without a result
    "circuit_open",  # not asked: the target had been down for a while
    "internal",  # a defect of canary itself
]


@dataclass(frozen=True, kw_only=True, slots=True)
class Failure:
    """Why the system gave no complete answer.

    Attributes:
        kind: what went wrong.
        message: one line, redacted of keys.
        retryable: whether sending the same again may help.
        status: HTTP status, where there was one.
        retry_after_s: seconds the provider asked to wait, where it did.
    """

    kind: FailureKind
    message: str
    retryable: bool
    status: int | None = None
    retry_after_s: float | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Attempt:
    """One request on the wire, answered or not.

    Attributes:
        started_at: UTC.
        latency_s: seconds from sending to the last byte, or to the failure.
        step: index of the answer it asked for, from 0.
        failure: None where it was answered.
        request_id: the provider's id of it.
        waited_s: seconds slept before it, after the attempt before.
        output_tokens_per_s: how fast its answer was streamed, as a `Step` has it; None = not measured.
    """

    started_at: datetime
    latency_s: float
    step: int
    failure: Failure | None = None
    request_id: str | None = None
    waited_s: float = 0.0
    output_tokens_per_s: float | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Usage:
    """Tokens as billed. Each is None where the provider did not say.

    Attributes:
        input_tokens: input billed at the full rate, *excluding* cache reads and cache writes.
        cache_read_tokens: input read from the provider's cache.
        cache_write_tokens: input written to the provider's cache, all lifetimes together.
        output_tokens: output *including* reasoning.
        reasoning_tokens: the part of the output that was reasoning.
    """

    input_tokens: int | None = None
    cache_read_tokens: int | None = None
    cache_write_tokens: int | None = None
    output_tokens: int | None = None
    reasoning_tokens: int | None = None

    def __add__(self, other: "Usage") -> "Usage":
        """Sum field by field; a field that either side did not measure stays unmeasured."""
        return Usage(
            input_tokens=_sum(self.input_tokens, other.input_tokens),
            cache_read_tokens=_sum(self.cache_read_tokens, other.cache_read_tokens),
            cache_write_tokens=_sum(self.cache_write_tokens, other.cache_write_tokens),
            output_tokens=_sum(self.output_tokens, other.output_tokens),
            reasoning_tokens=_sum(self.reasoning_tokens, other.reasoning_tokens),
        )

    @property
    def total_tokens(self) -> int | None:
        """Every token in and out; caches count 0 where the provider names none. None without input or output."""
        if self.input_tokens is None or self.output_tokens is None:
            return None
        return (
            self.input_tokens
            + (self.cache_read_tokens or 0)
            + (self.cache_write_tokens or 0)
            + self.output_tokens
        )


def _sum(a: int | None, b: int | None) -> int | None:
    return None if a is None or b is None else a + b


InvalidCall: TypeAlias = Literal["unknown_tool", "not_json", "schema"]


@dataclass(frozen=True, kw_only=True, slots=True)
class ToolResult:
    """What a tool told the model.

    Attributes:
        text: as sent back.
        error: whether it was reported as an error.
        invalid: why the call itself was not valid; None for a valid call, also one that failed.
    """

    text: str
    error: bool = False
    invalid: InvalidCall | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class ToolCall:
    """One tool call of the model.

    Attributes:
        id: the provider's id of the call.
        name: the tool's name as the model gave it.
        arguments: the parsed arguments; None where the text is no JSON object.
        arguments_text: the arguments as the model wrote them.
        result: what the simulated tool, or the harness, answered; None where it was not run.
    """

    id: str
    name: str
    arguments: Mapping[str, Json] | None
    arguments_text: str
    result: ToolResult | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Step:
    """One assistant message: a reply of the model, with what was measured of it.

    Attributes:
        turn: index of the user turn it answers, from 0.
        text: visible text; "" where there is none.
        tool_calls: in the model's order.
        stop: why it stopped, in canary's words.
        stop_reason: why it stopped, in the provider's words.
        usage: tokens billed for this reply; None where the provider sent none.
        raw_usage: the provider's usage object, verbatim.
        latency_s: seconds from sending the request to its last byte.
        ttft_s: seconds from sending to the first streamed content (text, reasoning or tool arguments).
        output_tokens_per_s: tokens streamed after the first content, over the seconds from there to the last content.
        served_model: the model the provider says it served.
        service_tier: the tier the provider says it served.
        request_id: the provider's id of the request.
        system_fingerprint: the provider's id of the backend configuration, where it names one.
        native: the provider's own content items, verbatim: sent back unchanged on the next turn, so that reasoning
            is never dropped between turns.
        flags: oddities kept for the record, e.g. `unknown_block:name`, `no_usage`.
    """

    turn: int = 0
    text: str = ""
    tool_calls: tuple[ToolCall, ...] = ()
    stop: Stop = "end"
    stop_reason: str | None = None
    usage: Usage | None = None
    raw_usage: Mapping[str, Json] | None = None
    latency_s: float | None = None
    ttft_s: float | None = None
    output_tokens_per_s: float | None = None
    served_model: str | None = None
    service_tier: str | None = None
    request_id: str | None = None
    system_fingerprint: str | None = None
    native: tuple[Mapping[str, Json], ...] = ()
    flags: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Transcript:
    """Everything one trial said and measured.

    Attributes:
        steps: the model's replies in order; those before a failure are kept, because they were paid for.
        stop: why the conversation ended; None where it failed.
        failure: why there is no complete answer; None where there is one.
        attempts: every request on the wire.
        files: path -> text at the end, where the prompt has a file tree; None elsewhere.
        skipped_pauses: whether the prompt's pauses were skipped.
        fingerprint: versions of what carried the trial (SDK, API version, harness).
    """

    steps: tuple[Step, ...] = ()
    stop: Stop | None = None
    failure: Failure | None = None
    attempts: tuple[Attempt, ...] = ()
    files: Mapping[str, str] | None = None
    skipped_pauses: bool = False
    fingerprint: Mapping[str, str] = field(default_factory=dict)

    @property
    def tool_calls(self) -> tuple[ToolCall, ...]:
        """All tool calls in order."""
        return tuple(call for step in self.steps for call in step.tool_calls)

    @property
    def refused(self) -> bool:
        """Whether the provider ended an answer as a refusal."""
        return any(step.stop == "refusal" for step in self.steps)

    @property
    def truncated(self) -> bool:
        """Whether an answer was cut by a token limit or the trial by its call limit."""
        return self.stop == "call_limit" or any(
            step.stop in {"max_tokens", "context_window"} for step in self.steps
        )

    def answer(self, turn: int) -> str | None:
        """Visible text of the last reply to a user turn (from 0); None where that turn got no reply."""
        return next((step.text for step in reversed(self.steps) if step.turn == turn), None)

    @property
    def final_text(self) -> str | None:
        """Visible text of the last reply; None without one."""
        return self.steps[-1].text if self.steps else None

    @property
    def usage(self) -> Usage | None:
        """Tokens of all replies together; None without replies or where one came without usage."""
        total: Usage | None = None
        for step in self.steps:
            if step.usage is None:
                return None
            total = step.usage if total is None else total + step.usage
        return total


@dataclass(frozen=True, kw_only=True, slots=True)
class CheckResult:
    """What one check found.

    Attributes:
        check: the check's name.
        strict: verdict on the answer as it is.
        loose: verdict when a preamble, a closing line, a code fence or emphasis is forgiven.
        detail: the value found, for people; None where there is nothing to add.
    """

    check: str
    strict: bool
    loose: bool
    detail: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Measures:
    """How an answer was reached, counted from its transcript. None = does not apply.

    Attributes:
        tool_calls: calls made, valid or not.
        invalid_tool_calls: calls of unknown tools or with arguments that the schema refuses.
        repeated_tool_calls: calls equal in name and arguments to an earlier one, with no edit in between.
        reads: files read.
        edits: files edited or written.
        blind_edits: edits of an existing file that was not read before.
        words_between_tools: mean words of text between one tool call and the next.
        final_words: words of the final answer.
        wrong_script: whether characters of a script that nobody used stand in the answer.
        phrases: watched phrase family -> occurrences.
    """

    tool_calls: int = 0
    invalid_tool_calls: int = 0
    repeated_tool_calls: int = 0
    reads: int | None = None
    edits: int | None = None
    blind_edits: int | None = None
    words_between_tools: float | None = None
    final_words: int | None = None
    wrong_script: bool | None = None
    phrases: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class Grade:
    """The verdict on one transcript.

    Attributes:
        results: one per check, in the prompt's order.
        passed: every check passes strictly, and the answer was neither refused nor cut off.
        score: share of checks that pass strictly, 0..1.
        turns_passed: for prompts with a check on each turn: per user turn, whether those checks pass; () elsewhere.
        measures: how it was reached.
    """

    results: tuple[CheckResult, ...]
    passed: bool
    score: float
    turns_passed: tuple[bool, ...] = ()
    measures: Measures = field(default_factory=Measures)


@dataclass(frozen=True, kw_only=True, slots=True)
class UnitPrices:
    """Prices in USD per million tokens, as they were on a day. None = the price table names none.

    Attributes:
        input: uncached input.
        cache_read: input read from cache.
        cache_write: input written to cache.
        output: output, reasoning included.
        date: UTC day they were looked up for.
        source: `genai-prices <version>` or `canary.toml`.
    """

    input: float | None
    output: float | None
    cache_read: float | None = None
    cache_write: float | None = None
    date: date
    source: str


@dataclass(frozen=True, kw_only=True, slots=True, order=True)
class TrialKey:
    """Which trial: unique in a store."""

    run: str
    target: str
    prompt: str
    replicate: int


@dataclass(frozen=True, kw_only=True)
class Trial:
    """The record of one trial, graded or failed, never both. Field names are those of the published record.

    Sums run over all replies of the trial; token fields exclude and include what `Usage` says. `latency_s` is the sum
    over answered requests, without pauses and without waiting between attempts; `ttft_s` is that of the first reply,
    `output_tokens_per_s` the mean over replies weighted by streamed time. `attempts` is 1 and one more for each
    request that was sent again, `--retry-failed` included; `attempt_log` holds every request, answered or not.
    """

    run: str
    run_day: date
    trigger: Trigger = "schedule"
    started_at: datetime
    target: str
    prompt: str
    replicate: int
    outcome: Outcome
    family: str | None = None
    arm: str | None = None
    twins: str | None = None
    provider: str | None = None
    host: str | None = None
    prompt_digest: str | None = None
    suite: str | None = None
    attempts: int | None = None
    passed: bool | None = None
    score: float | None = None
    checks: tuple[CheckResult, ...] | None = None
    turns_passed: tuple[bool, ...] | None = None
    tool_calls: int | None = None
    invalid_tool_calls: int | None = None
    repeated_tool_calls: int | None = None
    reads: int | None = None
    edits: int | None = None
    blind_edits: int | None = None
    words_between_tools: float | None = None
    final_words: int | None = None
    input_tokens: int | None = None
    cache_read_tokens: int | None = None
    cache_write_tokens: int | None = None
    output_tokens: int | None = None
    reasoning_tokens: int | None = None
    latency_s: float | None = None
    ttft_s: float | None = None
    output_tokens_per_s: float | None = None
    cost_usd: float | None = None
    price_date: date | None = None
    unit_prices: UnitPrices | None = None
    requested_model: str | None = None
    served_model: str | None = None
    service_tier: str | None = None
    stop_reason: str | None = None
    request_id: str | None = None
    refused: bool | None = None
    truncated: bool | None = None
    wrong_script: bool | None = None
    phrases: Mapping[str, int] | None = None
    fingerprint: Mapping[str, str] | None = None
    error: Failure | None = None
    response: str | None = None
    transcript: tuple[Step, ...] | None = None
    attempt_log: tuple[Attempt, ...] | None = None

    @property
    def key(self) -> TrialKey:
        """What makes it unique in a store."""
        return TrialKey(run=self.run, target=self.target, prompt=self.prompt, replicate=self.replicate)


@dataclass(frozen=True, kw_only=True)
class Run:
    """All trials of one slot, as planned: a resumed run is completed to exactly this plan.

    Attributes:
        id: also the name of its page; safe as a file name.
        day: UTC date of the slot (scheduled) or of the start; it stays when the run crosses midnight or is resumed.
        trigger: what started it.
        slot: the scheduled moment, UTC; None for runs by hand.
        label: a person's note, e.g. a release.
        started_at: UTC.
        finished_at: UTC; None while running or interrupted.
        status: how far it came.
        suite: digest of the suite asked.
        seed: orders the trials.
        replicates: trials per prompt and target.
        prompts: prompt ids asked.
        targets: target name -> identity digest.
        spent_usd, spent_tokens: spent on answers that no stored trial carries (a trial that the budget cut short).
        imported: whether its trials came from records, not from a call of ours.
    """

    id: str
    day: date
    trigger: Trigger
    slot: datetime | None = None
    label: str | None = None
    started_at: datetime
    finished_at: datetime | None = None
    status: RunStatus = "running"
    suite: str | None = None
    seed: int = 0
    replicates: int = 1
    prompts: tuple[str, ...] = ()
    targets: Mapping[str, str] = field(default_factory=dict)
    spent_usd: float = 0.0
    spent_tokens: int = 0
    imported: bool = False
