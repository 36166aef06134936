"""The front page with findings, and the weekly digest: what stands, what is over, and that the monitor lives."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from canary.domain.incident import Suspicion
from canary.domain.trial import Run
from canary.report.findings import Week, findings
from canary.report.numbers import JOIN
from canary.report.render import render_digest, render_index
from tests.report.findings_samples import ANALYSIS, RATES, RUNS, SETTING, run_of
from tests.report.incidents import (
    CODE,
    DEFAULTS,
    MEMBERS,
    NOW,
    PINNED,
    analysis_of,
    change,
)
from tests.report.markup import read


def test_the_gravest_open_incident_is_first_and_what_is_over_is_apart() -> None:
    """Severity from consequence, then the older one."""
    found = findings(ANALYSIS, NOW.date(), RATES, MEMBERS)
    assert [one.id for one in found.open] == ["INC-0043", "INC-0044", "INC-0042"]
    assert [one.id for one in found.past] == ["INC-0041"]


def test_the_strip_says_of_every_target_and_family_what_stands() -> None:
    """Steady, moved, or not judged yet: each in words; the latest value where it is known."""
    found = findings(ANALYSIS, NOW.date(), RATES, MEMBERS)
    assert found.columns[0] == "All prompts"
    cells = {row.target: dict(zip(found.columns, row.cells, strict=True)) for row in found.rows}
    assert cells[CODE]["All prompts"].word == "worse: less thinking"
    assert cells[CODE]["code"].word == "steady"
    assert cells[CODE]["fingerprint"].word == "not judged yet"
    assert cells[CODE]["code"].text.endswith("%")
    assert cells[PINNED]["code"].text == ""
    assert found.steady == 2


def test_the_front_page_links_every_incident_digest_and_run() -> None:
    """Relative, so that they open from disk."""
    report = render_index(
        RUNS, NOW, analysis=ANALYSIS, series=RATES, digests=["2026-W10", "2026-W11"], setting=SETTING
    )
    links = [e.attributes["href"] for e in read(report.html).all("a")]
    for name in ("INC-0041", "INC-0042", "INC-0043", "INC-0044"):
        assert f"incidents/{name}.html" in links
    assert links.index("digests/2026-W11.html") < links.index("digests/2026-W10.html")
    assert f"runs/{RUNS[0].id}.html" in links
    assert report.data["findings"] is not None


def test_without_an_analysis_the_front_page_says_nothing_of_change() -> None:
    """As the pipeline writes it before there is one."""
    html = render_index(RUNS, NOW).html
    assert "Open incidents" not in html
    assert "Targets and families" not in html


def test_a_suspicion_waits_on_the_front_page() -> None:
    """With the day until which it may be confirmed."""
    drop = change(metric="pass_rate", before=0.8, after=0.7, effect=-0.1, effect_unit="points")
    waiting = Suspicion(target=CODE, raised_on=date(2026, 3, 15), until=date(2026, 3, 17), change=drop)
    text = render_index(RUNS, NOW, analysis=replace(ANALYSIS, suspicions=(waiting,))).text.replace(JOIN, " ")
    assert "suspected on 15 March 2026, to be confirmed or dropped by" in " ".join(text.split())


def test_a_digest_counts_what_is_open_and_steady_in_its_subject() -> None:
    """`[canary] weekly: 3 open, 2 targets steady (2026-W11)`."""
    report = render_digest(ANALYSIS, RUNS, "2026-W11", NOW, setting=SETTING)
    assert report.name == "digests/2026-W11"
    assert report.subject == "[canary] weekly: 3 open, 2 targets steady (2026-W11)"


def test_a_digest_names_days_without_a_run_first() -> None:
    """Silence is worse news than a finding."""
    text = render_digest(
        ANALYSIS, RUNS, "2026-W11", datetime(2026, 3, 15, 8, tzinfo=UTC), setting=SETTING
    ).text
    assert text.startswith("2 DAYS WITHOUT A RUN")
    assert "Without one: 12 March 2026 and 14 March 2026." in " ".join(text.replace(JOIN, " ").split())


@pytest.mark.parametrize(
    ("runs", "word"), [([], "NO RUN ALL WEEK"), ([run_of(n) for n in range(9, 16)], "RAN EVERY DAY")]
)
def test_a_digest_proves_that_the_monitor_lives_or_does_not(runs: list[Run], word: str) -> None:
    """Also where nothing was found."""
    assert render_digest(ANALYSIS, runs, "2026-W11", NOW, setting=SETTING).text.startswith(word)


def test_a_digest_says_above_what_size_nothing_was_detectable() -> None:
    """For steady targets, with the number."""
    text = render_digest(ANALYSIS, RUNS, "2026-W11", NOW, setting=SETTING).text.replace(JOIN, " ")
    assert f"{DEFAULTS}: task success 3.1 points within 7 days" in " ".join(text.split())


def test_improvements_are_noted_in_the_digest() -> None:
    """They never page anybody."""
    text = render_digest(ANALYSIS, RUNS, "2026-W11", NOW, setting=SETTING).text.replace(JOIN, " ")
    assert "11 March 2026, opus-4.6-api: Takes 25 % less time to answer (−25 %)." in " ".join(text.split())


def test_weeks_are_iso_weeks() -> None:
    """The first days of a year may belong to the last week of the one before."""
    assert Week.of(date(2027, 1, 1)).name == "2026-W53"
    assert (Week.named("2026-W11").first, Week.named("2026-W11").last) == (
        date(2026, 3, 9),
        date(2026, 3, 15),
    )
    with pytest.raises(ValueError, match="week"):
        Week.named("2026-W54")


def test_an_analysis_that_found_nothing_says_what_that_means() -> None:
    """Not "all is well"."""
    quiet = analysis_of([], not_judged=())
    html = render_index(RUNS, NOW, analysis=quiet).html
    assert "Nothing stands" in html
    assert "nothing above the sizes that each page names as detectable" in html
