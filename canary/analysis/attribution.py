"""Which layer and which mechanism fit an incident's figures: an evidence ladder, and never why anybody did it.

R0: something changed. First what is ours: versions, suite, checks, account. R1: the layer, by the arms, hosts and accounts that moved and
those that stayed flat. R2: mechanisms by signature, with a runner-up and what would tell the two apart. R3 is a person's field: what
the vendor confirmed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from canary.analysis.detect import Moves
from canary.analysis.layers import Standing, layer_of, missing_arms
from canary.analysis.mechanisms import Observed, candidates
from canary.analysis.moved import Shift, came_back, main_shifts, shift_of, went_back
from canary.analysis.ours import CHAINED
from canary.analysis.rejected import rejected_of
from canary.analysis.series import ALL
from canary.analysis.signatures import SIGNATURES
from canary.analysis.standings import Scene, exact_moved, scene_of, standings_of
from canary.domain.deployment import Annotation, Member
from canary.domain.incident import Attribution, Candidate, ChangePoint, Layer, Moved

AROUND = timedelta(days=1)
TELLS_APART = 4
"""Metrics named at most that would tell the first mechanism from the second."""


@dataclass(frozen=True, kw_only=True)
class Witnesses:
    """Everything a deployment can say about an incident.

    Attributes:
        found: target -> what was found for it.
        members: target -> its place.
        annotations: what happened around them.
        priced: target -> first day whose trials carry unit prices.
    """

    found: Mapping[str, Moves]
    members: Mapping[str, Member]
    annotations: Sequence[Annotation]
    priced: Mapping[str, date] = field(default_factory=dict)

    def _price(self, ours: Sequence[Annotation], moved: Sequence[str], onset: date) -> Mapping[str, bool]:
        """Whether a unit price became another one near the onset, where prices were known before it."""
        if not any(self.priced.get(target, onset) < onset for target in moved):
            return {}
        return {"unit_price": any(note.source == "price" for note in ours)}

    def attribute(self, changes: Sequence[ChangePoint], group: str, until: date) -> Attribution:
        """Layer and mechanism of changes that belong together.

        Args:
            changes: what moved, returns excluded.
            group: their twin group, or the one target.
            until: last day whose records are used.
        """
        scene = self._scene(changes, group, until)
        standings = standings_of(scene, changes, self.members)
        moved = tuple(one.target for one in standings if one.status == "moved")
        ours, theirs = self._around(changes, moved, until)
        observed = Observed(
            shifts=_strongest(scene, moved),
            exact={**exact_moved(scene, moved), **self._price(ours, moved, scene.onset)},
            alarmed={
                change.metric: 1 if change.direction == "up" else -1
                for change in changes
                if change.kind in {"level", "rare"} and change.family == ALL
            },
        )
        ranked = candidates(observed)
        missing = missing_arms(standings)
        return Attribution(
            layer=_layer(ours, standings, changes),
            moved=moved,
            flat=tuple(one.target for one in standings if one.status == "flat"),
            unclear=tuple(one.target for one in standings if one.status == "unclear"),
            missing_arms=missing,
            candidates=ranked,
            separates=_separates(ranked, observed),
            ours=ours,
            theirs=theirs,
            rejected=rejected_of(scene, standings, observed, changes, ours),
        )

    def moved(self, changes: Sequence[ChangePoint], group: str, until: date) -> tuple[Moved, ...]:
        """How far every metric of the group moved, over all prompts."""
        scene = self._scene(changes, group, until)
        return tuple(
            shift.record for target in scene.found for shift in main_shifts(scene.shifts[target]).values()
        )

    def shift_of(self, change: ChangePoint, until: date) -> Moved | None:
        """How far the series of one change has moved since that change's own onset."""
        found = self.found.get(change.target)
        return None if found is None else shift_of(found, change, until)

    def went_back(self, change: ChangePoint, since: date, until: date) -> bool:
        """Whether a change that no test saw undone is undone by its own figures."""
        found = self.found.get(change.target)
        return found is not None and went_back(found, change, since, until) is True

    def came_back(self, change: ChangePoint, left: date) -> bool:
        """Whether a change takes its series back to where it was before an incident that began on a day."""
        found = self.found.get(change.target)
        return found is not None and came_back(found, change, left)

    def _scene(self, changes: Sequence[ChangePoint], group: str, until: date) -> Scene:
        targets = [name for name in self.found if self.group(name) == group]
        targets += [c.target for c in changes if c.target not in targets]
        return scene_of(
            {name: self.found[name] for name in dict.fromkeys(targets)}, sharpest(changes).onset, until
        )

    def group(self, target: str) -> str:
        """A target's twin group, or its own name."""
        return self.members.get(target, Member()).twins or target

    def _around(
        self, changes: Sequence[ChangePoint], moved: Sequence[str], until: date
    ) -> tuple[tuple[Annotation, ...], tuple[Annotation, ...]]:
        """Annotations near the onset: ours, and all others."""
        change = sharpest(changes)
        low, high = change.onset_low - AROUND, change.onset_high + AROUND
        metrics = {one.metric for one in changes}
        near = [
            note
            for note in self.annotations
            if low <= note.day <= min(high, until)
            and (note.target is None or note.target in moved)
            and (not note.metrics or metrics <= set(note.metrics))
        ]
        ours = tuple(note for note in near if note.kind == "ours")
        return ours, tuple(note for note in near if note.kind != "ours")


def sharpest(changes: Sequence[ChangePoint]) -> ChangePoint:
    """The best dated change."""
    return min(changes, key=lambda c: (c.onset_high - c.onset_low, c.raised_on, c.metric))


def _layer(
    ours: Sequence[Annotation], standings: Sequence[Standing], changes: Sequence[ChangePoint]
) -> Layer | None:
    """Ours first: a change of our own side near the onset is the first suspect of every target it concerns."""
    targets = {change.target for change in changes}
    blamed = {note.target for note in ours if note.source not in CHAINED}
    if blamed and (None in blamed or targets <= blamed):
        return "ours"
    return layer_of(standings)


def _strongest(scene: Scene, moved: Sequence[str]) -> Mapping[str, Shift]:
    """Metric -> shift of the moved target that shows it most clearly."""
    best: dict[str, Shift] = {}
    for target in moved:
        for metric, shift in main_shifts(scene.shifts[target]).items():
            if metric not in best or abs(shift.z) > abs(best[metric].z):
                best[metric] = shift
    return best


def _separates(ranked: Sequence[Candidate], observed: Observed) -> tuple[str, ...]:
    """Metrics that the first two mechanisms expect differently and nobody measured, else those that differ most."""
    if len(ranked) < 2:  # noqa: PLR2004 - a runner-up is needed
        return ()
    first, second = (SIGNATURES[one.mechanism].moves for one in ranked[:2])
    differing = [
        metric
        for metric in dict.fromkeys((*first, *second))
        if first.get(metric, "?") != second.get(metric, "?")
        and {first.get(metric, "?"), second.get(metric, "?")} & set("DUE!")
    ]
    unmeasured = [m for m in differing if m not in observed.shifts and m not in observed.exact]
    return tuple((unmeasured or differing)[:TELLS_APART])
