"""Fakes of the ports. They subclass the port, so that a port that grows breaks them here and not in production."""

import asyncio
from datetime import UTC, datetime, timedelta

from canary.domain.ports import Clock, Conditions, Meter
from canary.domain.target import TargetSpec
from canary.domain.trial import Step, TrialKey

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
