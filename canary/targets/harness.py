"""An agent CLI as a target: one process per user turn, in a folder that lasts one trial.

The agent drives the conversation, so this module only hands it the user's turns, reads what it prints, and sees that
nothing is left. Between two turns no process runs: the session lies in the trial's own home, and the arm
`harness-resumed` takes it up again after `idle_gap`.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Protocol

from canary.domain.errors import BudgetStop
from canary.domain.ports import Clock, Conditions, Target
from canary.domain.suite import Prompt
from canary.domain.target import TargetSpec
from canary.domain.trial import Attempt, Failure, Step, Stop, Transcript, Usage
from canary.targets.harness_reply import Answered, Fold, attempts_of
from canary.targets.redaction import Redactor
from canary.targets.sandbox import Limits, environment, run
from canary.targets.scratch import Scratch, scratch
from canary.targets.served_tools import ServedTools, serve
from canary.targets.wire import without_secrets

_BROKEN_OFF: frozenset[Stop] = frozenset({"refusal", "max_tokens", "context_window", "call_limit"})
"""Ends after which the next turn would be answered on a broken footing."""


@dataclass(frozen=True, kw_only=True, slots=True)
class TurnOrder:
    """One user turn to be put to the agent.

    Attributes:
        prompt: the prompt it belongs to.
        index: which turn, from 0.
        session: the agent's name of the conversation; None on the first turn.
        left_usd: what may still be spent on this trial; None = no limit.
        earlier: the agent's own account so far.
        served: tools of the prompt's that are served to it; None where it has none.
    """

    prompt: Prompt
    index: int
    session: str | None = None
    left_usd: float | None = None
    earlier: Mapping[str, Usage] = field(default_factory=dict)
    served: ServedTools | None = None

    @property
    def goes_on(self) -> bool:
        """Whether another turn follows, so that the session has to be kept."""
        return self.index + 1 < len(self.prompt.turns)


class Cli(Protocol):
    """What is particular to one agent CLI."""

    @property
    def fingerprint(self) -> Mapping[str, str]:
        """What it is: name, version, feature flags."""
        ...

    def argv(self, order: TurnOrder) -> list[str]:
        """Program and arguments; the user's text goes to standard input."""
        ...

    def env(self, place: Scratch) -> Mapping[str, str]:
        """Variables of its own."""
        ...

    def fold(self, order: TurnOrder, work: str) -> Fold:
        """A fresh fold over its output."""
        ...

    def completed(self, answered: Answered, place: Scratch) -> Answered:
        """The turn with what the agent wrote down and did not print."""
        ...


@dataclass(kw_only=True, slots=True)
class _Log:
    """What one trial has come to so far."""

    steps: tuple[Step, ...] = ()
    attempts: list[Attempt] = field(default_factory=list)
    skipped_pauses: bool = False
    spent_usd: float = 0.0
    flags: tuple[str, ...] = ()


