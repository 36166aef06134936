"""A PostgreSQL server of the tests' own: no network, a socket in a folder that goes away with it."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from urllib.parse import quote

import pytest

_DEBIAN = Path("/usr/lib/postgresql")
_UNSAFE = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")
"""A server that nobody reads after the tests need not survive a power cut."""

GROUP = pytest.mark.xdist_group("postgresql")
"""All tests of one server run in one worker, so that one server is started."""


@dataclass(frozen=True, kw_only=True)
class Server:
    """A running server.

    Attributes:
        programs: the folder of `pg_ctl`.
        data: its data folder.
        socket: the folder of its socket.
        user: the system user it runs as; None = ours.
    """

    programs: Path
    data: Path
    socket: Path
    user: str | None

    def url(self, schema: str) -> str:
        """The address of a schema as a deployment writes it; `fresh` makes one."""
        options = quote(f"-csearch_path={schema}")
        return f"postgresql://canary@/postgres?host={quote(str(self.socket), safe='')}&options={options}"

    def fresh(self) -> str:
        """The address of a schema that nobody has used."""
        import psycopg

        name = f"test_{next(_numbers)}"
        with psycopg.connect(host=str(self.socket), user="canary", dbname="postgres") as connection:
            connection.execute(f"CREATE SCHEMA {name}".encode())
        return self.url(name)

    def start(self) -> None:
        """Start it, and return when it takes connections."""
        told = " ".join(f"-c {setting}" for setting in (*_UNSAFE, "max_connections=60"))
        self._control("start", "-o", f"-c listen_addresses='' -k {self.socket} {told}")

    def stop(self) -> None:
        """End it, whoever is connected; its data folder stays."""
        self._control("stop", "-m", "fast")

    def _control(self, *arguments: str) -> None:
        log = str(self.data.with_name("log"))
        self._do([str(self.programs / "pg_ctl"), "-w", "-D", str(self.data), "-l", log, *arguments])

    def create(self) -> None:
        """Make its data folder."""
        settings = ["-A", "trust", "-U", "canary", "-E", "UTF8", "--locale=C", "--no-sync"]
        self._do([str(self.programs / "initdb"), "-D", str(self.data), *settings])

    def _do(self, arguments: Sequence[str]) -> None:
        as_user = {"user": self.user, "group": _group(self.user), "extra_groups": []} if self.user else {}
        with tempfile.TemporaryFile() as told:
            # Not a pipe: the server would inherit it, and reading it would wait for the server's end.
            done = subprocess.run(
                arguments,
                stdout=told,
                stderr=told,
                cwd="/",
                check=False,
                **as_user,  # type: ignore[call-overload]
            )
            told.seek(0)
            assert done.returncode == 0, told.read().decode()


_numbers = count(1)


def emptied(url: str) -> None:
    """Remove all rows that a store at this address holds; making its tables anew takes ten times as long."""
    from sqlalchemy import create_engine, delete

    from canary.store.schema import metadata, schema_version
    from canary.store.transactions import parsed

    engine = create_engine(parsed(url))
    with engine.begin() as connection:
        for table in reversed(metadata.sorted_tables):
            if table is not schema_version:
                connection.execute(delete(table))
    engine.dispose()


def programs() -> Path | None:
    """The folder of a PostgreSQL server's programs; None where there is none."""
    beside = shutil.which("initdb")
    places = [Path(beside).resolve().parent] if beside else []
    places += sorted(_DEBIAN.glob("*/bin"), reverse=True)
    return next((place for place in places if (place / "pg_ctl").exists()), None)


@contextmanager
def serving() -> Iterator[Server]:
    """A server for a while; skips the test that asks where there is none to start."""
    found = programs()
    if found is None:
        pytest.skip("no PostgreSQL server is installed here (initdb, pg_ctl)")
    pytest.importorskip(
        "psycopg", reason="psycopg is not installed: pip install '.[dev]'", exc_type=ImportError
    )
    folder = Path(tempfile.mkdtemp(prefix="canary-pg-"))
    user = "nobody" if os.getuid() == 0 else None
    if user:
        # The server refuses to run as root.
        shutil.chown(folder, user)
    server = Server(programs=found, data=folder / "data", socket=folder, user=user)
    try:
        server.create()
        server.start()
        yield server
        server.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _group(user: str) -> int:
    import pwd

    return pwd.getpwnam(user).pw_gid
