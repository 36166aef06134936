"""The example under reports/: incident pages of the simulated spring of 2026, as `canary demo` tells it.

`python -m tests.rehearsal.example` writes it anew; `... seeds [number]` prints what other seeds tell.
"""

import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from canary.config.prompts import load_suite
from canary.domain.incident import Policy
from canary.domain.ports import Clock, Store
from canary.pipeline.judging import Judge, Judgement
from canary.pipeline.publishing import Publisher
from canary.rehearsal import spring
from canary.rehearsal.judging import judged
from canary.rehearsal.records import keep_history
from canary.simulate.scenarios import RUN_AT
from canary.store.database import open_store
from canary.store.pages import PageFolder

WEEK = "2026-W16"
"""The week in which two of the incidents open."""

EXAMPLE = Path(__file__).parents[2] / "reports" / "example"


class Then(Clock):
    """A moment of the story."""

    def __init__(self, moment: datetime) -> None:
        self._moment = moment

    def now(self) -> datetime:
        return self._moment

    def monotonic(self) -> float:
        raise NotImplementedError

    async def sleep(self, seconds: float) -> None:
        raise NotImplementedError


def write_example(folder: Path, store: Store) -> Judgement:
    """Write the pages of all incidents of the story, the digest of one week in its midst, and the front page."""
    suite = spring.asked_of(load_suite(None))
    drawn = spring.draw_spring(suite)
    keep_history(store, drawn, spring.spring(), suite, spring.LABEL)
    judge = Judge(store=store, specs={}, policy=Policy(), annotations=lambda: spring.spring().annotations)
    moment = datetime.combine(drawn.last_day, RUN_AT) + timedelta(minutes=20)
    pages = PageFolder(folder)
    publisher = Publisher(
        store=store,
        judge=judge,
        publish=pages.write,
        written=pages.names,
        clock=Then(moment.astimezone(UTC)),
        hours="daily at 06:00 UTC",
    ).simulated(spring.BANNER)
    judgement = judge.judge()
    publisher.incident_pages(judgement, everything=True)
    publisher.publish(publisher.digest(judgement, WEEK))
    publisher.index(judgement)
    return judgement


def by_seed(number: int) -> Iterator[str]:
    """What each seed tells: incidents with mechanism, layer and state."""
    suite = spring.asked_of(load_suite(None))
    for seed in range(9001, 9001 + number):
        found = judged(spring.draw_spring(suite, seed), Policy()).analysis.incidents
        told = [f"{one.attribution.mechanism} in {one.attribution.layer}, {one.state}" for one in found]
        yield f"{seed}: {len(found)}: {'; '.join(told)}"


def main(arguments: list[str]) -> None:
    """Write the example, or print the seeds."""
    if arguments[:1] == ["seeds"]:
        for line in by_seed(int(arguments[1]) if len(arguments) > 1 else 16):
            sys.stdout.write(line + "\n")
        return
    with tempfile.TemporaryDirectory() as place:
        store = open_store(f"sqlite:///{place}/example.db")
        try:
            write_example(EXAMPLE, store)
        finally:
            store.close()


if __name__ == "__main__":
    main(sys.argv[1:])
