"""A replay says what production would have said: no later record changes an earlier word."""

import json
from datetime import date, timedelta

import numpy as np
import pytest

from canary.analysis.answers import backtest_json
from canary.analysis.backtest import backtest
from canary.domain.incident import Analysis, ChangePoint, Policy
from canary.domain.ports import TrialColumns
from canary.simulate.worlds import BadDay, Shift
from tests.analysis.histories import drawn, kept, on

ONSET = 70
POLICY = Policy(confirm=False)

STEPS: dict[str, tuple[Shift, str, str, str]] = {
    "pass rate -10 points": (
        Shift(moved="pass_rate", onset=ONSET, size=-0.10),
        "pass_rate",
        "level",
        "degradation",
    ),
    "pass rate +10 points": (
        Shift(moved="pass_rate", onset=ONSET, size=0.10),
        "pass_rate",
        "level",
        "improvement",
    ),
    "output -20 %": (
        Shift(moved="output_tokens", onset=ONSET, size=-0.2),
        "output_tokens",
        "level",
        "change",
    ),
    "output +20 %": (Shift(moved="output_tokens", onset=ONSET, size=0.2), "output_tokens", "level", "change"),
    "tools -30 %": (Shift(moved="tool_calls", onset=ONSET, size=-0.3), "tool_calls", "level", "change"),
    "tools +30 %": (Shift(moved="tool_calls", onset=ONSET, size=0.3), "tool_calls", "level", "change"),
    "effort cut": (
        Shift(moved="reasoning_tokens", onset=ONSET, size=-0.45),
        "reasoning_tokens",
        "level",
        "change",
    ),
    "tokenizer": (Shift(moved="input_tokens", onset=ONSET, size=12), "tokenizer", "exact", "change"),
    "spread": (Shift(moved="output_spread", onset=ONSET, size=1.8), "output_tokens", "spread", "change"),
}


def judged(*targets: TrialColumns, policy: Policy = POLICY) -> Analysis:
    return backtest({f"target-{i}": columns for i, columns in enumerate(targets)}, policy)


def found(analysis: Analysis, metric: str, kind: str) -> list[ChangePoint]:
    return [c for c in analysis.changes if (c.metric, c.kind, c.family) == (metric, kind, "all")]


@pytest.mark.parametrize("name", STEPS)
def test_every_kind_of_change_is_found_dated_and_given_its_direction(name: str) -> None:
    shift, metric, kind, verdict = STEPS[name]
    # Seed 5 has no missing day at the onset.
    change = found(judged(drawn(5, 90, shift)), metric, kind)[0]
    up = shift.size > (1.0 if kind == "spread" else 0.0)
    assert (change.direction, change.verdict) == ("up" if up else "down", verdict)
    assert change.onset_low <= on(ONSET) <= change.onset_high
    assert on(ONSET) <= change.raised_on <= on(ONSET + 8)
    assert isinstance(change.before, float)
    assert isinstance(change.after, float)
    assert (change.after > change.before) is up
    assert change.effect is not None
    assert (change.effect > 0) is up


@pytest.mark.parametrize("cut", [30, 60, 71, 75, 82, 95, 110])
def test_later_records_never_change_an_earlier_alarm(cut: int) -> None:
    shifts = (
        Shift(moved="output_tokens", onset=ONSET, size=-0.3, end=90),
        Shift(moved="pass_rate", onset=80, size=-0.15),
        Shift(moved="input_tokens", onset=100, size=9),
        Shift(moved="pass_rate", onset=50, size=-1, prompts=(4,)),
    )
    bad = (BadDay(day=45),)
    whole = judged(drawn(3, 120, *shifts, bad_days=bad), drawn(4, 120))
    part = judged(drawn(3, 120, *shifts, bad_days=bad, cut=cut), drawn(4, 120, cut=cut))
    assert whole.alarms
    assert part.alarms == tuple(alarm for alarm in whole.alarms if alarm.raised_on < on(cut))


def changing_suite(cut: int | None = None) -> TrialColumns:
    """Prompts that join, retire, are edited, and a family and a metric that appear late."""
    columns = drawn(6, 120, Shift(moved="output_tokens", onset=75, size=-0.2))
    day = (columns.run_day - columns.run_day.min()).astype(int)
    columns.values["latency_s"][day < 50] = np.nan
    columns.prompt_digest[(columns.prompt == 5) & (day >= 60)] = 0
    gone = ((columns.prompt == 2) & (day >= 70)) | ((columns.prompt == 9) & (day < 40))
    late_family = (columns.family == 3) & (day < 35)
    return kept(columns, ~gone & ~late_family & (day < (cut or 120)))


@pytest.mark.parametrize("cut", [30, 36, 45, 64, 70, 77, 90, 100])
def test_a_suite_that_changes_changes_nothing_said_before(cut: int) -> None:
    whole, part = judged(changing_suite()), judged(changing_suite(cut))
    assert whole.alarms
    assert part.alarms == tuple(alarm for alarm in whole.alarms if alarm.raised_on < on(cut))


