"""What judging came to, for people: incidents, what is not judged yet, what could not have been seen."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from canary.cli.invocation import table
from canary.domain.series import metric

if TYPE_CHECKING:
    from canary.domain.incident import Analysis, ChangePoint, Incident, NotJudged, Sensitivity
    from canary.pipeline.judging import Judgement

SHOWN = 20
"""Incidents listed; the rest is counted."""
HORIZON = 7
POINTS = 100


def analysis_text(analysis: "Analysis") -> str:
    """A replay or an analysis in a few lines."""
    if analysis.first_day is None or analysis.last_day is None:
        return "No trials of scheduled runs yet: nothing to judge."
    if not analysis.days_judged and not analysis.incidents:
        span = f"{analysis.first_day} to {analysis.last_day}"
        return f"Not judged yet: the first 28 days of scheduled runs are not over ({span})."
    days = f"{analysis.days_judged} days after warm-up, {analysis.first_day} to {analysis.last_day}"
    chance = f"expected without a change: {analysis.expected_false_alarms_per_year:.2f} incidents a year"
    lines = [f"{analysis.judged_series} series judged over {days} ({chance})"]
    lines += ["", incidents_table(analysis.incidents)] if analysis.incidents else ["", "No incident."]
    for suspicion in analysis.suspicions:
        change = suspicion.change
        lines.append(
            f"Suspected: {suspicion.target}, {moved_text(change)}; extra replicates until {suspicion.until}"
        )
    lines += ["", *_not_judged(analysis.not_judged)] if analysis.not_judged else []
    lines += ["", *_not_seen(analysis.not_seen)] if analysis.not_seen else []
    return "\n".join(lines)


def judgement_text(judgement: "Judgement") -> str:
    """An analysis of the store, with what became of ids."""
    lines = [analysis_text(judgement.analysis)]
    if judgement.renumbered:
        lines += ["", "Renumbered:"]
        lines += [f"  {old or 'new'} -> {new or 'gone'}" for old, new in judgement.renumbered]
    if judgement.left_out:
        count = len(judgement.left_out)
        lines += [
            "",
            f"{count} incident{'s' * (count != 1)} in records older than those that have an id"
            " {} left out; `canary analyse --rebuild` numbers everything anew:".format(
                "is" if count == 1 else "are"
            ),
            incidents_table(judgement.left_out),
        ]
    if judgement.lost:
        ids = ", ".join(one.id for one in judgement.lost)
        lines += ["", f"Kept, although the records no longer show it: {ids}"]
    return "\n".join(lines)


def incidents_table(incidents: "Sequence[Incident]") -> str:
    """Incidents as lines, the latest first."""
    rows = [("incident", "state", "severity", "where", "since", "what moved", "layer", "most like")]
    latest = sorted(incidents, key=lambda one: (one.opened_on, one.id), reverse=True)
    rows += [
        (
            one.id,
            one.state + (", muted" if one.muted else ""),
            one.severity,
            ", ".join(one.targets),
            onset_text(one.dated),
            _moves(one),
            one.attribution.layer or "-",
            one.attribution.mechanism or "-",
        )
        for one in latest[:SHOWN]
    ]
    more = f"\nand {len(latest) - SHOWN} earlier ones" if len(latest) > SHOWN else ""
    return table(rows) + more


def onset_text(change: "ChangePoint") -> str:
    """The day of an onset, with its interval where that is wider than the day."""
    if change.onset_low == change.onset_high:
        return change.onset.isoformat()
    return f"{change.onset} ({change.onset_low:%m-%d} to {change.onset_high:%m-%d})"


def moved_text(change: "ChangePoint") -> str:
    """One change in words: `reasoning tokens -51 %`."""
    title = metric(change.metric).title
    where = "" if change.family == "all" else f" in {change.family}"
    where += f" of {change.prompt}" if change.prompt else ""
    if change.kind == "spread":
        return f"spread of {title}{where} {change.direction}"
    if change.effect is None:
        return f"{title}{where} {change.before} -> {change.after}"
    if change.effect_unit == "points":
        return f"{title}{where} {change.effect * POINTS:+.1f} points"
    return f"{title}{where} {change.effect * POINTS:+.0f} %"


def _moves(incident: "Incident") -> str:
    """The first change of each series, those of all prompts first; what came back later is no further series."""
    ordered = sorted(incident.changes, key=lambda c: c.family != "all")
    named: dict[tuple[str, str, str | None], str] = {}
    for change in ordered:
        named.setdefault((change.metric, change.family, change.prompt), moved_text(change))
    more = f" and {len(named) - 2} more" if len(named) > 2 else ""  # noqa: PLR2004 - two fit a line
    return ", ".join(list(named.values())[:2]) + more


def _not_judged(rows: "Sequence[NotJudged]") -> list[str]:
    """How many series wait, by reason."""
    by: dict[str, list[NotJudged]] = {}
    for row in rows:
        by.setdefault(row.reason, []).append(row)
    return [
        f"Not judged: {len(several)} series of {', '.join(dict.fromkeys(r.target for r in several))}: {reason}"
        for reason, several in by.items()
    ]


def _not_seen(rows: "Sequence[Sensitivity]") -> list[str]:
    """The smallest change of pass rate and tokens that a week would have shown."""
    shown = [("target", "metric", f"smallest change seen within {HORIZON} days")]
    for row in rows:
        if row.days == HORIZON and row.family == "all" and metric(row.metric).share is not None:
            size = row.minimum_detectable_effect * POINTS
            unit = "points" if row.effect_unit == "points" else "%"
            shown.append((row.target, metric(row.metric).title, f"{size:.1f} {unit}"))
    return ["What could not have been seen:", table(shown)] if len(shown) > 1 else []
