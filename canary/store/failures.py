"""What a database says when it can't, as one sentence for a person."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy.exc import DBAPIError, SQLAlchemyError, StatementError

from canary.domain.errors import StoreError


@dataclass(frozen=True, kw_only=True, slots=True)
class Trouble:
    """One kind of refusal: what is wrong, and what to do about it."""

    problem: str
    remedy: str


FULL = Trouble(
    problem="the database or disk is full, and nothing of this was stored",
    remedy="free some space, then run again: what was stored before is intact",
)
LOCKED = Trouble(
    problem="another process holds the database locked",
    remedy="wait until it is done, or end it, and run again",
)
READ_ONLY = Trouble(
    problem="the database can be read but not written",
    remedy="give this user the right to write the file and its folder, or change [store] url",
)
NO_ACCESS = Trouble(
    problem="the database file can't be opened",
    remedy="check that the path is a file this user may read and write, or change [store] url",
)
NOT_A_DATABASE = Trouble(
    problem="the file is not a SQLite database",
    remedy="change [store] url, or move the file away",
)
DAMAGED = Trouble(
    problem="the database file is damaged",
    remedy="restore it from a copy; `sqlite3 FILE .recover` rescues what can be read",
)
DISK = Trouble(
    problem="the disk refused to read or write the database",
    remedy="check the disk and its quota, then run again: what was stored before is intact",
)
NO_RUN = Trouble(
    problem="the run of these trials is not in the store",
    remedy="open the run before keeping its trials",
)

SQLITE_TROUBLE: Mapping[str, Trouble] = {
    "SQLITE_FULL": FULL,
    "SQLITE_BUSY": LOCKED,
    "SQLITE_LOCKED": LOCKED,
    "SQLITE_READONLY": READ_ONLY,
    "SQLITE_PERM": NO_ACCESS,
    "SQLITE_AUTH": NO_ACCESS,
    "SQLITE_CANTOPEN": NO_ACCESS,
    "SQLITE_NOTADB": NOT_A_DATABASE,
    "SQLITE_CORRUPT": DAMAGED,
    "SQLITE_IOERR": DISK,
    "SQLITE_CONSTRAINT_FOREIGNKEY": NO_RUN,
}
"""By SQLite's name of the error; an extended name (`SQLITE_IOERR_WRITE`) is found by its beginning."""

POSTGRESQL_TROUBLE: Mapping[str, Trouble] = {
    "53100": FULL,
    "55P03": LOCKED,
    "25006": READ_ONLY,
    "42501": READ_ONLY,
    "23503": NO_RUN,
}
"""By SQLSTATE."""


@contextmanager
def told(where: str, secret: str = "") -> Iterator[None]:
    """Raise whatever the database refuses as a `StoreError`.

    Args:
        where: the database as it may be shown, without a password.
        secret: the password, to be struck out of anything that a driver repeats.
    """
    try:
        yield
    except SQLAlchemyError as error:
        cause = None if secret and secret in str(error) else error
        raise _store_error(error, where, secret) from cause
    except OverflowError as error:
        raise StoreError("a number is too large to be kept (64 bits)", where=where) from error


def _store_error(error: SQLAlchemyError, where: str, secret: str) -> StoreError:
    cause = error.orig if isinstance(error, DBAPIError | StatementError) and error.orig else error
    trouble = _known(cause)
    if trouble is not None:
        return StoreError(trouble.problem, where=where, remedy=trouble.remedy)
    lines = str(cause).strip().splitlines()
    said = lines[0].strip().rstrip(".") if lines else type(cause).__name__
    if secret:
        said = said.replace(secret, "***")
    return StoreError(f"the database refused: {said}", where=where)


def _known(cause: BaseException) -> Trouble | None:
    state = getattr(cause, "sqlstate", None)
    if isinstance(state, str):
        return POSTGRESQL_TROUBLE.get(state)
    name = getattr(cause, "sqlite_errorname", None)
    while isinstance(name, str) and name:
        if name in SQLITE_TROUBLE:
            return SQLITE_TROUBLE[name]
        name = name.rpartition("_")[0]
    return None
