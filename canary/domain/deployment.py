"""What analysis knows of a deployment beside its records: each target's place, and what happened around them."""

from dataclasses import dataclass
from datetime import date
from typing import Literal, TypeAlias

from canary.domain.target import Arm

AnnotationKind: TypeAlias = Literal["ours", "theirs", "note"]
AnnotationSource: TypeAlias = Literal[
    "file", "fingerprint", "lifecycle", "suite", "checks", "price", "configuration"
]


@dataclass(frozen=True, kw_only=True, slots=True)
class Member:
    """A target's place among the others; None = not known, and then nothing is concluded from it.

    Attributes:
        arm: its place in its twin group.
        twins: name of that group.
        provider: whose protocol or harness it is.
        host: host part of its base URL, or `default`.
        model: the requested model.
        identity: label of the account in use.
    """

    arm: Arm | None = None
    twins: str | None = None
    provider: str | None = None
    host: str | None = None
    model: str | None = None
    identity: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Annotation:
    """Something dated that a reader of a series wants to know. Coincident, never proven.

    Attributes:
        day: when.
        text: one line for people; names versions, files, prices.
        kind: ours = a change of ours, starts a new epoch where `metrics` say; theirs = the vendor's, tests run straight
            through it; note = anything else.
        source: where it is known from.
        target: whom it concerns; None = everyone.
        metrics: series whose epoch a change of ours restarts; () = all of them.
    """

    day: date
    text: str
    kind: AnnotationKind
    source: AnnotationSource
    target: str | None = None
    metrics: tuple[str, ...] = ()
