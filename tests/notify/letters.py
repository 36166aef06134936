"""Letters and a queue for tests; nothing here speaks to anybody."""

import zlib
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from canary.domain.casebook import Parcel
from canary.domain.ports import Clock
from canary.domain.report import Letter
from canary.notify.outbox import Carrier, NotAccepted, Queue

START = datetime(2026, 3, 6, 6, 40, tzinfo=UTC)


def png() -> bytes:
    """The smallest picture: one grey dot."""
    rows = zlib.compress(b"\x00\x80")

    def chunk(kind: bytes, data: bytes) -> bytes:
        return len(data).to_bytes(4, "big") + kind + data + zlib.crc32(kind + data).to_bytes(4, "big")

    head = (1).to_bytes(4, "big") * 2 + bytes([8, 0, 0, 0, 0])
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def letter(number: int = 0, **known: object) -> Letter:
    """A letter about an incident."""
    base: dict[str, object] = {
        "subject": "[canary] opus: less thinking (INC-0042)",
        "html": '<!doctype html><html lang="en"><body><h1>Denkt nur halb so viel</h1><img src="cid:series"></body></html>',
        "text": "DEGRADED\nThinks about half as much → 401 tokens.\n",
        "images": {"series": png()},
        "thread": "inc-0042.60f0fdf3f6",
        "number": number,
        "headers": {"X-Canary-Incident": "INC-0042"},
        "attachments": {"INC-0042.html": b"<!doctype html><p>page</p>"},
    }
    return Letter(**{**base, **known})  # type: ignore[arg-type]


class Moments(Clock):
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.at = START

    def now(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return (self.at - START).total_seconds()

    async def sleep(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


@dataclass
class Shelf(Queue):
    """A queue in memory that keeps what the real one has to keep."""

    waiting: dict[str, Parcel] = field(default_factory=dict)
    done: list[str] = field(default_factory=list)
    dies_before_recording: int = 0

    def put(self, parcel: Parcel) -> None:
        """Keep a parcel; one that is known stays as it is."""
        if parcel.id not in self.done:
            self.waiting.setdefault(parcel.id, parcel)

    def due(self, now: datetime, most: int) -> list[Parcel]:
        return sorted(
            (p for p in self.waiting.values() if p.next_at <= now), key=lambda p: (p.next_at, p.id)
        )[:most]

    def delivered(self, parcel: str, at: datetime) -> None:
        if self.dies_before_recording:
            self.dies_before_recording -= 1
            raise Died
        del self.waiting[parcel]
        self.done.append(parcel)

    def postponed(self, parcel: Parcel) -> None:
        self.waiting[parcel.id] = parcel


class Died(BaseException):
    """The process ended here."""


@dataclass
class Postman(Carrier):
    """Accepts what it is given, but not while it is down nor for some recipients."""

    clock: Moments
    down_until: datetime = START
    refused: tuple[str, ...] = ()
    accepted: list[Parcel] = field(default_factory=list)

    async def carry(self, parcel: Parcel) -> None:
        if self.clock.now() < self.down_until:
            raise NotAccepted("not reached")
        left = tuple(r for r in parcel.recipients if r in self.refused)
        self.accepted.append(replace(parcel, recipients=tuple(r for r in parcel.recipients if r not in left)))
        if left:
            raise NotAccepted("some were refused", remaining=left)


def parcel(name: str = "1", to: tuple[str, ...] = ("team@example.org",), content: bytes = b"hello") -> Parcel:
    """A parcel that is due at once."""
    return Parcel(id=name, channel="mail", content=content, recipients=to, next_at=START)
