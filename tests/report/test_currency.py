"""How current every target is: complete scheduled runs alone count, and what is judged is said with its day."""

from datetime import UTC, date, datetime, timedelta

import pytest

from canary.domain.trial import Run
from canary.report.currency import currents, overall, told
from canary.report.numbers import JOIN
from canary.report.render import render_index
from tests.report.findings_samples import ANALYSIS, SETTING
from tests.report.markup import read
from tests.report.samples import plain_run

SLOT = datetime(2026, 3, 15, 6, tzinfo=UTC)


def run(targets: tuple[str, ...], *, days_ago: int = 0, **fields: object) -> Run:
    """A scheduled run of some targets, so many days before the last slot."""
    at = SLOT - timedelta(days=days_ago)
    known = {"slot": at, "started_at": at, "day": at.date(), "finished_at": at + timedelta(minutes=9)}
    return plain_run(
        id=f"{at:%Y%m%d}-{'-'.join(targets)}", targets=dict.fromkeys(targets, "x"), **{**known, **fields}
    )


def daily(after: datetime) -> datetime:
    """Slots at 06:00 of every day."""
    today = after.replace(hour=6, minute=0, second=0, microsecond=0)
    return today if today > after else today + timedelta(days=1)


def words(runs: list[Run], judged: dict[str, date] | None, now: datetime) -> dict[str, str]:
    return {one.target: one.state.word for one in currents(runs, judged, now, daily)}


def test_a_run_of_one_target_says_nothing_of_another() -> None:
    """Each has its own last run, day and state; the page's state is the worst."""
    runs = [run(("a", "b"), days_ago=3), run(("a",), days_ago=1), run(("a", "b"), status="interrupted")]
    judged = {"a": date(2026, 3, 14), "b": date(2026, 3, 12)}
    found = currents(runs, judged, SLOT + timedelta(hours=1), daily)
    assert [(one.target, one.state.word, one.judged_to) for one in found] == [
        ("b", "Late", date(2026, 3, 12)),
        ("a", "Up to date", date(2026, 3, 14)),
    ]
    assert overall(found).word == "Late"


@pytest.mark.parametrize("trigger", ["manual", "release", "confirmation", "control"])
def test_no_other_run_is_a_sign_of_life(trigger: str) -> None:
    """A run by hand of today leaves the schedule as late as it is."""
    runs = [run(("a",), days_ago=4), run(("a",), trigger=trigger)]
    assert words(runs, {"a": date(2026, 3, 11)}, SLOT + timedelta(minutes=10)) == {"a": "Late"}


@pytest.mark.parametrize(("minutes", "word"), [(10, "Up to date"), (119, "Up to date"), (121, "Late")])
def test_a_run_has_two_hours_to_come_to_its_end(minutes: int, word: str) -> None:
    """Counted from the slot that it was due at."""
    assert words([run(("a",), days_ago=1)], None, SLOT + timedelta(minutes=minutes)) == {"a": word}


def test_calls_that_all_failed_leave_a_target_behind_though_it_was_asked() -> None:
    """Complete is not judged."""
    found = currents([run(("a",))], {"a": date(2026, 3, 12)}, SLOT + timedelta(minutes=20), daily)
    assert [(one.state.word, one.judged) for one in found] == [
        ("Runs, but not judged", f"12{JOIN}March{JOIN}2026")
    ]


def test_a_target_of_which_nothing_was_ever_graded_is_not_up_to_date() -> None:
    """Also where others are judged; without any judgement nothing is said of it."""
    assert words([run(("a", "b"))], {"a": date(2026, 3, 15)}, SLOT) == {
        "a": "Up to date",
        "b": "Runs, but not judged",
    }
    assert words([run(("a", "b"))], None, SLOT) == {"a": "Up to date", "b": "Up to date"}


def test_a_target_that_is_asked_no_more_is_not_late() -> None:
    """It was taken out of the configuration; it stands last."""
    runs = [run(("a", "old"), days_ago=30), run(("a",))]
    assert words(runs, None, SLOT + timedelta(minutes=20)) == {"a": "Up to date", "old": "Not asked any more"}
    assert overall(currents(runs, None, SLOT + timedelta(minutes=20), daily)).word == "Up to date"


def test_the_headline_says_up_to_which_day_and_who_is_behind() -> None:
    """In one sentence, and how long ago the last complete scheduled run was."""
    judged = {"a": date(2026, 3, 15), "b": date(2026, 3, 12), "c": date(2026, 3, 15)}
    said = told(currents([run(("a", "b", "c"))], judged, SLOT, daily), SLOT + timedelta(minutes=20)).replace(
        JOIN, " "
    )
    assert said == (
        "2 of 3 targets are judged up to 15 March 2026; b up to 12 March 2026. "
        "The last complete scheduled run was that of 15 March 2026, 06:00 UTC, 20 min before this page was written."
    )


def test_the_front_page_has_a_row_for_every_target_in_page_twin_and_data() -> None:
    """State, judged up to, last complete scheduled run."""
    report = render_index([run(("a", "b"))], SLOT + timedelta(minutes=20), analysis=ANALYSIS, setting=SETTING)
    assert [e.attributes.get("data-label") for e in read(report.html).all("td")].count("Judged up to") == 2
    assert "Runs, but not judged: a" in report.text
    rows = report.data["targets"]
    assert isinstance(rows, list)
    assert rows[0] == {
        "target": "a",
        "state": "Runs, but not judged",
        "last_complete_scheduled_run": "2026-03-15T06:00:00Z",
        "judged_to": None,
    }
