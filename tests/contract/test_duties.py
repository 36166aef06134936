"""What is to be done once is done by one: claims and leases, each law over all stores."""

import threading
from datetime import UTC, datetime, timedelta

import pytest

from canary.domain.duties import Duties, DutyState
from canary.domain.ports import Store
from canary.store.database import open_store

SIX = datetime(2026, 3, 1, 6, tzinfo=UTC)
DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
LEASE = 5 * MINUTE


@pytest.fixture
def duties(store: Store) -> Duties:
    return store.duties()


def claim(duties: Duties, slot: datetime, holder: str, now: datetime = SIX) -> bool:
    return duties.claim("run", slot, holder=holder, now=now, until=now + LEASE)


def test_a_duty_is_claimed_once(duties: Duties) -> None:
    assert claim(duties, SIX, "a")
    assert not claim(duties, SIX, "b")
    assert not claim(duties, SIX, "a")
    (kept,) = duties.claimed("run")
    assert (kept.slot, kept.holder, kept.until, kept.claims) == (SIX, "a", SIX + LEASE, 1)


def test_of_many_that_race_for_a_duty_one_gets_it(url: str) -> None:
    racers = 8
    barrier = threading.Barrier(racers)
    won: list[bool] = []

    def race(holder: str) -> None:
        own = open_store(url)
        barrier.wait()
        won.append(claim(own.duties(), SIX, holder))
        own.close()

    threads = [threading.Thread(target=race, args=(str(number),)) for number in range(racers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(won) == [False] * (racers - 1) + [True]


def test_a_renewed_lease_is_not_taken_and_one_that_ended_is(duties: Duties) -> None:
    assert claim(duties, SIX, "a")
    assert duties.renew("run", SIX, holder="a", until=SIX + 2 * LEASE)
    assert not claim(duties, SIX, "b", now=SIX + LEASE + MINUTE)
    assert claim(duties, SIX, "b", now=SIX + 2 * LEASE)
    assert not duties.renew("run", SIX, holder="a", until=SIX + DAY)
    assert not duties.settle("run", SIX, holder="a", state="done")
    assert [(one.holder, one.claims) for one in duties.claimed("run")] == [("b", 2)]


def test_what_is_given_back_is_free_at_once(duties: Duties) -> None:
    assert claim(duties, SIX, "a")
    duties.give_back("run", SIX, holder="b", now=SIX)
    assert not claim(duties, SIX, "b", now=SIX + MINUTE)
    duties.give_back("run", SIX, holder="a", now=SIX + MINUTE)
    assert claim(duties, SIX, "b", now=SIX + MINUTE)


@pytest.mark.parametrize("state", ["done", "abandoned"])
def test_what_is_settled_is_never_claimed_again(duties: Duties, state: DutyState) -> None:
    assert claim(duties, SIX, "a")
    assert duties.settle("run", SIX, holder="a", state=state)
    assert not claim(duties, SIX, "b", now=SIX + DAY)
    assert not claim(duties, SIX - DAY, "b", now=SIX + DAY), "nor is an older one"
    assert duties.claimed("run") == []
    assert duties.latest("run") == SIX
    assert claim(duties, SIX + DAY, "b", now=SIX + DAY)


def test_nothing_is_claimed_while_another_of_its_kind_is_held(duties: Duties) -> None:
    assert claim(duties, SIX, "a")
    assert not claim(duties, SIX + MINUTE, "b", now=SIX + MINUTE)
    assert not claim(duties, SIX + MINUTE, "a", now=SIX + MINUTE)
    assert duties.claim("digest", SIX, holder="b", now=SIX, until=SIX + LEASE)
    assert claim(duties, SIX + MINUTE, "b", now=SIX + LEASE)


def test_nothing_before_the_beginning_is_due_and_there_is_one_beginning(duties: Duties) -> None:
    assert duties.latest("run") is None
    duties.begin("run", SIX)
    duties.begin("run", SIX + DAY)
    assert duties.latest("run") == SIX
    assert not claim(duties, SIX, "a")
    assert claim(duties, SIX + DAY, "a", now=SIX + DAY)
