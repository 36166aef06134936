"""Trials in this process: at most so many at once for each target, and in all."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from canary.domain.ports import Dispatcher, at_once
from canary.domain.trial import TrialKey

IN_FLIGHT = 32
"""Trials in flight in one process. Beyond about 50 the client's own queue pollutes the time to first token."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Terms:
    """How the trials of a run are to be carried out, whoever does.

    Attributes:
        run: its id.
        limits: target -> its trials in flight.
        retry_failed: failed trials are asked again.
        pauses: the prompts' pauses are kept.
    """

    run: str
    limits: Mapping[str, int]
    retry_failed: bool = False
    pauses: bool = False


DispatcherFor: TypeAlias = Callable[[Terms], Dispatcher]
"""Who carries out the trials of a run."""


def in_process(terms: Terms) -> Dispatcher:
    """This process alone."""
    return LocalDispatcher(terms.limits)


class LocalDispatcher(Dispatcher):
    """Runs trials as tasks of this event loop."""

    def __init__(self, limits: Mapping[str, int], *, in_flight: int = IN_FLIGHT) -> None:
        """Set the limits.

        Args:
            limits: target -> its trials in flight.
            in_flight: trials in flight over all targets.
        """
        self._limits = limits
        self._in_flight = in_flight

    async def dispatch(
        self,
        keys: Sequence[TrialKey],
        work: Callable[[TrialKey], Awaitable[None]],
        ready: Callable[[str], Awaitable[None]] = at_once,
    ) -> None:
        queues = _by_target(keys)
        shared = asyncio.Semaphore(self._in_flight)
        errors: list[BaseException] = []

        async def serve(target: str, queue: deque[TrialKey]) -> None:
            while queue and not errors:
                await ready(target)
                async with shared:
                    if errors or not queue:
                        return
                    try:
                        await work(queue.popleft())
                    except Exception as error:  # noqa: BLE001 -- the first is raised below, when all have ended
                        errors.append(error)
                    except asyncio.CancelledError as stray:
                        # A task group takes a task that cancels itself for done: its trial would be lost unsaid.
                        if _is_cancelled():
                            raise
                        errors.append(stray)

        async with asyncio.TaskGroup() as group:
            for target, queue in queues.items():
                for _ in range(min(self._limits.get(target, 1), len(queue))):
                    group.create_task(serve(target, queue))
        if errors:
            raise errors[0]


def _by_target(keys: Sequence[TrialKey]) -> Mapping[str, deque[TrialKey]]:
    queues: dict[str, deque[TrialKey]] = {}
    for key in keys:
        queues.setdefault(key.target, deque()).append(key)
    return queues


def _is_cancelled() -> bool:
    """Whether somebody cancelled the current task, as against a cancellation that arose inside it."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
