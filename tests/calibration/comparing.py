"""Drawn histories cut into an old and a new side, compared, and what came of it.

`python -m tests.calibration.comparing [comparisons]` prints every figure of docs/compare.md.
"""

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import partial

import numpy as np

from canary.analysis.compare import compare
from canary.analysis.comparison import ALL, Comparison, Row
from canary.analysis.pins import pinned, side_of_baseline
from canary.analysis.sides import Side, side_of
from canary.domain.incident import Policy
from canary.simulate.columns import history_columns
from canary.simulate.history import History, draw_history
from canary.simulate.worlds import CALM, DEFAULT, SUITE, WORLDS, Shape, Shift, World

FIRST = date(2026, 1, 1)
SHIPPED = Shape(families=(40, 37, 30, 20))
"""A suite of the shipped size: 127 prompts."""

MANY = Shape(families=(40, 37, 30, 20), replicates=20)
"""So many trials that a difference of two points can be ruled out."""

ONCE = Shape(families=(300, 241), replicates=1, concentration=0.29)
"""A public suite asked once: 541 prompts."""

TEN_DOWN = (Shift(moved="pass_rate", onset=0, size=-0.10),)
TWO_DOWN = (Shift(moved="pass_rate", onset=0, size=-0.02),)

HELD = ("pass_rate", "output_tokens", "reasoning_tokens", "tool_calls", "latency_s")


def cut(history: History, days: slice, replicates: slice, label: str) -> Side:
    """The side that some days and replicates of a history make."""
    values = {name: one[days, :, replicates] for name, one in history.values.items()}
    start = FIRST.toordinal() + (days.start or 0)
    columns = history_columns(replace(history, values=values), first_day=date.fromordinal(start))
    side = side_of(columns, target="t", label=label)
    assert side is not None, "every trial of these days is missing"
    return side


def interleaved(
    seed: Sequence[int], world: World, shape: Shape, shifts: Sequence[Shift] = (), days: int = 1
) -> tuple[Side, Side] | None:
    """Two sides asked at the same time; the change, if any, meets the second alone. None where the days are missing."""
    double = replace(shape, replicates=2 * shape.replicates)
    old = draw_history(seed, days=days, world=world, shape=double)
    new = draw_history(seed, days=days, world=world, shape=double, shifts=shifts) if shifts else old
    if np.isnan(old.values["passed"]).all():
        return None
    half = slice(0, shape.replicates)
    other = slice(shape.replicates, None)
    return cut(old, slice(0, days), half, "old"), cut(new, slice(0, days), other, "new")


def later(
    seed: Sequence[int],
    world: World,
    shape: Shape,
    shifts: Sequence[Shift] = (),
    *,
    before: int = 28,
    after: int = 1,
) -> tuple[Side, Side] | None:
    """A pinned baseline of some days, and a run some days later."""
    onset = before + 7
    moved = [replace(shift, onset=onset) for shift in shifts]
    history = draw_history(seed, days=onset + after, world=world, shape=shape, shifts=moved)
    passed = history.values["passed"]
    if np.isnan(passed[onset:]).all() or np.isnan(passed[:before]).all():
        return None
    old = cut(history, slice(0, before), slice(None), "old")
    new = cut(history, slice(onset, onset + after), slice(None), "new")
    return side_of_baseline(pinned(old, levels={})), new


Draw = Callable[[Sequence[int]], tuple[Side, Side] | None]


def comparisons(seed: int, count: int, draw: Draw, policy: Policy | None = None) -> Iterator[Comparison]:
    """Compare drawn sides; days that are missing whole are not counted."""
    for number in range(count):
        sides = draw((seed, number))
        if sides is not None:
            yield compare([sides], policy or Policy(), a="old", b="new")


def row_of(found: Comparison, metric: str = "pass_rate") -> Row:
    """The row of all prompts."""
    return next(row for row in found.rows if row.metric == metric and row.family == ALL)


