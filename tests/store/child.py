"""What a second process does in the tests: `python -m tests.store.child ACTION URL`."""

import sys
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime
from itertools import count

from canary.domain.trial import Run, Trial
from canary.store.database import open_store
from tests.store.strategies import a_trial

SIX = datetime(2026, 3, 1, 6, tzinfo=UTC)


def say(word: object) -> None:
    """Tell the parent."""
    print(word, flush=True)  # noqa: T201 -- the parent reads it


def wait() -> None:
    """Go on when the parent says so."""
    sys.stdin.readline()


def open_when_told(url: str) -> None:
    """Open a database at the same moment as others."""
    say("ready")
    wait()
    open_store(url).close()
    say("opened")


def claim(url: str) -> None:
    """Try for the day's slot at the same moment as others."""
    store = open_store(url)
    say("ready")
    wait()
    run = Run(
        id=f"by-{datetime.now(UTC).timestamp()}",
        day=date(2026, 3, 1),
        trigger="schedule",
        slot=SIX,
        started_at=SIX,
    )
    say(store.open_run(run))


def write(url: str) -> None:
    """Add trials until killed; say each number once it is stored."""
    store = open_store(url)
    store.open_run(Run(id="r", day=date(2026, 3, 1), trigger="manual", started_at=SIX))
    for number in count():
        store.add_trials([a_trial(replicate=number, response="x" * 5000)])
        say(number)


def import_slowly(url: str) -> None:
    """Import many records and stop short of the last one."""

    def records() -> Iterator[Trial]:
        for number in range(5000):
            yield a_trial(run="", replicate=number, response="x" * 1000)
        say("half")
        wait()

    open_store(url).import_trials(records())


ACTIONS: Mapping[str, Callable[[str], None]] = {
    action.__name__: action for action in (open_when_told, claim, write, import_slowly)
}

if __name__ == "__main__":
    ACTIONS[sys.argv[1]](sys.argv[2])