def test_a_suite_that_changes_is_no_finding() -> None:
    changes = judged(changing_suite()).changes
    assert {change.metric for change in changes} == {"output_tokens"}


@pytest.mark.parametrize(("size", "verdict"), [(1.5, "degradation"), (-0.6, "improvement")])
def test_a_large_change_of_latency_is_found_once_its_memory_is_known(size: float, verdict: str) -> None:
    """Days of latency resemble each other so much that two months hold little: half a year does."""
    change = found(
        judged(drawn(5, 215, Shift(moved="latency_s", onset=200, size=size))), "latency_s", "level"
    )[0]
    assert change.verdict == verdict
    assert change.onset_low <= on(200) <= change.onset_high


def test_one_broken_prompt_is_named() -> None:
    change = found(
        judged(drawn(5, 90, Shift(moved="pass_rate", onset=ONSET, size=-1, prompts=(0,)))),
        "pass_rate",
        "prompt",
    )[0]
    assert change.prompt == "family-0/prompt-000"
    assert change.verdict == "degradation"


def test_an_improvement_is_noted_and_opens_nothing() -> None:
    analysis = judged(drawn(5, 90, Shift(moved="pass_rate", onset=ONSET, size=0.1)))
    assert {alarm.event for alarm in analysis.alarms} == {"noted"}
    assert not analysis.incidents


def test_the_smallest_effect_worth_waking_for_is_kept() -> None:
    columns = drawn(5, 90, Shift(moved="output_tokens", onset=ONSET, size=-0.1))
    assert judged(columns).incidents
    assert not judged(columns, policy=Policy(confirm=False, min_effect={"output_tokens": 0.3})).incidents


def test_the_answer_is_json_of_the_contract() -> None:
    analysis = judged(drawn(5, 90, Shift(moved="output_tokens", onset=ONSET, size=-0.3)), drawn(6, 90))
    answer = json.loads(json.dumps(backtest_json(analysis), allow_nan=False))
    assert answer["schema"] == 1
    assert (answer["first_day"], answer["last_day"]) == ("2026-01-01", "2026-03-31")
    alarm = answer["alarms"][0]
    assert (alarm["event"], alarm["incident"], alarm["kind"]) == ("opened", "INC-0001", "quality")
    assert alarm["layer"] is None
    assert {"target", "family", "metric", "days", "minimum_detectable_effect"} <= set(answer["not_seen"][0])
    assert {row["days"] for row in answer["not_seen"]} == {1, 7, 28}


@pytest.mark.parametrize("budget", [0.1, 1.0, 5.0])
def test_rates_stay_within_the_budget(budget: float) -> None:
    analysis = judged(drawn(1, 90), drawn(2, 90), policy=Policy(confirm=False, false_alarms_per_year=budget))
    assert 0.5 * budget < analysis.expected_false_alarms_per_year <= budget


@pytest.mark.parametrize("days", [1, 5, 28])
def test_a_short_history_is_not_judged_and_says_why(days: int) -> None:
    analysis = judged(drawn(1, days))
    assert not analysis.alarms
    assert analysis.days_judged == 0
    assert {row.reason for row in analysis.not_judged} == {
        "its first 28 days, with 10 measured ones among them, are not over"
    }


def test_no_records_are_no_trouble() -> None:
    columns = drawn(1, 3)
    empty = kept(columns, np.zeros(columns.run_day.size, dtype=np.bool_))
    analysis = judged(empty)
    assert (analysis.first_day, analysis.judged_series, analysis.alarms) == (None, 0, ())
    assert backtest_json(backtest({}, POLICY))["last_day"] is None


def test_all_pass_and_all_fail_suites_are_judged_quietly() -> None:
    for verdict in (0.0, 1.0):
        columns = drawn(1, 90)
        columns.values["passed"][:] = verdict
        assert not found(judged(columns), "pass_rate", "level")


def test_an_outage_is_availability_never_quality() -> None:
    columns = drawn(6, 100)
    day = (columns.run_day - columns.run_day.min()).astype(int)
    columns.graded[(day >= ONSET) & (np.arange(day.size) % 3 == 0)] = False
    analysis = judged(columns)
    assert {incident.kind for incident in analysis.incidents} == {"availability"}
    assert analysis.incidents[0].opened_on <= on(ONSET) + timedelta(days=2)


def test_two_runs_a_day_are_one_day() -> None:
    columns = drawn(5, 90, Shift(moved="output_tokens", onset=ONSET, size=-0.2))
    twice = kept(columns, np.ones(columns.run_day.size, dtype=np.bool_))
    twice.run[twice.replicate > 0] += 1
    assert judged(twice).alarms == judged(columns).alarms


def test_days_are_dates() -> None:
    assert isinstance(judged(drawn(1, 40)).first_day, date)
