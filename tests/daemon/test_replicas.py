"""Many replicas on one database, killed again and again: every slot has its run, once."""

import heapq
import random
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from canary.daemon.keeper import Keeper
from canary.domain.ports import Store
from canary.schedule import next_slot
from canary.store.database import open_store
from tests.daemon.replicas import Replica, SetClock, next_look, timetable
from tests.postgresql import GROUP, Server

START = datetime(2026, 3, 1, 12, tzinfo=UTC)
DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
PARTS = 12
CRON = "0 6 * * *"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(f"sqlite:///{tmp_path / 'canary.db'}")
    yield opened
    opened.close()


@pytest.fixture
def on_a_server(server: Server) -> Iterator[Store]:
    opened = open_store(server.fresh())
    yield opened
    opened.close()


class Deployment:
    """Replicas, one clock, and the moments at which each of them does something."""

    def __init__(
        self,
        store: Store,
        count: int,
        *,
        start: datetime = START,
        zone: str = "UTC",
        jitter_s: float = 600.0,
    ) -> None:
        self.clock = SetClock(start)
        self.zone = zone
        self.asked: dict[datetime, set[int]] = {}
        self.replicas = [
            Replica(
                keeper=Keeper(
                    kind="run",
                    timetable=timetable(CRON, zone, jitter_s),
                    duties=store.duties(),
                    clock=self.clock,
                    holder=f"replica-{number}",
                ),
                store=store,
                parts=PARTS,
                asked=self.asked,
            )
            for number in range(count)
        ]
        for replica in self.replicas:
            replica.keeper.begin()

    def live(
        self, until: datetime, draw: random.Random, kill: Callable[[random.Random, Replica], timedelta | None]
    ) -> int:
        """Let time go by; says how often one was killed at work."""
        kills = 0
        queue = [(self.clock.moment, number) for number in range(len(self.replicas))]
        heapq.heapify(queue)
        while queue[0][0] < until:
            moment, number = heapq.heappop(queue)
            self.clock.moment = moment
            replica = self.replicas[number]
            if (out_for := kill(draw, replica)) is not None:
                kills += replica.working
                replica.killed()
                heapq.heappush(queue, (moment + out_for, number))
                continue
            replica.beat()
            assert sum(one.working for one in self.replicas) <= 1, (
                "two at one time would ask everything twice"
            )
            following = next_slot(CRON, self.zone, moment)
            assert following is not None
            heapq.heappush(queue, (next_look(replica, moment, following, draw), number))
        self.clock.moment = until
        return kills


def slots(start: datetime, end: datetime, zone: str = "UTC") -> list[datetime]:
    found = []
    slot = next_slot(CRON, zone, start)
    while slot is not None and slot < end:
        found.append(slot)
        slot = next_slot(CRON, zone, slot)
    return found


def often(draw: random.Random, replica: Replica) -> timedelta | None:
    """At work killed every tenth minute, for minutes to hours."""
    if draw.random() < (0.1 if replica.working else 0.01):
        return draw.randint(1, 240) * MINUTE
    return None


def never(_draw: random.Random, _replica: Replica) -> timedelta | None:
    return None


@pytest.mark.parametrize(
    ("days", "seed"), [(25, 1), pytest.param(200, 2, marks=pytest.mark.slow)], ids=["25 days", "200 days"]
)
def test_three_replicas_killed_at_random_run_every_slot_once(store: Store, days: int, seed: int) -> None:
    every_slot_is_run_once(store, days, seed)


@pytest.mark.slow
@GROUP
def test_three_replicas_killed_at_random_over_postgresql_run_every_slot_once(on_a_server: Store) -> None:
    every_slot_is_run_once(on_a_server, 200, 3)


def every_slot_is_run_once(store: Store, days: int, seed: int) -> None:
    deployment = Deployment(store, 3)
    end = START + days * DAY
    kills = deployment.live(end, random.Random(seed), often)
    expected = slots(START, end)
    assert kills > days, "the test must kill at work"
    runs = store.runs(trigger="schedule")
    assert [run.slot for run in runs] == expected
    assert {run.status for run in runs} == {"complete"}
    assert deployment.asked == {slot: set(range(PARTS)) for slot in expected}
    assert store.duties().claimed("run") == []


def test_a_clock_change_neither_drops_nor_doubles_a_slot(store: Store) -> None:
    start = START + 25 * DAY
    deployment = Deployment(store, 2, start=start, zone="Europe/Berlin")
    end = start + 6 * DAY
    deployment.live(end, random.Random(3), never)
    found = [run.slot for run in store.runs(trigger="schedule")]
    assert found == slots(start, end, "Europe/Berlin")
    lengths = {later - earlier for earlier, later in pairwise(found) if earlier and later}
    assert lengths == {DAY, DAY - HOUR}


@pytest.mark.parametrize("by", [HOUR, -HOUR, -2 * DAY], ids=["an hour on", "an hour back", "two days back"])
def test_a_clock_that_jumps_neither_drops_nor_doubles_a_slot(store: Store, by: timedelta) -> None:
    deployment = Deployment(store, 3)
    draw = random.Random(4)
    deployment.live(START + 3 * DAY - 5 * HOUR, draw, never)
    deployment.clock.moment += by
    end = START + 6 * DAY
    deployment.live(end, draw, never)
    assert [run.slot for run in store.runs(trigger="schedule")] == slots(START, end)


def test_after_a_long_night_the_latest_slot_is_caught_up_once_and_the_others_stay_gaps(store: Store) -> None:
    deployment = Deployment(store, 2)
    draw = random.Random(5)
    deployment.live(START + DAY, draw, never)
    deployment.clock.moment = START + 4 * DAY
    deployment.live(START + 5 * DAY, draw, never)
    first, _, _, caught, last = slots(START, START + 5 * DAY)
    runs = store.runs(trigger="schedule")
    assert [run.slot for run in runs] == [first, caught, last]
    assert runs[1].started_at >= START + 4 * DAY


def test_of_a_new_deployment_nothing_is_overdue(store: Store) -> None:
    deployment = Deployment(store, 2)
    deployment.live(START + 17 * HOUR, random.Random(6), never)
    assert store.runs() == []
