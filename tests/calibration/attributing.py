"""How often the layer and the mechanism are right: `python -m tests.calibration.attributing [seeds]`.

Every incident of the catalogue that has one, with all its effects scaled by one factor between 0.5 and 1.5 and one of its effects, never
the first, left out; judged on the day it opened and a week after its onset.
"""

import random
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from canary.config.prompts import load_suite
from canary.domain.incident import Incident, Policy
from canary.rehearsal.judging import judged
from canary.simulate.multi import draw_scenario
from canary.simulate.profile import profile_of
from canary.simulate.scenario_files import catalogue
from canary.simulate.scenarios import Change, Effect, Scenario

NEAR = timedelta(days=3)
AFTER = timedelta(days=7)


@dataclass(frozen=True, kw_only=True, slots=True)
class Named:
    """What was said of one change."""

    scenario: str
    layer: bool | None
    rank: int | None
    said: tuple[str, ...]


def scaled(effect: Effect, factor: float) -> Effect:
    """An effect of another size; exact changes and caps keep theirs."""
    if effect.x is not None:
        return replace(effect, x=max(effect.x**factor, 0.02))
    if effect.add is not None:
        return replace(effect, add=effect.add * factor)
    if effect.per_turn_add is not None:
        return replace(effect, per_turn_add=effect.per_turn_add * factor)
    return effect


def varied(change: Change, draw: random.Random) -> Change:
    """A change of another size, one of its lesser effects left out."""
    factor = draw.uniform(0.5, 1.5)
    effects = [scaled(effect, factor) for effect in change.effects]
    if len(effects) > 2:
        effects.pop(draw.randrange(1, len(effects)))
    return replace(change, effects=tuple(effects))


def subjects() -> Sequence[Scenario]:
    """Scenarios with one change that names a layer."""
    return [
        one
        for one in catalogue().values()
        if len(one.changes) == 1 and one.changes[0].layer is not None and one.changes[0].expect == "incident"
    ]


def named(seeds: int) -> Iterator[Named]:
    """What is said of every subject, seed by seed; a change that was not found is left out."""
    profile = profile_of(load_suite(None))
    for scenario in subjects():
        for seed in range(seeds):
            draw = random.Random(f"{scenario.id}/{seed}")
            change = varied(scenario.changes[0], draw)
            drawn = draw_scenario(replace(scenario, changes=(change,)), profile, 40_000 + seed)
            onset = change.start.date() if hasattr(change.start, "date") else change.start
            for incident in judged(drawn, Policy(confirm=False)).analysis.incidents:
                if abs(incident.onset - onset) <= NEAR and incident.kind == "quality":
                    yield _named(scenario.id, change, incident)
                    break


def _named(scenario: str, change: Change, incident: Incident) -> Named:
    found = incident.attribution
    said = tuple(one.mechanism for one in found.candidates)
    rank = None
    if change.mechanism is not None:
        rank = said.index(change.mechanism) if change.mechanism in said else len(said) + 5
    return Named(
        scenario=scenario, layer=found.layer == change.layer, rank=rank, said=(str(found.layer), *said[:2])
    )


def show(seeds: int) -> None:
    """Shares, and every miss."""
    every: list[Named] = []
    for one in named(seeds):
        every.append(one)
        if not one.layer or (one.rank or 0) > 0:
            print(f"{one.scenario}: {', '.join(one.said)}", flush=True)
    layers = [one.layer for one in every]
    ranks = [one.rank for one in every if one.rank is not None]
    open_ = sum(one.said[0] == "not-separable" for one in every if not one.layer)
    print(f"layer right {sum(map(bool, layers))}, said to be not separable {open_}, of {len(layers)}")
    print(
        f"mechanism first {sum(r == 0 for r in ranks)}, among two {sum(r < 2 for r in ranks)} of {len(ranks)}"
    )


if __name__ == "__main__":
    show(int(sys.argv[1]) if len(sys.argv) > 1 else 5)
