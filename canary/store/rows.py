"""A trial as a row and back, and the statements that write rows."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from operator import itemgetter
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Insert,
    Row,
    Select,
    and_,
    delete,
    func,
    select,
    type_coerce,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Dialect
from sqlalchemy.types import NullType

from canary.domain.ports import Window
from canary.domain.trial import Trial
from canary.store.column_types import Structured, Words, is_storable, storable
from canary.store.schema import TEXTS, texts, trials

KEY = ("run", "target", "prompt", "replicate")
FIELDS: tuple[str, ...] = tuple(column.name for column in trials.c if column.name != "id")
ORDER = tuple(trials.c[name] for name in ("run_day", "started_at", "run", "prompt", "replicate", "target"))
"""The order of `TrialColumns`; the target decides where everything else is equal."""

_picked = itemgetter(*FIELDS)

_INSERTS: Mapping[str, Any] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}


def values_of(trial: Trial) -> tuple[Any, ...]:
    """The values of a trial in the order of `FIELDS`."""
    picked: tuple[Any, ...] = _picked(vars(trial))
    return picked


def inserting(dialect: Dialect) -> Any:
    """The dialect's `insert`, which knows ON CONFLICT."""
    return _INSERTS[dialect.name]


def keeping(dialect: Dialect) -> Insert:
    """Insert trials, or replace a failed one by a later attempt of it; returns id and key of what was written."""
    statement = inserting(dialect)(trials)
    later = func.coalesce(statement.excluded.attempts, 0) > func.coalesce(trials.c.attempts, 0)
    kept: Insert = statement.on_conflict_do_update(
        index_elements=KEY,
        set_={name: statement.excluded[name] for name in FIELDS if name not in KEY},
        where=and_(trials.c.outcome == "failed", later),
    ).returning(trials.c.id, *(trials.c[name] for name in KEY))
    return kept


def supersedes(new: Trial, old: Trial) -> bool:
    """Whether `new` takes the place of `old`, both of one key: the rule of `keeping`, inside one batch."""
    return old.outcome == "failed" and (new.attempts or 0) > (old.attempts or 0)


def one_each(batch: Iterable[Trial]) -> Mapping[tuple[Any, ...], Trial]:
    """The trial to keep for each key of a batch: PostgreSQL takes no row twice in one statement."""
    chosen: dict[tuple[Any, ...], Trial] = {}
    for trial in batch:
        key = (trial.run, trial.target, trial.prompt, trial.replicate)
        if key not in chosen or supersedes(trial, chosen[key]):
            chosen[key] = trial
    return chosen


def keep_texts(connection: Connection, ids: Mapping[int, Trial]) -> None:
    """Keep the texts of trials just written; those of an earlier attempt that was replaced go."""
    rows = [
        {"trial": number, "response": trial.response, "transcript": trial.transcript}
        for number, trial in ids.items()
        if has_texts(trial)
    ]
    bare = [number for number, trial in ids.items() if not has_texts(trial)]
    if bare:
        connection.execute(delete(texts).where(texts.c.trial.in_(bare)))
    if rows:
        statement = inserting(connection.dialect)(texts)
        connection.execute(
            statement.on_conflict_do_update(
                index_elements=["trial"], set_={name: statement.excluded[name] for name in TEXTS}
            ),
            rows,
        )


def has_texts(trial: Trial) -> bool:
    """Whether there is anything to keep beside the figures."""
    return trial.response is not None or trial.transcript is not None


def within(window: Window, day: Column[Any]) -> Sequence[ColumnElement[bool]]:
    """Conditions on a column of days."""
    return [
        *([day >= window.start] if window.start is not None else []),
        *([day < window.end] if window.end is not None else []),
    ]


def whole_trials(*, with_texts: bool) -> Select[Any]:
    """Select the fields of trials, ids first; `trial_of` reads the rows."""
    figures = (trials.c.id, *(trials.c[name] for name in FIELDS))
    if not with_texts:
        return select(*figures)
    return select(*figures, *(texts.c[name] for name in TEXTS)).join_from(trials, texts, isouter=True)


def trial_of(row: Row[Any]) -> Trial:
    """The trial of a row of `whole_trials`."""
    return Trial(**dict(zip((*FIELDS, *TEXTS), row[1:], strict=False)))


def bare(column: Column[Any]) -> Any:
    """A column as the driver gives it: a converter called for each of a million values costs more than the query."""
    return type_coerce(column, NullType())


def encoder(dialect: Dialect) -> Callable[[Trial], list[Any]]:
    """A function that gives the values of a trial, in the order of `FIELDS`, as the driver takes them.

    It gives what the columns' types give, in a third of the time: an import turns trials by the million.
    """
    types = [trials.c[name].type for name in FIELDS]
    structured = [(place, kind.written) for place, kind in enumerate(types) if isinstance(kind, Structured)]
    wordy = [place for place, kind in enumerate(types) if isinstance(kind, Structured | Words)]
    converted = [
        (place, convert)
        for place, kind in enumerate(types)
        if place not in wordy and (convert := kind.dialect_impl(dialect).bind_processor(dialect)) is not None
    ]

    def encode(trial: Trial) -> list[Any]:
        values = list(values_of(trial))
        for place, write in structured:
            if values[place] is not None:
                values[place] = write(values[place])
        for place, convert in converted:
            if values[place] is not None:
                values[place] = convert(values[place])
        # One look at all texts of a row: nearly always every one of them is kept as it is.
        if not is_storable("".join([values[place] for place in wordy if values[place] is not None])):
            for place in wordy:
                if values[place] is not None:
                    values[place] = storable(values[place])
        return values

    return encode


def driver_insert(dialect: Dialect) -> tuple[str, Callable[[list[Any]], Any]]:
    """The driver's own statement for new trials, and how it takes a row: what goes through it goes by the million."""
    statement = inserting(dialect)(trials).on_conflict_do_nothing().inline()
    compiled = statement.compile(dialect=dialect, column_keys=list(FIELDS))
    if compiled.positional:
        return str(compiled), tuple
    return str(compiled), lambda values: dict(zip(FIELDS, values, strict=True))


def driver_look_up(dialect: Dialect, count: int) -> str:
    """The driver's statement that finds trials by key, a list of keys at once.

    A join with the keys, because SQLite answers `(…) IN (VALUES …)` by reading the whole table.
    """
    mark = "?" if dialect.paramstyle == "qmark" else "%s"
    key, row = ", ".join(KEY), f"({', '.join([mark] * len(KEY))})"
    return (
        f"WITH wanted ({key}) AS (VALUES {', '.join([row] * count)}) "  # noqa: S608 -- names of columns and marks
        f"SELECT {key}, started_at, outcome, attempts FROM wanted JOIN trials USING ({key})"
    )
