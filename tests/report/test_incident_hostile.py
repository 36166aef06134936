"""Whatever people, vendors, records and models write comes through pages and mail as text and nothing else."""

import json
import re
from dataclasses import replace

import pytest

from canary.domain.report import Letter, Report
from canary.report.incident_page import Setting
from canary.report.letters import incident_letter
from canary.report.mail_digest import digest_letter
from canary.report.render import render_digest, render_incident, render_index
from tests.report.incidents import NEXT, NOW, Sample, analysis_of, hostile
from tests.report.markup import Page, read
from tests.report.test_hostile import PAYLOADS, UNSEEN

EACH = pytest.mark.parametrize("name", PAYLOADS)
TAME = "a tame text"


def setting(sample: Sample, text: str) -> Setting:
    """A deployment whose every text is the payload."""
    return Setting(members=sample.members, next_update=NEXT, hours=text, mailed=((NOW, text),), banner=text)


def report_of(text: str) -> Report:
    """An incident's page."""
    sample = hostile(text)
    return render_incident(sample.analysis, sample.incident, sample.evidence, NOW, setting(sample, text))


def letter_of(text: str) -> Letter:
    """Its mail, without pictures: they are drawn from the same elements, and take most of the time."""
    sample = hostile(text)
    short = replace(sample.evidence, series=(), shifts=())
    named = replace(
        sample.incident,
        targets=(text,),
        changes=tuple(replace(c, target=text) for c in sample.incident.changes),
    )
    page = Report(name="x", subject="x", html="x", text="x", data={})
    return incident_letter(sample.analysis, named, short, NOW, setting=setting(sample, text), page=page)


REPORTS = {name: report_of(text) for name, text in PAYLOADS.items()}
LETTERS = {name: letter_of(text) for name, text in PAYLOADS.items()}
CLEAN, CLEAN_LETTER = report_of(TAME), letter_of(TAME)


def shape(page: Page) -> set[tuple[str, tuple[str, ...]]]:
    """Which elements with which attributes, regardless of how many."""
    return {(element.tag, tuple(sorted(element.attributes))) for element in page.elements}


@EACH
def test_no_payload_becomes_markup_of_a_page(name: str) -> None:
    """The same elements and attributes as with a tame text; only one answer may be shortened where another is not."""
    page = read(REPORTS[name].html)
    assert shape(page) - shape(read(CLEAN.html)) - {("span", ("class",)), ("del", ()), ("ins", ())} == set()
    assert page.unbalanced == []
    assert page.all("script") == page.all("img") == []


@EACH
def test_no_payload_becomes_markup_of_a_mail(name: str) -> None:
    """Nor an address."""
    page = read(LETTERS[name].html)
    assert shape(page) - shape(read(CLEAN_LETTER.html)) == set()
    assert [
        e for e in page.elements if "href" in e.attributes or e.tag in {"script", "img", "svg", "base"}
    ] == []


@EACH
def test_nothing_unseen_is_left_anywhere(name: str) -> None:
    """In page, twin, data, mail, subject and headers."""
    report, letter = REPORTS[name], LETTERS[name]
    told = (
        report.html,
        report.text,
        report.subject,
        letter.html,
        letter.text,
        letter.subject,
        *letter.headers.values(),
    )
    for text in (*told, json.dumps(dict(report.data), ensure_ascii=False)):
        text.encode()
        assert not UNSEEN.search(text.replace("\n", ""))
    for line in (report.subject, letter.subject, *letter.headers.values()):
        assert "\n" not in line


@EACH
def test_everything_stays_bounded(name: str) -> None:
    """A megabyte in each of fifty fields."""
    assert len(REPORTS[name].html.encode()) < 600_000
    assert len(json.dumps(dict(REPORTS[name].data)).encode()) < 3_000_000
    assert len(LETTERS[name].html.encode()) <= 60_000
    assert len(LETTERS[name].subject) < 140


def test_a_mail_with_pictures_of_hostile_names_still_has_them() -> None:
    """A name in a drawing is drawn, sign by sign."""
    sample = hostile(PAYLOADS["svg"])
    page = Report(name="x", subject="x", html="x", text="x", data={})
    letter = incident_letter(
        sample.analysis, sample.incident, sample.evidence, NOW, setting=setting(sample, "x"), page=page
    )
    assert set(re.findall(r"cid:(\w+)", letter.html)) == set(letter.images) == {"series", "twins", "prompts"}


@pytest.mark.parametrize("name", ["script", "template", "direction", "line"])
def test_front_page_and_digest_show_hostile_names_as_text(name: str) -> None:
    """Targets, families and ids come from records."""
    text = PAYLOADS[name]
    sample = hostile(text)
    one = replace(sample.incident, id=text[:60], targets=(text,))
    analysis = analysis_of([one], not_judged=sample.analysis.not_judged)
    around = setting(sample, text)
    index = render_index([], NOW, analysis=analysis, setting=around)
    digest = render_digest(analysis, [], "2026-W11", NOW, setting=around)
    letter = digest_letter(analysis, [], "2026-W11", NOW, setting=around, page=digest)
    for html in (index.html, digest.html, letter.html):
        page = read(html)
        assert page.unbalanced == []
        assert page.all("script") == []
        assert not UNSEEN.search(html.replace("\n", ""))
        assert len(html) < 300_000
        assert all(re.fullmatch(r"[#\w./%~-]+", e.attributes["href"]) for e in page.all("a"))
