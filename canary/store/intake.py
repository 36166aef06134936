"""Records from outside into the trials: all of them or none, nothing twice, nothing dropped.

A record that names its run is that run's trial. One that names none belongs to `imported-<day>-<trigger>`; where that
run has the same target, prompt and replicate from another moment, to `imported-<day>-<trigger>.2`, and so on: several
measurements of a day stay apart and all are kept. Equal target, prompt, replicate and moment are the same record.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from sqlalchemy import Connection, and_, func, or_, select

from canary.domain.errors import RecordError
from canary.domain.trial import Trial
from canary.store.imported_runs import describe_run, open_runs
from canary.store.rows import (
    FIELDS,
    KEY,
    bare,
    driver_insert,
    driver_look_up,
    encoder,
    has_texts,
    keep_texts,
    keeping,
    values_of,
)
from canary.store.schema import trials
from canary.store.transactions import alone

Values = list[Any]
Key = tuple[Any, ...]

_RUN, _TARGET, _PROMPT, _REPLICATE = (FIELDS.index(name) for name in KEY)
_MOMENT = FIELDS.index("started_at")


@dataclass(slots=True)
class Entry:
    """A record on its way in.

    Attributes:
        trial: the record.
        values: its row as the driver takes it; the run is filled in here.
        base: the first run of its day and trigger; None where the record names a run.
    """

    trial: Trial
    values: Values
    base: str | None

    @property
    def run(self) -> str:
        """The run it is to go into."""
        return str(self.values[_RUN])

    @property
    def key(self) -> Key:
        """The key of its row."""
        values = self.values
        return (values[_RUN], values[_TARGET], values[_PROMPT], values[_REPLICATE])


class Stored(NamedTuple):
    """What the store has under a key; the moment as the driver gives it."""

    moment: Any
    outcome: str
    attempts: int | None


@dataclass(slots=True)
class Moments:
    """When one prompt was put to one target in one replicate on one day, by records that name no run.

    Attributes:
        known: the moments, as the driver gives them.
        runs: how many runs of the day they fill.
    """

    known: set[Any] = field(default_factory=set)
    runs: int = 1


class Intake:
    """One import inside one transaction.

    Attributes:
        new: records kept.
        known: records that were already there.
    """

    def __init__(self, connection: Connection) -> None:
        """Keep other imports out until the transaction ends."""
        alone(connection)
        self.new = 0
        self.known = 0
        self._connection = connection
        self._encode = encoder(connection.dialect)
        self._insert, self._arranged = driver_insert(connection.dialect)
        self._opened: set[str] = set()
        self._grown: set[str] = set()
        self._days: dict[str, dict[Key, Moments]] = {}

    def take(self, chunk: Sequence[Trial]) -> None:
        """Take the next records.

        Raises:
            RecordError: a named run already holds another trial under the same key.
        """
        entries = [self._entry(trial) for trial in chunk]
        while entries:
            self._open_runs(entries)
            entries = self._settled(self._written(entries))

    def close_runs(self) -> None:
        """Say of each imported run that grew what its trials say of it."""
        for run in sorted(self._grown):
            describe_run(self._connection, run)

    def _entry(self, trial: Trial) -> Entry:
        values = self._encode(trial)
        if trial.run:
            return Entry(trial=trial, values=values, base=None)
        base = f"imported-{trial.run_day.isoformat()}-{trial.trigger}"
        values[_RUN] = base
        return Entry(trial=trial, values=values, base=base)

    def _open_runs(self, entries: Iterable[Entry]) -> None:
        missing = {entry.run: entry.trial for entry in entries if entry.run not in self._opened}
        if missing:
            open_runs(self._connection, missing)
            self._opened.update(missing)

    def _written(self, entries: Sequence[Entry]) -> list[Entry]:
        """Insert what is new; give back what was not inserted because its key is taken."""
        chosen: dict[Key, Entry] = {}
        again = [entry for entry in entries if chosen.setdefault(entry.key, entry) is not entry]
        before = self._connection.execute(select(func.coalesce(func.max(trials.c.id), 0))).scalar_one()
        rows = [self._arranged(entry.values) for entry in chosen.values()]
        count = self._connection.exec_driver_sql(self._insert, rows).rowcount
        self.new += count
        if count == len(chosen) and not any(has_texts(entry.trial) for entry in chosen.values()):
            self._grown.update(entry.run for entry in chosen.values())
            return again
        ids = self._ids_after(before)
        self._grown.update(str(key[0]) for key in ids)
        with_texts = {
            ids[key]: entry.trial for key, entry in chosen.items() if key in ids and has_texts(entry.trial)
        }
        keep_texts(self._connection, with_texts)
        return [entry for key, entry in chosen.items() if key not in ids] + again

    def _ids_after(self, before: int) -> Mapping[Key, int]:
        statement = select(trials.c.id, *(bare(trials.c[name]) for name in KEY)).where(trials.c.id > before)
        return {tuple(key): number for number, *key in self._connection.execute(statement)}

    def _settled(self, entries: Sequence[Entry]) -> list[Entry]:
        """Decide on records whose key is taken; give back those that go into another run of their day."""
        stored = self._stored(list({entry.key for entry in entries}))
        moved: list[Entry] = []
        for entry in entries:
            there = stored[entry.key]
            if there.moment == entry.values[_MOMENT] and not _is_later_attempt(entry, there):
                self.known += 1
            elif entry.base is None:
                stored[entry.key] = self._settle_named(entry, there)
            elif self._next_run(entry, entry.base, there):
                moved.append(entry)
            else:
                self.known += 1
        return moved

    def _stored(self, keys: Sequence[Key]) -> dict[Key, Stored]:
        if not keys:
            return {}
        parameters = tuple(part for key in keys for part in key)
        found = self._connection.exec_driver_sql(
            driver_look_up(self._connection.dialect, len(keys)), parameters
        )
        return {tuple(row[: len(KEY)]): Stored(*row[len(KEY) :]) for row in found}

    def _settle_named(self, entry: Entry, there: Stored) -> Stored:
        """A named run holds one trial under a key: the later attempt of a failed one, else the one that is there."""
        trial = entry.trial
        if _is_later_attempt(entry, there):
            row = dict(zip(FIELDS, values_of(trial), strict=True))
            number = self._connection.execute(keeping(self._connection.dialect), [row]).scalar_one()
            keep_texts(self._connection, {number: trial})
            self._grown.add(entry.run)
            self.new += 1
            return Stored(entry.values[_MOMENT], trial.outcome, trial.attempts)
        if trial.outcome == "failed" and (trial.attempts or 0) < (there.attempts or 0):
            self.known += 1
            return there
        raise RecordError(
            f"run {trial.run!r} holds another trial of prompt {trial.prompt!r} on target {trial.target!r}, "
            f"replicate {trial.replicate}, than the record of {trial.started_at.isoformat()}",
            remedy="give the records of another run another `run`, or leave `run` out",
        )

    def _next_run(self, entry: Entry, base: str, there: Stored) -> bool:
        """Move a record on to the next run of its day; False where one of the day's runs has it already."""
        if base not in self._days:
            self._days[base] = self._moments_of(base)
        moments = self._days[base].setdefault(entry.key[1:], Moments())
        moments.known.add(there.moment)
        if entry.run == base and entry.values[_MOMENT] in moments.known:
            return False
        moments.known.add(entry.values[_MOMENT])
        moments.runs += 1
        entry.values[_RUN] = f"{base}.{moments.runs}"
        return True

    def _moments_of(self, base: str) -> dict[Key, Moments]:
        """What the runs of a day and trigger hold, read once an import: a day may have been measured every minute."""
        run = trials.c.run
        statement = select(*(bare(trials.c[name]) for name in (*KEY, "started_at"))).where(
            or_(run == base, and_(run > f"{base}.", run < f"{base}/"))
        )
        found: dict[Key, Moments] = {}
        for name, *key, moment in self._connection.execute(statement):
            number = str(name)[len(base) + 1 :] or "1"
            if number.isdecimal():
                moments = found.setdefault(tuple(key), Moments())
                moments.known.add(moment)
                moments.runs = max(moments.runs, int(number))
        return found


def _is_later_attempt(entry: Entry, there: Stored) -> bool:
    """Whether a named record is a later attempt of a trial that failed: then it takes its place, as in `keeping`."""
    later = (entry.trial.attempts or 0) > (there.attempts or 0)
    return entry.base is None and there.outcome == "failed" and later
