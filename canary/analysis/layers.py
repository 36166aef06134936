"""Which layer moved: read off the arms that moved and those that demonstrably did not.

| moved | flat | layer |
|---|---|---|
| harness (and resumed) | pinned, raw API | harness-default |
| pinned too | raw API | harness-code |
| resumed alone | harness | harness-state |
| API with its defaults | raw API, pinned options | api-default |
| one host of several | the other hosts | host |
| one account of several | the others | identity |
| the raw API, and whatever else there is | - | model-or-serving |

An arm that nobody runs, or of which nothing can be said yet, tells nothing: where the answer hangs on it the layer is `not-separable`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from canary.domain.deployment import Member
from canary.domain.incident import Layer
from canary.domain.target import Arm

Status: TypeAlias = Literal["moved", "flat", "unclear"]

HARNESS: tuple[Arm, ...] = ("harness", "harness-pinned", "harness-resumed")


@dataclass(frozen=True, kw_only=True, slots=True)
class Standing:
    """One target of a twin group and what it did."""

    target: str
    member: Member
    status: Status


def layer_of(standings: Sequence[Standing]) -> Layer | None:
    """The layer; None where no moved target names its arm."""
    moved = [one for one in standings if one.status == "moved" and one.member.arm is not None]
    if not moved:
        return None
    special = _one_of_several(standings)
    if special is not None:
        return special
    status = _by_arm(standings)
    if status.get("api") == "moved":
        return "model-or-serving"
    if any(one.member.arm == "api-defaults" for one in moved):
        return "api-default" if status.get("api") == "flat" else "not-separable"
    return _inside_harness(status)


def missing_arms(standings: Sequence[Standing]) -> tuple[Arm, ...]:
    """Arms nobody runs in this group that would tell a harness from its defaults and from the model."""
    arms = {one.member.arm for one in standings}
    wanted: tuple[Arm, ...] = ("api", "harness-pinned") if arms & set(HARNESS) else ()
    if "harness-resumed" in arms or "api-defaults" in arms:
        wanted = (*wanted, "harness") if "harness-resumed" in arms else ("api", *wanted)
    return tuple(arm for arm in dict.fromkeys(wanted) if arm not in arms)


def _inside_harness(status: Mapping[Arm, Status]) -> Layer:
    raw, pinned, default = (status.get(arm) for arm in ("api", "harness-pinned", "harness"))
    if status.get("harness-resumed") == "moved" and default == "flat" and pinned in {"flat", None}:
        return "harness-state"
    if raw != "flat":
        return "not-separable"
    if pinned == "moved":
        return "harness-code"
    if pinned == "flat" and default == "moved":
        return "harness-default"
    return "not-separable"


def _by_arm(standings: Sequence[Standing]) -> Mapping[Arm, Status]:
    """One status an arm: moved where any of its targets moved, flat where all are."""
    status: dict[Arm, Status] = {}
    for one in standings:
        if one.member.arm is None:
            continue
        known = status.get(one.member.arm)
        if known is None or one.status == "moved" or (one.status == "unclear" and known == "flat"):
            status[one.member.arm] = one.status
    return status


def _one_of_several(standings: Sequence[Standing]) -> Layer | None:
    """`host` or `identity` where targets that differ in nothing else went different ways."""
    for layer, name, same in (
        ("host", "host", ("arm", "model", "identity")),
        ("identity", "identity", ("arm", "model", "host")),
    ):
        for one in standings:
            rivals = [
                other
                for other in standings
                if getattr(other.member, name) != getattr(one.member, name)
                and all(getattr(other.member, part) == getattr(one.member, part) for part in same)
            ]
            # One that stayed flat is enough: where the model itself had moved, it would have moved there too.
            if one.status == "moved" and any(other.status == "flat" for other in rivals):
                return "host" if layer == "host" else "identity"
    return None
