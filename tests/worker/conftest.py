"""One schema for the tests of this room, empty before each, and processes that share it."""

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from canary.store.database import open_store
from canary.worker.tables import Place, demanded_place, prepare
from tests.postgresql import GROUP, Server, emptied
from tests.worker.house import House


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All of these tests need the one server."""
    for item in items:
        if "tests/worker/" in item.nodeid:
            item.add_marker(GROUP)


@pytest.fixture(scope="session")
def address(server: Server) -> str:
    """An address whose tables are there, those of the task engine among them."""
    url = server.fresh()
    open_store(url).close()
    prepare(demanded_place(url))
    return url


@pytest.fixture
def place(address: str) -> Place:
    """Where nothing is queued and nobody works."""
    emptied(address)
    made = demanded_place(address)
    with psycopg.connect(**made.connection) as connection:
        connection.execute("TRUNCATE procrastinate_jobs, procrastinate_workers CASCADE")
    return made


@pytest.fixture
def house(address: str, place: Place, tmp_path: Path) -> Iterator[House]:
    """A deployment of several processes."""
    made = House(address, place, tmp_path)
    yield made
    made.close()
