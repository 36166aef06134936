"""Joint evidence, two stages, twins and epochs of ours, on drawn records of one target."""

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from canary.analysis.detect import Moves, moves
from canary.analysis.joint import BANK
from canary.domain.incident import ChangePoint, Policy
from canary.domain.ports import TrialColumns
from canary.domain.series import METRICS
from canary.simulate.worlds import Shift
from tests.analysis.histories import drawn, kept, on
from tests.calibration.extra import Drawn
from tests.calibration.extra import drawn as drawn_with_extra
from tests.calibration.pairs import twins_drawn

OFF = Policy(confirm=False, joint=False, twins=False)
JOINT = replace(OFF, joint=True)
CONFIRM = replace(OFF, confirm=True)
TWINS = replace(OFF, twins=True)
ONSET = 70
SMALL = {"pass_rate": -0.025, "output_tokens": -0.05, "reasoning_tokens": -0.08, "tool_calls": -0.08}
"""One cause that moves several metrics a little."""


def found(columns: TrialColumns, policy: Policy = OFF, **more: object) -> Moves:
    one = moves("target", columns, 1 / 3, policy=policy, **more)  # type: ignore[arg-type]
    assert one is not None
    return one


def small(seed: int, sign: int = 1) -> TrialColumns:
    shifts = [Shift(moved=name, onset=ONSET, size=sign * size) for name, size in SMALL.items()]  # type: ignore[arg-type]
    return drawn(seed, ONSET + 30, *shifts)


def jointly(changes: tuple[ChangePoint, ...]) -> list[ChangePoint]:
    return [change for change in changes if change.test.startswith("several metrics")]


def cut(columns: TrialColumns, days: int) -> TrialColumns:
    return kept(columns, columns.run_day < np.datetime64(on(days), "D"))


# Joint evidence.


@pytest.mark.parametrize("sign", [1, -1])
def test_a_cause_that_moves_several_metrics_a_little_is_told_as_changes_of_those_both_ways(sign: int) -> None:
    told = [change for seed in range(3) for change in jointly(found(small(seed, sign), JOINT).changes)]
    assert len(told) >= 4
    for change in told:
        assert change.kind == "level"
        assert (change.direction == "up") is (sign * SMALL[change.metric] > 0)
        assert change.effect is not None
        assert change.effect_low is not None
        assert change.effect_high is not None
        assert change.effect_low <= change.effect <= change.effect_high
        assert change.onset_low <= change.onset <= change.onset_high <= change.raised_on
        assert abs(change.statistic or 0) > (change.threshold or 99)
        assert ((change.statistic or 0) > 0) is (change.direction == "up")


def test_what_one_metric_explains_is_told_of_that_metric_alone() -> None:
    columns = drawn(1, ONSET + 20, Shift(moved="tool_calls", onset=ONSET, size=-0.4))
    late = [c for c in found(columns, JOINT).changes if c.raised_on >= on(ONSET)]
    assert {change.metric for change in late} == {"tool_calls"}


def test_a_series_told_of_jointly_is_not_told_of_again_by_itself() -> None:
    for seed in range(3):
        changes = found(small(seed), JOINT).changes
        for joint in jointly(changes):
            again = [c for c in changes if c.metric == joint.metric and c.raised_on > joint.raised_on]
            assert all(c.onset > joint.raised_on for c in again)


@pytest.mark.parametrize("policy", [JOINT, CONFIRM, replace(CONFIRM, joint=True)])
@pytest.mark.parametrize("days", [ONSET + 4, ONSET + 9])
def test_later_records_change_no_earlier_word(policy: Policy, days: int) -> None:
    columns = small(1)
    whole, part = found(columns, policy), found(cut(columns, days), policy)
    assert part.changes == tuple(c for c in whole.changes if c.raised_on < on(days))
    raised = [one.suspicion for one in whole.suspicions if one.suspicion.raised_on < on(days)]
    assert [one.suspicion for one in part.suspicions] == raised


