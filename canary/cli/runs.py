"""run."""

import asyncio
import signal
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from canary.cli.gate import FailOn, Gate, detection_json, detection_text
from canary.cli.invocation import Invocation, answer, answer_json
from canary.cli.outcomes import estimate_json, estimate_text, result_json, result_text
from canary.cli.progress import run_progress
from canary.cli.stopping import GRACE_S, Stops
from canary.cli.worker import with_workers
from canary.domain.errors import ConfigurationError, Stopped, UsageError

if TYPE_CHECKING:
    from canary.domain.trial import Run
    from canary.pipeline.requests import RunRequest
    from canary.pipeline.results import RunResult
    from canary.pipeline.runs import Pipeline


@click.command()
@click.option(
    "--target", "targets", multiple=True, metavar="NAME", help="Ask only this target. May be repeated."
)
@click.option(
    "--family", "families", multiple=True, metavar="NAME", help="Ask only this family. May be repeated."
)
@click.option("--replicates", type=click.IntRange(min=1), help="Trials per prompt and target.")
@click.option(
    "--trigger",
    type=click.Choice(["manual", "release", "schedule"]),
    default="manual",
    help="What starts it. Only scheduled runs enter the daily series.",
)
@click.option("--label", metavar="TEXT", help="A note kept with the run, e.g. the release.")
@click.option("--resume", metavar="RUN", help="Complete a run that was stopped.")
@click.option("--retry-failed", is_flag=True, help="With --resume: send failed trials again.")
@click.option("--pauses", is_flag=True, help="Keep the pauses that some prompts ask for, an hour and more.")
@click.option(
    "--against",
    metavar="TARGET",
    help="Ask this target too, mixed with the others, and compare them with it.",
)
@click.option("--controls", is_flag=True, help="Ask the positive controls of the targets instead.")
@click.option(
    "--fail-on",
    type=click.Choice(["never", "suspected", "degraded"]),
    help="Exit code 1 on such a finding. Default: never; degraded for a release.",
)
@click.option("--no-mail", is_flag=True, help="Queue what there is to tell, and deliver nothing now.")
@click.option("--dry-run", is_flag=True, help="Say calls, tokens and cost; spend nothing.")
@click.option("--json", "as_json", is_flag=True, help="Answer as JSON.")
@click.pass_obj
def run(
    invocation: Invocation,
    *,
    targets: tuple[str, ...],
    families: tuple[str, ...],
    replicates: int | None,
    trigger: str,
    label: str | None,
    resume: str | None,
    retry_failed: bool,
    pauses: bool,
    against: str | None,
    controls: bool,
    fail_on: FailOn | None,
    no_mail: bool,
    dry_run: bool,
    as_json: bool,
) -> int:
    """Ask every target the prompt set.

    Keeps each trial and writes the run's page.
    """
    from canary.pipeline.requests import RunRequest

    if retry_failed and resume is None:
        raise UsageError(
            "which run's failed trials?", where="--retry-failed", remedy="name the run with --resume RUN"
        )
    planning = (targets, families, replicates, label, trigger != "manual", controls)
    if resume is not None and any(planning):
        raise UsageError(
            "a resumed run keeps its own plan",
            where="--resume",
            remedy="leave the options that plan a run out",
        )
    pipeline = with_workers(invocation, invocation.pipeline())
    if against is not None and against not in pipeline.specs:
        known = ", ".join(pipeline.specs) or "none is configured"
        raise UsageError(f"there is no target {against!r}", where="--against", remedy=f"use one of: {known}")
    request = RunRequest(
        trigger="control" if controls else trigger,  # type: ignore[arg-type]  # click.Choice has checked it
        slot=_slot(invocation, pipeline) if trigger == "schedule" else None,
        label=label,
        targets=_with(targets, against),
        families=families,
        replicates=replicates,
        controls=controls,
    )
    asked = _Asked(fail_on=fail_on, against=against, baselines=invocation.config_path.parent / "baselines")
    try:
        if dry_run:
            return _dry_run(pipeline, request, resume=resume, retry_failed=retry_failed, as_json=as_json)
        with Stops() as stops:
            how = _How(
                resumed=resume is not None,
                retry_failed=retry_failed,
                pauses=pauses,
                delivers=not no_mail,
                stops=stops,
            )
            return _carry_out(invocation, pipeline, request, how, asked, resume=resume, as_json=as_json)
    finally:
        pipeline.store.close()


def _with(targets: tuple[str, ...], against: str | None) -> tuple[str, ...]:
    """The targets asked, the old one among them."""
    if against is None or not targets or against in targets:
        return targets
    return (*targets, against)


def _slot(invocation: Invocation, pipeline: "Pipeline") -> datetime:
    """The scheduled moment that a one-shot run stands for: the latest at or before now."""
    from canary.schedule import latest_slot

    schedule = invocation.load().schedule
    slot = latest_slot(schedule.cron, schedule.timezone, pipeline.clock.now())
    if slot is None:
        raise UsageError(
            f"{schedule.cron!r} has had no slot yet", where="schedule.cron", remedy="use --trigger manual"
        )
    return slot


def _dry_run(
    pipeline: "Pipeline", request: "RunRequest", *, resume: str | None, retry_failed: bool, as_json: bool
) -> int:
    from canary.runner.plan import estimate

    planned = pipeline.resumable(resume) if resume else pipeline.plan(request)
    suite = pipeline.suite_of(planned)
    keys = pipeline.unsent(planned, retry_failed=retry_failed)
    sizes = [
        estimate(pipeline.everyone[name], suite, keys, pipeline.prices, planned.day)
        for name in planned.targets
    ]
    if as_json:
        answer_json(estimate_json(suite, planned.replicates, sizes))
    else:
        answer(estimate_text(suite, planned.replicates, sizes))
    return 0


