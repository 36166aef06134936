"""Mail before it is addressed: one letter a state change, one a week, one when nothing ran."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from canary.domain.canonical import digest
from canary.domain.evidence import Evidence
from canary.domain.incident import Analysis, Incident, Severity, Transition
from canary.domain.report import Letter, Report
from canary.domain.series import Series
from canary.domain.trial import Run
from canary.report.amounts import pair_told
from canary.report.digest import digest_page, digest_subject
from canary.report.findings import Week
from canary.report.in_numbers import change_row
from canary.report.incident_page import Setting, glance, subject_of
from canary.report.ladder import ladder
from canary.report.letter_view import Bar, IncidentLetter, MissedLetter
from canary.report.life import foremost_change, standing
from canary.report.mail_html import mail_html, mail_text
from canary.report.movements import foremost, title_of
from canary.report.numbers import JOIN, day, duration, instant
from canary.report.pictures import pictures
from canary.report.summary import summary
from canary.report.timeline import coincident, group_of
from canary.report.unseen import unseen
from canary.report.untrusted import label, one_line

ROWS = 25
"""Changes shown in a mail; the rest is counted. A hundred rows would be cut off by some mail programs."""

SEVERITIES: tuple[Severity, ...] = ("low", "medium", "high")

NOTES = 4
"""Coincident notes told."""

NEWS: Mapping[str, str] = {
    "opened": "new",
    "worsened": "worse than before",
    "recovered": "recovered",
    "withdrawn": "withdrawn",
    "withdraw": "withdrawn",
}
"""Steps of an incident's life that are mailed."""


def mailed_steps(incident: Incident) -> tuple[Transition, ...]:
    """The steps that a mail is sent for, in order: the number of a letter is its place here.

    Opened and withdrawn; worsened where the severity rose; recovered where nothing of it stood any more. What a step is
    depends on the steps before it alone, so a letter's number never changes.
    """
    told: list[Transition] = []
    before: Transition | None = None
    for step in incident.transitions:
        if _is_news(step, before):
            told.append(step)
        before = step
    return tuple(told)


def _is_news(step: Transition, before: Transition | None) -> bool:
    if step.event == "worsened":
        if before is None or before.state == "recovered":
            return True
        return SEVERITIES.index(step.severity) > SEVERITIES.index(before.severity)
    if step.event == "recovered":
        return step.state == "recovered" and (before is None or before.state != "recovered")
    return step.event in NEWS


def incident_letter(
    analysis: Analysis,
    incident: Incident,
    evidence: Evidence,
    now: datetime,
    *,
    setting: Setting,
    page: Report,
    number: int | None = None,
) -> Letter:
    """The mail about one step of an incident's life.

    Args:
        analysis: what else was found and what could not be.
        incident: with at least one change.
        evidence: series and prompts behind it.
        now: UTC.
        setting: the deployment; its `base_url` decides whether the page is linked or attached.
        page: the incident's page, for the attachment.
        number: place of the step in `mailed_steps`; None = the last one.
    """
    steps = mailed_steps(incident)
    place = max(0, len(steps) - 1) if number is None else number
    news = NEWS[steps[place].event] if place < len(steps) else NEWS["opened"]
    view = _incident_view(analysis, incident, evidence, now, setting, news)
    return Letter(
        subject=view.subject,
        html=mail_html("mail-incident.html.j2", view),
        text=mail_text("mail-incident.txt.j2", view),
        images={picture.cid: picture.data for picture in view.pictures},
        thread=_thread(incident),
        number=place,
        headers={
            "X-Canary-Report": "incident",
            "X-Canary-Incident": view.id,
            "X-Canary-Status": view.glance.status.word.lower(),
            "X-Canary-Target": view.glance.target,
            "X-Canary-Severity": incident.severity,
        },
        attachments={} if view.link else {view.attached: page.html.encode("utf-8", "replace")},
    )


def _thread(incident: Incident) -> str:
    """The id for people, and of its key what tells it from another deployment's incident of the same number."""
    name = "".join(sign for sign in incident.id.lower() if sign.isascii() and (sign.isalnum() or sign == "-"))
    return f"{name}.{digest([incident.key, incident.id])[:10]}"


