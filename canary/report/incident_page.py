"""An incident's page put together: records in, a frozen view out. Rendering adds nothing to it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from canary.domain.deployment import Member
from canary.domain.evidence import Evidence
from canary.domain.incident import Analysis, ChangePoint, Incident, Moved
from canary.domain.series import METRICS
from canary.report.amounts import is_certain, range_told
from canary.report.cost_view import cost_facts
from canary.report.evidence_charts import charts
from canary.report.in_numbers import in_numbers, window_told
from canary.report.incident_view import Glance, Human, IncidentPage, Pair
from canary.report.ladder import CONFIRMATION, ladder, rejected, suspects
from canary.report.levers import Lever, levers, own_acts
from canary.report.life import (
    change_of,
    figure_of,
    foremost_change,
    headline,
    judged_to,
    opening_name,
    since,
    standing,
    status,
)
from canary.report.movements import ARROW, step_told
from canary.report.numbers import day, instant, listed, percent, usd, weekday_instant
from canary.report.outage import calls_told, is_outage, outage_impact, outage_levers, outage_where
from canary.report.people import product, products, where
from canary.report.summary import summary
from canary.report.timeline import coincident, detection, group_of, timeline
from canary.report.unseen import unseen
from canary.report.untrusted import LABEL, excerpt, label, one_line
from canary.report.view import Fact
from canary.report.worddiff import compared

_IMPACT = ("pass_rate", "cost_per_pass", "latency_s", "failure_rate")
_RUNS = 40
_ASKED = 700


@dataclass(frozen=True, kw_only=True, slots=True)
class Setting:
    """What a page needs to know beside the incident itself; every field may be left out.

    Attributes:
        members: target -> its place.
        next_update: when the next run is due.
        base_url: where pages are hosted; None = nowhere.
        hours: when runs start, as a phrase: `daily at 06:00 UTC`.
        budget: opened incidents a year without a change that are allowed.
        mailed: when which mail about the incident was handed over.
        banner: said over everything, such as `Simulated: …`.
        following: a moment -> the first scheduled slot after it; None where no schedule is known.
    """

    members: Mapping[str, Member] = field(default_factory=dict)
    next_update: datetime | None = None
    base_url: str | None = None
    hours: str = ""
    budget: float | None = None
    mailed: Sequence[tuple[datetime, str]] = ()
    banner: str = ""
    following: Callable[[datetime], datetime | None] = lambda _: None


def incident_page(
    analysis: Analysis, incident: Incident, evidence: Evidence, now: datetime, setting: Setting
) -> IncidentPage:
    """Everything that is said about an incident.

    Args:
        analysis: what else was found and what could not be.
        incident: with at least one change.
        evidence: series, answers and distributions behind it.
        now: UTC.
        setting: the deployment around it.
    """
    notes = coincident(incident, analysis)
    return IncidentPage(
        id=label(incident.id),
        title=title(incident),
        banner=one_line(setting.banner),
        verdict=incident.verdict,
        glance=glance(analysis, incident, evidence, now, setting),
        summary=summary(analysis, incident, now, setting.members, evidence),
        impact=tuple(_impact(incident, evidence)),
        impact_human=(Human(field="affected", question="Which users, teams and workloads are affected?"),),
        numbers=in_numbers(incident, evidence),
        timeline=timeline(incident, evidence, setting.mailed, judged_to(analysis, incident, now.date())),
        coincident=notes,
        detection=detection(incident, analysis, setting.budget),
        charts=charts(incident, evidence, notes),
        pairs=tuple(_pairs(evidence)),
        ladder=ladder(incident, setting.members),
        suspects=suspects(incident.attribution),
        rejected=rejected(incident.attribution),
        unseen=unseen(
            analysis,
            group_of(incident),
            incident.attribution,
            one_line(setting.hours),
            out=is_outage(incident),
        ),
        levers=_levers(incident, evidence, setting),
        acts=own_acts(incident),
        humans=(_owner(incident), *_HUMANS),
        appendix=tuple(_appendix(analysis, incident, evidence)),
        commands=(f"canary report --incident {label(incident.id)}", "canary analyse --rebuild"),
        written=Fact(label="Page written", text=instant(now), moment=now),
        written_at=now,
    )


def _levers(incident: Incident, evidence: Evidence, setting: Setting) -> tuple[Lever, ...]:
    special = tuple(outage_levers(incident, evidence)) if is_outage(incident) else ()
    return special + levers(incident, setting.members)


def _owner(incident: Incident) -> Human:
    by = incident.acknowledged_by
    return Human(field="owner", question="Who has it in hand?", known=one_line(by) if by else "")


def title(incident: Incident) -> str:
    """Target and matter without a number: the same for the incident's whole life."""
    target, name = opening_name(incident)
    return f"{one_line(target, _TARGET)}: {name}"


def subject_of(incident: Incident) -> str:
    """The one subject of all mail about an incident: mail programs thread on it, so nothing in it ever changes."""
    return f"[canary] {title(incident)} ({label(incident.id)})"


_TARGET = 40
_HUMANS = (
    CONFIRMATION,
    Human(field="actions", question="Action items: what, who, until when, which ticket?"),
    Human(field="well", question="What went well?"),
    Human(field="badly", question="What went badly?"),
    Human(field="lucky", question="Where were we lucky?"),
    Human(field="factors", question="Contributing factors, decisions, messages to others?"),
)


