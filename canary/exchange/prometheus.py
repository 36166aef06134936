"""What is known, as Prometheus text: for the node exporter's textfile collector, or a push gateway.

Label names follow the OpenTelemetry conventions for generative AI where they have one, with dots written as underscores:
`gen_ai.provider.name`, `gen_ai.request.model`, `gen_ai.evaluation.name`, `server.address`. Their metrics are histograms of
single operations; ours are daily figures of a fixed suite, so the metrics have names of our own.

Samples carry no moment of their own: the textfile collector refuses those. What is not known has no sample, never 0.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import TypeAlias

from canary.domain.deployment import Member
from canary.domain.incident import Analysis, Incident
from canary.domain.series import Series, metric
from canary.domain.trial import Run

Labels: TypeAlias = Mapping[str, str | None]
Sample: TypeAlias = tuple[Labels, float]

PROVIDERS = {"anthropic": "anthropic", "claude-code": "anthropic", "openai": "openai", "codex": "openai"}
"""Our provider -> the conventions' name; a chat endpoint at an address of its own has none."""

STATES = ("ok", "degradation", "change", "not_judged")
_WORST = {"degradation": 0, "change": 1, "improvement": 2}


@dataclass(frozen=True, kw_only=True, slots=True)
class _Family:
    """A metric with its samples."""

    name: str
    help: str
    samples: Sequence[Sample]


def prometheus_text(
    runs: Sequence[Run],
    analysis: Analysis,
    now: datetime,
    *,
    series: Sequence[Series] = (),
    members: Mapping[str, Member] | None = None,
) -> str:
    """All metrics, in the text format 0.0.4.

    Args:
        runs: those kept, in any order; imported ones count as data, not as a sign of life.
        analysis: of the records.
        now: UTC.
        series: daily values; the latest of each is told.
        members: target -> its place; None = nothing is known of targets.
    """
    places = members or {}
    targets = sorted({*places, *(one.target for one in series), *_judged(analysis)})
    families = (
        *_of_targets(targets, places),
        *_of_runs(runs, now),
        *_of_series(series),
        *_of_incidents(analysis, targets),
        _Family(
            name="canary_smallest_visible_change",
            help="Smallest change seen within so many days, four times in five, of series without one. "
            "Points as a fraction, or after / before - 1.",
            samples=[
                (_which(row.target, row.family, row.metric, days=str(row.days), unit=row.effect_unit), size)
                for row in analysis.not_seen
                if math.isfinite(size := row.minimum_detectable_effect)
            ],
        ),
        _Family(
            name="canary_judged_series",
            help="Series that share the false-alarm budget and were judged.",
            samples=[({}, analysis.judged_series)],
        ),
        _Family(
            name="canary_expected_false_alarms_per_year",
            help="Incidents a year that open without a change, all judged series together.",
            samples=[({}, analysis.expected_false_alarms_per_year)],
        ),
    )
    return "".join(_family_text(family) for family in families if family.samples)


def _which(target: str, family: str, name: str, **more: str) -> Labels:
    return {"target": target, "family": family, "gen_ai_evaluation_name": name, **more}


def _of_targets(targets: Sequence[str], members: Mapping[str, Member]) -> Iterable[_Family]:
    yield _Family(
        name="canary_target_info",
        help="What a target is; always 1.",
        samples=[(_info(target, members.get(target, Member())), 1) for target in targets],
    )


def _info(target: str, member: Member) -> Labels:
    return {
        "target": target,
        "gen_ai_provider_name": PROVIDERS.get(member.provider or ""),
        "gen_ai_request_model": member.model,
        "server_address": member.host,
        "provider": member.provider,
        "arm": member.arm,
        "twins": member.twins,
    }


def _of_runs(runs: Sequence[Run], now: datetime) -> Iterable[_Family]:
    complete = [run for run in runs if run.status == "complete" and not run.imported]
    last: dict[str, datetime] = {}
    for run in complete:
        at = run.finished_at or run.started_at
        last[run.trigger] = max(at, last.get(run.trigger, at))
    yield _Family(
        name="canary_last_complete_run_timestamp_seconds",
        help="When the last complete run of each trigger ended.",
        samples=[({"trigger": trigger}, at.timestamp()) for trigger, at in sorted(last.items())],
    )
    yield _Family(
        name="canary_last_complete_run_age_seconds",
        help="How long ago that was when this text was written; alert on the timestamp where the writer may stop too.",
        samples=[({"trigger": name}, (now - at).total_seconds()) for name, at in sorted(last.items())],
    )
    yield _Family(
        name="canary_unfinished_runs",
        help="Runs of ours that are not complete.",
        samples=[({}, sum(run.status != "complete" for run in runs if not run.imported))],
    )


