"""A run and its extra trials: what an exact finding of it rests on, asked again, and what confirms or dispels a suspicion."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import TypeAlias

from canary.domain.errors import ConfigurationError, IncompleteRun, UsageError
from canary.domain.trial import RECHECK, Run
from canary.pipeline.judging import Judgement
from canary.pipeline.results import RunResult, worst_first
from canary.pipeline.runs import Pipeline

Carry: TypeAlias = Callable[[Run, bool], Awaitable[RunResult | None]]
"""Carries out a run; the flag says that the store has it already. None where its slot is taken."""

UNFINISHED = frozenset({"running", "interrupted"})
"""How far a run came that can be gone on with."""


def _tell_nobody(_extra: Run) -> None:
    """Extra trials that nobody is told of."""


async def with_confirmation(
    pipeline: Pipeline,
    planned: Run,
    carry: Carry,
    *,
    resumed: bool = False,
    confirming: Callable[[Run], None] = _tell_nobody,
) -> RunResult | None:
    """Carry out a run, then its confirmation where it has one; what `carry` raises is raised.

    Args:
        pipeline: who plans.
        planned: a plan, or with `resumed` a stored run.
        carry: carries each of them out.
        resumed: the run is in the store already.
        confirming: told the extra run before it starts.

    Returns:
        What the run came to, judged after its confirmation; None where its slot is already taken.
    """
    result = await carry(planned, resumed)
    return None if result is None else await confirmed(pipeline, result, carry, confirming=confirming)


async def confirmed(
    pipeline: Pipeline,
    result: RunResult,
    carry: Carry,
    *,
    confirming: Callable[[Run], None] = _tell_nobody,
) -> RunResult:
    """The result with what extra trials said, where some are asked for or an earlier process began them.

    A run that is not fine asks for none. Extra trials that go unanswered are a problem of the result, and hold back no others.
    """
    if result.problems:
        return result
    for suffix, plan in ((RECHECK, pipeline.recheck), ("confirmation", pipeline.confirmation)):
        extra, begun = _extra(pipeline, result, plan, suffix)
        if extra is None:
            continue
        confirming(extra)
        said = await carry(extra, begun)
        if said is None:
            continue
        judgement = said.judgement or result.judgement
        result = replace(
            result, judgement=judgement, problems=worst_first((*result.problems, *said.problems))
        )
        if not all(isinstance(one, IncompleteRun | ConfigurationError) for one in said.problems):
            break
    return result


def reason_of(extra: Run) -> str:
    """Why extra trials are asked for, as people are told."""
    names = ", ".join(extra.targets)
    if extra.id.endswith(RECHECK):
        return f"A value that never varied has changed: a few trials ask {names} again"
    return f"A drop of pass rate is suspected: extra trials of {names}"


def _extra(
    pipeline: Pipeline, result: RunResult, plan: Callable[[Run, Judgement | None], Run | None], suffix: str
) -> tuple[Run | None, bool]:
    """The extra run of one kind, and whether it has begun; None where there is none to carry out."""
    run = result.run
    planned = plan(run, result.judgement)
    if planned is not None or run.slot is None or run.trigger != "schedule":
        return planned, False
    begun = pipeline.store.run(f"{run.slot:%Y%m%dT%H%M%SZ}-{suffix}")
    if begun is None or begun.status not in UNFINISHED:
        return None, False
    try:
        return pipeline.resumable(begun.id), True
    except UsageError:
        # The prompts or the target have changed since: what it asked can't be asked any more.
        return None, False
