"""A run's page says what the run was, whether it is complete, and what stood after it."""

from dataclasses import replace
from datetime import date
from typing import get_args

import pytest

from canary.domain.trial import RunStatus, Trigger
from canary.report.numbers import JOIN
from canary.report.page import run_page
from canary.report.render import render_run
from canary.report.run_stands import ROLES, UNFINISHED, run_stands
from tests.report.findings_samples import ANALYSIS
from tests.report.incidents import API, CODE, MEMBERS
from tests.report.markup import read
from tests.report.samples import NOW, plain_run, sample_run


def plain(text: str) -> str:
    return " ".join(text.replace(JOIN, " ").split())


def test_every_trigger_and_every_state_has_its_sentence() -> None:
    """In plain words."""
    assert set(ROLES) == set(get_args(Trigger))
    assert set(UNFINISHED) == set(get_args(RunStatus))


@pytest.mark.parametrize(("day", "ids"), [(5, []), (6, ["INC-0042"]), (16, ["INC-0042"])])
def test_what_stood_is_told_as_of_the_runs_own_day(day: int, ids: list[str]) -> None:
    """A page of an old run that is written again says what stood then."""
    one = plain_run(day=date(2026, 3, day), targets={CODE: "x"})
    only = replace(ANALYSIS, incidents=tuple(i for i in ANALYSIS.incidents if i.id == "INC-0042"))
    found = run_stands(one, only, MEMBERS)
    assert [finding.id for finding in found.open] == ids
    start = f"{len(ids)} incident" if ids else "No incident"
    assert found.told.replace(JOIN, " ").startswith(start)


def test_incidents_of_other_targets_are_not_this_runs() -> None:
    """A run of one target is told of that one."""
    found = run_stands(plain_run(day=date(2026, 3, 16), targets={API: "x"}), ANALYSIS, MEMBERS)
    assert "INC-0042" not in [one.id for one in found.open]


def test_page_twin_and_data_say_it() -> None:
    """With a link to the incident, beside the counts; and the banner over everything."""
    sample = sample_run()
    run = replace(sample.run, day=date(2026, 3, 10))
    stands = run_stands(replace(run, targets={CODE: "x"}), ANALYSIS, MEMBERS)
    report = render_run(
        run_page(run, sample.trials, sample.prompts, NOW, stands=stands, banner="Simulated: drawn.")
    )
    page = read(report.html)
    assert "../incidents/INC-0042.html" in [e.attributes["href"] for e in page.all("a")]
    for text in (page.text(), report.text):
        assert "enter the daily series" in plain(text)
        assert "Simulated: drawn." in plain(text)
    assert report.data["open_incidents"] == ["INC-0041", "INC-0042"]


def test_a_run_by_hand_says_that_it_is_not_judged() -> None:
    """Nothing is said of incidents where nothing was judged."""
    found = run_stands(plain_run(trigger="manual"))
    assert (
        found.role
        == "Started by hand: a look, which enters no daily series and opens no incident. It is complete."
    )
    assert (found.told, found.open) == ("", ())