def _of_series(series: Sequence[Series]) -> Iterable[_Family]:
    values: list[Sample] = []
    trials: list[Sample] = []
    days: dict[str, date] = {}
    for one in series:
        known = [k for k, value in enumerate(one.values) if value is not None and math.isfinite(value)]
        if not known:
            continue
        last = known[-1]
        which = _which(one.target, one.family, one.metric)
        values.append(({**which, "unit": metric(one.metric).unit}, one.values[last] or 0.0))
        trials.append((which, one.trials[last]))
        days[one.target] = max(one.days[last], days.get(one.target, one.days[last]))
    yield _Family(
        name="canary_series_value",
        help="Latest daily value; shares are fractions, all else is in the unit named.",
        samples=values,
    )
    yield _Family(name="canary_series_trials", help="Trials behind that value.", samples=trials)
    yield _Family(
        name="canary_series_day_timestamp_seconds",
        help="Midnight, UTC, of the latest day with a value.",
        samples=[({"target": target}, _midnight(day)) for target, day in sorted(days.items())],
    )


def _midnight(day: date) -> float:
    return datetime.combine(day, time(), UTC).timestamp()


def _judged(analysis: Analysis) -> set[str]:
    return {row.target for row in analysis.not_seen} | {t for one in analysis.incidents for t in one.targets}


def _of_incidents(analysis: Analysis, targets: Sequence[str]) -> Iterable[_Family]:
    standing = [one for one in analysis.incidents if one.state == "opened"]
    yield _Family(
        name="canary_verdict",
        help="1 for the verdict in force on a target, 0 for the others.",
        samples=[
            ({"target": target, "verdict": state}, float(state == _verdict(target, standing, analysis)))
            for target in targets
            for state in STATES
        ],
    )
    yield _Family(
        name="canary_open_incidents", help="Incidents that are open.", samples=[({}, len(standing))]
    )
    yield _Family(
        name="canary_incident_open",
        help="An open incident and a target that it concerns; always 1.",
        samples=[(_incident(one, target), 1) for one in standing for target in one.targets],
    )
    yield _Family(
        name="canary_incident_onset_timestamp_seconds",
        help="Midnight, UTC, of the most likely first day of an open incident.",
        samples=[({"incident": one.id}, _midnight(one.onset)) for one in standing if one.changes],
    )


def _incident(one: Incident, target: str) -> Labels:
    return {
        "incident": one.id,
        "target": target,
        "kind": one.kind,
        "verdict": one.verdict,
        "severity": one.severity,
        "layer": one.attribution.layer,
        "mechanism": one.attribution.mechanism,
        "muted": "true" if one.muted else "false",
        "acknowledged": "true" if one.acknowledged_by else "false",
    }


def _verdict(target: str, standing: Sequence[Incident], analysis: Analysis) -> str:
    verdicts = [one.verdict for one in standing if target in one.targets and one.verdict != "improvement"]
    if verdicts:
        return min(verdicts, key=_WORST.__getitem__)
    return "ok" if target in _judged(analysis) else "not_judged"


def _family_text(family: _Family) -> str:
    head = f"# HELP {family.name} {_escaped(family.help)}\n# TYPE {family.name} gauge\n"
    return head + "".join(f"{family.name}{_labels(labels)} {value!r}\n" for labels, value in family.samples)


def _labels(labels: Labels) -> str:
    """Labels in braces; those without a value are left out, which Prometheus takes as the same."""
    told = ",".join(f'{name}="{_escaped(value, quotes=True)}"' for name, value in labels.items() if value)
    return f"{{{told}}}" if told else ""


def _escaped(text: str, *, quotes: bool = False) -> str:
    # A lone surrogate, which models' names may hold and UTF-8 has no bytes for, becomes a question mark.
    text = text.encode("utf-8", "replace").decode()
    text = text.replace("\\", "\\\\").replace("\n", "\\n")
    return text.replace('"', '\\"') if quotes else text
