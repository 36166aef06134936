"""worker, and what `run` and `schedule` need to share their trials with workers."""

import asyncio
import logging
import os
import signal
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import click

from canary.cli.invocation import Invocation
from canary.cli.stopping import Stops
from canary.domain.errors import CanaryError, ConfigurationError

if TYPE_CHECKING:
    from canary.domain.ports import Dispatcher
    from canary.domain.trial import Run
    from canary.pipeline.runs import Pipeline
    from canary.runner.dispatch import Terms
    from canary.worker.tables import Place


@click.command()
@click.pass_obj
def worker(invocation: Invocation) -> int:
    """Stay, and carry out trials of runs that `canary schedule` or `canary run` start elsewhere.

    All processes need the same configuration, the same keys and one PostgreSQL. SIGTERM ends it with exit code 0, Ctrl-C with
    130; what it had in hand is finished, or left to others.
    """
    from canary.worker.tables import demanded_place, prepare

    config = invocation.load()
    place = demanded_place(config.store.url)
    _quiet(invocation)
    pipeline = invocation.pipeline()
    try:
        asyncio.run(_demand_keys(pipeline))
        prepare(place)
        number = asyncio.run(_serve(invocation, pipeline, place))
    finally:
        pipeline.store.close()
    return 0 if number == signal.SIGTERM else 128 + number


def with_workers(invocation: Invocation, pipeline: "Pipeline") -> "Pipeline":
    """The pipeline, whose runs are shared with workers where there are any when a run starts."""
    from canary.runner.dispatch import in_process
    from canary.worker.tables import installed, place_of, present

    place = place_of(invocation.load().store.url)
    if place is None or not installed():
        return pipeline
    _quiet(invocation)

    def dispatcher(terms: "Terms") -> "Dispatcher":
        from canary.worker.engine import SILENT_S, Engine
        from canary.worker.hand import Hand
        from canary.worker.queues import queue_of
        from canary.worker.shared import SharedDispatcher

        who = present(place, SILENT_S)
        if not who.alive:
            if who.silent:
                invocation.note(
                    "no_worker", "No worker answers: this process carries the run out alone.", run=terms.run
                )
            return in_process(terms)
        return SharedDispatcher(
            Engine(place.connection, where=place.where),
            Hand(pipeline=pipeline),
            terms=terms,
            queues={target: queue_of(pipeline, target) for target in terms.limits},
            clock=pipeline.clock,
            note=invocation.note,
        )

    return replace(pipeline, dispatcher=dispatcher)


def _quiet(invocation: Invocation) -> None:
    """What the task engine and its driver log is told in a sentence of our own; all of it with `--debug`."""
    if not invocation.debug:
        for name in ("procrastinate", "psycopg"):
            logging.getLogger(name).setLevel(logging.CRITICAL)


async def _demand_keys(pipeline: "Pipeline") -> None:
    """Refuse at the start what every trial would be refused for."""
    if not pipeline.specs:
        raise ConfigurationError(
            "no target is configured", where=pipeline.config, remedy="add a [[targets]] table"
        )
    for spec in pipeline.specs.values():
        await pipeline.connect(spec).close()


async def _serve(invocation: Invocation, pipeline: "Pipeline", place: "Place") -> int:
    """Serve until a signal; says which."""
    from canary.daemon.heartbeat import Heartbeat, heartbeat_file
    from canary.worker.engine import GRACE_S, Engine
    from canary.worker.hand import Hand
    from canary.worker.queues import queue_of
    from canary.worker.service import Worker

    def trouble(problem: CanaryError) -> None:
        invocation.note("trouble", f"heartbeat: {problem}", errand="heartbeat", problem=str(problem))

    def joined(run: "Run") -> None:
        invocation.note("joined", f"Run {run.id}: taking part", run=run.id)

    def left(run: "Run", done: int) -> None:
        invocation.note("left", f"Run {run.id}: {done:,} trials carried out here", run=run.id, trials=done)

    heartbeat = Heartbeat(
        heartbeat_file(invocation.config_path, os.environ), pipeline.clock.now, trouble=trouble
    )
    limits = {queue_of(pipeline, name): spec.concurrency for name, spec in pipeline.everyone.items()}
    made = Worker(
        engine=lambda: Engine(place.connection, where=place.where),
        hand=Hand(pipeline=pipeline, joined=joined, left=left),
        limits=limits,
        clock=pipeline.clock,
        note=invocation.note,
        come_round=heartbeat.come_round,
    )
    got: list[int] = []

    def stop(number: int) -> None:
        if not got:
            invocation.note("stopping", f"Stopping: trials in flight get {GRACE_S:.0f} s to finish.")
        got.append(number)
        made.request_stop()

    heartbeat.start()
    targets = "1 target" if len(pipeline.specs) == 1 else f"{len(pipeline.specs)} targets"
    invocation.note(
        "working",
        f"Working for {targets}: up to {sum(spec.concurrency for spec in pipeline.specs.values())} trials at once.",
    )
    try:
        with Stops() as stops, stops.heeded(stop):
            await made.serve()
    finally:
        heartbeat.end()
    invocation.note("ended", "Ended.")
    return got[0] if got else signal.SIGTERM


COMMANDS: Sequence[click.Command] = (worker,)
