"""Mail bodies: what mail programs show, of bounded size, readable without pictures, with a written twin."""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

import pytest

from canary.domain.report import Letter
from canary.report.columns import width
from canary.report.incident_page import Setting
from canary.report.letters import ROWS, incident_letter, mailed_steps
from canary.report.mail_digest import digest_letter
from canary.report.mail_notices import doctor_letter, missed_letter
from canary.report.numbers import JOIN
from canary.report.render import render_digest, render_incident
from tests.report.findings_samples import ANALYSIS, RUNS, SETTING
from tests.report.incidents import NEXT, NOW, SAMPLES
from tests.report.markup import figures, read

HOST = "https://reports.example.org/canary"


def letter_of(name: str, base_url: str | None = HOST, number: int | None = None) -> Letter:
    """The mail of a sample."""
    sample = SAMPLES[name]()
    around = Setting(members=sample.members, next_update=NEXT, base_url=base_url, hours="daily at 06:00 UTC")
    page = render_incident(sample.analysis, sample.incident, sample.evidence, NOW, around)
    return incident_letter(
        sample.analysis, sample.incident, sample.evidence, NOW, setting=around, page=page, number=number
    )


def digest_of(base_url: str | None = HOST) -> Letter:
    """The mail of a week."""
    around = Setting(members=SETTING.members, base_url=base_url)
    page = render_digest(ANALYSIS, RUNS, "2026-W11", NOW, setting=around)
    return digest_letter(ANALYSIS, RUNS, "2026-W11", NOW, setting=around, page=page)


MISSED = missed_letter(
    NOW, NOW - timedelta(days=2, hours=1), NOW + timedelta(hours=3), place="/etc/canary.toml"
)
LETTERS: Mapping[str, Letter] = {
    **{name: letter_of(name) for name in SAMPLES},
    "attached": letter_of("effort", None),
    "digest": digest_of(),
    "digest attached": digest_of(None),
    "missed": MISSED,
    "test": doctor_letter(NOW, place="/etc/canary.toml"),
}
EACH = pytest.mark.parametrize("name", LETTERS)


def rows_of(letter: Letter) -> int:
    """Rows of data."""
    return sum(element.attributes.get("scope") == "row" for element in read(letter.html).all("th"))


@EACH
def test_a_mail_asks_for_nothing_from_elsewhere(name: str) -> None:
    """Its only addresses are pages of the host; no picture, font or sheet comes from the network, and nothing runs."""
    page = read(LETTERS[name].html)
    for element in page.elements:
        assert not re.search(r"url\(", element.attributes.get("style", ""))
        assert element.attributes.get("src", "cid:").startswith("cid:")
        if element.tag == "a":
            assert element.attributes["href"].startswith(f"{HOST}/")
    for sheet in (piece for inside, piece in page.texts if inside[-1] == "style"):
        assert not re.search(r"url\(|@import|@font-face|var\(", sheet)


@EACH
def test_layout_tables_say_so_and_data_tables_have_heads(name: str) -> None:
    """A language, one h1, and `th` with a scope."""
    page = read(LETTERS[name].html)
    assert page.all("html")[0].attributes["lang"] == "en"
    assert len(page.all("h1")) == 1
    assert all("scope" in e.attributes for e in page.all("th"))
    sizes = [
        int(n)
        for e in page.elements
        for n in re.findall(r"font-size: (\d+)px", e.attributes.get("style", ""))
    ]
    assert min(size for size in sizes if size != 8) >= 14  # 8: the bars, which hold no words


@EACH
def test_a_mail_is_small_and_its_verdict_comes_early(name: str) -> None:
    """At most 60 KB, the headline within the first 15: what comes later may be cut off."""
    html = LETTERS[name].html
    assert len(html.encode()) <= 60_000
    assert html.encode().index(b"</h1>") <= 15_000
    assert rows_of(LETTERS[name]) <= ROWS[0]


@EACH
def test_every_picture_is_there_is_small_and_speaks(name: str) -> None:
    """At most three of 60 KB; `alt` with a number in it, width and height given."""
    page, letter = read(LETTERS[name].html), LETTERS[name]
    used = [e.attributes["src"].removeprefix("cid:") for e in page.all("img")]
    assert sorted(used) == sorted(letter.images)
    assert len(used) <= 3
    assert all(len(data) <= 60_000 for data in letter.images.values())
    for image in page.all("img"):
        assert image.attributes["alt"].strip()
        assert int(image.attributes["width"]) == 560
        assert int(image.attributes["height"]) > 0


