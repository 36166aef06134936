"""An engine for a URL, and the two kinds of transaction: one that reads a snapshot, one that writes alone.

SQLite: write-ahead log, so that readers never wait for a writer; `synchronous=FULL`, so that a commit is on the disk
when it returns; writers take the lock at their start, so that none finds out at its end that it can't have it.
"""

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from sqlalchemy import URL, Connection, Engine, create_engine, event, func, make_url, select
from sqlalchemy.exc import ArgumentError

from canary.domain.errors import ConfigurationError, StoreError

SETTING = "[store] url"
LOCK_WAIT_S = 120.0
"""How long a writer waits for another: an import of a million records holds the lock for about a minute."""

_WRITES = "canary_writes"
_ADVISORY_LOCK = 0x63616E617279
_BUSY_PAUSE_S = 0.02
_PRAGMAS = (
    "PRAGMA synchronous=FULL",
    "PRAGMA foreign_keys=ON",
    "PRAGMA cache_size=-65536",  # 64 MiB: the indices of a year of trials fit
    "PRAGMA journal_size_limit=67108864",  # the log of a large import does not keep its size for good
)


def parsed(url: str) -> URL:
    """The URL of a database that canary can use.

    Raises:
        ConfigurationError: it is no such URL; the message does not repeat it, as it may hold a password.
    """
    try:
        given = make_url(url)
    except (ArgumentError, ValueError):
        raise ConfigurationError(
            "this is not the URL of a database",
            where=SETTING,
            remedy="write sqlite:///canary.db or postgresql://user@host/database",
        ) from None
    backend, _, driver = given.drivername.partition("+")
    if backend == "sqlite" and driver in {"", "pysqlite"}:
        if given.database in {None, "", ":memory:"} or given.query.get("mode") == "memory":
            raise ConfigurationError(
                "a database in memory keeps nothing", where=SETTING, remedy="name a file: sqlite:///canary.db"
            )
        return given
    if backend in {"postgresql", "postgres"} and driver in {"", "psycopg"}:
        return given.set(drivername="postgresql+psycopg")
    raise ConfigurationError(
        f"canary keeps no records in {given.drivername!r}",
        where=SETTING,
        remedy="use sqlite:///… or postgresql://…",
    )


def shown(url: URL) -> str:
    """The database as it may be shown: no password, and none of the parameters that may hold one."""
    if url.get_backend_name() == "sqlite":
        return str(url.database)
    return URL.create(
        "postgresql", username=url.username, host=url.host, port=url.port, database=url.database
    ).render_as_string()


def database_file(url: URL) -> Path | None:
    """The file of a SQLite database; None for a server, and for a file given as a URI of SQLite's own."""
    if url.get_backend_name() != "sqlite" or "uri" in url.query:
        return None
    return Path(str(url.database))


def connected(url: URL) -> Engine:
    """An engine for a parsed URL; a missing SQLite file is created, readable by its owner alone.

    Raises:
        ConfigurationError: the driver is not installed.
        StoreError: the file's folder does not exist, or the file can't be created.
    """
    if url.get_backend_name() == "sqlite":
        return _sqlite(url)
    try:
        engine = create_engine(url, pool_pre_ping=True)
    except ModuleNotFoundError:
        raise ConfigurationError(
            "PostgreSQL needs a driver that is not installed",
            where=SETTING,
            remedy="pip install 'model-canary[postgres]'",
        ) from None
    return engine


def _sqlite(url: URL) -> Engine:
    file = database_file(url)
    if file is not None:
        _create_file(file)
    if "timeout" not in url.query:
        url = url.update_query_dict({"timeout": str(LOCK_WAIT_S)})
    engine = create_engine(url)
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    return engine


def _create_file(path: Path) -> None:
    """Create the file where it is missing, with mode 0600: it holds everything the models wrote.

    SQLite gives its log files the mode of the database. A file that exists keeps the mode its owner chose.
    """
    if not path.parent.is_dir():
        raise StoreError(
            f"the folder {path.parent} does not exist",
            where=str(path),
            remedy=f"create it, or change {SETTING}",
        )
    try:
        with suppress(FileExistsError):
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    except OSError as error:
        raise StoreError(
            f"the database file can't be created ({error.strerror})",
            where=str(path),
            remedy=f"give this user the right to write there, or change {SETTING}",
        ) from error


def _prepare(connection: sqlite3.Connection, _record: object) -> None:
    # The driver would begin transactions by itself, and as readers; `_begin` does it instead.
    connection.isolation_level = None
    cursor = connection.cursor()
    try:
        use_write_ahead_log(cursor)
        for pragma in _PRAGMAS:
            cursor.execute(pragma)
    finally:
        cursor.close()


def use_write_ahead_log(cursor: sqlite3.Cursor) -> None:
    """Switch a database to its write-ahead log; nothing where it has one.

    The one statement for which SQLite does not wait as `busy_timeout` says: of two processes that open a new file at
    once the second would be told that it is locked.
    """
    (wait_ms,) = cursor.execute("PRAGMA busy_timeout").fetchone()
    until = time.monotonic() + wait_ms / 1000
    while True:
        try:
            cursor.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() >= until:
                raise
            time.sleep(_BUSY_PAUSE_S)
        else:
            return


def _begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get(_WRITES, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A transaction that sees one state of the database throughout."""
    with engine.connect() as plain:
        if engine.dialect.name == "postgresql":
            yield plain.execution_options(isolation_level="REPEATABLE READ")
        else:
            yield plain


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """A transaction that is durable when it ends, or leaves no trace when it raises."""
    with engine.connect() as plain:
        connection = plain.execution_options(**{_WRITES: True})
        with connection.begin():
            yield connection


def alone(connection: Connection) -> None:
    """Keep other migrations and imports out until the transaction ends; on SQLite every writer is alone anyway."""
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(_ADVISORY_LOCK)))
