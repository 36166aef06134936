"""The mail of a week, before it is addressed."""

from collections.abc import Sequence
from datetime import datetime

from canary.domain.canonical import digest
from canary.domain.incident import Analysis
from canary.domain.report import Letter, Report
from canary.domain.series import Series
from canary.domain.trial import Run
from canary.report.digest import digest_page, digest_subject
from canary.report.findings import Week
from canary.report.incident_page import Setting
from canary.report.letters import fits
from canary.report.mail_html import mail_html, mail_text

FINDINGS = ((8, 25), (4, 12), (2, 5))
"""Incidents of a list and steady targets shown in a digest; fewer likewise."""


def digest_letter(
    analysis: Analysis,
    runs: Sequence[Run],
    week: str,
    now: datetime,
    *,
    setting: Setting,
    page: Report,
    series: Sequence[Series] = (),
) -> Letter:
    """The mail of a week: a conversation of its own.

    Args:
        analysis: up to now.
        runs: all runs, in any order.
        week: `2026-W17`.
        now: UTC.
        setting: the deployment; its `base_url` decides whether the page is linked or attached.
        page: the digest's page, for the attachment.
        series: pass rates, for the strip.

    Raises:
        ValueError: it is no ISO week.
    """
    view = digest_page(analysis, runs, Week.named(week), now, setting, series)
    base = setting.base_url
    link = f"{base}/digests/{view.week.name}.html" if base else ""
    context: dict[str, object] = {
        "link": link,
        "attached": f"{view.week.name}.html",
        "subject": digest_subject(view),
    }
    html = ""
    for few, many in FINDINGS:
        context |= {"few": few, "many": many}
        html = mail_html("mail-digest.html.j2", view, **context)
        if fits(html):
            break
    return Letter(
        subject=digest_subject(view),
        html=html,
        text=mail_text("mail-digest.txt.j2", view, **context),
        thread=f"digest-{view.week.name.lower()}.{digest(sorted(_targets(analysis)))[:10]}",
        headers={"X-Canary-Report": "digest", "X-Canary-Week": view.week.name},
        attachments={} if link else {f"{view.week.name}.html": page.html.encode("utf-8", "replace")},
    )


def _targets(analysis: Analysis) -> set[str]:
    return {one.target for one in analysis.not_seen} | {one.target for one in analysis.not_judged}
