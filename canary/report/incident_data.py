"""An incident's facts as JSON: raw numbers under the records' names, with the sentences people read beside them."""

from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import date, datetime

from canary.domain.canonical import Json
from canary.domain.evidence import Evidence
from canary.domain.incident import Analysis, Incident
from canary.domain.record import moment_text
from canary.report.incident_view import IncidentPage
from canary.report.untrusted import visible

SCHEMA = 1
_TEXT = 2000


def incident_data(
    page: IncidentPage, analysis: Analysis, incident: Incident, evidence: Evidence
) -> Mapping[str, Json]:
    """The incident page's facts."""
    glance = page.glance
    return {
        "schema": SCHEMA,
        "report": "incident",
        "banner": page.banner or None,
        "title": page.title,
        "status": {
            "word": glance.status.word,
            "certainty": glance.status.certainty,
            "headline": glance.headline,
            "doubt": glance.doubt or None,
            "product": glance.product,
            "since": glance.since,
            "where": glance.where,
            "lever": None
            if glance.lever is None
            else {"advice": glance.lever.advice, "command": glance.lever.command or None},
            "cost": glance.cost or None,
            "next_update": glance.next_update or None,
        },
        "summary": list(page.summary),
        "incident": plain(incident),
        "evidence": _evidence(evidence),
        "not_seen": [plain(one) for one in analysis.not_seen if one.target in set(incident.targets)],
        "not_judged": [plain(one) for one in analysis.not_judged if one.target in set(incident.targets)],
        "expected_false_alarms_per_year": analysis.expected_false_alarms_per_year,
        "human": [{"field": h.field, "question": h.question, "answer": h.known or None} for h in page.humans],
        "written_at": moment_text(page.written_at),
    }


def _evidence(evidence: Evidence) -> Mapping[str, Json]:
    known = plain(evidence)
    assert isinstance(known, Mapping)
    return {
        **{name: value for name, value in known.items() if name != "cost_per_pass"},
        "cost_per_pass": {
            _shown(target): {"before": before, "after": after}
            for target, (before, after) in evidence.cost_per_pass.items()
        },
    }


def plain(value: object) -> Json:
    """A record as JSON, field by field; texts bounded and with nothing unseen in them."""
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, str | date):
        return _shown(value) if isinstance(value, str) else _day(value)
    if isinstance(value, Mapping):
        return {_shown(str(key)): plain(held) for key, held in value.items()}
    if isinstance(value, Sequence):
        return [plain(held) for held in value]
    return {field.name: plain(getattr(value, field.name)) for field in fields(value)}  # type: ignore[arg-type]


def _day(value: date) -> str:
    return moment_text(value) if isinstance(value, datetime) else value.isoformat()


def _shown(text: str) -> str:
    return visible(text, _TEXT)[0]
