"""What every casebook keeps: ids, acts and undelivered mail survive; each law once, over all stores."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from canary.domain.casebook import Casebook, KeptIncident, QueuedMail
from canary.domain.incident import Act
from canary.store.database import open_store
from tests.contract.test_stores import STORES

NOON = datetime(2026, 3, 6, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture(params=list(STORES.values()), ids=list(STORES))
def book(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Casebook]:
    store = open_store(request.param(tmp_path))
    yield store.casebook()
    store.close()


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


def a_mail(name: str, **other: Any) -> QueuedMail:
    known = QueuedMail(
        message_id=f"<{name}@canary>",
        content=b"Subject: x\r\n\r\n\xff\x00",
        sender="canary@example.org",
        recipients=("team@example.org", "lead@example.org"),
        queued_at=NOON,
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


def test_a_mail_queued_twice_is_one_mail(book: Casebook) -> None:
    assert book.queue_mail([a_mail("one"), a_mail("two")]) == 2
    assert book.queue_mail([a_mail("one", content=b"other"), a_mail("three")]) == 1
    assert [mail.message_id for mail in book.due_mail(NOON)] == [
        "<one@canary>",
        "<three@canary>",
        "<two@canary>",
    ]
    assert book.due_mail(NOON)[0] == a_mail("one")


def test_a_mail_waits_until_it_is_due_and_is_not_lost(book: Casebook) -> None:
    book.queue_mail([a_mail("one")])
    book.postponed("<one@canary>", NOON + HOUR, "451 try again")
    assert book.due_mail(NOON) == []
    (mail,) = book.due_mail(NOON + HOUR)
    assert (mail.attempts, mail.problem) == (1, "451 try again")
    assert book.undelivered() == 1


def test_a_delivered_mail_is_never_due_again(book: Casebook) -> None:
    book.queue_mail([a_mail("one")])
    book.delivered("<one@canary>", NOON)
    assert book.due_mail(NOON + HOUR) == []
    assert book.undelivered() == 0
    assert book.queue_mail([a_mail("one")]) == 0
