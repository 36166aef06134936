"""The heartbeat tells a daemon that lives from one that is gone or stuck."""

import json
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from canary.daemon.heartbeat import SILENT, STUCK, Heartbeat, heartbeat_file, vital
from canary.domain.errors import CanaryError, StoreError
from tests.daemon.replicas import SetClock

SIX = datetime(2026, 3, 1, 6, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "canary.alive"


@pytest.fixture
def clock() -> SetClock:
    return SetClock(SIX)


def test_a_daemon_is_alive_from_its_first_moment(file: Path, clock: SetClock) -> None:
    heart = Heartbeat(file, clock.now)
    heart.start()
    found = vital(file, SIX)
    assert (found.alive, found.told) == (True, "The daemon is alive: heartbeat 0 s ago.")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    heart.end()
    assert not file.exists()


def test_a_long_run_is_no_reason_to_be_killed(file: Path, clock: SetClock) -> None:
    heart = Heartbeat(file, clock.now)
    for _ in range(24):
        clock.moment += MINUTE
        heart.come_round()
        heart.beat()
        assert vital(file, clock.moment).alive


def test_a_long_analysis_holds_its_lease_and_a_stuck_loop_loses_it(file: Path, clock: SetClock) -> None:
    renewed: list[datetime] = []
    heart = Heartbeat(file, clock.now, [lambda: renewed.append(clock.moment)])
    clock.moment += STUCK
    heart.beat()
    assert vital(file, clock.moment).alive
    assert renewed == [clock.moment]
    clock.moment += MINUTE
    heart.beat()
    found = vital(file, clock.moment)
    assert (found.alive, found.told) == (False, "The daemon has been stuck since 2026-03-01 06:00:00 UTC.")
    assert len(renewed) == 1


def test_a_silent_daemon_is_gone(file: Path, clock: SetClock) -> None:
    Heartbeat(file, clock.now).beat()
    assert vital(file, SIX + SILENT).alive
    found = vital(file, SIX + SILENT + timedelta(seconds=1))
    assert (found.alive, found.told) == (False, "The daemon has been silent since 2026-03-01 06:00:00 UTC.")


def test_a_clock_set_back_makes_a_beat_from_the_future_that_counts_until_the_next(
    file: Path, clock: SetClock
) -> None:
    heart = Heartbeat(file, clock.now)
    heart.beat()
    clock.moment -= timedelta(hours=1)
    assert not vital(file, clock.moment).alive
    heart.come_round()
    heart.beat()
    assert vital(file, clock.moment).alive


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"at": "x", "came_round_at": "y"}', '{"at": 1}', "\x00"])
def test_what_is_no_heartbeat_is_no_life(file: Path, text: str) -> None:
    file.write_text(text)
    assert vital(file, SIX).told == f"The heartbeat at {file} can't be read."


def test_no_file_is_no_life(file: Path) -> None:
    assert vital(file, SIX).told == f"No daemon has left a heartbeat at {file}."


def test_a_link_in_the_place_of_the_heartbeat_is_replaced_and_not_followed(
    file: Path, tmp_path: Path, clock: SetClock
) -> None:
    precious = tmp_path / "precious"
    precious.write_text("mine")
    file.symlink_to(precious)
    Heartbeat(file, clock.now).beat()
    assert precious.read_text() == "mine"
    assert json.loads(file.read_text())["at"] == "2026-03-01T06:00:00Z"


def test_what_a_beat_can_not_do_is_told_and_the_rest_is_done(tmp_path: Path, clock: SetClock) -> None:
    told: list[CanaryError] = []
    renewed: list[bool] = []

    def gone() -> None:
        raise StoreError("the database is gone")

    heart = Heartbeat(
        tmp_path / "nowhere" / "x", clock.now, [gone, lambda: renewed.append(True)], told.append
    )
    heart.beat()
    assert [problem.problem for problem in told] == [
        "the heartbeat can't be written (No such file or directory)",
        "the database is gone",
    ]
    assert renewed == [True]
    with pytest.raises(StoreError, match="set CANARY_HEARTBEAT_FILE"):
        heart.start()


def test_each_configuration_has_its_own_place_and_a_variable_names_another(tmp_path: Path) -> None:
    one, other = heartbeat_file(tmp_path / "a.toml", {}), heartbeat_file(tmp_path / "b.toml", {})
    assert one != other
    assert heartbeat_file(tmp_path / "a.toml", {}) == one
    assert heartbeat_file(tmp_path / "a.toml", {"CANARY_HEARTBEAT_FILE": "/data/x"}) == Path("/data/x")
