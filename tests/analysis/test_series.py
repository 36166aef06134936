"""Trials become series: each metric from its fields, failed trials from none, edited prompts as new ones."""

import json
from dataclasses import replace

import numpy as np
import pytest

from canary.analysis.folds import FOLDS, TEXTS, VALUES, phrase_families, phrase_fold
from canary.analysis.series import grid_of, judged_series, panel_of, watch_series
from canary.domain.ports import TrialColumns
from canary.domain.series import METRICS
from tests.analysis.histories import FIRST, drawn

FIELDS = {
    "passed": 1.0,
    "score": 0.75,
    "tool_calls": 4.0,
    "invalid_tool_calls": 1.0,
    "repeated_tool_calls": 2.0,
    "reads": 6.0,
    "edits": 2.0,
    "blind_edits": 1.0,
    "words_between_tools": 12.0,
    "final_words": 90.0,
    "input_tokens": 100.0,
    "cache_read_tokens": 250.0,
    "cache_write_tokens": 150.0,
    "output_tokens": 300.0,
    "reasoning_tokens": 0.0,
    "cost_usd": 0.01,
    "latency_s": 3.5,
    "ttft_s": 0.5,
    "output_tokens_per_s": 80.0,
    "refused": 0.0,
    "truncated": 1.0,
    "wrong_script": 0.0,
}
WANTED = {
    "pass_rate": 1.0,
    "score": 0.75,
    "format_gap": 1.0,
    "all_turns_rate": 0.0,
    "tool_calls": 4.0,
    "invalid_tool_call_rate": 0.25,
    "repeated_tool_calls": 2.0,
    "reads_per_edit": 3.0,
    "blind_edit_rate": 0.5,
    "words_between_tools": 12.0,
    "final_words": 90.0,
    "input_tokens": 100.0,
    "output_tokens": 300.0,
    "reasoning_tokens": 0.0,
    "zero_reasoning_rate": 1.0,
    "cache_read_share": 0.5,
    "latency_s": 3.5,
    "ttft_s": 0.5,
    "output_tokens_per_s": 80.0,
    "failure_rate": 0.0,
    "refusal_rate": 0.0,
    "truncation_rate": 1.0,
    "wrong_script_rate": 0.0,
}


def trials(*, graded: bool = True, measured: bool = True) -> TrialColumns:
    """Two equal trials with every field."""
    checks = json.dumps([{"check": "a", "strict": False, "loose": True}])
    texts = {"checks": checks, "turns_passed": "[true,false]", "phrases": '{"sorry":2,"sure":0}'}
    columns = drawn(1, 1)
    return replace(
        columns,
        **{
            name: getattr(columns, name)[:2]
            for name in ("run_day", "prompt", "prompt_digest", "family", "run", "replicate")
        },
        graded=np.full(2, graded),
        values={name: np.full(2, value if measured else np.nan) for name, value in FIELDS.items()},
        texts={
            name: np.array([text if measured else None] * 2, dtype=object) for name, text in texts.items()
        },
    )


def test_every_metric_is_read_from_its_fields() -> None:
    assert {name: float(fold.value(trials())[0]) for name, fold in FOLDS.items()} == WANTED
    assert set(FIELDS) == set(VALUES)


def test_every_metric_of_the_table_has_a_series() -> None:
    exact = {name for name, metric in METRICS.items() if metric.kind == "exact"}
    assert set(FOLDS) | {"cost_per_pass"} | exact == set(METRICS)
    assert exact - {"tokenizer"} < set(TEXTS)


@pytest.mark.parametrize("name", sorted(set(FOLDS) - {"failure_rate"}))
def test_a_failed_or_unmeasured_trial_gives_no_number(name: str) -> None:
    assert np.isnan(FOLDS[name].value(trials(graded=False))).all()
    assert np.isnan(FOLDS[name].value(trials(measured=False))).all()


def test_a_failed_trial_counts_as_failed() -> None:
    assert FOLDS["failure_rate"].value(trials(graded=False)).tolist() == [1.0, 1.0]


def test_phrases_are_followed_by_family() -> None:
    assert phrase_families(trials()) == ("sorry", "sure")
    assert phrase_fold("sorry").value(trials()).tolist() == [1.0, 1.0]
    assert phrase_fold("sure").value(trials()).tolist() == [0.0, 0.0]


def test_judged_are_all_metrics_of_all_prompts_and_the_pass_rate_of_families() -> None:
    series = judged_series("t", drawn(1, 40))
    families = {one.family for one in series if one.family != "all"}
    assert families == {"family-0", "family-1", "family-2", "family-3"}
    assert {one.metric.name for one in series if one.family != "all"} == {"pass_rate"}
    assert all(one.judged for one in series)
    assert not any(one.judged for one in watch_series("t", drawn(1, 40)))


def test_an_edited_prompt_is_another_one() -> None:
    columns = drawn(1, 40)
    before = grid_of(columns)
    columns.prompt_digest[
        (columns.prompt == 3) & (columns.run_day > columns.run_day.min() + np.timedelta64(20, "D"))
    ] = 0
    after = grid_of(columns)
    assert before is not None
    assert after is not None
    assert len(after.prompts) == len(before.prompts) + 1 == 41
    assert after.prompts.count("family-0/prompt-003") == 2


def test_a_panel_sums_the_trials_of_a_day() -> None:
    columns = drawn(1, 5)
    grid = grid_of(columns)
    assert grid is not None
    panel = panel_of(grid, columns.values["passed"])
    assert grid.first_day == FIRST
    assert panel.count.sum() == columns.run_day.size
    assert panel.total.sum() == columns.values["passed"].sum()
