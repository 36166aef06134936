"""One kind of duty in one process: what it may take, what it holds, and how it lets go."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from canary.daemon.timetable import Timetable
from canary.domain.duties import Duties, DutyKind
from canary.domain.ports import Clock

LEASE = timedelta(minutes=5)
"""How long a process may be silent before another takes over what it holds."""


def _nobody() -> None:
    """Nobody minds that a lease was lost."""


@dataclass(kw_only=True)
class Keeper:
    """Who looks after duties of one kind.

    Attributes:
        kind: which.
        timetable: when they are due.
        duties: who has them.
        clock: time.
        holder: this process, unlike any other.
        held: the slot of the duty in hand; None = none.
        lost: told, from the thread that renews, that another has taken what is in hand.
    """

    kind: DutyKind
    timetable: Timetable
    duties: Duties
    clock: Clock
    holder: str
    held: datetime | None = None
    lost: Callable[[], None] = field(default=_nobody)

    def begin(self) -> None:
        """Of a deployment that is new nothing is overdue: the first slot is the next one."""
        latest = self.timetable.latest(self.clock.now())
        if latest is not None:
            self.duties.begin(self.kind, latest)

    def take(self) -> datetime | None:
        """Take what is to be done now: what another left unfinished, oldest first, else the slot that is due.

        Returns:
            The slot in hand; None where there is nothing to do, or another does it.

        Raises:
            StoreError: the database can't be reached.
        """
        now = self.clock.now()
        due = self.timetable.due(now)
        begun = self.duties.claimed(self.kind)
        if any(one.until > now for one in begun):
            return None
        known = self.duties.latest(self.kind)
        fresh = [due] if due is not None and (known is None or due > known) else []
        for slot in [*(one.slot for one in begun), *fresh]:
            if self.duties.claim(self.kind, slot, holder=self.holder, now=now, until=now + LEASE):
                self.held = slot
                return slot
        return None

    def take_at(self, slot: datetime) -> bool:
        """Take the duty of one moment, which no timetable foretells; False where it is done or another has it.

        Raises:
            StoreError: the database can't be reached.
        """
        now = self.clock.now()
        if not self.duties.claim(self.kind, slot, holder=self.holder, now=now, until=now + LEASE):
            return False
        self.held = slot
        return True

    def is_latest(self, slot: datetime) -> bool:
        """Whether no later slot is due: an older one is not gone on with."""
        due = self.timetable.due(self.clock.now())
        return due is None or slot >= due

    def renew(self) -> None:
        """Hold what is in hand for longer.

        Raises:
            StoreError: the database can't be reached.
        """
        slot = self.held
        if slot is None:
            return
        until = self.clock.now() + LEASE
        if not self.duties.renew(self.kind, slot, holder=self.holder, until=until) and self.held == slot:
            self.held = None
            self.lost()

    def done(self, slot: datetime) -> None:
        """Say that a duty is done."""
        self.held = None
        self.duties.settle(self.kind, slot, holder=self.holder, state="done")

    def abandoned(self, slot: datetime) -> None:
        """Say that a duty is begun and is not gone on with."""
        self.held = None
        self.duties.settle(self.kind, slot, holder=self.holder, state="abandoned")

    def given_back(self, slot: datetime) -> None:
        """Let another take it at once."""
        self.held = None
        self.duties.give_back(self.kind, slot, holder=self.holder, now=self.clock.now())

    def put_off(self, _slot: datetime) -> None:
        """Let go without a word: when the lease ends, whoever comes first tries again."""
        self.held = None
