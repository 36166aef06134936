"""Trials, runs and prompts in one database: the port `Store` over SQLAlchemy Core."""

from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import date, datetime
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, Row, select, update

from canary.domain.casebook import Casebook
from canary.domain.duties import Duties
from canary.domain.errors import StoreError
from canary.domain.ports import Store, TrialColumns, Window
from canary.domain.record import prompt_from_json, prompt_json
from canary.domain.suite import Prompt, Suite
from canary.domain.trial import Outcome, Run, RunStatus, Trial, TrialKey, Trigger
from canary.store.account import spend, spent
from canary.store.casebook import SqlCasebook
from canary.store.duties import SqlDuties
from canary.store.failures import told
from canary.store.holding import held, held_on_server
from canary.store.intake import Intake
from canary.store.migrations import migrate
from canary.store.pruning import forget_texts
from canary.store.rows import (
    FIELDS,
    ORDER,
    inserting,
    keep_texts,
    keeping,
    one_each,
    trial_of,
    values_of,
    whole_trials,
    within,
)
from canary.store.schema import prompts, runs, trials
from canary.store.transactions import connected, database_file, parsed, reading, shown, writing

READ_CHUNK = 500
"""Trials read at a time with their texts: a few hundred transcripts are in memory, never a whole window's."""
IMPORT_CHUNK = 2000
"""Records inserted at a time."""
LOOK_UP_CHUNK = 1000
"""Digests asked for at a time: below every driver's bound on parameters."""
ALL_DAYS = Window()

_Item = TypeVar("_Item")


def open_store(url: str) -> Store:
    """Open a database and bring its tables up to date; a SQLite file that does not exist is created with mode 0600.

    Args:
        url: `sqlite:///relative.db` (from the working directory), `sqlite:////absolute.db` or `postgresql://…`.

    Raises:
        ConfigurationError: the URL is of no database that canary can use, or its driver is not installed.
        StoreError: the database can't be opened, or was written by a newer version.
    """
    target = parsed(url)
    where, secret = shown(target), target.password or ""
    engine = connected(target)
    try:
        with told(where, secret):
            migrate(engine, where)
    except StoreError:
        engine.dispose()
        raise
    return SqlStore(engine, where=where, secret=secret, file=database_file(target))


def exists(url: str) -> bool:
    """Whether `open_store` would find a database rather than create one; a server's is taken to be there.

    Raises:
        ConfigurationError: the URL is of no database that canary can use.
    """
    file = database_file(parsed(url))
    return file is None or file.is_file()


