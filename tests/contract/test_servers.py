"""What only a database server can do to a store: appear for many at once, go away, come back, lose a connection."""

import threading

import pytest

from canary.domain.errors import StoreError
from canary.store.database import open_store
from tests.contract.test_stores import a_run
from tests.postgresql import GROUP, Server, serving

pytestmark = GROUP


def test_many_may_open_a_new_database_at_once(server: Server) -> None:
    url = server.fresh()
    seen: list[int] = []

    def opened() -> None:
        store = open_store(url)
        seen.append(len(store.runs()))
        store.close()

    threads = [threading.Thread(target=opened) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == [0] * 6


def test_two_deployments_in_one_database_do_not_hold_each_others_runs(server: Server) -> None:
    one, other = open_store(server.fresh()), open_store(server.fresh())
    with one.hold_run("r") as mine, other.hold_run("r") as theirs:
        assert (mine, theirs) == (True, True)
    one.close()
    other.close()


def test_a_server_that_goes_away_is_one_sentence_and_all_is_there_when_it_is_back() -> None:
    with serving() as server:
        url = server.fresh()
        store, other = open_store(url), open_store(url)
        assert store.open_run(a_run())
        with store.hold_run("r") as mine:
            assert mine
            server.stop()
            with pytest.raises(StoreError) as told:
                store.runs()
            assert "canary" in str(told.value)
            server.start()
            assert store.runs() == [a_run()]
            with other.hold_run("r") as theirs:
                assert theirs, "what is held goes with its connection"
        with other.hold_run("r") as free:
            assert free
        store.close()
        other.close()
