"""A scenario as the behaviour of a simulated provider on one day: whom a change reaches, how many of its trials, how strongly.

Each prompt is met by the effects that concern it; a mixture is met by a share of all conversations; an account that a
change sticks to meets it in all of them.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import cached_property

import numpy as np

from canary.domain.errors import UsageError
from canary.domain.suite import Suite
from canary.rehearsal.acting import OURS, REFUSED, TIMED, Part, act, plays
from canary.simulate.behaviour import Behaviour, Mixture
from canary.simulate.chance import uniforms
from canary.simulate.effects import code_of, scope
from canary.simulate.habits import Habits
from canary.simulate.mixing import reaches, share_hit, strength_on
from canary.simulate.multi import window_of
from canary.simulate.profile import Profile, profile_of
from canary.simulate.scenarios import Change, Effect, Scenario, Site, day_met
from canary.simulate.worlds import BadDay

LEAD_DAYS = 35
"""Days played before the first onset: what is judged needs 28."""
WORDS_BETWEEN = 55.0
"""Words between tool calls on a quiet day, as in columns: a limit of 25 has to have something to cut."""
USUAL = Behaviour(habits=Habits(words_between=WORDS_BETWEEN))


@dataclass(frozen=True, kw_only=True, slots=True)
class _Act:
    """An effect in force on one day, and the share of conversations that meet it."""

    effect: Effect
    strength: float
    share: float
    later_turns: bool


@dataclass(frozen=True, kw_only=True)
class Cast:
    """A scenario that can be played.

    Attributes:
        scenario: the scenario.
        suite: the prompts asked.
        seed: decides which accounts a sticky change meets.
        usual: how its models behave before anything changes.
    """

    scenario: Scenario
    suite: Suite
    seed: int = 0
    usual: Behaviour = field(default_factory=lambda: USUAL)

    def __post_init__(self) -> None:
        problem = unplayable(self.scenario)
        if problem:
            raise UsageError(
                f"can't be played over HTTP: it {problem}",
                where=self.scenario.id,
                remedy="drill it with --fast",
            )

    @cached_property
    def profile(self) -> Profile:
        """What the prompts are."""
        return profile_of(self.suite)

    @cached_property
    def ordinary(self) -> Behaviour:
        """The behaviour before anything changes, in this scenario."""
        rate = self.scenario.baseline.pass_rate
        return self.usual if rate is None else replace(self.usual, pass_rate=rate)

    def behaviour(self, day: date) -> Behaviour:
        """The provider of one day: each target asks for a model of its own, which behaves as its changes say."""
        variants = {model_of(site): self._of(self._acts(site, day)) for site in self.scenario.targets}
        if day in self.scenario.bad_days:
            variants = {name: bad_day(one) for name, one in variants.items()}
        return replace(self.ordinary, variants=variants)

    def last_act(self) -> tuple[date, Behaviour]:
        """The last day on which a change is in force, and its provider.

        A model named `drill-<target>` behaves as for that target; any other shows every change that reaches some target.

        Raises:
            UsageError: nothing changes in it.
        """
        changes = [change for change in self.scenario.changes if change.expect != "unseen"]
        if not changes:
            raise UsageError("changes nothing", where=self.scenario.id, remedy="leave --scenario out")
        _, last = window_of(self.scenario)
        day = max(last if one.end is None else day_met(one.end) - timedelta(days=1) for one in changes)
        shown = {
            id(change): shown
            for site in self.scenario.targets
            for change in changes
            if self.concerns(change, site) and in_force(change, site, day)
            for shown in [list(self._parts(change, day))]
        }
        acts = [one for some in shown.values() for one in some]
        return day, replace(self._of(acts), variants=self.behaviour(day).variants)

    def concerns(self, change: Change, site: Site) -> bool:
        """Whether a change reaches a target; of the reference suite's targets the first alone is changed."""
        if self.scenario.suite == "reference" and site is not self.scenario.targets[0]:
            return False
        return reaches(change, site)

    def meets(self, change: Change, site: Site, day: date) -> bool:
        """Whether some trial of a target meets a change on a day."""
        if not self.concerns(change, site) or not in_force(change, site, day):
            return False
        share = share_hit(change, day)
        if change.mixing == "sticky_identity":
            return uniforms("account", self.seed, change.name, site.name)[0] < share
        return share > 0

    def _acts(self, site: Site, day: date) -> list[_Act]:
        return [
            one
            for change in self.scenario.changes
            if self.meets(change, site, day)
            for one in self._parts(change, day)
        ]

    def _parts(self, change: Change, day: date) -> Iterator[_Act]:
        sticky = change.mixing in {"all", "sticky_identity"}
        for effect in change.effects:
            if effect.drawn and plays(effect.metric):
                yield _Act(
                    effect=effect,
                    strength=strength_on(change, day),
                    share=1.0 if sticky else share_hit(change, day),
                    later_turns=change.mixing == "session_after_idle",
                )

    def _of(self, acts: Sequence[_Act]) -> Behaviour:
        """One model: its prompts' behaviours, prompts that meet the same sharing one."""
        if not acts:
            return self.ordinary
        concerned = np.array([self._concerned(one) for one in acts])
        made: dict[tuple[tuple[bool, ...], int], Behaviour] = {}
        prompts = {}
        for column, prompt_id in enumerate(self.profile.ids):
            met, turns = tuple(concerned[:, column].tolist()), int(self.profile.turns[column])
            if (met, turns) not in made:
                own = [one for one, meets in zip(acts, met, strict=True) if meets]
                made[met, turns] = self._played(own, turns)
            prompts[prompt_id] = made[met, turns]
        return replace(self._played(acts, 1), prompts=prompts)

    def _concerned(self, one: _Act) -> list[bool]:
        found = scope(one.effect, self.profile)
        return [bool(flag) for flag in (found & (self.profile.turns > 1) if one.later_turns else found)]

    def _played(self, acts: Sequence[_Act], turns: int) -> Behaviour:
        """What every conversation meets, and beside it what a share of them meets besides."""
        whole = self.ordinary
        for one in acts:
            if one.share >= 1.0:
                whole = act(whole, Part(effect=one.effect, turns=turns, strength=one.strength))
        mixtures = []
        for share in dict.fromkeys(one.share for one in acts if one.share < 1.0):
            mixed = whole
            for one in acts:
                if one.share == share:
                    mixed = act(mixed, Part(effect=one.effect, turns=turns, strength=one.strength))
            mixtures.append(Mixture(rate=share, behaviour=mixed))
        return replace(whole, mixtures=tuple(mixtures))


