"""The daemon in virtual time: its loops, what it survives, and how it ends."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import pytest

from canary.daemon.keeper import LEASE, Keeper
from canary.daemon.service import Errands, Service
from canary.daemon.slots import Carried
from canary.domain.duties import Duties, DutyKind
from canary.domain.errors import CanaryError, StoreError
from canary.domain.ports import Store
from canary.domain.trial import Run
from canary.runner.collect import StopSwitch
from canary.store.database import open_store
from tests.daemon.replicas import timetable
from tests.daemon.virtual import VirtualClock

HOUR, MINUTE, SECOND = timedelta(hours=1), timedelta(minutes=1), timedelta(seconds=1)
SIX = datetime(2026, 3, 1, 6, tzinfo=UTC)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(f"sqlite:///{tmp_path / 'canary.db'}")
    yield opened
    opened.close()


class Flaky:
    """Duties in a database that can be taken away for a while."""

    def __init__(self, real: Duties) -> None:
        self.real = real
        self.gone = False

    def __getattr__(self, name: str) -> Any:
        if self.gone:
            raise StoreError("the database refused: no route to host")
        return getattr(self.real, name)


@dataclass
class Diary:
    """What replicas did and said, with the moment."""

    clock: VirtualClock
    entries: list[tuple[datetime, str]] = field(default_factory=list)

    def write(self, text: str) -> None:
        self.entries.append((self.clock.now(), text))

    def times(self, text: str) -> list[datetime]:
        return [moment for moment, said in self.entries if said == text]

    def said(self, part: str) -> list[str]:
        return [said for _, said in self.entries if part in said]


@dataclass
class House:
    """Everything that replicas of one test share.

    Attributes:
        takes: how long a run takes.
    """

    store: Store
    clock: VirtualClock
    diary: Diary
    takes: timedelta = 30 * MINUTE

    def keeper(self, kind: DutyKind, cron: str, name: str, duties: Duties, jitter_s: float = 0.0) -> Keeper:
        return Keeper(
            kind=kind,
            timetable=timetable(cron, jitter_s=jitter_s),
            duties=duties,
            clock=self.clock,
            holder=name,
        )

    def service(self, name: str = "a", *, duties: Duties | None = None, **errands: Any) -> Service:
        kept = duties or self.store.duties()

        async def carry(slot: datetime, _latest: bool) -> Carried:
            self.diary.write(f"{name} runs {slot:%d %H:%M}")
            await self.clock.sleep(self.takes.total_seconds())
            self.diary.write(f"{name} ran {slot:%d %H:%M}")
            run = Run(
                id="r", day=slot.date(), trigger="schedule", slot=slot, started_at=slot, status="complete"
            )
            return Carried(ending="done", run=run)

        def note(event: str, text: str, **_facts: Any) -> None:
            self.diary.write(f"{event}: {text}")

        made = Service(
            runs=self.keeper("run", "0 6 * * *", name, kept),
            carry=carry,
            errands=Errands(**errands),
            clock=self.clock,
            stop=StopSwitch(),
            note=note,
            digests=self.keeper("digest", "0 8 * * mon", name, kept),
            alarms=self.keeper("alarm", "0 6 * * *", name, kept),
        )
        for keeper in (made.runs, made.digests):
            assert keeper is not None
            keeper.begin()
        return made


@pytest.fixture
def house(store: Store) -> House:
    clock = VirtualClock()
    return House(store=store, clock=clock, diary=Diary(clock))


async def renewing(service: Service) -> None:
    """What the heartbeat's thread does."""
    while True:
        await service.clock.sleep(30)
        with suppress(StoreError):
            service.runs.renew()


@asynccontextmanager
async def serving(*services: Service) -> AsyncIterator[None]:
    """Services at work, their leases renewed; they are asked to stop at the end, and given the time."""
    tasks = [asyncio.create_task(service.serve()) for service in services]
    hearts = [asyncio.create_task(renewing(service)) for service in services]
    yield
    for heart in hearts:
        heart.cancel()
    clock = services[0].clock
    assert isinstance(clock, VirtualClock)
    for service in services:
        service.request_stop(15)
    await clock.pass_time(MINUTE)
    assert all(task.done() for task in tasks)
    await asyncio.gather(*tasks)


