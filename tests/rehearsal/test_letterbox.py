"""A drill's mail lies in a folder, in order, byte for byte."""

from datetime import datetime, timedelta
from email.message import EmailMessage
from pathlib import Path

import pytest

from canary.domain.casebook import Parcel
from canary.notify.outbox import NotAccepted
from canary.rehearsal.letterbox import Letterbox
from tests.fakes import NOON, FakeClock


def parcel(subject: str, at: datetime = NOON) -> Parcel:
    made = EmailMessage()
    made["Subject"] = subject
    made.set_content("Something moved.")
    return Parcel(id=subject, channel="mail", content=bytes(made), next_at=at)


async def test_letters_are_numbered_dated_and_named_and_a_subject_leads_nowhere(tmp_path: Path) -> None:
    clock = FakeClock()
    box = Letterbox(tmp_path / "mails", clock)
    sent = [parcel("[canary] INC-0001 opened"), parcel("../../etc/passwd"), parcel("x" * 500)]
    for one in sent:
        await box.carry(one)
        await clock.sleep(timedelta(days=1).total_seconds())
    found = sorted((tmp_path / "mails").iterdir())
    assert [path.name[:14] for path in found] == ["001-2026-03-01", "002-2026-03-02", "003-2026-03-03"]
    assert found[0].name == "001-2026-03-01-canary-INC-0001-opened.eml"
    assert [path.read_bytes() for path in found] == [one.content for one in sent]
    assert all(len(path.name) < 110 for path in found)


async def test_a_folder_that_can_t_be_written_is_no_letter_lost(tmp_path: Path) -> None:
    (tmp_path / "mails").write_text("a file")
    with pytest.raises(NotAccepted):
        await Letterbox(tmp_path / "mails", FakeClock()).carry(parcel("one"))
