"""The pages in a real browser: they fit a phone, ask for nothing, and their policy is obeyed."""

import itertools
import json
import os
import shutil
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from canary.domain.report import Report
from canary.report.page import run_page
from canary.report.render import render_digest, render_index, render_run
from canary.report.view import Counts
from tests.report.browser import CHROMIUM, Browser
from tests.report.findings_samples import ANALYSIS, RATES, RUNS, SETTING
from tests.report.incidents import NOW as LATER
from tests.report.samples import CODE, DOWN, KIMI, NOW, OPUS, plain_run, sample_run
from tests.report.test_hostile import PAYLOADS, report_of
from tests.report.test_incident_hostile import report_of as report_with
from tests.report.test_incident_page import REPORTS
from tests.report.test_letters import letter_of

TOOLS = Path(os.environ.get("CANARY_NPM", Path(__file__).parents[2] / "node_modules"))
AXE = TOOLS / "axe-core" / "axe.min.js"
VNU = TOOLS / "vnu-jar" / "build" / "dist" / "vnu.jar"
JAVA = shutil.which("java")
AXE_INSTALL = "npm install --no-save --no-package-lock axe-core@4.14.1 vnu-jar@26.9.27, then set CANARY_NPM to its node_modules"

pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine"),
    pytest.mark.xdist_group("browser"),
]

WIDTHS = (360, 600, 1200)
MORE = ("wide", "exact", "ours", "unanswered", "over", "accepted", "behind")
"""Further kinds: told like the others, so that one width is enough by default."""
PAGES = ("run", "outage", "hostile", "index", "incident", "crowd", "evil", "front", "digest")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One browser for all tests of this file."""
    with Browser() as running:
        yield running


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Written pages: a run of three targets, an outage, everything hostile at once, the index."""
    folder = tmp_path_factory.mktemp("pages")
    for name, sample in {
        "run": sample_run((OPUS, CODE, KIMI), label="before the 4.7 gate"),
        "outage": sample_run((OPUS, DOWN), status="interrupted", missing=11),
    }.items():
        report = render_run(run_page(sample.run, sample.trials, sample.prompts, NOW))
        (folder / f"{name}.html").write_text(report.html, encoding="utf-8")
    (folder / "hostile.html").write_text(
        report_of(" ".join(text[:300] for text in PAYLOADS.values())).html, encoding="utf-8"
    )
    for name, made in findings_pages().items():
        (folder / f"{name}.html").write_text(made.html, encoding="utf-8")
    many = [replace(trial, target=f"{trial.target}-{n}") for n in range(4) for trial in sample.trials]
    names = {f"{name}-{n}": "x" for n in range(4) for name in sample.run.targets}
    wide = run_page(replace(sample.run, targets=names), many, sample.prompts, NOW)
    (folder / "wide.html").write_text(render_run(wide).html, encoding="utf-8")
    run = sample_run().run
    counts = {run.id: Counts(planned=9, graded=9, failed=0, missing=0)}
    (folder / "index.html").write_text(render_index([run], NOW, counts).html, encoding="utf-8")
    return folder


def findings_pages() -> dict[str, Report]:
    """An incident, the worst case, everything hostile at once, the front page with findings, a digest."""
    return {
        "incident": REPORTS["effort"],
        "crowd": REPORTS["crowd"],
        "evil": report_with(" ".join(text[:200] for text in PAYLOADS.values())),
        "front": render_index(RUNS, LATER, analysis=ANALYSIS, series=RATES, setting=SETTING),
        "digest": render_digest(ANALYSIS, RUNS, "2026-W11", LATER, setting=SETTING),
        "exact": REPORTS["tokenizer"],
        "ours": REPORTS["ours"],
        "unanswered": REPORTS["outage"],
        "over": REPORTS["recovered"],
        "accepted": REPORTS["accepted"],
        "behind": render_index(
            [*RUNS, *(plain_run(id=f"r{n}") for n in range(30))], LATER + timedelta(days=9), analysis=ANALYSIS
        ),
    }


@pytest.mark.parametrize(
    ("name", "width"),
    [
        *itertools.product(PAGES, WIDTHS),
        *((name, 360) for name in MORE),
        *(pytest.param(name, width, marks=pytest.mark.slow) for name in MORE for width in (600, 1200)),
    ],
)
def test_no_page_scrolls_sideways(browser: Browser, pages: Path, name: str, width: int) -> None:
    """With everything unfolded; a phone is 360 pixels wide."""
    browser.show(pages / f"{name}.html", width=width)
    browser.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    assert browser.evaluate("document.documentElement.scrollWidth") == width
    wide = browser.evaluate(
        "[...document.querySelectorAll('main *')].filter(e => !e.closest('svg, .scroll, .tall') &&"
        " e.getBoundingClientRect().right > innerWidth + 1).map(e => e.outerHTML.slice(0, 80))"
    )
    assert wide == []


