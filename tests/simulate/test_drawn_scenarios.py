"""What a scenario says is what its records hold: who is hit, from when on, how much, and nothing else."""

import json
from datetime import date, datetime

import numpy as np
import pytest

from canary.analysis.folds import TEXTS, VALUES, structured
from canary.simulate.multi import draw_scenario
from canary.simulate.scenario_files import find_scenario
from canary.simulate.scenarios import day_met
from tests.simulate.drills import ARMS, ONSET, drawn, effect, scenario, shipped, sides


def test_a_drawn_history_has_every_field_that_series_are_made_from() -> None:
    for name, columns in drawn(scenario()).records.items():
        expected = set(VALUES) - ({"ttft_s", "output_tokens_per_s"} if name == "harness" else set())
        assert expected <= set(columns.values)
        assert set(TEXTS) <= set(columns.texts)
        lengths = {value.size for value in (*columns.values.values(), *columns.texts.values())}
        assert lengths == {columns.run_day.size}


def test_equal_seeds_give_equal_histories_and_others_differ() -> None:
    made = scenario()
    one, again, other = (drawn(made, seed).records["api"].values["output_tokens"] for seed in (1, 1, 2))
    np.testing.assert_array_equal(one, again)
    assert one.shape != other.shape or not np.array_equal(one, other, equal_nan=True)


def test_a_change_moves_nothing_before_it_nor_elsewhere() -> None:
    plain, moved = drawn(scenario()), drawn(effect('metric = "THK", x = 0.5', arms='["harness"]'))
    np.testing.assert_array_equal(
        plain.records["api"].values["reasoning_tokens"], moved.records["api"].values["reasoning_tokens"]
    )
    columns = moved.records["harness"]
    early = columns.run_day < np.datetime64(ONSET)
    before, after = (one.records["harness"].values for one in (plain, moved))
    for name in VALUES:
        if name in before:
            np.testing.assert_array_equal(before[name][early], after[name][early])
    late = ~early & columns.graded
    np.testing.assert_array_equal(before["final_words"][late], after["final_words"][late])
    assert (after["reasoning_tokens"][late] <= before["reasoning_tokens"][late]).all()


@pytest.mark.parametrize(
    ("text", "field", "ratio"),
    [
        ('metric = "THK", x = 0.45', "reasoning_tokens", 0.45),
        ('metric = "THK", before = 182.0, after = 1336.0', "reasoning_tokens", 7.34),
        ('metric = "TCN", x = 0.7', "tool_calls", 0.7),
        ('metric = "TCN", x = 1.2', "tool_calls", 1.2),
        ('metric = "RE", x = 0.5', "reads", 0.5),
        ('metric = "LAT", x = 0.7', "latency_s", 0.7),
        ('metric = "OTPS", x = 0.8', "output_tokens_per_s", 0.8),
        ('metric = "TTFT", x = 2.0', "ttft_s", 2.0),
        ('metric = "WBT", x = 0.8', "words_between_tools", 0.8),
    ],
)
def test_a_factor_is_the_factor_of_the_means(text: str, field: str, ratio: float) -> None:
    plain = drawn(scenario()).records["api"]
    moved = drawn(effect(text, arms='["api"]')).records["api"]
    late = plain.run_day >= np.datetime64(ONSET)
    before, after = (np.nanmean(columns.values[field][late]) for columns in (plain, moved))
    assert after / before == pytest.approx(ratio, rel=0.05)


@pytest.mark.parametrize(
    ("text", "field", "level"),
    [
        ('metric = "EWR", before = 0.062, after = 0.242', "blind_edits", (0.062, 0.242)),
        ('metric = "TSV", before = 1.0, after = 0.72', "invalid_tool_calls", (0.01, 0.28)),
    ],
)
def test_a_rate_goes_from_its_level_to_the_other(text: str, field: str, level: tuple[float, float]) -> None:
    columns = drawn(effect(text)).records["harness"]
    whole = columns.values["edits" if field == "blind_edits" else "tool_calls"]
    share = columns.values[field] / np.where(whole > 0, whole, np.nan)
    assert sides(columns, share) == pytest.approx(level, abs=0.03)


@pytest.mark.parametrize(("points", "expected"), [(-0.05, -0.05), (-0.10, -0.10), (0.04, 0.04)])
def test_points_are_points_of_the_mean_over_the_prompts(points: float, expected: float) -> None:
    moves = []
    for seed in range(6):
        columns = drawn(effect(f'metric = "ACC", add = {points}'), seed).records["api"]
        before, after = sides(columns, columns.values["passed"])
        moves.append(after - before)
    assert np.mean(moves) == pytest.approx(expected, abs=0.012)


