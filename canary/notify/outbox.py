"""Messages on their way: a queue that outlives the process, and one pass over it. Nothing is given up, only put off.

Order of things, which makes the promise: a message is in the queue before anything else is done; it is taken out only after
a carrier has said that it was accepted. A process that dies in between sends it again, under the same Message-ID.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from canary.domain.casebook import Parcel
from canary.domain.ports import Clock

FIRST, LONGEST = timedelta(seconds=30), timedelta(hours=1)
"""The first wait after a failure, and the longest; each wait is twice the one before."""

BATCH = 50
"""Messages of one pass."""


class Queue(Protocol):
    """Where parcels wait. Every method is one transaction."""

    def due(self, now: datetime, most: int) -> Sequence[Parcel]:
        """Parcels whose time has come, the longest waiting first."""
        ...

    def delivered(self, parcel: str, at: datetime) -> None:
        """A parcel was accepted: it is not due again."""
        ...

    def postponed(self, parcel: Parcel) -> None:
        """A parcel was not, or not everywhere, accepted: keep it as it is given (attempts, next_at, recipients, problem)."""
        ...


class NotAccepted(Exception):
    """A carrier could not hand a parcel over.

    Attributes:
        remaining: recipients that have not got it; None = nobody has.
    """

    def __init__(self, problem: str, *, remaining: tuple[str, ...] | None = None) -> None:
        super().__init__(problem)
        self.problem = problem
        self.remaining = remaining


class Carrier(Protocol):
    """One way of reaching people."""

    async def carry(self, parcel: Parcel) -> None:
        """Hand a parcel over.

        Raises:
            NotAccepted: it is to be tried again later.
        """
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class Delivered:
    """What one pass came to.

    Attributes:
        sent: parcels accepted.
        put_off: parcels to be tried again.
        problems: what went wrong, each once.
        next_at: when the next of those put off is due; None = none is.
    """

    sent: int
    put_off: int
    problems: tuple[str, ...]
    next_at: datetime | None


def wait(attempts: int) -> timedelta:
    """How long to wait after so many failures: 30 s, 1 min, 2 min … up to an hour."""
    return min(LONGEST, FIRST * 2 ** min(attempts - 1, 20)) if attempts > 0 else timedelta()


async def deliver_due(
    queue: Queue, carriers: Mapping[str, Carrier], clock: Clock, *, most: int = BATCH
) -> Delivered:
    """Try every parcel whose time has come, once.

    Args:
        queue: where parcels wait.
        carriers: channel -> who carries; a parcel of an unknown channel is put off, because a configuration may come back.
        clock: time.
        most: parcels of this pass.
    """
    sent, problems, waits = 0, list[str](), list[datetime]()
    for parcel in queue.due(clock.now(), most):
        refusal = await _tried(parcel, carriers)
        if refusal is None:
            queue.delivered(parcel.id, clock.now())
            sent += 1
            continue
        later = _later(parcel, refusal, clock.now())
        queue.postponed(later)
        problems.append(refusal.problem)
        waits.append(later.next_at)
    return Delivered(
        sent=sent,
        put_off=len(waits),
        problems=tuple(dict.fromkeys(problems)),
        next_at=min(waits, default=None),
    )


async def _tried(parcel: Parcel, carriers: Mapping[str, Carrier]) -> NotAccepted | None:
    carrier = carriers.get(parcel.channel)
    if carrier is None:
        return NotAccepted(f"no channel {parcel.channel!r} is configured")
    try:
        await carrier.carry(parcel)
    except NotAccepted as refusal:
        return refusal
    return None


def _later(parcel: Parcel, refusal: NotAccepted, now: datetime) -> Parcel:
    attempts = parcel.attempts + 1
    return Parcel(
        id=parcel.id,
        channel=parcel.channel,
        content=parcel.content,
        recipients=parcel.recipients if refusal.remaining is None else refusal.remaining,
        attempts=attempts,
        next_at=now + wait(attempts),
        problem=refusal.problem,
    )
