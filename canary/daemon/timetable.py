"""Which slot is due: always the latest one whose start has come, whatever happened to those before it.

Nothing is counted from the last wake-up: a clock that jumps, a process that slept through a night and a database that was gone all end in the
same question, and it has one answer. Slots that were missed stay gaps; the latest is caught up.
"""

import hashlib
from collections.abc import Callable
from datetime import datetime, timedelta

Finder = Callable[[datetime], datetime | None]

_INSTANT = timedelta(microseconds=1)


class Timetable:
    """The slots of one schedule.

    Every process draws the same delay for the same slot: replicas start when one of them would have.
    """

    def __init__(self, *, latest: Finder, following: Finder, jitter_s: float = 0.0) -> None:
        """Rest on a schedule.

        Args:
            latest: the last slot at or before a moment, None where there was none.
            following: the first slot after a moment, None where there is none.
            jitter_s: seconds a start may be after its slot.
        """
        self._latest = latest
        self._following = following
        self._jitter_s = jitter_s
        self._known: tuple[datetime, datetime | None] | None = None

    def latest(self, now: datetime) -> datetime | None:
        """The last slot at or before a moment."""
        if self._known is None or not self._covers(now):
            slot = self._latest(now)
            self._known = None if slot is None else (slot, self._following(slot))
        return None if self._known is None else self._known[0]

    def _covers(self, now: datetime) -> bool:
        """Whether what was looked up last still holds; looking into a cron expression takes milliseconds."""
        assert self._known is not None
        slot, following = self._known
        return slot <= now and (following is None or now < following)

    def following(self, now: datetime) -> datetime | None:
        """The first slot after a moment."""
        return self._following(now)

    def start_of(self, slot: datetime) -> datetime:
        """When a slot's work starts: the slot and its delay."""
        drawn = int.from_bytes(hashlib.sha256(slot.isoformat().encode()).digest()[:4], "big") / 2**32
        return slot + timedelta(seconds=self._jitter_s * drawn)

    def due(self, now: datetime) -> datetime | None:
        """The latest slot whose start has come."""
        slot = self.latest(now)
        while slot is not None and self.start_of(slot) > now:
            slot = self._latest(slot - _INSTANT)
        return slot
