"""Two sentences that say what moved and what did not. Facts joined, never explained."""

from collections.abc import Mapping
from datetime import date, datetime

from canary.domain.deployment import Member
from canary.domain.evidence import Evidence
from canary.domain.incident import Analysis, ChangePoint, Incident
from canary.report.amounts import difference_told, is_certain, range_told
from canary.report.life import change_of, foremost_change, judged_to, standing, success_of
from canary.report.movements import said, step_told
from canary.report.numbers import JOIN, day, day_range, listed, plural
from canary.report.outage import is_outage, outage_summary
from canary.report.people import product
from canary.report.unseen import WEEK_DAYS, smallest
from canary.report.untrusted import label


def summary(
    analysis: Analysis,
    incident: Incident,
    now: datetime,
    members: Mapping[str, Member],
    evidence: Evidence | None = None,
) -> tuple[str, ...]:
    """What moved, by how much, where and since when; what stands and what did not move. Of an outage: what failed, and no more."""
    change = foremost_change(incident)
    last = judged_to(analysis, incident, now.date())
    if is_outage(incident):
        return outage_summary(incident, evidence, change, last.year)
    first = f"{product(change.target, members)}: {_moved(change)} {_when(incident, last)}{_others(incident)}."
    return (first, f"{_steady(incident)}{_success(analysis, incident, change, last)}")


def _moved(change: ChangePoint) -> str:
    told = said(change)
    told = told[:1].lower() + told[1:]
    if change.effect is None or isinstance(change.before, str):
        return told
    exact = change.kind == "exact"
    limits = "" if exact else range_told(change.effect_low, change.effect_high, change.effect_unit)
    size = difference_told(change.effect, change.effect_unit)
    figures = (
        [] if "\N{RIGHTWARDS ARROW}" in told else [step_told(change.metric, change.before, change.after)]
    )
    figures += [f"{size}, 95{JOIN}% interval {limits}"] if limits else [size]
    return f"{told} ({', '.join(figures)})"


def _when(incident: Incident, last: date) -> str:
    began = day_range(incident.dated.onset_low, incident.dated.onset_high, last.year)
    if incident.state in {"recovered", "closed"} and incident.recovered_on:
        return f"from {began} until {day_range(incident.recovered_on, incident.recovered_on, last.year)}"
    return f"since {began}"


def _others(incident: Incident) -> str:
    more = len({(c.target, c.family, c.metric, c.prompt) for c in standing(incident)}) - 1
    return f"; {plural(more, 'further series', 'further series')} moved too" if more > 0 else ""


def _steady(incident: Incident) -> str:
    flat = [label(target) for target in incident.attribution.flat]
    return (
        f"{listed(flat, most=3)} {'moves' if len(flat) == 1 else 'move'} no more than by chance. "
        if flat
        else ""
    )


def _success(analysis: Analysis, incident: Incident, change: ChangePoint, last: date) -> str:
    if change.metric == "pass_rate":
        return f"On {day(last)} it {'stands' if incident.state == 'opened' else 'no longer stands'}."
    found = change_of(incident, change.target, "pass_rate") or success_of(incident, change.target)
    if found is None:
        least = smallest(analysis, change.target, "pass_rate", WEEK_DAYS)
        return (
            f"Of task success, a move of {least} or more within {plural(WEEK_DAYS, 'day')} would have been seen; none was."
            if least
            else "Task success was not measured."
        )
    limits = range_told(found.effect_low, found.effect_high, found.effect_unit)
    step = step_told("pass_rate", found.before, found.after)
    if is_certain(found.effect_low, found.effect_high):
        return f"Task success {step} ({limits})."
    return f"Task success {step}; these trials leave everything from {limits} open."
