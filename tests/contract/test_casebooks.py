"""What every casebook keeps: ids, acts and undelivered mail survive; each law once, over all stores."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from canary.domain.casebook import Casebook, KeptIncident, Parcel
from canary.domain.incident import Act
from canary.domain.ports import Store

NOON = datetime(2026, 3, 6, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def book(store: Store) -> Casebook:
    return store.casebook()


def an_incident(number: int, **other: Any) -> KeptIncident:
    known = KeptIncident(
        id=f"INC-{number:04}",
        key=f"group|key-{number}",
        opened_on=date(2026, 3, number),
        state="opened",
        body={"text": "naïve \x00 \ud800", "effect": -0.51, "changes": [{"onset": "2026-03-04"}]},
    )
    return replace(known, **other)


def an_act(**other: Any) -> Act:
    return replace(Act(kind="accept", incident="INC-0001", at=NOON, by="ana", reason="agreed"), **other)


def a_parcel(name: str, **other: Any) -> Parcel:
    known = Parcel(
        id=f"<{name}@canary>",
        channel="mail",
        content=b"Subject: x\r\n\r\n\xff\x00",
        recipients=("team@example.org", "lead@example.org"),
        next_at=NOON,
    )
    return replace(known, **other)


def test_incidents_come_back_as_they_went_in_by_id(book: Casebook) -> None:
    book.keep_incidents([an_incident(2), an_incident(1)])
    assert book.incidents() == [an_incident(1), an_incident(2)]


def test_keeping_again_replaces_what_has_the_key_and_leaves_the_others(book: Casebook) -> None:
    book.keep_incidents([an_incident(1), an_incident(2)])
    recovered = an_incident(1, state="recovered", body={"text": "later"})
    book.keep_incidents([recovered])
    assert book.incidents() == [recovered, an_incident(2)]


def test_keeping_nothing_changes_nothing(book: Casebook) -> None:
    book.keep_incidents([an_incident(1)])
    book.keep_incidents([])
    assert book.incidents() == [an_incident(1)]


def test_renumbering_keeps_these_and_no_others_and_acts_stay_with_their_incident(book: Casebook) -> None:
    first, second = an_incident(1), an_incident(2)
    book.keep_incidents([first, second])
    book.add_act(an_act(incident="INC-0002"), key=second.key)
    book.add_act(an_act(), key=first.key)
    book.renumber([replace(second, id="INC-0001")])
    assert book.incidents() == [replace(second, id="INC-0001")]
    assert book.acts() == [an_act(incident="INC-0001")]


def test_ids_may_change_places(book: Casebook) -> None:
    first, second = an_incident(1), an_incident(2)
    book.keep_incidents([first, second])
    swapped = [replace(first, id="INC-0002"), replace(second, id="INC-0001")]
    book.renumber(swapped)
    assert book.incidents() == [swapped[1], swapped[0]]


def test_acts_come_by_time_with_who_and_why(book: Casebook) -> None:
    book.keep_incidents([an_incident(1)])
    mute = Act(kind="mute", target="opus", at=NOON - HOUR, until=NOON, by="bo", reason="maintenance")
    book.add_act(an_act(), key=an_incident(1).key)
    book.add_act(mute)
    assert book.acts() == [mute, an_act()]


def test_a_message_queued_twice_is_one_message(book: Casebook) -> None:
    assert book.queue([a_parcel("one"), a_parcel("two")]) == 2
    assert book.queue([a_parcel("one", content=b"other"), a_parcel("three")]) == 1
    assert [one.id for one in book.due(NOON, 9)] == ["<one@canary>", "<three@canary>", "<two@canary>"]
    assert book.due(NOON, 1) == [a_parcel("one")]


def test_a_message_waits_until_it_is_due_and_is_not_lost(book: Casebook) -> None:
    book.queue([a_parcel("one")])
    later = a_parcel(
        "one", next_at=NOON + HOUR, attempts=1, problem="451 try again", recipients=("lead@example.org",)
    )
    book.postponed(later)
    assert book.due(NOON, 9) == []
    assert book.due(NOON + HOUR, 9) == [later]
    assert book.undelivered() == 1


def test_a_delivered_message_is_never_due_again(book: Casebook) -> None:
    book.queue([a_parcel("one"), a_parcel("two")])
    book.delivered("<one@canary>", NOON)
    assert [one.id for one in book.due(NOON + HOUR, 9)] == ["<two@canary>"]
    assert book.undelivered() == 1
    assert book.queue([a_parcel("one")]) == 0
    assert book.sent("<on") == [(NOON, "<one@canary>")]
    assert book.sent("<tw") == []
