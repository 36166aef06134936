"""A target's figures: what is not measured stays so, failed is not wrong, and an unknown price is never $0."""

from typing import Any

import pytest

from canary.domain.trial import CheckResult
from canary.report import costs, measure
from tests.report.samples import failed, trial


def check(*, strict: bool, loose: bool) -> CheckResult:
    """One check's verdicts."""
    return CheckResult(check="words", strict=strict, loose=loose)


def test_failed_trials_do_not_touch_the_pass_rate() -> None:
    """Two of three passed, however many calls failed."""
    graded = [trial("a"), trial("b"), trial("c", passed=False)]
    alone = measure.pass_rate(graded)
    assert alone == measure.pass_rate([*graded, *(failed("d", n) for n in range(9))])
    assert alone.value == pytest.approx(2 / 3)


def test_the_pass_rate_weighs_prompts_and_not_trials() -> None:
    """A prompt whose other calls failed weighs as much as one that was answered three times."""
    figure = measure.pass_rate([*(trial("a", n) for n in range(3)), trial("b", passed=False)])
    assert (figure.value, figure.text) == (0.5, "50\N{NO-BREAK SPACE}%")


def test_the_format_gap_counts_what_passes_only_when_form_is_forgiven() -> None:
    """A refusal or a cut-off answer is no matter of form, and an answer that passes strictly is no gap."""
    only_loosely = (check(strict=False, loose=True), check(strict=True, loose=True))
    trials = [
        trial("a", passed=True, checks=(check(strict=True, loose=True),)),
        trial("b", passed=False, checks=only_loosely),
        trial("c", passed=False, checks=only_loosely, refused=True),
        trial("d", passed=False, checks=only_loosely, truncated=True),
        trial("e", passed=False, checks=(check(strict=False, loose=False),)),
    ]
    figure = measure.format_gap(trials)
    assert figure.value == pytest.approx(0.2)
    assert figure.note == "1\N{NO-BREAK SPACE}trial"


@pytest.mark.parametrize(
    "figure",
    [
        measure.pass_rate([failed()]),
        measure.score([]),
        measure.format_gap([trial()]),
        measure.refusals([trial()]),
        measure.mean("tool_calls", [trial()]),
        measure.mean("reasoning_tokens", [failed(reasoning_tokens=5)]),
        measure.median("ttft_s", [trial()]),
        measure.failures([]),
        costs.cost([]),
        costs.cost_per_pass([]),
    ],
    ids=lambda figure: figure.metric,
)
def test_what_was_not_measured_says_so_and_has_no_value(figure: Any) -> None:
    """Absent is never 0."""
    assert (figure.value, figure.text) == (None, "not measured")


def test_the_failure_rate_is_of_all_trials_and_shows_its_counts() -> None:
    """`1 of 4`, 25 %."""
    figure = measure.failures([trial("a"), trial("b"), trial("c"), failed("d")])
    assert (figure.value, figure.note) == (0.25, "1 of 4")


def test_a_mean_has_its_interval_and_never_reaches_below_0() -> None:
    """Nothing that is counted can be negative."""
    trials = [trial("a", n, tool_calls=calls) for n, calls in enumerate((0, 1, 0))]
    figure = measure.mean("tool_calls", trials)
    assert (figure.low, figure.text) == (0.0, "0.333")
    assert figure.note.startswith("0 to ")


def test_speed_is_a_median_with_the_slow_tail() -> None:
    """Slow is high for latency and low for tokens a second."""
    trials = [trial("a", n, latency_s=1.0 + n, output_tokens_per_s=float(100 - n)) for n in range(21)]
    latency, speed = measure.median("latency_s", trials), measure.median("output_tokens_per_s", trials)
    assert (latency.value, latency.tail) == (11.0, 20.0)
    assert (speed.value, speed.tail) == (90.0, 81.0)
    assert latency.note == "95 % within 20.0\N{NO-BREAK SPACE}s"
    assert speed.note == "95 % above 81.0"


def test_the_cost_includes_failed_trials_and_their_retries() -> None:
    """$2 for one solved task: $1 of its own and $1 of a trial that broke off."""
    trials = [trial("a", cost_usd=1.0), failed("b", cost_usd=1.0, output_tokens=9)]
    assert costs.cost(trials).text == "$2.00"
    assert costs.cost_per_pass(trials).text == "$2.00"


def test_an_unknown_price_is_unknown_and_never_nothing() -> None:
    """Neither in all nor per solved task."""
    trials = [trial("a", output_tokens=9), trial("b", output_tokens=9)]
    for figure in (costs.cost(trials), costs.cost_per_pass(trials)):
        assert (figure.value, figure.text) == (None, "unknown")


def test_a_partly_known_cost_is_a_lower_bound() -> None:
    """`at least $1.00`, with the trials that have no price counted."""
    trials = [trial("a", cost_usd=1.0), trial("b", output_tokens=9)]
    assert costs.cost(trials).text == "at least $1.00"
    assert costs.cost(trials).note == "1\N{NO-BREAK SPACE}trial without a price"
    assert costs.cost_per_pass(trials).text == "at least $0.50"


def test_a_free_endpoint_costs_nothing_and_says_nothing_is_unknown() -> None:
    """A price of 0 is a known price."""
    assert costs.cost([trial("a", cost_usd=0.0)]).text == "$0.00"


def test_without_a_solved_task_there_is_no_cost_of_one() -> None:
    """Not infinite, not 0."""
    figure = costs.cost_per_pass([trial("a", passed=False, cost_usd=1.0)])
    assert (figure.value, figure.text) == (None, "no task solved")


def test_failed_calls_without_usage_are_counted_apart_from_missing_prices() -> None:
    """A call that was never answered has no tokens to price; whether it is billed is not known."""
    bill = costs.bill([trial("a", cost_usd=1.0), failed("b"), failed("c", output_tokens=9)], besides=0.25)
    assert (bill.usd, bill.unpriced, bill.silent) == (1.25, 1, 1)
