"""The task engine's tables: made once, brought up to date, and left alone where they are somebody else's."""

import threading

import psycopg
import pytest
from procrastinate.schema import migrations_path

from canary.domain.errors import ConfigurationError, StoreError
from canary.worker.tables import Place, Present, demanded_place, place_of, prepare, present
from tests.postgresql import Server

STEPS = sorted(path.name for path in migrations_path.glob("*.sql"))
COMMENT = "SELECT obj_description('procrastinate_jobs'::regclass, 'pg_class')"


def asked(place: Place, query: str) -> object:
    with psycopg.connect(**place.connection) as connection:
        row = connection.execute(query.encode()).fetchone()
        assert row is not None
        return row[0]


@pytest.fixture
def fresh(server: Server) -> Place:
    return demanded_place(server.fresh())


def test_many_may_make_them_at_once_and_none_is_there_yet(fresh: Place) -> None:
    assert present(fresh, 30.0) == Present(alive=0, silent=0)
    threads = [threading.Thread(target=prepare, args=(fresh,)) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    prepare(fresh)
    assert asked(fresh, COMMENT) == f"kept by canary up to {STEPS[-1]}"
    assert present(fresh, 30.0) == Present(alive=0, silent=0)


@pytest.mark.slow
def test_those_of_an_older_engine_are_brought_up_to_date(fresh: Place) -> None:
    older = STEPS[: STEPS.index("03.02.00_50_post_batch_defer_jobs.sql") + 1]
    with psycopg.connect(**fresh.connection, autocommit=True) as connection:
        for name in older:
            connection.execute((migrations_path / name).read_bytes())
        connection.execute(
            f"COMMENT ON TABLE procrastinate_jobs IS 'kept by canary up to {older[-1]}'".encode()
        )
    prepare(fresh)
    assert asked(fresh, COMMENT) == f"kept by canary up to {STEPS[-1]}"
    assert (
        asked(
            fresh,
            "SELECT count(*) FROM pg_proc WHERE proname = 'procrastinate_retry_job_v2'"
            " AND pronamespace = current_schema()::regnamespace",
        )
        == 1
    )


def test_those_that_somebody_else_keeps_are_left_to_them(fresh: Place) -> None:
    prepare(fresh)
    with psycopg.connect(**fresh.connection) as connection:
        connection.execute("COMMENT ON TABLE procrastinate_jobs IS NULL")
    prepare(fresh)
    assert asked(fresh, COMMENT) is None


def test_who_was_heard_of_lately_is_told_from_who_is_silent(fresh: Place) -> None:
    prepare(fresh)
    with psycopg.connect(**fresh.connection) as connection:
        for seconds in (1, 2, 3600):
            connection.execute(
                "INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - make_interval(secs => %s))",
                [seconds],
            )
    assert present(fresh, 30.0) == Present(alive=2, silent=1)


def test_a_store_that_is_a_file_has_no_workers() -> None:
    assert place_of("sqlite:///canary.db") is None
    with pytest.raises(ConfigurationError, match="workers share a database server"):
        demanded_place("sqlite:///canary.db")


def test_a_server_that_can_not_be_reached_is_one_sentence_without_its_password() -> None:
    place = demanded_place("postgresql://canary:swordfish@127.0.0.1:1/canary")
    for call in (lambda: present(place, 30.0), lambda: prepare(place)):
        with pytest.raises(StoreError) as told:
            call()
        assert "canary" in str(told.value)
        assert "swordfish" not in str(told.value)