@pytest.mark.parametrize("name", ["wide", "front", "incident", "unanswered", "run"])
def test_no_table_is_cut_off_on_a_desk(browser: Browser, pages: Path, name: str) -> None:
    """At 1,200 pixels every column of every table is in sight, also with eight targets in a run."""
    browser.show(pages / f"{name}.html", width=1200)
    cut = browser.evaluate(
        "[...document.querySelectorAll('.scroll')].filter(e => e.scrollWidth > e.clientWidth + 1)"
        ".map(e => e.getAttribute('aria-label') || e.getAttribute('aria-labelledby'))"
    )
    assert cut == []


@pytest.mark.parametrize("name", PAGES)
def test_a_page_makes_no_request_and_no_complaint(browser: Browser, pages: Path, name: str) -> None:
    """One request, for itself; nothing in the console, so nothing that its policy had to forbid."""
    page = pages / f"{name}.html"
    browser.show(page, width=1200)
    assert browser.complaints() == []
    assert browser.requests() == [page.as_uri()]


@pytest.mark.parametrize("dark", [False, True])
def test_the_one_sheet_is_let_in_by_the_policy(browser: Browser, pages: Path, dark: bool) -> None:
    """The digest is right, and each scheme has its own paper."""
    browser.show(pages / "run.html", width=1200, dark=dark)
    paper = browser.evaluate("getComputedStyle(document.body).backgroundColor")
    assert paper == ("rgb(20, 23, 26)" if dark else "rgb(250, 248, 242)")


def test_the_policy_stops_what_a_page_should_never_do(browser: Browser, pages: Path) -> None:
    """A script, a handler, a style and an image put into the page by hand: none of them comes to anything."""
    html = (pages / "run.html").read_text(encoding="utf-8")
    planted = (
        "<script>window.ran = 'script'</script><p id=planted style='position:fixed' onclick=\"window.ran='handler'\">x</p>"
        "<img src='http://127.0.0.1:9/x.png'><style>h1{color:rgb(1,2,3)!important}</style>"
    )
    (pages / "planted.html").write_text(html.replace("</main>", planted + "</main>"), encoding="utf-8")
    browser.show(pages / "planted.html", width=1200)
    browser.evaluate("document.getElementById('planted').click()")
    assert browser.evaluate("typeof window.ran") == "undefined"
    assert browser.evaluate("getComputedStyle(document.querySelector('h1')).color") != "rgb(1, 2, 3)"
    assert browser.evaluate("getComputedStyle(document.getElementById('planted')).position") == "static"
    assert any("Content Security Policy" in complaint for complaint in browser.complaints())


def test_nothing_hostile_runs_or_shows_as_anything_but_text(browser: Browser, pages: Path) -> None:
    """No element that a payload names, no global that it sets, the title left alone."""
    browser.show(pages / "hostile.html", width=1200)
    assert (
        browser.evaluate("document.querySelectorAll('main script, main img, main a, main animate').length")
        == 0
    )
    assert browser.evaluate("document.title") == "Run of 1\u00a0March\u00a02026, 06:00\u00a0UTC · canary"
    answers = browser.evaluate(
        "[...document.querySelectorAll('.answer pre')].map(e => e.textContent).join(' ')"
    )
    assert "<script>alert(1)</script>" in answers


def test_from_a_web_server_a_page_is_one_request(browser: Browser, pages: Path) -> None:
    """Not even for an icon."""
    asked: list[str] = []
    body = (pages / "run.html").read_bytes()
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(_OnePage, body, asked)) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        browser.show(f"http://127.0.0.1:{server.server_port}/runs/one.html", width=1200)
        complaints = browser.complaints()
        server.shutdown()
    assert asked == ["/runs/one.html"]
    assert complaints == []


@pytest.mark.parametrize("width", [360, 1200])
def test_a_table_is_a_table_for_a_screen_reader_at_every_width(
    browser: Browser, pages: Path, width: int
) -> None:
    """Rows, headers and cells are in the accessibility tree, also where rows are laid out as cards."""
    browser.show(pages / "run.html", width=width)
    nodes = browser.call("Accessibility.getFullAXTree")["nodes"]
    roles = [node["role"]["value"] for node in nodes if not node["ignored"]]
    assert roles.count("table") == 4
    assert roles.count("rowheader") == 3 + 8 + 3 + 3
    assert roles.count("cell") == 3 * (6 + 8 + 4 + 5)
    assert roles.count("columnheader") == 7 + 4 + 5 + 6
    headings = [node["name"]["value"] for node in nodes if node["role"]["value"] == "heading"]
    assert headings[:2] == ["Run of 1\u00a0March\u00a02026, 06:00\u00a0UTC", "Look at first"]


def test_a_keyboard_reaches_the_content_first(browser: Browser, pages: Path) -> None:
    """The first stop is the skip link, and it shows."""
    browser.show(pages / "run.html", width=600)
    for kind in ("keyDown", "keyUp"):
        browser.call("Input.dispatchKeyEvent", type=kind, key="Tab", code="Tab", windowsVirtualKeyCode=9)
    assert browser.evaluate("document.activeElement.textContent") == "Skip to the content"
    assert browser.evaluate("document.activeElement.getBoundingClientRect().left") >= 0


