"""What a comparison says, and what it never says."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from canary.analysis.compare import compare
from canary.analysis.comparison import ALL, Comparison, Row, compare_json
from canary.analysis.levels import levels_of
from canary.analysis.pins import pinned, side_of_baseline
from canary.analysis.sides import Side, side_of
from canary.analysis.telling import basis, cells, markdown, short_text
from canary.domain.errors import IncompleteRun, UsageError
from canary.domain.incident import Policy
from canary.domain.ports import TrialColumns
from canary.simulate.worlds import Shift
from tests.analysis.histories import drawn, kept

DAYS = 12


def side(columns: TrialColumns, target: str = "t") -> Side:
    made = side_of(columns, target=target, label="side")
    assert made is not None
    return made


def later(columns: TrialColumns, days: int = 30) -> TrialColumns:
    return replace(columns, run_day=columns.run_day + np.timedelta64(days, "D"))


def first_replicates(columns: TrialColumns, count: int) -> TrialColumns:
    return kept(columns, columns.replicate < count)


def named(columns: TrialColumns, texts: Mapping[str, str]) -> TrialColumns:
    n = columns.run_day.size
    return replace(columns, texts={name: np.full(n, text, dtype=np.object_) for name, text in texts.items()})


def against(a: Side, b: Side, policy: Policy | None = None) -> Comparison:
    return compare([(a, b)], policy or Policy(), a="old", b="new")


def rows(found: Comparison) -> Mapping[str, Row]:
    return {row.metric: row for row in found.rows if row.family == ALL}


OLD = drawn(1, DAYS)
WORSE = drawn(1, DAYS, Shift(moved="pass_rate", onset=0, size=-0.12))
BRIEF = drawn(1, DAYS, Shift(moved="output_tokens", onset=0, size=-0.3))


def test_a_side_against_itself_shows_nothing() -> None:
    found = against(side(OLD), side(OLD))
    assert found.verdict in {"equivalent", "inconclusive"}
    for row in found.rows:
        assert row.effect == pytest.approx(0.0)
        assert row.p_value is None or row.p_value == pytest.approx(1.0)
    assert not found.fails("worse")


def test_turned_round_worse_is_better_and_lost_is_gained() -> None:
    there, back = against(side(OLD), side(WORSE)), against(side(WORSE), side(OLD))
    assert (there.verdict, back.verdict) == ("worse", "better")
    one, other = rows(there)["pass_rate"], rows(back)["pass_rate"]
    assert one.effect == pytest.approx(-(other.effect or 0.0))
    assert set(one.lost) == set(other.gained)
    assert one.lost
    assert there.fails("worse")
    assert not back.fails("inconclusive")


def test_what_hurts_in_neither_direction_is_called_changed() -> None:
    found = against(side(OLD), side(BRIEF))
    assert rows(found)["output_tokens"].verdict == "changed"
    assert rows(found)["output_tokens"].effect == pytest.approx(-0.3, abs=0.02)
    assert found.verdict == "changed"
    assert not found.fails("worse")


def test_days_in_common_are_paired_and_other_days_cost_certainty() -> None:
    same, apart = against(side(OLD), side(WORSE)), against(side(OLD), side(later(WORSE)))
    assert same.pairs[0].pairing.days is not None
    assert apart.pairs[0].pairing.days is None
    narrow, wide = rows(same)["latency_s"], rows(apart)["latency_s"]
    assert (wide.minimum or 0.0) > (narrow.minimum or 0.0)


def test_edited_prompts_are_left_out_and_said() -> None:
    digests = ("f" * 16, *OLD.digests[1:])
    found = against(side(OLD), side(replace(OLD, digests=digests)))
    assert found.pairs[0].pairing.edited == (OLD.prompts[0],)
    assert rows(found)["pass_rate"].n_prompts == len(OLD.prompts) - 1
    assert "1 edited in between" in short_text(found)


def test_sides_without_digests_are_paired_by_id() -> None:
    bare = replace(OLD, digests=("",), prompt_digest=np.zeros_like(OLD.prompt_digest))
    assert rows(against(side(OLD), side(bare)))["pass_rate"].n_prompts == len(OLD.prompts)


def test_nothing_in_common_is_refused_and_so_are_sides_that_hardly_answered() -> None:
    other = replace(OLD, prompts=tuple(f"other-{name}" for name in OLD.prompts))
    with pytest.raises(UsageError, match="no prompt is the same"):
        against(side(OLD), side(other))
    out = replace(OLD, graded=np.arange(OLD.graded.size) % 3 == 0)
    with pytest.raises(IncompleteRun, match="too few to judge"):
        against(side(OLD), side(out))


def test_failed_calls_are_told_and_never_make_a_release_worse() -> None:
    out = replace(OLD, graded=np.arange(OLD.graded.size) % 4 > 0)
    found = against(side(OLD), side(out))
    assert rows(found)["failure_rate"].verdict == "worse"
    assert not rows(found)["failure_rate"].counts
    assert found.verdict != "worse"


@pytest.mark.parametrize("replicates", [1, 2])
@pytest.mark.parametrize("days", [1, 2])
@pytest.mark.parametrize("missing", ["output_tokens", "passed", "all but passed"])
def test_few_trials_and_missing_fields_are_compared_as_far_as_they_go(
    replicates: int, days: int, missing: str
) -> None:
    a, b = (first_replicates(drawn(seed, days), replicates) for seed in (3, 4))
    for one in (a, b):
        assert isinstance(one.values, dict)
        for name in list(one.values):
            if name == missing or (missing == "all but passed" and name != "passed"):
                del one.values[name]
    found = against(side(a), side(b))
    if missing == "passed":
        assert "pass_rate" not in rows(found)
    else:
        assert rows(found)["pass_rate"].p_value is not None
    assert compare_json(found)["verdict"] == found.verdict


@pytest.mark.parametrize("prompts", [1, 2, 4])
def test_a_handful_of_prompts_is_never_equivalent_by_lack_of_trials(prompts: int) -> None:
    few = kept(first_replicates(drawn(5, 1), 1), first_replicates(drawn(5, 1), 1).prompt < prompts)
    found = against(side(few), side(few))
    assert rows(found)["pass_rate"].verdict == "inconclusive"


@pytest.mark.parametrize("level", [0.0, 1.0])
def test_sides_that_always_pass_or_never_do_are_the_same_once_there_are_enough_trials(level: float) -> None:
    assert isinstance(OLD.values, dict)
    even = replace(OLD, values=OLD.values | {"passed": np.full(OLD.run_day.size, level)})
    assert rows(against(side(even), side(later(even))))["pass_rate"].verdict == "equivalent"


def test_another_served_model_and_another_tokenizer_are_changes_of_one_target() -> None:
    moved = drawn(1, DAYS, Shift(moved="input_tokens", onset=0, size=12))
    a, b = named(OLD, {"served_model": "m-1"}), named(moved, {"served_model": "m-2"})
    found = against(side(a), side(b))
    assert rows(found)["served_model"].verdict == "changed"
    assert rows(found)["tokenizer"].verdict == "changed"
    assert found.verdict == "changed"
    apart = against(side(a), side(b, "other"))
    assert not rows(apart)["served_model"].counts


def test_a_side_that_holds_both_models_is_never_said_to_be_equivalent_to_the_new_one() -> None:
    """The old days reach over the day of the switch: the names differ for most trials, and neither verdict is sure."""
    old = named(OLD, {"served_model": "m-1"})
    last = old.run_day == old.run_day.max()
    mixed = replace(old, texts={"served_model": np.where(last, "m-2", "m-1").astype(np.object_)})
    found = rows(against(side(mixed), side(later(named(OLD, {"served_model": "m-2"})))))["served_model"]
    assert (found.a, found.b, found.verdict) == ("m-1", "m-2", "inconclusive")


def test_levels_carry_their_unit_and_one_common_day_is_one() -> None:
    day = drawn(6, 1)
    found = against(side(day), side(day, "other"))
    latency = rows(found)["latency_s"]
    assert cells(latency)[1].endswith(" s")
    assert cells(replace(latency, metric="cost_per_pass"))[1].startswith("$")
    assert "asked on the same day, so" in basis(found.pairs[0])


def test_two_targets_may_be_loaded_differently_on_one_day() -> None:
    day = drawn(6, 1)
    assert isinstance(day.values, dict)
    slow = replace(day, values=day.values | {"latency_s": day.values["latency_s"] * 1.3})
    assert rows(against(side(day), side(slow, "other")))["latency_s"].verdict == "inconclusive"
    assert rows(against(side(day), side(slow)))["latency_s"].verdict == "worse"


def test_a_pinned_baseline_says_what_its_trials_say() -> None:
    old, new = side(OLD), side(later(WORSE))
    kept_side = side_of_baseline(pinned(old, levels_of(old)))
    direct, by_file = against(old, new), against(kept_side, new)
    assert [row.metric for row in direct.rows] == [row.metric for row in by_file.rows]
    for one, other in zip(direct.rows, by_file.rows, strict=True):
        if one.family == ALL:
            assert one.effect == pytest.approx(other.effect, abs=1e-9)
            assert one.p_value == pytest.approx(other.p_value, abs=1e-6)
            assert one.verdict == other.verdict


def test_of_a_prompt_that_was_edited_the_newest_text_is_pinned() -> None:
    second = OLD.run_day >= OLD.run_day[0] + np.timedelta64(6, "D")
    digests = (*OLD.digests, "f" * 16)
    edited = np.where(second & (OLD.prompt == 0), len(OLD.digests), OLD.prompt_digest).astype(np.int32)
    made = pinned(side(replace(OLD, digests=digests, prompt_digest=edited)), {})
    assert {one.prompt: one.digest for one in made.prompts}[OLD.prompts[0]] == "f" * 16
    assert len(made.prompts) == len(OLD.prompts)
    assert made.last_day - made.first_day <= timedelta(days=DAYS)


def test_a_wider_margin_turns_inconclusive_into_equivalent() -> None:
    a, b = side(drawn(7, DAYS)), side(later(drawn(7, DAYS)))
    assert rows(against(a, b, Policy(min_effect={"pass_rate": 0.2})))["pass_rate"].verdict == "equivalent"


def test_the_short_text_names_what_was_lost_and_can_not_steer_a_terminal() -> None:
    evil = replace(OLD, prompts=(f"\x1b[31m|`{OLD.prompts[0]}", *OLD.prompts[1:]))
    bad = replace(WORSE, prompts=evil.prompts)
    found = against(side(evil), side(bad))
    for text in (short_text(found), markdown(found)):
        assert "\x1b" not in text
        assert "Lost (" in text
    assert markdown(found).startswith("**canary: worse**")
