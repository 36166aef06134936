"""Processes of one deployment, as tasks of one event loop: each has its own connections and its own targets."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg

from canary.assembly import SystemClock
from canary.checks.registry import check_spec
from canary.domain.incident import Policy
from canary.domain.ports import Conditions, Dispatcher, Store
from canary.domain.suite import Prompt, Suite, Turn
from canary.domain.target import PriceOverride, TargetSpec
from canary.domain.trial import Run, Transcript, Trial, TrialKey
from canary.pipeline.judging import Judge
from canary.pipeline.publishing import Publisher
from canary.pipeline.requests import RunRequest
from canary.pipeline.results import RunResult
from canary.pipeline.runs import Pipeline
from canary.pipeline.telling import Teller
from canary.pricing import PriceTable
from canary.runner.collect import Budget
from canary.runner.dispatch import Terms
from canary.store.database import open_store
from canary.store.pages import PageFolder
from canary.worker.engine import Engine
from canary.worker.hand import Hand
from canary.worker.queues import queue_of
from canary.worker.service import Worker
from canary.worker.shared import SharedDispatcher
from canary.worker.tables import Place
from tests.fakes import FakeTarget, said

SPECS = {
    name: TargetSpec(name=name, provider="anthropic", model="m", base_url="http://127.0.0.1:1", concurrency=2)
    for name in ("t", "u")
}
SUITE = Suite(
    prompts=tuple(
        Prompt(
            id=f"p/{number}",
            family="p",
            turns=(Turn(user=f"Say yes, {number}."),),
            checks=(check_spec("exact", "yes"),),
        )
        for number in range(6)
    )
)
REPLICATES = 2
PLANNED = len(SUITE.prompts) * REPLICATES * len(SPECS)
PRICE_OF_ONE = (10 * 1.0 + 5 * 10.0) / 1e6
QUICK_S = 0.02

Answer = Callable[[Prompt, int], Transcript]


def yes(prompt: Prompt, _number: int) -> Transcript:
    """What every target answers, if nothing else is said."""
    return said(prompt, "yes")


class Waiting(FakeTarget):
    """A target whose answers wait for something that the test decides."""

    def __init__(self, spec: TargetSpec, answer: Answer, until: Callable[[], Any]) -> None:
        super().__init__(spec, answer)
        self._until = until

    async def attempt(self, prompt: Prompt, conditions: Conditions) -> Transcript:
        await self._until()
        return await super().attempt(prompt, conditions)


async def at_once() -> None:
    """Nothing to wait for."""


@dataclass
class Process:
    """One process: its pipeline, what it asked, and what it said."""

    name: str
    pipeline: Pipeline
    asked: list[TrialKey] = field(default_factory=list)
    said: list[str] = field(default_factory=list)

    def note(self, event: str, text: str, **_facts: Any) -> None:
        self.said.append(f"{event}: {text}")


class House:
    """What the processes share."""

    def __init__(self, address: str, place: Place, folder: Path) -> None:
        self.address = address
        self.place = place
        self.folder = folder
        self.stores: list[Store] = []
        self.store = self.opened()

    def opened(self) -> Store:
        store = open_store(self.address)
        self.stores.append(store)
        return store

    def close(self) -> None:
        for store in self.stores:
            store.close()

    def process(
        self, name: str, answer: Answer = yes, *, until: Callable[[], Any] = at_once, **fields: Any
    ) -> Process:
        """A process that has begun nothing."""
        store, clock = self.opened(), SystemClock()
        judge = Judge(store=store, specs=SPECS, policy=Policy())
        publisher = Publisher(
            store=store, judge=judge, publish=PageFolder(self.folder / "reports").write, clock=clock
        )
        asked: list[TrialKey] = []

        def connect(spec: TargetSpec) -> FakeTarget:
            target = Waiting(spec, answer, until)
            target.asked = asked
            return target

        known: dict[str, Any] = {
            "config": "canary.toml",
            "suite": SUITE,
            "specs": SPECS,
            "replicates": REPLICATES,
            "seed": 1,
            "connect": connect,
            "store": store,
            "judge": judge,
            "publisher": publisher,
            "teller": Teller(publisher=publisher, casebook=store.casebook(), clock=clock),
            "carriers": dict,
            "clock": clock,
            "prices": PriceTable(overrides={"m": PriceOverride(input=1.0, output=10.0)}),
            "budget": Budget(tokens=10**9),
            "fingerprint": {"canary": "1"},
        }
        made = Process(name=name, pipeline=Pipeline(**(known | fields)), asked=asked)
        made.pipeline = replace(made.pipeline, dispatcher=lambda terms: self.shared(made, terms))
        return made

    def engine(self) -> Engine:
        return Engine(self.place.connection, where=self.place.where, poll_s=QUICK_S)

    def shared(self, process: Process, terms: Terms) -> Dispatcher:
        return SharedDispatcher(
            self.engine(),
            Hand(pipeline=process.pipeline),
            terms=terms,
            queues={target: queue_of(process.pipeline, target) for target in terms.limits},
            clock=process.pipeline.clock,
            note=process.note,
            watch_s=QUICK_S,
        )

    def worker(self, process: Process) -> Worker:
        """A `canary worker`, not yet at work."""
        return Worker(
            engine=self.engine,
            hand=Hand(pipeline=process.pipeline),
            limits={queue_of(process.pipeline, name): spec.concurrency for name, spec in SPECS.items()},
            clock=process.pipeline.clock,
            note=process.note,
        )

    @asynccontextmanager
    async def working(self, process: Process) -> AsyncIterator[Worker]:
        """A `canary worker` at work, told to stop at the end."""
        worker = self.worker(process)
        task = asyncio.create_task(worker.serve())
        try:
            yield worker
        finally:
            worker.request_stop()
            await task

    def plan(self, process: Process) -> Run:
        slot = datetime(2026, 3, 1, 6, tzinfo=UTC)
        return process.pipeline.plan(RunRequest(trigger="schedule", slot=slot))

    async def run(self, process: Process, **how: Any) -> RunResult:
        """Carry out the one run of the test."""
        result = await process.pipeline.carry_out(self.plan(process), **how)
        assert result is not None
        return result

    def trials(self) -> list[Trial]:
        return list(self.store.trials())

    def sql(self, statement: str) -> list[tuple[Any, ...]]:
        with psycopg.connect(**self.place.connection) as connection:
            cursor = connection.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []

    async def until(self, holds: Callable[[], object]) -> None:
        """Let the processes go on until something holds."""
        while not holds():  # noqa: ASYNC110 -- what is waited for is in the database
            await asyncio.sleep(0.01)

    def held(self) -> int:
        return int(self.sql("SELECT count(*) FROM procrastinate_jobs WHERE status = 'doing'")[0][0])

    def queued(self) -> int:
        return int(self.sql("SELECT count(*) FROM procrastinate_jobs")[0][0])


def came_to(trial: Trial) -> tuple[Any, ...]:
    """What a trial came to, without the moments it happened at."""
    return (
        *(trial.target, trial.prompt, trial.replicate, trial.outcome, trial.passed, trial.response),
        *(trial.input_tokens, trial.output_tokens, trial.cost_usd, trial.attempts, trial.fingerprint),
    )
