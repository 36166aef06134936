"""Drills run whole, fast and in process; the spring of 2026 is the first of them."""

import json
import time

import pytest

from canary.config.prompts import load_suite
from canary.domain.incident import Policy
from canary.rehearsal.drill import drill, seeds_of
from canary.rehearsal.page import drills_page
from canary.rehearsal.scorecard import drill_json, rows, strays
from canary.simulate.scenario_files import catalogue, find_scenario

CONTRACT = {"scenario", "seeds", "calls_per_day", "extra_calls_share", "changes"}
CONTRACT |= {"stray_incidents_per_history", "opened_per_year_without_change"}
CHANGE = {"name", "onset", "found", "median_delay", "p90_delay", "layer_right", "mechanism_right"}


def test_a_scorecard_has_the_contracts_keys_and_plain_json() -> None:
    card = drill(find_scenario("tokenizer"), load_suite(None), seeds_of(1), Policy())
    told = json.loads(json.dumps(drill_json([card])))
    assert told == drill_json([card])
    assert told["schema"] == 1
    only = told["scenarios"][0]
    assert set(only) >= CONTRACT
    assert set(only["changes"][0]) >= CHANGE
    assert only["changes"][0]["found"] == 1.0
    assert only["changes"][0]["median_delay"] == 0


def test_a_drill_is_the_same_every_time() -> None:
    made, suite = find_scenario("alias-move"), load_suite(None)
    first, again = (drill_json([drill(made, suite, seeds_of(2))]) for _ in range(2))
    assert first == again


def test_redaction_of_visible_thinking_is_called_nothing() -> None:
    card = drill(find_scenario("cc-thinking-redaction-2026-03"), load_suite(None), seeds_of(1))
    assert [row.result for row in rows(card)] == ["silent"]


def test_the_page_shows_a_miss_as_a_miss() -> None:
    card = drill(find_scenario("claude-topk-2025"), load_suite(None), seeds_of(1))
    page = drills_page([card])
    assert "**missed**" in page
    assert "assumed" in page


@pytest.mark.slow
@pytest.mark.parametrize("name", list(catalogue()))
def test_every_scenario_takes_less_than_30_seconds_of_one_core(name: str) -> None:
    began = time.process_time()
    drill(find_scenario(name), load_suite(None), seeds_of(1))
    assert time.process_time() - began < 30


@pytest.mark.slow
def test_spring_2026_is_three_incidents_each_found_within_two_days_on_its_layer() -> None:
    card = drill(find_scenario("cc-march-overlap"), load_suite(None), seeds_of(10))
    due = {row.change.name: row for row in rows(card)}
    for name in ("cc-effort-2026-03", "cc-idle-clear-2026-03", "cc-verbosity-2026-04"):
        row = due[name]
        assert row.found == 1.0, name
        assert row.median_delay is not None
        assert row.median_delay <= 2, name
        assert row.layer_right is not None
        assert row.layer_right >= 0.9, name
        assert row.joined == 0.0, name
    # In one of these histories a prompt drifts by itself, days before it: that is within the budget, and no reading of the redaction.
    assert due["cc-thinking-redaction-2026-03"].found <= 0.1
    assert strays(card) <= 0.1
