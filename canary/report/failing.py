"""Prompts that failed: which check, what it found, and the answer it found it in. The worst are shown, the rest counted."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from canary.domain.suite import CheckSpec, Prompt
from canary.domain.trial import CheckResult, Trial
from canary.report.answers import Answer, example_answers
from canary.report.measure import graded
from canary.report.untrusted import label, one_line, visible

SHOWN = 24
"""Prompts shown with checks and answers."""

NAMED = 200
"""Prompts after those that are named with their counts."""

_VALUES = 2
_CHECKS = 8
_ASKED = 500


@dataclass(frozen=True, kw_only=True, slots=True)
class FailedCheck:
    """A check that some trials of a prompt did not pass.

    Attributes:
        check: its name.
        turn: which answers it reads: `last`, `each` or a number from 1; "" where the prompt has one turn.
        sentence: what must hold, going on from "an answer that".
        failed: trials that did not pass it.
        graded: graded trials of the prompt.
        forgiven: of the failed ones, those that pass when form is forgiven.
        found: values found, most frequent first, with their trials.
        other_values: further distinct values found.
    """

    check: str
    turn: str
    sentence: str
    failed: int
    graded: int
    forgiven: int
    found: tuple[tuple[str, int], ...]
    other_values: int


@dataclass(frozen=True, kw_only=True, slots=True)
class FailedPrompt:
    """A prompt that at least one graded trial did not pass.

    Attributes:
        prompt: its id.
        family: its family; "" where the record names none.
        asked: the beginning of the last user turn; "" where the definition is not kept.
        turns: user turns of the prompt; 0 where the definition is not kept.
        failed, graded: trials not passed, of those graded, all targets together.
        by_target: target, trials not passed, graded trials; only targets that did not pass all, most failed first.
        checks: checks not passed, most frequent first.
        answers: examples, from different targets where possible.
    """

    prompt: str
    family: str
    asked: str
    turns: int
    failed: int
    graded: int
    by_target: tuple[tuple[str, int, int], ...]
    checks: tuple[FailedCheck, ...]
    answers: tuple[Answer, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class FailedPrompts:
    """Prompts that failed, worst first.

    Attributes:
        total: how many there are.
        prompts: prompts with a verdict.
        shown: the worst of them.
        rest: id, trials not passed and graded trials of the following ones.
        uncounted: how many of them are not even named.
    """

    total: int
    prompts: int
    shown: tuple[FailedPrompt, ...]
    rest: tuple[tuple[str, int, int], ...]
    uncounted: int


def failed_prompts(trials: Sequence[Trial], prompts: Mapping[str, Prompt]) -> FailedPrompts:
    """The prompts that failed, by the share of their graded trials that did, then by how many.

    Args:
        trials: of one run, all targets.
        prompts: prompt digest -> definition; unknown ones are told by their checks' names.
    """
    by_prompt: dict[str, list[Trial]] = {}
    for trial in graded(trials):
        if trial.passed is not None:
            by_prompt.setdefault(trial.prompt, []).append(trial)
    failing = [(name, members, _not_passed(members)) for name, members in by_prompt.items()]
    failing = [item for item in failing if item[2]]
    failing.sort(key=lambda item: (-len(item[2]) / len(item[1]), -len(item[2]), item[0]))
    rest = failing[SHOWN : SHOWN + NAMED]
    return FailedPrompts(
        total=len(failing),
        prompts=len(by_prompt),
        shown=tuple(_failed_prompt(name, members, prompts) for name, members, _ in failing[:SHOWN]),
        rest=tuple((label(name), len(missed), len(members)) for name, members, missed in rest),
        uncounted=max(0, len(failing) - SHOWN - NAMED),
    )


def _not_passed(trials: Sequence[Trial]) -> list[Trial]:
    return [trial for trial in trials if trial.passed is False]


def _failed_prompt(name: str, trials: Sequence[Trial], prompts: Mapping[str, Prompt]) -> FailedPrompt:
    missed = _not_passed(trials)
    definition = next((prompts[d] for t in missed if (d := t.prompt_digest) and d in prompts), None)
    totals = Counter(trial.target for trial in trials)
    tallies = Counter(trial.target for trial in missed).most_common()
    tallies.sort(key=lambda item: (-item[1] / totals[item[0]], -item[1]))
    family = missed[0].family or (definition.family if definition else "")
    return FailedPrompt(
        prompt=label(name),
        family=label(family) if family else "",
        asked=_asked(definition),
        turns=len(definition.turns) if definition else 0,
        failed=len(missed),
        graded=len(trials),
        by_target=tuple((label(target), n, totals[target]) for target, n in tallies),
        checks=_failed_checks(missed, len(trials), definition),
        answers=example_answers(missed, [target for target, _ in tallies], definition),
    )


def _asked(definition: Prompt | None) -> str:
    if definition is None:
        return ""
    text = definition.turns[-1].user.strip()
    shown, used = visible(text, _ASKED)
    return f"{shown} …" if used < len(text) else shown


def _failed_checks(missed: Sequence[Trial], total: int, definition: Prompt | None) -> tuple[FailedCheck, ...]:
    places: dict[tuple[int, str], list[CheckResult]] = {}
    for trial in missed:
        for place, result in enumerate(trial.checks or ()):
            if not result.strict:
                places.setdefault((place, result.check), []).append(result)
    checks = [
        _failed_check(results, total, definition, _spec(definition, place, check))
        for (place, check), results in places.items()
    ]
    checks.sort(key=lambda check: -check.failed)
    return tuple(checks[:_CHECKS])


def _failed_check(
    results: Sequence[CheckResult], total: int, definition: Prompt | None, spec: CheckSpec | None
) -> FailedCheck:
    name = label(results[0].check)
    values = Counter(one_line(result.detail) for result in results if result.detail)
    several_turns = definition is not None and len(definition.turns) > 1
    return FailedCheck(
        check=name,
        turn=str(spec.on) if spec and several_turns else "",
        sentence=one_line(spec.sentence) if spec and spec.sentence else f"passes the check {name}",
        failed=len(results),
        graded=total,
        forgiven=sum(result.loose for result in results),
        found=tuple(values.most_common(_VALUES)),
        other_values=max(0, len(values) - _VALUES),
    )


def _spec(definition: Prompt | None, place: int, check: str) -> CheckSpec | None:
    """The check's definition; None where the record's checks are not the definition's."""
    if definition is None or place >= len(definition.checks):
        return None
    spec = definition.checks[place]
    return spec if spec.name == check else None