def glance(
    analysis: Analysis, incident: Incident, evidence: Evidence, now: datetime, setting: Setting
) -> Glance:
    """The first screen."""
    change = foremost_change(incident)
    found = _levers(incident, evidence, setting)
    again = setting.next_update
    told, doubt = headline(incident)
    last = judged_to(analysis, incident, now.date())
    return Glance(
        status=status(incident, evidence),
        product=products(incident.targets, setting.members) or product(change.target, setting.members),
        target=listed([label(target) for target in incident.targets], most=2),
        since=since(incident, last),
        headline=told,
        doubt=doubt,
        where=outage_where(incident, evidence, setting.members)
        if is_outage(incident)
        else where(incident.attribution, setting.members),
        lever=found[0] if found else None,
        cost=_cost(incident, evidence),
        next_update=weekday_instant(again) if again else "",
        figures=_figures(incident, last),
        calls=calls_told(incident, evidence) if is_outage(incident) else "",
    )


def _figures(incident: Incident, last: date) -> str:
    window = window_told(incident)
    return f"Figures: {window}. Judged up to {day(last)}." if window else f"Judged up to {day(last)}."


def _cost(incident: Incident, evidence: Evidence) -> str:
    told = cost_told(incident, evidence)
    return told if incident.state == "opened" or not told else f"{told}, while it lasted"


def cost_told(incident: Incident, evidence: Evidence) -> str:
    """`$0.41 → $0.36 (12 % lower, with less work for each task)`; "" where a price is unknown."""
    target = foremost_change(incident).target
    own = change_of(incident, target, "cost_per_pass")
    known = evidence.cost_per_pass.get(target, (None, None))
    before, after = known if own is None else (own.before, own.after)
    if not isinstance(before, float | int) or not isinstance(after, float | int) or before <= 0:
        return ""
    told = f"{usd(before)} {ARROW} {usd(after)}"
    ratio = after / before - 1
    if round(ratio * 100) == 0:
        return f"{told} (about the same)"
    size = f"{percent(abs(ratio))} {'lower' if ratio < 0 else 'higher'}"
    less = {c.metric for c in standing(incident) if c.target == target and c.direction == "down"}
    works_less = ratio < 0 and less & {"output_tokens", "reasoning_tokens", "tool_calls"}
    return f"{told} ({size}{', with less work for each task' if works_less else ''})"


def _impact(incident: Incident, evidence: Evidence) -> Iterator[Fact]:
    target = foremost_change(incident).target
    if is_outage(incident):
        yield from outage_impact(incident, evidence)
    for name in () if is_outage(incident) else _IMPACT:
        figure = change_of(incident, target, name) or figure_of(incident, target, name)
        if figure is not None:
            yield Fact(label=_title(name), text=_sized(figure))
        elif name == "cost_per_pass" and (cost := cost_told(incident, evidence)):
            yield Fact(label=_title(name), text=cost)
    yield from _costs(incident, evidence, target)
    yield Fact(label="Severity", text=f"{incident.severity}, from the size of the consequence alone")


def _costs(incident: Incident, evidence: Evidence, target: str) -> Iterator[Fact]:
    """What stands behind a changed cost: use and prices apart, prices that are not known; the cost itself where no line told it."""
    if is_outage(incident) or target not in evidence.costs:
        return
    told = bool(cost_told(incident, evidence)) or figure_of(incident, target, "cost_per_pass") is not None
    for fact in cost_facts(evidence.costs[target]):
        if fact.label != _title("cost_per_pass") or not told:
            yield fact


def _sized(figure: ChangePoint | Moved) -> str:
    told = step_told(figure.metric, figure.before, figure.after)
    limits = range_told(figure.effect_low, figure.effect_high, figure.effect_unit)
    doubt = "" if is_certain(figure.effect_low, figure.effect_high) else ", not certain"
    return f"{told} ({limits}{doubt})" if limits else told


def _title(name: str) -> str:
    found = METRICS[name].title
    return "Task success" if name == "pass_rate" else f"{found[:1].upper()}{found[1:]}"


def _pairs(evidence: Evidence) -> Iterator[Pair]:
    for pair in evidence.pairs[:3]:
        kept = pair.before is not None and pair.after is not None
        asked = excerpt(pair.asked, head=_ASKED, limit=_ASKED)
        yield Pair(
            prompt=label(pair.prompt),
            target=label(pair.target),
            asked=asked.head + (" …" if asked.omitted or asked.rest else ""),
            check=one_line(pair.check) if pair.check else "",
            rates=f"passed in {percent(pair.passed_before)} of trials before, {percent(pair.passed_after)} after",
            difference=compared(pair.before or "", pair.after or "") if kept else None,
            runs=(label(pair.run_before), label(pair.run_after)),
        )


def _appendix(analysis: Analysis, incident: Incident, evidence: Evidence) -> Iterator[Fact]:
    yield Fact(
        label="Method",
        text="daily scores stratified by prompt, a sequential test of each judged series, exact rules for values that never "
        "vary; docs/statistics.md",
    )
    if analysis.first_day and analysis.last_day:
        yield Fact(label="Records", text=f"{day(analysis.first_day)} to {day(analysis.last_day)}")
    versions = [f"{label(name)} {label(version)}" for name, version in sorted(evidence.versions.items())]
    if versions:
        yield Fact(label="Versions", text=listed(versions, most=12))
    if evidence.runs:
        runs = [label(run) for run in evidence.runs]
        yield Fact(label="Runs since the onset", text=listed(runs, most=_RUNS, what="more runs"))
    if evidence.data_hash:
        yield Fact(label="Hash of the records", text=one_line(evidence.data_hash, LABEL))
    yield Fact(label="Twin group", text=label(incident.group))
    yield Fact(label="Incident key", text=one_line(incident.key, 200))
