"""A target whose prompts carry one text more after their system text, whatever the protocol."""

from dataclasses import replace

from canary.domain.ports import Conditions, Target
from canary.domain.suite import Prompt
from canary.domain.target import TargetSpec
from canary.domain.trial import Transcript


class WithSystem(Target):
    """Another target, asked with the text added."""

    def __init__(self, target: Target, added: str) -> None:
        self._target = target
        self._added = added

    @property
    def spec(self) -> TargetSpec:
        """What it is."""
        return self._target.spec

    async def attempt(self, prompt: Prompt, conditions: Conditions) -> Transcript:
        """Put the prompt to the system, its system text followed by the added one."""
        system = f"{prompt.system}\n\n{self._added}" if prompt.system else self._added
        return await self._target.attempt(replace(prompt, system=system), conditions)

    async def close(self) -> None:
        """Release connections; no request may follow."""
        await self._target.close()
