"""Which layer and which mechanism, from drawn histories of a twin group: right both ways, and never from later records."""

from collections.abc import Mapping
from datetime import date, timedelta

import pytest

from canary.analysis.backtest import Surroundings, backtest
from canary.domain.deployment import Annotation, Member
from canary.domain.incident import Analysis, Policy
from canary.domain.target import Arm
from canary.simulate.worlds import Shift
from tests.analysis.histories import drawn, on

ONSET = 63
DAYS = 84
ARMS: Mapping[str, Arm] = {"cc": "harness", "pinned": "harness-pinned", "api": "api"}
CUT = (
    Shift(moved="reasoning_tokens", onset=ONSET, size=-0.5),
    Shift(moved="output_tokens", onset=ONSET, size=-0.15),
)
RAISE = (
    Shift(moved="reasoning_tokens", onset=ONSET, size=0.8),
    Shift(moved="output_tokens", onset=ONSET, size=0.25),
)
FEWER = (Shift(moved="tool_calls", onset=ONSET, size=-0.4),)
TOKENIZER = (Shift(moved="input_tokens", onset=ONSET, size=30),)


def analysed(
    shifts: tuple[Shift, ...],
    moved: tuple[str, ...],
    *,
    cut: int | None = None,
    notes: tuple[Annotation, ...] = (),
) -> Analysis:
    records = {
        name: drawn(70 + number, DAYS, *(shifts if name in moved else ()), cut=cut)
        for number, name in enumerate(ARMS)
    }
    members = {name: Member(arm=arm, twins="opus", provider="p") for name, arm in ARMS.items()}
    return backtest(records, Policy(confirm=False), Surroundings(members=members, annotations=notes))


@pytest.mark.parametrize(
    ("shifts", "moved", "layer", "mechanism"),
    [
        (CUT, ("cc",), "harness-default", "effort-cut"),
        (RAISE, ("cc",), "harness-default", "effort-raise"),
        (FEWER, ("cc", "pinned"), "harness-code", "fewer-tools"),
        (TOKENIZER, ("cc", "pinned", "api"), "model-or-serving", "tokenizer"),
        (CUT, ("cc", "pinned", "api"), "model-or-serving", "effort-cut"),
    ],
)
def test_a_cause_is_one_incident_with_its_layer_and_mechanism(
    shifts: tuple[Shift, ...], moved: tuple[str, ...], layer: str, mechanism: str
) -> None:
    (incident,) = [one for one in analysed(shifts, moved).incidents if one.onset >= on(ONSET - 3)]
    found = incident.attribution
    assert (found.layer, found.mechanism) == (layer, mechanism)
    assert set(found.moved) == set(moved)
    assert set(found.flat) == set(ARMS) - set(moved)
    assert not found.missing_arms


def test_an_alarm_says_what_it_said_when_it_was_raised() -> None:
    whole = analysed(CUT, ("cc",))
    told = [alarm for alarm in whole.alarms if alarm.event == "opened"]
    assert told
    for alarm in told:
        day = (alarm.raised_on - on(0)).days
        assert alarm in analysed(CUT, ("cc",), cut=day + 1).alarms


def test_flat_twins_reject_the_model_with_their_figures() -> None:
    found = analysed(CUT, ("cc",)).incidents[-1].attribution
    rejected = {one.hypothesis: one for one in found.rejected}
    assert "model-or-serving" in rejected
    assert rejected["model-or-serving"].targets == ("api",)
    assert {figure.metric for figure in rejected["model-or-serving"].figures} >= {"reasoning_tokens"}
    assert "tokenizer" in rejected


@pytest.mark.parametrize(("away", "layer"), [(0, "ours"), (20, "harness-default")])
def test_a_change_of_ours_near_the_onset_is_the_first_suspect(away: int, layer: str) -> None:
    note = Annotation(
        day=on(ONSET) - timedelta(days=away), text="moved", kind="ours", source="file", target="cc",
        metrics=("reasoning_tokens", "output_tokens"),
    )  # fmt: skip
    shifted = tuple(Shift(moved=s.moved, onset=ONSET + (1 if away == 0 else 0), size=s.size) for s in CUT)
    incidents = analysed(shifted, ("cc",), notes=(note,)).incidents
    assert [one.attribution.layer for one in incidents] in ([layer], [])


def test_effects_of_every_metric_of_the_group_are_told_with_intervals() -> None:
    moved = analysed(CUT, ("cc",)).incidents[-1].moved
    of = {(one.target, one.metric): one for one in moved}
    cut, flat = of["cc", "reasoning_tokens"], of["api", "reasoning_tokens"]
    assert cut.effect_low < cut.effect < cut.effect_high < 0
    assert cut.after < cut.before
    assert flat.effect_low < 0.05
    assert flat.effect_high > -0.05


def test_days_of_the_drawn_histories_are_dates() -> None:
    assert on(ONSET) == date(2026, 3, 5)
