"""The budget is a hard stop: dollars and tokens, what was spent before included, and nothing is free."""

from datetime import date

import pytest

from canary.domain.errors import BudgetStop
from canary.domain.target import PriceOverride, TargetSpec
from canary.domain.trial import Step, ToolCall, Usage
from canary.pricing import PriceTable
from canary.runner.budget import UNSEEN_TOKENS, BudgetMeter

SPEC = TargetSpec(name="t", provider="anthropic", model="m", base_url="http://127.0.0.1:1")
PRICES = PriceTable(overrides={"m": PriceOverride(input=1.0, output=10.0)})
ANSWER = Step(usage=Usage(input_tokens=100_000, output_tokens=10_000))  # 20 cents, 110,000 tokens


def meter(**limits: float) -> BudgetMeter:
    known: dict[str, float | None] = {"usd": None, "tokens": None} | limits
    return BudgetMeter(prices=PRICES, day=date(2026, 3, 1), **known)  # type: ignore[arg-type]


def admitted(budget: BudgetMeter, answer: Step = ANSWER, spec: TargetSpec = SPEC, most: int = 50) -> int:
    """Requests let through when each is answered before the next."""
    for count in range(most):
        try:
            budget.admit()
        except BudgetStop:
            return count
        budget.count(spec, answer)
    return most


def test_dollars_stop_the_run_at_the_first_request_beyond_them() -> None:
    assert admitted(meter(usd=1.0)) == 5


def test_tokens_stop_the_run_at_the_first_request_beyond_them() -> None:
    assert admitted(meter(tokens=300_000)) == 3


def test_what_was_spent_before_counts() -> None:
    assert admitted(meter(usd=1.0, spent_usd=0.9)) == 1
    assert admitted(meter(tokens=300_000, spent_tokens=300_000)) == 0


def test_without_limits_nothing_stops() -> None:
    assert admitted(meter()) == 50


def test_the_stop_names_the_key_and_the_remedy() -> None:
    budget = meter(usd=0.1)
    budget.count(SPEC, ANSWER)
    with pytest.raises(BudgetStop, match=r"budget.usd_per_run: the run has spent \$0.20 of \$0.10; raise it"):
        budget.admit()


def test_an_answer_without_usage_is_charged_a_guess() -> None:
    call = ToolCall(id="c", name="f", arguments={}, arguments_text="x" * 3000)
    budget = meter()
    budget.count(SPEC, Step(text="x" * 3000, tool_calls=(call,)))
    assert budget.spent_tokens == UNSEEN_TOKENS + 2001
    assert budget.spent_usd == pytest.approx((UNSEEN_TOKENS * 1.0 + 2001 * 10.0) / 1e6)


def test_a_served_model_of_unknown_price_is_charged_as_the_one_asked_for() -> None:
    listed = TargetSpec(name="t", provider="anthropic", model="claude-opus-4-7")
    budget = meter()
    budget.count(
        listed, Step(usage=Usage(input_tokens=1_000_000, output_tokens=0), served_model="somebody-else")
    )
    assert budget.spent_usd == pytest.approx(5.0)
