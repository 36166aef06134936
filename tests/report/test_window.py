"""All figures of an incident's page are about the same stated days, and nothing uncertain is said for certain."""

import re
from dataclasses import replace
from datetime import date, timedelta

import pytest

from canary.domain.incident import Followed, Incident, Span
from canary.report.in_numbers import in_numbers
from canary.report.incident_page import glance, incident_page
from canary.report.life import headline, standing, status
from canary.report.movements import by_consequence
from canary.report.numbers import JOIN
from canary.report.render import render_incident
from tests.report.incidents import (
    BEFORE,
    CODE,
    LAST,
    NOW,
    ONSET,
    Sample,
    accepted,
    analysis_of,
    change,
    effort,
    evidence,
    incident,
    recovered,
)
from tests.report.test_incident_page import setting


def plain(text: str) -> str:
    return " ".join(text.replace(JOIN, " ").split())


def drop(**known: object) -> Incident:
    """Task success fell when it was found; `known` is what all days since say of it."""
    fell = change(
        metric="pass_rate", before=0.8, after=0.7, effect=-0.1, effect_low=-0.14, effect_high=-0.06,
        effect_unit="points",
    )  # fmt: skip
    since = Followed(
        change=0,
        before=0.8,
        after=0.78,
        effect=-0.02,
        effect_low=-0.05,
        effect_high=0.01,
        days_before=BEFORE,
        days_after=Span(first=ONSET, last=LAST, days=13, trials=1560),
    )
    since = replace(since, **known)  # type: ignore[arg-type]
    return incident(changes=(fell,), transitions=(), moved=(), followed=(since,))


def test_headline_summary_table_and_counts_are_of_the_same_days() -> None:
    """812 → 398 over 4 to 16 March, not the 401 of the alarm's day; trials are those of these days."""
    sample = effort()
    page = incident_page(sample.analysis, sample.incident, sample.evidence, NOW, setting(sample))
    row = next(row for row in page.numbers.changes if row.measure == "Reasoning tokens")
    assert (plain(row.after), plain(row.trials)) == ("398 tokens", "6,480 / 1,560")
    assert plain(row.days) == "4 to 16 March, 13 days"
    assert "812 → 398 tokens" in plain(page.summary[0])
    assert plain(page.glance.figures) == (
        "Figures: 4 to 16 March 2026 (13 days with runs) against 7 January to 3 March (54). Judged up to 16 March 2026."
    )
    assert "seen on 13 of 13 days" in page.glance.status.certainty.replace(JOIN, " ")
    assert "(13 days)" in plain(page.glance.since)
    assert "401" not in plain(render_incident(sample.analysis, sample.incident, sample.evidence, NOW).text)


def test_the_evidence_says_its_days() -> None:
    """Prompts lost and gained, and single trials, are of days that their captions name."""
    sample = effort()
    page = incident_page(sample.analysis, sample.incident, sample.evidence, NOW, setting(sample))
    told = [plain(chart.caption) for chart in page.charts if chart.anchor in {"lost-and-gained", "spread"}]
    assert len(told) == 2
    assert all("4 to 16 March 2026 against 7 January to 3 March." in caption for caption in told)


def test_a_finding_of_which_only_its_own_day_is_known_says_so() -> None:
    """And its trials are counted up to that day."""
    one = incident()
    rows = in_numbers(one, evidence()).changes
    row = next(row for row in rows if row.measure == "Reasoning tokens")
    assert plain(row.days) == "as found on 6 March 2026"
    assert plain(row.trials).endswith("/ 360")


def test_nothing_is_worse_for_certain_while_its_interval_holds_zero() -> None:
    """Neither in the table, nor in the status line, nor in the headline."""
    one = drop()
    row = in_numbers(one, evidence()).changes[0]
    assert (row.verdict, row.tone) == ("worse when found, not certain since", "plain")
    assert "not certain over all days since" in status(one, evidence()).certainty
    assert plain(headline(one)[1]) == "Not certain over all days since: −5.0 to +1.0 points"


def test_what_went_the_other_way_since_is_not_called_worse() -> None:
    """An interval that leaves no doubt of the opposite."""
    row = in_numbers(drop(after=0.85, effect=0.05, effect_low=0.02, effect_high=0.08), evidence()).changes[0]
    assert row.verdict == "worse when found, the other way since"


