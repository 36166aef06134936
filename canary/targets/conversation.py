"""A raw API as a target: the scripted conversation over a wire, with its pauses, its retries and its account.

`canary.domain.dialogue.converse` says what the model must see next; this module sends it, counts it, and tries again
where trying again may help. The SDKs' own retries are off: every request is admitted by the meter and recorded.
"""

import asyncio
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from canary.domain.dialogue import Ask, Dialogue, converse
from canary.domain.errors import BudgetStop
from canary.domain.ports import Clock, Conditions, Target
from canary.domain.suite import Prompt
from canary.domain.target import TargetSpec
from canary.domain.trial import Attempt, Failure, Step, Transcript, TrialKey
from canary.targets.failures import Explainer, Unanswered
from canary.targets.retries import next_wait_s


class Wire(Protocol):
    """One protocol over one SDK client; knows nothing of turns, retries and budgets."""

    @property
    def fingerprint(self) -> Mapping[str, str]:
        """Versions of what carries the requests."""
        ...

    async def retirement(self) -> Mapping[str, str]:
        """Dates the provider's models list names for the model; {} where it names or says nothing. Never an error."""
        return {}

    async def send(self, ask: Ask, prompt: Prompt, request_id: str) -> Step:
        """Send one request and read its answer to the end.

        Raises:
            Unanswered: there is no complete answer.
        """
        ...

    async def close(self) -> None:
        """Release connections."""
        ...


@dataclass(kw_only=True, slots=True)
class _Log:
    """What one trial has come to so far."""

    key: TrialKey
    steps: tuple[Step, ...] = ()
    attempts: list[Attempt] = field(default_factory=list)
    skipped_pauses: bool = False
    retirement: Mapping[str, str] = field(default_factory=dict)

    def next_request_id(self) -> str:
        return request_id(self.key, len(self.attempts) + 1)


class _GaveUp(Exception):
    """There will be no answer."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.kind)
        self.failure = failure


def request_id(key: TrialKey, number: int) -> str:
    """Our id of a trial's `number`-th request (from 1): `<run>.<16 hex of target|prompt|replicate>.<number>`.

    All requests of a trial share the middle part. Characters that a header can't carry become `_`.
    """
    trial = hashlib.sha256(f"{key.target}|{key.prompt}|{key.replicate}".encode()).hexdigest()[:16]
    return f"{re.sub(r'[^!-~]', '_', key.run)}.{trial}.{number}"


class ApiTarget(Target):
    """A model behind a raw API."""

    def __init__(self, *, spec: TargetSpec, wire: Wire, explainer: Explainer, clock: Clock) -> None:
        self._spec = spec
        self._wire = wire
        self._explainer = explainer
        self._clock = clock

    @property
    def spec(self) -> TargetSpec:
        """What it is."""
        return self._spec

    async def attempt(self, prompt: Prompt, conditions: Conditions) -> Transcript:
        """Hold the prompt's conversation; see the port for the law on errors.

        `spec.timeout_s` bounds each request as a whole in real time, whatever clock is injected.
        """
        log = _Log(key=conditions.key)
        try:
            log.retirement = await self._wire.retirement()
            dialogue = await self._converse(prompt, conditions, log)
        except BudgetStop:
            raise
        except _GaveUp as end:
            return self._transcript(log, failure=end.failure)
        except Exception as error:  # noqa: BLE001 - a defect of ours is this trial's failure, not the run's end
            return self._transcript(log, failure=self._explainer.internal(error))
        return self._transcript(log, dialogue=dialogue)

    async def close(self) -> None:
        """Release connections; no request may follow."""
        await self._wire.close()

    def _transcript(
        self, log: _Log, *, dialogue: Dialogue | None = None, failure: Failure | None = None
    ) -> Transcript:
        return Transcript(
            steps=dialogue.steps if dialogue else log.steps,
            stop=dialogue.stop if dialogue else None,
            failure=failure,
            attempts=tuple(log.attempts),
            files=dialogue.files if dialogue else None,
            skipped_pauses=log.skipped_pauses,
            fingerprint={**self._wire.fingerprint, **log.retirement},
        )

    async def _converse(self, prompt: Prompt, conditions: Conditions, log: _Log) -> Dialogue:
        conversation = converse(prompt)
        ask = next(conversation)
        while True:
            log.steps = tuple(entry for entry in ask.history if isinstance(entry, Step))
            await self._pause(ask.pause_s, conditions, log)
            step = await self._answer(ask, prompt, conditions, log)
            log.steps = (*log.steps, step)
            try:
                ask = conversation.send(step)
            except StopIteration as end:
                dialogue: Dialogue = end.value
                return dialogue

    async def _pause(self, pause_s: float, conditions: Conditions, log: _Log) -> None:
        if pause_s <= 0:
            return
        if conditions.pauses:
            await self._clock.sleep(pause_s)
        else:
            log.skipped_pauses = True

    async def _answer(self, ask: Ask, prompt: Prompt, conditions: Conditions, log: _Log) -> Step:
        """The model's next reply, after as many requests as it takes and the target allows.

        Raises:
            BudgetStop: the meter refused a request.
            _GaveUp: there is no reply.
        """
        attempt = 0
        waited_s = 0.0
        while True:
            attempt += 1
            conditions.meter.admit()
            sent_as = log.next_request_id()
            outcome = await self._request(ask, prompt, log, sent_as, waited_s)
            if isinstance(outcome, Step):
                conditions.meter.count(self._spec, outcome)
                return outcome
            wait = next_wait_s(
                outcome, request_id=sent_as, attempt=attempt, max_attempts=self._spec.max_attempts
            )
            if isinstance(wait, Failure):
                raise _GaveUp(wait)
            await self._clock.sleep(wait)
            waited_s = wait

    async def _request(
        self, ask: Ask, prompt: Prompt, log: _Log, sent_as: str, waited_s: float
    ) -> Step | Failure:
        """One request on the wire, recorded whatever comes of it."""
        started_at, begun = self._clock.now(), self._clock.monotonic()
        outcome: Step | Failure
        provider_id: str | None = None
        try:
            async with asyncio.timeout(self._spec.timeout_s):
                outcome = await self._wire.send(ask, prompt, sent_as)
            provider_id = outcome.request_id
        except Unanswered as error:
            outcome, provider_id = error.failure, error.request_id
        except TimeoutError:
            outcome = self._too_slow()
        except Exception as error:  # noqa: BLE001 - recorded as an attempt before the trial fails of it
            outcome = self._explainer.internal(error)
        log.attempts.append(
            Attempt(
                started_at=started_at,
                latency_s=self._clock.monotonic() - begun,
                step=len(log.steps),
                failure=outcome if isinstance(outcome, Failure) else None,
                request_id=provider_id,
                waited_s=waited_s,
                output_tokens_per_s=outcome.output_tokens_per_s if isinstance(outcome, Step) else None,
            )
        )
        return outcome

    def _too_slow(self) -> Failure:
        message = f"no complete answer from {self._explainer.host} within {self._spec.timeout_s:g} s"
        return Failure(kind="timeout", message=message, retryable=True)
