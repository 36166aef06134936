"""The task engine's tables in the store's database: made, kept up to date, and asked who is there."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import URL

from canary.domain.errors import ConfigurationError, StoreError
from canary.store.transactions import SETTING, parsed, shown

_LOCK = 0x63616E617279
"""The lock that migrations of the store take, too."""
_OURS = "kept by canary up to "


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """Where the task engine's tables are.

    Attributes:
        connection: keyword arguments of psycopg's `connect`.
        where: the database as messages name it.
    """

    connection: Mapping[str, Any]
    where: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Present:
    """Which processes take part.

    Attributes:
        alive: those that were heard of in the last half minute. One that carries out trials counts once for each queue.
        silent: those that ended without a word.
    """

    alive: int
    silent: int


def place_of(url: str) -> Place | None:
    """The place for a store's address; None for a store that is a file.

    Raises:
        ConfigurationError: it is no address of a store.
    """
    address = parsed(url)
    if address.get_backend_name() != "postgresql":
        return None
    return Place(connection=_arguments(address), where=shown(address))


def demanded_place(url: str) -> Place:
    """The place for a store's address.

    Raises:
        ConfigurationError: the store is a file, or the task engine is not installed.
    """
    place = place_of(url)
    if place is None:
        raise ConfigurationError(
            "workers share a database server, and this store is a file",
            where=SETTING,
            remedy="use postgresql://…, or let one process do it: canary run, canary schedule",
        )
    if not installed():
        raise ConfigurationError(
            "workers need a task engine that is not installed",
            where="canary worker",
            remedy="pip install 'model-canary[workers]'",
        )
    return place


def installed() -> bool:
    """Whether the task engine is installed."""
    from importlib.util import find_spec

    return find_spec("procrastinate") is not None


def prepare(place: Place) -> None:
    """Make the tables where there are none, and bring those that canary made up to date; others' are left to them.

    Raises:
        StoreError: the database can't be reached, or refuses.
    """
    import psycopg
    from procrastinate.schema import SchemaManager, migrations_path

    steps = sorted(migrations_path.glob("*.sql"))
    try:
        # Each step is a transaction of its own: some can't be part of a larger one.
        with psycopg.connect(**place.connection, autocommit=True) as connection:
            connection.execute("SELECT pg_advisory_lock(%s)", [_LOCK])
            made, comment = connection.execute(_MADE).fetchone() or (None, None)
            if made is None:
                connection.execute(SchemaManager.get_schema())
                connection.execute(_kept_up_to(steps[-1].name))
            elif comment is not None and comment.startswith(_OURS):
                for step in steps:
                    if step.name > comment.removeprefix(_OURS):
                        connection.execute(step.read_bytes())
                        connection.execute(_kept_up_to(step.name))
    except psycopg.Error as error:
        said = str(error).strip().splitlines()[:1] or [type(error).__name__]
        raise StoreError(
            f"the task engine's tables can't be made: {said[0]}",
            where=place.where,
            remedy="give this user the right to make tables, or let its owner start `canary worker` once",
        ) from None


def _kept_up_to(step: str) -> bytes:
    return f"COMMENT ON TABLE procrastinate_jobs IS '{_OURS}{step}'".encode()


def present(place: Place, silent_s: float) -> Present:
    """Who takes part; nobody where the tables were never made.

    Raises:
        StoreError: the database can't be reached.
    """
    import psycopg

    try:
        with psycopg.connect(**place.connection) as connection:
            made, _ = connection.execute(_MADE).fetchone() or (None, None)
            if made is None:
                return Present(alive=0, silent=0)
            alive, known = connection.execute(_PRESENT, [silent_s]).fetchone() or (0, 0)
            return Present(alive=alive, silent=known - alive)
    except psycopg.Error as error:
        raise StoreError(
            f"the task engine could not use the database ({type(error).__name__})", where=place.where
        ) from None


_MADE = "SELECT to_regclass('procrastinate_jobs')::text, obj_description(to_regclass('procrastinate_jobs'), 'pg_class')"
_PRESENT = "SELECT count(*) FILTER (WHERE last_heartbeat > now() - make_interval(secs => %s)), count(*) FROM procrastinate_workers"


def _arguments(address: URL) -> Mapping[str, Any]:
    from sqlalchemy.dialects.postgresql.psycopg import dialect

    _, arguments = dialect().create_connect_args(address)  # type: ignore[no-untyped-call]
    return dict(arguments)
