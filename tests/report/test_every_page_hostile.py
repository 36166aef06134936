"""Every kind of page, its twin and its data, with every payload in every text from outside: inert text, whatever it is."""

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from functools import cache

import pytest

from canary.domain.incident import Alarm, Incident, Suspicion, Transition
from canary.domain.report import Report
from canary.domain.trial import Run
from canary.report.page import run_page
from canary.report.render import render_digest, render_incident, render_index, render_run
from canary.report.run_stands import run_stands
from tests.report.incidents import CHANGES, LAST, NOW, analysis_of, hostile, outage, series
from tests.report.markup import Page, read
from tests.report.samples import plain_run
from tests.report.test_hostile import BASE, PAYLOADS, UNSEEN
from tests.report.test_hostile import REPORTS as RUNS
from tests.report.test_incident_hostile import REPORTS as INCIDENTS
from tests.report.test_incident_hostile import setting

KINDS = ("run", "standing run", "incident", "outage", "index", "digest")
ADDRESS = re.compile(r"(\.\./|#)?[\w./%~#-]*")
TAME = "a tame text"
BYTES = 700_000


def named(text: str) -> Incident:
    """An incident of which id, targets, prompts, people and reasons are the payload."""
    told = Transition(on=LAST, event="acknowledge", by=text, reason=text)
    changes = tuple(replace(one, target=text, prompt=text, family=text, test=text) for one in CHANGES)
    return replace(
        hostile(text).incident, id=f"INC-{text}"[:90], group=text, key=text, targets=(text,), changes=changes,
        acknowledged_by=text, transitions=(Transition(on=LAST, event="opened", changes=changes), told),
    )  # fmt: skip


def run_of(text: str) -> Run:
    return plain_run(id=f"r{text}"[:90], label=text, targets={text: ""}, day=LAST)


def out(text: str) -> Report:
    """An outage whose provider answers with the payload."""
    sample = outage()
    calls = tuple(
        replace(
            one,
            target=text,
            kinds=((text, 3), ("overloaded", 2)),
            messages=((text, text), ("overloaded", text)),
        )
        for one in sample.evidence.calls
    )
    one = replace(
        sample.incident,
        targets=(text,),
        changes=tuple(replace(c, target=text, test=text) for c in sample.incident.changes),
    )
    return render_incident(
        analysis_of([one]), one, replace(sample.evidence, series=(), calls=calls), NOW, setting(sample, text)
    )


@cache
def reports(text: str) -> Mapping[str, Report]:
    """The kinds that other files do not make already."""
    one = named(text)
    noted = Alarm(raised_on=LAST, event="noted", incident=None, kind="quality", targets=(text,), verdict="change",
                  changes=one.changes)  # fmt: skip
    waiting = Suspicion(target=text, raised_on=LAST, until=LAST, change=one.changes[0])
    sample = hostile(text)
    analysis = replace(
        sample.analysis, incidents=(one, replace(one, state="recovered", recovered_on=LAST)), alarms=(noted,),
        suspicions=(waiting,),
    )  # fmt: skip
    around, runs = setting(sample, text), [run_of(text)]
    rates = [replace(series("t", "pass_rate", before=0.8), target=text, family=text)]
    stood = run_stands(runs[0], analysis, around.members)
    page = run_page(runs[0], BASE.trials[:4], BASE.prompts, NOW, stands=stood, banner=text)
    return {
        "standing run": render_run(page),
        "outage": out(text),
        "index": render_index(
            runs, NOW, analysis=analysis, series=rates, digests=["2026-W11"], setting=around
        ),
        "digest": render_digest(analysis, runs, "2026-W12", NOW, series=rates, setting=around),
    }


def report_of(kind: str, name: str) -> Report:
    """A kind of page with a payload."""
    if kind == "run":
        return RUNS[name]
    return INCIDENTS[name] if kind == "incident" else reports(PAYLOADS[name])[kind]


def shape(page: Page) -> set[tuple[str, tuple[str, ...]]]:
    return {(element.tag, tuple(sorted(element.attributes))) for element in page.elements}


EACH = pytest.mark.parametrize("name", PAYLOADS)


@EACH
def test_nothing_hostile_comes_through_any_page_or_twin(name: str) -> None:
    """The elements of a tame text and no others, no address but our own, no sign that is not seen, no size without end."""
    for kind, report in reports(PAYLOADS[name]).items():
        page = read(report.html)
        assert page.unbalanced == [], kind
        assert shape(page) - shape(read(reports(TAME)[kind].html)) == set(), kind
        for element in page.all("a"):
            assert ADDRESS.fullmatch(element.attributes["href"]), kind
        for text in (report.html, report.text, report.subject):
            text.encode()
            assert not UNSEEN.search(text.replace("\n", "")), kind
            assert len(text) < BYTES, kind
        assert "\n" not in report.subject


@EACH
@pytest.mark.parametrize("kind", KINDS)
def test_nothing_unseen_and_nothing_without_end_is_in_the_data(kind: str, name: str) -> None:
    """A machine may print it."""
    data = json.dumps(dict(report_of(kind, name).data), ensure_ascii=False)
    data.encode()
    assert not UNSEEN.search(data.replace("\n", ""))
    assert len(data) < 3_000_000


@pytest.mark.parametrize("kind", KINDS)
def test_no_page_has_anything_that_can_act(kind: str) -> None:
    """No script, no handler, no picture, no form, no frame; a policy that forbids them all the same."""
    page = read(report_of(kind, "entity").html)
    tags = {"script", "img", "base", "iframe", "object", "form", "link", "animate"}
    assert not [e for e in page.elements if e.tag in tags]
    names = {name for e in page.elements for name in e.attributes}
    assert not [name for name in names if name.startswith("on") or name in {"style", "srcdoc", "src"}]
    assert len(page.all("style")) == len(page.all("h1")) == 1
    policy = next(e.attributes["content"] for e in page.all("meta") if e.attributes.get("http-equiv"))
    assert policy.startswith("default-src 'none'; style-src 'sha256-")


@pytest.mark.parametrize("kind", KINDS)
def test_template_syntax_is_shown_and_never_evaluated(kind: str) -> None:
    """On every kind of page: what came from outside is data of a template."""
    report = report_of(kind, "template")
    assert "{{7*7}}" in report.text.replace("\N{NO-BREAK SPACE}", " ")
    assert "49}" not in report.text
