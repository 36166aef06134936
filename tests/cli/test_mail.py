"""From a run to the inbox: one mail an incident's step, over a real mail server, once, whatever happens in between."""

import os
import signal
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

import pytest

from canary.domain.trial import Trial
from canary.exchange.trials import write_jsonl
from canary.store.database import open_store
from tests.cli.conftest import Project
from tests.notify.test_smtp import Sink, Station
from tests.pipeline.test_judging import FIRST, trials

DAYS = 42
ONSET = 39


@pytest.fixture
def inbox() -> Iterator[tuple[Sink, Station]]:
    sink = Sink()
    station = Station(sink)
    station.start()
    yield sink, station
    station.stop()


def recent(target: str) -> Iterator[Trial]:
    """A history that ended yesterday; reasoning has halved since three days."""
    from dataclasses import replace

    today = datetime.now(UTC).replace(hour=6, minute=0, second=0, microsecond=0)
    shift = today - timedelta(days=DAYS) - FIRST
    for trial in trials(target, range(DAYS), ONSET):
        at = trial.started_at + shift
        yield replace(trial, started_at=at, run_day=at.date())


def mails(sink: Sink) -> list[EmailMessage]:
    made = [message_from_bytes(envelope.content, policy=default) for envelope in sink.envelopes]
    assert all(isinstance(mail, EmailMessage) for mail in made)
    return made


def set_up(project: Project, port: int, tmp_path: Path) -> None:
    with Path(project.folder, "canary.toml").open("a") as file:
        file.write(
            f'\n[mail]\nsmtp = "smtp://127.0.0.1:{port}"\nfrom = "canary@example.org"\nto = ["team@example.org"]\n'
        )
    records = tmp_path / "records.jsonl"
    with records.open("wb") as file_:
        write_jsonl(recent("messages"), file_)
    assert project.run("import", str(records)).returncode == 0


def test_an_incident_is_mailed_once_and_linked_to_its_thread(
    project: Project, inbox: tuple[Sink, Station], tmp_path: Path
) -> None:
    sink, station = inbox
    set_up(project, station.port, tmp_path)
    first = project.run("run", "--family", "small")
    assert first.returncode == 0, first.stderr
    assert "INC-0001" in first.stdout
    (mail,) = mails(sink)
    assert mail["To"] == "team@example.org"
    assert "INC-0001" in mail["Subject"]
    body = mail.get_body(preferencelist=("plain",))
    assert body is not None
    assert "messages" in body.get_content()
    assert [part.get_filename() for part in mail.iter_attachments()] == ["INC-0001.html"]
    assert project.run("run", "--family", "small").returncode == 0
    assert len(mails(sink)) == 1


def test_a_mail_server_that_is_down_loses_nothing_and_fails_no_run(
    project: Project, inbox: tuple[Sink, Station], tmp_path: Path
) -> None:
    sink, station = inbox
    set_up(project, station.port, tmp_path)
    sink.says = "451 come back later"
    done = project.run("run", "--family", "small")
    assert done.returncode == 0
    assert "stay queued" in done.stderr
    assert not mails(sink)


class Killer(Sink):
    """Accepts a message, then kills who sent it: at its goodbye, when it has the acceptance and has not written it down."""

    victim: "subprocess.Popen[str] | None" = None

    async def handle_QUIT(self, _server: Any, _session: Any, _envelope: Any) -> str:  # noqa: N802 -- the name that the server calls
        if self.victim is not None:
            os.kill(self.victim.pid, signal.SIGKILL)
            self.victim = None
        return "221 goodbye"


def test_a_process_that_is_killed_after_the_acceptance_sends_that_mail_once_more(
    project: Project, tmp_path: Path
) -> None:
    """One duplicate, the same message byte for byte; the next run delivers it, and nothing is left to deliver."""
    killer = Killer()
    station = Station(killer)
    station.start()
    try:
        set_up(project, station.port, tmp_path)
        killer.victim = process = project.start("run", "--family", "small")
        process.communicate()
        assert process.returncode == -signal.SIGKILL
        assert len(killer.envelopes) == 1
        assert project.run("run", "--family", "small").returncode == 0
    finally:
        station.stop()
    store = open_store(f"sqlite:///{project.folder / 'canary.db'}")
    assert store.casebook().undelivered() == 0
    store.close()
    first, second = mails(killer)
    assert first["Message-ID"] == second["Message-ID"]
    assert killer.envelopes[0].content == killer.envelopes[1].content


def test_no_mail_queues_and_delivers_nothing(
    project: Project, inbox: tuple[Sink, Station], tmp_path: Path
) -> None:
    sink, station = inbox
    set_up(project, station.port, tmp_path)
    assert project.run("run", "--family", "small", "--no-mail").returncode == 0
    assert not mails(sink)
    assert project.run("run", "--family", "small").returncode == 0
    assert len(mails(sink)) == 1


def test_doctor_sends_a_test_message_to_whoever_would_be_told(
    project: Project, inbox: tuple[Sink, Station]
) -> None:
    sink, station = inbox
    with Path(project.folder, "canary.toml").open("a") as file:
        file.write(
            f'\n[mail]\nsmtp = "smtp://127.0.0.1:{station.port}"\nfrom = "canary@example.org"\nto = ["team@example.org"]\n'
        )
    done = project.run("doctor", "--mail")
    assert done.returncode == 0, done.stdout
    assert "a test message to team@example.org was accepted" in done.stdout
    assert [mail["Subject"] for mail in mails(sink)] == ["[canary] test message"]
    sink.says = "550 not from you"
    refused = project.run("doctor", "--mail")
    assert refused.returncode == 2
    assert "was not accepted" in refused.stdout


def test_doctor_without_mail_says_that_nobody_is_told(project: Project) -> None:
    done = project.run("doctor", "--mail")
    assert done.returncode == 2
    assert "nobody is configured to be told" in done.stdout


def test_a_folder_of_pages_that_cannot_be_written_silences_no_alarm(
    project: Project, inbox: tuple[Sink, Station], tmp_path: Path
) -> None:
    sink, station = inbox
    set_up(project, station.port, tmp_path)
    (project.folder / "reports").write_text("in the way")
    done = project.run("run", "--family", "small")
    assert done.returncode == 4
    assert len(mails(sink)) == 1
