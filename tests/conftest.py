"""What tests of several rooms share."""

from collections.abc import Iterator

import pytest

from tests.postgresql import Server, serving


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """One PostgreSQL server for all tests."""
    with serving() as running:
        yield running
