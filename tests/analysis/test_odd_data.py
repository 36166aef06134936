"""Records are never tidy: whatever they hold is judged without a word too many, or it is said why not."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from canary.analysis.backtest import backtest
from canary.domain.incident import Analysis, Policy
from canary.domain.ports import TrialColumns
from canary.simulate.columns import history_columns
from canary.simulate.history import draw_history
from canary.simulate.worlds import DEFAULT, Moved, Shape, Shift
from tests.analysis.histories import FIRST, drawn, kept, on
from tests.calibration.changing import changing

MOVED: tuple[Moved, ...] = ("pass_rate", "output_tokens", "tool_calls")
SMALL = Shape(families=(5, 4), replicates=3)


def days_of(columns: TrialColumns) -> "np.ndarray[tuple[int], np.dtype[np.int64]]":
    return (columns.run_day - np.datetime64(FIRST)).astype(np.int64)


def judged(columns: TrialColumns) -> Analysis:
    """One target of three, so that thresholds are those of a deployment of the usual size."""
    none = kept(columns, np.zeros(columns.run_day.size, dtype=np.bool_))
    return backtest({"target": columns, "second": none, "third": none}, Policy())


def without_days(columns: TrialColumns) -> TrialColumns:
    day = days_of(columns)
    return kept(columns, ~np.isin(day % 7, (2, 3)) & ((day < 50) | (day > 64)))


def without_prompts(columns: TrialColumns) -> TrialColumns:
    """Every day another third of the prompts did not answer."""
    return kept(columns, (columns.prompt + days_of(columns)) % 3 != 0)


def with_newcomers(columns: TrialColumns) -> TrialColumns:
    return kept(columns, (columns.prompt % 4 != 0) | (days_of(columns) >= 45))


def edited(columns: TrialColumns) -> TrialColumns:
    """Ten prompts are edited on one day."""
    digest = columns.prompt_digest + 100 * ((columns.prompt < 10) & (days_of(columns) >= 60))
    names = (*columns.digests, *(f"new-{i}" for i in range(200)))
    return replace(columns, prompt_digest=digest.astype(np.int32), digests=names)


def retired(columns: TrialColumns) -> TrialColumns:
    return kept(columns, (columns.prompt % 5 != 0) | (days_of(columns) < 60))


def of_uneven_replicates(columns: TrialColumns) -> TrialColumns:
    return kept(columns, columns.replicate <= (days_of(columns) + columns.prompt) % 3)


def constant(columns: TrialColumns) -> TrialColumns:
    return replace(
        columns,
        values={name: np.full(column.size, 7.0) for name, column in columns.values.items()}
        | {"passed": np.ones(columns.run_day.size)},
    )


def of_sure_prompts(columns: TrialColumns) -> TrialColumns:
    """Half of the prompts always pass, the others never."""
    return replace(columns, values={**columns.values, "passed": (columns.prompt % 2).astype(np.float64)})


def of_two_runs(columns: TrialColumns) -> TrialColumns:
    return replace(
        columns,
        run=(2 * columns.run + columns.replicate % 2).astype(np.int32),
        runs=tuple(f"{name}-{i}" for name in columns.runs for i in (1, 2)),
    )


def of_nothing_measured(columns: TrialColumns) -> TrialColumns:
    return replace(
        columns, values={name: np.full(column.size, np.nan) for name, column in columns.values.items()}
    )


def of_failed_calls(columns: TrialColumns) -> TrialColumns:
    return replace(columns, graded=np.zeros(columns.run_day.size, dtype=np.bool_))


ODD: dict[str, Callable[[TrialColumns], TrialColumns]] = {
    "days missing, two a week and a fortnight": without_days,
    "prompts missing": without_prompts,
    "prompts added": with_newcomers,
    "prompts edited": edited,
    "prompts retired": retired,
    "replicates vary": of_uneven_replicates,
    "constant series": constant,
    "prompts that always or never pass": of_sure_prompts,
    "two runs a day": of_two_runs,
    "nothing measured": of_nothing_measured,
    "all calls failed": of_failed_calls,
    "all at once": lambda columns: changing(columns, 3),
}
UNCHANGED = sorted(ODD)


@pytest.mark.parametrize("name", UNCHANGED)
def test_odd_records_without_a_change_open_nothing(name: str) -> None:
    """Three targets a case at a third of 1 a year over 92 days each: 0.25 incidents are due by chance. Warnings are errors."""
    for seed in (21, 22, 23):
        incidents = judged(ODD[name](drawn(seed, 120))).incidents
        assert not [one for one in incidents if one.kind == "quality"]


@pytest.mark.parametrize(
    "name", sorted(set(ODD) - {"constant series", "nothing measured", "all calls failed"})
)
def test_a_change_is_found_in_odd_records_too(name: str) -> None:
    step = Shift(moved="output_tokens", onset=85, size=-0.25)
    changes = [
        change
        for change in judged(ODD[name](drawn(24, 110, step))).changes
        if (change.metric, change.kind) == ("output_tokens", "level")
    ]
    assert changes
    assert changes[0].direction == "down"
    assert changes[0].onset_low <= on(85) <= changes[0].onset_high + timedelta(days=1)
    assert changes[0].raised_on <= on(92)


@pytest.mark.parametrize("name", sorted(ODD))
def test_every_series_is_judged_or_said_not_to_be(name: str) -> None:
    analysis = judged(ODD[name](drawn(25, 80)))
    silent = {(row.family, row.metric) for row in analysis.not_judged}
    heard = {(row.family, row.metric) for row in analysis.not_seen}
    moved = {(change.family, change.metric) for change in analysis.changes}
    if name not in {"nothing measured", "all calls failed"}:
        assert {("all", "pass_rate"), ("all", "output_tokens")} <= silent | heard | moved
    assert all(row.reason for row in analysis.not_judged)


@pytest.mark.parametrize("size", [(5, 1), (1095, 1), (60, 33)])
def test_any_length_and_number_of_targets_is_judged(size: tuple[int, int]) -> None:
    """Five days, three years, and 400 series."""
    days, targets = size
    shape = Shape(families=(6, 5), replicates=2) if targets == 1 else Shape(families=(2,) * 4, replicates=2)
    records = {
        f"target-{k}": history_columns(draw_history((26, k), days=days, shape=shape), first_day=FIRST)
        for k in range(targets)
    }
    analysis = backtest(records, Policy())
    assert analysis.last_day is not None
    assert analysis.last_day <= on(days - 1)
    assert len(analysis.incidents) <= 4
    if days < 28:
        assert not analysis.not_seen
        assert {"all"} <= {row.family for row in analysis.not_judged}


@st.composite
def odd_columns(draw: st.DrawFn) -> TrialColumns:
    """Up to 75 days of nine prompts, with days, prompts, trials and whole fields knocked out at random."""
    days = draw(st.integers(1, 75))
    seed = draw(st.integers(0, 10**6))
    shifts = [
        Shift(moved=moved, onset=draw(st.integers(0, days)), size=draw(st.sampled_from([-0.6, -0.2, 0.5])))
        for moved in draw(st.lists(st.sampled_from(MOVED), max_size=2))
    ]
    columns = history_columns(
        draw_history(seed, days=days, world=DEFAULT, shape=SMALL, shifts=shifts), first_day=FIRST
    )
    for name in draw(st.lists(st.sampled_from(sorted(ODD)), max_size=3, unique=True)):
        columns = ODD[name](columns)
    rng = np.random.default_rng(seed)
    blank = draw(st.lists(st.sampled_from(sorted(columns.values)), max_size=3, unique=True))
    values = {
        name: np.where(
            (rng.random(column.size) < draw(st.sampled_from([0.1, 0.9, 1.0]))) & (name in blank),
            np.nan,
            column,
        )
        for name, column in columns.values.items()
    }
    graded = columns.graded & (rng.random(columns.graded.size) >= draw(st.sampled_from([0.0, 0.05, 0.7])))
    keep = rng.random(graded.size) >= draw(st.sampled_from([0.0, 0.02, 0.5, 0.97]))
    return kept(replace(columns, values=values, graded=graded), keep)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(columns=odd_columns(), part=st.floats(0.1, 0.95))
def test_whatever_the_records_hold_later_ones_change_no_earlier_word(
    columns: TrialColumns, part: float
) -> None:
    """And nothing crashes, nothing warns, and every interval holds its estimate."""
    whole = judged(columns)
    for change in whole.changes:
        assert change.onset_low <= change.onset <= change.onset_high <= change.raised_on
        if change.effect_low is not None and change.effect_high is not None:
            assert change.effect_low <= change.effect_high
    assert whole.expected_false_alarms_per_year <= 1.0
    if columns.run_day.size:
        last = columns.run_day.min() + np.timedelta64(
            int(part * int((columns.run_day.max() - columns.run_day.min()).astype(np.int64))), "D"
        )
        early = judged(kept(columns, columns.run_day <= last))
        assert early.alarms == tuple(
            alarm for alarm in whole.alarms if np.datetime64(alarm.raised_on) <= last
        )
