"""`canary schedule` as a process: it works off what is due, ends in good order, and answers probes."""

import json
import re
import signal
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from canary.schedule import latest_slot
from canary.simulate.server import SimulatedProvider
from canary.store.database import open_store
from tests.cli.conftest import CONFIG, Project
from tests.cli.test_interruptions import PLANNED, kept, sent
from tests.store.strategies import a_trial

CRON = "0 6 * * *"


@pytest.fixture
def daemon(project: Project, provider: SimulatedProvider, tmp_path: Path) -> Project:
    """A deployment that was down over its last slot."""
    url = f"sqlite:///{tmp_path / 'canary.db'}"
    project.config(
        f'[store]\nurl = "{url}"\n[schedule]\ncron = "{CRON}"\njitter = "0s"\n'
        + CONFIG.format(base_url=provider.base_url, replicates=3)
    )
    watched_since = datetime.now(UTC) - timedelta(days=2)
    store = open_store(url)
    store.duties().begin("run", watched_since)
    store.close()
    return Project(
        folder=tmp_path, environ={**project.environ, "CANARY_HEARTBEAT_FILE": str(tmp_path / "alive")}
    )


def heard(child: "subprocess.Popen[str]", part: str) -> None:
    assert child.stderr is not None
    for line in child.stderr:
        if part in line:
            return
    pytest.fail(f"it never said {part!r}")


def ended(child: "subprocess.Popen[str]", number: signal.Signals = signal.SIGTERM, code: int = 0) -> str:
    child.send_signal(number)
    _, err = child.communicate()
    assert child.returncode == code, err
    return err


def lease_ended(project: Project) -> None:
    """What five minutes of silence do to the slot of a process that was killed."""
    store = open_store(f"sqlite:///{project.folder}/canary.db")
    duties = store.duties()
    (begun,) = duties.claimed("run")
    duties.give_back("run", begun.slot, holder=begun.holder, now=datetime.now(UTC))
    store.close()


def test_a_missed_slot_is_caught_up_by_a_process_that_is_killed_one_that_is_stopped_and_one_that_completes_it(
    daemon: Project, provider: SimulatedProvider
) -> None:
    slot = latest_slot(CRON, "UTC", datetime.now(UTC))
    assert slot is not None
    first = daemon.start("schedule")
    heard(first, "Run ")
    while sent(provider) < 3:
        pass
    first.kill()
    first.communicate()
    lease_ended(daemon)

    second = daemon.start("schedule")
    heard(second, "Going on with run")
    before = sent(provider)
    while sent(provider) < before + 3:
        pass
    assert "Stopping" in ended(second)
    assert daemon.run("status", "--alive").returncode == 1
    assert 0 < len(kept(daemon)) < PLANNED

    third = daemon.start("--log-format", "json", "schedule")
    heard(third, '"resuming"')
    assert daemon.run("status", "--alive").returncode == 0
    heard(third, f"{PLANNED} of {PLANNED} trials answered")
    ended(third, signal.SIGINT, 130)
    trials = kept(daemon)
    assert len({trial.key for trial in trials}) == len(trials) == PLANNED
    assert {trial.run_day for trial in trials} == {slot.date()}


def test_what_every_run_would_be_refused_for_is_refused_at_the_start(daemon: Project) -> None:
    done = Project(folder=daemon.folder, environ={}).run("schedule")
    assert done.returncode == 2
    assert "TEST_KEY" in done.stderr


def test_prune_says_what_it_would_do_and_does_it(daemon: Project) -> None:
    store = open_store(f"sqlite:///{daemon.folder}/canary.db")
    store.import_trials([a_trial(run="", response="old"), a_trial(run="", replicate=1)])
    now = datetime.now(UTC)
    told = {days: answered(daemon, days) for days in ("9999d", "1d")}
    assert told["9999d"]["answers"] == 0
    assert told["1d"] == {
        "schema": 1,
        "before": (now - timedelta(days=1)).date().isoformat(),
        "answers": 1,
        "messages": 0,
        "dry_run": True,
    }
    assert [trial.response for trial in store.trials()] == ["old", None]
    done = daemon.run("prune").stdout
    assert done.startswith(
        "Removed the answers of 1 trial and the contents of 0 delivered messages from before "
    )
    assert [trial.response for trial in store.trials()] == [None, None]
    store.close()


def answered(daemon: Project, retention: str) -> Any:
    config = daemon.folder / "canary.toml"
    text = re.sub(r"retention = .*\n", "", config.read_text())
    config.write_text(text.replace("[store]\n", f'[store]\nretention = "{retention}"\n'))
    return json.loads(daemon.run("prune", "--dry-run", "--json").stdout)
