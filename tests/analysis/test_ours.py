"""What the records say happened around a target: ours starts an epoch, a vendor's update does not."""

import json
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest

from canary.analysis.backtest import backtest
from canary.analysis.epochs import exact_epochs
from canary.analysis.exact import exact_series
from canary.analysis.ours import REMEMBERED, annotations_of, restarts_of, stacks
from canary.analysis.series import grid_of
from canary.domain.deployment import Annotation, Member
from canary.domain.incident import Policy
from canary.domain.ports import TrialColumns
from tests.analysis.histories import drawn, on

FIRST = date(2026, 1, 1)
PER_DAY = 4


def columns(days: int, *, prompts: tuple[str, ...] = ("a",), **texts: Any) -> TrialColumns:
    """Four trials a day; each text is a function of the day."""
    size = days * PER_DAY
    day = np.repeat(np.arange(days), PER_DAY)
    codes = np.zeros(size, dtype=np.int32)
    return TrialColumns(
        prompts=prompts,
        digests=("",),
        families=("f",),
        runs=("r",),
        run_day=np.datetime64(FIRST, "D") + day,
        prompt=codes,
        prompt_digest=codes,
        family=codes,
        run=codes,
        replicate=np.tile(np.arange(PER_DAY), days).astype(np.int32),
        graded=np.ones(size, dtype=bool),
        values={},
        texts={
            name: np.array([json.dumps(value(d)) for d in day.tolist()], dtype=object)
            for name, value in texts.items()
        },
    )


def notes(trials: TrialColumns, arm: Any = "api") -> list[Annotation]:
    grid = grid_of(trials)
    assert grid is not None
    return annotations_of("t", trials, grid, Member(arm=arm))


def test_a_new_version_of_our_stack_is_ours_and_starts_an_epoch() -> None:
    trials = columns(20, fingerprint=lambda d: {"anthropic": "2.12" if d < 9 else "2.13", "canary": "1"})
    (note,) = notes(trials)
    assert (note.day, note.kind, note.text) == (FIRST + timedelta(days=9), "ours", "anthropic 2.12 -> 2.13")
    assert restarts_of("t", [note]) == [(note.day, ())]
    assert restarts_of("other", [note]) == []


@pytest.mark.parametrize(
    ("arm", "kind"), [("harness", "theirs"), ("harness-resumed", "theirs"), ("harness-pinned", "ours")]
)
def test_a_harness_update_is_ours_in_the_pinned_arm_alone(arm: str, kind: str) -> None:
    trials = columns(20, fingerprint=lambda d: {"harness": "2.1.1" if d < 9 else "2.1.2"})
    (note,) = notes(trials, arm)
    assert note.kind == kind
    assert bool(restarts_of("t", [note])) is (kind == "ours")


def test_two_machines_that_take_turns_restart_nothing_after_the_first_day() -> None:
    trials = columns(40, fingerprint=lambda d: {"machine": "ab"[d % 2]})
    assert [note.day for note in notes(trials)] == [FIRST + timedelta(days=1)]


def test_a_value_unseen_for_long_is_a_change_again() -> None:
    trials = columns(80, fingerprint=lambda d: {"machine": "b" if 10 <= d < 11 + REMEMBERED + 5 else "a"})
    assert len(notes(trials)) == 2


def test_a_fingerprint_that_appears_is_no_change() -> None:
    trials = columns(20, fingerprint=lambda d: {"canary": "1"} if d < 9 else {"canary": "1", "sdk": "3"})
    assert notes(trials) == []


def test_a_minority_of_a_days_trials_is_no_change() -> None:
    trials = columns(10, fingerprint=lambda _: {"canary": "1"})
    odd = trials.texts["fingerprint"].copy()
    odd[21] = json.dumps({"canary": "2"})
    assert notes(replace(trials, texts={"fingerprint": odd})) == []


def test_a_price_change_moves_the_epoch_of_cost_alone() -> None:
    trials = columns(20, unit_prices=lambda d: {"input": 1.0, "output": 5.0 if d < 9 else 10.0})
    (note,) = notes(trials)
    assert note.text == "unit price: output 5 -> 10 USD per million tokens"
    assert restarts_of("t", [note]) == [(note.day, ("cost_per_pass",))]


def test_added_prompts_are_told_and_restart_nothing() -> None:
    trials = columns(20, prompts=("a", "b"))
    late = np.where(trials.run_day >= np.datetime64(FIRST) + np.timedelta64(12, "D"), 1, 0).astype(np.int32)
    (note,) = notes(replace(trials, prompt=late))
    assert note.text == "prompts added or edited: b"
    assert restarts_of("t", [note]) == []


