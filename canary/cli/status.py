"""status."""

import os
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import click

from canary.cli.incident_text import listed
from canary.cli.invocation import BUILT_IN_YEAR, Invocation, answer, answer_json
from canary.cli.mute import told
from canary.domain.errors import UsageError
from canary.domain.record import moment_text

if TYPE_CHECKING:
    from canary.config.settings import Config
    from canary.domain.casebook import KeptIncident
    from canary.domain.incident import Act
    from canary.domain.trial import Run
    from canary.schedule import Standing

_DAYS_FROM_HOURS = 48
"""Hours from which a stretch of time reads better in days."""


@click.command()
@click.option(
    "--expect-every", metavar="DURATION", help="Late when the last complete run is older, e.g. 26h."
)
@click.option("--alive", is_flag=True, help="Say only whether the daemon's heartbeat is fresh: for probes.")
@click.option("--json", "as_json", is_flag=True, help="Answer as JSON.")
@click.pass_obj
def status(invocation: Invocation, *, expect_every: str | None, alive: bool, as_json: bool) -> int:
    """Say whether the monitor is on time.

    When the last complete run was, when the next is due, and which incidents are open. Exit code 1 when the
    monitor is late, and with --alive when the daemon is silent or stuck; a long run is neither.
    """
    if alive:
        return _alive(invocation)
    from canary.assembly import SystemClock
    from canary.config.durations import seconds
    from canary.schedule import standing

    config = invocation.load()
    if expect_every is not None:
        try:
            expected_s: float | None = seconds(expect_every)
        except ValueError:
            raise UsageError(
                f"{expect_every!r} is no duration", where="--expect-every", remedy='write it like "26h"'
            ) from None
    else:
        expected_s = None
    now = SystemClock().now()
    kept, opened, mutes = _kept(config, now)
    complete = [run for run in kept if run.trigger == "schedule" and run.status == "complete"]
    last = complete[-1] if complete else None
    found = standing(
        cron=config.schedule.cron,
        timezone=config.schedule.timezone,
        jitter_s=config.schedule.jitter_s,
        now=now,
        last_complete=None if last is None else last.slot or last.started_at,
        since=_set_up_at(config, kept),
        expected_s=expected_s,
    )
    unfinished = [run.id for run in kept if run.status != "complete"]
    if as_json:
        answer_json(
            {
                "schema": 1,
                "late": found.late,
                "last_complete_run": None if last is None else last.id,
                "waiting_s": found.waiting_s,
                "expected_every_s": found.expected_s,
                "next_slot": None if found.next_slot is None else moment_text(found.next_slot),
                "unfinished_runs": list(unfinished),
                "open_incidents": [
                    {
                        "id": one.id,
                        "kind": str(one.body["kind"]),
                        "severity": str(one.body["severity"]),
                        "verdict": str(one.body["verdict"]),
                        "targets": one.body["targets"],
                        "opened_on": one.opened_on.isoformat(),
                        "acknowledged_by": one.body["acknowledged_by"],
                    }
                    for one in opened
                ],
            }
        )
    else:
        answer(_status_text(found, last, unfinished, now))
        if opened:
            answer(f"Open incidents:\n{listed(opened[::-1])}")
        for act in mutes:
            answer(f"Muted: {told(act)}")
    return 1 if found.late else 0


def _alive(invocation: Invocation) -> int:
    """Judge the heartbeat: no key, no store, and nothing of the configuration but where it is."""
    from canary.daemon.heartbeat import heartbeat_file, vital

    found = vital(heartbeat_file(invocation.config_path, os.environ), datetime.now(UTC))
    answer(found.told)
    return 0 if found.alive else 1


def _kept(config: "Config", now: datetime) -> "tuple[list[Run], list[KeptIncident], list[Act]]":
    """Runs of ours, open incidents, standing mutes; asking must not create a store, so that a status of nothing leaves nothing."""
    from canary.analysis.mutes import in_force
    from canary.store.database import exists, open_store

    if not exists(config.store.url):
        return [], [], []
    store = open_store(config.store.url)
    try:
        book = store.casebook()
        opened = [one for one in book.incidents() if one.state == "opened"]
        return [run for run in store.runs() if not run.imported], opened, in_force(book.acts(), now)
    finally:
        store.close()


def _set_up_at(config: "Config", kept: "list[Run]") -> datetime | None:
    """From when on a slot is due: the first run of any kind, or else the configuration's own date.

    Images are built with files dated to the epoch: such a date says nothing.
    """
    if kept:
        return kept[0].started_at
    dated = datetime.fromtimestamp(config.path.stat().st_mtime, UTC)
    return dated if dated.year >= BUILT_IN_YEAR else None


def _status_text(found: "Standing", last: "Run | None", unfinished: Sequence[str], now: datetime) -> str:
    expected = "any time" if found.expected_s is None else span(found.expected_s)
    if last is None:
        told = "No scheduled run is complete yet"
        if found.waiting_s is not None and found.expected_s is not None:
            deadline = now + timedelta(seconds=found.expected_s - found.waiting_s)
            told += f"; the first is expected by {deadline:%Y-%m-%d %H:%M} UTC"
        told += "."
    else:
        when = last.finished_at or last.started_at
        slot = f", for the slot of {last.slot:%Y-%m-%d %H:%M}" if last.slot else ""
        ago = span((now - when).total_seconds())
        told = (
            f"Last complete scheduled run: {last.id}{slot}, finished {when:%Y-%m-%d %H:%M} UTC ({ago} ago)."
        )
    lines = [told]
    if found.late:
        lines.insert(
            0,
            f"LATE: the last slot with a complete run is {span(found.waiting_s or 0.0)} ago; expected within {expected}.",
        )
    if found.next_slot is not None:
        lines.append(f"Next slot: {found.next_slot:%Y-%m-%d %H:%M} UTC.")
    if unfinished:
        lines.append(
            f"Not complete: {', '.join(unfinished[-3:])}; "
            f"one that no process carries out any more goes on with: canary run --resume {unfinished[-1]}"
        )
    return "\n".join(lines)


def span(seconds: float) -> str:
    """A stretch of time in its two largest units: `3 d 4 h`, `26 h 10 min`, `40 s`."""
    minutes, hours = int(seconds // 60), int(seconds // 3600)
    if hours >= _DAYS_FROM_HOURS:
        return f"{hours // 24} d {hours % 24} h" if hours % 24 else f"{hours // 24} d"
    if hours:
        return f"{hours} h {minutes % 60} min" if minutes % 60 else f"{hours} h"
    return f"{minutes} min" if minutes else f"{int(seconds)} s"


COMMANDS: Sequence[click.Command] = (status,)
