"""From a transcript to a grade: which part of it a check reads, strictly and loosely, and what is found."""

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from canary.checks.answer import Answer
from canary.checks.process import measures
from canary.checks.table import BY_NAME, Check
from canary.checks.variants import VARIANTS
from canary.domain.suite import CheckSpec, Prompt
from canary.domain.trial import CheckResult, Grade, Step, Transcript

DETAIL_CHARACTERS = 160
"""Longest detail kept: model output is quoted in it."""
TEXT_NOT_RECORDED = "text_not_recorded"
"""Flag of a reply whose text nobody kept: calls alone were recorded, also when there were none."""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Judged:
    strict: bool
    loose: bool
    found: str


def grade(prompt: Prompt, transcript: Transcript) -> Grade:
    """Grade everything a target said to a prompt. Pure, and for any text.

    A refused or cut-off conversation is never passed; its checks are judged all the same.

    Args:
        prompt: with checks of this registry.
        transcript: a finished conversation.
    """
    by_turn = [_judged_by_turn(prompt, transcript, spec) for spec in prompt.checks]
    results = tuple(map(_result, prompt.checks, by_turn))
    each = [turns for spec, turns in zip(prompt.checks, by_turn, strict=True) if spec.on == "each"]
    complete = not (transcript.refused or transcript.truncated or transcript.failure)
    return Grade(
        results=results,
        passed=complete and all(result.strict for result in results),
        score=sum(result.strict for result in results) / max(1, len(results)),
        turns_passed=tuple(all(judged.strict for judged in turn) for turn in zip(*each, strict=True)),
        measures=measures(prompt, transcript),
    )


def _judged_by_turn(prompt: Prompt, transcript: Transcript, spec: CheckSpec) -> Sequence[_Judged]:
    check = BY_NAME[spec.name]
    return [_judge(check, spec, answer) for answer in _scopes(prompt, transcript, spec, check)]


def _scopes(prompt: Prompt, transcript: Transcript, spec: CheckSpec, check: Check) -> Iterator[Answer]:
    """The parts of the conversation that a check judges one by one.

    `last`: the last turn's answer, and for checks of the trace the whole conversation that led to it.
    """
    last = len(prompt.turns) - 1
    turns = range(last + 1) if spec.on == "each" else [last if spec.on == "last" else spec.on - 1]
    for turn in turns:
        whole = spec.on == "last" and check.reads == "trace"
        steps = transcript.steps if whole else tuple(s for s in transcript.steps if s.turn == turn)
        yield Answer(
            text=transcript.answer(turn) or "",
            prompt=prompt,
            transcript=transcript,
            steps=steps,
            earlier=() if whole else tuple(s for s in transcript.steps if s.turn < turn),
        )


def _judge(check: Check, spec: CheckSpec, answer: Answer) -> _Judged:
    missing = _missing(check, answer)
    if missing is not None:
        return _Judged(strict=False, loose=False, found=missing)
    verdict = check.decide(answer, **spec.params)
    loose = verdict.passed or _passes_loosely(check, spec, answer)
    return _Judged(strict=verdict.passed, loose=loose, found=verdict.found)


def _missing(check: Check, answer: Answer) -> str | None:
    """Why there is nothing to judge; None where there is something."""
    if not answer.steps:
        return "no answer: the turn was not reached"
    if check.reads == "text" and not answer.text.strip():
        return "no answer: the text is empty"
    if check.reads == "trace" and not any(map(_says_something, answer.steps)):
        return "no answer: neither text nor tool calls"
    return None


def _says_something(step: Step) -> bool:
    return bool(step.text.strip() or step.tool_calls) or TEXT_NOT_RECORDED in step.flags


def _passes_loosely(check: Check, spec: CheckSpec, answer: Answer) -> bool:
    variants = VARIANTS.get(check.forgives)
    return variants is not None and any(
        check.decide(replace(answer, text=text), **spec.params).passed
        for text in variants(answer.text)
        if text != answer.text
    )


def _result(spec: CheckSpec, judged: Sequence[_Judged]) -> CheckResult:
    told = next((turn for turn, one in enumerate(judged) if not one.strict), len(judged) - 1)
    place = f"turn {told + 1}: " if len(judged) > 1 else ""
    return CheckResult(
        check=spec.name,
        strict=all(one.strict for one in judged),
        loose=all(one.loose for one in judged),
        detail=printable(place + judged[told].found),
    )


def printable(text: str, limit: int = DETAIL_CHARACTERS) -> str:
    """Model output fit for one line of a report: no control, format or surrogate characters, bounded."""
    line = text[: 4 * limit]
    if not line.isprintable():
        line = "".join(" " if unicodedata.category(c)[0] == "C" else c for c in line)
    line = " ".join(line.split())
    return line if len(line) <= limit and len(text) <= 4 * limit else line[: limit - 1] + "…"
