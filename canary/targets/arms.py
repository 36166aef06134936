"""Which arms of a twin group are missing, and what a monitor without them can't see. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from canary.domain.target import Arm, TargetSpec

BLINDS: Mapping[Arm, str] = {
    "api": "a change of the model can't be told from one of the agent around it",
    "api-defaults": "a changed default of the API stays unseen",
    "harness": "defects of the agent around the model, as users have it, stay unseen (I-01, I-03)",
    "harness-pinned": "a change of the agent's version can't be told from one of its defaults or of the model",
    "harness-resumed": "defects of sessions taken up again after a pause stay unseen (I-02)",
}
"""Arm -> what stays unseen without it."""

_NEEDS_AGENT = frozenset[Arm]({"harness", "harness-pinned", "harness-resumed"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Group:
    """One twin group.

    Attributes:
        name: its name.
        targets: names of its targets, in file order.
        present: its arms, in the order of `BLINDS`.
        missing: the arms it lacks, in the same order.
    """

    name: str
    targets: tuple[str, ...]
    present: tuple[Arm, ...]
    missing: tuple[Arm, ...]

    @property
    def alone(self) -> bool:
        """Whether one target is all there is: nothing to compare it with."""
        return len(self.targets) == 1


def twin_groups(specs: Iterable[TargetSpec]) -> Sequence[Group]:
    """The twin groups of a configuration, in order of first appearance."""
    members: dict[str, list[TargetSpec]] = {}
    for spec in specs:
        if spec.twins is not None:
            members.setdefault(spec.twins, []).append(spec)
    return [_group(name, found) for name, found in members.items()]


def _group(name: str, found: list[TargetSpec]) -> Group:
    arms = {spec.arm for spec in found}
    return Group(
        name=name,
        targets=tuple(spec.name for spec in found),
        present=tuple(arm for arm in BLINDS if arm in arms),
        missing=tuple(arm for arm in BLINDS if arm not in arms),
    )


def blind_spots(group: Group) -> Sequence[str]:
    """One sentence for each thing that a group can't see; three missing agent arms are one thing."""
    missing = list(group.missing)
    said = []
    if _NEEDS_AGENT.issubset(missing):
        said.append("no harness arm: defects of the agent around the model stay unseen (I-01, I-02, I-03)")
        missing = [arm for arm in missing if arm not in _NEEDS_AGENT]
    return [*said, *(f"no {arm} arm: {BLINDS[arm]}" for arm in missing)]
