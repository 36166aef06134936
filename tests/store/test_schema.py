"""How values are kept: every field has its place, every text survives, no lookup reads a whole table."""

import sqlite3
import stat
from collections.abc import Iterator, Mapping
from dataclasses import fields
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import make_url
from sqlalchemy.engine import Dialect
from sqlalchemy.schema import CreateIndex, CreateTable

from canary.domain.ports import Store
from canary.domain.trial import Run, Trial
from canary.store.column_types import is_storable, original, storable
from canary.store.columns import LABELS, VALUES
from canary.store.database import exists, open_store
from canary.store.rows import FIELDS, encoder
from canary.store.schema import TEXTS, metadata, runs, trials
from tests.store.strategies import a_trial
from tests.store.strategies import trials as drawn_trials

DIALECTS: Mapping[str, Dialect] = {
    name: make_url(f"{name}://").get_dialect()() for name in ("sqlite", "postgresql+psycopg")
}
any_text = st.text(st.characters(exclude_categories=()))


def test_every_field_of_a_trial_and_of_a_run_has_its_place() -> None:
    assert {*FIELDS, *TEXTS} == {field.name for field in fields(Trial)}
    assert {column.name for column in runs.c} == {field.name for field in fields(Run)}


def test_every_measured_field_can_be_read_as_a_column() -> None:
    keys = {"run", "target", "prompt", "replicate", "run_day", "started_at", "trigger", "outcome"}
    read_otherwise = {*keys, "family", "prompt_digest", "price_date", *TEXTS}
    assert {field.name for field in fields(Trial)} - read_otherwise == VALUES | LABELS


@given(any_text)
def test_every_text_has_a_form_that_databases_take_and_comes_back_from_it(text: str) -> None:
    kept = storable(text)
    assert original(kept) == text
    assert "\x00" not in kept
    assert kept.encode().decode() == kept
    assert (kept == text) == is_storable(text)


@given(st.lists(any_text, min_size=2, max_size=2, unique=True))
def test_different_texts_have_different_forms(texts: list[str]) -> None:
    assert storable(texts[0]) != storable(texts[1])


@pytest.mark.parametrize("dialect", DIALECTS.values(), ids=DIALECTS)
@given(trial=drawn_trials())
def test_the_fast_way_of_writing_a_row_writes_what_the_types_write(dialect: Dialect, trial: Trial) -> None:
    fast = encoder(dialect)(trial)
    for name, value in zip(FIELDS, fast, strict=True):
        convert = trials.c[name].type.dialect_impl(dialect).bind_processor(dialect)
        plain = getattr(trial, name)
        assert value == (plain if convert is None or plain is None else convert(plain))


@pytest.mark.parametrize("dialect", DIALECTS.values(), ids=DIALECTS)
def test_the_tables_can_be_declared_to_each_database(dialect: Dialect) -> None:
    for table in metadata.sorted_tables:
        assert f"CREATE TABLE {table.name}" in str(CreateTable(table).compile(dialect=dialect))
        for index in table.indexes:
            assert str(index.name) in str(CreateIndex(index).compile(dialect=dialect))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "canary.db"


@pytest.fixture
def store(path: Path) -> Iterator[Store]:
    opened = open_store(f"sqlite:///{path}")
    opened.import_trials([a_trial(run="theirs", response="x")])
    yield opened
    opened.close()


def test_the_file_and_its_log_can_be_read_by_their_owner_alone(path: Path, store: Store) -> None:
    files = [path, *path.parent.glob("canary.db-*")]
    assert len(files) == 3
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}


def test_a_file_that_is_there_keeps_the_mode_its_owner_chose(path: Path) -> None:
    path.touch(0o640)
    path.chmod(0o640)
    open_store(f"sqlite:///{path}").close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


def test_asking_whether_a_database_exists_creates_none(path: Path) -> None:
    assert not exists(f"sqlite:///{path}")
    assert not path.exists()
    open_store(f"sqlite:///{path}").close()
    assert exists(f"sqlite:///{path}")


def plan(path: Path, question: str) -> str:
    connection = sqlite3.connect(path)
    try:
        return "; ".join(str(row[3]) for row in connection.execute(f"EXPLAIN QUERY PLAN {question}"))
    finally:
        connection.close()


@pytest.mark.parametrize(
    "question",
    [
        "SELECT 1 FROM trials WHERE target = 't' AND run_day >= '2026-03-01' ORDER BY run_day, started_at, run",
        "SELECT id FROM trials WHERE run = 'r' ORDER BY run_day",
        "SELECT DISTINCT prompt FROM trials WHERE run = 'r'",
        "SELECT 1 FROM runs WHERE trigger = 'schedule' AND slot = '2026'",
    ],
)
@pytest.mark.usefixtures("store")
def test_frequent_questions_are_answered_from_an_index(path: Path, question: str) -> None:
    told = plan(path, question)
    assert "SEARCH" in told
    assert "SCAN" not in told
