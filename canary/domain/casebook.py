"""What is kept of incidents, of what people did about them, and of the messages that tell of them: records and port.

Analysis finds incidents anew from the records each time; what must not be lost is their ids, people's acts, and messages not yet delivered.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from datetime import date, datetime
from typing import Any, Protocol

from canary.domain.canonical import Json
from canary.domain.incident import Act, Incident


@dataclass(frozen=True, kw_only=True, slots=True)
class KeptIncident:
    """An incident as it was last judged.

    Attributes:
        id: as allotted.
        key: what makes it the same one when records are analysed again.
        opened_on: day.
        state: where its life stands.
        body: everything of it as JSON (`incident_json`).
    """

    id: str
    key: str
    opened_on: date
    state: str
    body: Mapping[str, Json]


@dataclass(frozen=True, kw_only=True, slots=True)
class Parcel:
    """One message to one way of reaching people.

    Attributes:
        id: of the message, the same when it is made again: a message queued twice is one message.
        channel: which carrier takes it.
        content: the message, in the carrier's own form; for mail the bytes of the message.
        recipients: whom it is for and who has not got it yet; () where the carrier knows.
        attempts: how often it was tried.
        next_at: not before, UTC.
        problem: what the last attempt came to; "" before the first.
    """

    id: str
    channel: str
    content: bytes
    recipients: tuple[str, ...] = ()
    attempts: int = 0
    next_at: datetime
    problem: str = ""


class Casebook(Protocol):
    """Incidents, acts and outbox. Every method is one transaction.

    Raises (every method):
        StoreError: the database can't be reached or written.
    """

    def incidents(self) -> Sequence[KeptIncident]:
        """All kept incidents by id."""
        ...

    def keep_incidents(self, incidents: Sequence[KeptIncident]) -> None:
        """Keep incidents as they are judged now; those with a known key are replaced, the others stay."""
        ...

    def renumber(self, incidents: Sequence[KeptIncident]) -> None:
        """Keep these and no others, under their new ids; acts stay with the key they were meant for."""
        ...

    def add_act(self, act: Act, key: str | None = None) -> None:
        """Keep what a person did; `key` is the incident's, None for a mute."""
        ...

    def acts(self) -> Sequence[Act]:
        """What people did, by time; with the ids that their incidents have now. Acts on incidents that are gone are left out."""
        ...

    def queue(self, parcels: Sequence[Parcel]) -> int:
        """Put messages into the outbox; says how many were not there yet. One that was delivered is not queued again."""
        ...

    def due(self, now: datetime, most: int) -> Sequence[Parcel]:
        """Undelivered messages whose time has come, the longest waiting first."""
        ...

    def undelivered(self) -> int:
        """How many messages wait."""
        ...

    def delivered(self, parcel: str, at: datetime) -> None:
        """A message was accepted: it is not due again."""
        ...

    def postponed(self, parcel: Parcel) -> None:
        """A message was not, or not everywhere, accepted: keep it as it is given (attempts, next_at, recipients, problem)."""
        ...

    def sent(self, prefix: str) -> Sequence[tuple[datetime, str]]:
        """(when, id) of delivered messages whose id begins so, in order."""
        ...


def kept(incident: Incident) -> KeptIncident:
    """An incident as it is kept."""
    return KeptIncident(
        id=incident.id,
        key=incident.key,
        opened_on=incident.opened_on,
        state=incident.state,
        body=incident_json(incident),
    )


def incident_json(incident: Incident) -> Mapping[str, Json]:
    """Everything of an incident as JSON, `opened_on` and every other day as ISO dates; what was not measured is null."""
    whole = plain(incident)
    assert isinstance(whole, Mapping)
    return {**whole, "onset": incident.onset.isoformat()}


def plain(value: Any) -> Json:
    """A frozen record, and what it is made of, as JSON values."""
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, tuple | list):
        return [plain(item) for item in value]
    if isinstance(value, date | datetime):
        return value.isoformat()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if value is None or isinstance(value, bool | int | float | str):
        return value
    raise TypeError(f"no JSON for {type(value).__name__}")
