"""Who may read what canary writes: what holds answers is its owner's, what is meant for others goes by the umask."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from canary.cli.records import _sink
from canary.domain.report import Report
from canary.store.baselines import write_baseline
from canary.store.database import open_store
from canary.store.pages import PageFolder
from tests.security.parsers import BASELINE


@pytest.fixture
def umask() -> Iterator[int]:
    """The usual one, whatever the tests are started under."""
    before = os.umask(0o022)
    yield 0o022
    os.umask(before)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.usefixtures("umask")
def test_the_store_and_exported_records_are_their_owner_s_alone(tmp_path: Path) -> None:
    open_store(f"sqlite:///{tmp_path / 'canary.db'}").close()
    with _sink(tmp_path / "trials.jsonl", private=True) as sink:
        sink.write(b"{}")
    assert {path.name: mode(path) for path in tmp_path.glob("[ct]*")} == dict.fromkeys(
        ("canary.db", "trials.jsonl"), 0o600
    )


@pytest.mark.usefixtures("umask")
def test_pages_baselines_and_metrics_can_be_read_by_whom_they_are_for(tmp_path: Path) -> None:
    page = PageFolder(tmp_path / "reports").write(Report(name="index", subject="", html="", text="", data={}))
    with _sink(tmp_path / "canary.prom", private=False) as sink:
        sink.write(b"")
    baseline = write_baseline(tmp_path / "baselines", BASELINE)
    assert {mode(path) for path in (page, tmp_path / "canary.prom", baseline)} == {0o644}


def test_an_export_follows_no_link_that_somebody_laid_in_its_way(tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.write_text("theirs", encoding="utf-8")
    (tmp_path / ".t.jsonl.part").symlink_to(other)
    with _sink(tmp_path / "t.jsonl", private=True) as sink:
        sink.write(b"ours")
    assert (other.read_text(encoding="utf-8"), (tmp_path / "t.jsonl").read_bytes()) == ("theirs", b"ours")
