"""One process that carries out trials: of whatever run asks, within its own limits."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, field
from functools import partial

from canary.domain.errors import CanaryError
from canary.domain.ports import Target
from canary.domain.trial import Run, TrialKey
from canary.pipeline.runs import Pipeline
from canary.runner.asking import Asking
from canary.runner.collect import GATHER_S, Collector
from canary.runner.dispatch import IN_FLIGHT, Terms, in_process
from canary.runner.recorder import Recorder
from canary.worker.tickets import GivenBack, Ticket

IDLE_S = 60.0
"""Seconds without a trial of a run after which it is left: its connections are closed."""

Work = Callable[[TrialKey], Awaitable[None]]
Ready = Callable[[str], Awaitable[None]]
Joined = Callable[[Run], None]


@dataclass(kw_only=True)
class _Part:
    """This process's part of a run that another process plans.

    Attributes:
        run: as stored.
        collector: what it is asked with.
        asking: asks it.
        stack: what is to be closed when it is left.
        earlier_known: failed trials to be asked again have been looked up.
        in_flight: trials that it carries out now.
        last_at: when it last carried one out.
        done: trials it has carried out.
    """

    run: Run
    collector: Collector
    asking: Asking
    stack: AsyncExitStack
    last_at: float
    earlier_known: bool = False
    in_flight: int = 0
    done: int = 0


@dataclass
class _Own:
    """A run that this process itself plans."""

    work: Work
    ready: Ready


@dataclass(kw_only=True)
class Hand:
    """Carries out trials, and joins the runs that they belong to.

    Attributes:
        pipeline: what they are carried out with.
        joined: told a run when this process takes part in it.
        left: told a run when this process has had no trial of it for a while, and how many it carried out.
    """

    pipeline: Pipeline
    joined: Joined = lambda _run: None
    left: Callable[[Run, int], None] = lambda _run, _done: None
    _slots: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(IN_FLIGHT))
    _own: dict[str, _Own] = field(default_factory=dict)
    _parts: dict[tuple[str, bool], _Part] = field(default_factory=dict)
    _joining: asyncio.Lock = field(default_factory=asyncio.Lock)
    _tasks: "set[asyncio.Task[None]]" = field(default_factory=set)
    _abandoned: bool = False

    def adopt(self, run: str, work: Work, ready: Ready) -> None:
        """Carry out trials of a run by the process's own means: it plans the run itself."""
        self._own[run] = _Own(work, ready)

    def disown(self, run: str) -> None:
        """Carry out no more of it."""
        self._own.pop(run, None)

    async def carry(self, ticket: Ticket, returns: int) -> None:
        """Carry out one trial; it is stored when this returns, or on its way there where the process plans the run itself.

        Args:
            ticket: which.
            returns: how often it was given back or lost before: then it may have been stored after all.

        Raises:
            GivenBack: it is not to be carried out here.
            CanaryError: it can't be carried out.
        """
        if self._abandoned:
            raise GivenBack
        work = asyncio.ensure_future(self._carried(ticket, returns))
        self._tasks.add(work)
        work.add_done_callback(self._tasks.discard)
        await work

    def abandon(self) -> None:
        """Wait for nothing that is in flight, and begin nothing more."""
        self._abandoned = True
        for task in self._tasks:
            task.cancel()

    async def _carried(self, ticket: Ticket, returns: int) -> None:
        own = self._own.get(ticket.run)
        if own is not None:
            await own.ready(ticket.target)
            async with self._slots:
                await own.work(ticket.key)
            return
        part = await self._part(ticket)
        try:
            if returns and await self._is_stored(part, ticket):
                return
            await part.asking.breakers.ready(ticket.target)
            async with self._slots:
                await part.asking.one(ticket.key)
                part.done += 1
        finally:
            part.in_flight -= 1
            part.last_at = self.pipeline.clock.monotonic()
            if not part.in_flight:
                await self._settled(part)

    async def _is_stored(self, part: _Part, ticket: Ticket) -> bool:
        have = await asyncio.to_thread(self.pipeline.store.outcomes, part.run.id)
        return have.get(ticket.key) == "graded" or (ticket.key in have and not ticket.again)

    async def _settled(self, part: _Part) -> None:
        """Put on the run's account what was spent on answers that no stored trial carries."""
        account = part.asking.account
        usd, tokens = account.unrecorded()
        if usd or tokens:
            account.charged((usd, tokens))
            await asyncio.shield(asyncio.to_thread(self.pipeline.store.spend, part.run.id, usd, tokens))

    async def _part(self, ticket: Ticket) -> _Part:
        async with self._joining:
            part = self._parts.get((ticket.run, ticket.pauses))
            if part is None:
                part = await self._join(ticket)
                self._parts[ticket.run, ticket.pauses] = part
                self.joined(part.run)
            if ticket.again and not part.earlier_known:
                part.asking.earlier = await asyncio.to_thread(part.collector.failed, part.run)
                part.earlier_known = True
            part.in_flight += 1
        return part

    async def _join(self, ticket: Ticket) -> _Part:
        run = await asyncio.to_thread(self.pipeline.resumable, ticket.run)
        async with AsyncExitStack() as stack:
            targets: dict[str, Target] = {}
            for name in run.targets:
                targets[name] = self.pipeline.connect(self.pipeline.everyone[name])
                stack.push_async_callback(targets[name].close)
            terms = Terms(run=run.id, limits={}, retry_failed=ticket.again, pauses=ticket.pauses)
            collector = self.pipeline.collector(run, targets, terms, in_process(terms))
            recorder = await stack.enter_async_context(Recorder(self.pipeline.store, gather_s=GATHER_S))
            account = await asyncio.to_thread(partial(collector.account, run, shared=True))
            asking = collector.asking(run, account, recorder, {})
            asking.durably = True
            return _Part(
                run=run,
                collector=collector,
                asking=asking,
                stack=stack.pop_all(),
                last_at=self.pipeline.clock.monotonic(),
            )

    async def leave_idle(self, idle_s: float = IDLE_S) -> None:
        """Leave the runs that have had no trial for a while; 0 leaves all that have none in flight."""
        now = self.pipeline.clock.monotonic()
        for name, part in list(self._parts.items()):
            if not part.in_flight and now - part.last_at >= idle_s:
                del self._parts[name]
                with suppress(CanaryError):
                    await part.stack.aclose()
                self.left(part.run, part.done)
