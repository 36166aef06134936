"""The incident's days in order, and what happened around it in a list apart: coincident, never proven."""

import string
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta

from canary.domain.deployment import Annotation
from canary.domain.evidence import Evidence
from canary.domain.incident import Analysis, ChangePoint, Incident, Transition
from canary.domain.series import metric
from canary.report.incident_view import Entry, EntryKind
from canary.report.life import foremost_change
from canary.report.movements import called, foremost
from canary.report.numbers import clock, count, day, day_range, listed, plural
from canary.report.outage import is_outage, outage_detection
from canary.report.untrusted import label, one_line
from canary.report.wordings import wording

AROUND = timedelta(days=14)
"""How far from the onset an annotation may be and still be told."""

MOST_NOTES = 12
_NAMED = 3

_KINDS: Mapping[str, EntryKind] = {
    "suspected": "suspected",
    "opened": "alarm",
    "worsened": "worse",
    "joined": "alarm",
    "recovered": "recovered",
}
_EVENTS: Mapping[str, str] = {
    "suspected": "Suspected",
    "opened": "Alarm",
    "worsened": "Worse",
    "joined": "Further series moved",
    "recovered": "Went back",
    "withdrawn": "Withdrawn",
    "noted": "Noted",
}
_ACTS: Mapping[str, str] = {
    "acknowledge": "Taken in hand",
    "accept": "Accepted as the new normal",
    "withdraw": "Withdrawn",
    "close": "Closed",
    "mute": "Muted",
}


def timeline(
    incident: Incident, evidence: Evidence, mailed: Sequence[tuple[datetime, str]], today: date
) -> tuple[Entry, ...]:
    """Onset with its interval, first run, alarm and what followed, oldest first.

    Args:
        incident: whose days.
        evidence: its runs.
        mailed: when which mail was handed over.
        today: the last judged day, for years that need no telling.
    """
    entries = [
        *_onset(incident, today),
        *_first_run(evidence, incident),
        *(_step(step) for step in incident.transitions),
        *(_mail(at, what) for at, what in mailed),
    ]
    return tuple(sorted(entries, key=lambda entry: entry.day))


def _onset(incident: Incident, today: date) -> Iterator[Entry]:
    change = incident.dated
    when = day_range(change.onset_low, change.onset_high, today.year)
    if is_outage(incident):
        told = f"First day of the outage: {day(change.onset)}, counted and not estimated."
    elif change.kind == "exact":
        told = f"First day with the new value: {day(change.onset)}."
    else:
        told = f"Estimated onset: {day(change.onset)}; the interval, which holds 9 times in 10, is {when}."
    yield Entry(when=when, day=change.onset_low, kind="onset", text=told)


def _first_run(evidence: Evidence, incident: Incident) -> Iterator[Entry]:
    if evidence.runs:
        yield Entry(
            when=day(incident.onset),
            day=incident.onset,
            kind="suspected",
            text=f"First run from the onset on: {label(evidence.runs[0])}.",
        )


def _step(step: Transition) -> Entry:
    return Entry(when=day(step.on), day=step.on, kind=_KINDS.get(step.event, "act"), text=_told(step))


def _told(step: Transition) -> str:
    if step.event in _ACTS:
        by = f" by {label(step.by)}" if step.by else ""
        reason = f": “{one_line(step.reason)}”" if step.reason else ""
        return f"{_ACTS[step.event]}{by}{reason}."
    if step.event == "recovered" and not step.changes:
        return "Went back: what still stood, by its own figures."
    named = list(dict.fromkeys(_named(change, step.event) for change in foremost(step.changes)))
    rest = len(named) - _NAMED
    told = ", ".join(named[:_NAMED]) + (f" and {plural(rest, 'more change')}" if rest > 0 else "")
    return f"{_EVENTS[step.event]}: {told}." if told else f"{_EVENTS[step.event]}."


