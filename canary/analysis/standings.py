"""Which twins of a moved target moved with it, and which demonstrably did not.

Method. For each series that moved, the twin's own shift around the same onset is held against two hypotheses: the same shift, and none.
Log likelihood ratios are summed over series and divided by the root of their number, as series of one cause are correlated. Beyond
`SURE` on either side it is said; between them it is not.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from canary.analysis.detect import Moves
from canary.analysis.layers import Standing, Status
from canary.analysis.moved import Shift, shifts_of
from canary.domain.deployment import Member
from canary.domain.incident import ChangePoint

SURE = 0.8
NEAR = timedelta(days=3)


@dataclass(frozen=True, kw_only=True, slots=True)
class Scene:
    """A group of targets around one onset.

    Attributes:
        found: target -> what was found for it.
        shifts: target -> (family, metric) -> shift.
        onset: first day of the change.
        until: last day whose records are used.
    """

    found: Mapping[str, Moves]
    shifts: Mapping[str, Mapping[tuple[str, str], Shift]]
    onset: date
    until: date


def scene_of(found: Mapping[str, Moves], onset: date, until: date) -> Scene:
    """Look at a group around an onset."""
    shifts = {target: shifts_of(one, onset, until) for target, one in found.items()}
    return Scene(found=found, shifts=shifts, onset=onset, until=until)


def standings_of(
    scene: Scene, changes: Sequence[ChangePoint], members: Mapping[str, Member]
) -> tuple[Standing, ...]:
    """What every target of a group did.

    Args:
        scene: the group.
        changes: what moved; its targets moved by definition.
        members: their places.
    """
    moved = {change.target for change in changes}
    return tuple(
        Standing(
            target=target,
            member=members.get(target, Member()),
            status="moved" if target in moved else _status(scene, target, changes),
        )
        for target in scene.found
    )


def exact_moved(scene: Scene, targets: Iterable[str]) -> Mapping[str, bool]:
    """Metric -> whether the exact value of any of some targets became another one around the onset."""
    seen: dict[str, bool] = {}
    for target in targets:
        for series in scene.found[target].exact:
            # A value that was first measured later tells nothing of this onset, now or on any later day.
            if series.metric == "fingerprint" or series.since >= scene.onset:
                continue
            near = any(
                change.prompt is None
                and abs(change.onset - scene.onset) <= NEAR
                and change.raised_on <= scene.until
                for change in series.changes
            )
            seen[series.metric] = seen.get(series.metric, False) or near
    return seen


def _status(scene: Scene, twin: str, changes: Sequence[ChangePoint]) -> Status:
    ratios = [ratio for change in _one_each(changes) if (ratio := _ratio(scene, twin, change)) is not None]
    if not ratios:
        return "unclear"
    total = sum(ratios) / math.sqrt(len(ratios))
    if total > SURE:
        return "moved"
    return "flat" if total < -SURE else "unclear"


def _one_each(changes: Sequence[ChangePoint]) -> Iterable[ChangePoint]:
    """One change a series: twins are not counted twice."""
    return {(c.family, c.metric, c.kind, c.prompt): c for c in reversed(changes)}.values()


def _ratio(scene: Scene, twin: str, change: ChangePoint) -> float | None:
    """Log likelihood of "the same shift" over "none"; None where the twin can't tell."""
    if change.kind == "exact":
        moved = exact_moved(scene, [twin]).get(change.metric)
        return None if moved is None else (6.0 if moved else -6.0)
    if change.kind == "prompt":
        return _prompt_ratio(scene.found[twin], change, scene)
    key = (change.family, change.metric)
    own, other = scene.shifts[change.target].get(key), scene.shifts[twin].get(key)
    if change.kind == "spread" or own is None or other is None:
        return None
    both = own.error**2 + other.error**2
    same = -((other.size - own.size) ** 2) / (2 * both) - math.log(both) / 2
    none = -(other.size**2) / (2 * other.error**2) - math.log(other.error**2) / 2
    return max(min(same - none, 8.0), -8.0)


def _prompt_ratio(found: Moves, change: ChangePoint, scene: Scene) -> float | None:
    """The twin's passes of one prompt since the onset, by the pass rates before and after on the target that moved."""
    series = next((s for s in found.series if (s.family, s.metric.name) == ("all", "pass_rate")), None)
    if series is None or not isinstance(change.before, float) or not isinstance(change.after, float):
        return None
    first = max((scene.onset - found.grid.first_day).days, 0)
    last = (scene.until - found.grid.first_day).days + 1
    columns = [i for i, c in enumerate(series.columns) if found.grid.prompts[c] == change.prompt]
    trials = float(np.sum(series.panel.count[first:last][:, columns]))
    passes = float(np.sum(series.panel.total[first:last][:, columns]))
    if not trials:
        return None
    before, after = (min(max(p, 0.02), 0.98) for p in (change.before, change.after))
    return passes * math.log(after / before) + (trials - passes) * math.log((1 - after) / (1 - before))
