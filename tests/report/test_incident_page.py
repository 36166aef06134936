"""An incident's page: the first screen says what matters, all sections stand in order, nothing claims a cause."""

import re
from dataclasses import replace
from datetime import timedelta
from itertools import product

import pytest

from canary.domain.incident import Transition
from canary.domain.series import METRICS
from canary.report.incident_page import Setting, incident_page, subject_of
from canary.report.movements import called, figure_said, foremost, said
from canary.report.numbers import JOIN, day
from canary.report.render import render_incident
from canary.report.timeline import detection
from tests.report.incidents import (
    CODE,
    LIFE,
    NEXT,
    NOW,
    SAMPLES,
    Sample,
    change,
    effort,
    evidence,
    incident,
    moved,
    recovered,
)
from tests.report.markup import figures, read

CAUSAL = re.compile(
    r"\b(because|caus\w*|due to|deliberate\w*|on purpose|intention\w*|intend\w*|nerf\w*|secret\w*|throttl\w*|blame\w*|"
    r"fault of|led to|as a result|responsible|in order to|sabotag\w*|cheat\w*|downgrad\w*)\b",
    re.IGNORECASE,
)
SECTIONS = [
    "Summary",
    "Impact",
    "What changed in numbers",
    "Timeline",
    "Detection",
    "Evidence",
    "Attribution",
    "Hypotheses rejected",
    "What we could not have seen",
    "What you can do now",
    "For people to fill",
    "Appendix",
]
BUILT = {name: build() for name, build in SAMPLES.items()}


def setting(sample: Sample) -> Setting:
    """The deployment around a sample."""
    return Setting(members=sample.members, next_update=NEXT, hours="daily at 06:00 UTC", budget=1.0)


REPORTS = {
    name: render_incident(s.analysis, s.incident, s.evidence, NOW, setting(s)) for name, s in BUILT.items()
}
EACH = pytest.mark.parametrize("name", SAMPLES)


def glance_of(sample: Sample) -> str:
    """All words of the first screen."""
    page = incident_page(sample.analysis, sample.incident, sample.evidence, NOW, setting(sample))
    told = page.glance
    lever = f"{told.lever.advice} {told.lever.command}" if told.lever else ""
    parts = (told.status.word, told.status.certainty, told.product, told.since, told.headline, told.doubt)
    return " | ".join((*parts, told.where, lever, told.cost, told.next_update)).replace(JOIN, " ")


def test_the_first_screen_of_a_cut_of_reasoning() -> None:
    """Word for word: verdict, what moved, where, since when, how sure, what to do, what it costs, when next."""
    assert glance_of(effort()) == (
        "DEGRADED | confirmed, seen on 13 of 13 days since | Claude Code, default settings | since 4 to 6 March (13 days) | "
        "Thinks about half as much before answering; task success 80 % → 77 % | "
        "The second figure is not yet certain: −6.2 to +0.4 points | "
        "Default settings only. Pinned settings and the raw API are unchanged. | set effort to high claude --effort high | "
        "$0.41 → $0.36 (12 % lower, with less work for each task) | Tue 17 March, 06:00 UTC"
    )


@EACH
def test_the_first_screen_has_no_metric_codes_and_no_statistics(name: str) -> None:
    """What a manager reads holds neither `reasoning_tokens` nor a p-value."""
    told = glance_of(BUILT[name])
    assert not [metric for metric in METRICS if "_" in metric and metric in told]
    assert not re.search(r"\bp\b|p-value|GLR|sigma|statistic", told)


@EACH
def test_every_section_is_there_in_its_order(name: str) -> None:
    """On the page and in the twin; what has no data says so."""
    page = read(REPORTS[name].html)
    heads = [piece for inside, piece in page.texts if inside[-1] == "h2"]
    assert heads == SECTIONS
    capitals = [
        line for line in REPORTS[name].text.splitlines() if line.isupper() and not line.startswith(" ")
    ]
    assert [head.upper().removesuffix(" (UTC)") for head in capitals if head.removesuffix(" (UTC)") in
            [section.upper() for section in SECTIONS]] == [section.upper() for section in SECTIONS]  # fmt: skip


@EACH
def test_page_is_one_h1_with_a_policy_and_without_a_request(name: str) -> None:
    """No script, no address, no style but the sheet's."""
    page = read(REPORTS[name].html)
    assert len(page.all("h1")) == 1
    assert page.unbalanced == []
    assert page.all("script") == page.all("link") == page.all("img") == []
    assert not [e for e in page.elements if "style" in e.attributes]
    policy = next(e.attributes["content"] for e in page.all("meta") if e.attributes.get("http-equiv"))
    assert policy.startswith("default-src 'none'")
    assert len({e.attributes["id"] for e in page.elements if "id" in e.attributes}) == len(
        [e for e in page.elements if "id" in e.attributes]
    )


