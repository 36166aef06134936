"""How often the layer and the mechanism are right: `python -m tests.calibration.attributing [seeds]`.

Every incident of the catalogue that has a layer, and the changes of `unfamiliar` and `held_out`, from which no signature was written; all
effects of one scaled by a factor between 0.5 and 1.5 and one of its effects, never the first, left out; judged at the end of its history.
"""

import random
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Literal

from canary.config.prompts import load_suite
from canary.domain.incident import Incident, Layer, Policy
from canary.rehearsal.judging import judged
from canary.simulate.multi import draw_scenario
from canary.simulate.profile import profile_of
from canary.simulate.scenario_files import catalogue
from canary.simulate.scenarios import Change, Effect, Scenario
from tests.calibration.held_out import HELD_OUT
from tests.calibration.unfamiliar import CHANGES

NEAR = timedelta(days=3)


@dataclass(frozen=True, kw_only=True, slots=True)
class Named:
    """What was said of one change.

    Attributes:
        scenario: its id.
        layer: right = the one at fault, or one that no arm of the deployment could tell from it (`also` of the catalogue);
            open = said to be not separable where the arms exist; wrong = another one, or none.
        rank: place of the mechanism among the candidates, from 0; None = it has none.
        said: the layer and the first two mechanisms.
    """

    scenario: str
    layer: Literal["right", "open", "wrong"]
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


def familiar() -> Sequence[Scenario]:
    """Scenarios of the catalogue with one change that names a layer."""
    return [
        one
        for one in catalogue().values()
        if len(one.changes) == 1 and one.changes[0].layer is not None and one.changes[0].expect == "incident"
    ]


def unfamiliar() -> Sequence[Scenario]:
    """Changes that the signatures were not written from."""
    return [one.scenario for one in CHANGES]


def held_out() -> Sequence[Scenario]:
    """Others, made after the ranking was."""
    return [one.scenario for one in HELD_OUT]


def named(scenarios: Sequence[Scenario], seeds: int) -> Iterator[Named]:
    """What is said of every scenario's change, seed by seed; a change that was not found is left out."""
    profile = profile_of(load_suite(None))
    for scenario in scenarios:
        for seed in range(seeds):
            draw = random.Random(f"{scenario.id}/{seed}")
            change = varied(scenario.changes[0], draw)
            drawn = draw_scenario(replace(scenario, changes=(change,)), profile, 40_000 + seed)
            for incident in judged(drawn, Policy(confirm=False)).analysis.incidents:
                if abs(incident.onset - change.first_day) <= NEAR and incident.kind == "quality":
                    yield _named(scenario.id, change, incident)
                    break


def _named(scenario: str, change: Change, incident: Incident) -> Named:
    found = incident.attribution
    said = tuple(one.mechanism for one in found.candidates)
    rank = None
    if change.mechanism is not None:
        rank = said.index(change.mechanism) if change.mechanism in said else len(said) + 5
    return Named(
        scenario=scenario, layer=_judged(found.layer, change), rank=rank, said=(str(found.layer), *said[:2])
    )


def _judged(said: Layer | None, change: Change) -> Literal["right", "open", "wrong"]:
    if said in {change.layer, *change.also}:
        return "right"
    return "open" if said == "not-separable" else "wrong"


def show(title: str, every: Iterable[Named]) -> None:
    """Shares, and every miss."""
    layers: Counter[str] = Counter()
    ranks = []
    for one in every:
        layers[one.layer] += 1
        if one.rank is not None:
            ranks.append(one.rank)
        if one.layer != "right" or (one.rank or 0) > 0:
            print(f"  {one.scenario}: {', '.join(one.said)}", flush=True)
    first, second = sum(rank == 0 for rank in ranks), sum(rank < 2 for rank in ranks)
    print(
        f"{title}: {layers.total()} found; layer right {layers['right']}, not separable {layers['open']}, "
        f"wrong {layers['wrong']}; mechanism first {first}, among two {second} of {len(ranks)}"
    )


if __name__ == "__main__":
    times = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    show("catalogue", named(familiar(), times))
    show("unfamiliar", named(unfamiliar(), times))
    show("held out", named(held_out(), times))