def _named(change: ChangePoint, event: str) -> str:
    """A change without its size, which later days make another one; what came back is named by its measure."""
    of = f" ({label(change.prompt)})" if change.prompt else ""
    return (wording(change.metric).noun if event == "recovered" else called([change])) + of


def _mail(at: datetime, what: str) -> Entry:
    return Entry(
        when=f"{day(at.date())}, {clock(at)}",
        day=at.date(),
        kind="mail",
        text=f"Mail sent: {one_line(what)}.",
    )


def coincident(incident: Incident, analysis: Analysis) -> tuple[Entry, ...]:
    """What else happened around the onset, lettered as in the drawings."""
    onset = incident.onset
    near = [note for note in _notes(incident, analysis) if abs(note.day - onset) <= AROUND]
    kept = sorted(sorted(near, key=lambda n: abs(n.day - onset))[:MOST_NOTES], key=lambda n: n.day)
    return tuple(
        Entry(
            when=day(note.day), day=note.day, kind="note", text=_note(note), letter=string.ascii_uppercase[n]
        )
        for n, note in enumerate(kept)
    )


def _notes(incident: Incident, analysis: Analysis) -> list[Annotation]:
    group = group_of(incident)
    everything = (*incident.attribution.ours, *incident.attribution.theirs, *analysis.annotations)
    return [note for note in dict.fromkeys(everything) if note.target is None or note.target in group]


def group_of(incident: Incident) -> tuple[str, ...]:
    """All targets that an incident says something of, the moved ones first."""
    found = incident.attribution
    return tuple(dict.fromkeys((*incident.targets, *found.moved, *found.flat, *found.unclear)))


def _note(note: Annotation) -> str:
    whose = {"ours": "Ours: ", "theirs": "Theirs: ", "note": ""}[note.kind]
    target = f" ({label(note.target)})" if note.target else ""
    return f"{whose}{one_line(note.text)}{target}"


def detection(incident: Incident, analysis: Analysis, budget: float | None) -> tuple[str, ...]:
    """How it was found, how long that took, and how often such a finding is wrong.

    Args:
        incident: what was found.
        analysis: how many series were judged.
        budget: opened incidents a year without a change that the configuration allows; None = not known.
    """
    change = foremost_change(incident)
    if is_outage(incident):
        return outage_detection(change)
    days = (change.raised_on - change.onset).days + 1
    taken = "on that very day" if days == 1 else f"on the {_ordinal(days)} day"
    told = [
        f"{_found(incident, change)} by this rule: {one_line(change.test)}.",
        f"Counted from the estimated onset, that is {taken} with runs to judge.",
    ]
    if len(incident.changes) > 1:
        names = dict.fromkeys(one_line(c.test) for c in incident.changes if c.test != change.test)
        also = f" Other rules: {listed(list(names), most=3)}." if names else ""
        told.append(f"{plural(len(incident.changes), 'change')} of single series belong to it.{also}")
    allowed = "" if budget is None else f" The configuration allows {budget:g} a year."
    told.append(
        f"False alarms: {plural(analysis.judged_series, 'judged series', 'judged series')} together are expected to open "
        f"{analysis.expected_false_alarms_per_year:.2f} incidents a year without any change.{allowed}"
    )
    if analysis.days_judged:
        told.append(f"{plural(analysis.days_judged, 'day')} judged so far.")
    return tuple(told)


def _found(incident: Incident, change: ChangePoint) -> str:
    """The incident may have opened by another series than the one the page puts foremost."""
    if change.raised_on == incident.opened_on:
        return f"Found on {day(change.raised_on)}"
    title = metric(change.metric).title
    return f"Opened on {day(incident.opened_on)}; {title}, foremost on this page, found on {day(change.raised_on)}"


def _ordinal(n: int) -> str:
    ending = "th" if n % 100 in {11, 12, 13} else {1: "st", 2: "nd", 3: "rd"}.get(n % 10, "th")
    return f"{count(n)}{ending}"
