"""What one process has spent of a run, and what it knows of the others': the budget of a run that several carry out."""

import asyncio
from collections.abc import Callable

from canary.domain.ports import Clock
from canary.domain.trial import Trial
from canary.runner.budget import BudgetMeter

LOOK_S = 1.0
"""Seconds for which what others have spent is taken as known."""

Spent = tuple[float, int]
"""Dollars and tokens."""


class Account:
    """Tells a run's stored spending apart from what this process has spent beyond it.

    Every process counts its own answers at once; of the others it knows what they have stored, as of the last second.
    Together they exceed a budget at most by their trials in flight and by what they store within that second.
    """

    def __init__(self, meter: BudgetMeter, *, look: Callable[[], Spent] | None, clock: Clock) -> None:
        """Begin where the meter stands.

        Args:
            meter: of this process, begun with what the run had spent before.
            look: what the run has spent, over all processes; None = no other takes part.
            clock: time.
        """
        self.meter = meter
        self._look = look
        self._clock = clock
        self._before: Spent = (meter.spent_usd, meter.spent_tokens)
        self._told_usd, self._told_tokens = 0.0, 0
        self._looked_at: float | None = None

    async def refresh(self) -> None:
        """Learn what others have spent, where a second has passed since the last time.

        Raises:
            StoreError: the store can't be read.
        """
        now = self._clock.monotonic()
        if self._look is None or (self._looked_at is not None and now - self._looked_at < LOOK_S):
            return
        self._looked_at = now
        usd, tokens = await asyncio.to_thread(self._look)
        self.meter.elsewhere_usd = max(0.0, usd - self._before[0] - self._told_usd)
        self.meter.elsewhere_tokens = max(0, tokens - self._before[1] - self._told_tokens)

    def recorded(self, trial: Trial, earlier: Trial | None) -> None:
        """A trial of this process is stored, in the place of an earlier one where it was asked again."""
        self._told_usd += (trial.cost_usd or 0.0) - ((earlier.cost_usd or 0.0) if earlier else 0.0)
        self._told_tokens += tokens_of(trial) - (tokens_of(earlier) if earlier else 0)

    def unrecorded(self) -> Spent:
        """What this process has spent that the store does not know of: answers that no stored trial carries.

        While trials are in flight theirs are among it.
        """
        usd = self.meter.spent_usd - self._before[0] - self._told_usd
        tokens = self.meter.spent_tokens - self._before[1] - self._told_tokens
        # Sums in another order differ in their last digits: less than a billionth of a dollar is nothing.
        return max(0.0, round(usd, 9)), max(0, tokens)

    def charged(self, spent: Spent) -> None:
        """So much of it is on the run's account now."""
        self._told_usd += spent[0]
        self._told_tokens += spent[1]


def tokens_of(trial: Trial) -> int:
    """Every token of a stored trial, in and out."""
    counts = (trial.input_tokens, trial.cache_read_tokens, trial.cache_write_tokens, trial.output_tokens)
    return sum(count or 0 for count in counts)
