"""Changes on the reference suite, in the words of `draw_history`: for figures that compare with docs/statistics.md."""

from collections.abc import Iterator
from datetime import date

import numpy as np

from canary.simulate.history import draw_history
from canary.simulate.scenarios import Change, Effect, Scenario, day_met
from canary.simulate.worlds import Moved, Shift, World

_MOVED: dict[str, Moved] = {
    "ACC": "pass_rate",
    "OUT": "output_tokens",
    "THK": "reasoning_tokens",
    "TCN": "tool_calls",
    "LAT": "latency_s",
    "TIN": "input_tokens",
    "OUT_SD": "output_spread",
}
SURE = 0.8
"""Pass rate from which a prompt mostly passes: the one that breaks is one of these."""


def reference_shifts(scenario: Scenario, first: date, seed: int, world: World) -> tuple[Shift, ...]:
    """The shifts that a scenario's changes are."""
    return tuple(
        shift
        for change in scenario.changes
        for shift in _shifts(change, (day_met(change.start) - first).days, seed, world)
    )


def _shifts(change: Change, onset: int, seed: int, world: World) -> Iterator[Shift]:
    end = None if change.end is None else onset + (day_met(change.end) - day_met(change.start)).days
    ramp = (day_met(change.ramp[-1].on) - day_met(change.start)).days + 1 if change.ramp else 1
    for effect in change.effects:
        prompts = (_sure_prompt(seed, onset, world),) if effect.set is not None else None
        yield Shift(
            moved=_MOVED[effect.metric], onset=onset, end=end, ramp=ramp, prompts=prompts, size=_size(effect)
        )


def _size(effect: Effect) -> float:
    if effect.set is not None:
        return effect.set - 1.0
    if effect.add is not None:
        return effect.add
    factor = effect.x or 1.0
    return factor if effect.metric == "OUT_SD" else factor - 1.0


def _sure_prompt(seed: int, days: int, world: World) -> int:
    passed = draw_history((seed, 0), days=days, world=world).values["passed"]
    sure = np.flatnonzero(np.nanmean(passed, axis=(0, 2)) > SURE)
    return int(np.random.default_rng([seed, 7]).choice(sure))
