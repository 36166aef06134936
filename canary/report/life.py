"""An incident's life in words: which changes it is about, the verdict word, how sure, since when, the headline."""

from collections.abc import Mapping, Sequence
from datetime import date

from canary.domain.evidence import Evidence
from canary.domain.incident import ChangePoint, Incident, Moved, Transition
from canary.domain.series import Series
from canary.report.incident_view import Status
from canary.report.movements import called, doubt_said, foremost, said, step_told
from canary.report.numbers import count, day, day_range, plural
from canary.report.series_chart import Point, within
from canary.report.untrusted import label
from canary.report.view import Tone

_STATES: Mapping[str, tuple[str, Tone]] = {
    "recovered": ("RECOVERED", "good"),
    "accepted": ("ACCEPTED", "plain"),
    "withdrawn": ("WITHDRAWN", "plain"),
    "closed": ("CLOSED", "plain"),
}
_VERDICTS: Mapping[str, tuple[str, Tone]] = {
    "degradation": ("DEGRADED", "bad"),
    "change": ("CHANGED", "warn"),
    "improvement": ("IMPROVED", "good"),
}
_ACTS: Mapping[str, str] = {"accepted": "accept", "withdrawn": "withdraw", "closed": "close"}


def standing(incident: Incident) -> tuple[ChangePoint, ...]:
    """The changes an incident is about: all but those that took one back."""
    undone = {change for step in incident.transitions if step.event == "recovered" for change in step.changes}
    return tuple(change for change in incident.changes if change not in undone) or incident.changes


def foremost_change(incident: Incident) -> ChangePoint:
    """The change that is told first."""
    return foremost(standing(incident))[0]


def opening_name(incident: Incident) -> tuple[str, str]:
    """Target and name without a number, from the first day's changes alone: they stay what they are for life."""
    first = min(change.raised_on for change in incident.changes)
    opening = [change for change in standing(incident) if change.raised_on == first] or list(incident.changes)
    return foremost(opening)[0].target, called(opening)


def status(incident: Incident, evidence: Evidence) -> Status:
    """The verdict word and how sure it is."""
    if incident.state in _STATES:
        word, tone = _STATES[incident.state]
        return Status(word=word, tone=tone, certainty=_ending(incident))
    if incident.kind == "availability":
        return Status(word="NOT ANSWERING", tone="bad", certainty="says nothing of quality")
    if incident.kind == "ours":
        return Status(word="CHANGED BY US", tone="plain", certainty="our own side")
    word, tone = _VERDICTS[incident.verdict]
    return Status(word=word, tone=tone, certainty=_certainty(incident, evidence))


def _ending(incident: Incident) -> str:
    if incident.state == "recovered":
        return f"on {day(incident.recovered_on)}" if incident.recovered_on else "all of it went back"
    act = last_act(incident, _ACTS[incident.state])
    if act is None:
        return ""
    return f"by {label(act.by)} on {day(act.on)}" if act.by else f"on {day(act.on)}"


def last_act(incident: Incident, event: str) -> Transition | None:
    """The last step of a kind."""
    return next((step for step in reversed(incident.transitions) if step.event == event), None)


def _certainty(incident: Incident, evidence: Evidence) -> str:
    change = foremost_change(incident)
    if change.kind == "exact":
        return "certain: this value had never varied"
    events = [step.event for step in incident.transitions]
    first = "confirmed" if "suspected" in events else "beyond the strict threshold"
    seen = days_outside(change, evidence)
    return f"{first}, seen on {count(seen[0])} of {plural(seen[1], 'day')} since" if seen[1] else first


def days_outside(change: ChangePoint, evidence: Evidence) -> tuple[int, int]:
    """Days since the onset on which a changed series lies outside its expected range, and days measured; (0, 0) unknown."""
    series = series_of(change, evidence.series)
    if series is None:
        return 0, 0
    split = change.onset
    # The range of the epoch before the change is what the days since are held against.
    before = [p for p in within(series, date.min, split) if p.day < split and p.low is not None]
    after = [p for p in within(series, split, date.max) if p.value is not None]
    if not before or not after:
        return 0, 0
    last = before[-1]
    return sum(_beyond(point, last) for point in after), len(after)


def _beyond(point: Point, reference: Point) -> bool:
    value, low, high = point.value, reference.low, reference.high
    return value is not None and low is not None and high is not None and not low <= value <= high


def series_of(change: ChangePoint, series: Sequence[Series]) -> Series | None:
    """The series that moved."""
    key = (change.target, change.family, change.metric)
    return next((one for one in series if (one.target, one.family, one.metric) == key and one.days), None)


def since(incident: Incident, today: date) -> str:
    """The onset's interval and how long it lasted; for what is over, its first and last days."""
    first = min(standing(incident), key=lambda change: (change.onset, change.onset_low))
    began = day_range(first.onset_low, first.onset_high, today.year)
    if incident.state == "opened":
        days = (today - first.onset).days
        return f"since {began} ({plural(days, 'day') if days > 0 else 'today'})"
    ended = incident.recovered_on or incident.transitions[-1].on if incident.transitions else None
    return f"from {began} until {day_range(ended, ended, today.year)}" if ended else f"from {began} on"


def headline(incident: Incident) -> tuple[str, str]:
    """What moved, in one line of plain words, and what of it is not certain; "" where all is."""
    name = called(standing(incident))
    if incident.state == "recovered":
        return f"Back at the level it had before: {name} is over", ""
    if incident.state in {"withdrawn", "closed", "accepted"}:
        ending = {
            "withdrawn": "no change of this target after all",
            "closed": "closed",
            "accepted": "the new normal",
        }
        return f"{name[:1].upper()}{name[1:]}: {ending[incident.state]}", ""
    change = foremost_change(incident)
    also, doubt = _success_beside(incident, change)
    return "; ".join(clause for clause in (said(change), also) if clause), doubt


def _success_beside(incident: Incident, change: ChangePoint) -> tuple[str, str]:
    """Task success beside another change, and its doubt; "" where it is the change itself, or not known."""
    if change.metric == "pass_rate":
        return "", ""
    known = next((c for c in standing(incident) if _is_success(c, change.target)), None)
    if known is not None:
        return f"task success {step_told('pass_rate', known.before, known.after)}", ""
    found = success_of(incident, change.target)
    if found is None:
        return "", ""
    doubt = doubt_said(found)
    return (
        f"task success {step_told('pass_rate', found.before, found.after)}",
        f"The second figure is {doubt}" if doubt else "",
    )


def success_of(incident: Incident, target: str) -> Moved | None:
    """How far task success of a target moved around the onset."""
    return figure_of(incident, target, "pass_rate")


def figure_of(incident: Incident, target: str, name: str) -> Moved | None:
    """A figure of a target over all prompts."""
    return next(
        (m for m in incident.moved if m.target == target and m.family == "all" and m.metric == name), None
    )


def _is_success(change: ChangePoint, target: str) -> bool:
    return change.target == target and change.metric == "pass_rate" and change.family == "all"
