"""Whom a change reaches: which targets, on which days, how many of their trials."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from canary.simulate.profile import Profile
from canary.simulate.scenarios import RUN_AT, Change, Moment, Point, Site, day_met

Array: TypeAlias = NDArray[np.float64]
Flags: TypeAlias = NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True, slots=True)
class Hit:
    """Trials that a change reaches.

    Attributes:
        trials: shape (days, prompts, replicates), or broadcast to it.
        strength: share of the change's size in force on each day, shape (days,).
    """

    trials: Flags
    strength: Array

    @property
    def days(self) -> Flags:
        """Days on which any trial is hit."""
        return np.asarray(self.trials.any(axis=(1, 2)), dtype=np.bool_)


def reaches(change: Change, site: Site) -> bool:
    """Whether a change concerns a target at all."""
    if change.expect == "unseen":
        return False
    known = ((change.arms, site.arm), (change.hosts, site.host), (change.models, site.model))
    return all(not wanted or own in wanted for wanted, own in known)


def hit_of(
    change: Change, site: Site, days: Sequence[date], profile: Profile, rng: np.random.Generator
) -> Hit:
    """Which trials of a target a change reaches.

    Args:
        change: one that reaches the target.
        site: the target.
        days: dates of the days drawn.
        profile: its prompts.
        rng: decides which requests and which accounts are hit; two numbers are drawn whatever the mixing.
    """
    cube = (len(days), len(profile), profile.replicates)
    account, chances = rng.random(), rng.random(cube)
    trials = np.broadcast_to(_active(change, site, days)[:, None, None], cube)
    rate = _steps(change.rates, days)[:, None, None] if change.rates else 1.0
    if change.mixing == "sticky_identity":
        trials = trials & (account < rate)
    elif change.mixing != "all":
        trials = trials & (chances < rate)
    if change.mixing == "session_after_idle":
        trials = trials & (profile.turns > 1)[None, :, None]
    strength = _ramp(change.ramp, days) if change.onset == "ramp" else np.ones(len(days))
    return Hit(trials=trials, strength=strength)


def share_hit(change: Change, day: date) -> float:
    """The share of trials, or of accounts, that a change hits on a day on which it is in force."""
    return float(_steps(change.rates, [day])[0]) if change.rates else 1.0


def strength_on(change: Change, day: date) -> float:
    """The share of a change's size in force on a day."""
    return float(_ramp(change.ramp, [day])[0]) if change.onset == "ramp" else 1.0


def _active(change: Change, site: Site, days: Sequence[date]) -> Flags:
    start = change.start
    for rollout in change.rollout:
        if rollout.target == site.name:
            start = rollout.start
    end = None if change.end is None else day_met(change.end)
    return np.array([day >= day_met(start) and (end is None or day < end) for day in days])


def _steps(points: Sequence[Point], days: Sequence[date]) -> Array:
    """The value of the latest point before each day's run; 0 before the first."""
    values = np.zeros(len(days))
    for point in sorted(points, key=lambda one: day_met(one.on)):
        values[[day >= day_met(point.on) for day in days]] = point.value
    return values


def _ramp(points: Sequence[Point], days: Sequence[date]) -> Array:
    """Straight lines between points, at the hour of the run; flat after the last, 0 before the first."""
    at = [_seconds(datetime.combine(day, RUN_AT)) for day in days]
    on = [_seconds(point.on) for point in points]
    return np.interp(at, on, [point.value for point in points], left=0.0)


def _seconds(moment: Moment) -> float:
    known = moment if isinstance(moment, datetime) else datetime.combine(moment, time(0, tzinfo=UTC))
    return known.timestamp()