def test_a_scope_keeps_to_its_prompts() -> None:
    columns = drawn(effect('metric = "IFS", add = -0.3')).records["api"]
    inside = np.array(columns.families)[columns.family] == "instructions"
    passed = columns.values["passed"]
    before, after = sides(columns, np.where(inside, passed, np.nan))
    assert after - before == pytest.approx(-0.3, abs=0.06)
    before, after = sides(columns, np.where(inside, np.nan, passed))
    assert after == pytest.approx(before, abs=0.02)


def test_caps_bound_words_between_tools_and_at_the_end() -> None:
    made = scenario(
        'effects = [{ metric = "WBT", cap = 25.0, src = "assumed" }, { metric = "FIN", cap = 100.0, src = "assumed" }]'
    )
    columns = drawn(made).records["harness"]
    late = columns.run_day >= np.datetime64(ONSET)
    for field, cap in (("words_between_tools", 25), ("final_words", 100)):
        assert np.nanmax(columns.values[field][late]) <= cap
        assert np.nanmax(columns.values[field][~late]) > 2 * cap


def test_a_tokenizer_bills_each_script_by_its_own_ratio_to_the_token() -> None:
    made = effect('metric = "RTO", scripts = { english = 1.5, cjk = 1.0 }')
    columns = drawn(made).records["api"]
    late = columns.run_day >= np.datetime64(ONSET)
    for prompt, ratio in (("fingerprint/english-01", 1.5), ("fingerprint/chinese-01", 1.0)):
        rows = (columns.prompt == columns.prompts.index(prompt)) & columns.graded
        tokens = columns.values["input_tokens"]
        before, after = set(tokens[rows & ~late]), set(tokens[rows & late])
        assert len(before) == len(after) == 1
        assert after.pop() == round(before.pop() * ratio)


def test_a_comb_piles_up_at_exact_values() -> None:
    made = effect('metric = "THD", spikes = [516, 1034, 1552], set = 0.05')
    columns = drawn(made).records["api"]
    exact = np.isin(columns.values["reasoning_tokens"], [516, 1034, 1552]).astype(np.float64)
    before, after = sides(columns, np.where(columns.graded, exact, np.nan))
    assert before < 0.01
    assert 0.02 < after < 0.05


def test_cache_reads_fall_in_hit_sessions_alone() -> None:
    made = effect('metric = "CRD", set = 0.1', mixing='"session_after_idle"', arms='["harness"]')
    columns = drawn(made).records["harness"]
    v = columns.values
    share = v["cache_read_tokens"] / (v["input_tokens"] + v["cache_read_tokens"] + v["cache_write_tokens"])
    several = shipped().turns[columns.prompt] > 1
    before, after = sides(columns, np.where(several, share, np.nan))
    assert before > 0.7
    assert after < 0.2
    before, after = sides(columns, np.where(several, np.nan, share))
    assert after == pytest.approx(before, abs=0.01)


def test_phrases_scripts_and_names_are_told_as_the_record_tells_them() -> None:
    made = scenario(
        'effects = [{ metric = "PHR_farewell", before = 0.001, after = 0.02, src = "assumed" },'
        ' { metric = "SCR", set = 0.1, src = "assumed" }, { metric = "MDL", was = "old", name = "new", src = "assumed" }]'
    )
    columns = drawn(made).records["api"]
    said = structured(columns, "phrases", lambda phrases: float(phrases.get("farewell", 0) > 0))
    assert sides(columns, said) == pytest.approx((0.001, 0.02), abs=0.006)
    assert sides(columns, columns.values["wrong_script"]) == pytest.approx((0.0, 0.1), abs=0.02)
    late = columns.run_day >= np.datetime64(ONSET)
    served = columns.texts["served_model"]
    assert set(served[late & columns.graded]) == {"new"}
    assert set(served[~late & columns.graded]) == {"old"}


def test_rules_decay_with_the_turn() -> None:
    columns = drawn(effect('metric = "IFQ", per_turn_add = -0.06')).records["api"]
    turns = shipped().without_harness_prompts().turns[columns.prompt]
    kept = structured(columns, "turns_passed", lambda told: float(all(told)) if told else np.nan)
    before, after = sides(columns, np.where(turns > 1, kept, np.nan))
    assert -0.30 < after - before < -0.10


def test_a_request_mixture_hits_its_share_and_a_sticky_one_all_or_nothing() -> None:
    rates = '[{ on = 2026-03-02, value = 0.3, src = "assumed" }]'
    by_request = drawn(effect('metric = "SCR", set = 1.0', mixing='"request"', rates=rates)).records["api"]
    assert sides(by_request, by_request.values["wrong_script"])[1] == pytest.approx(0.3, abs=0.03)
    made = effect('metric = "SCR", set = 1.0', mixing='"sticky_identity"', rates=rates)
    shares = [
        sides(columns, columns.values["wrong_script"])[1]
        for seed in range(12)
        for columns in drawn(made, seed).records.values()
    ]
    assert {round(share) for share in shares} == {0, 1}
    assert all(share < 0.01 or share > 0.99 for share in shares)


