"""What happened around a target, read off its own records: versions, prices, prompts. A change of ours starts a new epoch.

*Ours* is the stack that asks (canary, SDK, Python, the machine, the account) and the pinned version of a `harness-pinned` arm. A
vendor's harness update in the arms `harness` and `harness-resumed` is *theirs*: an annotation, and tests run straight through it. An
edited prompt is another prompt and its series are chained, so it needs no new epoch. A dated price moves cost alone.

A value that was in use within the last `REMEMBERED` days is no change: two machines that take turns would else restart every day.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from canary.analysis.series import Grid
from canary.domain.canonical import canonical_json
from canary.domain.deployment import Annotation, AnnotationKind, Member
from canary.domain.ports import TrialColumns

REMEMBERED = 28
SETTLING = 7
"""Days from a target's first record in which nothing is a change yet."""
NAMED = 3
"""Prompts named in one line; more are counted."""

HARNESS_KEYS = ("harness", "features")
"""Beginnings of fingerprint keys that name what the vendor's agent CLI is, not what asks it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Wording:
    """How a date of the provider's models list is told, on the day it is first seen and on the day itself."""

    said: str
    then: str


LIFECYCLE: Mapping[str, Wording] = {
    "model_deprecated": Wording(said="calls the model deprecated since", then="model deprecated"),
    "model_retires": Wording(said="says the model will be retired on", then="model retired"),
}
"""Keys of a fingerprint that are dates of the model, not versions of a stack."""
VENDORS_ARMS = frozenset({"harness", "harness-resumed", None})
"""Arms whose harness is the vendor's affair; records that name no arm say nothing of a pin."""
CHAINED = frozenset({"suite", "checks", "lifecycle"})
"""Sources of annotations that never start a new epoch."""


def annotations_of(target: str, columns: TrialColumns, grid: Grid, member: Member) -> list[Annotation]:
    """Everything the records of one target say about changes around it, by day."""
    notes = [*_fingerprints(target, columns, grid, member), *_prices(target, columns, grid)]
    notes += [*_suite(target, grid), *_retirements(target, columns, grid)]
    return sorted(notes, key=lambda note: (note.day, note.source, note.text))


def restarts_of(target: str, annotations: Iterable[Annotation]) -> list[tuple[date, tuple[str, ...]]]:
    """Days on which the epoch of the named metrics (all when empty) begins anew for a target."""
    return [
        (note.day, note.metrics)
        for note in annotations
        if note.kind == "ours" and note.target in {None, target} and note.source not in CHAINED
    ]


def daily_names(
    columns: TrialColumns, grid: Grid, name: str, read: Callable[[Any], Mapping[str, str]]
) -> Iterator[tuple[int, Mapping[str, str]]]:
    """(day, key -> value) by what most trials of the day carry."""
    texts = columns.texts.get(name)
    if texts is None:
        return
    known = sorted({text for text in texts.tolist() if text})
    if not known:
        return
    parsed = [read(json.loads(text)) for text in known]
    place = {text: i for i, text in enumerate(known)}
    codes = np.array([place.get(text, -1) for text in texts.tolist()])
    pairs = grid.day.astype(np.int64) * (len(known) + 1) + codes + 1
    seen, counts = np.unique(pairs, return_counts=True)
    best: dict[int, tuple[int, int]] = {}
    for pair, count in zip(seen.tolist(), counts.tolist(), strict=True):
        day, code = divmod(pair, len(known) + 1)
        if code and count > best.get(day, (0, 0))[0]:
            best[day] = (count, code - 1)
    for day in sorted(best):
        yield day, parsed[best[day][1]]


def _moves(days: Iterable[tuple[int, Mapping[str, str]]]) -> Iterator[tuple[int, str, str, str]]:
    """(day, key, before, after) of every value that was not in use of late."""
    now: dict[str, str] = {}
    last: dict[tuple[str, str], int] = {}
    for day, names in days:
        for key, value in names.items():
            before = now.get(key)
            fresh = day - last.get((key, value), -REMEMBERED - 1) > REMEMBERED
            if before is not None and value != before and fresh and day > 0:
                yield day, key, before, value
            now[key] = value
            last[key, value] = day


