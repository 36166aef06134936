"""The pages in a real browser: they fit a phone, ask for nothing, and their policy is obeyed."""

import threading
from collections.abc import Iterator
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from canary.report.page import run_page
from canary.report.render import render_index, render_run
from canary.report.view import Counts
from tests.report.browser import CHROMIUM, Browser
from tests.report.samples import CODE, DOWN, KIMI, NOW, OPUS, sample_run
from tests.report.test_hostile import PAYLOADS, report_of

pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine"),
    pytest.mark.xdist_group("browser"),
]

WIDTHS = (360, 600, 1200)
PAGES = ("run", "outage", "hostile", "index")


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
    run = sample_run().run
    counts = {run.id: Counts(planned=9, graded=9, failed=0, missing=0)}
    (folder / "index.html").write_text(render_index([run], NOW, counts).html, encoding="utf-8")
    return folder


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("width", WIDTHS)
def test_no_page_scrolls_sideways(browser: Browser, pages: Path, name: str, width: int) -> None:
    """With everything unfolded; a phone is 360 pixels wide."""
    browser.show(pages / f"{name}.html", width=width)
    browser.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    assert browser.evaluate("document.documentElement.scrollWidth") == width
    wide = browser.evaluate(
        "[...document.querySelectorAll('main *')].filter(e => !e.closest('svg, .scroll') &&"
        " e.getBoundingClientRect().right > innerWidth + 1).map(e => e.outerHTML.slice(0, 80))"
    )
    assert wide == []


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
