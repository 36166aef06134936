"""The daemon killed by SIGKILL in each stage of a run: the next start completes it, asks nothing twice and loses no mail."""

import os
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from canary.schedule import latest_slot
from canary.simulate.server import SimulatedProvider
from canary.store.database import open_store
from tests.cli.conftest import Project
from tests.cli.test_daemon import CRON, daemon, heard, lease_ended
from tests.cli.test_interruptions import PLANNED, sent
from tests.cli.test_mail import Killer, mails, set_up
from tests.cli.test_stopping import judging
from tests.notify.test_smtp import Station

__all__ = ["daemon"]
pytestmark = pytest.mark.slow


@dataclass(frozen=True, kw_only=True)
class Scene:
    """A daemon that is due, with an incident to tell of, and what can be seen of it."""

    project: Project
    provider: SimulatedProvider
    sink: Killer
    notes: Path

    @property
    def run(self) -> str:
        slot = latest_slot(CRON, "UTC", datetime.now(UTC))
        assert slot is not None
        return f"{slot:%Y%m%dT%H%M%SZ}-schedule"

    @property
    def page(self) -> Path:
        return self.project.folder / "reports" / "runs" / f"{self.run}.html"

    def let_judge(self) -> None:
        """The file system answers again."""
        self.notes.unlink()
        self.notes.write_text("[]")


@pytest.fixture
def scene(daemon: Project, provider: SimulatedProvider, tmp_path: Path) -> Iterator[Scene]:
    sink = Killer()
    station = Station(sink)
    station.start()
    set_up(daemon, station.port, tmp_path)
    with (daemon.folder / "canary.toml").open("a") as config:
        config.write('\n[annotations]\nfile = "annotations.yaml"\n')
    notes = daemon.folder / "annotations.yaml"
    os.mkfifo(notes)
    yield Scene(project=daemon, provider=provider, sink=sink, notes=notes)
    station.stop()


def while_it_asks(scene: Scene, child: "subprocess.Popen[str]") -> None:
    while sent(scene.provider) < 3:
        pass
    child.kill()
    scene.let_judge()


def while_it_judges(scene: Scene, child: "subprocess.Popen[str]") -> None:
    held = judging(scene.notes)
    child.kill()
    os.close(held)
    scene.let_judge()


def while_it_publishes(scene: Scene, child: "subprocess.Popen[str]") -> None:
    held = judging(scene.notes)
    os.write(held, b"[]\n")
    os.close(held)
    while not scene.page.exists():
        pass
    child.kill()
    scene.let_judge()


def while_it_delivers(scene: Scene, child: "subprocess.Popen[str]") -> None:
    """Killed once to have mail in the outbox, then by the mail server when it has accepted it."""
    while_it_publishes(scene, child)
    child.communicate()
    lease_ended(scene.project)
    scene.sink.victim = victim = scene.project.start("schedule")
    victim.communicate()
    assert len(scene.sink.envelopes) == 1


@pytest.mark.parametrize(
    ("killed", "copies"),
    [(while_it_asks, 1), (while_it_judges, 1), (while_it_publishes, 1), (while_it_delivers, 2)],
)
def test_the_next_start_completes_what_was_killed(
    scene: Scene, killed: Callable[[Scene, "subprocess.Popen[str]"], None], copies: int
) -> None:
    first = scene.project.start("schedule")
    killed(scene, first)
    first.communicate()
    lease_ended(scene.project)

    last = scene.project.start("schedule")
    heard(last, f"{PLANNED} of {PLANNED} trials answered")
    last.terminate()
    last.communicate()
    # Mail that was queued by the last one waits for its next minute: a start delivers at once.
    again = scene.project.start("schedule")
    while len(scene.sink.envelopes) < copies:
        pass
    again.terminate()
    again.communicate()

    store = open_store(f"sqlite:///{scene.project.folder}/canary.db")
    trials = list(store.trials(run=scene.run))
    kept = store.run(scene.run)
    left, claimed = store.casebook().undelivered(), store.duties().claimed("run")
    store.close()
    assert kept is not None
    assert (kept.status, left, list(claimed)) == ("complete", 0, [])
    assert len({trial.key for trial in trials}) == len(trials) == PLANNED
    assert scene.page.exists()
    assert (scene.project.folder / "reports" / "index.html").exists()
    assert len(mails(scene.sink)) == copies
    assert len({mail["Message-ID"] for mail in mails(scene.sink)}) == 1
