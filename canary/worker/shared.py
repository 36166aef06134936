"""A run's trials handed to whoever takes them, this process among them: the port `Dispatcher` over the task engine."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from itertools import count
from typing import Protocol

from canary.domain.canonical import Json
from canary.domain.errors import StoreError
from canary.domain.ports import Clock, Dispatcher, at_once
from canary.domain.trial import Outcome, TrialKey
from canary.runner.dispatch import Terms
from canary.worker.engine import Engine
from canary.worker.hand import Hand
from canary.worker.tickets import GivenBack, Left, Ticket

WATCH_S = 0.5
"""Seconds between two looks at what is left of a run."""
RECOVER_EVERY = 20
"""Looks after which trials that a dead process holds are looked for."""


class Note(Protocol):
    """Tells something that happens: a name for programs, a sentence for people, facts."""

    def __call__(self, event: str, text: str, **facts: Json) -> None: ...


class SharedDispatcher(Dispatcher):
    """Queues a run's trials, takes part in carrying them out, and returns when none is left.

    A trial may be asked twice where a process is taken for dead and is not; it is stored once.
    """

    def __init__(
        self,
        engine: Engine,
        hand: Hand,
        *,
        terms: Terms,
        queues: Mapping[str, str],
        clock: Clock,
        note: Note,
        watch_s: float = WATCH_S,
    ) -> None:
        """Prepare it.

        Args:
            engine: where trials are queued.
            hand: this process's own part; used for nothing else meanwhile.
            terms: of the run.
            queues: target -> the queue of its trials.
            clock: time.
            note: told who took part.
            watch_s: seconds between two looks at what is left.
        """
        self._engine = engine
        self._hand = hand
        self._terms = terms
        self._queues = queues
        self._clock = clock
        self._note = note
        self._watch_s = watch_s
        self._errors: list[Exception] = []
        self._planned = 0
        self._own = 0
        self._elsewhere = 0

    @property
    def shared(self) -> bool:
        return True

    @property
    def elsewhere(self) -> int:
        return self._elsewhere

    async def dispatch(
        self,
        keys: Sequence[TrialKey],
        work: Callable[[TrialKey], Awaitable[None]],
        ready: Callable[[str], Awaitable[None]] = at_once,
    ) -> None:
        if not keys:
            return
        names = sorted({self._queues[key.target] for key in keys})
        self._planned = len(keys)
        async with self._engine.opened():
            await self._queue(keys, names)
            own = self._own_work(work)
            self._hand.adopt(self._terms.run, own, ready)
            serving = asyncio.create_task(self._serve())
            try:
                await self._until_done(names, own)
            except asyncio.CancelledError:
                self._hand.abandon()
                raise
            finally:
                self._hand.disown(self._terms.run)
                serving.cancel()
                await asyncio.gather(serving, return_exceptions=True)
                with suppress(StoreError):
                    await self._engine.withdraw(self._terms.run, names)
        self._tell()
        if self._errors:
            raise self._errors[0]

    async def _queue(self, keys: Sequence[TrialKey], names: Sequence[str]) -> None:
        """Queue what no process has in hand: whoever planned the run before may have died and left some at work."""
        await self._engine.withdraw(self._terms.run, names)
        held = set((await self._engine.left(self._terms.run, names)).held)
        # Looked up after what is held: what was finished in the meantime is in neither only if it is stored.
        have = await asyncio.to_thread(self._hand.pipeline.store.outcomes, self._terms.run)
        tickets = [self._ticket(key) for key in keys if key not in held and not self._is_done(have.get(key))]
        await self._engine.queue(self._queues, tickets)
        self._note(
            "sharing",
            f"Sharing {self._planned:,} trials with other workers",
            run=self._terms.run,
            trials=self._planned,
        )

    def _is_done(self, outcome: Outcome | None) -> bool:
        return outcome == "graded" or (outcome == "failed" and not self._terms.retry_failed)

    def _ticket(self, key: TrialKey) -> Ticket:
        return Ticket(
            run=key.run,
            target=key.target,
            prompt=key.prompt,
            replicate=key.replicate,
            again=self._terms.retry_failed,
            pauses=self._terms.pauses,
        )

    def _own_work(self, work: Callable[[TrialKey], Awaitable[None]]) -> Callable[[TrialKey], Awaitable[None]]:
        async def own(key: TrialKey) -> None:
            if self._errors:
                raise GivenBack
            try:
                await work(key)
            except Exception as error:
                self._errors.append(error)
                raise GivenBack from error
            self._own += 1

        return own

    async def _serve(self) -> None:
        """Take part until cancelled. A database that is really gone is found out by whoever looks at what is left."""
        limits = {self._queues[target]: limit for target, limit in self._terms.limits.items()}
        while True:
            with suppress(StoreError):
                await self._engine.serve(limits, self._hand.carry)
            await self._clock.sleep(self._watch_s)

    async def _until_done(self, names: Sequence[str], own: Callable[[TrialKey], Awaitable[None]]) -> None:
        """Return when no trial of the run is waiting or held; what another process could not do is done here."""
        for look in count():
            if self._errors:
                await self._engine.withdraw(self._terms.run, names)
            left = await self._engine.left(self._terms.run, names)
            self._elsewhere = max(self._elsewhere, self._carried_out(left) - self._own)
            if not left.waiting and not left.held and not left.broken:
                return
            for job, key in left.broken.items():
                if not self._errors and await self._engine.take_over(self._terms.run, job):
                    with suppress(GivenBack):
                        await own(key)
            if look % RECOVER_EVERY == 0:
                await self._engine.recover(names)
            await self._clock.sleep(self._watch_s)

    def _carried_out(self, left: Left) -> int:
        return self._planned - left.waiting - len(left.held) - len(left.broken)

    def _tell(self) -> None:
        if self._errors:
            return
        others = self._planned - self._own
        text = f"{others:,} of {self._planned:,} trials were carried out by other workers"
        if not others:
            text = (
                f"No other worker took part in run {self._terms.run}: workers must have the same prompts, targets and budget, "
                "and the same versions of canary and Python"
            )
        self._note("shared", text, run=self._terms.run, trials=self._planned, elsewhere=others)
