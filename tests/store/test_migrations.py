"""From any earlier database to today's, once, whole, and never backwards."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, create_engine, text

from canary.domain.errors import StoreError
from canary.store.database import open_store
from canary.store.migrations import STEPS, Step, migrate
from canary.store.schema import metadata
from canary.store.transactions import connected, parsed
from tests.store.strategies import a_trial


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "canary.db"


@pytest.fixture
def engine(path: Path) -> Iterator[Engine]:
    opened = connected(parsed(f"sqlite:///{path}"))
    yield opened
    opened.dispose()


def asked(path: Path, question: str) -> list[tuple[object, ...]]:
    connection = sqlite3.connect(path)
    try:
        return connection.execute(question).fetchall()
    finally:
        connection.close()


def definitions(path: Path) -> list[tuple[object, ...]]:
    return asked(path, "SELECT type, name, sql FROM sqlite_master ORDER BY type, name")


def applied(path: Path) -> list[tuple[object, ...]]:
    return asked(path, "SELECT number, name FROM schema_version ORDER BY number")


def _add_a_column(connection: Connection) -> None:
    connection.execute(text("ALTER TABLE runs ADD COLUMN note TEXT"))


def _break(connection: Connection) -> None:
    connection.execute(text("ALTER TABLE nowhere ADD COLUMN note TEXT"))


NEXT = len(STEPS) + 1
WITH_NOTE = (*STEPS, Step(number=NEXT, name="a note on runs", apply=_add_a_column))
BROKEN = (*WITH_NOTE, Step(number=NEXT + 1, name="broken", apply=_break))


def test_all_steps_together_give_exactly_the_declared_tables(
    tmp_path: Path, engine: Engine, path: Path
) -> None:
    migrate(engine, "here")
    declared = tmp_path / "declared.db"
    other = create_engine(f"sqlite:///{declared}")
    metadata.create_all(other)
    other.dispose()
    assert definitions(path) == definitions(declared)


def test_steps_are_numbered_from_one_without_gaps() -> None:
    assert [step.number for step in STEPS] == list(range(1, NEXT))


def test_a_step_is_applied_once(engine: Engine, path: Path) -> None:
    migrate(engine, "here")
    migrate(engine, "here")
    migrate(engine, "here", WITH_NOTE)
    migrate(engine, "here", WITH_NOTE)
    assert applied(path) == [(step.number, step.name) for step in WITH_NOTE]


def test_a_database_of_a_newer_version_is_refused_and_left_alone(engine: Engine, path: Path) -> None:
    migrate(engine, "here", WITH_NOTE)
    before = definitions(path)
    with pytest.raises(StoreError, match=rf"newer version of canary \(step {NEXT}: a note on runs\); update"):
        open_store(f"sqlite:///{path}")
    assert definitions(path) == before


def test_a_step_that_fails_undoes_the_steps_before_it_in_the_same_opening(engine: Engine, path: Path) -> None:
    with pytest.raises(Exception, match="nowhere"):
        migrate(engine, "here", BROKEN)
    assert definitions(path) == []


def test_what_is_stored_outlives_a_migration(engine: Engine, path: Path) -> None:
    store = open_store(f"sqlite:///{path}")
    store.import_trials([a_trial(run="theirs")])
    migrate(engine, "here", WITH_NOTE)
    assert list(store.trials()) == [a_trial(run="theirs")]
    store.close()


def test_the_tables_of_another_program_are_left_alone(path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE runs (mine TEXT)")
    connection.close()
    before = definitions(path)
    with pytest.raises(StoreError, match="table runs already exists"):
        open_store(f"sqlite:///{path}")
    assert definitions(path) == before
