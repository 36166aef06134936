"""A drawn history as records of a store: runs and trials that say of themselves that they were simulated.

Figures and verdicts are the drawn ones. What an answer reads like is one of its prompt's own examples, of the drawn verdict.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import count
from typing import Any

from canary.checks.registry import grade
from canary.domain.dialogue import play
from canary.domain.ports import Store, TrialColumns
from canary.domain.suite import Example, Prompt, Suite
from canary.domain.trial import CheckResult, Failure, Run, Trial, UnitPrices
from canary.simulate.multi import Drawn
from canary.simulate.scenarios import RUN_AT, Scenario, Site

WHOLE = frozenset({
    "tool_calls", "invalid_tool_calls", "repeated_tool_calls", "reads", "edits", "blind_edits", "final_words",
    "input_tokens", "cache_read_tokens", "cache_write_tokens", "output_tokens", "reasoning_tokens",
})  # fmt: skip
FLAGS = frozenset({"passed", "refused", "truncated", "wrong_script"})

FAILED = Failure(kind="overloaded", message="simulated: overloaded", retryable=True, status=529)


@dataclass(frozen=True, kw_only=True, slots=True)
class Spoken:
    """What answers to a prompt read like: texts, each with the verdict of each check."""

    passing: tuple[tuple[str | None, tuple[CheckResult, ...]], ...]
    failing: tuple[tuple[str | None, tuple[CheckResult, ...]], ...]


def keep_history(store: Store, drawn: Drawn, scenario: Scenario, suite: Suite, label: str) -> int:
    """Keep a drawn history as imported runs; says how many trials it has.

    Args:
        store: without runs of these days.
        drawn: the history.
        scenario: what it was drawn from: the targets' places.
        suite: the prompts it was drawn of.
        label: of every run.
    """
    store.keep_suite(suite)
    for run in runs_of(drawn, suite, label):
        store.open_run(run)
    new, _ = store.import_trials(trials_of(drawn, scenario, suite))
    return new


def runs_of(drawn: Drawn, suite: Suite, label: str) -> Iterator[Run]:
    """One run a day on which anything ran."""
    days = sorted({day for columns in drawn.records.values() for day in columns.run_day.tolist()})
    for day in days:
        yield Run(
            id=run_id(day),
            day=day,
            trigger="schedule",
            label=label,
            started_at=datetime.combine(day, RUN_AT),
            finished_at=datetime.combine(day, RUN_AT),
            status="complete",
            suite=suite.digest,
            prompts=tuple(suite.by_id),
            targets=dict.fromkeys(drawn.records, ""),
            imported=True,
        )


def run_id(day: date) -> str:
    """The run of a day; unlike any id that a real run gets."""
    return f"simulated-{day.isoformat()}"


def trials_of(drawn: Drawn, scenario: Scenario, suite: Suite) -> Iterator[Trial]:
    """Every trial of a drawn history, target by target."""
    spoken = {prompt.id: _spoken(prompt) for prompt in suite.prompts}
    for site in scenario.targets:
        yield from _of_target(site, drawn.members[site.name].twins, drawn.records[site.name], suite, spoken)


def _of_target(
    site: Site, twins: str | None, columns: TrialColumns, suite: Suite, spoken: Mapping[str, Spoken]
) -> Iterator[Trial]:
    """Trials of one target, in the order of its columns."""
    names = [*columns.values, *columns.texts]
    fields: list[Callable[[Any], Any]] = [_READ.get(name, _number(name)) for name in names]
    arrays = [array.tolist() for array in (*columns.values.values(), *columns.texts.values())]
    same: dict[str, Any] = {
        "target": site.name, "arm": site.arm, "twins": twins, "provider": site.provider, "host": site.host,
        "requested_model": site.model, "suite": suite.digest, "trigger": "schedule", "attempts": 1,
    }  # fmt: skip
    digests = [columns.digests[code] for code in columns.prompt_digest.tolist()]
    prompts = [columns.prompts[code] for code in columns.prompt.tolist()]
    families = [columns.families[code] for code in columns.family.tolist()]
    days = columns.run_day.tolist()
    moments = map(_moment, days, count())
    heads = zip(
        days, moments, prompts, families, digests, columns.replicate.tolist(), columns.graded.tolist(),
        zip(*arrays, strict=True), strict=False,
    )  # fmt: skip
    for at, (day, moment, prompt, family, digest, replicate, graded, values) in enumerate(heads):
        told = {name: read(value) for name, read, value in zip(names, fields, values, strict=True)}
        if not graded:
            told["error"] = FAILED
        else:
            told["response"], told["checks"] = _said(spoken[prompt], told, at)
        yield Trial(
            run=run_id(day), run_day=day, started_at=moment, prompt=prompt, family=family,
            prompt_digest=digest, replicate=replicate, outcome="graded" if graded else "failed", **same, **told,
        )  # fmt: skip


def _moment(day: date, number: int) -> datetime:
    """The day's run, a microsecond a trial: equal moments would leave the order of records open."""
    return datetime.combine(day, RUN_AT) + timedelta(microseconds=number % 1_000_000)


def _said(
    spoken: Spoken, told: Mapping[str, Any], at: int
) -> tuple[str | None, tuple[CheckResult, ...] | None]:
    """An answer of the drawn verdict; where form is forgiven, every check forgives it."""
    options = spoken.passing if told["passed"] else spoken.failing
    if not options:
        return None, told["checks"]
    text, results = options[at % len(options)]
    if not told["passed"] and all(result.loose for result in told["checks"] or ()):
        results = tuple(
            CheckResult(check=one.check, strict=one.strict, loose=True, detail=one.detail) for one in results
        )
    return text, results


def _spoken(prompt: Prompt) -> Spoken:
    return Spoken(passing=_examples(prompt, prompt.passing), failing=_examples(prompt, prompt.failing))


def _examples(
    prompt: Prompt, examples: Sequence[Example]
) -> tuple[tuple[str | None, tuple[CheckResult, ...]], ...]:
    played = [play(prompt, example) for example in examples]
    return tuple((one.final_text, grade(prompt, one).results) for one in played)


def _number(name: str) -> Callable[[float], Any]:
    """How a drawn number becomes a field: NaN is not measured."""
    if name in FLAGS:
        return lambda value: None if value != value else bool(value)  # noqa: PLR0124 - only NaN differs from itself
    if name in WHOLE:
        return lambda value: None if value != value else int(value)  # noqa: PLR0124
    return lambda value: None if value != value else value  # noqa: PLR0124


class _Read(dict[Any, Any]):
    """Structured texts, each distinct one read once."""

    def __init__(self, read: Callable[[Any], Any]) -> None:
        super().__init__({None: None})
        self._of = read

    def __missing__(self, text: str) -> Any:
        self[text] = value = self._of(json.loads(text))
        return value


def _reads(read: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return _Read(read).__getitem__


def _name(text: str | None) -> str | None:
    return text


_READ: Mapping[str, Callable[[Any], Any]] = {
    "served_model": _name,
    "service_tier": _name,
    "checks": _reads(lambda checks: tuple(CheckResult(**check) for check in checks)),
    "turns_passed": _reads(tuple),
    "phrases": _reads(dict),
    "fingerprint": _reads(dict),
    "unit_prices": _reads(lambda prices: UnitPrices(**prices, date=date(2026, 1, 1), source="simulated")),
}
