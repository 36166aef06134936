"""schedule."""

import asyncio
import os
import signal
import socket
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import click

from canary.cli.invocation import Invocation
from canary.cli.stopping import Stops
from canary.cli.worker import with_workers
from canary.domain.errors import CanaryError

if TYPE_CHECKING:
    from canary.config.settings import Config
    from canary.daemon.keeper import Keeper
    from canary.daemon.service import Errands, Service
    from canary.daemon.slots import Note
    from canary.daemon.timetable import Timetable
    from canary.domain.duties import DutyKind
    from canary.domain.trial import Run
    from canary.pipeline.runs import Pipeline


@click.command()
@click.pass_obj
def schedule(invocation: Invocation) -> int:
    """Stay, and carry out a run at every slot of the schedule.

    Delivers mail, sends digests and raises an alarm when a run is missing. Several may share one database: each slot is
    run by one of them. SIGTERM ends it with exit code 0, Ctrl-C with 130; a run in hand stays resumable.
    """
    config = invocation.load()
    pipeline = with_workers(invocation, invocation.pipeline())
    try:
        asyncio.run(_demand_ready(pipeline))
        number = asyncio.run(_serve(invocation, config, pipeline))
    finally:
        pipeline.store.close()
    return 0 if number == signal.SIGTERM else 128 + number


async def _demand_ready(pipeline: "Pipeline") -> None:
    """Refuse at the start what every run would be refused for: a missing key, no target, no bound on the cost."""
    from canary.pipeline.requests import RunRequest
    from canary.runner.plan import demand_bounded

    planned = pipeline.plan(RunRequest(trigger="schedule"))
    specs = [pipeline.specs[name] for name in planned.targets]
    demand_bounded(specs, pipeline.prices, planned.day, pipeline.budget.tokens, pipeline.config)
    for spec in specs:
        await pipeline.connect(spec).close()


async def _serve(invocation: Invocation, config: "Config", pipeline: "Pipeline") -> int:
    """Serve until a signal; says which."""
    from canary.daemon.heartbeat import Heartbeat, heartbeat_file

    made = _Made.of(invocation, config, pipeline)

    def trouble(problem: "CanaryError") -> None:
        invocation.note("trouble", f"heartbeat: {problem}", errand="heartbeat", problem=str(problem))

    heartbeat = Heartbeat(
        heartbeat_file(invocation.config_path, os.environ),
        pipeline.clock.now,
        [keeper.renew for keeper in made.keepers],
        trouble,
    )
    service = made.service
    service.come_round = heartbeat.come_round
    heartbeat.start()
    try:
        for keeper in made.watching:
            keeper.begin()
        following = made.timetable.following(pipeline.clock.now())
        at = "never" if following is None else f"{following:%Y-%m-%d %H:%M} UTC"
        with Stops() as stops, stops.heeded(service.request_stop):
            invocation.note("watching", f"Watching; the next slot is {at}.")
            await service.serve()
    finally:
        heartbeat.end()
    invocation.note("ended", "Ended.")
    return service.stop.signal or signal.SIGTERM


@dataclass(frozen=True, kw_only=True, slots=True)
class _Made:
    """The parts of one daemon process."""

    service: "Service"
    timetable: "Timetable"
    watching: "Sequence[Keeper]"
    keepers: "Sequence[Keeper]"

    @classmethod
    def of(cls, invocation: Invocation, config: "Config", pipeline: "Pipeline") -> "_Made":
        from canary.daemon.service import Service
        from canary.daemon.slots import SlotWork
        from canary.runner.collect import StopSwitch

        stop = StopSwitch()
        timetable = _timetable(config, config.schedule.cron, config.schedule.jitter_s)
        holder = f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex[:8]}"

        def keeper(kind: "DutyKind", slots: "Timetable") -> "Keeper":
            from canary.daemon.keeper import Keeper

            return Keeper(
                kind=kind,
                timetable=slots,
                duties=pipeline.store.duties(),
                clock=pipeline.clock,
                holder=holder,
            )

        work = SlotWork(pipeline=pipeline, stop=stop, note=invocation.note, start_of=timetable.start_of)
        runs, alarms = keeper("run", timetable), keeper("alarm", timetable)
        digests = _digest_keeper(config, keeper)
        service = Service(
            runs=runs,
            carry=lambda slot, latest: work.carry_out(slot, latest=latest),
            errands=errands(config, pipeline, invocation.note),
            clock=pipeline.clock,
            stop=stop,
            note=invocation.note,
            digests=digests,
            alarms=alarms,
        )
        watching = [runs] if digests is None else [runs, digests]
        return cls(service=service, timetable=timetable, watching=watching, keepers=[*watching, alarms])