@dataclass(frozen=True, kw_only=True, slots=True)
class _How:
    """How a run is carried out, beside what it asks."""

    resumed: bool
    retry_failed: bool
    pauses: bool
    stops: Stops
    delivers: bool = True


@dataclass(frozen=True, kw_only=True, slots=True)
class _Asked:
    """What a run is to be held against, as far as the command line says it."""

    fail_on: FailOn | None
    against: str | None
    baselines: Path

    def gate(self, planned: "Run") -> Gate:
        """By the run's own trigger: a release that was resumed is a release."""
        release = planned.trigger == "release"
        return Gate(
            fail_on=self.fail_on or ("degraded" if release else "never"),
            against=self.against,
            compares=release or self.against is not None,
            baselines=self.baselines,
        )


def _carry_out(
    invocation: Invocation,
    pipeline: "Pipeline",
    request: "RunRequest",
    how: _How,
    asked: _Asked,
    *,
    resume: str | None,
    as_json: bool,
) -> int:
    planned = pipeline.resumable(resume) if resume else pipeline.plan(request)
    result = asyncio.run(_until_stopped(invocation, pipeline, planned, how))
    if result is None:
        _tell_taken(pipeline, planned, as_json=as_json)
        return 0
    result = _confirmed(invocation, pipeline, result, how)
    if how.delivers and pipeline.teller.reaches_anybody:
        deliver(invocation, pipeline)
    gate = asked.gate(planned)
    verdict = gate.verdict(pipeline, result)
    finding = gate.finding(result, verdict)
    if finding is not None:
        result = replace(result, problems=(*result.problems, finding))
    if as_json:
        answer_json({**result_json(result), **detection_json(result, verdict)})
    else:
        told = [result_text(result), "" if verdict is None else verdict.text, detection_text(result)]
        answer("\n\n".join(filter(None, told)))
    for problem in result.problems:
        click.echo(f"canary: {problem}", err=True)
    return result.exit_code


def _confirmed(invocation: Invocation, pipeline: "Pipeline", result: "RunResult", how: _How) -> "RunResult":
    """The result with what extra trials said, where some were asked for."""
    from canary.pipeline.confirming import confirmed, reason_of

    def confirming(extra: "Run") -> None:
        invocation.note("confirming", reason_of(extra), run=extra.id)

    async def carry(run: "Run", begun: bool) -> "RunResult | None":
        return await _until_stopped(invocation, pipeline, run, replace(how, resumed=begun))

    return asyncio.run(confirmed(pipeline, result, carry, confirming=confirming))


def deliver(invocation: Invocation, pipeline: "Pipeline") -> None:
    """Deliver what waits; what can't be delivered now stays queued and is no failure of the run."""
    try:
        done = asyncio.run(pipeline.deliver())
    except ConfigurationError as problem:
        click.echo(f"canary: mail stays queued: {problem}", err=True)
        return
    if done.put_off:
        count = f"{done.put_off} message{'s' * (done.put_off != 1)}"
        invocation.note("mail_queued", f"{count} could not be delivered and stay queued: {done.problems[0]}")


def _tell_taken(pipeline: "Pipeline", planned: "Run", *, as_json: bool) -> None:
    """Say which run has the slot, and how far it came: one that was killed must not look like one that is done."""
    holder = pipeline.store.run(planned.id)
    came = "complete" if holder is None else holder.status
    if as_json:
        answer_json({"schema": 1, "run": planned.id, "status": "taken", "run_status": came, "exit_code": 0})
        return
    slot = f"{planned.slot:%Y-%m-%d %H:%M} UTC" if planned.slot else planned.id
    lines = [f"The slot of {slot} already has its run {planned.id}; nothing was sent."]
    if came != "complete":
        lines.append(
            f"It is not complete; where it is not being carried out now, go on with: canary run --resume {planned.id}"
        )
    answer("\n".join(lines))


async def _until_stopped(
    invocation: Invocation, pipeline: "Pipeline", planned: "Run", how: _How
) -> "RunResult | None":
    """Carry a run out; the first signal lets in-flight trials finish, the second or the end of the grace does not."""
    from canary.runner.collect import StopSwitch

    switch = StopSwitch()
    loop = asyncio.get_running_loop()
    names = {"run": planned.id}

    def opened(run: "Run") -> None:
        names["run"] = run.id
        targets = "1 target" if len(run.targets) == 1 else f"{len(run.targets)} targets"
        invocation.note(
            "run_started",
            f"Run {run.id}: {len(run.prompts)} prompts x {run.replicates} to {targets}",
            run=run.id,
        )

    with run_progress(invocation) as progress:
        work = asyncio.ensure_future(
            pipeline.carry_out(
                planned,
                resumed=how.resumed,
                retry_failed=how.retry_failed,
                pauses=how.pauses,
                stop=switch,
                progress=progress,
                opened=opened,
            )
        )

        def stop(number: int) -> None:
            if switch.signal is not None:
                work.cancel()
                return
            switch.request(number)
            invocation.note("stopping", f"Stopping: trials in flight get {GRACE_S:.0f} s to finish.")
            loop.call_later(GRACE_S, work.cancel)

        try:
            with how.stops.heeded(stop):
                return await work
        except asyncio.CancelledError:
            raise Stopped(
                how.stops.number or signal.SIGINT,
                f"run {names['run']} was stopped; what had finished is kept",
                remedy=f"go on with: canary run --resume {names['run']}",
            ) from None


COMMANDS: Sequence[click.Command] = (run,)
