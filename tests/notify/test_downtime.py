"""A real server that is not there for an hour, the real outbox, the real carrier; only the clock is moved by hand."""

from datetime import timedelta
from email import message_from_bytes
from pathlib import Path

from canary.domain.casebook import Parcel
from canary.notify.mail import message, message_id
from canary.notify.outbox import deliver_due
from canary.notify.smtp import Server, SmtpCarrier
from canary.store.database import open_store
from tests.notify.letters import START, Moments, letter
from tests.notify.test_smtp import SENDER, Sink, Station

TO = ("team@example.org",)


def waiting(number: int) -> Parcel:
    """The letter of an incident as it is queued."""
    one = letter(thread=f"inc-{number:04d}.60f0fdf3f6")
    return Parcel(
        id=message_id(one, SENDER),
        channel="mail",
        content=bytes(message(one, sender=SENDER, to=TO, at=START)),
        recipients=TO,
        next_at=START,
    )


async def test_a_server_that_is_gone_for_an_hour_gets_every_mail_once(tmp_path: Path) -> None:
    """Nobody listens on its port, then it refuses for a while, then it is well; the store is opened anew in between."""
    sink, clock, parcels = Sink(), Moments(), [waiting(number) for number in range(7)]
    station = Station(sink)
    station.start()
    port = station.port
    station.stop()
    carrier = SmtpCarrier(Server(host="127.0.0.1", port=port, loopback=True), SENDER)
    where = f"sqlite:///{tmp_path / 'canary.db'}"
    problems = set[str]()

    async def passes(hours: float) -> None:
        store = open_store(where)
        end = clock.now() + timedelta(hours=hours)
        while clock.now() < end:
            problems.update((await deliver_due(store.casebook(), {"mail": carrier}, clock)).problems)
            await clock.sleep(60)
        store.close()

    store = open_store(where)
    assert store.casebook().queue(parcels) == len(parcels)
    store.close()
    await passes(1)
    assert sink.envelopes == []
    again = Station(sink, port=port)
    again.start()
    try:
        sink.says = "451 just a moment"
        await passes(0.5)
        assert sink.envelopes == []
        sink.says = "250 accepted"
        await passes(3)
    finally:
        again.stop()
    sent = [message_from_bytes(envelope.content)["Message-ID"] for envelope in sink.envelopes]
    assert sorted(sent) == sorted(parcel.id for parcel in parcels)
    assert [envelope.content for envelope in sink.envelopes] == [
        next(parcel.content for parcel in parcels if parcel.id == name) for name in sent
    ]
    assert len(problems) == 2
    store = open_store(where)
    assert store.casebook().undelivered() == 0
    store.close()
