"""Incidents, acts and outbox in the store's database: the port `Casebook` over SQLAlchemy Core."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, Row, and_, delete, func, insert, or_, select, update

from canary.domain.canonical import canonical_json
from canary.domain.casebook import Casebook, KeptIncident, Parcel
from canary.domain.incident import Act
from canary.store.failures import told
from canary.store.rows import inserting
from canary.store.schema import acts, incidents, outbox
from canary.store.transactions import reading, writing


class SqlCasebook(Casebook):
    """The casebook over one database. Methods may be called from any thread."""

    def __init__(self, engine: Engine, *, where: str, secret: str = "") -> None:
        """Rest on an engine whose database has its tables; `where` and `secret` as in `SqlStore`."""
        self._engine = engine
        self._where = where
        self._secret = secret

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        with told(self._where, self._secret), reading(self._engine) as connection:
            yield connection

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        with told(self._where, self._secret), writing(self._engine) as connection:
            yield connection

    def incidents(self) -> Sequence[KeptIncident]:
        with self._reading() as connection:
            return [_kept(row) for row in connection.execute(select(incidents).order_by(incidents.c.id))]

    def keep_incidents(self, incidents: Sequence[KeptIncident]) -> None:
        if incidents:
            with self._writing() as connection:
                _upsert(connection, incidents)

    def renumber(self, incidents: Sequence[KeptIncident]) -> None:
        with self._writing() as connection:
            connection.execute(delete(_incidents))
            if incidents:
                _upsert(connection, incidents)

    def add_act(self, act: Act, key: str | None = None) -> None:
        row = {name: getattr(act, name) for name in ("kind", "target", "at", "until", "by", "reason")}
        with self._writing() as connection:
            connection.execute(insert(acts), {**row, "key": key})

    def acts(self) -> Sequence[Act]:
        joined = select(acts, incidents.c.id).select_from(
            acts.outerjoin(incidents, acts.c.key == incidents.c.key)
        )
        living = or_(acts.c.key.is_(None), incidents.c.id.is_not(None))
        with self._reading() as connection:
            rows = connection.execute(joined.where(living).order_by(acts.c.at, acts.c.number)).all()
        return [
            Act(
                kind=row.kind,
                incident=row.id,
                target=row.target,
                at=row.at,
                until=row.until,
                by=row.by,
                reason=row.reason,
            )
            for row in rows
        ]

    def queue(self, parcels: Sequence[Parcel]) -> int:
        fresh = 0
        with self._writing() as connection:
            statement = inserting(connection.dialect)(outbox).on_conflict_do_nothing()
            for parcel in parcels:
                written = connection.execute(statement.returning(outbox.c.id), _row(parcel))
                fresh += written.one_or_none() is not None
        return fresh

    def due(self, now: datetime, most: int) -> Sequence[Parcel]:
        wanted = select(outbox).where(and_(outbox.c.delivered_at.is_(None), outbox.c.next_at <= now))
        with self._reading() as connection:
            rows = connection.execute(wanted.order_by(outbox.c.next_at, outbox.c.id).limit(most)).all()
        return [_parcel(row) for row in rows]

    def undelivered(self) -> int:
        counted = select(func.count()).select_from(outbox).where(outbox.c.delivered_at.is_(None))
        with self._reading() as connection:
            return int(connection.execute(counted).scalar_one())

    def delivered(self, parcel: str, at: datetime) -> None:
        self._settle(parcel, {"delivered_at": at, "problem": ""})

    def postponed(self, parcel: Parcel) -> None:
        kept = {
            name: value for name, value in _row(parcel).items() if name not in {"id", "content", "channel"}
        }
        self._settle(parcel.id, kept)

    def sent(self, prefix: str) -> Sequence[tuple[datetime, str]]:
        known = select(outbox.c.delivered_at, outbox.c.id).where(
            and_(outbox.c.delivered_at.is_not(None), outbox.c.id.startswith(prefix, autoescape=True))
        )
        with self._reading() as connection:
            return [(at, name) for at, name in connection.execute(known.order_by(outbox.c.delivered_at))]

    def _settle(self, parcel: str, values: Mapping[str, Any]) -> None:
        with self._writing() as connection:
            connection.execute(update(outbox).where(outbox.c.id == parcel).values(**values))


_incidents = incidents
_PARCEL = tuple(column.name for column in outbox.c if column.name != "delivered_at")


def _upsert(connection: Connection, kept: Sequence[KeptIncident]) -> None:
    statement = inserting(connection.dialect)(incidents)
    changing = {name: statement.excluded[name] for name in ("id", "opened_on", "state", "body")}
    rows = [
        {
            "key": one.key,
            "id": one.id,
            "opened_on": one.opened_on,
            "state": one.state,
            "body": canonical_json(one.body),
        }
        for one in kept
    ]
    connection.execute(statement.on_conflict_do_update(index_elements=["key"], set_=changing), rows)


def _kept(row: Row[Any]) -> KeptIncident:
    return KeptIncident(
        id=row.id, key=row.key, opened_on=row.opened_on, state=row.state, body=json.loads(row.body)
    )


def _row(parcel: Parcel) -> dict[str, Any]:
    values = {name: getattr(parcel, name) for name in _PARCEL}
    return {**values, "recipients": list(parcel.recipients)}


def _parcel(row: Row[Any]) -> Parcel:
    values = {name: getattr(row, name) for name in _PARCEL}
    return Parcel(
        **{**values, "recipients": tuple(values["recipients"]), "content": bytes(values["content"])}
    )