def bad_day(usual: Behaviour) -> Behaviour:
    """The same model on a day on which everything is off; what it takes longer is not played."""
    rate, off = usual.pass_rate, BadDay(day=0)
    odds = rate / max(1 - rate, 1e-9) * math.exp(off.logit)
    return replace(
        usual,
        pass_rate=odds / (1 + odds),
        verbosity=usual.verbosity * off.output,
        skipped_call_rate=1 - off.tools,
        prompts={},
    )


def model_of(site: Site) -> str:
    """The model that a target asks for in a drill: one provider plays them all, and tells them apart by it."""
    return f"drill-{site.name}"


def in_force(change: Change, site: Site, day: date) -> bool:
    """Whether a change is in force for a target on a day."""
    start = next((one.start for one in change.rollout if one.target == site.name), change.start)
    return _begun(start, day) and (change.end is None or day < day_met(change.end))


def _begun(start: date | datetime, day: date) -> bool:
    return day_met(start) <= day


def unshown(scenario: Scenario) -> Sequence[str]:
    """Codes of drawn effects that are not shown over HTTP, though the rest of the scenario is."""
    return [code for code in dict.fromkeys(_codes(scenario)) if code in TIMED]


def unplayable(scenario: Scenario) -> str | None:
    """Why a scenario can't be played over HTTP, to be read after "it"; None where it can."""
    codes = list(_codes(scenario))
    for code in codes:
        if code in REFUSED:
            return REFUSED[code]
        if code not in TIMED | OURS and not plays(code) and code_of(code).how != "none":
            return f"moves {code}, which the simulated provider does not know"
    if codes and all(code in TIMED for code in codes):
        return "is about how long answers take, and over HTTP time is virtual"
    return None


def _codes(scenario: Scenario) -> Iterator[str]:
    for change in scenario.changes:
        if change.expect != "unseen":
            yield from (effect.metric for effect in change.effects if effect.drawn)
