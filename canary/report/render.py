"""Views -> reports: the page by Jinja2 with everything escaped, the plain-text twin, and the data beside them.

A page is one file that asks for nothing: no script, no request, no inline style but the one sheet whose digest its
Content-Security-Policy names.
"""

import base64
import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime

from canary.domain.evidence import Evidence
from canary.domain.incident import Analysis, Incident
from canary.domain.report import Report
from canary.domain.series import Series
from canary.domain.trial import Run
from canary.report.currency import currents
from canary.report.data import digest_data, index_data, run_data
from canary.report.digest import DigestPage, digest_page, digest_subject
from canary.report.findings import Week, findings
from canary.report.front_text import digest_text, index_text
from canary.report.incident_data import incident_data
from canary.report.incident_page import Setting, incident_page, subject_of
from canary.report.incident_text import incident_text
from canary.report.incident_view import IncidentPage
from canary.report.index import IndexPage, index_page
from canary.report.page import RunPage
from canary.report.templating import environment
from canary.report.text import run_text
from canary.report.untrusted import one_line
from canary.report.view import Counts

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


def render_index(
    runs: Sequence[Run],
    now: datetime,
    counts: Mapping[str, Counts] | None = None,
    *,
    analysis: Analysis | None = None,
    series: Sequence[Series] = (),
    digests: Sequence[str] = (),
    setting: Setting | None = None,
) -> Report:
    """The front page, to be kept as `index.html`.

    Args:
        runs: all runs, in any order.
        now: UTC.
        counts: run id -> its counts, where they are at hand (`Counts.of`, or `RunPage.counts`).
        analysis: incidents and what could not be seen; None = none was made, and the page says nothing of change.
        series: pass rates, for the latest value of each target and family.
        digests: weeks that have a digest, such as `2026-W17`.
        setting: the deployment around it.
    """
    around = setting or Setting()
    found = None if analysis is None else findings(analysis, now.date(), series, around.members)
    judged = None if analysis is None else analysis.judged_to
    current = currents(runs, judged, now, around.following, around.members)
    page = index_page(runs, counts or {}, now, found, digests, one_line(around.banner), current)
    return Report(
        name="index",
        subject=one_line(f"[canary] {page.headline}", _SUBJECT),
        html=_html("index.html.j2", page),
        text=index_text(page),
        data=index_data(page),
    )


def render_incident(
    analysis: Analysis, incident: Incident, evidence: Evidence, now: datetime, setting: Setting | None = None
) -> Report:
    """The report of one incident, to be kept as `incidents/<id>.html` with its `.json` beside it.

    Args:
        analysis: what else was found and what could not be.
        incident: with at least one change.
        evidence: series, answers and distributions behind it.
        now: UTC.
        setting: the deployment around it: members, next run, address of the pages, a banner.
    """
    page = incident_page(analysis, incident, evidence, now, setting or Setting())
    return Report(
        name=f"incidents/{incident.id}",
        subject=subject_of(incident),
        html=_html("incident.html.j2", page),
        text=incident_text(page),
        data=incident_data(page, analysis, incident, evidence),
    )


def render_digest(
    analysis: Analysis,
    runs: Sequence[Run],
    week: str,
    now: datetime,
    *,
    series: Sequence[Series] = (),
    setting: Setting | None = None,
) -> Report:
    """The digest of a week, to be kept as `digests/2026-W17.html` with its `.json` beside it.

    Args:
        analysis: up to now.
        runs: all runs, in any order.
        week: `2026-W17`.
        now: UTC.
        series: pass rates, for the strip.
        setting: the deployment around it.

    Raises:
        ValueError: it is no ISO week.
    """
    page = digest_page(analysis, runs, Week.named(week), now, setting or Setting(), series)
    return Report(
        name=f"digests/{page.week.name}",
        subject=digest_subject(page),
        html=_html("digest.html.j2", page),
        text=digest_text(page),
        data=digest_data(page),
    )


def _html(template: str, page: RunPage | IndexPage | IncidentPage | DigestPage) -> str:
    templates = environment()
    sheet = templates.get_template("page.css").render()
    digest = base64.b64encode(hashlib.sha256(sheet.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    return templates.get_template(template).render(page=page, policy=policy)
