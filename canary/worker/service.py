"""The process that carries out trials until it is told to stop, and outlives a database that is gone."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from canary.domain.errors import CanaryError
from canary.domain.ports import Clock
from canary.worker.engine import Engine
from canary.worker.hand import Hand
from canary.worker.shared import Note

RECOVER_S = 10.0
"""Seconds between two looks for trials that a dead process holds."""
AGAIN_S = 15.0
"""Seconds until a database that could not be reached is tried again."""


@dataclass(kw_only=True)
class Worker:
    """One worker process.

    Attributes:
        engine: makes a connection to the queues.
        hand: carries trials out.
        limits: queue -> trials in flight.
        clock: time.
        note: told what happens.
        come_round: told that the loops come round.
    """

    engine: Callable[[], Engine]
    hand: Hand
    limits: Mapping[str, int]
    clock: Clock
    note: Note
    come_round: Callable[[], None] = lambda: None
    _stopping: asyncio.Event = field(default_factory=asyncio.Event)
    _trouble: str = ""

    def request_stop(self) -> None:
        """Take nothing new; the second time wait for nothing either. Called from a signal's handler in the event loop."""
        if self._stopping.is_set():
            self.hand.abandon()
        self._stopping.set()

    async def serve(self) -> None:
        """Work until a stop is requested; what is in flight is then finished, or given back within `engine.GRACE_S`."""
        while not self._stopping.is_set():
            try:
                await self._serve_while_it_works()
            except CanaryError as problem:
                if str(problem) != self._trouble:
                    self._trouble = str(problem)
                    self.note("trouble", f"worker: {problem}", problem=str(problem))
                await self._until_stopped(AGAIN_S)
        await self.hand.leave_idle(0.0)

    async def _serve_while_it_works(self) -> None:
        engine = self.engine()
        async with engine.opened():
            serving = asyncio.create_task(engine.serve(self.limits, self.hand.carry))
            try:
                while not serving.done() and not self._stopping.is_set():
                    self.come_round()
                    await engine.recover(sorted(self.limits))
                    await self.hand.leave_idle()
                    self._works()
                    await self._until_stopped(RECOVER_S, serving)
            finally:
                serving.cancel()
                ended = await asyncio.gather(serving, return_exceptions=True)
        if not self._stopping.is_set() and isinstance(ended[0], CanaryError):
            raise ended[0]

    def _works(self) -> None:
        if self._trouble:
            self._trouble = ""
            self.note("recovered", "worker: works again")

    async def _until_stopped(self, seconds: float, *others: "asyncio.Task[None]") -> None:
        waits = [asyncio.create_task(self._stopping.wait()), asyncio.ensure_future(self.clock.sleep(seconds))]
        await asyncio.wait([*waits, *others], return_when=asyncio.FIRST_COMPLETED)
        for wait in waits:
            wait.cancel()
        await asyncio.gather(*waits, return_exceptions=True)
