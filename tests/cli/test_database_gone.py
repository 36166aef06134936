"""A database server that goes away in the middle of a run: what people see, and that nothing is lost."""

import json
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from canary.store.database import open_store
from tests.cli.test_worker import Deployment, deployed
from tests.postgresql import serving

pytestmark = pytest.mark.slow


def half_way(deployment: Deployment) -> None:
    while len(deployment.provider.requests) < 100:
        time.sleep(0.01)


def test_a_run_ends_with_one_sentence_and_exit_code_4_and_is_resumed_when_it_is_back(tmp_path: Path) -> None:
    with serving() as server, deployed(tmp_path, server.fresh(), 50, 3) as deployment:
        child = deployment.at("run").start("run")
        half_way(deployment)
        server.stop()
        _, err = child.communicate()
        assert child.returncode == 4, err
        assert "postgresql://canary@/postgres" in err.splitlines()[-1]
        assert "Traceback" not in err
        server.start()
        kept = len(deployment.trials())
        assert 0 < kept < 300
        run = deployment.trials()[0].run
        before = len(deployment.provider.requests)
        done = deployment.at("run").answer("run", "--resume", run)
        assert (done["status"], done["graded"]) == ("complete", 300)
        assert len(deployment.provider.requests) - before == 300 - kept, (
            "only what was not kept is asked again"
        )


def test_the_daemon_stays_says_so_once_and_goes_on_with_the_run_when_it_is_back(tmp_path: Path) -> None:
    with serving() as server, deployed(tmp_path, server.fresh(), 50, 3) as deployment:
        due(deployment.url)
        project = deployment.at("daemon")
        child = project.start("--log-format", "json", "schedule")
        half_way(deployment)
        server.stop()
        told = said_until(child.stderr, "trouble")
        assert "postgresql://canary@/postgres" in told["message"]
        assert project.run("status", "--alive").returncode == 0, "no reason to kill it"
        server.start()
        lease_ended(deployment.url)
        assert said_until(child.stderr, "resuming")["event"] == "resuming"
        ended = said_until(child.stderr, "run_ended")
        assert ended["status"] == "complete"
        child.terminate()
        child.communicate()
        assert child.returncode == 0
        trials = deployment.trials()
        assert len({trial.key for trial in trials}) == len(trials) == 300


def due(url: str) -> None:
    """The deployment was down over its last slot."""
    store = open_store(url)
    store.duties().begin("run", datetime.now(UTC) - timedelta(days=2))
    store.close()


def lease_ended(url: str) -> None:
    """What five minutes do to the slot of a process that could not say a word."""
    store = open_store(url)
    duties = store.duties()
    for begun in duties.claimed("run"):
        duties.give_back("run", begun.slot, holder=begun.holder, now=datetime.now(UTC))
    store.close()


def said_until(lines: object, event: str) -> dict[str, str]:
    assert lines is not None
    for line in lines:  # type: ignore[attr-defined]
        told: dict[str, str] = json.loads(line)
        if told["event"] == event:
            return told
    pytest.fail(f"it never said {event!r}")
