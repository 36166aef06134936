"""Deployments drawn and judged, and what came of it: opened incidents a year, delays, coverage."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np
from scipy import special

from canary.analysis.backtest import backtest
from canary.domain.incident import Alarm, ChangePoint, Policy
from canary.domain.ports import TrialColumns
from canary.simulate.columns import history_columns
from canary.simulate.history import History, draw_history
from canary.simulate.worlds import DEFAULT, SUITE, WORLDS, BadDay, Shape, Shift, World
from tests.calibration.changing import changing

FIRST = date(2026, 1, 1)
DAYS = 365
WARM = 28
TARGETS = 3
NEVER = 999

UNSURE = Shape(concentration=1.5)
"""A suite of the reference size with many prompts near a half: its days are half as noisy again."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """Where histories without a change are judged: a world, a suite, and whether the suite is lived in (`changing`)."""

    world: World
    shape: Shape = SUITE
    lived_in: bool = False


PLACES: dict[str, Place] = {
    **{name: Place(world=world) for name, world in WORLDS.items()},
    "default, unsure prompts": Place(world=DEFAULT, shape=UNSURE),
}
"""Where the thresholds were made."""

HELD_OUT: dict[str, Place] = {
    "restless days": Place(
        world=replace(
            DEFAULT,
            name="restless",
            accuracy_sd=0.18,
            accuracy_phi=0.8,
            family_sd=0.1,
            output_sd=0.03,
            reasoning_sd=0.045,
            tools_sd=0.045,
            usage_phi=0.8,
            latency_sd=0.18,
            latency_phi=0.8,
        )
    ),
    "100 prompts of 12 families x 5": Place(
        world=DEFAULT, shape=Shape(families=(9, 8) * 5 + (8, 7), replicates=5)
    ),
    "20 prompts x 1": Place(world=DEFAULT, shape=Shape(families=(8, 7, 5), replicates=1)),
    "a suite lived in": Place(world=DEFAULT, lived_in=True),
}
"""Where they were not: the budget must hold all the same."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Quiet:
    """What deployments without a change opened.

    Attributes:
        years: judged, of all deployments together.
        opened: incidents.
        by: opened changes by metric, kind and direction.
    """

    years: float
    opened: int
    by: Counter[tuple[str, str, str]]

    @property
    def rate(self) -> float:
        """Opened incidents a year."""
        return self.opened / self.years

    @property
    def upper(self) -> float:
        """Upper 95 % limit of the rate, of a Poisson count."""
        return float(special.chdtri(2 * (self.opened + 1), 0.05)) / 2 / self.years


def quiet(seed: int, deployments: int, place: Place) -> Quiet:
    """Judge years without a change: three targets, 365 days, the default budget of 1 a year."""
    opened, by = 0, Counter[tuple[str, str, str]]()
    for number in range(deployments):
        records = {f"target-{k}": _unchanged((seed, number, k), place) for k in range(TARGETS)}
        for alarm in backtest(records, Policy()).alarms:
            if alarm.event == "opened":
                opened += 1
                by.update((c.metric, c.kind, c.direction) for c in alarm.changes)
    return Quiet(years=deployments * (DAYS - WARM) / 365.25, opened=opened, by=by)


def _unchanged(seed: tuple[int, int, int], place: Place) -> TrialColumns:
    history = draw_history(seed, days=DAYS, world=place.world, shape=place.shape)
    columns = history_columns(history, first_day=FIRST)
    return changing(columns, sum(seed)) if place.lived_in else columns


@dataclass(frozen=True, kw_only=True, slots=True)
class Scenario:
    """A change and the series that shows it.

    Attributes:
        metric, kind, up: of the change point that counts; metric "" = any series of family `all`.
        shifts: with onset 0, moved to the day drawn.
        effect: true effect as change points tell it; None = not asked.
        breaks: whether one prompt that mostly passes breaks instead.
    """

    metric: str
    kind: str
    up: bool
    shifts: tuple[Shift, ...] = ()
    effect: float | None = None
    breaks: bool = False


def _step(metric: str, size: float, kind: str = "level", effect: float | None = None) -> Scenario:
    names = {"spread": "output_spread", "exact": "input_tokens"}
    shift = Shift(moved=names.get(kind, metric), onset=0, size=size)  # type: ignore[arg-type]
    up = size > (1 if kind == "spread" else 0)
    return Scenario(metric=metric, kind=kind, up=up, shifts=(shift,), effect=effect)