def test_the_bank_speaks_of_known_metrics() -> None:
    for signs in BANK.values():
        assert set(signs) <= set(METRICS)
        assert set(signs.values()) <= {1, -1}
        assert len(signs) > 1


def test_the_parts_of_the_budget_never_add_up_to_more_than_it() -> None:
    columns = drawn(4, 60)
    for policy in (OFF, JOINT, TWINS, Policy()):
        one = found(columns, policy, twins={"twin": drawn(5, 60)})
        assert sum(test.assignment.rate for test in one.judged) + one.beyond <= 1 / 3 + 1e-9


# Two stages.


def fallen(seed: int, days: int = ONSET + 25) -> Drawn:
    return drawn_with_extra((seed,), days, shifts=(Shift(moved="pass_rate", onset=ONSET, size=-0.08),))


def confirmed(one: Moves) -> list[ChangePoint]:
    return [change for change in one.changes if "confirmed" in change.test]


def test_a_suspected_drop_is_confirmed_by_extra_trials() -> None:
    sure = 0
    for seed in range(6):
        records = fallen(seed)
        one = found(records.daily, CONFIRM, confirmations=records.extra)
        for change in confirmed(one):
            sure += 1
            (asked,) = [s for s in one.suspicions if s.confirmed_on == change.raised_on]
            assert asked.suspicion.raised_on < change.raised_on <= asked.suspicion.until
            assert (change.direction, change.verdict, change.metric) == ("down", "degradation", "pass_rate")
            assert change.effect is not None
            assert -0.16 < change.effect < 0
    assert sure >= 3


def test_drawing_extra_trials_on_demand_gives_what_drawing_them_for_every_day_gives() -> None:
    """As production does it: judge the day, and ask the next for more where a suspicion stands."""
    records = fallen(2, ONSET + 8)
    all_days = found(records.daily, CONFIRM, confirmations=records.extra)
    # What came before is drawn as it was asked for.
    days = records.extra.run_day < np.datetime64(on(ONSET - 12), "D")
    for last in range(ONSET - 12, ONSET + 8):
        one = found(cut(records.daily, last + 1), CONFIRM, confirmations=kept(records.extra, days))
        if one.standing is not None:
            days |= records.extra.run_day == np.datetime64(on(last + 1), "D")
    assert (days & (records.extra.run_day >= np.datetime64(on(ONSET), "D"))).any()
    on_demand = found(records.daily, CONFIRM, confirmations=kept(records.extra, days))
    assert on_demand.changes == all_days.changes
    assert on_demand.suspicions == all_days.suspicions


def test_without_extra_trials_suspicions_lapse_and_the_stricter_single_stage_decides() -> None:
    one = found(fallen(2).daily, CONFIRM)
    assert one.suspicions
    assert not confirmed(one)
    assert any(c.metric == "pass_rate" and c.raised_on >= on(ONSET) for c in one.changes)


def test_a_suspicion_stands_from_its_day_until_its_last() -> None:
    records = fallen(2)
    first = found(records.daily, CONFIRM).suspicions[0].suspicion
    assert first.until - first.raised_on == timedelta(days=2)
    day = (first.raised_on - on(0)).days
    standing = [found(cut(records.daily, day + 1 + later), CONFIRM).standing for later in (0, 1, 2)]
    assert standing[0] == standing[1] == first
    assert standing[2] != first


def test_extra_trials_of_prompts_that_the_daily_runs_lack_are_left_out() -> None:
    records = fallen(3)
    stranger = replace(records.extra, digests=tuple("f" * 16 for _ in records.extra.digests))
    one = found(records.daily, CONFIRM, confirmations=stranger)
    assert one.changes == found(records.daily, CONFIRM).changes


# Twins.


@pytest.mark.parametrize(("who", "size"), [("twin", -0.12), ("twin", 0.3)])
def test_a_change_of_the_twin_alone_is_none_of_the_target(who: str, size: float) -> None:
    for seed in range(4):
        steps = (Shift(moved="output_tokens", onset=110, size=size),)
        target, twin = twins_drawn((seed,), 150, 0.8, moved=((), steps))
        told = [
            c
            for c in found(target, TWINS, twins={who: twin}).changes
            if c.metric == "output_tokens" and c.kind == "level" and c.raised_on >= on(110)
        ]
        assert not told


