"""The budget of one run: asked before every request, told after every answer."""

from datetime import date

from canary.domain.errors import BudgetStop
from canary.domain.ports import Meter
from canary.domain.target import TargetSpec
from canary.domain.trial import Step, Usage
from canary.pricing import PriceTable

UNSEEN_TOKENS = 1_000
"""Charged for an answer without usage, beside its text: a host that bills nothing visible must not run for ever."""


class BudgetMeter(Meter):
    """A hard stop in dollars and in tokens, exceeded at most by the calls in flight.

    Attributes:
        spent_usd, spent_tokens: by this process, and before it.
        elsewhere_usd, elsewhere_tokens: by other processes since, as far as `account` knows.
    """

    def __init__(
        self,
        *,
        prices: PriceTable,
        day: date,
        usd: float | None,
        tokens: int | None,
        spent_usd: float = 0.0,
        spent_tokens: int = 0,
    ) -> None:
        """Start from what the run has spent before, so that resuming grants no second budget.

        Args:
            prices: what an answer costs.
            day: the run's day.
            usd: dollars the run may spend; None = no limit.
            tokens: tokens the run may spend, in and out; None = no limit.
            spent_usd: dollars spent before.
            spent_tokens: tokens spent before.
        """
        self._prices = prices
        self._day = day
        self._usd = usd
        self._tokens = tokens
        self.spent_usd = spent_usd
        self.spent_tokens = spent_tokens
        self.elsewhere_usd = 0.0
        self.elsewhere_tokens = 0

    def admit(self) -> None:
        usd, tokens = self.spent_usd + self.elsewhere_usd, self.spent_tokens + self.elsewhere_tokens
        if self._usd is not None and usd >= self._usd:
            raise BudgetStop(
                f"the run has spent ${usd:.2f} of ${self._usd:.2f}",
                where="budget.usd_per_run",
                remedy="raise it and resume the run",
            )
        if self._tokens is not None and tokens >= self._tokens:
            raise BudgetStop(
                f"the run has spent {tokens:,} of {self._tokens:,} tokens",
                where="budget.tokens_per_run",
                remedy="raise it and resume the run",
            )

    def count(self, spec: TargetSpec, step: Step) -> None:
        usage = step.usage if step.usage and step.usage.total_tokens is not None else _guess(step)
        self.spent_tokens += usage.total_tokens or 0
        as_served = Step(usage=usage, served_model=step.served_model, service_tier=step.service_tier)
        # A served model that no list knows must not be free: it is charged as the model that was asked for.
        cost = self._prices.cost(spec, (as_served,), self._day) or self._prices.cost(
            spec, (Step(usage=usage),), self._day
        )
        self.spent_usd += cost.usd if cost else 0.0


def _guess(step: Step) -> Usage:
    written = len(step.text) + sum(len(call.arguments_text) for call in step.tool_calls)
    return Usage(input_tokens=UNSEEN_TOKENS, output_tokens=written // 3 + 1)
