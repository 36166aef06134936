"""Prices are those of the day and the place; what no table names is unknown, never 0."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from genai_prices.types import ModelPrice
from hypothesis import example, given
from hypothesis import strategies as st

from canary.domain.target import PriceOverride, TargetOptions, TargetSpec
from canary.domain.trial import Step, Usage
from canary.pricing import PriceTable, _amount, listed_amount

DAY = date(2026, 11, 1)
SPEC = TargetSpec(name="t", provider="anthropic", model="claude-opus-4-7")
USAGE = Usage(
    input_tokens=1_000_000, cache_read_tokens=2_000_000, cache_write_tokens=400_000, output_tokens=100_000
)
LISTED = PriceTable(overrides={})
BY_HAND = PriceTable(
    overrides={"claude-opus-4-7": PriceOverride(input=1.0, output=4.0, cache_read=0.25, cache_write=2.0)}
)


def cost(
    table: PriceTable,
    usage: Usage | None = USAGE,
    spec: TargetSpec = SPEC,
    served: str | None = None,
    tier: str | None = None,
) -> float | None:
    found = table.cost(spec, (Step(usage=usage, served_model=served, service_tier=tier),), DAY)
    return found.usd if found else None


def test_each_kind_of_token_is_charged_at_its_own_price() -> None:
    assert cost(BY_HAND) == pytest.approx(1.0 + 0.5 + 0.8 + 0.4)
    assert cost(LISTED) == pytest.approx(5.0 + 1.0 + 2.5 + 2.5)


def test_the_unit_prices_and_their_day_come_with_the_cost() -> None:
    found = BY_HAND.cost(SPEC, (Step(usage=USAGE),), DAY)
    assert found is not None
    prices = found.prices
    assert (prices.input, prices.output, prices.cache_read, prices.cache_write) == (1.0, 4.0, 0.25, 2.0)
    assert (prices.date, prices.source) == (DAY, "canary.toml")
    listed = LISTED.unit_prices(SPEC, DAY)
    assert listed is not None
    assert (listed.input, listed.output) == (5.0, 25.0)
    assert listed.source.startswith("genai-prices ")


def test_replies_are_priced_one_by_one_and_added() -> None:
    one = LISTED.cost(SPEC, (Step(usage=USAGE),), DAY)
    two = LISTED.cost(SPEC, (Step(usage=USAGE), Step(usage=USAGE)), DAY)
    assert one is not None
    assert two is not None
    assert two.usd == pytest.approx(2 * one.usd)


def test_a_large_request_is_charged_at_the_tier_it_reaches() -> None:
    spec = replace(SPEC, provider="openai", model="gpt-6-astra")
    small = LISTED.cost(spec, (Step(usage=Usage(input_tokens=1000, output_tokens=0)),), DAY)
    large = LISTED.cost(spec, (Step(usage=Usage(input_tokens=300_000, output_tokens=0)),), DAY)
    assert small is not None
    assert large is not None
    assert (small.prices.input, large.prices.input) == (10.0, 20.0)
    assert large.usd == pytest.approx(0.3 * 20.0)


def test_cached_input_without_a_price_of_its_own_costs_what_input_costs() -> None:
    table = PriceTable(overrides={SPEC.model: PriceOverride(input=1.0, output=4.0)})
    assert cost(table) == pytest.approx(1.0 + 2.0 + 0.4 + 0.4)


@pytest.mark.parametrize(
    "spec",
    [
        replace(SPEC, model="no-such-model"),
        replace(SPEC, base_url="http://127.0.0.1:9/v1"),
        replace(SPEC, provider="openai-chat", model="claude-opus-4-7"),
        replace(SPEC, provider="command"),
    ],
    ids=["unlisted model", "unlisted host", "no host named", "a command"],
)
def test_a_price_that_no_table_names_is_unknown(spec: TargetSpec) -> None:
    assert cost(LISTED, spec=spec) is None
    assert LISTED.unit_prices(spec, DAY) is None


@pytest.mark.parametrize("usage", [None, Usage(input_tokens=1), Usage(output_tokens=1)])
def test_a_usage_that_was_not_measured_has_no_cost(usage: Usage | None) -> None:
    assert cost(LISTED, usage) is None
    assert LISTED.cost(SPEC, (), DAY) is None
    assert LISTED.cost(SPEC, (Step(usage=USAGE), Step(usage=usage)), DAY) is None


def test_a_compatible_host_has_its_own_price_list() -> None:
    spec = replace(SPEC, provider="openai-chat", model="kimi-k2.6", base_url="https://api.moonshot.ai/v1")
    assert cost(LISTED, Usage(input_tokens=1_000_000, output_tokens=0), spec) == pytest.approx(0.95)


def test_another_model_served_is_charged_as_itself_or_is_unknown() -> None:
    usage = Usage(input_tokens=1_000_000, output_tokens=0)
    assert cost(LISTED, usage, served="claude-fable-5-2") == pytest.approx(8.0)
    assert cost(LISTED, usage, served="claude-opus-4-7-20260401") == pytest.approx(5.0)
    assert cost(LISTED, usage, served="somebody-else") is None


def test_a_faster_mode_is_charged_as_such() -> None:
    usage = Usage(input_tokens=1_000_000, output_tokens=0)
    fast = replace(SPEC, model="claude-opus-5-5", options=TargetOptions(speed="fast"))
    assert cost(LISTED, usage, replace(SPEC, model="claude-opus-5-5")) == pytest.approx(4.0)
    assert cost(LISTED, usage, fast) == pytest.approx(8.0)


def test_the_speed_that_was_served_decides_before_the_one_that_was_asked_for() -> None:
    usage = Usage(input_tokens=1_000_000, output_tokens=0)
    plain = replace(SPEC, model="claude-opus-5-5")
    assert cost(LISTED, usage, plain, tier="standard+fast") == pytest.approx(8.0)
    assert cost(LISTED, usage, plain, tier="standard") == pytest.approx(4.0)


def test_a_mode_whose_price_the_list_does_not_name_is_unknown() -> None:
    usage = Usage(input_tokens=1_000_000, output_tokens=0)
    fast = replace(SPEC, model="claude-opus-4-6", options=TargetOptions(speed="fast"))
    assert cost(LISTED, usage, replace(SPEC, model="claude-opus-4-6")) == pytest.approx(5.0)
    assert cost(LISTED, usage, fast) is None


counts = st.integers(min_value=0, max_value=10**6)
prices = st.decimals(min_value=0, max_value=100, places=3)


@example(
    usage=Usage(input_tokens=1, cache_read_tokens=1000, cache_write_tokens=1000, output_tokens=1),
    full=Decimal(1),
    output=Decimal(1),
    read=Decimal(0),
    write=Decimal(0),
)
@given(
    st.builds(
        Usage, input_tokens=counts, cache_read_tokens=counts, cache_write_tokens=counts, output_tokens=counts
    ),
    prices,
    prices,
    st.none() | prices,
    st.none() | prices,
)
def test_a_plain_sum_is_what_the_price_library_reckons(
    usage: Usage, full: Decimal, output: Decimal, read: Decimal | None, write: Decimal | None
) -> None:
    listed = {"input_mtok": full, "output_mtok": output, "cache_read_mtok": read, "cache_write_mtok": write}
    model = ModelPrice(**{name: price for name, price in listed.items() if price is not None})
    assert _amount(model, usage) == listed_amount(model, usage)
