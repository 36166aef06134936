"""The page of an outage, read by whoever is on call: what failed, how, from when to when, who answers, and what it is not."""

from dataclasses import replace
from datetime import date

import pytest

from canary.domain.evidence import Calls, Evidence
from canary.domain.incident import Incident
from canary.report.incident_page import incident_page
from canary.report.life import headline
from canary.report.numbers import JOIN
from canary.report.outage import calls_told, outage_levers
from canary.report.render import render_incident
from canary.report.summary import summary
from tests.report.incidents import API, NOW, PINNED, calls, outage
from tests.report.test_incident_page import setting

SAMPLE = outage()
PAGE = incident_page(SAMPLE.analysis, SAMPLE.incident, SAMPLE.evidence, NOW, setting(SAMPLE))


def plain(text: str) -> str:
    return " ".join(text.replace(JOIN, " ").split())


def evidence(kind: str) -> Evidence:
    """All failed calls are of one kind."""
    return Evidence(series=(), calls=(replace(calls(API, 240, 240), kinds=((kind, 240),)),))


def test_the_first_screen_counts_calls_by_kind_from_first_to_last() -> None:
    """No cost per solved task: nothing was solved."""
    assert plain(PAGE.glance.calls) == (
        "169 of 240 failed (136 overloaded and 33 timed out); first 15 March 2026, 06:01 UTC, last 16 March 2026, 06:12 UTC"
    )
    html = render_incident(SAMPLE.analysis, SAMPLE.incident, SAMPLE.evidence, NOW).html
    assert "Cost per solved task" not in html.partition("</header>")[2].partition("</header>")[0]


def test_attempts_first_last_and_last_answer_are_told() -> None:
    """Retries are counted apart from calls."""
    facts = {fact.label: plain(fact.text) for fact in PAGE.impact}
    assert facts["Calls that failed"] == "169 of 240"
    assert facts["Requests sent, retries included"] == "747"
    assert facts["First failed call"] == "15 March 2026, 06:01 UTC"
    assert facts["Last answer"] == "16 March 2026, 06:10 UTC"
    assert facts["Quality"].startswith("no verdict")


def test_no_sentence_of_an_outage_speaks_of_quality_as_measured() -> None:
    """Neither "task success would have been seen", nor a detectable size without its limit."""
    text = plain(render_incident(SAMPLE.analysis, SAMPLE.incident, SAMPLE.evidence, NOW).text)
    assert "would have been seen; none was" not in text
    assert "Task success" not in text.partition("WHAT WE COULD NOT HAVE SEEN")[0]
    assert "a change of quality would not show" in text
    assert "counted, not tested" in text
    assert "holds 9 times in 10" not in text.partition("EVIDENCE")[0]


def test_who_answered_in_the_same_days_is_named_and_offered() -> None:
    """A twin with one failed call in 240 answers."""
    assert plain(PAGE.glance.where) == "The raw API. Answered in the same days: pinned settings."
    assert PAGE.glance.lever is not None
    assert PINNED in PAGE.glance.lever.advice
    down = replace(SAMPLE.evidence, calls=(calls(API, 240, 169), calls(PINNED, 240, 200)))
    page = incident_page(SAMPLE.analysis, SAMPLE.incident, down, NOW, setting(SAMPLE))
    assert "No other target of its group answered." in page.glance.where


@pytest.mark.parametrize(
    ("kind", "word"),
    [("authentication", "key"), ("quota", "credit"), ("not_found", "model"), ("connection", "network")],
)
def test_what_is_in_our_own_hands_is_said_first(kind: str, word: str) -> None:
    """A refused key is no outage of the provider."""
    assert word in next(iter(outage_levers(SAMPLE.incident, evidence(kind)))).advice


def test_what_was_not_asked_hides_no_reason_of_the_outage() -> None:
    """A breaker leaves out most of a run; what the few real calls failed of is what helps."""
    mixed = (replace(calls(API, 240, 240), kinds=(("circuit_open", 220), ("connection", 20))),)
    found = Evidence(series=(), calls=mixed)
    assert "network" in next(iter(outage_levers(SAMPLE.incident, found))).advice


@pytest.mark.parametrize("failed", [1, 119, 120])
def test_shares_of_calls_are_counts_and_never_nearly_all(failed: int) -> None:
    """`over 99.99 %` is nothing that 120 calls can say."""
    one = replace(SAMPLE.incident.changes[0], after=failed / 120)
    told = headline(replace(SAMPLE.incident, changes=(one,)))[0] + calls_told(
        SAMPLE.incident, Evidence(series=(), calls=(calls(API, 120, failed),))
    )
    assert "over 99" not in told
    assert f"{failed} of 120 failed" in plain(told)


def test_what_is_usual_stands_beside_it() -> None:
    """Counts against counts."""
    first, second = summary(SAMPLE.analysis, SAMPLE.incident, NOW, {}, SAMPLE.evidence)
    assert (
        plain(first)
        == "opus-4.6-api: 169 of 240 calls failed (15 to 16 March), against 13 of 3,360 in the 28 days before."
    )
    assert second == "A failed call is no wrong answer: nothing is said of quality while calls fail."


def over() -> Incident:
    return replace(SAMPLE.incident, state="recovered", recovered_on=date(2026, 3, 17))


def test_an_outage_that_is_over_says_that_calls_are_answered_again() -> None:
    """And what it was; nothing is left to do."""
    told, was = headline(over())
    assert told == "Calls are answered again"
    assert plain(was) == "When it began: 71 % of calls failed on 15 March, 0.4 % usually"
    assert list(outage_levers(over(), SAMPLE.evidence)) == []


def test_without_counted_calls_the_page_still_stands() -> None:
    """Records that came from elsewhere may have lost their runs."""
    bare = Evidence(series=())
    page = incident_page(SAMPLE.analysis, SAMPLE.incident, bare, NOW, setting(SAMPLE))
    assert page.glance.calls == ""
    assert plain(page.summary[0]) == "opus-4.6-api: 71 % of calls failed on 15 March, 0.4 % usually."
    none = Calls(
        target=API, first_day=date(2026, 3, 15), last_day=date(2026, 3, 16), trials=0, failed=0, attempts=None, kinds=(),
        messages=(), first_failed=None, last_failed=None, last_answered=None, usual_trials=0, usual_failed=0,
    )  # fmt: skip
    text = render_incident(SAMPLE.analysis, SAMPLE.incident, Evidence(series=(), calls=(none,)), NOW).text
    assert "none asked" in text
