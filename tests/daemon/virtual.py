"""Virtual time for many tasks: it goes on when all of them sleep, to the moment of the one that wakes first."""

import asyncio
import heapq
from datetime import UTC, datetime, timedelta
from itertools import count

from canary.domain.ports import Clock

MORNING = datetime(2026, 3, 1, 5, tzinfo=UTC)
ROUNDS = 25
"""Turns of the event loop in which whoever can work has worked."""


class VirtualClock(Clock):
    """A clock that tests wind on."""

    def __init__(self, now: datetime = MORNING) -> None:
        self._now = now
        self._passed = 0.0
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []
        self._order = count()

    def now(self) -> datetime:
        return self._now

    def monotonic(self) -> float:
        return self._passed

    async def sleep(self, seconds: float) -> None:
        waiting: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self._passed + seconds, next(self._order), waiting))
        await waiting

    def jump(self, by: timedelta) -> None:
        """Set the clock; nobody slept for it."""
        self._now += by

    async def pass_time(self, span: timedelta) -> None:
        """Let time go by, waking whoever sleeps in it, in order."""
        end = self._passed + span.total_seconds()
        await self._settle()
        while self._sleepers and self._sleepers[0][0] <= end:
            moment, _, waiting = heapq.heappop(self._sleepers)
            self._reach(moment)
            if not waiting.done():
                waiting.set_result(None)
                await self._settle()
        self._reach(end)

    def _reach(self, moment: float) -> None:
        self._now += timedelta(seconds=moment - self._passed)
        self._passed = moment

    async def _settle(self) -> None:
        for _ in range(ROUNDS):
            await asyncio.sleep(0)