def _incident_view(
    analysis: Analysis, incident: Incident, evidence: Evidence, now: datetime, setting: Setting, news: str
) -> IncidentLetter:
    first = glance(incident, evidence, now, setting)
    ordered = foremost(standing(incident))
    largest = max((abs(c.effect) for c in ordered if c.effect is not None), default=0.0)
    rungs = ladder(incident, setting.members)
    notes, base = coincident(incident, analysis), setting.base_url
    return IncidentLetter(
        id=label(incident.id),
        subject=subject_of(incident),
        banner=one_line(setting.banner),
        news=news,
        preheader=f"{first.status.word}, {first.status.certainty}: {first.headline}. {first.where}",
        glance=first,
        bars=_bars(incident),
        bars_title=title_of(foremost_change(incident).metric),
        summary=summary(analysis, incident, now, setting.members),
        rows=tuple(change_row(change, evidence.series, largest) for change in ordered[:ROWS]),
        uncounted=max(0, len(ordered) - ROWS),
        pictures=pictures(incident, evidence, notes),
        notes=tuple(f"{note.letter}: {note.when}, {note.text}." for note in notes[:NOTES]),
        layer=(*rungs[0].told[:1], *rungs[2].told[:1], *rungs[3].told[:2]),
        unseen=unseen(analysis, group_of(incident), incident.attribution, one_line(setting.hours)).told[1:3],
        link=f"{base}/incidents/{label(incident.id)}.html" if base else "",
        attached=f"{label(incident.id)}.html",
    )


def _bars(incident: Incident) -> tuple[Bar, ...]:
    change = foremost_change(incident)
    if not isinstance(change.before, float) or not isinstance(change.after, float):
        return ()
    most = max(abs(change.before), abs(change.after))
    if not most:
        return ()
    told = pair_told(change.metric, change.before, change.after)
    return tuple(
        Bar(label=word, value=value, share=max(1, round(abs(size) / most * 100)))
        for word, value, size in zip(("before", "after"), told, (change.before, change.after), strict=True)
    )


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
    context = {"link": link, "attached": f"{view.week.name}.html", "subject": digest_subject(view)}
    return Letter(
        subject=digest_subject(view),
        html=mail_html("mail-digest.html.j2", view, **context),
        text=mail_text("mail-digest.txt.j2", view, **context),
        thread=f"digest-{view.week.name.lower()}.{digest(sorted(_targets(analysis)))[:10]}",
        headers={"X-Canary-Report": "digest", "X-Canary-Week": view.week.name},
        attachments={} if link else {f"{view.week.name}.html": page.html.encode("utf-8", "replace")},
    )


def _targets(analysis: Analysis) -> set[str]:
    return {one.target for one in analysis.not_seen} | {one.target for one in analysis.not_judged}


def missed_letter(due: datetime, last: datetime | None, now: datetime, *, place: str) -> Letter:
    """The mail that says that no run came to an end when one was due: an alarm of its own.

    Args:
        due: the first slot that was missed; names the conversation, so that one gap makes one.
        last: when the last complete run ended; None = there is none.
        now: UTC.
        place: what tells this deployment from others, such as the path of its configuration.
    """
    since = f"since {day(last.date())}" if last else "so far"
    age = f", {duration((now - last).total_seconds())} ago" if last else ""
    view = MissedLetter(
        subject=f"[canary] no complete run {since}".replace(JOIN, " "),
        preheader="Nothing was measured. That is not the same as nothing found.",
        headline=f"No complete run {since}",
        told=(
            f"A run was due on {instant(due)} and did not come to an end by {instant(now)}.",
            f"The last complete one ended on {instant(last)}{age}."
            if last
            else "No run has ever come to an end.",
            "Until one does, nothing can be said of any target: silence is not good news.",
        ),
        commands=("canary status", "canary doctor", "canary run"),
    )
    return Letter(
        subject=view.subject,
        html=mail_html("mail-missed.html.j2", view),
        text=mail_text("mail-missed.txt.j2", view),
        thread=f"missed-{due:%Y%m%dt%H%M}.{digest(place)[:10]}",
        headers={"X-Canary-Report": "missed", "X-Canary-Status": "late"},
    )