def test_a_ramp_grows_and_a_roll_out_reaches_one_target_after_the_other() -> None:
    ramp = "[{ on = 2026-03-02, value = 0.0 }, { on = 2026-03-12, value = 1.0 }]"
    columns = drawn(effect('metric = "OTPS", x = 0.5', onset='"ramp"', ramp=ramp)).records["api"]
    day = (columns.run_day - np.datetime64(ONSET)).astype(int)
    means = [np.nanmean(columns.values["output_tokens_per_s"][day == at]) for at in (-5, 5, 15)]
    assert means[0] > 1.15 * means[1] > 1.25 * means[2]
    staggered = '[{ target = "api", start = 2026-03-02 }, { target = "harness", start = 2026-03-09 }]'
    history = drawn(effect('metric = "MDL", name = "new"', onset='"staggered"', rollout=staggered))
    for target, first in (("api", date(2026, 3, 2)), ("harness", date(2026, 3, 9))):
        columns = history.records[target]
        new = columns.texts["served_model"] == "new"
        assert columns.run_day[new].min().astype(date) == first


def test_what_begins_after_the_days_run_is_met_on_the_next_day() -> None:
    change = 'effects = [{ metric = "MDL", name = "new", src = "assumed" }]'
    text = f'[[changes]]\nname = "it"\nstart = 2026-03-02T06:30:00Z\nexpect = "incident"\n{change}'
    truth = drawn(scenario(targets=f"{ARMS}\n{text}")).truth[0]
    assert truth.onset == ONSET
    assert truth.first_hit == date(2026, 3, 3)


def test_redaction_of_visible_thinking_moves_no_figure() -> None:
    made = find_scenario("cc-thinking-redaction-2026-03")
    changed = draw_scenario(made, shipped(), 3)
    for columns in changed.records.values():
        after = columns.run_day >= np.datetime64("2026-03-12")
        tokens = np.log(columns.values["reasoning_tokens"] + 1)
        assert np.nanmean(tokens[after]) == pytest.approx(np.nanmean(tokens[~after]), abs=0.1)
    assert changed.truth[0].targets == ("harness", "harness-pinned")


def test_changes_of_ours_change_digests_shares_and_runs() -> None:
    edited = drawn(effect('metric = "SUITE", set = 1.0, share = 0.1')).records["api"]
    late = edited.run_day >= np.datetime64(ONSET)
    new = np.array([digest.endswith("-edited") for digest in edited.digests])[edited.prompt_digest]
    assert not new[~late].any()
    assert new[late].mean() == pytest.approx(0.1, abs=0.03)
    fewer = drawn(effect('metric = "SHARES", x = 0.34, families = ["format"]')).records["api"]
    of_format = (np.array(fewer.families)[fewer.family] == "format") & (fewer.run_day >= np.datetime64(ONSET))
    assert set(fewer.replicate[of_format]) == {0}
    blind = drawn(effect('metric = "RUNS", set = 0.0')).records["api"]
    assert blind.run_day.max().astype(date) < ONSET


def test_an_outage_fails_trials_and_a_failed_trial_has_no_figures() -> None:
    columns = drawn(effect('metric = "ERR_529", set = 0.7', end="2026-03-03")).records["api"]
    on = columns.run_day == np.datetime64(ONSET)
    assert (~columns.graded[on]).mean() == pytest.approx(0.7, abs=0.08)
    assert (~columns.graded[~on]).mean() < 0.01
    for values in columns.values.values():
        assert np.isnan(values[~columns.graded]).all()
    assert all(text is None for text in columns.texts["checks"][~columns.graded])


def test_form_that_is_lost_is_forgiven_by_the_loose_verdict() -> None:
    columns = drawn(effect('metric = "FMT", add = -0.5')).records["api"]
    formal = np.isin(np.array(columns.families)[columns.family], ["format", "code"])
    gap = structured(
        columns,
        "checks",
        lambda told: float(all(c["loose"] for c in told) and not all(c["strict"] for c in told)),
    )
    before, after = sides(columns, np.where(formal, gap, np.nan))
    assert after - before > 0.25
    checks = {json.loads(text)[0]["strict"] for text in set(columns.texts["checks"]) - {None}}
    assert checks == {True, False}


@pytest.mark.parametrize(
    ("moment", "day"), [("2026-03-02T06:00:00+00:00", 2), ("2026-03-02T23:00:00-08:00", 4)]
)
def test_moments_are_met_by_the_first_run_after_them(moment: str, day: int) -> None:
    assert day_met(datetime.fromisoformat(moment)) == date(2026, 3, day)
