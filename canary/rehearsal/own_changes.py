"""Changes of the monitor's own that a drill over the wire plays: an edited suite, another agent version, days without a run."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date

from canary.domain.ports import Conditions, Target
from canary.domain.suite import Prompt, Suite
from canary.domain.target import TargetSpec
from canary.domain.trial import Transcript
from canary.rehearsal.playing import in_force
from canary.simulate.drawing.names import HARNESS_VERSION
from canary.simulate.effects import scope
from canary.simulate.mixing import reaches
from canary.simulate.profile import profile_of
from canary.simulate.scenarios import Change, Effect, Scenario, Site

_EDIT = " "
"""What an edit adds to a prompt's last turn: another prompt to every digest, the same to every model."""


def is_asked(scenario: Scenario, day: date) -> bool:
    """Whether there is a run on a day."""
    return not any(
        effect.metric == "RUNS" and in_force(change, site, day)
        for site in scenario.targets
        for change, effect in _own(scenario, site)
    )


def suite_on(scenario: Scenario, suite: Suite, day: date) -> Suite:
    """The suite of a day: the prompts that a change of the scenario edits are others from its first day on."""
    site = scenario.targets[0]
    chosen = {
        prompt.id
        for change, effect in _own(scenario, site)
        if effect.metric == "SUITE" and in_force(change, site, day)
        for prompt, edited in zip(suite.prompts, scope(effect, profile_of(suite)), strict=True)
        if edited
    }
    return Suite(prompts=tuple(_edited(one) if one.id in chosen else one for one in suite.prompts))


def _edited(prompt: Prompt) -> Prompt:
    *first, last = prompt.turns
    return replace(prompt, turns=(*first, replace(last, user=last.user + _EDIT)))


def versions_on(scenario: Scenario, day: date) -> Mapping[str, str]:
    """Target -> version of its agent, for targets that have one."""
    told = {}
    for site in scenario.targets:
        if not site.is_harness:
            continue
        told[site.name] = HARNESS_VERSION
        for change, effect in _own(scenario, site):
            if effect.metric == "FPR":
                version = effect.name if in_force(change, site, day) else effect.was
                told[site.name] = version or HARNESS_VERSION
    return told


def _own(scenario: Scenario, site: Site) -> Iterator[tuple[Change, Effect]]:
    for change in scenario.changes:
        if reaches(change, site):
            yield from ((change, effect) for effect in change.effects)


class Versioned(Target):
    """Another target, carried by an agent of a version that is asked for at each trial."""

    def __init__(self, target: Target, versions: Mapping[str, str]) -> None:
        self._target = target
        self._versions = versions

    @property
    def spec(self) -> TargetSpec:
        """What it is."""
        return self._target.spec

    async def attempt(self, prompt: Prompt, conditions: Conditions) -> Transcript:
        """Put the prompt to the system; the agent's version is in the transcript's fingerprint."""
        done = await self._target.attempt(prompt, conditions)
        version = self._versions.get(self.spec.name)
        if version is None:
            return done
        return replace(done, fingerprint={**done.fingerprint, "harness_version": version})

    async def close(self) -> None:
        """Release connections; no request may follow."""
        await self._target.close()
