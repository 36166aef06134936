"""Scenarios as small as a promise needs: one change, few targets, the shipped suite's profile."""

from datetime import date
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from canary.config.prompts import load_suite
from canary.domain.ports import TrialColumns
from canary.simulate.multi import Drawn, draw_scenario
from canary.simulate.profile import Profile, profile_of
from canary.simulate.scenario_files import read_scenario
from canary.simulate.scenarios import Scenario
from canary.simulate.worlds import CALM

ONSET = date(2026, 3, 2)

ARMS = """
targets = [
  { name = "api", arm = "api", provider = "anthropic", model = "m" },
  { name = "harness", arm = "harness", provider = "claude-code", model = "m" },
]
"""


@lru_cache(maxsize=1)
def shipped() -> Profile:
    """The shipped suite's profile."""
    return profile_of(load_suite(None))


def scenario(change: str = "", targets: str = ARMS, rest: str = "days = 20") -> Scenario:
    """A scenario with one change, given as the lines of its table."""
    text = f'id = "made"\ntitle = "made"\nkind = "synthetic"\n{rest}\n{targets}\n'
    if change:
        text += f'[[changes]]\nname = "it"\nstart = 2026-03-02\nexpect = "incident"\n{change}\n'
    return read_scenario(text, "made.toml")


def effect(text: str, **more: str) -> Scenario:
    """A scenario with one effect of an assumed size."""
    lines = "\n".join(f"{name} = {value}" for name, value in more.items())
    return scenario(f'{lines}\neffects = [{{ src = "assumed", {text} }}]')


def drawn(made: Scenario, seed: int = 1) -> Drawn:
    """One history in the calm world."""
    return draw_scenario(made, shipped(), seed, world=CALM)


def sides(columns: TrialColumns, values: NDArray[np.float64]) -> tuple[float, float]:
    """Means before and from the onset on, over what is measured."""
    after = columns.run_day >= np.datetime64(ONSET)
    return float(np.nanmean(values[~after])), float(np.nanmean(values[after]))


def kept(columns: TrialColumns, keep: NDArray[np.bool_]) -> dict[str, NDArray[np.float64]]:
    """Numbers of some of the trials."""
    return {name: value[keep] for name, value in columns.values.items()}
