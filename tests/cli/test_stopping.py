"""A signal ends a command in time also where its event loop does not come round, and leaves what can be gone on with."""

import json
import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from canary.cli.stopping import GRACE_S
from canary.schedule import latest_slot
from canary.simulate.server import SimulatedProvider
from tests.cli.conftest import Project
from tests.cli.test_daemon import CRON, daemon
from tests.cli.test_interruptions import PLANNED

__all__ = ["daemon"]
ROOT = Path(__file__).parents[2]
ENDS_S = 30.0
"""After so long a container is killed."""


def busy(when: str) -> "subprocess.Popen[str]":
    child = subprocess.Popen(
        [sys.executable, "-m", "tests.cli.busy", when], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert child.stdout is not None
    assert child.stdout.readline() == "busy\n"
    return child


def ended(child: "subprocess.Popen[str]", *numbers: signal.Signals) -> tuple[int, float]:
    began = time.monotonic()
    for place, number in enumerate(numbers):
        time.sleep(0.2 if place else 0.0)  # two at once are one
        child.send_signal(number)
    child.communicate()
    return child.returncode, time.monotonic() - began


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_what_keeps_the_loop_busy_is_broken_off(number: signal.Signals) -> None:
    code, took = ended(busy("at-once"), number)
    assert code == 128 + number
    assert took < ENDS_S


@pytest.mark.slow
def test_a_second_signal_does_not_wait() -> None:
    code, took = ended(busy("after"), signal.SIGTERM, signal.SIGTERM)
    assert code == 143
    assert took < GRACE_S


def test_where_no_loop_runs_a_signal_ends_the_command_at_once() -> None:
    code, took = ended(busy("outside"), signal.SIGTERM)
    assert code == 143
    assert took < ENDS_S


@pytest.mark.slow
def test_what_begins_after_a_signal_is_broken_off_when_the_grace_is_over() -> None:
    code, took = ended(busy("after"), signal.SIGTERM)
    assert code == 143
    assert took < ENDS_S


def judging(notes: Path) -> int:
    """Wait until somebody reads the annotations, as only judging does, and keep them waiting: on a file system that hangs."""
    while True:
        try:
            return os.open(notes, os.O_WRONLY | os.O_NONBLOCK)
        except OSError:  # nobody reads it yet
            time.sleep(0.01)


@pytest.mark.slow
def test_a_signal_during_the_analysis_ends_run_and_daemon_in_time_and_the_next_start_completes_it(
    daemon: Project, provider: SimulatedProvider
) -> None:
    notes = daemon.folder / "annotations.yaml"
    os.mkfifo(notes)
    with (daemon.folder / "canary.toml").open("a") as config:
        config.write('\n[annotations]\nfile = "annotations.yaml"\n')
    slot = latest_slot(CRON, "UTC", datetime.now(UTC))
    assert slot is not None
    run = f"{slot:%Y%m%dT%H%M%SZ}-schedule"
    page = daemon.folder / "reports" / "runs" / f"{run}.html"

    for arguments, expected in ((["run", "--trigger", "schedule"], 143), (["schedule"], 0)):
        child = daemon.start(*arguments)
        held = judging(notes)
        code, took = ended(child, signal.SIGTERM)
        os.close(held)
        assert (code, page.exists()) == (expected, False)
        assert took < ENDS_S
    asked = len(provider.requests)

    notes.unlink()
    notes.write_text("[]")
    done = daemon.run("run", "--resume", run, "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["graded"] == PLANNED
    assert page.exists()
    assert len(provider.requests) == asked, "all was answered before"