@pytest.mark.parametrize("low", [-0.05, -0.001])
def test_no_table_of_any_sample_calls_an_uncertain_figure_worse(low: float) -> None:
    """Whatever the size."""
    rows = in_numbers(drop(effect_low=low), evidence()).changes
    assert not [row for row in rows if row.verdict in {"worse", "better", "changed"}]


def test_solved_tasks_come_first_then_broken_output_then_cost_then_behaviour() -> None:
    """However large the others are; what is not certain comes last."""
    metrics = (
        "latency_s",
        "reasoning_tokens",
        "cost_per_pass",
        "truncation_rate",
        "pass_rate",
        "output_tokens",
    )
    given = [change(metric=name, effect=-0.9 if name != "pass_rate" else -0.04) for name in metrics]
    unsure = change(metric="score", effect=-0.3, effect_low=-0.7, effect_high=0.1)
    ordered = [one.metric for one in by_consequence([unsure, *given])]
    assert ordered[:4] == ["pass_rate", "truncation_rate", "cost_per_pass", "reasoning_tokens"]
    assert ordered[-1] == "score"


def test_what_came_back_stands_apart_from_what_moved() -> None:
    """One row a series; the way back has a table of its own."""
    sample = recovered()
    numbers = in_numbers(sample.incident, sample.evidence)
    assert [row.measure for row in numbers.changes].count("Reasoning tokens") == 1
    assert [row.measure for row in numbers.returned] == ["Reasoning tokens"]


def test_days_are_counted_to_the_last_judged_one_and_not_to_the_day_of_the_page() -> None:
    """A page written again a month later says the same."""
    sample = effort()
    later = NOW + timedelta(days=31)
    first, again = (
        glance(sample.analysis, sample.incident, sample.evidence, now, setting(sample))
        for now in (NOW, later)
    )
    assert first.since == again.since
    behind = replace(sample.analysis, judged_to={CODE: date(2026, 3, 9)})
    stale = glance(behind, sample.incident, sample.evidence, later, setting(sample))
    assert "(6 days)" in plain(stale.since)
    assert stale.figures.replace(JOIN, " ").endswith("Judged up to 9 March 2026.")


def test_the_timeline_has_no_size_that_a_later_day_makes_another() -> None:
    """Changes are named; their figures stand in one place."""
    sample = effort()
    page = incident_page(sample.analysis, sample.incident, sample.evidence, NOW, setting(sample))
    steps = [entry.text for entry in page.timeline if entry.kind in {"alarm", "worse", "suspected"}]
    assert not [
        text for text in steps if re.search(r"\d+\s*%|→", text.partition(": ")[2]) and "First run" not in text
    ]


@pytest.mark.parametrize(("sample", "when"), [(recovered(), "While it lasted"), (accepted(), "Since then")])
def test_what_is_over_still_says_what_it_was(sample: Sample, when: str) -> None:
    """A reader of a closed page needs no other page."""
    assert plain(headline(sample.incident)[1]).startswith(f"{when}: thinking 812 → ")


def test_closed_after_a_recovery_says_when_it_went_back() -> None:
    """Not "closed" alone."""
    one = replace(recovered().incident, state="closed")
    assert plain(status(one, evidence()).certainty) == "it went back on 8 April 2026"
    assert headline(one)[0] == "Back at the level it had before: less thinking is over"


def test_five_hundred_followed_changes_are_matched_in_a_moment() -> None:
    """By key, not by search: a page of everything that moved is still written."""
    changes = tuple(change(target=f"t{n}") for n in range(500))
    since = tuple(replace(drop().followed[0], change=n) for n in range(500))
    one = incident(changes=changes, followed=since)
    assert {c.after for c in standing(one)} == {0.78}


@pytest.mark.parametrize("state", ["accepted", "withdrawn", "closed"])
def test_what_is_ended_offers_no_further_end(state: str) -> None:
    """The command would refuse it."""
    one = replace(incident(), state=state)  # type: ignore[arg-type]
    page = incident_page(analysis_of([one]), one, evidence(), NOW, setting(effort()))
    assert page.acts == ()
