"""The sides of a comparison as people name them: a run, `baseline`, a date, FROM..TO, or a file of records."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from canary.cli.invocation import Invocation
from canary.domain.errors import UsageError

if TYPE_CHECKING:
    from canary.analysis.sides import Side
    from canary.domain.baseline import Baseline
    from canary.domain.ports import Store

BASELINE = "baseline"
FOLDER = "baselines"
"""Beside `canary.toml`."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Named:
    """A side before its target is known.

    Attributes:
        label: what it is, for people.
        sides: target -> its side; empty for `baseline`, which is chosen by what it is held against.
        pinned: whether it is `baseline`.
    """

    label: str
    sides: "Mapping[str, Side]"
    pinned: bool = False


def from_file(path: Path) -> Named:
    """All trials of a file of records but those of confirmation and control runs.

    Raises:
        RecordError: it can't be read.
        UsageError: it holds no trial.
    """
    from canary.analysis.folds import VALUES
    from canary.analysis.sides import SIDE_TEXTS, side_of
    from canary.exchange.columns import columns_by_target
    from canary.exchange.trials import read_trials

    columns = columns_by_target(
        read_trials(path), values=VALUES, texts=SIDE_TEXTS, triggers=("schedule", "manual", "release")
    )
    made = {target: side_of(one, target=target, label=path.name) for target, one in columns.items()}
    sides = {target: side for target, side in made.items() if side is not None}
    if not sides:
        raise UsageError("there is no trial in it", where=str(path), remedy="name a file of trial records")
    return Named(label=path.name, sides=sides)


def from_store(store: "Store", text: str) -> Named:
    """A run's trials, or those of a date or of days FROM..TO, both ends included.

    Raises:
        UsageError: there is no such run, or no trial of those days.
    """
    from canary.domain.ports import Window
    from canary.pipeline.release import run_sides, window_sides

    if text == BASELINE:
        return Named(label=BASELINE, sides={}, pinned=True)
    run = store.run(text)
    if run is not None:
        sides = run_sides(store, run)
    else:
        start, end = _days(text)
        window = Window(start=start, end=end + timedelta(days=1))
        sides = window_sides(store, window, store.targets(), label=text)
    if not sides:
        raise UsageError("there are no trials of it in the store", where=text)
    return Named(label=text, sides=sides)


def _days(text: str) -> tuple[date, date]:
    first, dots, last = text.partition("..")
    try:
        start = date.fromisoformat(first)
        end = date.fromisoformat(last) if dots else start
    except ValueError:
        remedy = "name a run (`canary status` shows them), `baseline`, a date, or FROM..TO like 2026-03-01..2026-03-07"
        raise UsageError("is no run in the store, and no date", where=text, remedy=remedy) from None
    if end < start:
        raise UsageError("ends before it starts", where=text)
    return start, end


def matched(
    a: Named, b: Named, baselines: "list[Baseline]", target_a: str | None, target_b: str | None
) -> "list[tuple[Side, Side]]":
    """Pairs of sides: of the targets named, else of every target that both have, else of the only one of each.

    Raises:
        UsageError: a target is unknown, nothing is pinned, or it is not clear what to compare.
    """
    if a.pinned and b.pinned:
        raise UsageError("both sides are the baseline", remedy="name a run or days for one of them")
    if a.pinned or b.pinned:
        return _against_baseline(a, b, baselines, target_a or target_b)
    target_a, target_b = target_a or target_b, target_b or target_a
    if target_a is not None and target_b is not None:
        return [(_of(a, target_a, "--target-a"), _of(b, target_b, "--target-b"))]
    common = sorted(set(a.sides) & set(b.sides))
    if common:
        return [(a.sides[name], b.sides[name]) for name in common]
    if len(a.sides) == len(b.sides) == 1:
        return [(next(iter(a.sides.values())), next(iter(b.sides.values())))]
    raise UsageError(
        f"the sides have no target in common: {', '.join(a.sides)} and {', '.join(b.sides)}",
        remedy="say which to compare with --target-a and --target-b",
    )


def _of(named: Named, target: str, option: str) -> "Side":
    if target not in named.sides:
        raise UsageError(
            f"{named.label} has no trials of {target!r}",
            where=option,
            remedy=f"it has: {', '.join(named.sides)}",
        )
    return named.sides[target]


def _against_baseline(
    a: Named, b: Named, baselines: "list[Baseline]", target: str | None
) -> "list[tuple[Side, Side]]":
    from canary.analysis.pins import side_of_baseline
    from canary.pipeline.release import nearest

    other = b if a.pinned else a
    wanted = (
        [_of(other, target, "--target-b" if a.pinned else "--target-a")] if target else other.sides.values()
    )
    pairs = []
    for side in wanted:
        baseline = nearest(baselines, side)
        if baseline is not None:
            old = side_of_baseline(baseline)
            pairs.append((old, side) if a.pinned else (side, old))
    if not pairs:
        raise UsageError(
            f"no baseline of {', '.join(other.sides)} shares a prompt with {other.label}",
            where=BASELINE,
            remedy="pin one with `canary baseline pin`",
        )
    return pairs


@contextmanager
def opened_store(invocation: Invocation) -> "Iterator[Store]":
    """The project's store, closed on leaving; asking must not create one."""
    from canary.store.database import exists, open_store

    url = invocation.load().store.url
    if not exists(url):
        raise UsageError(
            "there is no store yet", remedy="run `canary run` or `canary import` first, or compare two files"
        )
    store = open_store(url)
    try:
        yield store
    finally:
        store.close()


def baseline_folder(invocation: Invocation) -> Path:
    return invocation.load().path.parent / FOLDER


def pinned_baselines(invocation: Invocation, target: str | None = None) -> "list[tuple[Path, Baseline]]":
    from canary.store.baselines import read_baselines

    found = list(read_baselines(baseline_folder(invocation), target))
    if not found:
        raise UsageError(
            f"nothing is pinned{f' of {target!r}' if target else ''}",
            where=str(baseline_folder(invocation)),
            remedy="pin one with `canary baseline pin`",
        )
    return found