def priced(seed: int, *, doubled_on: int, told: bool) -> TrialColumns:
    """A quiet target whose unit price doubles; the records say so, or do not."""
    trials = drawn(seed, 100)
    late = trials.run_day >= np.datetime64(on(doubled_on))
    price = np.where(late, 2.0, 1.0)
    texts = dict(trials.texts)
    if told:
        texts["unit_prices"] = np.array(
            [json.dumps({"output": value}) for value in price.tolist()], dtype=object
        )
    cost = trials.values["output_tokens"] * price * 1e-6
    return replace(trials, values={**trials.values, "cost_usd": cost}, texts=texts)


def test_a_price_change_that_the_records_name_opens_nothing() -> None:
    analysis = backtest({"t": priced(11, doubled_on=60, told=True)}, Policy(confirm=False))
    assert [note.source for note in analysis.annotations] == ["price"]
    assert not [one for one in analysis.incidents if one.onset >= on(55)]


def test_a_price_that_rises_unnamed_is_seen_and_called_cost() -> None:
    analysis = backtest({"t": priced(11, doubled_on=60, told=False)}, Policy(confirm=False))
    (incident,) = [one for one in analysis.incidents if one.onset >= on(55)]
    assert {change.metric for change in incident.changes} == {"cost_per_pass"}
    assert incident.attribution.mechanism == "price"
    assert incident.severity == "high"


def test_a_retirement_is_told_on_the_day_it_is_announced_and_on_its_own_day_and_starts_no_epoch() -> None:
    retires = (FIRST + timedelta(days=15)).isoformat()
    trials = columns(20, fingerprint=lambda d: {"sdk": "a", "model_retires": "none" if d < 4 else retires})
    announced, gone = notes(trials)
    assert (announced.day, announced.kind, announced.source) == (
        FIRST + timedelta(days=4),
        "theirs",
        "lifecycle",
    )
    assert announced.text == f"the provider's models list says the model will be retired on {retires}"
    assert (gone.day, gone.text) == (
        FIRST + timedelta(days=15),
        "model retired, says the provider's models list",
    )
    assert restarts_of("t", [announced, gone]) == []


@pytest.mark.parametrize("value", ["none", "soon", ""])
def test_a_list_that_names_no_date_is_no_annotation(value: str) -> None:
    assert notes(columns(20, fingerprint=lambda d: {"sdk": "a"} if d < 5 else {"model_retires": value})) == []


def test_a_date_that_stood_before_the_first_run_is_told_on_its_own_day_alone() -> None:
    gone = (FIRST + timedelta(days=9)).isoformat()
    assert [n.day for n in notes(columns(20, fingerprint=lambda _d: {"model_deprecated": gone}))] == [
        date.fromisoformat(gone)
    ]


def test_a_retirement_that_was_put_off_is_not_told_on_the_day_first_named() -> None:
    first, then = ((FIRST + timedelta(days=day)).isoformat() for day in (15, 25))
    told = notes(columns(30, fingerprint=lambda d: {"model_retires": first if d < 10 else then}))
    assert [(note.day - FIRST).days for note in told] == [10, 25]


def test_a_models_list_that_does_not_answer_on_a_day_is_no_other_fingerprint() -> None:
    own, told = '{"sdk":"a"}', '{"model_retires":"2026-06-01","sdk":"a"}'
    trials = columns(12)
    days = np.arange(12).repeat(PER_DAY).tolist()
    texts = np.array([own if day == 8 else told for day in days], dtype=object)
    trials = replace(trials, texts={"fingerprint": texts})
    grid = grid_of(trials)
    assert grid is not None
    (series,) = (one for one in exact_series("t", trials, grid) if one.metric == "fingerprint")
    assert series.changes == ()


def test_dates_of_the_model_leave_the_fingerprint_of_a_side_as_the_store_writes_it() -> None:
    texts = np.array(
        ['{"a":"1","model_retires":"none","sdk":"é"}', '{"a":"1","sdk":"é"}', None], dtype=object
    )
    assert stacks(texts).tolist() == ['{"a":"1","sdk":"é"}', '{"a":"1","sdk":"é"}', None]


def test_a_value_stays_measured_since_its_first_day_through_a_change_of_ours() -> None:
    trials = columns(20, served_model=lambda d: "m-1" if d < 6 else "m-2")
    grid = grid_of(trials)
    assert grid is not None
    (whole,) = exact_epochs("t", trials, grid, [])
    (parted,) = exact_epochs("t", trials, grid, [(15, ())])
    assert (parted.since, parted.changes) == (whole.since, whole.changes) == (FIRST, whole.changes)
    assert [change.onset for change in whole.changes] == [FIRST + timedelta(days=6)]
