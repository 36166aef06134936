"""What retention removes: texts. A trial's figures and verdicts stay, and so does the record that a message was sent."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, Select, and_, delete, func, select, update

from canary.store.schema import outbox, texts, trials
from canary.store.transactions import reading, writing

CHUNK = 1000
"""Texts removed in one transaction: other writers wait for milliseconds, and what is removed stays so when a later one fails."""


def forget_texts(engine: Engine, before: date, *, dry_run: bool) -> tuple[int, int]:
    """Remove the texts of trials of earlier run days, and the contents of messages delivered before that day.

    Args:
        engine: the database.
        before: first day whose texts are kept.
        dry_run: count, remove nothing.

    Returns:
        How many trials lose their texts, and how many messages their contents.
    """
    with reading(engine) as connection:
        numbers = [row[0] for row in connection.execute(_old_texts(before))]
        messages = int(
            connection.execute(
                select(func.count()).select_from(outbox).where(_old_message(before))
            ).scalar_one()
        )
    if dry_run:
        return len(numbers), messages
    for chunk in _chunks(numbers):
        with writing(engine) as connection:
            connection.execute(delete(texts).where(texts.c.trial.in_(chunk)))
    if messages:
        with writing(engine) as connection:
            _empty_messages(connection, before)
    return len(numbers), messages


def _old_texts(before: date) -> Select[Any]:
    return select(texts.c.trial).join(trials, trials.c.id == texts.c.trial).where(trials.c.run_day < before)


def _old_message(before: date) -> ColumnElement[bool]:
    midnight = datetime.combine(before, time(), UTC)
    return and_(outbox.c.delivered_at < midnight, func.length(outbox.c.content) > 0)


def _empty_messages(connection: Connection, before: date) -> None:
    # The row stays: it is how a message that was sent is known, and not sent again.
    connection.execute(update(outbox).where(_old_message(before)).values(content=b""))


def _chunks(numbers: list[int]) -> Iterator[list[int]]:
    for start in range(0, len(numbers), CHUNK):
        yield numbers[start : start + CHUNK]
