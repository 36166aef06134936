"""The front page: newest first, and louder when nothing ran than when something was found."""

from datetime import timedelta

import pytest

from canary.domain.trial import Outcome, Run, RunStatus
from canary.report.index import LISTED, RECENT, index_page
from canary.report.numbers import JOIN
from canary.report.render import render_index
from canary.report.view import Counts
from tests.report.markup import read
from tests.report.samples import NOW, START, plain_run


def ended(days_ago: float, status: RunStatus = "complete", run: str = "r") -> Run:
    """A run that ended some days before now."""
    end = NOW - timedelta(days=days_ago)
    return plain_run(id=run, slot=None, started_at=end - timedelta(minutes=4), finished_at=end, status=status)


def test_runs_are_listed_newest_first_with_links_to_their_pages() -> None:
    """Relative, so that they open from disk and from any host."""
    page = index_page([ended(2, run="old"), ended(0, run="new"), ended(1, run="mid")], {}, NOW)
    assert [entry.href for entry in page.entries] == ["runs/new.html", "runs/mid.html", "runs/old.html"]


@pytest.mark.parametrize(
    ("days_ago", "word"), [(0.1, "Up to date"), (1.9, "Up to date"), (2.0, "No run lately")]
)
def test_two_days_without_a_complete_run_are_told_first(days_ago: float, word: str) -> None:
    """Before any run, in a tone of its own."""
    page = index_page([ended(days_ago)], {}, NOW)
    assert page.state.word == word
    assert page.last_run_days == int(days_ago)


def test_a_run_that_did_not_complete_is_no_sign_of_life() -> None:
    """An interrupted run of today leaves the last complete one of last week."""
    page = index_page([ended(7), ended(0, "interrupted", "broken")], {}, NOW)
    assert (page.state.word, page.last_run_days) == ("No run lately", 7)
    assert "7 days before this page was written" in page.headline.replace(JOIN, " ")


def test_the_newest_runs_are_shown_a_year_is_folded_and_older_ones_are_counted() -> None:
    """14, up to 400 and a number; every one of the 400 keeps its link."""
    runs = [ended(n, run=f"r{n}") for n in range(LISTED + 5)]
    page = index_page(runs, {}, NOW)
    assert (len(page.entries), len(page.earlier), page.older) == (RECENT, LISTED - RECENT, 5)
    report = render_index(runs, NOW)
    assert "And 386 earlier runs" in report.text
    assert "5 older runs not listed." in report.text
    assert f'href="runs/r{LISTED - 1}.html"' in report.html
    assert "386 earlier runs" in read(report.html).text().replace(JOIN, " ")


def test_an_imported_run_is_listed_without_a_link() -> None:
    """Its records were read; no page was written for it."""
    entry = index_page([plain_run(imported=True)], {}, NOW).entries[0]
    assert (entry.href, entry.kicker) == ("", "scheduled · from imported records")
    assert 'href="runs' not in render_index([plain_run(imported=True)], NOW).html


def test_without_runs_the_page_says_so() -> None:
    """A fresh installation is no error."""
    report = render_index([], NOW)
    assert (report.name, report.data["days_since_last_run"]) == ("index", None)
    assert "No run has a page yet." in report.text
    assert "No run has a page yet." in report.html


def test_a_run_whose_trials_were_not_counted_shows_its_status_alone() -> None:
    """No count is no failure."""
    entry = index_page([plain_run(status="over_budget")], {}, NOW).entries[0]
    assert (entry.state.word, entry.summary, entry.counts) == ("Stopped by the budget", "", None)


def test_counts_of_an_unfinished_run_are_held_against_its_plan() -> None:
    """A complete run has all it planned; an interrupted one of six trials misses three."""
    plan = {"prompts": ("a", "b"), "replicates": 3, "started_at": START}
    outcomes: list[Outcome] = ["graded", "failed", "graded"]
    assert Counts.of(plain_run(**plan, status="interrupted"), outcomes) == Counts(
        planned=6, graded=2, failed=1, missing=3
    )
    assert Counts.of(plain_run(**plan), outcomes) == Counts(planned=3, graded=2, failed=1, missing=0)
