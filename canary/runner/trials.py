"""A transcript and its grade become the record that is kept. Pure."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from canary.domain.suite import Prompt
from canary.domain.target import TargetSpec
from canary.domain.trial import Grade, Run, Step, Transcript, Trial, TrialKey
from canary.pricing import PriceTable


def trial_of(
    *,
    key: TrialKey,
    run: Run,
    spec: TargetSpec,
    prompt: Prompt,
    transcript: Transcript,
    grade: Grade | None,
    prices: PriceTable,
    started_at: datetime,
    earlier: Trial | None,
    fingerprint: Mapping[str, str],
    keep_texts: bool,
) -> Trial:
    """The record of one trial.

    Args:
        key: which trial.
        run: the run it belongs to.
        spec: the target asked.
        prompt: the prompt asked.
        transcript: what was said and measured.
        grade: the verdict; None for a failed trial.
        prices: what its answers cost.
        started_at: when its first request went out.
        earlier: the failed record that this one takes the place of; its attempts stay counted and logged.
        fingerprint: versions of our own stack, to which the transcript's own are added.
        keep_texts: whether the answers are kept, or only verdicts and figures.
    """
    usage = transcript.usage
    cost = prices.cost(spec, transcript.steps, run.day)
    last = transcript.steps[-1] if transcript.steps else None
    before, log = (earlier.attempts or 1, earlier.attempt_log or ()) if earlier else (0, ())
    retries = len(transcript.attempts) - len({attempt.step for attempt in transcript.attempts})
    return Trial(
        run=run.id,
        run_day=run.day,
        trigger=run.trigger,
        started_at=started_at,
        target=spec.name,
        prompt=prompt.id,
        replicate=key.replicate,
        outcome="failed" if grade is None else "graded",
        family=prompt.family,
        arm=spec.arm,
        twins=spec.twins,
        provider=spec.provider,
        host=spec.host,
        prompt_digest=prompt.digest,
        suite=run.suite,
        attempts=before + 1 + retries,
        input_tokens=usage.input_tokens if usage else None,
        cache_read_tokens=usage.cache_read_tokens if usage else None,
        cache_write_tokens=usage.cache_write_tokens if usage else None,
        output_tokens=usage.output_tokens if usage else None,
        reasoning_tokens=usage.reasoning_tokens if usage else None,
        latency_s=_total([step.latency_s for step in transcript.steps]),
        ttft_s=transcript.steps[0].ttft_s if transcript.steps else None,
        output_tokens_per_s=_speed(transcript.steps),
        cost_usd=cost.usd if cost else None,
        price_date=cost.prices.date if cost else None,
        unit_prices=cost.prices if cost else None,
        requested_model=spec.model,
        served_model=last.served_model if last else None,
        service_tier=last.service_tier if last else None,
        stop_reason=_stop_reason(transcript, last),
        request_id=last.request_id if last else None,
        fingerprint={**fingerprint, **transcript.fingerprint},
        error=transcript.failure,
        response=transcript.final_text if keep_texts else None,
        transcript=transcript.steps if keep_texts and transcript.steps else None,
        attempt_log=(*log, *transcript.attempts),
        **({} if grade is None else _graded_fields(transcript, grade)),
    )


def _graded_fields(transcript: Transcript, grade: Grade) -> dict[str, Any]:
    """Fields that only a graded trial has: a failed call is no wrong answer, so it carries no verdict."""
    measures = grade.measures
    return {
        "passed": grade.passed,
        "score": grade.score,
        "checks": grade.results,
        "turns_passed": grade.turns_passed or None,
        "tool_calls": measures.tool_calls,
        "invalid_tool_calls": measures.invalid_tool_calls,
        "repeated_tool_calls": measures.repeated_tool_calls,
        "reads": measures.reads,
        "edits": measures.edits,
        "blind_edits": measures.blind_edits,
        "words_between_tools": measures.words_between_tools,
        "final_words": measures.final_words,
        "refused": transcript.refused,
        "truncated": transcript.truncated,
        "wrong_script": measures.wrong_script,
        "phrases": measures.phrases or None,
    }


def _total(values: list[float | None]) -> float | None:
    """Sum; None without values or where one was not measured."""
    known = [value for value in values if value is not None]
    return sum(known) if known and len(known) == len(values) else None


def _speed(steps: tuple[Step, ...]) -> float | None:
    """Tokens per second over all replies that measured it: tokens streamed over seconds of streaming."""
    tokens, seconds = 0.0, 0.0
    for step in steps:
        if step.output_tokens_per_s and step.usage and step.usage.output_tokens:
            tokens += step.usage.output_tokens
            seconds += step.usage.output_tokens / step.output_tokens_per_s
    return tokens / seconds if seconds else None


def _stop_reason(transcript: Transcript, last: Step | None) -> str | None:
    """The provider's own word for the last reply; `call_limit` where our limit ended the trial."""
    if transcript.stop == "call_limit":
        return "call_limit"
    return last.stop_reason if last else None