SCENARIOS = {
    "pass rate -5 points": _step("pass_rate", -0.05, effect=-0.05),
    "pass rate -10 points": _step("pass_rate", -0.10, effect=-0.10),
    "pass rate +5 points": _step("pass_rate", 0.05, effect=0.05),
    "output tokens -10 %": _step("output_tokens", -0.10, effect=-0.10),
    "output tokens +10 %": _step("output_tokens", 0.10, effect=0.10),
    "tool calls -30 %": _step("tool_calls", -0.30, effect=-0.30),
    "tool calls +30 %": _step("tool_calls", 0.30, effect=0.30),
    "effort cut (reasoning -45 %)": _step("reasoning_tokens", -0.45, effect=-0.45),
    "spread x 1.8": _step("output_tokens", 1.8, "spread", effect=0.8),
    "tokenizer (+12 input tokens)": replace(_step("tokenizer", 12, "exact"), metric="tokenizer"),
    "one prompt of 40 breaks": Scenario(metric="pass_rate", kind="prompt", up=False, breaks=True),
    "pass rate -4 points over 10 days": Scenario(
        metric="pass_rate",
        kind="level",
        up=False,
        shifts=(Shift(moved="pass_rate", onset=0, size=-0.04, ramp=10),),
    ),
    "pass -2.5 points, output -5 %, reasoning -8 %, tools -8 %": Scenario(
        metric="",
        kind="level",
        up=False,
        shifts=(
            Shift(moved="pass_rate", onset=0, size=-0.025),
            Shift(moved="output_tokens", onset=0, size=-0.05),
            Shift(moved="reasoning_tokens", onset=0, size=-0.08),
            Shift(moved="tool_calls", onset=0, size=-0.08),
        ),
    ),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Found:
    """What became of one history with a change.

    Attributes:
        delay: days from the onset to the first change point of the right series; `NEVER` within 60 days.
        right: whether its direction is right; None where nothing was found.
        dated: whether the 90 % interval holds the onset.
        sized: whether the 95 % interval holds the effect; None where not asked.
    """

    delay: int
    right: bool | None = None
    dated: bool | None = None
    sized: bool | None = None


def search(seed: int, histories: int, scenario: Scenario, place: Place | None = None) -> list[Found]:
    """Judge histories with a change on a random day, one target of three, at the default budget."""
    return [
        first(scenario, onset, judged(history_columns(history, first_day=FIRST)))
        for onset, history in changed(seed, histories, scenario, place)
    ]


def changed(
    seed: int, histories: int, scenario: Scenario, place: Place | None = None
) -> Iterator[tuple[int, History]]:
    """Histories with their change on a random day between 60 and 129, and 60 days after it."""
    place = place or PLACES["default"]
    rng = np.random.default_rng(seed)
    for number in range(histories):
        onset = int(rng.integers(60, 130))
        shifts = tuple(replace(shift, onset=onset) for shift in scenario.shifts)
        if scenario.breaks:
            shifts = (_breaking((seed, number), onset, place.world, place.shape, rng),)
        yield (
            onset,
            draw_history(
                (seed, number), days=onset + 61, world=place.world, shape=place.shape, shifts=shifts
            ),
        )


def _breaking(
    seed: tuple[int, int], onset: int, world: World, shape: Shape, rng: np.random.Generator
) -> Shift:
    passed = draw_history(seed, days=WARM, world=world, shape=shape).values["passed"]
    sure = np.flatnonzero(np.nanmean(passed, axis=(0, 2)) > 0.8)
    return Shift(moved="pass_rate", onset=onset, size=-1, prompts=(int(rng.choice(sure)),))


def judged(columns: TrialColumns) -> Sequence[Alarm]:
    """Alarms of one target of three: its part of the budget is what it would be among them."""
    empty = history_columns(draw_history(0, days=1), first_day=FIRST)
    others = {f"other-{k}": empty for k in range(1, TARGETS)}
    return backtest({"target": columns, **others}, Policy()).alarms


def first(scenario: Scenario, onset: int, alarms: Sequence[Alarm]) -> Found:
    """The first change point of the series that shows a change."""
    day = FIRST + timedelta(days=onset)
    for change in _changes(alarms):
        wanted = change.kind == scenario.kind and scenario.metric in {"", change.metric}
        if change.raised_on < day or change.family != "all" or not wanted:
            continue
        sized = None
        if scenario.effect is not None and change.effect_low is not None and change.effect_high is not None:
            sized = change.effect_low <= scenario.effect <= change.effect_high
        return Found(
            delay=(change.raised_on - day).days,
            right=(change.direction == "up") is scenario.up,
            dated=change.onset_low <= day <= change.onset_high,
            sized=sized,
        )
    return Found(delay=NEVER)


def _changes(alarms: Sequence[Alarm]) -> Iterator[ChangePoint]:
    """What is told as a change; a suspicion is a question to the next runs, not yet an answer."""
    for alarm in alarms:
        if alarm.event != "suspected":
            yield from alarm.changes


def called(seed: int, histories: int, world: World = DEFAULT) -> float:
    """Share of histories with one bad day in which an incident opens within a fortnight of it."""
    rng = np.random.default_rng(seed)
    count = 0
    for number in range(histories):
        day = int(rng.integers(60, 130))
        history = draw_history((seed, number), days=day + 15, world=world, bad_days=(BadDay(day=day),))
        since = FIRST + timedelta(days=day)
        alarms = judged(history_columns(history, first_day=FIRST))
        count += any(alarm.event == "opened" and alarm.raised_on >= since for alarm in alarms)
    return count / histories