async def test_each_slot_is_run_by_one_of_two_and_its_end_is_told_outside(house: House) -> None:
    told: list[Run] = []

    async def finished(run: Run) -> None:
        told.append(run)

    async with serving(house.service("a", finished=finished), house.service("b", finished=finished)):
        for _ in range(3):
            house.clock.jump(50 * MINUTE)
            await house.clock.pass_time(45 * MINUTE)
            house.clock.jump(22 * HOUR + 25 * MINUTE)
    assert len(house.diary.said(" runs 01 06:00")) == 1
    assert len(house.diary.said(" runs 02 06:00")) == 1
    assert len(house.diary.said(" runs ")) == 3
    assert len(told) == 3
    first = house.diary.entries[0][0]
    assert SIX <= first <= SIX + 15 * SECOND


async def test_mail_goes_out_every_minute_also_while_a_run_takes_hours(house: House) -> None:
    house.takes = 2 * HOUR

    async def deliver() -> None:
        house.diary.write("post")

    async with serving(house.service(deliver=deliver)):
        await house.clock.pass_time(3 * HOUR)
    gaps = {b - a for a, b in zip(house.diary.times("post"), house.diary.times("post")[1:], strict=False)}
    assert gaps == {MINUTE}
    assert len(house.diary.times("post")) >= 3 * 60


async def test_the_digest_is_queued_once_by_one_of_two_and_caught_up_after_a_failure(house: House) -> None:
    digests: list[datetime] = []

    async def digest(moment: datetime) -> None:
        digests.append(moment)
        if len(digests) == 1:
            raise StoreError("no disk")

    async with serving(house.service("a", digest=digest), house.service("b", digest=digest)):
        for _ in range(2):
            house.clock.jump(26 * HOUR + 50 * MINUTE)
            await house.clock.pass_time(30 * MINUTE)
            house.clock.jump(140 * HOUR + 40 * MINUTE)
    mondays = [datetime(2026, 3, 2, 8, tzinfo=UTC), datetime(2026, 3, 9, 8, tzinfo=UTC)]
    assert digests == [mondays[0], *mondays]


async def test_a_missing_run_is_told_once(house: House) -> None:
    alarms: list[tuple[datetime, datetime | None]] = []

    async def alarm(due: datetime, last: datetime | None) -> None:
        alarms.append((due, last))

    late = house.service("a", alarm=alarm, missing=lambda: (SIX, None))
    other = house.service("b", alarm=alarm, missing=lambda: (SIX, None))
    async with serving(late, other):
        await house.clock.pass_time(HOUR)
    assert alarms == [(SIX, None)]


async def test_what_fails_is_told_once_tried_again_and_told_when_it_works_again(house: House) -> None:
    down = [True]

    async def deliver() -> None:
        house.diary.write("post")
        if down[0]:
            raise CanaryError("no connection", where="[mail] smtp")

    async with serving(house.service(deliver=deliver)):
        await house.clock.pass_time(10 * MINUTE)
        down[0] = False
        await house.clock.pass_time(10 * MINUTE)
    assert house.diary.said("delivery") == [
        "trouble: delivery: [mail] smtp: no connection",
        "recovered: delivery: works again",
    ]
    assert len(house.diary.times("post")) == 21


async def test_a_defect_ends_nothing_and_its_text_is_told_nowhere(house: House) -> None:
    async def deliver() -> None:
        raise ValueError("sk-secret")

    async with serving(house.service(deliver=deliver)):
        await house.clock.pass_time(2 * HOUR)
    assert house.diary.said("delivery") == [
        "trouble: delivery: ValueError: a defect of canary, please report it"
    ]
    assert len(house.diary.said("ran 01")) == 1


async def test_a_database_gone_for_five_minutes_over_a_slot_delays_it_and_loses_nothing(house: House) -> None:
    flaky = Flaky(house.store.duties())
    service = house.service(duties=cast("Duties", flaky))
    async with serving(service):
        await house.clock.pass_time(58 * MINUTE)
        flaky.gone = True
        await house.clock.pass_time(5 * MINUTE)
        assert house.diary.said("runs:") == ["trouble: runs: the database refused: no route to host"]
        flaky.gone = False
        await house.clock.pass_time(2 * HOUR)
    (began,) = house.diary.times("a runs 01 06:00")
    assert SIX + 3 * MINUTE <= began <= SIX + 4 * MINUTE
    assert len(house.diary.said("ran 01 06:00")) == 1


