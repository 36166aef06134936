"""The weekly digest: proof that the monitor lives, what opened and closed, and above which size nothing was seen.

Everything is told as it stood at the end of the week, so that the digest of a past week says the same whenever it is made.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from canary.domain.deployment import Member
from canary.domain.incident import Alarm, Analysis, Incident
from canary.domain.series import Series
from canary.domain.trial import Run
from canary.report.amounts import difference_told
from canary.report.as_of import as_of, series_until
from canary.report.findings import Finding, Findings, Week, finding, findings
from canary.report.incident_page import Setting
from canary.report.life import judged_to
from canary.report.movements import foremost, said
from canary.report.numbers import JOIN, count, day, day_range, instant, listed, percent, plural
from canary.report.unseen import WEEK_DAYS, size_told
from canary.report.untrusted import label, one_line
from canary.report.view import Fact, State

NOTED = 12


@dataclass(frozen=True, kw_only=True, slots=True)
class Steady:
    """A target in which nothing stands, and the smallest change that a week would have shown."""

    target: str
    success: str
    others: str


@dataclass(frozen=True, kw_only=True, slots=True)
class DigestPage:
    """One week.

    Attributes:
        week: which.
        title: for people, with its days and the day as of which everything is told.
        state: whether the monitor ran.
        headline: what the week came to.
        runs: how many days have a complete run, and which have none.
        opened, over: incidents of this week.
        found: what stood at the end of the week.
        noted: improvements and what was only noted.
        steady: targets without a finding.
        facts: cost and counts.
    """

    week: Week
    title: str
    banner: str
    state: State
    headline: str
    runs: tuple[str, ...]
    opened: tuple[Finding, ...]
    over: tuple[Finding, ...]
    found: Findings
    noted: tuple[str, ...]
    noted_more: int
    steady: tuple[Steady, ...]
    facts: tuple[Fact, ...]
    written: Fact


def digest_page(
    analysis: Analysis,
    runs: Sequence[Run],
    week: Week,
    now: datetime,
    setting: Setting,
    series: Sequence[Series] = (),
) -> DigestPage:
    """What a week came to.

    Args:
        analysis: up to now.
        runs: all runs, in any order.
        week: which week; the running one is told as far as it has come.
        now: UTC.
        setting: the deployment around it.
        series: pass rates, for the strip.
    """
    members, then = setting.members, as_of(analysis, week.last)
    mine = [run for run in runs if week.first <= run.day <= week.last and run.trigger == "schedule"]
    end = min(week.last, now.date())
    found = findings(then, end, series_until(series, week.last), members)
    missing = _missing(mine, week, now.date())
    noted = tuple(_noted(then, week))
    return DigestPage(
        week=week,
        title=_title(week, then, now),
        banner=one_line(setting.banner),
        state=_state(mine, missing),
        headline=_headline(found),
        runs=tuple(_runs(mine, missing)),
        opened=_of(then, [one for one in then.incidents if week.holds(one.opened_on)], end, members),
        over=_of(then, [one for one in then.incidents if _ended_in(one, week)], end, members),
        found=found,
        noted=noted[:NOTED],
        noted_more=max(0, len(noted) - NOTED),
        steady=tuple(_steady(then)),
        facts=tuple(_facts(then, mine)),
        written=Fact(label="Page written", text=instant(now), moment=now),
    )


def _title(week: Week, then: Analysis, now: datetime) -> str:
    """`Week 2026-W11, 9 to 15 March 2026, as it stood on 15 March`."""
    stood = min(week.last, then.last_day or now.date())
    days = day_range(week.first, week.last, 0)
    return f"Week {week.name}, {days}, as it stood on {day_range(stood, stood, week.last.year)}"


def digest_subject(page: DigestPage) -> str:
    """`[canary] weekly: 2 open, 9 targets steady (2026-W17)`."""
    return f"[canary] weekly: {page.headline} ({page.week.name})".replace(JOIN, " ")


def _missing(runs: Sequence[Run], week: Week, today: date) -> list[date]:
    done = {run.day for run in runs if run.status == "complete"}
    return [one for one in week.days() if one <= today and one not in done]


def _state(runs: Sequence[Run], missing: Sequence[date]) -> State:
    if not any(run.status == "complete" for run in runs):
        return State(word="No run all week", tone="bad")
    if missing:
        return State(word=f"{plural(len(missing), 'day')} without a run", tone="warn")
    return State(word="Ran every day", tone="good")


def _headline(found: Findings) -> str:
    return f"{count(len(found.open))} open, {plural(found.steady, 'target')} steady"


def _runs(runs: Sequence[Run], missing: Sequence[date]) -> Iterator[str]:
    complete = len({run.day for run in runs if run.status == "complete"})
    yield f"{plural(complete, 'day')} of this week {'has' if complete == 1 else 'have'} a complete scheduled run."
    if missing:
        yield f"Without one: {listed([day(one) for one in missing])}. Nothing can be said of these days."


def _of(
    then: Analysis, chosen: Sequence[Incident], today: date, members: Mapping[str, Member]
) -> tuple[Finding, ...]:
    return tuple(finding(one, judged_to(then, one, today), members) for one in chosen)


_ENDS = frozenset({"recovered", "withdrawn", "withdraw", "accept", "close"})


def _ended_in(incident: Incident, week: Week) -> bool:
    """Whether it stands no more, and came to its end in that week."""
    ends = [step.on for step in incident.transitions if step.event in _ENDS and step.state != "opened"]
    return (
        incident.state != "opened"
        and bool(ends)
        and week.holds(min(ends) if incident.recovered_on else ends[-1])
    )


def _alarms(analysis: Analysis, week: Week) -> list[Alarm]:
    return [alarm for alarm in analysis.alarms if week.first <= alarm.raised_on <= week.last]


def _noted(analysis: Analysis, week: Week) -> Iterator[str]:
    for alarm in _alarms(analysis, week):
        if alarm.event == "suspected":
            for change in foremost(alarm.changes):
                yield f"{day(alarm.raised_on)}, {label(change.target)}: {said(change)}; suspected."
        if alarm.event == "noted":
            for change in foremost(alarm.changes):
                size = difference_told(change.effect, change.effect_unit)
                told = f" ({size})" if size else ""
                yield f"{day(alarm.raised_on)}, {label(change.target)}: {said(change)}{told}."


def _steady(analysis: Analysis) -> Iterator[Steady]:
    week = [one for one in analysis.not_seen if one.days == WEEK_DAYS and one.family == "all"]
    moved = {target for one in analysis.incidents if one.state == "opened" for target in one.targets}
    for target in sorted({one.target for one in week} - moved):
        own = {one.metric: one for one in week if one.target == target}
        rest = sorted(
            one.minimum_detectable_effect for name, one in own.items() if one.effect_unit == "ratio"
        )
        others = f"tokens, calls and times: {percent(rest[0])} to {percent(rest[-1])}" if rest else ""
        yield Steady(
            target=label(target),
            success=size_told(own.get("pass_rate")).removeprefix("±"),
            others=others,
        )


def _facts(analysis: Analysis, runs: Sequence[Run]) -> Iterator[Fact]:
    yield Fact(label="Scheduled runs", text=count(len(runs)))
    yield Fact(label="Judged series", text=count(analysis.judged_series))
    yield Fact(
        label="False alarms expected",
        text=f"{analysis.expected_false_alarms_per_year:.2f} a year over all of them",
    )
