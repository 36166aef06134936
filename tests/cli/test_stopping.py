"""A signal ends a command in time also where its event loop does not come round, and leaves what can be gone on with."""

import json
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from canary.cli.stopping import GRACE_S
from canary.domain.trial import Run
from canary.schedule import latest_slot
from canary.simulate.server import SimulatedProvider
from canary.store.database import open_store
from tests.cli.conftest import Project
from tests.cli.test_daemon import CRON, daemon, heard
from tests.store.strategies import a_trial

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


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_what_keeps_the_loop_busy_is_broken_off(number: signal.Signals) -> None:
    code, took = ended(busy("at-once"), number)
    assert code == 128 + number
    assert took < ENDS_S


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


HISTORY_DAYS = 420


@pytest.fixture
def judged_for_long(daemon: Project) -> Project:
    """A deployment with so many scheduled days that judging them takes longer than a stop may."""
    store = open_store(f"sqlite:///{daemon.folder}/canary.db")
    today = datetime.now(UTC).replace(hour=6, minute=0, second=0, microsecond=0)
    for back in range(HISTORY_DAYS, 1, -1):
        slot = today - timedelta(days=back)
        run = Run(
            id=f"{slot:%Y%m%dT%H%M%SZ}-schedule",
            day=slot.date(),
            trigger="schedule",
            slot=slot,
            started_at=slot,
            prompts=tuple(f"old/{number}" for number in range(20)),
        )
        assert store.open_run(run)
        store.add_trials(
            [
                a_trial(
                    run=run.id,
                    run_day=run.day,
                    trigger="schedule",
                    started_at=slot,
                    target=target,
                    prompt=f"old/{number}",
                    family=f"f{number % 5}",
                    replicate=again,
                    passed=(back * 7 + number * again) % 3 > 0,
                    score=1.0,
                    output_tokens=100 + back % 17 + number,
                    latency_s=1.0 + back % 5,
                    tool_calls=number % 4,
                    final_words=10 + number,
                )
                for target in ("messages", "responses")
                for number in range(20)
                for again in range(3)
            ]
        )
        store.finish_run(run.id, status="complete", finished_at=slot, spent_usd=0, spent_tokens=0)
    store.close()
    return daemon


@pytest.mark.slow
def test_a_signal_during_the_analysis_ends_run_and_daemon_in_time_and_the_next_start_completes_it(
    judged_for_long: Project, provider: SimulatedProvider
) -> None:
    project = judged_for_long
    slot = latest_slot(CRON, "UTC", datetime.now(UTC))
    assert slot is not None
    run = f"{slot:%Y%m%dT%H%M%SZ}-schedule"
    page = project.folder / "reports" / "runs" / f"{run}.html"
    first = project.start("run", "--trigger", "schedule")
    heard(first, "48 of 48 trials")
    time.sleep(0.5)
    code, took = ended(first, signal.SIGTERM)
    assert (code, page.exists()) == (143, False), "it was to be stopped while it judged"
    assert took < ENDS_S
    asked = len(provider.requests)

    second = project.start("--log-format", "json", "schedule")
    heard(second, '"watching"')
    time.sleep(3)
    code, took = ended(second, signal.SIGTERM)
    assert (code, page.exists()) == (0, False), "it was to be stopped while it judged"
    assert took < ENDS_S

    done = project.run("run", "--resume", run, "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["graded"] == 48
    assert page.exists()
    assert len(provider.requests) == asked, "all was answered before"
