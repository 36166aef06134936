"""What fails a run, and what does not: decided from the judgement and the comparison alone."""

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from canary.cli.gate import FailOn, Gate
from canary.domain.incident import Analysis, Attribution, Incident, Suspicion
from canary.domain.trial import Run
from canary.pipeline.judging import Judgement
from canary.pipeline.release import ReleaseVerdict
from canary.pipeline.results import RunResult
from tests.analysis.histories import on
from tests.analysis.test_incidents import FALL
from tests.fakes import NOON

RUN = Run(id="r", day=date(2026, 3, 1), trigger="manual", started_at=NOON, targets={"a": "x"})
OPEN = Incident(
    id="INC-0001",
    key="k",
    group="a",
    kind="quality",
    targets=("a",),
    verdict="degradation",
    severity="high",
    state="opened",
    opened_on=on(10),
    changes=(FALL,),
    transitions=(),
    attribution=Attribution(layer=None, moved=("a",)),
)
SUSPICION = Suspicion(target="a", raised_on=on(10), until=on(12), change=FALL)


def result(*incidents: Incident, suspicions: tuple[Suspicion, ...] = ()) -> RunResult:
    analysis = Analysis(
        first_day=on(0), last_day=on(20), judged_series=1, days_judged=1, changes=(), alarms=(),
        incidents=incidents, not_seen=(), not_judged=(), suspicions=suspicions, expected_false_alarms_per_year=1.0,
    )  # fmt: skip
    judgement = Judgement(analysis=analysis, examined=Any, records={})  # type: ignore[arg-type]
    return RunResult(run=RUN, tallies=(), page=None, judgement=judgement)


def fails(fail_on: FailOn, found: RunResult, verdict: ReleaseVerdict | None = None) -> bool:
    gate = Gate(fail_on=fail_on, against=None, compares=False, baselines=Path("none"))
    finding = gate.finding(found, verdict)
    assert finding is None or finding.exit_code == 1
    return finding is not None


@pytest.mark.parametrize(
    ("fail_on", "suspected", "degraded"),
    [("never", False, False), ("suspected", True, True), ("degraded", False, True)],
)
def test_a_finding_fails_from_the_named_one_on(fail_on: FailOn, suspected: bool, degraded: bool) -> None:
    assert fails(fail_on, result(suspicions=(SUSPICION,))) is suspected
    assert fails(fail_on, result(OPEN)) is degraded
    assert not fails(fail_on, result())


@pytest.mark.parametrize(
    "other",
    [
        {"state": "recovered"},
        {"state": "accepted"},
        {"kind": "availability"},
        {"verdict": "change"},
        {"muted": True},
        {"targets": ("b",)},
    ],
)
def test_only_an_open_degradation_of_a_target_that_was_asked_fails(other: dict[str, Any]) -> None:
    assert not fails("degraded", result(replace(OPEN, **other)))


@pytest.mark.parametrize("worse", [True, False])
def test_a_release_is_judged_by_its_comparison_alone(worse: bool) -> None:
    verdict = ReleaseVerdict(comparison=None, text="", markdown="", fails=worse)
    assert fails("degraded", result(OPEN), verdict) is worse


def test_without_a_judgement_nothing_fails() -> None:
    assert not fails("suspected", RunResult(run=RUN, tallies=(), page=None))
