"""Mails in a real browser: they fit a phone, stay as wide as a mail on a desk, and say all without pictures; accessible and valid."""

import base64
import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.report.browser import CHROMIUM, Browser
from tests.report.test_browser import AXE, AXE_INSTALL, JAVA, VNU
from tests.report.test_letters import LETTERS

pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine"),
    pytest.mark.xdist_group("browser"),
]
NARROW, WIDE = 360, 1200
SHOWN = ("effort", "recovered", "crowd", "digest", "missed")
FOUND = (
    "[...document.querySelectorAll('*')].filter(e => e.getBoundingClientRect().right > innerWidth + 1).length"
)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One browser for all tests of this file."""
    with Browser() as running:
        yield running


@pytest.fixture(scope="module")
def mails(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every kind of mail as a file, its pictures put where a mail program puts them."""
    folder = tmp_path_factory.mktemp("mails")
    for name, letter in LETTERS.items():
        html = letter.html
        for cid, data in letter.images.items():
            html = html.replace(f'"cid:{cid}"', f'"data:image/png;base64,{base64.b64encode(data).decode()}"')
        (folder / f"{name}.html").write_text(html, encoding="utf-8")
    return folder


@pytest.mark.parametrize("name", SHOWN)
def test_a_mail_fits_a_phone_and_is_600_pixels_wide_on_a_desk(
    browser: Browser, mails: Path, name: str
) -> None:
    """360 pixels without scrolling sideways, pictures loaded; more room makes it no wider."""
    browser.show(mails / f"{name}.html", width=NARROW)
    assert browser.evaluate("document.documentElement.scrollWidth") == NARROW
    assert browser.evaluate(FOUND) == 0
    assert browser.evaluate("[...document.images].every(i => i.naturalWidth >= 560)")
    browser.show(mails / f"{name}.html", width=WIDE)
    assert browser.evaluate("document.querySelector('.sheet').getBoundingClientRect().width") == 600


def test_the_verdict_of_a_mail_is_on_the_first_screen_of_a_phone(browser: Browser, mails: Path) -> None:
    """Verdict, headline, where and what to do, within 360 by 640 pixels."""
    browser.show(mails / "effort.html", width=NARROW, height=640)
    bottom = "[...document.querySelectorAll('td.key')][1].parentElement.getBoundingClientRect().bottom"
    assert browser.evaluate(bottom) <= 640


@pytest.mark.slow
@pytest.mark.skipif(not AXE.is_file(), reason=f"axe-core is not installed: {AXE_INSTALL}")
@pytest.mark.parametrize("name", LETTERS)
@pytest.mark.parametrize("dark", [False, True])
def test_axe_finds_no_violation_in_any_mail(browser: Browser, mails: Path, name: str, dark: bool) -> None:
    """A mail is no page: it has no landmarks of its own."""
    browser.show(mails / f"{name}.html", width=600, dark=dark)
    browser.evaluate(f"{AXE.read_text(encoding='utf-8')};0")
    rules = {"region": {"enabled": False}, "landmark-one-main": {"enabled": False}}
    found = browser.evaluate(
        f"axe.run(document, {{resultTypes: ['violations'], rules: {json.dumps(rules)}}})"
        ".then(r => r.violations.map(v => [v.id, v.nodes.map(n => n.html.slice(0, 90))]))"
    )
    assert found == []


@pytest.mark.slow
@pytest.mark.skipif(
    not VNU.is_file() or JAVA is None, reason=f"the HTML checker is not installed: {AXE_INSTALL}"
)
def test_every_mail_is_valid_html(mails: Path) -> None:
    """By the checker of the people who write the standard."""
    assert JAVA is not None
    names = [str(mails / f"{name}.html") for name in LETTERS]
    made = subprocess.run(
        [JAVA, "-jar", str(VNU), "--errors-only", *names], capture_output=True, text=True, check=False
    )
    assert made.stderr == ""