@EACH
def test_the_twin_is_narrow_and_begins_like_the_mail(name: str) -> None:
    """At most 76 columns but for addresses; every number of the mail's head is in it."""
    letter = LETTERS[name]
    for line in letter.text.splitlines():
        assert width(line) <= 76 or line.startswith("https://")
    body = " ".join(piece for inside, piece in read(letter.html).texts if "body" in inside)
    head = (
        body.partition("What changed in numbers")[0]
        .partition("Blue band")[0]
        .partition("Opened this week")[0]
    )
    assert set(figures(head)) <= set(figures(letter.text.replace("\n", " ")))
    word = next(piece for inside, piece in read(letter.html).texts if inside[-1] == "span")
    assert letter.text.upper().startswith(word.replace(JOIN, " ").upper())


def test_the_worst_case_names_the_worst_and_counts_the_rest() -> None:
    """Five hundred changes: 25 rows, and how many more."""
    letter = LETTERS["crowd"]
    assert rows_of(letter) == ROWS[0]
    assert "And 475 more changes." in letter.text.replace(JOIN, " ")


def test_letters_of_one_incident_share_subject_and_thread_and_are_numbered() -> None:
    """Opened, worsened, recovered: 0, 1, 2, whatever the state is when a letter is made again."""
    letters = [letter_of("recovered", number=n) for n in range(3)]
    assert len({letter.subject for letter in letters}) == 1
    assert len({letter.thread for letter in letters}) == 1
    assert [letter.number for letter in letters] == [0, 1, 2]
    assert letters[2].number == letter_of("recovered").number
    assert letter_of("effort").thread == letters[0].thread


def test_steps_that_are_mailed_are_those_that_change_the_state() -> None:
    """A suspicion and an acknowledgement are not."""
    assert [step.event for step in mailed_steps(SAMPLES["recovered"]().incident)] == [
        "opened",
        "worsened",
        "recovered",
    ]
    assert [step.event for step in mailed_steps(SAMPLES["withdrawn"]().incident)] == [
        "opened",
        "worsened",
        "withdraw",
    ]


def test_two_deployments_never_share_a_thread() -> None:
    """The same number of another incident."""
    assert LETTERS["effort"].thread != LETTERS["tokenizer"].thread
    other = missed_letter(NOW, None, NOW, place="/srv/canary.toml")
    assert other.thread != MISSED.thread


@pytest.mark.parametrize("make", [lambda base: letter_of("effort", base), digest_of])
def test_the_page_is_linked_where_it_is_hosted_and_attached_where_not(make: object) -> None:
    """Never both."""
    hosted, alone = make(HOST), make(None)  # type: ignore[operator]
    assert hosted.attachments == {}
    assert HOST in hosted.html
    assert HOST in hosted.text
    (name,) = alone.attachments
    assert name in alone.text
    assert name in alone.html
    assert b"<!doctype html>" in next(iter(alone.attachments.values()))[:40].lower()


def test_a_missed_run_is_louder_than_a_quiet_one() -> None:
    """Nothing measured is not nothing found; the subject stays the same for the whole gap."""
    assert MISSED.subject == "[canary] no complete run since 14 March 2026"
    assert MISSED.text.startswith("NOT MEASURED")
    assert "silence is not good news" in MISSED.text
    later = missed_letter(
        NOW, NOW - timedelta(days=2, hours=1), NOW + timedelta(days=1), place="/etc/canary.toml"
    )
    assert (later.subject, later.thread) == (MISSED.subject, MISSED.thread)


def test_blocked_pictures_lose_nothing_of_the_headline() -> None:
    """Its two values stand as bars of table cells, with their numbers."""
    text = " ".join(piece for _, piece in read(LETTERS["effort"].html).texts).replace(JOIN, " ")
    assert "before 812 tokens" in " ".join(text.split()).replace("  ", " ")
    assert re.search(r'class="bar-after"[^>]*width="49%"', LETTERS["effort"].html)


def test_a_worsened_step_of_the_same_severity_is_no_mail() -> None:
    incident = SAMPLES["effort"]().incident if "effort" in SAMPLES else SAMPLES["recovered"]().incident
    first = incident.transitions[1]
    same = replace(first, event="worsened", severity=first.severity)
    assert len(mailed_steps(replace(incident, transitions=(first, same)))) == 1
    assert len(mailed_steps(replace(incident, transitions=(first, replace(same, severity="high"))))) == 2


def test_a_part_that_came_back_is_no_recovery() -> None:
    incident = SAMPLES["recovered"]().incident
    first = incident.transitions[1]
    part = replace(first, event="recovered", state="opened")
    whole = replace(part, state="recovered")
    assert len(mailed_steps(replace(incident, transitions=(first, part)))) == 1
    assert len(mailed_steps(replace(incident, transitions=(first, part, whole, whole)))) == 2
