"""Hypotheses that the figures reject, each with the figures: what people ask first about an incident."""

from collections.abc import Sequence

from canary.analysis.layers import Standing
from canary.analysis.mechanisms import Observed
from canary.analysis.standings import Scene
from canary.domain.deployment import Annotation
from canary.domain.incident import ChangePoint, Moved, Rejected

QUIET = 2.0
"""Standard errors within which a series counts as not moved."""
SMALL = 0.02
"""Failed calls in points: below it an outage is no explanation, however sure the figure is."""

EXACT = {"tokenizer": "tokenizer", "served_model": "served-model", "service_tier": "service-tier"}


def rejected_of(
    scene: Scene,
    standings: Sequence[Standing],
    observed: Observed,
    changes: Sequence[ChangePoint],
    ours: Sequence[Annotation],
) -> tuple[Rejected, ...]:
    """Everything that can be ruled out.

    Args:
        scene: the group around the onset.
        standings: what each of its targets did.
        observed: what the moved ones showed.
        changes: what moved.
        ours: changes of ours near the onset.
    """
    moved = tuple(one.target for one in standings if one.status == "moved")
    made = [
        Rejected(hypothesis=name, targets=moved, facts=((metric, "unchanged"),))
        for metric, name in EXACT.items()
        if observed.exact.get(metric) is False
    ]
    if not ours:
        made.append(Rejected(hypothesis="ours", targets=moved, facts=_own_facts(scene, moved)))
    made += _outage(observed, moved)
    made += _whole_model(scene, standings, changes)
    return tuple(made)


def _own_facts(scene: Scene, moved: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """What was compared on our side: only what the records hold."""
    fingerprint = any(
        series.metric == "fingerprint" for target in moved for series in scene.found[target].exact
    )
    return (
        ("prompts", "same digests on both sides"),
        *((("own stack", "unchanged"),) if fingerprint else ()),
    )


def _outage(observed: Observed, moved: tuple[str, ...]) -> list[Rejected]:
    shift = observed.shifts.get("failure_rate")
    if shift is None or (shift.z > QUIET and shift.record.effect > SMALL):
        return []
    return [Rejected(hypothesis="outage", targets=moved, figures=(shift.record,))]


def _whole_model(
    scene: Scene, standings: Sequence[Standing], changes: Sequence[ChangePoint]
) -> list[Rejected]:
    """The raw API stayed flat in what moved elsewhere: it is not the model, nor its serving."""
    flat = tuple(one.target for one in standings if one.status == "flat" and one.member.arm == "api")
    figures: list[Moved] = []
    for target in flat:
        for key in dict.fromkeys((change.family, change.metric) for change in changes):
            shift = scene.shifts[target].get(key)
            if shift is not None:
                figures.append(shift.record)
    return [Rejected(hypothesis="model-or-serving", targets=flat, figures=tuple(figures))] if figures else []
