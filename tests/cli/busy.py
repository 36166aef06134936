"""A command whose event loop is busy for a minute: `python -m tests.cli.busy WHEN`."""

import asyncio
import sys
import time

from canary.cli.stopping import Stops
from canary.domain.errors import Stopped


def judge() -> None:
    """Keep the only thread busy, as judging years of records does."""
    print("busy", flush=True)  # noqa: T201 -- the parent reads it
    end = time.monotonic() + 60
    while time.monotonic() < end:
        sum(range(1000))


async def command(stops: Stops, when: str) -> None:
    """Judge at once, or only when a stop was asked for."""
    stopping = asyncio.Event()
    with stops.heeded(lambda _number: stopping.set()):
        if when == "after":
            print("busy", flush=True)  # noqa: T201 -- the parent reads it
            await stopping.wait()
        judge()


def main(when: str) -> int:
    """Leave as `canary run` does."""
    with Stops() as stops:
        try:
            if when == "outside":
                judge()
            else:
                asyncio.run(command(stops, when))
        except asyncio.CancelledError:
            assert stops.number is not None
            return 128 + stops.number
        except Stopped as stopped:
            return stopped.exit_status
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
