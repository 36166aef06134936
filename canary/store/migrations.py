"""Numbered steps from an empty database to the tables of `schema`, each applied once.

A step is never edited once it has been released. The day a step changes a table that an earlier step creates, the
earlier one keeps creating it as it stood then; a test holds that all steps together give exactly `schema.metadata`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Connection, Engine, inspect, select

from canary.domain.errors import StoreError
from canary.store.schema import acts, duties, incidents, outbox, prompts, runs, schema_version, texts, trials
from canary.store.transactions import alone, writing


@dataclass(frozen=True, kw_only=True, slots=True)
class Step:
    """One change of the tables.

    Attributes:
        number: from 1, without gaps.
        name: what it does, kept in the database.
        apply: does it, inside the caller's transaction.
    """

    number: int
    name: str
    apply: Callable[[Connection], None]


def _first_tables(connection: Connection) -> None:
    for table in (runs, prompts, trials, texts):
        table.create(connection)


def _casebook(connection: Connection) -> None:
    for table in (incidents, acts, outbox):
        table.create(connection)


def _duties(connection: Connection) -> None:
    duties.create(connection)


STEPS: Sequence[Step] = (
    Step(number=1, name="runs, prompts, trials and their texts", apply=_first_tables),
    Step(number=2, name="incidents, what people did about them, and mail to deliver", apply=_casebook),
    Step(number=3, name="who does what is to be done once at a moment", apply=_duties),
)


def migrate(engine: Engine, where: str, steps: Sequence[Step] = STEPS) -> None:
    """Bring a database to the tables that this code knows; do nothing where it has them.

    Of processes that open a new database at once, one applies the steps and the others wait for it.

    Args:
        engine: the database.
        where: the database as it may be shown.
        steps: all steps there are.

    Raises:
        StoreError: the database was written by a newer version, and nothing was changed.
    """
    with engine.connect() as connection:
        if _missing(connection, where, steps) == ():
            return
    with writing(engine) as connection:
        alone(connection)
        schema_version.create(connection, checkfirst=True)
        for step in _missing(connection, where, steps):
            step.apply(connection)
            connection.execute(
                schema_version.insert().values(
                    number=step.number, name=step.name, applied_at=datetime.now(UTC)
                )
            )


def _missing(connection: Connection, where: str, steps: Sequence[Step]) -> Sequence[Step]:
    applied = _applied(connection)
    newer = sorted(set(applied) - {step.number for step in steps})
    if newer:
        raise StoreError(
            f"the database was written by a newer version of canary (step {newer[-1]}: {applied[newer[-1]]})",
            where=where,
            remedy="update canary, or change [store] url",
        )
    return tuple(step for step in steps if step.number not in applied)


def _applied(connection: Connection) -> Mapping[int, str]:
    if not inspect(connection).has_table(schema_version.name):
        return {}
    rows = connection.execute(select(schema_version.c.number, schema_version.c.name))
    return {row.number: row.name for row in rows}
