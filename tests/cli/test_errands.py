"""What the daemon does beside runs, over a real configuration: digests, alarms, and a post office that one process keeps."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from canary.cli.daemon import errands, missing
from canary.cli.invocation import Invocation
from canary.config.settings import Config
from canary.daemon.service import Errands
from canary.domain.errors import CanaryError
from canary.domain.trial import Run
from canary.pipeline.runs import OUTBOX, Pipeline
from canary.store.database import open_store
from tests.cli.conftest import CONFIG, write_prompts
from tests.store.strategies import a_trial

MAIL = """\
[mail]
smtp = "smtp://127.0.0.1:1"
from = "canary@example.org"
to = ["team@example.org"]
digest = "mon 08:00"
"""
MONDAY = datetime(2026, 3, 9, 8, tzinfo=UTC)


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Config, Pipeline]]:
    monkeypatch.delenv("CANARY_STORE_URL", raising=False)
    write_prompts(tmp_path / "prompts", 2)
    path = tmp_path / "canary.toml"
    path.write_text(MAIL + CONFIG.format(base_url="http://127.0.0.1:1", replicates=1), encoding="utf-8")
    invocation = Invocation(config=path)
    pipeline = invocation.pipeline()
    yield invocation.load(), pipeline
    pipeline.store.close()


@pytest.fixture
def notes() -> list[str]:
    return []


@pytest.fixture
def done(config: tuple[Config, Pipeline], notes: list[str]) -> Errands:
    def note(event: str, text: str, **_facts: Any) -> None:
        notes.append(f"{event}: {text}")

    return errands(*config, note)


def a_complete_run(pipeline: Pipeline, slot: datetime) -> None:
    run = Run(id=f"r-{slot:%d}", day=slot.date(), trigger="schedule", slot=slot, started_at=slot)
    assert pipeline.store.open_run(run)
    pipeline.store.add_trials(
        [a_trial(run=run.id, target="messages", run_day=run.day, started_at=slot, trigger="schedule")]
    )
    pipeline.store.finish_run(run.id, status="complete", finished_at=slot, spent_usd=0, spent_tokens=0)


async def test_the_digest_is_of_the_week_before_and_is_queued_once(
    config: tuple[Config, Pipeline], done: Errands, tmp_path: Path
) -> None:
    _, pipeline = config
    a_complete_run(pipeline, datetime(2026, 3, 3, 6, tzinfo=UTC))
    assert done.digest is not None
    await done.digest(MONDAY)
    await done.digest(MONDAY)
    assert pipeline.store.casebook().undelivered() == 1
    assert (tmp_path / "reports" / "digests" / "2026-W10.html").exists()


async def test_a_store_without_runs_has_no_digest(config: tuple[Config, Pipeline], done: Errands) -> None:
    assert done.digest is not None
    await done.digest(MONDAY)
    assert config[1].store.casebook().undelivered() == 0


async def test_the_alarm_is_queued_once_for_each_missing_run(
    config: tuple[Config, Pipeline], done: Errands, notes: list[str]
) -> None:
    assert done.alarm is not None
    await done.alarm(MONDAY, None)
    await done.alarm(MONDAY, None)
    assert config[1].store.casebook().undelivered() == 1
    await done.alarm(MONDAY + timedelta(days=1), MONDAY)
    assert config[1].store.casebook().undelivered() == 2
    assert notes[0] == "run_missing: The run of 2026-03-09 08:00 UTC is missing."


def test_a_run_is_missing_once_it_is_overdue(config: tuple[Config, Pipeline]) -> None:
    settings, pipeline = config
    now = datetime.now(UTC)
    assert missing(settings, pipeline, now) is None
    assert missing(settings, pipeline, now - timedelta(days=2)) is not None
    long_ago = (now - timedelta(days=3)).replace(hour=6, minute=0, second=0, microsecond=0)
    a_complete_run(pipeline, long_ago)
    assert missing(settings, pipeline, now) == (long_ago + timedelta(days=1), long_ago)


async def test_mail_that_can_not_go_out_is_told_and_stays(
    config: tuple[Config, Pipeline], done: Errands
) -> None:
    assert done.alarm is not None
    await done.alarm(MONDAY, None)
    with pytest.raises(CanaryError, match="1 message could not be delivered and stay"):
        await done.deliver()
    assert config[1].store.casebook().undelivered() == 1


async def test_two_processes_never_deliver_at_once(
    config: tuple[Config, Pipeline], done: Errands, tmp_path: Path
) -> None:
    assert done.alarm is not None
    await done.alarm(MONDAY, None)
    other = open_store(f"sqlite:///{tmp_path / 'canary.db'}")
    with other.hold_run(OUTBOX) as theirs:
        assert theirs
        await done.deliver()
    other.close()
    with pytest.raises(CanaryError, match="could not be delivered"):
        await done.deliver()
