"""The daemon itself: a few loops side by side, none of which ends because something failed once."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeAlias

from canary.daemon.keeper import Keeper
from canary.daemon.slots import Carried, Ending, Note
from canary.domain.errors import CanaryError
from canary.domain.ports import Clock
from canary.domain.trial import Run
from canary.runner.collect import StopSwitch

LOOK_S = 15.0
"""Seconds between two looks at what is due."""
DELIVER_S = 60.0
MISSING_S = 300.0
"""Seconds between two looks at whether a run is missing."""
GRACE_S = 20.0
"""Seconds in-flight trials get after a signal; container platforms kill after 30."""

CarrySlot: TypeAlias = Callable[[datetime, bool], Awaitable[Carried]]
"""Carries out the run of a slot; the flag says that no later slot is due."""


async def _nothing() -> None:
    """An errand that this deployment has no use for."""


async def _tell_nobody(_run: Run) -> None:
    """A complete run that nobody outside waits for."""


@dataclass(frozen=True, kw_only=True)
class Errands:
    """What the daemon does beside runs. Each may be called again after it failed, and by several replicas.

    Attributes:
        deliver: one pass over the outbox.
        digest: queues the digest that is due at a moment.
        missing: the due slot of a run that is missing and the slot of the last complete one; None = none is missing.
        alarm: queues the alarm for a missing run, with what `missing` said.
        finished: told of each complete scheduled run.
    """

    deliver: Callable[[], Awaitable[None]] = _nothing
    digest: Callable[[datetime], Awaitable[None]] | None = None
    missing: Callable[[], tuple[datetime, datetime | None] | None] = lambda: None
    alarm: Callable[[datetime, datetime | None], Awaitable[None]] | None = None
    finished: Callable[[Run], Awaitable[None]] = _tell_nobody


@dataclass(kw_only=True)
class Service:
    """One process of the daemon.

    Attributes:
        runs: who keeps the duty of scheduled runs.
        carry: carries one out.
        errands: what else is done.
        clock: time.
        stop: asked before each trial.
        note: told what happens.
        come_round: told that the loops come round.
        digests: who keeps the duty of digests; None = there are none.
        alarms: who keeps the duty of alarms; its timetable is not asked. None = there are none.
    """

    runs: Keeper
    carry: CarrySlot
    errands: Errands
    clock: Clock
    stop: StopSwitch
    note: Note
    come_round: Callable[[], None] = lambda: None
    digests: Keeper | None = None
    alarms: Keeper | None = None
    _stopping: asyncio.Event = field(default_factory=asyncio.Event)
    _trouble: dict[str, str] = field(default_factory=dict)
    _tasks: "list[asyncio.Future[Any]]" = field(default_factory=list)
    _sleepers: "set[asyncio.Future[Any]]" = field(default_factory=set)

    def request_stop(self, number: int) -> None:
        """Start nothing new, and the second time don't wait either; called from a signal's handler in the event loop."""
        if self._stopping.is_set():
            for task in self._tasks:
                task.cancel()
            return
        self.stop.request(number)
        self._stopping.set()
        for sleeping in self._sleepers:
            sleeping.cancel()

    async def serve(self) -> None:
        """Work until a stop is requested; trials and a message in flight then get `GRACE_S`, and the run stays resumable."""
        self._tasks = [
            asyncio.create_task(self._each(LOOK_S, "runs", self.run_due)),
            asyncio.create_task(self._each(DELIVER_S, "delivery", self.errands.deliver)),
            asyncio.create_task(self._each(LOOK_S, "digest", self.digest_due)),
            asyncio.create_task(self._each(MISSING_S, "alarm", self.alarm_due)),
        ]
        try:
            await self._stopping.wait()
            if self.runs.held is not None:
                self.note("stopping", f"Stopping: trials in flight get {GRACE_S:.0f} s to finish.")
            ended, grace = asyncio.ensure_future(asyncio.wait(self._tasks)), self._sleeping(GRACE_S)
            await asyncio.wait({ended, grace}, return_when=asyncio.FIRST_COMPLETED)
            self._tasks += [ended, grace]
        finally:
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _each(self, every_s: float, name: str, work: Callable[[], Awaitable[None]]) -> None:
        while not self._stopping.is_set():
            self.come_round()
            await self._tried(name, work)
            if not self._stopping.is_set():
                await self._rest(every_s)

    async def _rest(self, seconds: float) -> None:
        """Sleep until it is time, or until a stop is requested."""
        sleeping = self._sleeping(seconds)
        self._sleepers.add(sleeping)
        try:
            await asyncio.wait({sleeping})
        finally:
            sleeping.cancel()
            self._sleepers.discard(sleeping)

    def _sleeping(self, seconds: float) -> "asyncio.Future[Any]":
        return asyncio.ensure_future(self.clock.sleep(seconds))

    async def _tried(self, name: str, work: Callable[[], Awaitable[None]]) -> None:
        """Do one thing; what keeps failing in the same way is told once, and once more when it works again."""
        try:
            await work()
        except CanaryError as problem:
            self._say(name, str(problem))
        except Exception as defect:  # noqa: BLE001 -- the daemon outlives a defect; its text may repeat a key
            self._say(name, f"{type(defect).__name__}: a defect of canary, please report it")
        else:
            if self._trouble.pop(name, None) is not None:
                self.note("recovered", f"{name}: works again", errand=name)

    def _say(self, name: str, problem: str) -> None:
        if self._trouble.get(name) != problem:
            self._trouble[name] = problem
            self.note("trouble", f"{name}: {problem}", errand=name, problem=problem)

    async def run_due(self) -> None:
        """Carry out the run that is due, or that another left unfinished; nothing where there is none."""
        slot = self.runs.take()
        if slot is None:
            return
        loop, task = asyncio.get_running_loop(), asyncio.current_task()
        work = asyncio.ensure_future(self.carry(slot, self.runs.is_latest(slot)))

        def lost() -> None:
            loop.call_soon_threadsafe(work.cancel)

        self.runs.lost = lost
        try:
            carried = await work
        except asyncio.CancelledError:
            self.runs.given_back(slot)
            if task is not None and task.cancelling():
                raise
            if self._stopping.is_set():
                # Broken off, because it kept the loop busy for longer than a stop may take.
                return
            self.note("taken_over", f"Another process has taken over the slot of {slot:%Y-%m-%d %H:%M} UTC")
            return
        except BaseException:
            self.runs.put_off(slot)
            raise
        await self._settled(slot, carried)

    async def _settled(self, slot: datetime, carried: Carried) -> None:
        # Told before it is settled: a process that dies in between tells again, and nobody outside is left waiting.
        if carried.ending == "done" and carried.run is not None and carried.run.status == "complete":
            await self._tried("heartbeat_url", lambda: self._finished(carried.run))
        settle: Mapping[Ending, Callable[[datetime], None]] = {
            "done": self.runs.done,
            "abandoned": self.runs.abandoned,
            "give_back": self.runs.given_back,
            "put_off": self.runs.put_off,
        }
        settle[carried.ending](slot)

    async def _finished(self, run: Run | None) -> None:
        if run is not None:
            await self.errands.finished(run)

    async def digest_due(self) -> None:
        """Queue the digest that is due; nothing where there is none."""
        if self.digests is None or self.errands.digest is None:
            return
        moment = self.digests.take()
        if moment is None:
            return
        if self.digests.is_latest(moment):
            await self._held(self.digests, moment, self.errands.digest(moment))
        else:
            self.digests.abandoned(moment)

    async def alarm_due(self) -> None:
        """Queue the alarm for a run that is missing, once for each that is."""
        if self.alarms is None or self.errands.alarm is None:
            return
        missing = self.errands.missing()
        if missing is not None and self.alarms.take_at(missing[0]):
            await self._held(self.alarms, missing[0], self.errands.alarm(*missing))

    async def _held(self, keeper: Keeper, moment: datetime, work: Awaitable[None]) -> None:
        try:
            await work
        except BaseException:
            keeper.put_off(moment)
            raise
        keeper.done(moment)
