"""Letters about what is rare: names without end, an incident that is over, changes that are no amounts, dates that differ."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from canary.domain.incident import State
from canary.domain.report import Report
from canary.report.incident_page import Setting
from canary.report.letters import incident_letter
from canary.report.mail_digest import digest_letter
from canary.report.numbers import JOIN
from canary.report.render import render_incident
from tests.report.incidents import CHANGES, NEXT, NOW, SAMPLES, analysis_of, not_seen
from tests.report.test_letters import LETTERS, rows_of

PAGE = Report(name="x", subject="x", html="x", text="x", data={})


@pytest.mark.parametrize("sign", ["&", "漢", "W"])
def test_the_worst_case_of_long_names_stays_small_too(sign: str) -> None:
    """Five hundred changes whose every name is five hundred signs, some of them five bytes each in HTML."""
    name = sign * 500
    sample = SAMPLES["crowd"]()
    changes = tuple(
        replace(c, target=f"{name}{n % 20}", family=name, kind="prompt", prompt=name, test=name)
        for n, c in enumerate(sample.incident.changes)
    )
    targets = tuple(dict.fromkeys(change.target for change in changes))
    one = replace(sample.incident, changes=changes, targets=targets, transitions=(), followed=())
    notes = tuple(replace(note, text=name, target=None) for note in sample.analysis.annotations) * 9
    proof = replace(sample.evidence, series=(), shifts=())
    letter = incident_letter(
        replace(sample.analysis, annotations=notes), one, proof, NOW, page=PAGE,
        setting=Setting(banner=name, hours=name, next_update=NEXT),
    )  # fmt: skip
    assert len(letter.html.encode()) <= 60_000
    assert letter.html.encode().index(b"</h1>") <= 15_000
    shown = rows_of(letter)
    assert shown >= 3
    assert f"And {500 - shown} more changes." in letter.text.replace(JOIN, " ")
    assert len(letter.subject) <= 100


@pytest.mark.parametrize("sign", ["&", "漢"])
def test_a_digest_of_long_names_stays_small_too(sign: str) -> None:
    """Thirty incidents, sixty steady targets, sixty notes."""
    name = sign * 500
    base = SAMPLES["effort"]().incident
    opened = date(2026, 3, 12)
    several = []
    for number in range(30):
        moved = replace(CHANGES[0], target=f"{name}{number}", raised_on=opened)
        step = replace(base.transitions[1], on=opened, changes=(moved,))
        several.append(
            replace(
                base, id=f"INC-{number:04d}", targets=(moved.target,), changes=(moved,), opened_on=opened, transitions=(step,)
            )
        )  # fmt: skip
    analysis = analysis_of(several, not_seen=not_seen([f"{name}s{number}" for number in range(60)]))
    noted = tuple(replace(alarm, event="noted", incident=None) for alarm in analysis.alarms)
    analysis = replace(analysis, alarms=(*analysis.alarms, *noted, *noted))
    letter = digest_letter(analysis, [], "2026-W11", NOW, setting=Setting(banner=name), page=PAGE)
    assert len(letter.html.encode()) <= 60_000
    assert "more incidents." in letter.text.replace(JOIN, " ")
    assert "more targets." in letter.text.replace(JOIN, " ")


def test_a_recovered_incident_shows_where_it_went_back_to() -> None:
    """Three bars: before, meanwhile, now; the text twin has their numbers."""
    text = LETTERS["recovered"].text
    for line in ("before: 812 tokens", "meanwhile: ", "now: 806 tokens"):
        assert f"Reasoning tokens, {line}" in text.replace(JOIN, " ")


def test_bars_are_named_after_what_they_measure() -> None:
    """Of one prompt, its name; a width of values is no amount and has none."""
    sample = SAMPLES["effort"]()

    def told(**known: Any) -> str:
        one = replace(
            sample.incident, changes=(replace(CHANGES[0], **known),), transitions=(), moved=(), followed=()
        )
        proof = replace(sample.evidence, series=(), shifts=())
        return incident_letter(sample.analysis, one, proof, NOW, setting=Setting(), page=PAGE).text

    prompt = told(metric="pass_rate", kind="prompt", prompt="code/edit", before=0.9, after=0.1)
    assert "Prompts passed of code/edit, after: 10 %" in prompt.replace(JOIN, " ")
    assert "Output tokens, code, after: 900 tokens" in told(
        metric="output_tokens", family="code", before=1200.0, after=900.0
    ).replace(JOIN, " ")
    assert ", after:" not in told(metric="output_tokens", kind="spread", before=0.3, after=0.6)


@pytest.mark.parametrize(
    ("state", "news"), [("accepted", "accepted as the new normal"), ("closed", "closed")]
)
def test_the_last_mail_made_again_says_what_became_of_it(state: State, news: str) -> None:
    """An end that is not mailed is not told as what was mailed last."""
    sample = SAMPLES["effort"]()
    one = replace(sample.incident, state=state)
    proof = replace(sample.evidence, series=(), shifts=())
    letter = incident_letter(sample.analysis, one, proof, NOW, setting=Setting(), page=PAGE)
    assert f"INC-0042, {news};" in letter.text
    assert letter.number == 1


def test_mail_page_and_record_date_an_incident_alike() -> None:
    """By its best dated change: a vague one that may have begun earlier, or is told first, dates nothing."""
    vague = replace(
        CHANGES[0], onset=date(2026, 2, 20), onset_low=date(2026, 2, 10), onset_high=date(2026, 3, 5)
    )
    sharp = replace(
        CHANGES[1], onset=date(2026, 3, 3), onset_low=date(2026, 3, 3), onset_high=date(2026, 3, 4)
    )
    sample = SAMPLES["effort"]()
    one = replace(sample.incident, changes=(vague, sharp), followed=())
    proof = replace(sample.evidence, series=(), shifts=())
    page = render_incident(sample.analysis, one, proof, NOW, Setting())
    letter = incident_letter(sample.analysis, one, proof, NOW, setting=Setting(), page=page)
    for text in (letter.text, page.text):
        told = " ".join(text.replace(JOIN, " ").split())
        assert "since 3 to 4 March (14 days)" in told
        assert "95 % interval −58 to −43 %) since 3 to 4 March" in told
        assert "10 February" not in told
    assert (
        "Estimated onset: 3 March 2026; the interval, which holds 9 times in 10, is 3 to 4 March."
        in " ".join(page.text.replace(JOIN, " ").split())
    )
    assert one.onset == sharp.onset


def test_an_outage_is_given_no_layer_and_no_mechanism() -> None:
    """Its mail says nothing twice, and nothing of quality."""
    letter = LETTERS["outage"]
    assert "WHERE IT SITS" not in letter.text
    assert "Where it sits" not in letter.html
    assert "WHERE IT SITS" in LETTERS["effort"].text
