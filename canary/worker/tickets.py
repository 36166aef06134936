"""A trial as it is queued, and what is left of a run in its queues."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from canary.domain.trial import TrialKey


class GivenBack(Exception):
    """A trial is not carried out here and is anybody's again."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Ticket:
    """One trial to be carried out, as it is queued.

    Attributes:
        run, target, prompt, replicate: its key.
        again: it has a failed record, and is asked all the same.
        pauses: the prompt's pauses are kept.
    """

    run: str
    target: str
    prompt: str
    replicate: int
    again: bool = False
    pauses: bool = False

    @property
    def key(self) -> TrialKey:
        """The trial."""
        return TrialKey(run=self.run, target=self.target, prompt=self.prompt, replicate=self.replicate)


Carry = Callable[[Ticket, int], Awaitable[None]]
"""Carries a trial out; the number says how often it was given back, or lost with a process that died."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Left:
    """What is left of a run in its queues.

    Attributes:
        waiting: trials that nobody has taken.
        held: trials that a process has taken.
        broken: trials that a process could not carry out, by the number of their jobs.
    """

    waiting: int
    held: tuple[TrialKey, ...]
    broken: Mapping[int, TrialKey]
