"""A fresh store of each kind: SQLite in a file, PostgreSQL on a server that the tests start."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from canary.domain.ports import Store
from canary.store.database import open_store
from tests.postgresql import GROUP, Server, emptied


@pytest.fixture(scope="session")
def shared(server: Server) -> str:
    """An address whose tables are there; what they hold is removed before each test."""
    address = server.fresh()
    open_store(address).close()
    return address


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=GROUP)])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where a store may be opened that holds nothing."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'canary.db'}"
    address: str = request.getfixturevalue("shared")
    emptied(address)
    return address


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    """A store that holds nothing."""
    opened = open_store(url)
    yield opened
    opened.close()
