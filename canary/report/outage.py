"""An outage in words: counted calls, by kind, from the first failure to the last. Nothing here is about the quality of an answer."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from canary.domain.deployment import Member
from canary.domain.evidence import Calls, Evidence
from canary.domain.incident import ChangePoint, Incident
from canary.report.failures import WORDINGS, short_kind
from canary.report.incident_view import CallRow, KindRow
from canary.report.levers import Lever
from canary.report.numbers import clock, count, day, day_range, instant, listed, percent, plural
from canary.report.people import places_told
from canary.report.untrusted import label, one_line
from canary.report.view import Fact

ANSWERS = 0.05
"""A target of which fewer calls fail than this is one that answers."""

KINDS = 4
"""Kinds named in a line."""

NO_VERDICT = "A failed call is no wrong answer: nothing is said of quality while calls fail."


def is_outage(incident: Incident) -> bool:
    """Whether it is about calls that fail, and not about answers."""
    return incident.kind == "availability"


def outage_said(change: ChangePoint, year: int) -> str:
    """`71 % of calls failed on 15 March, 0.4 % usually`."""
    if not isinstance(change.before, float | int) or not isinstance(change.after, float | int):
        return "Calls fail"
    when = day_range(change.raised_on, change.raised_on, year)
    return f"{percent(change.after)} of calls failed on {when}, {percent(change.before)} usually"


def calls_of(incident: Incident, evidence: Evidence) -> tuple[Calls, ...]:
    """Counted calls of the targets that do not answer."""
    return tuple(one for one in evidence.calls if one.target in incident.targets)


def calls_told(incident: Incident, evidence: Evidence) -> str:
    """`86 of 120 failed (70 rate limited, 16 timed out); first 15 March, 06:01 UTC, last 06:40:12 UTC`; "" where not counted."""
    known = calls_of(incident, evidence)
    failed = sum(one.failed for one in known)
    if not failed:
        return ""
    told = f"{count(failed)} of {count(sum(one.trials for one in known))} failed"
    kinds = listed(
        [f"{count(n)} {short_kind(kind)}" for kind, n in kinds_of(known)], most=KINDS, what="more kinds"
    )
    return f"{told} ({kinds}); {_between(known)}"


def kinds_of(calls: Sequence[Calls]) -> list[tuple[str, int]]:
    """Kinds of failure with their number, the most frequent first."""
    total: dict[str, int] = {}
    for one in calls:
        for kind, n in one.kinds:
            total[kind] = total.get(kind, 0) + n
    return sorted(total.items(), key=lambda item: (-item[1], item[0]))


def _between(calls: Sequence[Calls]) -> str:
    first = min(one.first_failed for one in calls if one.first_failed)
    last = max(one.last_failed for one in calls if one.last_failed)
    until = clock(last) if last.date() == first.date() else instant(last)
    return f"first {instant(first)}, last {until}"


def outage_where(incident: Incident, evidence: Evidence, members: Mapping[str, Member]) -> str:
    """Who does not answer, and which of its twins did in the same days."""
    told = f"{places_told(incident.targets, members)}."
    others = [one for one in evidence.calls if one.target not in incident.targets and one.trials]
    answer = _answering(incident, evidence)
    if answer:
        return f"{told} Answered in the same days: {places_told(answer, members, capital=False)}."
    return (
        f"{told} No other target of its group answered."
        if others
        else f"{told} It has no twin to compare with."
    )


_OURS: Mapping[str, Lever] = {
    "authentication": Lever(advice="check the target's key", command="canary doctor --live"),
    "quota": Lever(advice="add credit, or wait for the quota's reset"),
    "not_found": Lever(
        advice="check the target's model and address in canary.toml", command="canary doctor --live"
    ),
    "invalid_request": Lever(
        advice="check the target's options in canary.toml; the message below names the parameter"
    ),
    "rate_limited": Lever(advice="lower the target's concurrency, or ask the provider for a higher limit"),
    "connection": Lever(
        advice="check network and proxy of the machine that runs canary", command="canary doctor --live"
    ),
}
"""Kind of failure -> what is in the reader's own hands."""


def outage_levers(incident: Incident, evidence: Evidence) -> Iterator[Lever]:
    """What helps against the most frequent kind, and who answers instead; none once it is over."""
    if incident.state != "opened":
        return
    # That the rest was not asked is our doing and no reason of the outage.
    kinds = [one for one in kinds_of(calls_of(incident, evidence)) if one[0] != "circuit_open"]
    if kinds and kinds[0][0] in _OURS:
        yield _OURS[kinds[0][0]]
    others = _answering(incident, evidence)
    if others:
        yield Lever(
            advice=f"send the traffic to {listed([label(name) for name in others], most=2)}, answering in the same days"
        )


