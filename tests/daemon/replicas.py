"""Replicas of the daemon that share one database, each of which may be killed at any moment: its work is a list of runs."""

import random
from dataclasses import dataclass
from datetime import datetime, timedelta

from canary.daemon.keeper import Keeper
from canary.daemon.timetable import Timetable
from canary.domain.ports import Clock, Store
from canary.domain.trial import Run
from canary.schedule import latest_slot, next_slot

MINUTE = timedelta(minutes=1)
BEAT = MINUTE


def timetable(cron: str, zone: str = "UTC", jitter_s: float = 0.0) -> Timetable:
    """The slots of a cron expression."""
    return Timetable(
        latest=lambda now: latest_slot(cron, zone, now),
        following=lambda after: next_slot(cron, zone, after),
        jitter_s=jitter_s,
    )


class SetClock(Clock):
    """Whatever time it is told to be."""

    def __init__(self, moment: datetime) -> None:
        self.moment = moment

    def now(self) -> datetime:
        return self.moment

    def monotonic(self) -> float:
        return self.moment.timestamp()

    async def sleep(self, seconds: float) -> None:
        self.moment += timedelta(seconds=seconds)


@dataclass(kw_only=True)
class Replica:
    """One process: takes what is due, works on it beat by beat, and may die between any two steps.

    Attributes:
        keeper: the real code.
        store: the shared database.
        parts: how many beats a run takes.
        asked: slot -> parts of its run that were carried out, over all replicas.
    """

    keeper: Keeper
    store: Store
    parts: int
    asked: dict[datetime, set[int]]

    @property
    def working(self) -> bool:
        return self.keeper.held is not None

    def beat(self) -> None:
        """One step of whatever is in hand, or a look at what is due."""
        slot = self.keeper.held or self._began()
        if slot is None:
            return
        self.keeper.renew()
        if self.keeper.held is None:
            return
        have = self.asked.setdefault(slot, set())
        left = [part for part in range(self.parts) if part not in have]
        if left:
            have.add(left[0])
            return
        run = self.store.run(run_id(slot))
        assert run is not None
        if run.status != "complete":
            self.store.finish_run(
                run.id, status="complete", finished_at=self.keeper.clock.now(), spent_usd=0, spent_tokens=0
            )
            return
        self.keeper.done(slot)

    def _began(self) -> datetime | None:
        slot = self.keeper.take()
        if slot is None:
            return None
        if self.keeper.is_latest(slot):
            self.store.open_run(
                Run(
                    id=run_id(slot),
                    day=slot.date(),
                    trigger="schedule",
                    slot=slot,
                    started_at=self.keeper.clock.now(),
                )
            )
        return slot

    def killed(self) -> None:
        """Die without a word: what was held is still in the database, and in no memory."""
        self.keeper.held = None


def run_id(slot: datetime) -> str:
    return f"{slot:%Y%m%dT%H%M%SZ}-schedule"


def next_look(replica: Replica, now: datetime, cron_next: datetime, draw: random.Random) -> datetime:
    """When a replica looks next: every minute around its work, now and then in the long time between."""
    if replica.working or replica.store.duties().claimed("run"):
        return now + BEAT
    return min(now + draw.randint(20, 240) * MINUTE, max(cron_next, now) + draw.random() * 2 * MINUTE)