@EACH
def test_no_sentence_of_a_page_claims_a_cause_or_an_intent(name: str) -> None:
    """Whatever the incident is; what people wrote is quoted and not ours."""
    said_by_people = [step.reason for step in BUILT[name].incident.transitions if step.reason]
    answers = [text for p in BUILT[name].evidence.pairs for text in (p.asked, p.before, p.after) if text]
    text = REPORTS[name].text
    for quoted in (*said_by_people, *answers):
        text = text.replace(quoted, "")
    text = text.replace("Contributing factors", "")
    assert not CAUSAL.search(text), CAUSAL.search(text)


KINDS = ("level", "spread", "prompt", "exact", "rare")
RATIOS = (0.01, 0.25, 0.33, 0.5, 0.77, 0.97, 1.02, 1.35, 2.0, 3.0, 7.0)


@pytest.mark.parametrize("metric", [*METRICS, "phrase_rate.farewell"])
def test_every_clause_that_can_be_made_is_plain_and_claims_nothing(metric: str) -> None:
    """All kinds, directions and sizes of one metric: no cause, no code of a metric, no dangling word."""
    share = (metric in METRICS and METRICS[metric].kind == "proportion") or metric.startswith("phrase")
    for kind, ratio in product(KINDS, RATIOS):
        before = 0.1 if share else 100.0
        after = before * ratio
        one = change(
            metric=metric, kind=kind, direction="up" if ratio > 1 else "down", before=before, after=after,
            effect=ratio - 1, prompt="code/edit" if kind == "prompt" else None,
        )  # fmt: skip
        for told in (said(one), called([one])):
            assert not CAUSAL.search(told)
            assert "_" not in told
            assert told == told.strip()
            assert not re.search(r"[{}]|None|nan|  ", told)
    names = change(metric=metric, kind="exact", direction="other", before="a-1", after="b-2", effect=None)
    assert "a-1 → b-2" in said(names)


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        (800.0, 400.0, "Thinks about half as much before answering"),
        (800.0, 264.0, "Thinks about a third as much before answering"),
        (800.0, 616.0, "Thinks 23 % less before answering"),
        (800.0, 776.0, "Thinks 3.0 % less before answering"),
        (800.0, 1080.0, "Thinks 35 % more before answering"),
        (800.0, 1600.0, "Thinks about twice as much before answering"),
        (800.0, 5600.0, "Thinks 7.0 times as much before answering"),
    ],
)
def test_sizes_are_told_as_people_say_them(before: float, after: float, told: str) -> None:
    """In both directions."""
    way = "up" if after > before else "down"
    one = change(before=before, after=after, direction=way, effect=after / before - 1)
    assert said(one).replace(JOIN, " ") == told


def test_a_figure_whose_interval_holds_zero_says_so() -> None:
    """And one whose interval does not is told without a doubt."""
    doubtful = figure_said(moved(CODE, "pass_rate", 0.8, 0.77, -0.062, 0.004)).replace(JOIN, " ")
    assert doubtful == "task success 80 % → 77 % (not yet certain: −6.2 to +0.4 points)"
    assert "certain" not in figure_said(moved(CODE, "pass_rate", 0.8, 0.7, -0.13, -0.07))


def test_what_hurts_is_told_before_what_helps() -> None:
    """However large the improvement is."""
    better = change(metric="latency_s", verdict="improvement", effect=-0.9)
    assert foremost([better, change(effect=-0.1)])[0].metric == "reasoning_tokens"


@pytest.mark.parametrize("name", ["effort", "recovered", "withdrawn", "accepted"])
def test_the_subject_never_changes_during_an_incidents_life(name: str) -> None:
    """Mail programs thread on it."""
    assert subject_of(BUILT[name].incident) == "[canary] opus-4.6-claude-code: less thinking (INC-0042)"


def test_a_graver_change_later_does_not_rename_the_incident() -> None:
    """The name comes from the first day's changes."""
    later = change(metric="pass_rate", raised_on=change().raised_on + timedelta(days=2), effect_unit="points",
                   before=0.8, after=0.5, effect=-0.3)  # fmt: skip
    step = Transition(on=later.raised_on, event="worsened", changes=(later,))
    grown = incident(changes=(change(), later), transitions=(*LIFE, step))
    assert subject_of(grown) == subject_of(incident())


