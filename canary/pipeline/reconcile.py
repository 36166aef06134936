"""Which found incident is which kept one.

A found incident is the kept one of the same key, else of the same group and a shared series with an onset within `NEAR`: a new
target, or a changed budget, moves thresholds and so may move a first day. What is new gets the next id. What is new *and old* (records
older than the last days were imported) is left out until `analyse --rebuild` renumbers.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta

from canary.domain.casebook import KeptIncident, kept
from canary.domain.incident import Analysis, Incident

NEAR = timedelta(days=3)
RECENT = timedelta(days=7)
"""Days back from the last one in which an incident may still open late: a resumed run, a target whose records came later."""


def adopted_keys(before: Sequence[KeptIncident], found: Sequence[Incident]) -> Mapping[str, str]:
    """Key found now -> id of the kept incident that it is, where the keys differ."""
    keys = {incident.key for incident in found}
    known = {one.key for one in before}
    fresh = [incident for incident in found if incident.key not in known]
    adopted: dict[str, str] = {}
    for old in before:
        if old.key in keys:
            continue
        new = same(old, [one for one in fresh if one.key not in adopted])
        if new is not None:
            adopted[new.key] = old.id
    return adopted


def same(old: KeptIncident, found: Sequence[Incident]) -> Incident | None:
    """The found incident that a kept one is."""
    for incident in found:
        if incident.key == old.key:
            return incident
    series = _series_of(old)
    for incident in found:
        if incident.group != old.body.get("group") or incident.kind != old.body.get("kind"):
            continue
        if abs(incident.onset - date.fromisoformat(str(old.body["onset"]))) > NEAR:
            continue
        if series & {(change.target, change.metric) for change in incident.changes}:
            return incident
    return None


def _series_of(old: KeptIncident) -> set[tuple[str, str]]:
    changes = old.body.get("changes")
    assert isinstance(changes, Sequence)
    return {(str(one["target"]), str(one["metric"])) for one in changes if isinstance(one, Mapping)}


def as_kept(before: Sequence[KeptIncident], incidents: Sequence[Incident]) -> list[KeptIncident]:
    """As they are to be kept: under the key they were first kept under."""
    keys = {one.id: one.key for one in before}
    return [replace(kept(incident), key=keys.get(incident.id, incident.key)) for incident in incidents]


def ended(one: KeptIncident) -> KeptIncident:
    """A kept incident that the records no longer show: nothing of it can stand."""
    if one.state not in {"opened", "recovered"}:
        return one
    return replace(one, state="closed", body={**one.body, "state": "closed"})


def too_old(
    before: Sequence[KeptIncident], analysis: Analysis, known: Mapping[str, str]
) -> tuple[Incident, ...]:
    """New incidents that opened before one that has an id, in days long past."""
    if not before or analysis.last_day is None:
        return ()
    newest, recent = max(one.opened_on for one in before), analysis.last_day - RECENT
    return tuple(
        incident
        for incident in analysis.incidents
        if incident.key not in known and incident.opened_on < min(newest, recent)
    )


def without(analysis: Analysis, left_out: Sequence[Incident]) -> Analysis:
    """An analysis without some incidents and what was told of them."""
    if not left_out:
        return analysis
    gone = {incident.id for incident in left_out}
    return replace(
        analysis,
        incidents=tuple(one for one in analysis.incidents if one.id not in gone),
        alarms=tuple(alarm for alarm in analysis.alarms if alarm.incident not in gone),
    )
