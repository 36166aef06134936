"""The digest of a past week says what stood at its end, whenever it is made."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from canary.domain.incident import Suspicion, Transition
from canary.report.as_of import as_of, incident_as_of, series_until
from canary.report.numbers import JOIN
from canary.report.render import render_digest
from tests.report.findings_samples import RUNS, SETTING
from tests.report.incidents import CODE, FIRST, analysis_of, change, incident, recovered, series

LATER = datetime(2026, 5, 20, 8, tzinfo=UTC)
WHOLE = replace(recovered().incident, followed=())
AFTER = analysis_of([WHOLE], last=date(2026, 5, 19))


def plain(text: str) -> str:
    return " ".join(text.replace(JOIN, " ").split())


def test_an_incident_that_is_over_today_was_open_then() -> None:
    """State, severity, changes and recovery are those of the steps up to that day."""
    then = incident_as_of(WHOLE, date(2026, 3, 6))
    assert (then.state, then.severity, then.recovered_on) == ("opened", "low", None)
    assert {one.raised_on for one in then.changes} == {date(2026, 3, 6)}
    assert incident_as_of(WHOLE, date(2026, 4, 9)).state == "recovered"
    assert incident_as_of(WHOLE, date(2026, 4, 22)).state == "closed"


def test_sizes_of_later_days_are_not_told_of_an_earlier_one() -> None:
    """What the day of the finding said stands in their place."""
    whole = recovered().incident
    assert incident_as_of(whole, date(2026, 3, 10)).followed == ()
    assert len(incident_as_of(whole, date(2026, 4, 1)).followed) == 3


def test_what_opened_later_was_not_there() -> None:
    """Nor what was said, suspected and noted after that day."""
    young = incident(id="INC-0099", opened_on=date(2026, 4, 20))
    waiting = Suspicion(target=CODE, raised_on=date(2026, 5, 18), until=date(2026, 5, 20), change=change())
    whole = replace(analysis_of([WHOLE, young], last=date(2026, 5, 19)), suspicions=(waiting,))
    then = as_of(whole, date(2026, 3, 15))
    assert [one.id for one in then.incidents] == ["INC-0042"]
    assert max(alarm.raised_on for alarm in then.alarms) <= date(2026, 3, 15)
    assert (then.suspicions, then.last_day) == ((), date(2026, 3, 15))


def test_a_word_of_a_person_counts_from_its_day() -> None:
    """Acknowledged later is not acknowledged then."""
    taken = Transition(on=date(2026, 3, 12), event="acknowledge", by="Ida")
    one = incident(acknowledged_by="Ida", transitions=(*incident().transitions, taken))
    assert incident_as_of(one, date(2026, 3, 11)).acknowledged_by is None
    assert incident_as_of(one, date(2026, 3, 12)).acknowledged_by == "Ida"


def test_up_to_the_last_day_nothing_is_another() -> None:
    """The running week is told as it stands."""
    assert as_of(AFTER, date(2026, 5, 19)) is AFTER
    assert as_of(AFTER, date(2026, 5, 24)) is AFTER


def test_the_digest_of_a_past_week_is_the_same_months_later() -> None:
    """But for the moment it was written."""
    at_its_end = as_of(AFTER, date(2026, 3, 15))
    now, later = (
        render_digest(analysis, RUNS, "2026-W11", at, setting=SETTING).text.partition("Page written")[0]
        for analysis, at in ((at_its_end, datetime(2026, 3, 16, 8, tzinfo=UTC)), (AFTER, LATER))
    )
    assert now == later


def test_a_digest_names_its_days_and_the_day_as_of_which_it_speaks() -> None:
    """The week in which it opened has it open; the week in which it went back has it over."""
    opened = render_digest(AFTER, RUNS, "2026-W11", LATER, setting=SETTING)
    assert "9 to 15 March 2026, as it stood on 15 March" in plain(opened.text)
    assert opened.data["headline"] == f"1 open, 3{JOIN}targets steady" or "1 open" in str(
        opened.data["headline"]
    )
    over = render_digest(AFTER, RUNS, "2026-W15", LATER, setting=SETTING)
    assert [one["word"] for one in over.data["over"]] == ["RECOVERED"]  # type: ignore[union-attr,index,call-overload]
    assert str(over.data["headline"]).startswith("0 open")


def test_series_end_with_the_week() -> None:
    """The strip shows the last value of that week."""
    whole = series(CODE, "pass_rate", before=0.8)
    cut = series_until([whole], FIRST + timedelta(days=20))[0]
    assert max(cut.days) <= FIRST + timedelta(days=20)
    assert {len(cut.days)} == {
        len(part) for part in (cut.values, cut.trials, cut.expected, cut.low, cut.high)
    }
    assert series_until([whole], FIRST - timedelta(days=1))[0].days == ()
