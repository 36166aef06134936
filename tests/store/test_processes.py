"""Several processes at one database, and processes that die in the middle."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from canary.store.database import open_store
from tests.store import child

ROOT = Path(__file__).parents[2]
Start = Callable[[Callable[[str], None]], "subprocess.Popen[str]"]


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'canary.db'}"


@pytest.fixture
def start(url: str) -> Iterator[Start]:
    """Starts a child at the test's database; none outlives the test."""
    children: list[subprocess.Popen[str]] = []

    def begin(action: Callable[[str], None]) -> "subprocess.Popen[str]":
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.store.child", action.__name__, url],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        children.append(process)
        return process

    yield begin
    for process in children:
        process.kill()
        process.communicate()


def hear(process: "subprocess.Popen[str]") -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def tell_all(processes: "list[subprocess.Popen[str]]") -> None:
    assert [hear(process) for process in processes] == ["ready"] * len(processes)
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()


def test_processes_may_open_a_new_database_at_once(url: str, start: Start) -> None:
    processes = [start(child.open_when_told) for _ in range(4)]
    tell_all(processes)
    assert [hear(process) for process in processes] == ["opened"] * 4
    store = open_store(url)
    assert store.runs() == []
    store.close()


def test_of_processes_that_race_for_a_slot_one_gets_it(start: Start) -> None:
    processes = [start(child.claim) for _ in range(4)]
    tell_all(processes)
    assert sorted(hear(process) for process in processes) == ["False", "False", "False", "True"]


@pytest.mark.parametrize("after", [0, 3, 40])
def test_a_process_killed_while_writing_leaves_every_trial_it_reported(
    url: str, start: Start, after: int
) -> None:
    writer = start(child.write)
    assert writer.stdout is not None
    while int(hear(writer)) < after:
        pass
    writer.kill()
    told = [after, *map(int, writer.stdout.read().split())]
    store = open_store(url)
    kept = [trial.replicate for trial in store.trials()]
    # One more may have been stored whose report the kill cut off; it is whole all the same.
    assert kept in (list(range(told[-1] + 1)), list(range(told[-1] + 2)))
    assert {trial.response for trial in store.trials()} == {"x" * 5000}
    store.close()


def test_a_process_killed_while_importing_leaves_nothing_of_the_file(url: str, start: Start) -> None:
    importer = start(child.import_slowly)
    assert hear(importer) == "half"
    importer.kill()
    importer.wait()
    store = open_store(url)
    assert list(store.trials()) == []
    assert store.runs() == []
    store.close()
