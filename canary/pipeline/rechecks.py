"""Exact findings are asked again at once: a few prompts, the same day, so that a page can say whether the new value stands.

A served model, a tier or a count of input tokens that differs on every trial of a run is a finding already. It may be a
deployment that was half done for ten minutes: five further trials tell, and cost next to nothing. They enter no series and
no test; they are evidence.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from canary.domain.evidence import Recheck
from canary.domain.incident import ChangePoint, Incident
from canary.domain.ports import Store
from canary.domain.suite import Prompt, Suite
from canary.domain.trial import RECHECK, Run, Trial

if TYPE_CHECKING:
    from canary.pipeline.judging import Judgement

PROMPTS = 5
FIELDS = {"tokenizer": "input_tokens"}
"""Exact metric -> field of the record, where it is called otherwise."""
OWN = "fingerprint"
"""The exact metric that is not asked again: it is what carries the trials, and asking tells nothing of it."""


def moved_today(run: Run, judgement: "Judgement") -> Sequence[ChangePoint]:
    """Exact findings of a scheduled run's targets that it raised."""
    return [
        change
        for incident in judgement.analysis.incidents
        for change in _exact(incident)
        if change.raised_on == run.day and change.target in run.targets
    ]


def _exact(incident: Incident) -> list[ChangePoint]:
    return [change for change in incident.changes if change.kind == "exact" and change.metric != OWN]


def recheck_of(plan: Run, found: Sequence[ChangePoint], suite: Suite) -> Run:
    """A planned confirmation run cut down to a few prompts: those that moved alone, then the first with one turn."""
    named = [change.prompt for change in found if change.prompt in plan.prompts]
    short = [p for p in plan.prompts if len(suite.by_id[p].turns) == 1] or list(plan.prompts)
    chosen = tuple(dict.fromkeys([*(name for name in named if name), *short]))[:PROMPTS]
    asked: tuple[Prompt, ...] = tuple(suite.by_id[name] for name in chosen)
    return replace(
        plan,
        id=plan.id.removesuffix("confirmation") + RECHECK,
        label="asks again what an exact finding rests on",
        prompts=chosen,
        suite=Suite(prompts=asked).digest,
    )


def rechecks(store: Store, incident: Incident) -> Iterator[Recheck]:
    """What the trials that were asked again say of an incident's exact findings, in the order of its changes."""
    exact = _exact(incident)
    if not exact:
        return
    days = {change.raised_on for change in exact}
    again = [
        run for run in store.runs(trigger="confirmation") if run.id.endswith(RECHECK) and run.day in days
    ]
    for change in exact:
        for run in again:
            if run.day == change.raised_on and change.target in run.targets:
                yield from _said(store, change, run)


def _said(store: Store, change: ChangePoint, again: Run) -> Iterator[Recheck]:
    first = next((run for run in store.runs(trigger="schedule") if run.slot == again.slot), None)
    if first is None:
        return
    field = FIELDS.get(change.metric, change.metric)
    values: dict[str, set[object]] = {}
    for trial in _measured(store, first, change.target, field):
        values.setdefault(trial.prompt, set()).add(getattr(trial, field))
    asked = [t for t in _measured(store, again, change.target, field) if t.prompt in values]
    if asked:
        yield Recheck(
            target=change.target,
            metric=change.metric,
            at=again.started_at,
            asked=len(asked),
            shown=sum(getattr(trial, field) in values[trial.prompt] for trial in asked),
        )


def _measured(store: Store, run: Run, target: str, field: str) -> Iterator[Trial]:
    for trial in store.trials(run=run.id, texts=False):
        if trial.target == target and trial.outcome != "failed" and getattr(trial, field) is not None:
            yield trial
