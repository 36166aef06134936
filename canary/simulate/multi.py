"""All arms of a scenario, drawn together, with the truth: what a deployment's store would hold, and what a monitor ought to say."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

import numpy as np

from canary.domain.deployment import Annotation, Member
from canary.domain.ports import TrialColumns
from canary.simulate.columns import history_columns
from canary.simulate.drawing.ground import Ground, Move, moves_of
from canary.simulate.drawing.trials import confirmation_columns, trial_columns
from canary.simulate.effects import code_of
from canary.simulate.history import History, draw_history
from canary.simulate.mixing import hit_of, reaches
from canary.simulate.ordinary import Ordinary, common_days, common_levels, days_of, levels_of
from canary.simulate.profile import Profile
from canary.simulate.reference import reference_shifts
from canary.simulate.scenarios import Change, Scenario, Site, bad_days, day_met
from canary.simulate.worlds import DEFAULT, SUITE, World

LEAD_DAYS = 60
"""Days without a change before the first onset: a warm-up, and a month on which a false alarm would show."""
TWINS = "drill"


@dataclass(frozen=True, kw_only=True, slots=True)
class Truth:
    """What became of one change in one drawn history.

    Attributes:
        change: as the scenario has it.
        targets: those with at least one trial that it hit.
        onset, end: its UTC dates.
        first_hit: first day with a trial that it hit; None = nothing was reached.
        series: metrics in which it may show.
    """

    change: Change
    targets: tuple[str, ...]
    onset: date
    end: date | None
    first_hit: date | None
    series: frozenset[str]


@dataclass(frozen=True, kw_only=True, slots=True)
class Drawn:
    """One drawn history of a whole deployment.

    Attributes:
        records: target -> its trials, with every field that the series are made from.
        members: target -> its place.
        annotations: what the deployment knows of changes around it.
        truth: of every change.
        first_day, last_day: first and last date drawn.
        confirmations: target -> trials that a confirmation would have had, of every day; empty where none were drawn.
    """

    records: Mapping[str, TrialColumns]
    members: Mapping[str, Member]
    annotations: tuple[Annotation, ...]
    truth: tuple[Truth, ...]
    first_day: date
    last_day: date
    confirmations: Mapping[str, TrialColumns] = field(default_factory=dict)


def draw_scenario(
    scenario: Scenario,
    profile: Profile,
    seed: int,
    *,
    world: World = DEFAULT,
    ordinary: Ordinary | None = None,
    extra: int = 0,
) -> Drawn:
    """Draw one history of a scenario.

    Args:
        scenario: from the catalogue, or made by hand.
        profile: the prompt set.
        seed: equal seeds give equal histories; a change moves no chance of what it does not name.
        world: how much days differ.
        ordinary: how models behave while nothing changes; None = as usual.
        extra: trials of confirmations drawn for every day, in multiples of its own; analysis looks only at those it
            asked for.
    """
    first, last = window_of(scenario)
    dates = [first + timedelta(days=i) for i in range((last - first).days + 1)]
    if scenario.suite == "reference":
        return _reference(scenario, dates, seed, world, extra)
    usual = _ordinary(scenario, ordinary or Ordinary())
    common = np.random.SeedSequence([seed, 0])
    levels_rng, days_rng = (np.random.default_rng(one) for one in common.spawn(2))
    levels = common_levels(levels_rng, profile, usual)
    days = common_days(days_rng, len(dates), world, usual.shared, bad_days(scenario, first))
    records, hits, confirmations = {}, {}, {}
    for number, site in enumerate(scenario.targets):
        own = np.random.SeedSequence([seed, number + 1])
        ground = Ground(
            site=site,
            profile=profile,
            ordinary=usual,
            world=world,
            levels=levels_of(np.random.default_rng(own.spawn(1)[0]), levels, site, usual),
            days=days_of(np.random.default_rng(own.spawn(1)[0]), days, world, usual.shared),
            dates=dates,
            moves=(),
            seed=own,
        )
        moves, reached = _moves(scenario.changes, ground, own)
        hits[site.name] = reached
        records[site.name] = trial_columns(_asked(replace(ground, moves=moves)))
        if extra:
            wide = replace(
                ground, profile=replace(profile, replicates=extra * profile.replicates), extra=True
            )
            again, _ = _moves(scenario.changes, wide, own)
            confirmations[site.name] = confirmation_columns(_asked(replace(wide, moves=again)))
    return Drawn(
        records=records,
        members={site.name: member_of(site) for site in scenario.targets},
        annotations=scenario.annotations,
        truth=tuple(_truth(change, hits) for change in scenario.changes),
        first_day=first,
        last_day=last,
        confirmations=confirmations,
    )


def window_of(scenario: Scenario) -> tuple[date, date]:
    """First and last date of a scenario's history."""
    onsets = [change.first_day for change in scenario.changes] or [date(2026, 3, 1)]
    ends = [day_met(change.end) for change in scenario.changes if change.end is not None]
    ramps = [day_met(point.on) for change in scenario.changes for point in (*change.ramp, *change.rates)]
    return (
        min(onsets) - timedelta(days=LEAD_DAYS),
        max([*onsets, *ends, *ramps]) + timedelta(days=scenario.days),
    )


