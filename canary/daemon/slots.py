"""A slot's run from wherever it stands to its page: begun, gone on with, or only judged and published again."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, Protocol, TypeAlias

from canary.domain.canonical import Json
from canary.domain.errors import CanaryError, Stopped, StoreError, UsageError
from canary.domain.trial import Run
from canary.pipeline.confirming import UNFINISHED, confirmed, reason_of, with_confirmation
from canary.pipeline.requests import RunRequest
from canary.pipeline.results import RunResult
from canary.pipeline.runs import Pipeline
from canary.runner.collect import Collected, StopSwitch

LATE = timedelta(minutes=10)
"""How long after its start a run may begin before it is marked late."""

Ending: TypeAlias = Literal["done", "abandoned", "give_back", "put_off"]
"""What becomes of the duty: settled either way, anybody's at once, or anybody's when the lease ends."""


class Note(Protocol):
    """Tells something that happens: a name for programs, a sentence for people, facts."""

    def __call__(self, event: str, text: str, **facts: Json) -> None: ...


@dataclass(frozen=True, kw_only=True, slots=True)
class Carried:
    """What carrying out a slot came to.

    Attributes:
        ending: what becomes of the duty.
        run: the run, where one is stored.
    """

    ending: Ending
    run: Run | None = None


@dataclass(frozen=True, kw_only=True)
class SlotWork:
    """Who carries out the runs of slots.

    Attributes:
        pipeline: who does it.
        stop: asked before each trial.
        note: told what happens.
        start_of: when a slot's run should have started.
    """

    pipeline: Pipeline
    stop: StopSwitch
    note: Note
    start_of: Callable[[datetime], datetime]

    async def carry_out(self, slot: datetime, *, latest: bool) -> Carried:
        """Bring a slot's run to its end.

        Args:
            slot: which.
            latest: no later slot is due; an older run is not asked any further, only judged and published.
        """
        try:
            result = await self._result(slot, latest=latest)
        except CanaryError as problem:
            self.note("slot_failed", f"The run of {slot:%Y-%m-%d %H:%M} UTC: {problem}", problem=str(problem))
            return Carried(ending="put_off")
        if result is None:
            return Carried(ending="abandoned")
        for one in result.problems:
            self.note("problem", f"Run {result.run.id}: {one}", run=result.run.id, problem=str(one))
        self._say_ended(result)
        return Carried(ending=_ending(result), run=result.run)

    async def _result(self, slot: datetime, *, latest: bool) -> RunResult | None:
        """None where the slot has no run and is to have none any more."""
        planned = self._planned(slot)
        kept = self.pipeline.store.run(planned.id)
        if kept is None and latest:
            result = await with_confirmation(
                self.pipeline, planned, self._carry, confirming=self._say_confirming
            )
            if result is not None:
                return result
            # Another began it between our look and our claim of its row.
            kept = self.pipeline.store.run(planned.id)
        if kept is None:
            return None
        return await self._completed(kept, latest=latest)

    def _planned(self, slot: datetime) -> Run:
        late = self.pipeline.clock.now() - self.start_of(slot)
        label = f"late by {_span(late)}" if late > LATE else None
        return self.pipeline.plan(RunRequest(trigger="schedule", slot=slot, label=label))

    async def _completed(self, kept: Run, *, latest: bool) -> RunResult:
        """A stored run gone on with where that makes sense, else judged and published as it stands."""
        if kept.status in UNFINISHED and latest:
            try:
                run = self.pipeline.resumable(kept.id)
            except UsageError as changed:
                self.note("not_resumed", f"Run {kept.id} stays incomplete: {changed.problem}", run=kept.id)
            else:
                self.note("resuming", f"Going on with run {kept.id}", run=kept.id)
                result = await with_confirmation(
                    self.pipeline, run, self._carry, resumed=True, confirming=self._say_confirming
                )
                assert result is not None, "a stored run has its slot"
                return result
        with self.pipeline.store.hold_run(kept.id) as mine:
            if not mine:
                raise UsageError(f"run {kept.id} is being carried out by another process")
            result = self.pipeline.concluded(kept.id, Collected(status=kept.status, error=None))
        if kept.status != "complete" or not latest:
            return result
        return await confirmed(self.pipeline, result, self._carry, confirming=self._say_confirming)

    async def _carry(self, run: Run, resumed: bool) -> RunResult | None:
        result = await self.pipeline.carry_out(run, resumed=resumed, stop=self.stop, opened=self._say_opened)
        await asyncio.sleep(0)
        return result

    def _say_opened(self, run: Run) -> None:
        late = f" ({run.label})" if run.label else ""
        targets = "1 target" if len(run.targets) == 1 else f"{len(run.targets)} targets"
        text = f"Run {run.id}{late}: {len(run.prompts)} prompts x {run.replicates} to {targets}"
        self.note("run_started", text, run=run.id)

    def _say_ended(self, result: RunResult) -> None:
        graded, planned = (sum(getattr(t, name) for t in result.tallies) for name in ("graded", "planned"))
        text = f"Run {result.run.id} is {result.run.status}: {graded} of {planned} trials answered."
        self.note("run_ended", text, run=result.run.id, status=result.run.status)

    def _say_confirming(self, extra: Run) -> None:
        self.note("confirming", reason_of(extra), run=extra.id)


def _ending(result: RunResult) -> Ending:
    if any(isinstance(problem, Stopped) for problem in result.problems):
        return "give_back"
    if any(isinstance(problem, StoreError) for problem in result.problems):
        return "put_off"
    return "abandoned" if result.run.status in UNFINISHED else "done"


def _span(late: timedelta) -> str:
    minutes = int(late.total_seconds() // 60)
    return f"{minutes // 60} h {minutes % 60} min" if minutes >= 60 else f"{minutes} min"  # noqa: PLR2004 -- minutes of an hour
