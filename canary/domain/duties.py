"""What is to be done once at a moment, by one of several processes that all could: records and port.

The store is the judge. Whoever claims a duty holds it on a lease and renews it while working; a lease that ends without
a word is a process that died, and another takes the duty over. A clock is only asked how late it is, never whose turn.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol, TypeAlias

DutyKind: TypeAlias = Literal["run", "digest", "alarm"]
"""A scheduled run, a weekly digest, the alarm for a run that is missing."""

DutyState: TypeAlias = Literal["claimed", "done", "abandoned", "not_due"]
"""`abandoned`: begun and not completed, and too old to go on with. `not_due`: before the first process ever watched."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Duty:
    """One duty as it is kept.

    Attributes:
        kind: what is to be done.
        slot: the moment it stands for, UTC.
        state: how far it came.
        holder: who has it, or had it last; "" for `not_due`.
        until: end of the lease, UTC: not renewed by then, it is anybody's.
        claims: how often it was claimed: more than once, and somebody died over it or gave it back.
    """

    kind: DutyKind
    slot: datetime
    state: DutyState
    holder: str
    until: datetime
    claims: int


class Duties(Protocol):
    """Which duties are done, and who has the others. Every method is one transaction.

    Raises (every method):
        StoreError: the database can't be reached or written.
    """

    def begin(self, kind: DutyKind, slot: datetime) -> None:
        """Say that nothing up to a moment is due; nothing where a duty of the kind is known already."""
        ...

    def latest(self, kind: DutyKind) -> datetime | None:
        """The latest slot that is known, in whatever state; None where none is."""
        ...

    def claimed(self, kind: DutyKind) -> Sequence[Duty]:
        """Duties begun and neither done nor abandoned, oldest first."""
        ...

    def claim(self, kind: DutyKind, slot: datetime, *, holder: str, now: datetime, until: datetime) -> bool:
        """Take a duty that nobody has, or whose holder's lease has ended.

        Of those who try at once one gets it. Nobody gets it while another duty of its kind is held by anyone; nobody
        begins one that is older than one that is known.
        """
        ...

    def renew(self, kind: DutyKind, slot: datetime, *, holder: str, until: datetime) -> bool:
        """Hold it for longer; False where another has taken it, or it is settled."""
        ...

    def give_back(self, kind: DutyKind, slot: datetime, *, holder: str, now: datetime) -> None:
        """Let another take it at once; nothing where another has it."""
        ...

    def settle(self, kind: DutyKind, slot: datetime, *, holder: str, state: DutyState) -> bool:
        """Say that it is done, or abandoned; False where another has it: then it is for them to say."""
        ...