class SqlStore(Store):
    """The store over one database. Methods may be called from any thread."""

    def __init__(self, engine: Engine, *, where: str, secret: str = "", file: Path | None = None) -> None:
        """Rest on an engine whose database has its tables.

        Args:
            engine: of `transactions.connected`.
            where: the database as messages name it.
            secret: what no message may repeat.
            file: the SQLite file, beside which running runs are locked; None = a server.
        """
        self._engine = engine
        self._where = where
        self._secret = secret
        self._file = file
        self._keep = keeping(engine.dialect)

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        with told(self._where, self._secret), reading(self._engine) as connection:
            yield connection

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        with told(self._where, self._secret), writing(self._engine) as connection:
            yield connection

    def open_run(self, run: Run) -> bool:
        # The row that comes back says that it was written; a count of rows is not told by every driver.
        statement = inserting(self._engine.dialect)(runs).on_conflict_do_nothing().returning(runs.c.id)
        row = {column.name: getattr(run, column.name) for column in runs.c}
        with self._writing() as connection:
            return connection.execute(statement, row).one_or_none() is not None

    def finish_run(
        self,
        run: str,
        *,
        status: RunStatus,
        finished_at: datetime | None,
        spent_usd: float,
        spent_tokens: int,
    ) -> None:
        statement = (
            update(runs)
            .where(runs.c.id == run)
            .values(
                status=status,
                finished_at=finished_at,
                spent_usd=runs.c.spent_usd + spent_usd,
                spent_tokens=runs.c.spent_tokens + spent_tokens,
            )
        )
        with self._writing() as connection:
            if not connection.execute(statement).rowcount:
                raise StoreError(f"there is no run {run!r} to finish", where=self._where)

    def hold_run(self, run: str) -> AbstractContextManager[bool]:
        if self._engine.dialect.name == "postgresql":
            return held_on_server(self._engine, run, where=self._where, secret=self._secret)
        return held(self._file, run)

    def run(self, run: str) -> Run | None:
        with self._reading() as connection:
            row = connection.execute(select(runs).where(runs.c.id == run)).one_or_none()
        return None if row is None else _run_of(row)

    def runs(self, *, trigger: Trigger | None = None, window: Window = ALL_DAYS) -> Sequence[Run]:
        statement = select(runs).where(*within(window, runs.c.day)).order_by(runs.c.started_at, runs.c.id)
        if trigger is not None:
            statement = statement.where(runs.c.trigger == trigger)
        with self._reading() as connection:
            return [_run_of(row) for row in connection.execute(statement)]

    def spend(self, run: str, usd: float, tokens: int) -> None:
        with self._writing() as connection:
            spend(connection, run, usd, tokens, self._where)

    def spent(self, run: str) -> tuple[float, int]:
        with self._reading() as connection:
            return spent(connection, run)

    def keep_suite(self, suite: Suite) -> None:
        rows = [{"digest": prompt.digest, "definition": prompt_json(prompt)} for prompt in suite.prompts]
        if not rows:
            return
        with self._writing() as connection:
            connection.execute(inserting(connection.dialect)(prompts).on_conflict_do_nothing(), rows)

    def prompts(self, digests: Iterable[str]) -> Mapping[str, Prompt]:
        found: dict[str, Prompt] = {}
        with self._reading() as connection:
            for wanted in _chunks(iter(set(digests)), LOOK_UP_CHUNK):
                statement = select(prompts.c.digest, prompts.c.definition).where(prompts.c.digest.in_(wanted))
                for name, definition in connection.execute(statement):
                    found[name] = prompt_from_json(definition)
        return found

    def add_trials(self, trials: Sequence[Trial]) -> None:
        chosen = one_each(trials)
        if not chosen:
            return
        rows = [dict(zip(FIELDS, values_of(trial), strict=True)) for trial in chosen.values()]
        with self._writing() as connection:
            written = connection.execute(self._keep, rows).all()
            keep_texts(connection, {number: chosen[tuple(key)] for number, *key in written})

    def import_trials(self, trials: Iterable[Trial]) -> tuple[int, int]:
        with self._writing() as connection:
            intake = Intake(connection)
            for chunk in _chunks(iter(trials), IMPORT_CHUNK):
                intake.take(chunk)
            intake.close_runs()
        return intake.new, intake.known

    def outcomes(self, run: str) -> Mapping[TrialKey, Outcome]:
        statement = select(trials.c.target, trials.c.prompt, trials.c.replicate, trials.c.outcome)
        with self._reading() as connection:
            return {
                TrialKey(run=run, target=target, prompt=prompt, replicate=replicate): outcome
                for target, prompt, replicate, outcome in connection.execute(
                    statement.where(trials.c.run == run)
                )
            }

    def trials(
        self,
        *,
        run: str | None = None,
        target: str | None = None,
        window: Window = ALL_DAYS,
        texts: bool = True,
    ) -> Iterator[Trial]:
        wanted = select(trials.c.id).where(*within(window, trials.c.run_day)).order_by(*ORDER)
        if run is not None:
            wanted = wanted.where(trials.c.run == run)
        if target is not None:
            wanted = wanted.where(trials.c.target == target)
        whole = whole_trials(with_texts=texts)
        with self._reading() as connection:
            # The order is settled on ids alone: sorting whole rows would move every text through the disk twice.
            ids = array("q", connection.execute(wanted).scalars())
            for start in range(0, len(ids), READ_CHUNK):
                chunk = ids[start : start + READ_CHUNK].tolist()
                rows = {row[0]: row for row in connection.execute(whole.where(trials.c.id.in_(chunk)))}
                for number in chunk:
                    yield trial_of(rows[number])

    def columns(
        self,
        target: str,
        window: Window = ALL_DAYS,
        *,
        triggers: Sequence[Trigger] = ("schedule",),
        values: Sequence[str] = (),
        texts: Sequence[str] = (),
    ) -> TrialColumns:
        # Imported on use: a run that asks models needs no arrays.
        from canary.store.columns import read_columns

        with self._reading() as connection:
            return read_columns(
                connection, target, window, triggers=triggers, values=tuple(values), texts=tuple(texts)
            )

    def targets(self) -> Sequence[str]:
        with self._reading() as connection:
            return (
                connection.execute(select(trials.c.target).distinct().order_by(trials.c.target))
                .scalars()
                .all()
            )

    def casebook(self) -> Casebook:
        return SqlCasebook(self._engine, where=self._where, secret=self._secret)

    def duties(self) -> Duties:
        return SqlDuties(self._engine, where=self._where, secret=self._secret)

    def forget_texts(self, before: date, *, dry_run: bool = False) -> tuple[int, int]:
        with told(self._where, self._secret):
            return forget_texts(self._engine, before, dry_run=dry_run)

    def close(self) -> None:
        self._engine.dispose()


def _run_of(row: Row[Any]) -> Run:
    known = dict(row._mapping)  # noqa: SLF001 -- SQLAlchemy's public name
    return Run(**(known | {"prompts": tuple(known["prompts"])}))


def _chunks(items: Iterator[_Item], size: int) -> Iterator[list[_Item]]:
    while chunk := list(islice(items, size)):
        yield chunk