def _digest_keeper(config: "Config", keeper: "Callable[[DutyKind, Timetable], Keeper]") -> "Keeper | None":
    if config.mail is None or config.mail.digest is None:
        return None
    weekly = config.mail.digest
    cron = f"{weekly.at.minute} {weekly.at.hour} * * {weekly.weekday}"
    return keeper("digest", _timetable(config, cron, 0.0))


def _timetable(config: "Config", cron: str, jitter_s: float) -> "Timetable":
    from canary.daemon.timetable import Timetable
    from canary.schedule import latest_slot, next_slot

    zone = config.schedule.timezone
    return Timetable(
        latest=lambda now: latest_slot(cron, zone, now),
        following=lambda after: next_slot(cron, zone, after),
        jitter_s=jitter_s,
    )


def errands(config: "Config", pipeline: "Pipeline", note: "Note") -> "Errands":
    """What the daemon does beside runs, as configured."""
    from canary.daemon.ping import ping
    from canary.daemon.service import Errands

    started = pipeline.clock.now()

    async def deliver() -> None:
        done = await pipeline.deliver()
        if done.put_off:
            raise CanaryError(
                f"{_counted(done.put_off)} could not be delivered and stay queued: {done.problems[0]}"
            )

    async def digest(moment: datetime) -> None:
        year, week, _ = (moment - timedelta(days=7)).isocalendar()
        if not pipeline.store.runs(trigger="schedule"):
            return
        judgement = pipeline.judge.judge()
        pipeline.publisher.publish(pipeline.publisher.digest(judgement, f"{year}-W{week:02}"))
        pipeline.teller.digest(judgement, f"{year}-W{week:02}")

    async def alarm(due: datetime, last: datetime | None) -> None:
        note("run_missing", f"The run of {due:%Y-%m-%d %H:%M} UTC is missing.", due=due.isoformat())
        if pipeline.teller.reaches_anybody:
            pipeline.teller.missed(due, last)

    async def finished(_run: "Run") -> None:
        if config.notify.heartbeat_url is not None:
            await ping(config.notify.heartbeat_url)

    return Errands(
        deliver=deliver,
        digest=digest,
        missing=lambda: missing(config, pipeline, started),
        alarm=alarm,
        finished=finished,
    )


def _counted(messages: int) -> str:
    return "1 message" if messages == 1 else f"{messages} messages"


def missing(
    config: "Config", pipeline: "Pipeline", started: datetime
) -> tuple[datetime, datetime | None] | None:
    """The slot whose run is missing and the slot of the last complete one; None where all is on time.

    Args:
        config: the configuration.
        pipeline: who has the store and the clock.
        started: since when the daemon watches: before it, nothing was due of a store without runs.
    """
    from canary.schedule import next_slot, standing

    known = [run for run in pipeline.store.runs() if not run.imported]
    complete = [run for run in known if run.trigger == "schedule" and run.status == "complete"]
    last = (complete[-1].slot or complete[-1].started_at) if complete else None
    since = known[0].started_at if known else started
    schedule = config.schedule
    found = standing(
        cron=schedule.cron,
        timezone=schedule.timezone,
        jitter_s=schedule.jitter_s,
        now=pipeline.clock.now(),
        last_complete=last,
        since=since,
    )
    due = next_slot(schedule.cron, schedule.timezone, last or since)
    return (due, last) if found.late and due is not None else None


COMMANDS: Sequence[click.Command] = (schedule,)
