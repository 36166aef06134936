"""One process at a time carries out a run: a lock that is let go when its holder dies, by the operating system or the server."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from sqlalchemy import Engine, text
from sqlalchemy.exc import SQLAlchemyError

from canary.domain.errors import StoreError
from canary.store.failures import told

# Locks of a server are a database's, not a schema's: two deployments in two schemas may have runs of one name.
_KEY = "hashtextextended(current_schema() || '/' || :run, 0)"

_KEEPALIVES = ("tcp_keepalives_idle = 30", "tcp_keepalives_interval = 10", "tcp_keepalives_count = 3")
"""A machine that vanishes without a word holds its run for another minute; a server's own setting is hours."""


@contextmanager
def held_on_server(engine: Engine, run: str, *, where: str, secret: str = "") -> Iterator[bool]:
    """Hold a run by a lock of a database server, and say whether it could be had.

    It lives as long as one connection, which is kept for it. Where the connection is lost the run is free for others;
    its holder finds out when it next writes.

    Args:
        engine: of a PostgreSQL server.
        run: the run's id.
        where: the server as messages name it.
        secret: what no message may repeat.

    Raises:
        StoreError: the server can't be reached.
    """
    with told(where, secret):
        connection = engine.connect().execution_options(isolation_level="AUTOCOMMIT")
    try:
        with told(where, secret):
            for setting in _KEEPALIVES:
                connection.execute(text(f"SET {setting}"))
            mine = connection.execute(text(f"SELECT pg_try_advisory_lock({_KEY})"), {"run": run}).scalar_one()
        try:
            yield bool(mine)
        finally:
            # The server notices the end of a connection when it gets to it: who asks next must find the run free at once.
            if mine:
                with suppress(SQLAlchemyError):
                    connection.execute(text(f"SELECT pg_advisory_unlock({_KEY})"), {"run": run})
    finally:
        # Not given back to the pool: whatever became of the lock goes with its connection.
        with suppress(SQLAlchemyError):
            connection.invalidate()
        connection.close()


@contextmanager
def held(database: Path | None, run: str) -> Iterator[bool]:
    """Hold a run by a file beside the database's, and say whether it could be had; it is let go on leaving, and when the process dies.

    Args:
        database: the SQLite file; None = it has a name of SQLite's own, and its runs are not held.
        run: the run's id, safe as a file name.

    Raises:
        StoreError: the lock's file can't be written.
    """
    if database is None:
        yield True
        return
    path = database.with_name(f"{database.name}.{run}.lock")
    handle = _locked(path)
    if handle is None:
        yield False
        return
    try:
        yield True
    finally:
        path.unlink(missing_ok=True)
        os.close(handle)


def _locked(path: Path) -> int | None:
    """The lock file, locked; None where another holds it."""
    while True:
        try:
            handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise StoreError(
                f"the run's lock can't be written ({error.strerror})", where=str(path)
            ) from error
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(handle)
            return None
        if _is_at(handle, path):
            return handle
        # Its holder took the file away between our opening and locking it: a lock on it would hold nothing.
        os.close(handle)


def _is_at(handle: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(handle), path.stat())
    except FileNotFoundError:
        return False
