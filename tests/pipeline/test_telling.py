"""Who is told of an incident, and when: one mail a step, none for what fell into a maintenance window, no recovery swallowed."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Any

import pytest

from canary.domain.casebook import Casebook
from canary.domain.evidence import Evidence
from canary.domain.incident import Event, Incident, Severity, State, Transition
from canary.domain.report import Report
from canary.pipeline.judging import Judgement
from canary.pipeline.publishing import Publisher
from canary.pipeline.telling import Teller
from canary.report.incident_page import Setting
from canary.report.letters import handed_over, thread_of
from canary.store.database import open_store
from tests.notify.letters import Moments
from tests.report.incidents import CHANGES, analysis_of, evidence, incident

TODAY = date(2026, 3, 16)
SENDER = "canary@example.org"


@dataclass(frozen=True, kw_only=True)
class Desk(Publisher):
    """Evidence without series, and a page of one word: what is told is not about them."""

    store: Any = None
    judge: Any = None
    publish: Any = None

    def evidence(self, judgement: Judgement, incident: Incident) -> Evidence:
        return replace(evidence(), series=(), shifts=())

    def setting(self, judgement: Judgement | None) -> Setting:
        return Setting(base_url="https://reports.example.org")

    def incident_report(self, judgement: Judgement, incident: Incident) -> Report:
        return Report(name="x", subject="x", html="x", text="x", data={})


@pytest.fixture
def book(tmp_path: Path) -> Iterator[Casebook]:
    """A real outbox."""
    store = open_store(f"sqlite:///{tmp_path / 'canary.db'}")
    yield store.casebook()
    store.close()


@pytest.fixture
def teller(book: Casebook) -> Teller:
    """Somebody with one mail address."""
    clock = Moments()
    clock.at = datetime(2026, 3, 16, 8, tzinfo=UTC)
    desk = Desk(clock=clock)
    return Teller(publisher=desk, casebook=book, clock=clock, sender=SENDER, to=("team@example.org",))


def step(
    event: Event, day: int, *, state: State = "opened", muted: bool = False, severity: Severity = "medium"
) -> Transition:
    """A step in March."""
    changes = () if event == "recovered" else CHANGES[:1]
    return Transition(
        on=date(2026, 3, day), event=event, changes=changes, state=state, muted=muted, severity=severity
    )


def judged(*steps: Transition) -> Judgement:
    """An incident that has come so far."""
    one = incident(
        transitions=steps,
        state=steps[-1].state,
        recovered_on=steps[-1].on if steps[-1].state == "recovered" else None,
        muted=all(one.muted for one in steps if one.event != "recovered"),
    )
    examined: Any = None
    return Judgement(analysis=analysis_of([one], TODAY), examined=examined, records={})


def queued(book: Casebook) -> list[tuple[str, str]]:
    """(place in the thread, verdict word) of every message that waits, in order."""
    found = []
    for parcel in book.due(datetime(2027, 1, 1, tzinfo=UTC), 99):
        mail: Any = message_from_bytes(parcel.content, policy=default)
        place = parcel.id.partition("@")[0].rpartition(".")[2]
        found.append((place, mail["X-Canary-Status"]))
    return sorted(found, key=lambda one: (one[0] != "root", one[0]))


OPENED, QUIET = step("opened", 12), step("opened", 12, muted=True)
WORSE, WORSE_QUIET = step("worsened", 13, severity="high"), step("worsened", 13, severity="high", muted=True)
BACK = step("recovered", 15, state="recovered")


def told(teller: Teller, *lives: tuple[Transition, ...]) -> list[int]:
    """How many messages are new each time that an incident is judged."""
    return [teller.incidents(judged(*life)) for life in lives]


def test_each_step_is_one_mail_however_often_it_is_judged(teller: Teller, book: Casebook) -> None:
    """Opened, worse, recovered: three mails of one thread."""
    lives = ((OPENED,), (OPENED,), (OPENED, WORSE), (OPENED, WORSE, BACK), (OPENED, WORSE, BACK))
    assert told(teller, *lives) == [1, 0, 1, 1, 0]
    assert queued(book) == [("root", "degraded"), ("1", "degraded"), ("2", "recovered")]


def test_a_mute_after_the_first_mail_swallows_no_recovery(teller: Teller, book: Casebook) -> None:
    """What was worse inside the window is not told; that all of it is over is."""
    lives = ((OPENED,), (OPENED, WORSE_QUIET), (OPENED, WORSE_QUIET, BACK))
    assert told(teller, *lives) == [1, 0, 1]
    assert queued(book) == [("root", "degraded"), ("2", "recovered")]


def test_a_window_that_comes_to_cover_what_was_mailed_swallows_no_recovery(
    teller: Teller, book: Casebook
) -> None:
    """Of imported records nobody knows the hour: a mute of that very day counts for the whole day, the mail is out all the same."""
    assert told(teller, (OPENED,)) == [1]
    (opening,) = book.due(teller.clock.now(), 9)
    book.delivered(opening.id, teller.clock.now())
    assert told(teller, (QUIET,), (QUIET, WORSE_QUIET), (QUIET, WORSE_QUIET, BACK)) == [0, 0, 1]
    assert queued(book) == [("2", "recovered")]


def test_of_what_opened_in_a_window_nobody_hears_that_it_is_over(teller: Teller, book: Casebook) -> None:
    """Nobody was told that there is anything."""
    assert told(teller, (QUIET,), (QUIET, BACK)) == [0, 0]
    assert queued(book) == []


def test_what_gets_worse_after_its_window_is_new_to_everybody(teller: Teller, book: Casebook) -> None:
    """The first mail of an incident says so, whatever its place."""
    assert told(teller, (QUIET,), (QUIET, WORSE)) == [0, 1]
    (parcel,) = book.due(datetime(2027, 1, 1, tzinfo=UTC), 9)
    mail: Any = message_from_bytes(parcel.content, policy=default)
    assert "INC-0042, new;" in mail.get_body(("plain",)).get_content()


def test_several_steps_that_nobody_knows_of_are_one_mail(teller: Teller, book: Casebook) -> None:
    """A letter says how things stand: two that say the same would be one too many."""
    assert told(teller, (OPENED, WORSE, BACK), (OPENED, WORSE, BACK)) == [1, 0]
    assert queued(book) == [("2", "recovered")]


def test_further_series_are_no_mail(teller: Teller, book: Casebook) -> None:
    """Nothing is worse than it was."""
    assert told(teller, (OPENED,), (OPENED, step("joined", 13))) == [1, 0]


def test_last_spring_is_not_told(teller: Teller, book: Casebook) -> None:
    """A store that was just filled, or whose mail was just set up."""
    assert told(teller, (step("opened", 9),)) == [0]
    assert told(teller, (step("opened", 10),)) == [1]


def test_the_timeline_knows_which_mail_went_out_when(teller: Teller, book: Casebook) -> None:
    """From the outbox: accepted ones alone."""
    life = (OPENED, WORSE)
    told(teller, (OPENED,), life)
    one = judged(*life).analysis.incidents[0]
    accepted = teller.clock.now() + timedelta(minutes=1)
    for parcel in book.due(accepted, 9):
        book.delivered(parcel.id, accepted)
    sent = book.sent(f"<{thread_of(one)}.")
    assert sorted(handed_over(one, sent)) == [(accepted, "new"), (accepted, "worse than before")]
