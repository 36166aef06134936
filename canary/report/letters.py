"""Mail before it is addressed: one letter a state change. One a week: `mail_digest`; when nothing ran: `mail_notices`."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from canary.domain.canonical import digest
from canary.domain.evidence import Evidence
from canary.domain.incident import Analysis, Incident, Severity, Transition
from canary.domain.report import Letter, Report
from canary.report.in_numbers import change_rows
from canary.report.incident_page import Setting, glance, subject_of
from canary.report.incident_view import Rung
from canary.report.ladder import ladder
from canary.report.letter_view import IncidentLetter
from canary.report.mail_bars import bars, bars_title
from canary.report.mail_html import mail_html, mail_text
from canary.report.pictures import pictures
from canary.report.summary import summary
from canary.report.timeline import coincident, group_of
from canary.report.unseen import unseen
from canary.report.untrusted import label, one_line

ROWS = (25, 15, 8, 3)
"""Changes shown in a mail; the rest is counted. Fewer where long names would make more than `BYTES` of that many."""

BYTES = 60_000
"""Most of the HTML: Gmail cuts a mail at 102 KB, some of its apps well before."""

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

_ENDS = frozenset({"recovered", "withdrawn", "withdraw"})
_ENDED: Mapping[str, str] = {"accepted": "accepted as the new normal", "closed": "closed"}
"""What became of it without a mail: said where its last mail is made again."""


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


def told_steps(incident: Incident, *, told_before: bool = False) -> tuple[tuple[int, Transition], ...]:
    """The mailed steps that no maintenance window covers, with their numbers.

    A recovery, or a withdrawal, is told to whoever was told that there is something: no window swallows it, and after an
    opening that was muted it is nobody's news.

    Args:
        incident: whose steps.
        told_before: a mail of it went out, whatever its windows say by now.
    """
    told: list[tuple[int, Transition]] = []
    for number, step in enumerate(mailed_steps(incident)):
        if told or told_before if step.event in _ENDS else not step.muted:
            told.append((number, step))
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
    news = _ENDED.get(incident.state, _news(incident, place))
    view, html = _fitting(_incident_view(analysis, incident, evidence, now, setting, news))
    return Letter(
        subject=view.subject,
        html=html,
        text=mail_text("mail-incident.txt.j2", view),
        images={picture.cid: picture.data for picture in view.pictures},
        thread=thread_of(incident),
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


def _sits(rungs: Sequence[Rung]) -> tuple[str, ...]:
    """A few sentences of the ladder: what of ours is near, which layer, which mechanism."""
    return tuple(dict.fromkeys((*rungs[0].told[:1], *rungs[2].told[:1], *rungs[3].told[:2])))


def _fitting(whole: IncidentLetter) -> tuple[IncidentLetter, str]:
    """The letter with as many rows as fit, and its HTML."""
    made = []
    for most in ROWS:
        view = replace(whole, rows=whole.rows[:most], uncounted=max(0, len(whole.rows) - most))
        made.append((view, mail_html("mail-incident.html.j2", view)))
        if fits(made[-1][1]):
            break
    return made[-1]


def fits(html: str) -> bool:
    """Whether a mail's HTML is within `BYTES`."""
    return len(html.encode("utf-8", "replace")) <= BYTES


def _news(incident: Incident, number: int) -> str:
    """What a letter says has happened; the first that anybody is told of an incident is always new."""
    steps, told = mailed_steps(incident), told_steps(incident)
    if number >= len(steps) or (steps[number].event == "worsened" and told[:1] == ((number, steps[number]),)):
        return NEWS["opened"]
    return NEWS[steps[number].event]


def handed_over(incident: Incident, sent: Sequence[tuple[datetime, str]]) -> tuple[tuple[datetime, str], ...]:
    """When which mail was accepted, for a timeline, from (when, Message-ID) of the incident's conversation."""
    numbers = ((at, name.partition("@")[0].rpartition(".")[2]) for at, name in sent)
    return tuple(
        (at, _news(incident, int(number) if number.isdigit() else 0))
        for at, number in numbers
        if number == "root" or number.isdigit()
    )


def thread_of(incident: Incident) -> str:
    """The id for people, and of its key what tells it from another deployment's incident of the same number."""
    name = "".join(sign for sign in incident.id.lower() if sign.isascii() and (sign.isalnum() or sign == "-"))
    return f"{name}.{digest([incident.key, incident.id])[:10]}"


def _incident_view(
    analysis: Analysis, incident: Incident, evidence: Evidence, now: datetime, setting: Setting, news: str
) -> IncidentLetter:
    first = glance(analysis, incident, evidence, now, setting)
    rows = change_rows(incident, evidence.series)
    notes, base = coincident(incident, analysis), setting.base_url
    return IncidentLetter(
        id=label(incident.id),
        subject=subject_of(incident),
        banner=one_line(setting.banner),
        news=news,
        preheader=f"{first.status.word}, {first.status.certainty}: {first.headline}. {first.where}",
        glance=first,
        bars=bars(incident),
        bars_title=bars_title(incident),
        summary=summary(analysis, incident, now, setting.members, evidence),
        rows=rows,
        uncounted=0,
        pictures=pictures(incident, evidence, notes),
        notes=tuple(f"{note.letter}: {note.when}, {note.text}." for note in notes[:NOTES]),
        layer=() if incident.kind == "availability" else _sits(ladder(incident, setting.members)),
        unseen=unseen(analysis, group_of(incident), incident.attribution, one_line(setting.hours)).told[1:3],
        link=f"{base}/incidents/{label(incident.id)}.html" if base else "",
        attached=f"{label(incident.id)}.html",
    )
