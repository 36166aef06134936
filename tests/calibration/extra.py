"""Targets with trials that can be asked for, judged with everything on: what opens, what is found, what it costs in calls."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np
from scipy import special

from canary.analysis.detect import Moves, matters, moves
from canary.domain.incident import ChangePoint, Policy
from canary.domain.ports import TrialColumns
from canary.simulate.columns import history_columns
from canary.simulate.history import History, draw_history
from canary.simulate.worlds import DEFAULT, SUITE, BadDay, Shape, Shift, World
from tests.calibration.measuring import DAYS, FIRST, NEVER, TARGETS, WARM, Scenario

SEED = 51833
TIMES = 3
TOGETHER = timedelta(days=7)
OFF = Policy(confirm=False, joint=False, twins=False)
ON = Policy(confirm=True, joint=True, twins=True)
BUDGET = 1 / TARGETS


@dataclass(frozen=True, kw_only=True, slots=True)
class Drawn:
    """One target's records: the daily trials, and those that could be asked for."""

    daily: TrialColumns
    extra: TrialColumns


def drawn(
    seed: Sequence[int],
    days: int,
    world: World = DEFAULT,
    shape: Shape = SUITE,
    *,
    shifts: Sequence[Shift] = (),
    bad_days: Sequence[BadDay] = (),
    extra: bool = True,
) -> Drawn:
    """Draw a target with `TIMES` times extra trials on every day."""
    wide = replace(shape, replicates=shape.replicates * (1 + TIMES)) if extra else shape
    history = draw_history(list(seed), days=days, world=world, shape=wide, shifts=shifts, bad_days=bad_days)
    return Drawn(
        daily=_columns(history, slice(0, shape.replicates)),
        extra=_columns(history, slice(shape.replicates, None), "passed"),
    )


def _columns(history: History, part: slice, *names: str) -> TrialColumns:
    values = {name: cube[:, :, part] for name, cube in history.values.items() if not names or name in names}
    return history_columns(replace(history, values=values), first_day=FIRST)


def found_in(records: Drawn, policy: Policy, budget: float = BUDGET) -> Moves:
    """Judge one target of three."""
    found = moves("target", records.daily, budget, policy=policy, confirmations=records.extra)
    assert found is not None
    return found


def opened(changes: Sequence[ChangePoint], policy: Policy) -> list[ChangePoint]:
    """Changes that open an incident: they matter, and none of the target's was told of within a week before."""
    heads: list[ChangePoint] = []
    last: date | None = None
    for change in sorted(changes, key=lambda one: (one.raised_on, not matters(one, policy))):
        if last is None or change.raised_on - last > TOGETHER:
            if not matters(change, policy):
                continue
            heads.append(change)
        last = change.raised_on
    return heads


def asked(found: Moves) -> int:
    """Days on which extra trials were drawn."""
    last = found.grid.date(found.grid.days - 1)
    days = 0
    for one in found.suspicions:
        end = min(d for d in (one.suspicion.until, one.confirmed_on, one.ended_on, last) if d is not None)
        days += (end - one.suspicion.raised_on).days
    return days


@dataclass(frozen=True, kw_only=True, slots=True)
class Calm:
    """What targets without a change opened, in years of deployments of `TARGETS` targets."""

    years: float
    opened: int
    extra: float
    most: float
    by: Counter[tuple[str, ...]]

    @property
    def rate(self) -> float:
        """Opened incidents a year."""
        return self.opened / self.years

    @property
    def upper(self) -> float:
        """Upper 95 % limit of it."""
        return float(special.chdtri(2 * (self.opened + 1), 0.05)) / 2 / self.years


def quiet(seed: int, targets: int, world: World = DEFAULT, shape: Shape = SUITE, policy: Policy = ON) -> Calm:
    """Judge years of single targets without a change, each with its third of the default budget."""
    heads: list[ChangePoint] = []
    extra: list[float] = []
    for number in range(targets):
        found = found_in(drawn((seed, number), DAYS, world, shape, extra=policy.confirm), policy)
        heads += opened(found.changes, policy)
        extra.append(TIMES * asked(found) / found.grid.days)
    return Calm(
        years=targets * (DAYS - WARM) / 365.25 / TARGETS,
        opened=len(heads),
        extra=float(np.mean(extra)),
        most=max(extra),
        by=Counter((one.metric, one.kind, one.direction, one.test[:24]) for one in heads),
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class Seen:
    """What became of a history with a change.

    Attributes:
        delay: days to the first change point of the series that moved; `NEVER` within 60 days.
        right: whether directions of all change points of moved series within a week of it are right.
        dated, sized: whether its intervals hold the truth; None = not asked.
        wrong: change points of the same week, on series that did not move.
    """

    delay: int
    right: bool | None = None
    dated: bool | None = None
    sized: bool | None = None
    wrong: int = 0


def search(
    seed: int,
    histories: int,
    scenario: Scenario,
    policy: Policy,
    world: World = DEFAULT,
    shape: Shape = SUITE,
) -> list[Seen]:
    """Judge histories with a change on a random day."""
    rng = np.random.default_rng(seed)
    seen = []
    for number in range(histories):
        onset = int(rng.integers(60, 130))
        shifts = tuple(replace(shift, onset=onset) for shift in scenario.shifts)
        records = drawn((seed, number), onset + 61, world, shape, shifts=shifts, extra=policy.confirm)
        seen.append(_first(scenario, onset, found_in(records, policy).changes))
    return seen


def _first(scenario: Scenario, onset: int, changes: Sequence[ChangePoint]) -> Seen:
    day = FIRST + timedelta(days=onset)
    ways: dict[str, bool] = {shift.moved: shift.size > 0 for shift in scenario.shifts}
    if scenario.metric == "tokenizer":
        ways = {"tokenizer": scenario.up}
    late = [change for change in changes if change.raised_on >= day and change.family == "all"]
    own = [
        change
        for change in late
        if change.kind == scenario.kind and (change.metric in ways or change.metric == scenario.metric)
    ]
    if not own:
        return Seen(delay=NEVER)
    first = own[0]
    week = [change for change in late if change.raised_on - first.raised_on <= TOGETHER]
    sized = None
    if scenario.effect is not None and first.effect_low is not None and first.effect_high is not None:
        sized = first.effect_low <= scenario.effect <= first.effect_high
    return Seen(
        delay=(first.raised_on - day).days,
        right=all(
            (change.direction == "up") is ways.get(change.metric, scenario.up)
            for change in week
            if change in own
        ),
        dated=first.onset_low <= day <= first.onset_high,
        sized=sized,
        wrong=sum(change.kind == "level" and change.metric not in ways for change in week),
    )


def called(seed: int, histories: int, policy: Policy, world: World = DEFAULT) -> float:
    """Share of histories with one bad day that open an incident within a fortnight of it."""
    rng = np.random.default_rng(seed)
    count = 0
    for number in range(histories):
        day = int(rng.integers(60, 130))
        records = drawn((seed, number), day + 15, world, bad_days=(BadDay(day=day),), extra=policy.confirm)
        heads = opened(found_in(records, policy).changes, policy)
        count += any(change.raised_on >= FIRST + timedelta(days=day) for change in heads)
    return count / histories
