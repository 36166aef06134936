"""Two targets on one provider, part of whose noise is the same: what their own and each other's changes look like."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

import numpy as np

from canary.analysis.detect import moves
from canary.domain.incident import ChangePoint, Policy
from canary.domain.ports import TrialColumns
from canary.simulate.columns import history_columns
from canary.simulate.history import autoregressive, draw_history
from canary.simulate.worlds import DEFAULT, BadDay, Shift, World
from tests.calibration.extra import BUDGET, opened
from tests.calibration.measuring import DAYS, FIRST, NEVER, TARGETS, WARM


def twins_drawn(
    seed: Sequence[int],
    days: int,
    shared: float,
    world: World = DEFAULT,
    *,
    moved: Sequence[Sequence[Shift]] = ((), ()),
) -> tuple[TrialColumns, TrialColumns]:
    """Two targets on one provider: `shared` of the variance of their day effects is the same for both.

    The shared part is drawn as days that are off a little, which is all that it is: a common shift of logits and logs. Reasoning
    tokens share nothing.
    """
    rng = np.random.default_rng([*seed, 99])
    kept = float(np.sqrt(1 - shared))
    own = replace(
        world,
        accuracy_sd=world.accuracy_sd * kept,
        output_sd=world.output_sd * kept,
        tools_sd=world.tools_sd * kept,
        latency_sd=world.latency_sd * kept,
    )

    def series(sd: float, phi: float) -> Sequence[float]:
        drawn_days: list[float] = autoregressive(rng, days, sd * float(np.sqrt(shared)), phi).tolist()
        return drawn_days

    parts = zip(
        series(world.accuracy_sd, world.accuracy_phi),
        series(world.latency_sd, world.latency_phi),
        series(world.output_sd, world.usage_phi),
        series(world.tools_sd, world.usage_phi),
        strict=True,
    )
    off = [
        BadDay(day=day, logit=a, latency=float(np.exp(b)), output=float(np.exp(c)), tools=float(np.exp(d)))
        for day, (a, b, c, d) in enumerate(parts)
    ]
    one, two = (
        history_columns(
            draw_history([*seed, k], days=days, world=own, shifts=shifts, bad_days=off), first_day=FIRST
        )
        for k, shifts in enumerate(moved)
    )
    return one, two


def with_twin(
    records: tuple[TrialColumns, TrialColumns], policy: Policy, *, which: int = 0
) -> Sequence[ChangePoint]:
    """What is told of one of two twins."""
    found = moves("target", records[which], BUDGET, policy=policy, twins={"twin": records[1 - which]})
    assert found is not None
    return found.changes


@dataclass(frozen=True, kw_only=True, slots=True)
class Told:
    """Of histories with a change on one or both of two twins: days until the target told of that metric, and how.

    Attributes:
        delays: `NEVER` within 60 days.
        right: share of the tellings with the right direction; NaN without any.
    """

    delays: tuple[int, ...]
    right: float


def twin_search(
    seed: int, histories: int, shift: Shift, policy: Policy, shared: float, world: World, who: str
) -> Told:
    """Judge the first of two twins; `who` moves: "target", "twin" or "both"."""
    rng = np.random.default_rng(seed)
    delays, right = [], []
    for number in range(histories):
        onset = int(rng.integers(100, 130))
        steps = (replace(shift, onset=onset),)
        moved = (steps if who != "twin" else (), steps if who != "target" else ())
        pair = twins_drawn((seed, number), onset + 61, shared, world, moved=moved)
        day = FIRST + timedelta(days=onset)
        told = [
            change
            for change in with_twin(pair, policy)
            if change.raised_on >= day
            and (change.metric, change.family, change.kind) == (shift.moved, "all", "level")
        ]
        delays.append((told[0].raised_on - day).days if told else NEVER)
        right += [(told[0].direction == "up") is (shift.size > 0)] if told else []
    return Told(delays=tuple(delays), right=float(np.mean(right)) if right else float("nan"))


def twin_quiet(seed: int, pairs: int, policy: Policy, shared: float, world: World) -> float:
    """Opened a year over `TARGETS` targets, each with a twin, without a change."""
    heads = 0
    for number in range(pairs):
        pair = twins_drawn((seed, number), DAYS, shared, world)
        heads += len(opened(with_twin(pair, policy), policy))
    return heads / (pairs * (DAYS - WARM) / 365.25 / TARGETS)
