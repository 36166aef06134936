"""An incident's life in words: which changes it is about, the verdict word, how sure, since when, the headline."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import TypeAlias

from canary.domain.evidence import Evidence
from canary.domain.incident import Analysis, ChangePoint, Followed, Incident, Moved, Transition
from canary.domain.series import Series
from canary.report.amounts import is_certain, range_told
from canary.report.incident_view import Status
from canary.report.movements import called, doubt_said, foremost, said, step_told
from canary.report.numbers import count, day, day_range, plural
from canary.report.outage import outage_said
from canary.report.series_chart import within
from canary.report.untrusted import label
from canary.report.view import Tone
from canary.report.wordings import wording

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


def raised(incident: Incident) -> tuple[ChangePoint, ...]:
    """The changes an incident is about, with the sizes of the days on which they were found: all but those that took one back."""
    undone = {change for step in incident.transitions if step.event == "recovered" for change in step.changes}
    return tuple(change for change in incident.changes if change not in undone) or incident.changes


def standing(incident: Incident) -> tuple[ChangePoint, ...]:
    """The changes an incident is about, with their sizes over all days since, where these are known."""
    known = followed(incident)
    return tuple(_so_far(change, known.get(key_of(change))) for change in raised(incident))


def _so_far(change: ChangePoint, known: Followed | None) -> ChangePoint:
    if known is None:
        return change
    return replace(
        change,
        before=known.before,
        after=known.after,
        effect=known.effect,
        effect_low=known.effect_low,
        effect_high=known.effect_high,
    )


_Key: TypeAlias = tuple[str, str, str, str, str, date, date, str]


def key_of(change: ChangePoint) -> _Key:
    """What a finding is, whatever its sizes."""
    series = (change.target, change.family, change.metric, change.kind, change.prompt or "")
    return (*series, change.onset, change.raised_on, change.direction)


def followed(incident: Incident) -> Mapping[_Key, Followed]:
    """What all days since say, by change."""
    return {key_of(incident.changes[one.change]): one for one in incident.followed}


def followed_of(incident: Incident, change: ChangePoint) -> Followed | None:
    """What all days since say of a change; None where only the day on which it was found is known."""
    return followed(incident).get(key_of(change))


def judged_to(analysis: Analysis, incident: Incident, today: date) -> date:
    """The last day that an incident is told of: that of its targets' last verdicts; of an outage, of the last records."""
    last = analysis.last_day or today
    if incident.kind == "availability":
        return last
    known = [analysis.judged_to[target] for target in incident.targets if target in analysis.judged_to]
    return max(known, default=last)


def foremost_change(incident: Incident) -> ChangePoint:
    """The change that is told first."""
    return foremost(standing(incident))[0]


def opening_name(incident: Incident) -> tuple[str, str]:
    """Target and name without a number, from the first day's changes alone: they stay what they are for life."""
    first = min(change.raised_on for change in incident.changes)
    opening = [change for change in raised(incident) if change.raised_on == first] or list(incident.changes)
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
    beside = ", after a change of our own" if incident.attribution.layer == "ours" else ""
    return Status(word=word, tone=tone, certainty=_certainty(incident, evidence) + beside)


def _ending(incident: Incident) -> str:
    if incident.state == "recovered":
        return f"on {day(incident.recovered_on)}" if incident.recovered_on else "all of it went back"
    act = last_act(incident, _ACTS[incident.state])
    if act is None:
        return f"it went back on {day(incident.recovered_on)}" if incident.recovered_on else ""
    return f"by {label(act.by)} on {day(act.on)}" if act.by else f"on {day(act.on)}"


def last_act(incident: Incident, event: str) -> Transition | None:
    """The last step of a kind."""
    return next((step for step in reversed(incident.transitions) if step.event == event), None)


def _certainty(incident: Incident, evidence: Evidence) -> str:
    change = foremost_change(incident)
    if change.kind == "exact":
        return _asked_again(change, evidence)
    events = [step.event for step in incident.transitions]
    first = "confirmed" if "suspected" in events else "beyond the strict threshold"
    if followed_of(incident, change) is not None and not is_certain(change.effect_low, change.effect_high):
        return f"{first} when found, not certain over all days since"
    seen = days_outside(change, evidence)
    return f"{first}, seen on {count(seen[0])} of {plural(seen[1], 'day')} since" if seen[1] else first


