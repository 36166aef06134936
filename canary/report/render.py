"""Views -> reports: the page by Jinja2 with everything escaped, the plain-text twin, and the data beside them.

A page is one file that asks for nothing: no script, no request, no inline style but the one sheet whose digest its
Content-Security-Policy names.
"""

import base64
import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING

from canary.domain.report import Report
from canary.domain.trial import Run
from canary.report import charts, numbers, phrases
from canary.report.data import index_data, run_data
from canary.report.index import IndexPage, index_page
from canary.report.page import RunPage
from canary.report.text import index_text, run_text
from canary.report.untrusted import one_line
from canary.report.view import Counts

if TYPE_CHECKING:
    from jinja2 import Environment

_SUBJECT = 200


def render_run(page: RunPage) -> Report:
    """The report of one run, to be kept as `runs/<id>.html` with its `.json` beside it."""
    return Report(
        name=f"runs/{page.run.id}",
        subject=one_line(f"[canary] {page.title}: {page.headline}", _SUBJECT),
        html=_html("run.html.j2", page),
        text=run_text(page),
        data=run_data(page),
    )


def render_index(runs: Sequence[Run], now: datetime, counts: Mapping[str, Counts] | None = None) -> Report:
    """The front page, to be kept as `index.html`.

    Args:
        runs: all runs, in any order.
        now: UTC.
        counts: run id -> its counts, where they are at hand (`Counts.of`, or `RunPage.counts`).
    """
    page = index_page(runs, counts or {}, now)
    return Report(
        name="index",
        subject=one_line(f"[canary] {page.headline}", _SUBJECT),
        html=_html("index.html.j2", page),
        text=index_text(page),
        data=index_data(page),
    )


def _html(template: str, page: RunPage | IndexPage) -> str:
    environment = _environment()
    sheet = environment.get_template("page.css").render()
    digest = base64.b64encode(hashlib.sha256(sheet.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    return environment.get_template(template).render(page=page, policy=policy)


@cache
def _environment() -> "Environment":
    # Imported on use: a command that writes no page should not pay for the template engine.
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("canary.report", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(
        marks=charts.interval_marks,
        heat=charts.heat_level,
        answer_told=phrases.answer_told,
        check_told=phrases.check_told,
        failed_told=phrases.failed_told,
        found_told=phrases.found_told,
        message_told=phrases.message_told,
        omitted_told=phrases.omitted_told,
        tally_told=phrases.tally_told,
        wanted_told=phrases.wanted_told,
        families_caption=phrases.FAMILIES_CAPTION,
        number=numbers.count,
        plural=numbers.plural,
    )
    return environment
