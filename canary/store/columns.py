"""Trials of a target as arrays, filled chunk by chunk from the driver's rows: no record is built on the way."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, Select, select

from canary.domain.ports import TrialColumns, Window
from canary.domain.trial import Trigger
from canary.store.column_types import original
from canary.store.rows import ORDER, bare, within
from canary.store.schema import FLAGS, MEASURES, NAMES, NUMBERS, STRUCTURES, trials

CHUNK = 20_000
"""Rows turned at a time: large enough that numpy does the work, small enough that memory is the arrays'."""

VALUES = frozenset({*FLAGS, *NUMBERS, *MEASURES})
LABELS = frozenset({*NAMES, *STRUCTURES})
CODED = ("run_day", "run", "prompt", "prompt_digest", "family", "outcome")


class Coded:
    """A column of few distinct values: an int32 code per row, and the values they stand for."""

    def __init__(self) -> None:
        self._index: defaultdict[Any, int] = defaultdict()
        self._index.default_factory = self._index.__len__
        self._parts: list[NDArray[np.int32]] = []

    def add(self, column: Sequence[Any]) -> None:
        """Take the next rows."""
        self._parts.append(
            np.fromiter(map(self._index.__getitem__, column), dtype=np.int32, count=len(column))
        )

    def codes(self) -> NDArray[np.int32]:
        """One code per row, counting values in order of first appearance."""
        return np.concatenate([np.empty(0, dtype=np.int32), *self._parts])

    def values(self) -> list[Any]:
        """The value of each code, as the driver gave it."""
        return list(self._index)

    def names(self) -> tuple[tuple[str, ...], NDArray[np.int32]]:
        """Distinct texts, sorted, "" for absent, and one code per row into them."""
        names = ["" if value is None else original(value) for value in self._index]
        ranked = sorted(set(names))
        rank = {name: code for code, name in enumerate(ranked)}
        table = np.fromiter((rank[name] for name in names), dtype=np.int32, count=len(names))
        return tuple(ranked), table[self.codes()] if names else self.codes()

    def texts(self) -> NDArray[np.object_]:
        """One text or None per row; equal texts are one object."""
        table = np.empty(len(self._index), dtype=np.object_)
        for code, value in enumerate(self._index):
            table[code] = None if value is None else original(value)
        return table[self.codes()]


class Measured:
    """A column of numbers: float64 with NaN where not measured."""

    def __init__(self) -> None:
        self._parts: list[NDArray[np.float64]] = []

    def add(self, column: Sequence[Any]) -> None:
        """Take the next rows; None becomes NaN."""
        self._parts.append(np.array(column, dtype=np.float64))

    def numbers(self) -> NDArray[np.float64]:
        """One number per row."""
        return np.concatenate([np.empty(0, dtype=np.float64), *self._parts])


def read_columns(
    connection: Connection,
    target: str,
    window: Window,
    *,
    triggers: Sequence[Trigger],
    values: Sequence[str],
    texts: Sequence[str],
) -> TrialColumns:
    """Read a target's trials of a window, ordered as `TrialColumns` says.

    Args:
        connection: in a reading transaction.
        target: name of the target.
        window: run days.
        triggers: which runs.
        values: fields among `VALUES`.
        texts: fields among `LABELS`; a structured field comes as its canonical JSON, equal values as equal texts.

    Raises:
        ValueError: a wanted field is no column of that kind.
    """
    _demand(values, VALUES, "number or flag")
    _demand(texts, LABELS, "text")
    coded = {name: Coded() for name in dict.fromkeys((*CODED, *texts))}
    measured = {name: Measured() for name in dict.fromkeys(("replicate", *values))}
    columns: dict[str, Coded | Measured] = {**coded, **measured}
    result = connection.execution_options(yield_per=CHUNK).execute(_select(columns, target, window, triggers))
    for rows in result.partitions(CHUNK):
        for column, part in zip(columns.values(), zip(*rows, strict=True), strict=True):
            column.add(part)
    prompts, prompt = coded["prompt"].names()
    digests, prompt_digest = coded["prompt_digest"].names()
    families, family = coded["family"].names()
    runs, run = coded["run"].names()
    return TrialColumns(
        prompts=prompts,
        digests=digests,
        families=families,
        runs=runs,
        run_day=_days(coded["run_day"]),
        prompt=prompt,
        prompt_digest=prompt_digest,
        family=family,
        run=run,
        replicate=measured["replicate"].numbers().astype(np.int32),
        graded=_equal(coded["outcome"], "graded"),
        values={name: measured[name].numbers() for name in values},
        texts={name: coded[name].texts() for name in texts},
    )


def _demand(wanted: Sequence[str], known: frozenset[str], kind: str) -> None:
    unknown = sorted(set(wanted) - known)
    if unknown:
        raise ValueError(f"the record has no {kind} field named {', '.join(unknown)}")


def _select(
    columns: "dict[str, Coded | Measured]", target: str, window: Window, triggers: Sequence[Trigger]
) -> Select[Any]:
    return (
        select(*(bare(trials.c[name]) for name in columns))
        .where(trials.c.target == target, trials.c.trigger.in_(triggers), *within(window, trials.c.run_day))
        .order_by(*ORDER)
    )


def _days(column: Coded) -> "NDArray[np.datetime64]":
    # SQLite gives texts, PostgreSQL dates.
    days = [day if isinstance(day, date) else date.fromisoformat(day) for day in column.values()]
    return np.array(days, dtype="datetime64[D]")[column.codes()]


def _equal(column: Coded, value: str) -> "NDArray[np.bool_]":
    return np.array([known == value for known in column.values()], dtype=np.bool_)[column.codes()]
