"""Nothing is lost and nothing is sent twice, but for a process that dies at the one wrong moment."""

from datetime import timedelta

import pytest

from canary.notify.outbox import Delivered, deliver_due, wait
from tests.notify.letters import START, Died, Moments, Postman, Shelf, parcel


async def work(shelf: Shelf, postman: Postman, clock: Moments, hours: float) -> list[Delivered]:
    """A pass every half minute for some hours."""
    passes = []
    end = clock.now() + timedelta(hours=hours)
    while clock.now() < end:
        passes.append(await deliver_due(shelf, {"mail": postman}, clock))
        await clock.sleep(30)
    return passes


async def test_a_server_that_is_down_for_an_hour_gets_every_mail_once_when_it_is_up() -> None:
    """Late, never lost, never twice."""
    clock, shelf = Moments(), Shelf()
    postman = Postman(clock=clock, down_until=START + timedelta(hours=1))
    for number in range(20):
        shelf.put(parcel(f"{number:02d}"))
    passes = await work(shelf, postman, clock, 3)
    assert sorted(p.id for p in postman.accepted) == [f"{number:02d}" for number in range(20)]
    assert shelf.waiting == {}
    assert sum(one.sent for one in passes) == 20
    tries = sum(one.put_off for one in passes)
    assert tries <= 20 * 8


async def test_a_process_that_dies_after_the_acceptance_sends_the_same_message_once_more() -> None:
    """At most one duplicate, byte for byte: the Message-ID is in it."""
    clock, shelf = Moments(), Shelf(dies_before_recording=1)
    postman = Postman(clock=clock)
    shelf.put(parcel(content=b"Message-ID: <inc-0042.root@example.org>"))
    with pytest.raises(Died):
        await deliver_due(shelf, {"mail": postman}, clock)
    await work(shelf, postman, clock, 1)
    assert [p.content for p in postman.accepted] == [b"Message-ID: <inc-0042.root@example.org>"] * 2
    assert shelf.done == ["1"]


async def test_recipients_that_were_refused_are_tried_again_without_the_others() -> None:
    """Nobody who has it gets it twice."""
    clock, shelf = Moments(), Shelf()
    postman = Postman(clock=clock, refused=("lead@example.org",))
    shelf.put(parcel(to=("team@example.org", "lead@example.org")))
    await deliver_due(shelf, {"mail": postman}, clock)
    assert shelf.waiting["1"].recipients == ("lead@example.org",)
    postman.refused = ()
    await work(shelf, postman, clock, 0.1)
    assert [p.recipients for p in postman.accepted] == [("team@example.org",), ("lead@example.org",)]


async def test_one_bad_parcel_holds_up_no_other() -> None:
    """And a channel that is gone from the configuration keeps its parcels."""
    clock, shelf = Moments(), Shelf()
    shelf.put(parcel("1"))
    made = await deliver_due(shelf, {}, clock)
    assert (made.sent, made.put_off) == (0, 1)
    assert made.problems == ("no channel 'mail' is configured",)
    assert made.next_at == START + wait(1)
    shelf.put(parcel("2"))
    assert (await deliver_due(shelf, {"mail": Postman(clock=clock)}, clock)).sent == 1


async def test_a_parcel_waits_until_its_time() -> None:
    """A pass in between does not touch it."""
    clock, shelf = Moments(), Shelf()
    postman = Postman(clock=clock, down_until=START + timedelta(seconds=1))
    shelf.put(parcel())
    await deliver_due(shelf, {"mail": postman}, clock)
    clock.at += timedelta(seconds=29)
    assert (await deliver_due(shelf, {"mail": postman}, clock)).sent == 0
    clock.at += timedelta(seconds=1)
    assert (await deliver_due(shelf, {"mail": postman}, clock)).sent == 1


def test_waits_double_up_to_an_hour() -> None:
    """However long a server is down, it is asked at least hourly."""
    assert [wait(n).total_seconds() for n in (0, 1, 2, 3, 7, 8, 100)] == [0, 30, 60, 120, 1920, 3600, 3600]
