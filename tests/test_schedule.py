"""Slots of a cron expression, and whether the monitor itself is on time."""

from datetime import UTC, datetime, timedelta

import pytest

from canary.schedule import hours_told, latest_slot, next_slot, standing

NOW = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)  # a Wednesday


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("cron", "latest", "following"),
    [
        ("0 6 * * *", "2026-03-04 06:00", "2026-03-05 06:00"),
        ("0 12 * * *", "2026-03-04 12:00", "2026-03-05 12:00"),
        ("0 6 * * mon", "2026-03-02 06:00", "2026-03-09 06:00"),
        ("*/15 * * * *", "2026-03-04 12:00", "2026-03-04 12:15"),
        ("0 6 1 1 *", "2026-01-01 06:00", "2027-01-01 06:00"),
    ],
)
def test_the_latest_slot_is_at_or_before_now_and_the_next_after_it(
    cron: str, latest: str, following: str
) -> None:
    assert latest_slot(cron, "UTC", NOW) == at(latest)
    assert next_slot(cron, "UTC", NOW) == at(following)


def test_slots_follow_the_zone_through_its_clock_changes() -> None:
    winter, summer = at("2026-03-28 12:00"), at("2026-03-29 12:00")
    assert latest_slot("0 6 * * *", "Europe/Berlin", winter) == at("2026-03-28 05:00")
    assert latest_slot("0 6 * * *", "Europe/Berlin", summer) == at("2026-03-29 04:00")


@pytest.mark.parametrize("cron", ["30 2 * * *", "*/15 * * * *", "0 * * * *", "0 2 * * *", "0 3 * * *"])
@pytest.mark.parametrize("change", ["2026-03-29 01:00", "2026-10-25 01:00"])
def test_slots_go_forward_through_the_hour_that_a_clock_change_repeats_or_leaves_out(
    cron: str, change: str
) -> None:
    start, end = at(change) - timedelta(hours=6), at(change) + timedelta(hours=6)
    slots = [start]
    while slots[-1] < end:
        following = next_slot(cron, "Europe/Berlin", slots[-1])
        assert following is not None
        assert following > slots[-1]
        slots.append(following)
    for minute in range(0, 12 * 60, 7):
        now = start + timedelta(minutes=minute)
        due = [slot for slot in slots[1:] if slot <= now]
        assert not due or latest_slot(cron, "Europe/Berlin", now) == due[-1]


def test_a_time_that_comes_twice_on_a_day_is_one_slot() -> None:
    twice = next_slot("30 2 * * *", "Europe/Berlin", at("2026-10-24 12:00"))
    assert twice == at("2026-10-25 00:30")
    assert next_slot("30 2 * * *", "Europe/Berlin", at("2026-10-25 00:30")) == at("2026-10-26 01:30")
    assert latest_slot("30 2 * * *", "Europe/Berlin", at("2026-10-25 12:00")) == at("2026-10-25 00:30")


def test_a_date_that_never_comes_has_no_slot() -> None:
    assert latest_slot("0 6 30 2 *", "UTC", NOW) is None
    assert next_slot("0 6 30 2 *", "UTC", NOW) is None


def judged(now: str, *, last: str | None = None, since: str | None = None, cron: str = "0 6 * * *") -> bool:
    return standing(
        cron=cron,
        timezone="UTC",
        jitter_s=600,
        now=at(now),
        last_complete=at(last) if last else None,
        since=at(since) if since else None,
    ).late


@pytest.mark.parametrize(
    ("now", "late"), [("2026-03-03 12:00", False), ("2026-03-04 08:09", False), ("2026-03-04 08:11", True)]
)
def test_a_daily_monitor_is_late_two_hours_after_its_next_run_was_due(now: str, late: bool) -> None:
    assert judged(now, last="2026-03-03 06:00") is late


@pytest.mark.parametrize(
    ("last", "now", "late"),
    [
        ("2026-03-06 06:00", "2026-03-08 23:00", False),  # a Friday's run, on Sunday
        ("2026-03-06 06:00", "2026-03-09 08:09", False),
        ("2026-03-06 06:00", "2026-03-09 08:11", True),  # Monday's is missing
        ("2026-03-09 06:00", "2026-03-10 08:11", True),  # Tuesday's is missing, on Tuesday
    ],
)
def test_a_weekdays_schedule_is_judged_by_the_slot_that_is_due(last: str, now: str, late: bool) -> None:
    assert judged(now, last=last, cron="0 6 * * mon-fri") is late


def test_an_hourly_run_may_take_half_an_hour() -> None:
    assert not judged("2026-03-04 07:39", last="2026-03-04 06:00", cron="0 * * * *")
    assert judged("2026-03-04 07:41", last="2026-03-04 06:00", cron="0 * * * *")


def test_before_the_first_due_slot_nothing_is_late() -> None:
    assert not judged("2026-03-04 12:00")
    assert not judged("2026-03-04 08:00", since="2026-03-03 12:00")
    assert judged("2026-03-04 09:00", since="2026-03-03 12:00")


def test_a_schedule_that_never_fires_again_is_never_late() -> None:
    assert not judged("2026-03-04 12:00", last="2020-03-04 12:00", cron="0 6 30 2 *")


def test_what_a_person_expects_overrides_the_schedule() -> None:
    found = standing(
        cron="0 6 * * *",
        timezone="UTC",
        jitter_s=0,
        now=NOW,
        last_complete=NOW - timedelta(hours=3),
        since=None,
        expected_s=2 * 3600,
    )
    assert (found.late, found.expected_s, found.waiting_s) == (True, 7200, 10800)


@pytest.mark.parametrize(
    ("cron", "told"),
    [
        ("0 6 * * *", "daily at 06:00 UTC"),
        ("5 18 * * *", "daily at 18:05 UTC"),
        ("0 6 * * mon", "0 6 * * mon (UTC)"),
        ("0 */6 * * *", "0 */6 * * * (UTC)"),
    ],
)
def test_a_daily_time_is_told_as_people_say_it(cron: str, told: str) -> None:
    assert hours_told(cron, "UTC") == told