def _answering(incident: Incident, evidence: Evidence) -> list[str]:
    others = [one for one in evidence.calls if one.target not in incident.targets and one.trials]
    return [one.target for one in others if one.failed / one.trials < ANSWERS]


def outage_summary(
    incident: Incident, evidence: Evidence | None, change: ChangePoint, year: int
) -> tuple[str, str]:
    """Two sentences: what failed against what usually does, and what that does not say."""
    known = calls_of(incident, evidence) if evidence is not None else ()
    if not any(one.trials for one in known):
        return f"{_who(incident)}: {outage_said(change, year)}.", NO_VERDICT
    failed, asked = (sum(getattr(one, name) for one in known) for name in ("failed", "trials"))
    usual, before = (sum(getattr(one, name) for one in known) for name in ("usual_failed", "usual_trials"))
    days = day_range(min(one.first_day for one in known), max(one.last_day for one in known), year)
    against = f", against {count(usual)} of {count(before)} in the 28 days before" if before else ""
    told = f"{_who(incident)}: {count(failed)} of {plural(asked, 'call')} failed ({days}){against}."
    return told, NO_VERDICT


def _who(incident: Incident) -> str:
    return listed([label(target) for target in incident.targets], most=2)


def outage_impact(incident: Incident, evidence: Evidence) -> Iterator[Fact]:
    """Counted calls, first and last, and what it is not."""
    known = calls_of(incident, evidence)
    if known:
        failed, asked = sum(one.failed for one in known), sum(one.trials for one in known)
        yield Fact(label="Calls that failed", text=f"{count(failed)} of {count(asked)}")
        sent = [one.attempts for one in known]
        if all(n is not None for n in sent):
            yield Fact(
                label="Requests sent, retries included", text=count(sum(n for n in sent if n is not None))
            )
        yield from _moments(known)
    yield Fact(label="Quality", text="no verdict: failed calls are not graded, and enter no pass rate")


def _moments(calls: Sequence[Calls]) -> Iterator[Fact]:
    for title, moments, pick in (
        ("First failed call", [one.first_failed for one in calls], min),
        ("Last failed call", [one.last_failed for one in calls], max),
        ("Last answer", [one.last_answered for one in calls], max),
    ):
        known: list[datetime] = [moment for moment in moments if moment is not None]
        if known:
            yield Fact(label=title, text=instant(pick(known)), moment=pick(known))
        elif title == "Last answer":
            yield Fact(label=title, text="none since it began")


def call_rows(evidence: Evidence) -> tuple[CallRow, ...]:
    """Every target of the group, those that fail first."""
    ordered = sorted(
        evidence.calls, key=lambda one: (-(one.failed / one.trials if one.trials else 0.0), one.target)
    )
    return tuple(
        CallRow(
            target=label(one.target),
            days=day_range(one.first_day, one.last_day, one.last_day.year),
            asked=count(one.trials),
            failed=f"{count(one.failed)} ({percent(one.failed / one.trials)})"
            if one.trials
            else "none asked",
            usual=f"{count(one.usual_failed)} of {count(one.usual_trials)}"
            if one.usual_trials
            else "not known",
            first=instant(one.first_failed) if one.first_failed else "none failed",
            last=instant(one.last_failed) if one.last_failed else "none failed",
            answered=instant(one.last_answered) if one.last_answered else "none since",
        )
        for one in ordered
    )


def kind_rows(incident: Incident, evidence: Evidence) -> tuple[KindRow, ...]:
    """What went wrong, the most frequent first, with a message and what to do."""
    known = calls_of(incident, evidence)
    messages = {kind: text for one in reversed(known) for kind, text in one.messages}
    return tuple(
        KindRow(
            kind=WORDINGS[kind].title if kind in WORDINGS else label(kind) or "No reason stated",
            calls=count(n),
            message=one_line(messages.get(kind, "")),
            remedy=WORDINGS[kind].remedy if kind in WORDINGS else "",
        )
        for kind, n in kinds_of(known)
    )


def outage_detection(change: ChangePoint) -> tuple[str, ...]:
    """Counted, not tested."""
    return (
        f"Found on {day(change.raised_on)} by this rule: {one_line(change.test)}.",
        "Failed calls are counted, not tested: this spends nothing of the budget of false alarms.",
    )