@pytest.mark.parametrize("moved", ["output_tokens", "pass_rate"])
@pytest.mark.parametrize("sign", [1, -1])
def test_a_change_that_meets_both_twins_is_told_of_both_with_its_direction(moved: str, sign: int) -> None:
    steps = (Shift(moved=moved, onset=110, size=sign * 0.15),)  # type: ignore[arg-type]
    pair = twins_drawn((7,), 150, 0.8, moved=(steps, steps))
    for one, other in (pair, pair[::-1]):
        told = [
            c
            for c in found(one, TWINS, twins={"twin": other}).changes
            if c.metric == moved and c.family == "all" and c.kind == "level" and c.raised_on >= on(110)
        ]
        assert told
        assert (told[0].direction == "up") is (sign > 0)


def test_without_twins_the_switch_changes_nothing() -> None:
    columns = small(2)
    assert found(columns, TWINS).changes == found(columns, OFF).changes


def test_later_records_of_a_twin_change_no_earlier_word() -> None:
    steps = (Shift(moved="output_tokens", onset=100, size=-0.1),)
    target, twin = twins_drawn((8,), 140, 0.8, moved=(steps, ()))
    whole = found(target, TWINS, twins={"twin": twin}).changes
    for days in (102, 104, 120):
        part = found(cut(target, days), TWINS, twins={"twin": cut(twin, days)}).changes
        assert part == tuple(c for c in whole if c.raised_on < on(days))


# Epochs of ours.


@pytest.mark.parametrize(
    ("shift", "metric"),
    [
        (Shift(moved="pass_rate", onset=ONSET, size=-0.2), "pass_rate"),
        (Shift(moved="output_tokens", onset=ONSET, size=-0.3), "output_tokens"),
        (Shift(moved="input_tokens", onset=ONSET, size=12), "tokenizer"),
    ],
)
@pytest.mark.parametrize("named", [True, False])
def test_no_change_is_told_across_a_change_of_ours(shift: Shift, metric: str, named: bool) -> None:
    names = ("input_tokens", metric) if named else ()
    columns = drawn(6, ONSET + 30, shift)
    assert any(c.metric == metric for c in found(columns, Policy()).changes)
    again = found(columns, Policy(), restarts=[(on(ONSET), names)]).changes
    assert not [c for c in again if c.metric == metric and c.raised_on >= on(ONSET)]


def test_a_change_of_ours_to_other_metrics_hides_nothing() -> None:
    columns = drawn(6, ONSET + 30, Shift(moved="output_tokens", onset=ONSET, size=-0.3))
    told = found(columns, OFF, restarts=[(on(ONSET), ("latency_s",))]).changes
    assert any(c.metric == "output_tokens" and c.raised_on >= on(ONSET) for c in told)


def test_a_change_after_a_change_of_ours_is_told_against_the_new_level() -> None:
    steps = (
        Shift(moved="output_tokens", onset=ONSET, size=-0.1),
        Shift(moved="output_tokens", onset=ONSET + 12, size=-0.3),
        Shift(moved="input_tokens", onset=ONSET, size=12),
        Shift(moved="input_tokens", onset=ONSET + 12, size=9),
    )
    told = found(drawn(6, ONSET + 30, *steps), Policy(), restarts=[(on(ONSET), ())]).changes
    for metric in ("output_tokens", "tokenizer"):
        (change,) = [
            c for c in told if c.metric == metric and c.raised_on >= on(ONSET) and c.kind != "spread"
        ]
        assert abs((change.onset - on(ONSET + 12)).days) <= 1


def test_days_outside_the_records_restart_nothing() -> None:
    columns = small(2)
    outside = [(on(-5), ()), (on(0), ()), (on(500), ())]
    assert found(columns, JOINT, restarts=outside).changes == found(columns, JOINT).changes
