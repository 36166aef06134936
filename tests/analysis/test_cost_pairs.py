"""A comparison says what a solved task costs on both sides, and whether use or prices moved it."""

import math
from dataclasses import replace

import numpy as np
import pytest
from jsonschema import Draft202012Validator

from canary.analysis.compare import compare
from canary.analysis.comparison import Comparison, compare_json
from canary.analysis.cost import cost_per_solved
from canary.analysis.sides import Side, side_of
from canary.analysis.telling import markdown, paid
from canary.cli.compare_schemas import compare_schema
from canary.domain.incident import Policy
from canary.domain.ports import TrialColumns
from tests.analysis.histories import drawn
from tests.analysis.test_cost import NEW, OLD, priced

BEFORE, AFTER = priced(drawn(1, 10), OLD), priced(drawn(2, 10), NEW, use=0.5)


def side(columns: TrialColumns) -> Side:
    made = side_of(columns, target="t", label="days")
    assert made is not None
    return made


def found(old: TrialColumns, new: TrialColumns) -> Comparison:
    made = compare([(side(old), side(new))], Policy(), a="old", b="new")
    Draft202012Validator(compare_schema()).validate(compare_json(made))
    return made


def test_a_comparison_tells_use_and_prices_apart_as_the_two_windows_do() -> None:
    (pair,) = found(BEFORE, AFTER).pairs
    assert pair.cost == cost_per_solved(BEFORE, AFTER)
    level, cause = paid(pair)
    assert level.startswith("Cost per solved task: $")
    assert pair.cost is not None
    assert pair.cost.price is not None
    assert pair.cost.price == pytest.approx(1.0, abs=0.2)
    assert f"prices {100 * pair.cost.price:+.1f} %" in cause
    assert level in markdown(found(BEFORE, AFTER))


def test_prompts_that_only_one_side_has_cost_nothing_here() -> None:
    other = replace(AFTER, prompts=("only-here", *AFTER.prompts[1:]))
    (pair,) = found(BEFORE, other).pairs
    assert pair.cost is not None
    assert pair.cost.after.trials == int((AFTER.prompt != 0).sum())
    assert pair.cost.before.trials == int((BEFORE.prompt != 0).sum())


def test_an_unknown_price_is_named_by_its_model_and_makes_a_lower_bound() -> None:
    cost = AFTER.values["cost_usd"].copy()
    cost[:5] = math.nan
    (pair,) = found(BEFORE, replace(AFTER, values={**AFTER.values, "cost_usd": cost})).pairs
    level, unknown = paid(pair)
    assert "-> at least $" in level
    assert "price of some-model is unknown" in unknown
    gone = replace(AFTER, values={**AFTER.values, "cost_usd": np.full(cost.size, math.nan)})
    (pair,) = found(BEFORE, gone).pairs
    assert "-> unknown" in paid(pair)[0]
    assert "$0" not in paid(pair)[0].partition("->")[2]


def test_a_model_s_name_can_t_break_the_line() -> None:
    names = np.full(AFTER.run_day.size, "bad\n| name", dtype=np.object_)
    gone = np.full(AFTER.run_day.size, math.nan)
    texts = {**AFTER.texts, "requested_model": names}
    odd = replace(AFTER, values={**AFTER.values, "cost_usd": gone}, texts=texts)
    (pair,) = found(BEFORE, odd).pairs
    assert all("\n" not in line and "|" not in line for line in paid(pair))


def test_records_without_use_or_a_pinned_side_say_nothing_of_cost() -> None:
    bare = replace(AFTER, values={"passed": AFTER.values["passed"]}, texts={})
    (pair,) = found(BEFORE, bare).pairs
    assert pair.cost is None
    made = compare([(replace(side(BEFORE), paid=None), side(AFTER))], Policy(), a="pinned", b="new")
    assert made.pairs[0].cost is None
    assert paid(made.pairs[0]) == []