def _fingerprints(target: str, columns: TrialColumns, grid: Grid, member: Member) -> Iterator[Annotation]:
    def own(value: Any) -> Mapping[str, str]:
        return {key: part for key, part in _fingerprint(value).items() if key not in LIFECYCLE}

    for day, key, before, after in _moves(daily_names(columns, grid, "fingerprint", own)):
        kind: AnnotationKind = "ours"
        if key.startswith(HARNESS_KEYS) and member.arm in VENDORS_ARMS:
            kind = "theirs"
        yield Annotation(
            day=grid.date(day),
            text=f"{key} {before} -> {after}",
            kind=kind,
            source="fingerprint",
            target=target,
        )


def _retirements(target: str, columns: TrialColumns, grid: Grid) -> Iterator[Annotation]:
    """What the provider's models list said of the model: the day it said so first, and the day it named, unless put off by then."""
    told: dict[tuple[int, str], None] = {}
    days = list(daily_names(columns, grid, "fingerprint", _fingerprint))
    for key, wording in LIFECYCLE.items():
        said = _statements((day, names.get(key, "")) for day, names in days)
        for place, (day, value) in enumerate(said):
            when = _day(value)
            end = said[place + 1][0] if place + 1 < len(said) else grid.days
            if when is None:
                continue
            if place:
                told[day, f"the provider's models list {wording.said} {when.isoformat()}"] = None
            at = (when - grid.first_day).days
            if 0 <= at < end:
                told[at, f"{wording.then}, says the provider's models list"] = None
    for day, text in told:
        yield Annotation(day=grid.date(day), text=text, kind="theirs", source="lifecycle", target=target)


def _statements(values: Iterable[tuple[int, str]]) -> list[tuple[int, str]]:
    """(day, value) where a list said something else than before; a day on which it told nothing is no statement."""
    said: list[tuple[int, str]] = []
    for day, value in values:
        if value and (not said or said[-1][1] != value):
            said.append((day, value))
    return said


def stacks(texts: NDArray[np.object_]) -> NDArray[np.object_]:
    """Fingerprints without the dates of the model: whether a models list answered is no change of the stack.

    Args:
        texts: as the store gives them, JSON with sorted keys; None = not known.
    """
    known = {text: _stack(text) for text in set(texts.tolist())}
    return np.array([known[text] for text in texts.tolist()], dtype=object)


def _stack(text: str | None) -> str | None:
    if not text or not any(f'"{key}"' in text for key in LIFECYCLE):
        return text
    own = {key: part for key, part in _fingerprint(json.loads(text)).items() if key not in LIFECYCLE}
    return canonical_json(own)


def _day(value: str) -> date | None:
    try:
        return date.fromisoformat(value)
    except ValueError:
        return None


def _fingerprint(value: Any) -> Mapping[str, str]:
    """A fingerprint as it stands in a record."""
    return {str(key): str(part) for key, part in value.items()} if isinstance(value, dict) else {}


def _prices(target: str, columns: TrialColumns, grid: Grid) -> Iterator[Annotation]:
    def read(value: Any) -> Mapping[str, str]:
        if not isinstance(value, dict):
            return {}
        return {str(k): f"{v:g}" for k, v in value.items() if isinstance(v, int | float)}

    moved: dict[int, list[str]] = {}
    for day, key, before, after in _moves(daily_names(columns, grid, "unit_prices", read)):
        moved.setdefault(day, []).append(f"{key} {before} -> {after}")
    for day, parts in moved.items():
        yield Annotation(
            day=grid.date(day),
            text=f"unit price: {', '.join(parts)} USD per million tokens",
            kind="ours",
            source="price",
            target=target,
            metrics=("cost_per_pass",),
        )


def _suite(target: str, grid: Grid) -> Iterator[Annotation]:
    """Prompts that appeared or were edited after the first days."""
    first = np.full(len(grid.prompts), grid.days, dtype=np.int64)
    np.minimum.at(first, grid.column, grid.day)
    began = int(first.min(initial=grid.days))
    by_day: dict[int, list[str]] = {}
    for name, day in zip(grid.prompts, first.tolist(), strict=True):
        if SETTLING < day - began < grid.days:
            by_day.setdefault(day, []).append(name)
    for day, names in by_day.items():
        yield Annotation(
            day=grid.date(day),
            text=f"prompts added or edited: {_listed(sorted(names))}",
            kind="ours",
            source="suite",
            target=target,
        )


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return ", ".join(names[:NAMED]) + more
