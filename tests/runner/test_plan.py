"""Before anything is spent: what a run is likely to cost, and that something bounds it."""

from datetime import date

import pytest

from canary.domain.errors import ConfigurationError
from canary.domain.suite import Example, ExampleStep, Prompt, Suite, Turn
from canary.domain.target import PriceOverride, TargetSpec
from canary.domain.trial import TrialKey
from canary.pricing import PriceTable
from canary.runner.plan import Estimate, demand_bounded, estimate

DAY = date(2026, 11, 1)
LISTED = PriceTable(overrides={})
PROMPT = Prompt(
    id="p/a-01",
    family="p",
    system="s" * 400,
    turns=(Turn(user="u" * 400), Turn(user="u" * 400)),
    checks=(),
    passing=(Example(steps=(ExampleStep(text="a" * 40), ExampleStep(text="a" * 40))),),
)
SUITE = Suite(prompts=(PROMPT,))
TIERED = TargetSpec(name="t", provider="openai", model="gpt-6-astra")
"""Listed at 10 dollars a million input tokens, at 20 in requests beyond 272,000."""

HALF_LISTED = TargetSpec(
    name="t",
    provider="openai-chat",
    model="x-ai/grok-4.1-fast:free",
    base_url="https://openrouter.ai/api/v1",
)
"""The list knows the model and names no price."""


def estimated(spec: TargetSpec, replicates: int, prices: PriceTable = LISTED) -> Estimate:
    keys = [TrialKey(run="r", target="t", prompt="p/a-01", replicate=n) for n in range(replicates)]
    other = TrialKey(run="r", target="u", prompt="p/a-01", replicate=0)
    return estimate(spec, SUITE, [*keys, other], prices, DAY)


def test_each_call_sends_again_what_was_said_before() -> None:
    size = estimated(TIERED, 3)
    assert (size.trials, size.calls, size.output_tokens) == (3, 6, 3 * 20)
    assert size.input_tokens == 3 * (200 + 200 + 10 + 100)


def test_a_large_run_of_small_requests_costs_what_small_requests_cost() -> None:
    """Ten thousand trials are millions of tokens together, and no request of them reaches the tier of large ones."""
    one, many = (estimated(TIERED, replicates) for replicates in (1, 10_000))
    assert one.cost_usd is not None
    assert many.cost_usd == pytest.approx(10_000 * one.cost_usd)


def test_a_price_by_hand_is_what_the_estimate_takes() -> None:
    prices = PriceTable(overrides={TIERED.model: PriceOverride(input=1.0, output=4.0)})
    assert estimated(TIERED, 1, prices).cost_usd == pytest.approx((510 * 1.0 + 20 * 4.0) / 1e6)


def test_a_listed_model_without_a_price_is_unknown_and_needs_a_token_budget() -> None:
    """An answer without a price is charged nothing: only a token budget would ever stop such a run."""
    assert estimated(HALF_LISTED, 1).cost_usd is None
    with pytest.raises(ConfigurationError, match=r"budget\.tokens_per_run: the price of .* is unknown"):
        demand_bounded([HALF_LISTED], LISTED, DAY, None, "canary.toml")
    demand_bounded([HALF_LISTED], LISTED, DAY, 1_000, "canary.toml")
    demand_bounded([TIERED], LISTED, DAY, None, "canary.toml")
