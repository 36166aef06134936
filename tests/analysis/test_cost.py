"""Cost per solved task: everything that was paid for counts, and a price change is told from a change of use."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from canary.analysis.cost import cost_per_solved, solved_cost
from canary.domain.ports import TrialColumns
from tests.analysis.histories import drawn, kept

OLD = {"input": 5.0, "output": 25.0, "cache_read": 0.5}
NEW = {"input": 5.0, "output": 50.0, "cache_read": 0.5}


def told(prices: Mapping[str, float]) -> str:
    return json.dumps({**prices, "date": "2026-01-01", "source": "test"})


def priced(columns: TrialColumns, prices: Mapping[str, float], *, use: float = 1.0) -> TrialColumns:
    """Trials with output scaled, and billed at these prices."""
    output = columns.values["output_tokens"] * use
    cost = (columns.values["input_tokens"] * prices["input"] + output * prices["output"]) / 1e6
    texts = np.full(cost.size, told(prices), dtype=np.object_)
    models = np.full(cost.size, "some-model", dtype=np.object_)
    return replace(
        columns,
        values={**columns.values, "output_tokens": output, "cost_usd": cost},
        texts={"unit_prices": texts, "requested_model": models},
    )


def some(
    cost: Sequence[float | None], passed: Sequence[float | None], graded: Sequence[bool] | None = None
) -> TrialColumns:
    """Trials of one prompt and day."""
    n = len(cost)
    zeros = np.zeros(n, dtype=np.int32)

    def numbers(values: Sequence[float | None]) -> "np.ndarray[tuple[int], np.dtype[np.float64]]":
        return np.array([math.nan if value is None else value for value in values], dtype=np.float64)

    return TrialColumns(
        prompts=("p",),
        digests=("",),
        families=("",),
        runs=("r",),
        run_day=np.full(n, date(2026, 1, 1), dtype="datetime64[D]"),
        prompt=zeros,
        prompt_digest=zeros,
        family=zeros,
        run=zeros,
        replicate=np.arange(n, dtype=np.int32),
        graded=np.array([True] * n if graded is None else graded, dtype=np.bool_),
        values={"cost_usd": numbers(cost), "passed": numbers(passed)},
        texts={"requested_model": np.full(n, "some-model", dtype=np.object_)},
    )


def test_failed_and_unsolved_trials_are_paid_for() -> None:
    found = solved_cost(some([1.0, 2.0, 4.0, None], [1.0, 0.0, None, None], [True, True, False, False]))
    assert (found.usd, found.solved, found.value) == (7.0, 1, 7.0)
    assert (found.trials, found.unpriced, found.silent) == (4, 0, 1)


def test_an_unknown_price_is_named_and_the_sum_a_lower_bound() -> None:
    found = solved_cost(some([1.0, None], [1.0, 1.0]))
    assert (found.usd, found.unpriced, found.unknown) == (1.0, 1, ("some-model",))
    assert (found.low, found.high) == (None, None)
    nothing = solved_cost(some([None, None], [1.0, 1.0]))
    assert (nothing.usd, nothing.value, nothing.unpriced) == (None, None, 2)


def test_where_nothing_is_solved_there_is_no_cost_of_solving() -> None:
    found = solved_cost(some([1.0, 2.0], [0.0, 0.0]))
    assert (found.usd, found.value) == (3.0, None)
    empty = solved_cost(some([], []))
    assert (empty.usd, empty.value, empty.trials) == (None, None, 0)


@pytest.mark.parametrize("days", [1, 30], ids=["one run", "thirty days"])
def test_the_interval_holds_the_cost_it_estimates(days: int) -> None:
    """120 windows of a fixed suite: a true 95 % gives less than 88 % once in a thousand times."""
    long = priced(drawn(11, 120 * days), OLD)
    truth = solved_cost(long).value
    assert truth is not None
    first = long.run_day.min()
    held = 0
    for window in range(120):
        since = (long.run_day - first).astype(int) - window * days
        part = kept(long, (since >= 0) & (since < days))
        if not part.run_day.size:
            continue
        found = solved_cost(part)
        assert found.low is not None
        assert found.high is not None
        held += found.low <= truth <= found.high
    assert held >= 0.88 * 118


def test_a_pure_price_change_is_one_of_price() -> None:
    found = cost_per_solved(priced(drawn(1, 30), OLD), priced(drawn(1, 30), NEW))
    assert found.change is not None
    assert found.price == pytest.approx(found.change)
    assert found.usage == pytest.approx(0.0, abs=1e-9)
    assert found.change > 0.5


def test_a_pure_change_of_use_is_one_of_use() -> None:
    found = cost_per_solved(priced(drawn(1, 30), OLD), priced(drawn(1, 30), OLD, use=2.0))
    assert found.price == pytest.approx(0.0, abs=1e-9)
    assert found.usage == pytest.approx(found.change)


@given(use=st.floats(0.2, 5), output=st.floats(1, 200))
def test_price_and_use_make_up_the_change(use: float, output: float) -> None:
    columns = SHORT
    found = cost_per_solved(priced(columns, OLD), priced(columns, {**OLD, "output": output}, use=use))
    assert found.change is not None
    assert found.price is not None
    assert found.usage is not None
    assert found.low is not None
    assert found.high is not None
    assert (1 + found.usage) * (1 + found.price) == pytest.approx(1 + found.change)
    assert found.low <= found.change <= found.high
    then = cost_per_solved(priced(columns, OLD), priced(columns, OLD, use=use)).change
    assert found.usage == pytest.approx(then)


SHORT = drawn(1, 8)


def test_a_price_by_size_of_request_is_compared_with_that_of_the_same_prompt() -> None:
    """Long prompts have a higher tier: that is no price change."""
    columns = drawn(1, 10)
    both = priced(columns, OLD)
    cost, texts = both.values["cost_usd"].copy(), both.texts["unit_prices"].copy()
    long = columns.prompt < 5
    cost[long] *= 2
    texts[long] = told({name: 2 * price for name, price in OLD.items()})
    tiered = replace(
        both, values={**both.values, "cost_usd": cost}, texts={**both.texts, "unit_prices": texts}
    )
    found = cost_per_solved(tiered, tiered)
    assert (found.change, found.usage, found.price) == (0.0, 0.0, 0.0)


def test_without_unit_prices_a_change_is_told_and_its_cause_is_not() -> None:
    bare = replace(priced(drawn(1, 10), OLD), texts={})
    found = cost_per_solved(bare, bare)
    assert found.change == 0.0
    assert (found.usage, found.price) == (None, None)


def test_no_change_is_told_of_a_lower_bound() -> None:
    known = priced(drawn(1, 10), OLD)
    cost = known.values["cost_usd"].copy()
    cost[0] = math.nan
    found = cost_per_solved(known, replace(known, values={**known.values, "cost_usd": cost}))
    assert (found.change, found.usage, found.price, found.low, found.high) == (None, None, None, None, None)
    assert found.after.unknown == ("some-model",)
