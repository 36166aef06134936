"""A database that can't: one sentence with a remedy, exit code 4, nothing lost and nothing half-written."""

import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Self, cast

import pytest
from sqlalchemy import event
from sqlalchemy.exc import SQLAlchemyError

from canary.domain.errors import CanaryError, ConfigurationError, StoreError
from canary.domain.ports import Store
from canary.domain.trial import Trial
from canary.store.database import SqlStore, open_store
from canary.store.failures import told
from canary.store.transactions import use_write_ahead_log
from tests.store.strategies import a_trial

BEFORE = [a_trial(run="theirs", replicate=number) for number in range(3)]
LARGE = "x" * 2_000_000


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "canary.db"


@pytest.fixture
def store(path: Path) -> Iterator[Store]:
    # Not a moment's patience with locks: these tests hold them on purpose.
    opened = open_store(f"sqlite:///{path}?timeout=0")
    opened.import_trials(BEFORE)
    yield opened
    opened.close()


def room(store: Store, pages: int) -> None:
    """Let the database grow to so many pages, as a disk of that size would."""

    def bound(connection: Any, *_rest: object) -> None:
        connection.execute(f"PRAGMA max_page_count={pages}")

    event.listen(cast("SqlStore", store)._engine, "checkout", bound)


WRITES: dict[str, Callable[[Store, list[Trial]], object]] = {
    "add": lambda store, trials: store.add_trials(trials),
    "import": lambda store, trials: store.import_trials(trials),
}


@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES.keys())
def test_a_full_disk_loses_nothing_and_keeps_no_half(store: Store, write: Callable[..., object]) -> None:
    trials = [a_trial(run="theirs", replicate=number, response=LARGE) for number in (10, 11)]
    room(store, 200)
    with pytest.raises(StoreError, match=r"database or disk is full.*free some space") as caught:
        write(store, trials)
    assert caught.value.exit_code == 4
    assert list(store.trials()) == BEFORE
    room(store, 100_000)
    write(store, trials)
    assert list(store.trials()) == [*BEFORE, *trials]


@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES.keys())
def test_a_locked_database_says_so_and_can_be_written_afterwards(
    store: Store, path: Path, write: Callable[..., object]
) -> None:
    more = [a_trial(run="theirs", replicate=10)]
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreError, match="holds the database locked; wait"):
        write(store, more)
    assert list(store.trials()) == BEFORE
    holder.execute("ROLLBACK")
    holder.close()
    write(store, more)
    assert list(store.trials()) == [*BEFORE, *more]


def test_a_new_database_that_another_process_is_setting_up_is_waited_for(path: Path) -> None:
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")

    class Releasing(sqlite3.Cursor):
        """Lets the other process finish once this one has found the database locked."""

        refused = 0

        def execute(self, sql: str, parameters: Any = (), /) -> Self:
            try:
                return super().execute(sql, parameters)
            except sqlite3.OperationalError:
                Releasing.refused += 1
                holder.execute("COMMIT")
                raise

    opener = sqlite3.connect(path, isolation_level=None, timeout=60)
    cursor = opener.cursor(Releasing)
    use_write_ahead_log(cursor)
    assert Releasing.refused == 1
    assert cursor.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    opener.close()
    holder.close()


def test_a_database_that_can_only_be_read_can_be_read(store: Store, path: Path) -> None:
    reader = open_store(f"sqlite:///file:{path}?mode=ro&uri=true")
    assert list(reader.trials()) == BEFORE
    with pytest.raises(StoreError, match="can be read but not written; give this user the right"):
        reader.add_trials([a_trial(run="theirs", replicate=10)])
    reader.close()
    assert list(store.trials()) == BEFORE


def test_a_missing_folder_is_named_and_not_created(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"the folder .*/nowhere does not exist; create it"):
        open_store(f"sqlite:///{tmp_path}/nowhere/canary.db")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_is_no_database(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="the database file can't be opened; check that the path"):
        open_store(f"sqlite:///{tmp_path}")


def test_a_file_of_something_else_is_left_as_it_was(path: Path) -> None:
    path.write_text("a text about canaries\n" * 100)
    with pytest.raises(StoreError, match=r"canary\.db: the file is not a SQLite database; change"):
        open_store(f"sqlite:///{path}")
    assert path.read_text() == "a text about canaries\n" * 100


def test_a_damaged_database_is_called_damaged(path: Path) -> None:
    store = open_store(f"sqlite:///{path}")
    store.import_trials(BEFORE)
    store.close()
    content = bytearray(path.read_bytes())
    content[4096:] = b"\xff" * (len(content) - 4096)
    path.write_bytes(content)
    with pytest.raises(StoreError, match="damaged; restore it"):
        open_store(f"sqlite:///{path}").runs()


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("sqlite://", "in memory keeps nothing; name a file"),
        ("sqlite:///:memory:", "in memory keeps nothing; name a file"),
        ("sqlite:///file:x?mode=memory&uri=true", "in memory keeps nothing; name a file"),
        ("canary.db", "not the URL of a database; write sqlite:///canary.db"),
        ("postgresql://me:hunter2@host:port/db", "not the URL of a database"),
        ("mysql://me:hunter2@host/db", "keeps no records in 'mysql'; use sqlite"),
        ("sqlite+aiosqlite:///x.db", "keeps no records in 'sqlite\\+aiosqlite'"),
    ],
)
def test_a_url_that_can_not_be_used_is_a_mistake_in_the_configuration(url: str, message: str) -> None:
    with pytest.raises(ConfigurationError, match=message) as caught:
        open_store(url)
    assert str(caught.value).startswith("[store] url: ")
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    "url", ["postgresql://me:hunter2@127.0.0.1:1/db", "postgresql://me@127.0.0.1:1/db?password=hunter2"]
)
def test_a_password_is_in_no_message(url: str) -> None:
    with pytest.raises(CanaryError) as caught:
        open_store(url)
    assert "hunter2" not in str(caught.value)


def test_a_password_that_a_driver_repeats_is_struck_out() -> None:
    with (
        pytest.raises(StoreError, match=r"^db: the database refused: no login with \*\*\* here$") as caught,
        told("db", "hunter2"),
    ):
        raise SQLAlchemyError("no login with hunter2 here.\nmore")
    assert caught.value.__cause__ is None