def test_detection_tells_the_opening_apart_from_the_day_of_the_foremost_series() -> None:
    """A page may lead with a series that crossed its threshold days after another had opened the incident."""
    sample, late = BUILT["effort"], timedelta(days=6)
    first = sample.incident.opened_on
    grown = replace(
        sample.incident,
        changes=tuple(replace(c, raised_on=first + late) for c in sample.incident.changes),
    )
    told = detection(grown, sample.analysis, 1.0)[0]
    assert told.startswith(f"Opened on {day(first)}; ")
    assert f"foremost on this page, found on {day(first + late)} by this rule" in told
    same = replace(grown, changes=tuple(replace(c, raised_on=first) for c in grown.changes))
    assert detection(same, sample.analysis, 1.0)[0].startswith(f"Found on {day(first)} by this rule")


@pytest.mark.parametrize(
    ("name", "word", "something_to_do"),
    [
        ("effort", "DEGRADED", True),
        ("recovered", "RECOVERED", False),
        ("withdrawn", "WITHDRAWN", False),
        ("accepted", "ACCEPTED", False),
        ("tokenizer", "CHANGED", True),
        ("outage", "NOT ANSWERING", True),
    ],
)
def test_the_verdict_word_comes_first_and_what_is_over_asks_for_nothing(
    name: str, word: str, something_to_do: bool
) -> None:
    """Page and twin begin with it."""
    assert REPORTS[name].text.startswith(word)
    page = incident_page(
        BUILT[name].analysis, BUILT[name].incident, BUILT[name].evidence, NOW, setting(BUILT[name])
    )
    assert (page.glance.lever is not None) is something_to_do


def test_an_outage_says_nothing_of_quality() -> None:
    """It is no verdict on the model."""
    assert "says nothing of quality" in REPORTS["outage"].text
    assert "DEGRADED" not in REPORTS["outage"].text


def test_fields_that_only_people_can_fill_are_empty_and_say_so() -> None:
    """And who took it in hand is named."""
    assert " ".join(REPORTS["effort"].text.split()).count("[empty: for a person to fill]") == 8
    assert "Who has it in hand? [Ida]" in REPORTS["withdrawn"].text.replace(JOIN, " ")


def test_releases_around_the_onset_are_told_apart_and_as_coincident() -> None:
    """In a list of their own, lettered as in the drawings."""
    text = REPORTS["effort"].text
    before, _, after = text.partition("Around the same time (coincident, not proven")
    assert "2.1.42" not in before[before.index("TIMELINE") :]
    assert "A  3 March 2026: Theirs: claude-code 2.1.40 -> 2.1.42" in after


def test_the_twin_has_the_figures_of_the_page_in_the_same_order() -> None:
    """Those of the first screen and of the summary."""
    page = read(REPORTS["effort"].html)
    shown = " ".join(
        piece
        for inside, piece in page.texts
        if "header" in inside and "article" not in inside and "main" in inside
    )
    head = REPORTS["effort"].text.partition("SUMMARY")[0]
    assert figures(shown) == figures(head)


def test_five_hundred_changes_are_counted_and_the_file_beside_has_them_all() -> None:
    """The page stays readable."""
    report = REPORTS["crowd"]
    assert "And 440 more changes" in report.html.replace(JOIN, " ").replace("&nbsp;", " ")
    assert len(report.data["incident"]["changes"]) == 500  # type: ignore[index,arg-type,call-overload]
    assert len(report.html) < 600_000


def test_an_incident_without_any_evidence_still_makes_a_whole_page() -> None:
    """No chart, no twin, no member: every section says what is missing."""
    text = REPORTS["bare"].text
    assert "the records name no arm" in text
    assert "No mechanism in the table fits" in text


def test_where_names_arms_and_a_lever_the_reader_controls() -> None:
    """Never "roll back the model"."""
    for report in REPORTS.values():
        assert not re.search(r"roll(ed)? back", report.text)


def test_recovery_is_drawn_and_dated() -> None:
    """Its line stands in the drawing, its day in the timeline."""
    sample = recovered()
    report = render_incident(sample.analysis, sample.incident, sample.evidence, NOW.replace(month=4, day=12))
    assert 'class="chart-recovered"' in report.html
    assert "8 April 2026: Went back" in report.text.replace(JOIN, " ")


def test_a_change_of_ours_is_told_first_in_the_attribution() -> None:
    """Own-stack diff first."""
    one = incident()
    note = replace(one.attribution.theirs[0], kind="ours", text="prompts edited")
    mine = replace(one, attribution=replace(one.attribution, ours=(note,)))
    report = render_incident(effort().analysis, mine, evidence(), NOW)
    section = report.text[report.text.index("ATTRIBUTION") :]
    assert section.index("prompts edited") < section.index("R0")