async def test_a_database_gone_at_the_end_of_a_run_has_the_run_settled_by_whoever_comes_next(
    house: House,
) -> None:
    flaky = Flaky(house.store.duties())
    service = house.service(duties=cast("Duties", flaky))
    async with serving(service):
        await house.clock.pass_time(HOUR + 29 * MINUTE)
        flaky.gone = True
        await house.clock.pass_time(5 * MINUTE)
        flaky.gone = False
        house.takes = SECOND
        await house.clock.pass_time(20 * MINUTE)
    # The second time the real work finds its run complete and only judges and publishes it.
    assert len(house.diary.said("ran 01 06:00")) == 2
    assert house.store.duties().claimed("run") == []


async def test_a_signal_between_runs_ends_it_at_once(house: House) -> None:
    service = house.service()
    task = asyncio.create_task(service.serve())
    await house.clock.pass_time(10 * MINUTE)
    service.request_stop(15)
    await house.clock.pass_time(timedelta())
    assert task.done()


async def test_a_message_that_is_on_its_way_when_the_signal_comes_arrives_and_is_noted(house: House) -> None:
    async def deliver() -> None:
        await house.clock.sleep(10)
        house.diary.write("noted")

    service = house.service(deliver=deliver)
    task = asyncio.create_task(service.serve())
    await house.clock.pass_time(MINUTE + 15 * SECOND)
    service.request_stop(15)
    await house.clock.pass_time(4 * SECOND)
    assert not task.done()
    await house.clock.pass_time(SECOND)
    assert task.done()
    assert len(house.diary.times("noted")) == 2


async def test_a_signal_during_a_run_gives_it_the_grace_and_then_lets_another_go_on_at_once(
    house: House,
) -> None:
    service = house.service("a")
    task = asyncio.create_task(service.serve())
    await house.clock.pass_time(HOUR + MINUTE)
    service.request_stop(15)
    await house.clock.pass_time(19 * SECOND)
    assert not task.done()
    await house.clock.pass_time(SECOND)
    assert task.done()
    assert house.diary.said("ran") == []
    async with serving(house.service("b")):
        await house.clock.pass_time(MINUTE)
        assert len(house.diary.said("b runs 01 06:00")) == 1


async def test_a_second_signal_does_not_wait(house: House) -> None:
    service = house.service()
    task = asyncio.create_task(service.serve())
    await house.clock.pass_time(HOUR + MINUTE)
    service.request_stop(2)
    await house.clock.pass_time(SECOND)
    assert not task.done()
    service.request_stop(2)
    await house.clock.pass_time(timedelta())
    assert task.done()
    assert [one.until for one in house.store.duties().claimed("run")] == [house.clock.now()]


async def test_a_run_that_ends_within_the_grace_ends_the_daemon(house: House) -> None:
    house.takes = 70 * SECOND
    service = house.service()
    task = asyncio.create_task(service.serve())
    await house.clock.pass_time(HOUR + MINUTE)
    service.request_stop(15)
    await house.clock.pass_time(15 * SECOND)
    assert task.done()
    assert len(house.diary.said("ran 01 06:00")) == 1
    assert house.store.duties().claimed("run") == []


async def test_a_process_that_was_taken_over_stops_its_run_and_goes_on_watching(house: House) -> None:
    house.takes = 3 * HOUR
    service, other = house.service("a"), house.service("b")
    async with serving(service):
        await house.clock.pass_time(HOUR + MINUTE)
        house.clock.jump(LEASE)
        assert other.runs.take() == SIX
        service.runs.renew()
        await house.clock.pass_time(MINUTE)
        assert house.diary.said("taken_over") == [
            "taken_over: Another process has taken over the slot of 2026-03-01 06:00 UTC"
        ]
        other.runs.done(SIX)
        house.clock.jump(22 * HOUR)
        await house.clock.pass_time(2 * HOUR)
    assert house.diary.said("a runs") == ["a runs 01 06:00", "a runs 02 06:00"]
