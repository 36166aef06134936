"""When the pipeline runs: the slots of a cron expression, by APScheduler's own reading of it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import takewhile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from apscheduler.triggers.cron import CronTrigger

_LOOK_BACK = (timedelta(days=2), timedelta(days=9), timedelta(days=62), timedelta(days=400))
"""How far back a slot is looked for: most schedules are daily, none that canary judges is rarer than yearly."""

_RUN_TAKES = timedelta(hours=2)
"""How long after its slot a run may be complete before it counts as late."""

_INSTANT = timedelta(microseconds=1)

_MANY = 8
"""Slots from which a mean is taken."""

_MINUTE = timedelta(minutes=1)
"""The grain of a cron expression."""


def next_slot(cron: str, timezone: str, after: datetime) -> datetime | None:
    """The first slot strictly after a moment, UTC; None where the expression never fires again."""
    return next(_slots(_trigger(cron, timezone), after), None)


def latest_slot(cron: str, timezone: str, now: datetime) -> datetime | None:
    """The last slot at or before a moment, UTC; None where there was none within 400 days."""
    trigger = _trigger(cron, timezone)
    for back in _LOOK_BACK:
        found: datetime | None = None
        for slot in _slots(trigger, now - back):
            if slot > now:
                break
            found = slot
        if found is not None:
            return found
    return None


def frequency(cron: str, timezone: str, after: datetime) -> tuple[float, float]:
    """Runs a day, and the share of UTC days with a run: means over the four weeks after a day, a year where slots are rare."""
    trigger = _trigger(cron, timezone)
    start = after.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    slots: list[datetime] = []
    for days in (28, 365):
        end = start + timedelta(days=days)
        slots = list(takewhile(end.__gt__, _slots(trigger, start - _INSTANT)))
        if len(slots) >= _MANY:
            break
    return len(slots) / days, len({slot.date() for slot in slots}) / days


def _slots(trigger: "CronTrigger", after: datetime) -> Iterator[datetime]:
    """Slots strictly after a moment, UTC, in order.

    A time of day that a clock change brings twice is one slot, the first: a daily schedule has one run a day. Inside
    that hour APScheduler answers with moments that have passed; asked again a minute on, it finds its way out.
    """
    probe = after + _INSTANT
    while (fire := trigger.get_next_fire_time(None, probe)) is not None:
        slot = fire.astimezone(UTC)
        if slot >= probe and not fire.fold:
            yield slot
        probe = max(slot, probe).replace(second=0, microsecond=0) + _MINUTE


def _trigger(cron: str, timezone: str) -> "CronTrigger":
    # Imported on use: only commands that know of a schedule pay for it.
    from zoneinfo import ZoneInfo

    from apscheduler.triggers.cron import CronTrigger

    return CronTrigger.from_crontab(cron, timezone=ZoneInfo(timezone))


@dataclass(frozen=True, kw_only=True, slots=True)
class Standing:
    """Whether the monitor itself is on time.

    Attributes:
        late: a complete scheduled run is overdue.
        expected_s: seconds within which a complete run is expected after the one before; None where no slot follows.
        waiting_s: seconds since the last complete scheduled run, or since there was something to wait for; None where
            nothing is due yet.
        next_slot: the next scheduled moment, UTC; None where the expression never fires again.
    """

    late: bool
    expected_s: float | None
    waiting_s: float | None
    next_slot: datetime | None


def standing(
    *,
    cron: str,
    timezone: str,
    jitter_s: float,
    now: datetime,
    last_complete: datetime | None,
    since: datetime | None,
    expected_s: float | None = None,
) -> Standing:
    """Judge lateness.

    Args:
        cron: the schedule.
        timezone: its zone.
        jitter_s: seconds a run may start after its slot by design.
        now: UTC.
        last_complete: slot (or start) of the last complete scheduled run, UTC; None = there was none.
        since: when the monitor was set up, UTC: from then on slots are due; None = not known.
        expected_s: seconds within which a run is expected; None = from the schedule: the first slot after the last
            complete one (or after the set-up), its jitter, and the time a run may take.
    """
    reference = last_complete or since
    if expected_s is None:
        expected_s = _expected_s(cron, timezone, reference or now, jitter_s)
    waiting = None if reference is None else (now - reference).total_seconds()
    return Standing(
        late=waiting is not None and expected_s is not None and waiting > expected_s,
        expected_s=expected_s,
        waiting_s=waiting,
        next_slot=next_slot(cron, timezone, now),
    )


def _expected_s(cron: str, timezone: str, reference: datetime, jitter_s: float) -> float | None:
    """Seconds from a moment until a run of the slot after it must be complete; None where no slot follows."""
    due = next_slot(cron, timezone, reference)
    if due is None:
        return None
    gap = (due - reference).total_seconds()
    return gap + jitter_s + min(_RUN_TAKES.total_seconds(), gap / 2)


def hours_told(cron: str, timezone: str) -> str:
    """When runs start, as people say it: `daily at 06:00 UTC`; any but a daily time as it is configured."""
    parts = cron.split()
    if len(parts) == 5 and parts[2:] == ["*"] * 3 and all(part.isdecimal() for part in parts[:2]):  # noqa: PLR2004 -- fields
        return f"daily at {int(parts[1]):02}:{int(parts[0]):02} {timezone}"
    return f"{cron} ({timezone})"
