"""A promised speed is held against calls whose speed was measured, with limits, and nothing is claimed beyond them."""

from datetime import UTC, datetime

import pytest

from canary.domain.target import SpeedPromise
from canary.domain.trial import Attempt, Trial
from canary.report.page import run_page
from canary.report.promise import enough, held, promised_speed
from canary.report.render import render_run
from canary.stats.panel import wilson
from tests.report.samples import plain_run, trial

NOW = datetime(2026, 3, 1, 7, tzinfo=UTC)
SLA = SpeedPromise(tokens_per_s=50.0, share=0.99)


def streamed(*speeds: float | None, replicate: int = 0, target: str = "t") -> Trial:
    """One trial of as many calls."""
    calls = tuple(
        Attempt(started_at=NOW, latency_s=1.0, step=n, output_tokens_per_s=speed)
        for n, speed in enumerate(speeds)
    )
    return trial(replicate=replicate, target=target, attempt_log=calls)


def trials(fast: int, slow: int) -> list[Trial]:
    """Calls above the floor and below it."""
    return [streamed(51.0, replicate=n) for n in range(fast)] + [
        streamed(49.0, replicate=fast + n) for n in range(slow)
    ]


@pytest.mark.parametrize(
    ("fast", "slow", "verdict"),
    [(400, 0, "kept"), (380, 0, "open"), (397, 3, "open"), (390, 10, "broken"), (0, 3, "broken")],
)
def test_a_promise_is_kept_or_broken_only_where_the_whole_interval_says_so(
    fast: int, slow: int, verdict: str
) -> None:
    assert held(SLA, trials(fast, slow)).verdict == verdict


@pytest.mark.parametrize("share", [0.5, 0.9, 0.99, 0.999])
def test_the_fewest_calls_that_can_show_a_promise_are_the_fewest(share: float) -> None:
    n = enough(share)
    assert wilson(n, n)[0] >= share > (wilson(n - 1, n - 1)[0] if n > 1 else 0.0)


def test_every_call_counts_and_a_slow_one_is_not_averaged_away() -> None:
    found = held(SLA, [streamed(200.0, 10.0, None)])
    assert (found.reached, found.calls) == (1, 2)


def test_a_record_that_tells_no_calls_counts_as_one_at_its_own_speed() -> None:
    found = held(SLA, [trial(output_tokens_per_s=60.0), trial(replicate=1, output_tokens_per_s=40.0)])
    assert (found.reached, found.calls) == (1, 2)


@pytest.mark.parametrize("unmeasured", [trial(), streamed(None), streamed()])
def test_what_was_not_streamed_is_not_measured_and_never_slow(unmeasured: Trial) -> None:
    figure = promised_speed({"t": SLA}, [unmeasured])
    assert (figure.value, figure.low, figure.text) == (None, None, "not measured")
    assert held(SLA, [unmeasured]).verdict == "unmeasured"


def test_the_page_tells_share_limits_and_promise_and_which_target_broke_it() -> None:
    both = [*trials(200, 0), *(streamed(40.0, replicate=n, target="u") for n in range(60))]
    run = plain_run(targets={"t": "1", "u": "2"})
    report = render_run(run_page(run, both, {}, NOW, {"t": SLA, "u": SLA}))
    text = " ".join(report.text.split())
    assert "100 %" in text
    assert "98.1 to 100 %; 99 % at 50.0 tokens/s promised: can't be told from 200 calls" in text
    assert "that takes 381 or more" in text
    assert "u streamed 0 % of 60 calls at 50.0 tokens/s or more; 99 % is promised." in text


def test_a_run_without_promises_says_nothing_of_them() -> None:
    report = render_run(run_page(plain_run(targets={"t": "1"}), trials(3, 0), {}, NOW))
    assert "promised" not in report.text
    assert "promised" not in report.html
