"""Every trial is durable before it is reported: finished trials are committed together, while new ones are asked."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from types import TracebackType
from typing import Self

from canary.domain.ports import Store
from canary.domain.trial import Trial

BEHIND = 64
"""Finished trials that may wait for the disk while new ones are asked: what a power cut could cost at the most."""


class Recorder:
    """Writes finished trials from one thread, in groups.

    While one group is being committed the next gathers, so that a slow disk makes larger groups and not a longer
    queue.
    """

    def __init__(self, store: Store, *, gather_s: float = 0.0) -> None:
        """Write to a store.

        Args:
            store: where trials are kept.
            gather_s: seconds in which a group gathers before it is written: one commit for ten trials costs a tenth.
        """
        self._store = store
        self._gather_s = gather_s
        self._closing = False
        self._waiting: list[tuple[Trial, asyncio.Future[None]]] = []
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="canary-store")
        self._writing: asyncio.Task[None] | None = None
        self.error: BaseException | None = None

    async def keep(self, trial: Trial) -> None:
        """Return when the trial is durable.

        Raises:
            StoreError: it could not be kept, nor could those of its group.
        """
        # Shielded: a trial that has been answered and paid for is written even when its task is cancelled.
        await asyncio.shield(self._queued(trial))

    async def keep_soon(self, trial: Trial, told: Callable[[Trial], None]) -> None:
        """Have the trial written, and `told` called when it is durable; waits only where the disk falls behind.

        Raises:
            StoreError: a trial handed over before could not be kept.
        """
        if self.error is not None:
            raise self.error
        kept = self._queued(trial)
        kept.add_done_callback(partial(self._settled, trial, told))
        if len(self._waiting) >= BEHIND:
            await asyncio.shield(kept)

    def _settled(self, trial: Trial, told: Callable[[Trial], None], kept: "asyncio.Future[None]") -> None:
        error = kept.exception()
        if error is None:
            told(trial)
        elif self.error is None:
            self.error = error

    def _queued(self, trial: Trial) -> "asyncio.Future[None]":
        kept: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((trial, kept))
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write())
        return kept

    async def _write(self) -> None:
        loop = asyncio.get_running_loop()
        while self._waiting:
            if self._gather_s and not self._closing and len(self._waiting) < BEHIND:
                await asyncio.sleep(self._gather_s)
            group, self._waiting = self._waiting, []
            try:
                await loop.run_in_executor(
                    self._thread, self._store.add_trials, [trial for trial, _ in group]
                )
            except Exception as error:  # noqa: BLE001 -- handed to everyone who waits
                for _, kept in group:
                    if not kept.done():
                        kept.set_exception(error)
            else:
                for _, kept in group:
                    if not kept.done():
                        kept.set_result(None)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Finish what is waiting, then let the thread go; being cancelled meanwhile loses none of it."""
        self._closing = True
        cancelled: asyncio.CancelledError | None = None
        while self._writing is not None and not self._writing.done():
            try:
                await asyncio.shield(self._writing)
            except asyncio.CancelledError as again:
                cancelled = again
                if self._writing.cancelled():
                    break
        self._thread.shutdown(wait=True)
        await asyncio.sleep(0)  # what became durable last is still to be told
        if cancelled is not None:
            raise cancelled
        if self.error is not None and error is None:
            raise self.error