def member_of(site: Site) -> Member:
    """A target's place, as analysis wants it."""
    return Member(
        arm=site.arm,
        twins=TWINS if site.arm else None,
        provider=site.provider,
        host=site.host if site.arm else None,
        model=site.model,
        identity=site.identity,
    )


def _ordinary(scenario: Scenario, usual: Ordinary) -> Ordinary:
    mean = scenario.baseline.pass_rate
    return usual if mean is None else replace(usual, mean_pass=mean)


def _asked(ground: Ground) -> Ground:
    """A raw API is not asked what only a harness can answer."""
    if ground.site.is_harness or not ground.profile.harness_only.any():
        return ground
    keep = ~ground.profile.harness_only
    levels = {name: getattr(ground.levels, name)[keep] for name in ground.levels.__slots__}
    return replace(
        ground,
        profile=ground.profile.without_harness_prompts(),
        levels=replace(ground.levels, **levels),
        moves=tuple(
            replace(move, prompts=move.prompts[keep], trials=move.trials[:, keep])
            for move in ground.moves
            if move.prompts[keep].any()
        ),
    )


def _moves(
    changes: Sequence[Change], ground: Ground, seed: np.random.SeedSequence
) -> tuple[tuple[Move, ...], Mapping[str, date]]:
    """Moves of the changes that reach a target, and the first day each of them hit a trial."""
    moves: list[Move] = []
    reached: dict[str, date] = {}
    for change in changes:
        if not reaches(change, ground.site):
            continue
        rng = np.random.default_rng([*seed.generate_state(4).tolist(), *change.name.encode()])
        hit = hit_of(change, ground.site, ground.dates, ground.profile, rng)
        moves += moves_of(change, hit, ground.profile)
        if hit.days.any():
            reached[change.name] = ground.dates[int(np.argmax(hit.days))]
    return tuple(moves), reached


def _truth(change: Change, hits: Mapping[str, Mapping[str, date]]) -> Truth:
    reached = {target: days[change.name] for target, days in hits.items() if change.name in days}
    series = {name for effect in change.effects for name in code_of(effect.metric).series}
    return Truth(
        change=change,
        targets=tuple(reached),
        onset=change.first_day,
        end=None if change.end is None else day_met(change.end),
        first_hit=min(reached.values(), default=None),
        series=frozenset(series),
    )


def _reference(scenario: Scenario, dates: Sequence[date], seed: int, world: World, extra: int) -> Drawn:
    """The reference suite: changes reach the first target, the others share its budget and stay quiet."""
    records, confirmations = {}, {}
    wide = replace(SUITE, replicates=SUITE.replicates * (1 + extra))
    for number, site in enumerate(scenario.targets):
        shifts = reference_shifts(scenario, dates[0], seed, world) if number == 0 else ()
        history = draw_history(
            (seed, number),
            days=len(dates),
            world=world,
            shape=wide,
            shifts=shifts,
            bad_days=bad_days(scenario, dates[0]) if number == 0 else (),
        )
        daily, more = (slice(SUITE.replicates), slice(SUITE.replicates, None))
        records[site.name] = history_columns(_replicates(history, daily), first_day=dates[0])
        if extra:
            asked = _replicates(history, more, "passed")
            confirmations[site.name] = history_columns(asked, first_day=dates[0])
    first = scenario.targets[0].name
    return Drawn(
        records=records,
        members={site.name: Member() for site in scenario.targets},
        annotations=scenario.annotations,
        truth=tuple(
            _truth(change, {first: {change.name: day_met(change.start)}}) for change in scenario.changes
        ),
        first_day=dates[0],
        last_day=dates[-1],
        confirmations=confirmations,
    )


def _replicates(history: History, part: slice, *names: str) -> History:
    """Some replicates of a history, and some of its values."""
    chosen = names or tuple(history.values)
    return replace(history, values={name: history.values[name][:, :, part] for name in chosen})
