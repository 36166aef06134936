"""Claims and leases in the store's database: the port `Duties` over SQLAlchemy Core."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, Row, and_, func, select, text, update

from canary.domain.duties import Duties, Duty, DutyKind, DutyState
from canary.store.failures import told
from canary.store.rows import inserting
from canary.store.schema import duties
from canary.store.transactions import reading, writing


class SqlDuties(Duties):
    """The duties over one database. Methods may be called from any thread."""

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
    def _alone(self) -> Iterator[Connection]:
        """A transaction that decides for all: on SQLite every writer is alone, a server has to be asked for it."""
        with told(self._where, self._secret), writing(self._engine) as connection:
            if connection.dialect.name == "postgresql":
                connection.execute(text("LOCK TABLE duties IN SHARE ROW EXCLUSIVE MODE"))
            yield connection

    def begin(self, kind: DutyKind, slot: datetime) -> None:
        with self._alone() as connection:
            if connection.execute(_latest(kind)).scalar_one() is None:
                connection.execute(duties.insert(), _row(kind, slot, "not_due", "", slot))

    def latest(self, kind: DutyKind) -> datetime | None:
        with self._reading() as connection:
            found: datetime | None = connection.execute(_latest(kind)).scalar_one()
        return found

    def claimed(self, kind: DutyKind) -> Sequence[Duty]:
        with self._reading() as connection:
            return _claimed(connection, kind)

    def claim(self, kind: DutyKind, slot: datetime, *, holder: str, now: datetime, until: datetime) -> bool:
        with self._alone() as connection:
            if any(one.until > now and one.slot != slot for one in _claimed(connection, kind)):
                return False
            of_kind = select(func.max(duties.c.slot)).where(duties.c.kind == kind)
            known = connection.execute(of_kind.where(duties.c.slot == slot)).scalar_one()
            latest = connection.execute(of_kind).scalar_one()
            if known is None and latest is not None and latest > slot:
                return False
            statement = inserting(connection.dialect)(duties)
            taken = statement.on_conflict_do_update(
                index_elements=["kind", "slot"],
                set_={"holder": holder, "until": until, "claims": duties.c.claims + 1},
                where=and_(duties.c.state == "claimed", duties.c.until <= now),
            )
            row = _row(kind, slot, "claimed", holder, until)
            return connection.execute(taken.returning(duties.c.slot), row).first() is not None

    def renew(self, kind: DutyKind, slot: datetime, *, holder: str, until: datetime) -> bool:
        return self._changed(_mine(kind, slot, holder), {"until": until})

    def give_back(self, kind: DutyKind, slot: datetime, *, holder: str, now: datetime) -> None:
        self._changed(_mine(kind, slot, holder), {"until": now})

    def settle(self, kind: DutyKind, slot: datetime, *, holder: str, state: DutyState) -> bool:
        return self._changed(_mine(kind, slot, holder), {"state": state})

    def _changed(self, which: ColumnElement[bool], values: dict[str, Any]) -> bool:
        statement = update(duties).where(which).values(**values).returning(duties.c.slot)
        with told(self._where, self._secret), writing(self._engine) as connection:
            return connection.execute(statement).first() is not None


def _mine(kind: DutyKind, slot: datetime, holder: str) -> ColumnElement[bool]:
    same = and_(duties.c.kind == kind, duties.c.slot == slot, duties.c.holder == holder)
    return and_(same, duties.c.state == "claimed")


def _latest(kind: DutyKind) -> Any:
    return select(func.max(duties.c.slot)).where(duties.c.kind == kind)


def _claimed(connection: Connection, kind: DutyKind) -> Sequence[Duty]:
    wanted = select(duties).where(duties.c.kind == kind, duties.c.state == "claimed").order_by(duties.c.slot)
    return [_duty(row) for row in connection.execute(wanted)]


def _row(kind: DutyKind, slot: datetime, state: DutyState, holder: str, until: datetime) -> dict[str, Any]:
    return {"kind": kind, "slot": slot, "state": state, "holder": holder, "until": until, "claims": 1}


def _duty(row: Row[Any]) -> Duty:
    return Duty(**row._mapping)  # noqa: SLF001 -- SQLAlchemy's public name