@dataclass(frozen=True, kw_only=True, slots=True)
class Rates:
    """Shares of comparisons.

    Attributes:
        number: comparisons.
        false: metric -> p value below 5 %.
        covered: metric -> 95 % interval holds the true effect (only where it is nothing).
        verdicts: whole verdict -> share.
        equivalent: pass rate called equivalent.
        called: pass rate called worse.
    """

    number: int
    false: Mapping[str, float]
    covered: Mapping[str, float]
    verdicts: Mapping[str, float]
    equivalent: float
    called: float


def measured(seed: int, count: int, draw: Draw, policy: Policy | None = None) -> Rates:
    """What came of many comparisons."""
    found = list(comparisons(seed, count, draw, policy))
    tested = {m: [row_of(one, m) for one in found] for m in HELD}
    whole = [one.verdict for one in found]
    passed = [row.verdict for row in tested["pass_rate"]]
    return Rates(
        number=len(found),
        false={m: float(np.mean([(r.p_value or 0) < 0.05 for r in rows])) for m, rows in tested.items()},
        covered={
            m: float(np.mean([(r.low or 0) <= 0 <= (r.high or 0) for r in rows]))
            for m, rows in tested.items()
        },
        verdicts={name: whole.count(name) / len(whole) for name in sorted(set(whole))},
        equivalent=passed.count("equivalent") / len(passed),
        called=passed.count("worse") / len(passed),
    )


def say(name: str, found: Rates) -> None:
    """One line a measurement, at once: a run takes minutes."""
    false = ", ".join(f"{metric} {share:.1%}" for metric, share in found.false.items())
    covered = ", ".join(f"{metric} {share:.1%}" for metric, share in found.covered.items())
    verdicts = ", ".join(f"{verdict} {share:.1%}" for verdict, share in found.verdicts.items())
    print(f"{name}: {found.number} comparisons", flush=True)
    print(f"    p < 0.05: {false}\n    intervals hold 0: {covered}\n    verdicts: {verdicts}", flush=True)
    print(f"    pass rate equivalent {found.equivalent:.1%}, worse {found.called:.1%}", flush=True)


def setups() -> Iterator[tuple[str, Draw]]:
    """What is measured, by name."""
    for name, world in WORLDS.items():
        for shape in (SUITE, SHIPPED):
            beside = partial(interleaved, world=world, shape=shape)
            yield f"{name}, {shape.prompts} x 3, interleaved", beside
            yield f"{name}, {shape.prompts} x 3, interleaved, -10 points", partial(beside, shifts=TEN_DOWN)
        after = partial(later, world=world, shape=SUITE)
        yield f"{name}, 40 x 3, baseline", after
        yield f"{name}, 40 x 3, baseline, -10 points", partial(after, shifts=TEN_DOWN)
        yield f"{name}, 40 x 3, 28 days against 28", partial(after, after=28)
        yield f"{name}, 40 x 3, a day against a day", partial(after, before=1)
        yield f"{name}, 541 x 1, interleaved", partial(interleaved, world=world, shape=ONCE)
    for world in (CALM, DEFAULT):
        yield f"{world.name}, 127 x 20, interleaved", partial(interleaved, world=world, shape=MANY)
        down = partial(interleaved, world=world, shape=MANY, shifts=TWO_DOWN)
        yield f"{world.name}, 127 x 20, interleaved, -2 points", down
    five = partial(interleaved, world=DEFAULT, shape=replace(SUITE, replicates=5))
    yield "default, 40 x 5, interleaved, -10 points", partial(five, shifts=TEN_DOWN)
    yield "default, 127 x 3, baseline", partial(later, world=DEFAULT, shape=SHIPPED)


if __name__ == "__main__":
    for number, (title, draw) in enumerate(setups()):
        say(title, measured(11 + number, int(sys.argv[1]) if len(sys.argv) > 1 else 1000, draw))