def test_print_shows_what_is_folded_away(browser: Browser, pages: Path) -> None:
    """Paper can't be unfolded."""
    browser.show(pages / "run.html", width=1200)
    browser.call("Emulation.setEmulatedMedia", media="print")
    shown = browser.evaluate(
        "[...document.querySelectorAll('details:not([open]) .answer')]"
        ".map(e => e.getBoundingClientRect().height > 0)"
    )
    browser.call("Emulation.setEmulatedMedia", media="")
    assert shown
    assert all(shown)


def test_the_first_screen_of_an_incident_fits_a_phone(browser: Browser, pages: Path) -> None:
    """360 by 740 pixels, without scrolling: verdict, headline, where, what to do, cost, next update."""
    browser.show(pages / "incident.html", width=360, height=740)
    assert browser.evaluate("document.querySelector('.answers').getBoundingClientRect().bottom") <= 740


@pytest.mark.parametrize("width", [360, 1200])
def test_one_drawing_of_each_series_is_shown_at_every_width(
    browser: Browser, pages: Path, width: int
) -> None:
    """The wide one or the narrow one, never both nor none."""
    browser.show(pages / "incident.html", width=width)
    shown = browser.evaluate(
        "[...document.querySelectorAll('.panel')].map(p => [...p.querySelectorAll('svg.chart')]"
        ".filter(s => s.getBoundingClientRect().width > 0).length)"
    )
    assert set(shown) == {1}


@pytest.mark.parametrize("name", ["front", "incident", "run", "digest", "unanswered"])
def test_on_paper_tables_are_tables_and_nothing_is_wider_than_the_sheet(
    browser: Browser, pages: Path, name: str
) -> None:
    """A4 between its margins is narrower than a tablet; a verdict is ink on paper, also where backgrounds are not printed."""
    browser.show(pages / f"{name}.html", width=688)
    browser.call("Emulation.setEmulatedMedia", media="print")
    wide = browser.evaluate(
        "[...document.querySelectorAll('main *')].filter(e => !e.closest('svg') && e.getBoundingClientRect().right > 690)"
        ".map(e => e.outerHTML.slice(0, 80))"
    )
    tables = browser.evaluate(
        "[...document.querySelectorAll('.scroll tr')].map(e => getComputedStyle(e).display)"
    )
    words = browser.evaluate("[...document.querySelectorAll('.word')].map(e => getComputedStyle(e).color)")
    browser.call("Emulation.setEmulatedMedia", media="")
    assert wide == []
    assert set(tables) == {"table-row"}
    assert set(words) <= {"rgb(0, 0, 0)"}


@pytest.mark.slow
@pytest.mark.skipif(not AXE.is_file(), reason=f"axe-core is not installed: {AXE_INSTALL}")
@pytest.mark.parametrize("name", [*PAGES, *MORE, "mail"])
@pytest.mark.parametrize("dark", [False, True])
def test_axe_finds_no_violation(browser: Browser, pages: Path, name: str, dark: bool) -> None:
    """With everything unfolded, at the width of a mail. A mail is no page: it has no landmarks of its own."""
    if name == "mail":
        (pages / "mail.html").write_text(letter_of("effort").html, encoding="utf-8")
    browser.show(pages / f"{name}.html", width=600, dark=dark)
    browser.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    browser.evaluate(f"{AXE.read_text(encoding='utf-8')};0")
    rules = {"region": {"enabled": name != "mail"}, "landmark-one-main": {"enabled": name != "mail"}}
    found = browser.evaluate(
        f"axe.run(document, {{resultTypes: ['violations'], rules: {json.dumps(rules)}}})"
        ".then(r => r.violations.map(v => [v.id, v.nodes.map(n => n.html.slice(0, 90))]))"
    )
    assert found == []


@pytest.mark.slow
@pytest.mark.skipif(
    not VNU.is_file() or JAVA is None, reason=f"the HTML checker is not installed: {AXE_INSTALL}"
)
def test_pages_and_mail_are_valid_html(pages: Path) -> None:
    """By the checker of the people who write the standard."""
    (pages / "mail.html").write_text(letter_of("effort").html, encoding="utf-8")
    names = [str(pages / f"{name}.html") for name in (*PAGES, *MORE, "mail")]
    assert JAVA is not None
    made = subprocess.run(
        [JAVA, "-jar", str(VNU), "--errors-only", *names], capture_output=True, text=True, check=False
    )
    assert made.stderr == ""


class _OnePage(BaseHTTPRequestHandler):
    """Serves one page at any address, and notes the addresses."""

    def __init__(self, body: bytes, asked: list[str], *rest: object) -> None:
        self._body, self._asked = body, asked
        super().__init__(*rest)  # type: ignore[arg-type]

    def do_GET(self) -> None:
        self._asked.append(self.path)
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(self._body)))
        self.end_headers()
        self.wfile.write(self._body)

    def log_request(self, code: object = "-", size: object = "-") -> None:
        """Say nothing."""
