"""A drill: a scenario drawn over seeds, judged as production would, and scored."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from canary.domain.incident import Policy
from canary.domain.suite import Suite
from canary.rehearsal.judging import TIMES, extra_share, judged
from canary.rehearsal.scoring import History, score
from canary.simulate.multi import Drawn, draw_scenario
from canary.simulate.profile import Profile, profile_of
from canary.simulate.scenarios import Scenario
from canary.simulate.worlds import DEFAULT, World

SEEDS = 5
FIRST_SEED = 9001


@dataclass(frozen=True, kw_only=True, slots=True)
class Scorecard:
    """What a monitor made of a scenario.

    Attributes:
        scenario: the scenario.
        seeds: of the histories, each drawn anew.
        histories: scored, one a seed.
    """

    scenario: Scenario
    seeds: tuple[int, ...]
    histories: tuple[History, ...]


def drill(
    scenario: Scenario,
    suite: Suite,
    seeds: Sequence[int],
    policy: Policy | None = None,
    *,
    world: World = DEFAULT,
) -> Scorecard:
    """Draw, judge and score a scenario, in process: no call, no store, no page.

    Args:
        scenario: from the catalogue, or made by hand.
        suite: the prompt set; scenarios of the reference suite leave it aside.
        seeds: one history each.
        policy: None = the default configuration.
        world: how much days differ although nothing changes.
    """
    profile = profile_of(suite)
    histories = tuple(one_history(scenario, profile, seed, policy or Policy(), world=world) for seed in seeds)
    return Scorecard(scenario=scenario, seeds=tuple(seeds), histories=histories)


def one_history(
    scenario: Scenario, profile: Profile, seed: int, policy: Policy, *, world: World = DEFAULT
) -> History:
    """One history of a scenario, scored."""
    drawn = draw_scenario(scenario, profile, seed, world=world, extra=TIMES if policy.confirm else 0)
    seen = judged(drawn, policy)
    return score(
        drawn, seen.analysis, requests_a_day(drawn, profile), extra_calls=extra_share(seen, drawn.last_day)
    )


def seeds_of(count: int) -> tuple[int, ...]:
    """So many seeds, always the same ones."""
    return tuple(range(FIRST_SEED, FIRST_SEED + count))


def requests_a_day(drawn: Drawn, profile: Profile) -> float:
    """Requests of a day on which everything ran: one a turn, and one more a tool call."""
    turns = dict(zip(profile.ids, profile.turns.tolist(), strict=True))
    total = 0.0
    for columns in drawn.records.values():
        days = max(np.unique(columns.run_day).size, 1)
        of_prompt = np.array([turns.get(prompt, 1.0) for prompt in columns.prompts])
        calls = np.nansum(columns.values["tool_calls"])
        total += float(of_prompt[columns.prompt].sum() + calls) / days
    return total
