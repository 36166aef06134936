"""What a run comes to: one exit code for everything that is not fine about it, the worst first."""

import signal
from datetime import date
from pathlib import Path

import pytest

from canary.domain.errors import BudgetStop, CanaryError, Stopped, StoreError
from canary.domain.trial import Run
from canary.pipeline.results import RunResult, Tally, problems_of
from canary.runner.collect import Collected
from tests.fakes import NOON

RUN = Run(id="r", day=date(2026, 3, 1), trigger="manual", started_at=NOON)
BUDGET, STORE = BudgetStop("spent"), StoreError("full")
STOPPED = Stopped(signal.SIGTERM, "stopped")


def tally(name: str = "t", *, graded: int = 0, **kinds: int) -> Tally:
    return Tally(
        target=name,
        planned=10,
        graded=graded,
        passed=graded,
        failed=sum(kinds.values()),
        kinds=kinds,
        cost_usd=None,
        unpriced=0,
    )


FINE, HALF, FEW = tally(graded=10), tally(graded=5, timeout=5), tally(graded=4, timeout=6)
OUTAGE, REFUSED, MIXED = tally(overloaded=10), tally(authentication=10), tally(authentication=5, timeout=5)
REFUSED_SO_FAR, NOT_ASKED = tally(not_found=2), tally()


@pytest.mark.parametrize(
    ("tallies", "error", "codes", "code"),
    [
        ([FINE, HALF], None, [], 0),
        ([FEW], None, [3], 3),
        ([OUTAGE], None, [3], 3),
        ([MIXED], None, [3], 3),
        ([REFUSED], None, [2], 2),
        ([OUTAGE, FINE, REFUSED], None, [2, 3], 2),
        ([FEW], BUDGET, [5], 5),
        ([NOT_ASKED], BUDGET, [5], 5),
        ([FINE, REFUSED_SO_FAR], BUDGET, [2, 5], 2),
        ([NOT_ASKED], STORE, [4], 4),
        ([REFUSED_SO_FAR], STORE, [2, 4], 2),
        ([REFUSED_SO_FAR, NOT_ASKED], STOPPED, [2, 2], 143),
    ],
)
def test_of_several_problems_the_worst_stands_first_and_gives_the_exit_code(
    tallies: list[Tally], error: CanaryError | None, codes: list[int], code: int, tmp_path: Path
) -> None:
    collected = Collected(status="complete" if error is None else "interrupted", error=error)
    problems = problems_of(RUN, tallies, collected)
    assert [problem.exit_code for problem in problems] == codes
    result = RunResult(run=RUN, tallies=tuple(tallies), page=tmp_path, problems=tuple(problems))
    assert result.exit_code == code
