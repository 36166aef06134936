"""Fakes of the ports. They subclass the port, so that a port that grows breaks them here and not in production."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from canary.domain.ports import Clock, Conditions, Meter, Target
from canary.domain.suite import Prompt
from canary.domain.target import TargetSpec
from canary.domain.trial import Attempt, Failure, FailureKind, Step, Transcript, TrialKey, Usage

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


class FakeClock(Clock):
    """Time that passes only when somebody sleeps."""

    def __init__(self, now: datetime = NOON) -> None:
        self._start = now
        self._passed = 0.0
        self.slept: list[float] = []

    def now(self) -> datetime:
        return self._start + timedelta(seconds=self._passed)

    def monotonic(self) -> float:
        return self._passed

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self._passed += seconds
        await asyncio.sleep(0)


class FakeMeter(Meter):
    """A budget without end that keeps the account."""

    def __init__(self) -> None:
        self.admitted = 0
        self.counted: list[tuple[str, Step]] = []

    def admit(self) -> None:
        self.admitted += 1

    def count(self, spec: TargetSpec, step: Step) -> None:
        self.counted.append((spec.name, step))


def conditions(meter: Meter | None = None, *, pauses: bool = False, prompt: str = "p/one") -> Conditions:
    """Conditions of a trial that nothing limits."""
    key = TrialKey(run="r", target="t", prompt=prompt, replicate=0)
    return Conditions(key=key, meter=meter or FakeMeter(), pauses=pauses)


class FakeTarget(Target):
    """A system that answers from a function of (prompt, attempt number of that trial, from 1)."""

    def __init__(
        self,
        spec: TargetSpec,
        answer: Callable[[Prompt, int], Transcript] = lambda prompt, _number: said(prompt, "yes"),
    ) -> None:
        self._spec = spec
        self._answer = answer
        self.asked: list[TrialKey] = []
        self.closed = False

    @property
    def spec(self) -> TargetSpec:
        return self._spec

    async def attempt(self, prompt: Prompt, conditions: Conditions) -> Transcript:
        conditions.meter.admit()
        self.asked.append(conditions.key)
        await asyncio.sleep(0)
        transcript = self._answer(prompt, self.asked.count(conditions.key))
        for step in transcript.steps:
            conditions.meter.count(self._spec, step)
        return transcript

    async def close(self) -> None:
        self.closed = True


def said(prompt: Prompt, *texts: str, usage: Usage | None = None, **fields: Any) -> Transcript:
    """A transcript of plain answers, one a turn; by default 10 tokens in and 5 out each."""
    usage = usage or Usage(input_tokens=10, output_tokens=5)
    steps = tuple(
        Step(turn=turn, text=text, usage=usage, latency_s=0.5, served_model="m", stop_reason="end_turn")
        for turn, text in enumerate(texts)
    )
    attempts = tuple(Attempt(started_at=NOON, latency_s=0.5, step=turn) for turn in range(len(texts)))
    assert len(texts) <= len(prompt.turns)
    return Transcript(**({"steps": steps, "stop": "end", "attempts": attempts} | fields))


def failed(kind: FailureKind, *, retryable: bool = True, attempts: int = 1) -> Transcript:
    """A transcript of nothing but failed attempts."""
    failure = Failure(kind=kind, message=f"it was {kind}", retryable=retryable)
    log = tuple(Attempt(started_at=NOON, latency_s=0.1, step=0, failure=failure) for _ in range(attempts))
    return Transcript(failure=failure, attempts=log)