def _asked_again(change: ChangePoint, evidence: Evidence) -> str:
    """How sure an exact finding is; what trials asked again the same day said decides whether it is called certain."""
    mine = [one for one in evidence.rechecks if (one.target, one.metric) == (change.target, change.metric)]
    asked, shown = sum(one.asked for one in mine), sum(one.shown for one in mine)
    if not asked:
        return "certain: this value had never varied"
    if shown == asked:
        return f"certain: it had never varied, and {plural(asked, 'trial')} asked again at once {'show' if asked > 1 else 'shows'} it"
    return f"it had never varied; asked again at once, {count(shown)} of {plural(asked, 'trial')} showed it"


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
    return sum(point.beyond(last) for point in after), len(after)


def series_of(change: ChangePoint, series: Sequence[Series]) -> Series | None:
    """The series that moved."""
    key = (change.target, change.family, change.metric)
    return next((one for one in series if (one.target, one.family, one.metric) == key and one.days), None)


def since(incident: Incident, last: date) -> str:
    """The onset's interval and how many days it has lasted, up to the last judged one; for what is over, its first and last days."""
    first = incident.dated
    began = day_range(first.onset_low, first.onset_high, last.year)
    if incident.state == "opened":
        return f"since {began} ({plural(max((last - first.onset).days, 0) + 1, 'day')})"
    ended = _ended_on(incident)
    return f"from {began} until {day_range(ended, ended, last.year)}" if ended else f"from {began} on"


def _ended_on(incident: Incident) -> date | None:
    act = last_act(incident, _ACTS.get(incident.state, ""))
    if incident.recovered_on or act is None:
        return incident.recovered_on
    return act.on


def headline(incident: Incident) -> tuple[str, str]:
    """What moved, in one line of plain words, and what of it is not certain, or was while it lasted; "" where there is nothing to add."""
    name = called(standing(incident))
    change = foremost_change(incident)
    if incident.kind == "availability" and incident.state != "withdrawn":
        return _outage(incident, change)
    if incident.state == "recovered" or (incident.state == "closed" and incident.recovered_on):
        return f"Back at the level it had before: {name} is over", _had_been(incident, change)
    if incident.state in {"withdrawn", "closed", "accepted"}:
        ending = {
            "withdrawn": "no change of this target after all",
            "closed": "closed",
            "accepted": "the new normal",
        }
        beside = "" if incident.state == "withdrawn" else _had_been(incident, change)
        return f"{name[:1].upper()}{name[1:]}: {ending[incident.state]}", beside
    also, doubt = _success_beside(incident, change)
    if followed_of(incident, change) is not None and not is_certain(change.effect_low, change.effect_high):
        limits = range_told(change.effect_low, change.effect_high, change.effect_unit)
        doubt = f"Not certain over all days since: {limits}"
    return "; ".join(clause for clause in (said(change), also) if clause), doubt


def _outage(incident: Incident, change: ChangePoint) -> tuple[str, str]:
    told = outage_said(change, change.raised_on.year)
    if incident.state == "opened":
        return told, ""
    ending = "Calls are answered again" if incident.recovered_on else "Failed calls: no longer looked at"
    return ending, f"When it began: {told}"


def _had_been(incident: Incident, change: ChangePoint) -> str:
    """What an incident that is over was: `While it lasted: thinking 812 → 401 tokens; task success 80 % → 77 %`."""
    if change.before is None and change.after is None:
        return ""
    when = "Since then" if incident.state == "accepted" else "While it lasted"
    noun = (
        f"{wording(change.metric).noun} of {label(change.prompt)}"
        if change.prompt
        else wording(change.metric).noun
    )
    also, doubt = _success_beside(incident, change)
    if doubt:
        also += f" ({doubt.removeprefix('The second figure is ')})"
    told = f"{when}: {noun} {step_told(change.metric, change.before, change.after)}"
    return f"{told}; {also}" if also else told


def _success_beside(incident: Incident, change: ChangePoint) -> tuple[str, str]:
    """Task success beside another change, and its doubt; "" where it is the change itself, or not known."""
    if change.metric == "pass_rate":
        return "", ""
    known = change_of(incident, change.target, "pass_rate")
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


def change_of(incident: Incident, target: str, name: str) -> ChangePoint | None:
    """What moved of a target over all prompts, in one metric."""
    return next(
        (
            c
            for c in standing(incident)
            if (c.target, c.family, c.metric, c.prompt) == (target, "all", name, None) and c.kind != "spread"
        ),
        None,
    )
