"""One process at a time carries out a run: a lock that the operating system lets go when its holder dies."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from canary.domain.errors import StoreError


@contextmanager
def held(database: Path | None, run: str) -> Iterator[bool]:
    """Hold a run, and say whether it could be had; it is let go on leaving, and when the process dies.

    The lock lies beside a SQLite file. A database server has no file to lock beside: its runs are not held.

    Args:
        database: the SQLite file; None = a server.
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
