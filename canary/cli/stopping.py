"""Signals, from the first one to the end: heeded by the event loop, and also where something keeps it busy.

Set by hand for SIGINT and SIGTERM: as the first process of a container nothing has a default. Judging years of records takes the event
loop's only thread for minutes, and a container is killed after 30 s: so a clock goes on ticking beside it.
"""

import asyncio
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any, Self

from canary.domain.errors import Stopped

GRACE_S = 20.0
"""Seconds in-flight trials get after a signal; container platforms kill after 30."""
BUSY_S = 3.0
"""Seconds after which an event loop that does not come round counts as busy with something that must be broken off."""
TICK_S = 0.5

_HEEDED = (signal.SIGINT, signal.SIGTERM)


class Stops:
    """What a command does about signals while it is entered.

    Attributes:
        number: the first signal that came; None = none.
    """

    def __init__(self) -> None:
        self.number: int | None = None
        self._before: dict[int, Any] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop: Callable[[int], None] = lambda _number: None
        self._came_at = 0.0
        self._beat_at = 0.0
        self._unheeded = 0

    def __enter__(self) -> Self:
        for number in _HEEDED:
            self._before[number] = signal.signal(number, self._came)
        self._before[signal.SIGALRM] = signal.signal(signal.SIGALRM, self._ticked)
        return self

    def __exit__(self, *_error: object) -> None:
        signal.setitimer(signal.ITIMER_REAL, 0.0)
        for number, before in self._before.items():
            signal.signal(number, before)

    @contextmanager
    def heeded(self, stop: Callable[[int], None]) -> Iterator[None]:
        """Have the running event loop call `stop` for each signal; elsewhere a signal ends the command at once.

        What keeps the loop busy is broken off by an `asyncio.CancelledError` inside it: where it does not come round to
        heed the signal, or is still busy when the grace is over.
        """
        self._loop, self._stop = asyncio.get_running_loop(), stop
        try:
            yield
        finally:
            self._loop = None
            signal.setitimer(signal.ITIMER_REAL, 0.0)

    def _came(self, number: int, _frame: FrameType | None) -> None:
        again, self.number = self.number is not None, self.number or number
        if self._loop is None:
            raise Stopped(number, "stopped by a signal")
        if again and self._unheeded:
            raise asyncio.CancelledError
        self._unheeded += 1
        self._loop.call_soon_threadsafe(self._heed, number)
        if not again:
            self._came_at = self._beat_at = time.monotonic()
            signal.setitimer(signal.ITIMER_REAL, TICK_S, TICK_S)

    def _heed(self, number: int) -> None:
        self._unheeded -= 1
        self._beat()
        self._stop(number)

    def _beat(self) -> None:
        self._beat_at = time.monotonic()

    def _ticked(self, _number: int, _frame: FrameType | None) -> None:
        if self._loop is None:
            return
        now = time.monotonic()
        self._loop.call_soon_threadsafe(self._beat)
        if now - self._beat_at > BUSY_S and (self._unheeded or now - self._came_at > GRACE_S):
            self._beat_at = now
            raise asyncio.CancelledError
