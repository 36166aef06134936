"""What is kept of incidents, of what people did about them, and of the mail that tells of them: records and port.

Analysis finds incidents anew from the records each time; what must not be lost is their ids, people's acts, and mail not yet delivered.
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
class QueuedMail:
    """One mail of the outbox.

    Attributes:
        message_id: its Message-ID; a mail queued twice under one id is one mail.
        content: the message, as it goes over the wire.
        sender, recipients: the envelope.
        queued_at: when.
        next_at: not to be tried before.
        attempts: tries that failed.
        delivered_at: when it was accepted; None = not yet.
        problem: what the last try said; None = never failed.
    """

    message_id: str
    content: bytes
    sender: str
    recipients: tuple[str, ...]
    queued_at: datetime
    next_at: datetime
    attempts: int = 0
    delivered_at: datetime | None = None
    problem: str | None = None


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

    def queue_mail(self, mails: Sequence[QueuedMail]) -> int:
        """Put mails into the outbox; says how many were not there yet."""
        ...

    def due_mail(self, now: datetime) -> Sequence[QueuedMail]:
        """Undelivered mails that may be tried now, in order of queueing."""
        ...

    def undelivered(self) -> int:
        """How many mails wait."""
        ...

    def delivered(self, message_id: str, at: datetime) -> None:
        """A mail was accepted."""
        ...

    def postponed(self, message_id: str, next_at: datetime, problem: str) -> None:
        """A try failed; it is tried again from `next_at` on."""
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