class HarnessTarget(Target):
    """A model behind an agent CLI."""

    def __init__(
        self, *, spec: TargetSpec, cli: Cli, root: Path, redactor: Redactor, clock: Clock, limits: Limits
    ) -> None:
        """Prepare; see `registry.build_target`. `root` is where trials have their folders."""
        self._spec = spec
        self._cli = cli
        self._root = root
        self._redactor = redactor
        self._clock = clock
        self._limits = limits

    @property
    def spec(self) -> TargetSpec:
        """What it is."""
        return self._spec

    @property
    def fingerprint(self) -> Mapping[str, str]:
        """What carries its trials: the agent, its version, the account's label."""
        identity = {"identity": self._spec.identity} if self._spec.identity else {}
        return {**self._cli.fingerprint, **identity}

    async def attempt(self, prompt: Prompt, conditions: Conditions) -> Transcript:
        """Put the prompt to the agent; see the port for the law on errors.

        `spec.timeout_s` bounds each user turn in real time, whatever clock is injected. Nothing is tried again here:
        the agent retries its own requests, as often as `max_attempts` says.
        """
        log = _Log()
        files = prompt.environment.files if prompt.environment else {}
        try:
            with scratch(self._root, conditions.key, files) as place:
                return await self._converse(prompt, conditions, place, log)
        except BudgetStop:
            raise
        except Exception as error:  # noqa: BLE001 - a defect of ours is this trial's failure, not the run's end
            message = self._redactor.line(f"{type(error).__name__}: {error}")
            return self._transcript(log, failure=Failure(kind="internal", message=message, retryable=False))

    async def close(self) -> None:
        """Nothing is held between trials."""

    async def _converse(
        self, prompt: Prompt, conditions: Conditions, place: Scratch, log: _Log
    ) -> Transcript:
        served = serve(prompt.environment, place.root)
        order = TurnOrder(prompt=prompt, index=0, served=served)
        stop: Stop = "unknown"
        for index in range(len(prompt.turns)):
            await self._silence(prompt, index, conditions, log)
            conditions.meter.admit()
            max_usd = self._spec.harness.max_usd
            left = None if max_usd is None else max(0.0, max_usd - log.spent_usd)
            order = replace(order, index=index, left_usd=left)
            answered = await self._turn(order, conditions, place, log)
            if answered.failure is not None:
                return self._transcript(log, failure=answered.failure)
            order = replace(order, session=answered.session or order.session, earlier=answered.told)
            stop = answered.stop or "unknown"
            if stop in _BROKEN_OFF:
                break
        return self._graded(prompt, place, log, stop)

    def _graded(self, prompt: Prompt, place: Scratch, log: _Log, stop: Stop) -> Transcript:
        if prompt.environment is None:
            return self._transcript(log, stop=stop)
        files, flags = place.tree(prompt.environment.files)
        clean = {path: str(self._redactor.scrubbed(text)) for path, text in files.items()}
        if flags:
            log.steps = (
                *log.steps[:-1],
                replace(log.steps[-1], flags=(*log.steps[-1].flags, *flags)),
            )
        return self._transcript(log, stop=stop, files=clean)

    async def _silence(self, prompt: Prompt, index: int, conditions: Conditions, log: _Log) -> None:
        """Wait before a turn: `idle_gap` once where the session is to be resumed, else the prompt's own pause."""
        gap = self._spec.harness.idle_gap_s
        if gap is not None and index == resumed_at(prompt):
            await self._clock.sleep(gap)
            return
        pause = prompt.turns[index].pause_s or 0.0
        if pause > 0 and conditions.pauses:
            await self._clock.sleep(pause)
        elif pause > 0:
            log.skipped_pauses = True

    async def _turn(self, order: TurnOrder, conditions: Conditions, place: Scratch, log: _Log) -> Answered:
        started_at = self._clock.now()
        fold = self._cli.fold(order, str(place.work))
        exit_ = await run(
            self._cli.argv(order),
            env=environment(os.environ, place, self._cli.env(place)),
            scratch=place,
            stdin=place.stdin(order.prompt.turns[order.index].user),
            limits=self._limits,
            clock=self._clock,
            take=fold.add,
        )
        answered = self._cli.completed(fold.answered(exit_), place)
        steps = tuple(self._clean(replace(step, turn=order.index)) for step in answered.steps)
        for step in steps:
            conditions.meter.count(self._spec, step)
        log.attempts += attempts_of(answered, len(log.steps), started_at, exit_)
        log.steps = (*log.steps, *steps)
        log.spent_usd += answered.cost_usd or 0.0
        return answered

    def _clean(self, step: Step) -> Step:
        """The step without the key, also where a tool of the agent's told it: its commands may see it."""
        calls = tuple(
            call
            if call.result is None
            else replace(
                call, result=replace(call.result, text=str(self._redactor.scrubbed(call.result.text)))
            )
            for call in step.tool_calls
        )
        return without_secrets(replace(step, tool_calls=calls), self._redactor)

    def _transcript(
        self,
        log: _Log,
        *,
        stop: Stop | None = None,
        failure: Failure | None = None,
        files: Mapping[str, str] | None = None,
    ) -> Transcript:
        return Transcript(
            steps=log.steps,
            stop=stop,
            failure=failure,
            attempts=tuple(log.attempts),
            files=files,
            skipped_pauses=log.skipped_pauses,
            fingerprint=self.fingerprint,
        )


def resumed_at(prompt: Prompt) -> int:
    """Before which turn the arm `harness-resumed` is silent: the first that the prompt pauses before, else the second.

    Beyond the last turn for a prompt of one turn: it has no session to take up again.
    """
    paused = (index for index, turn in enumerate(prompt.turns) if index and turn.pause_s)
    return next(paused, 1)
