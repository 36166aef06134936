"""`canary plan`: what a suite costs and shows, before a cent is spent; and from the store's records."""

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import cache, partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from jsonschema import Draft202012Validator

from canary.cli.plan_answers import plan_json, plan_schema
from canary.cli.plan_records import Plan
from canary.cli.plan_sources import assumed_series, records
from canary.cli.plan_text import plan_text
from canary.cli.planning import planned
from canary.config.prompts import load_suite
from canary.config.settings import Config, load_config
from canary.domain.trial import Trial
from canary.simulate.history import draw_history
from canary.simulate.worlds import Shape
from canary.store.database import open_store
from tests.cli.conftest import Project, write_prompts

CONFIG = """\
[schedule]
cron = "{cron}"

[suite]
prompts = "prompts"
replicates = 3

[[targets]]
name = "priced"
provider = "anthropic"
model = "sim-a"
api_key_env = ""

[[targets]]
name = "unpriced"
provider = "openai-chat"
base_url = "http://127.0.0.1:9/v1"
model = "sim-b"
api_key_env = ""

[prices."sim-a"]
input = 3.0
output = 15.0
"""
ASSUME = cache(partial(assumed_series, histories=4))
"""Drawn once for all tests that plan the same suite."""

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_prompts(tmp_path / "prompts", 8)
    (tmp_path / "canary.toml").write_text(CONFIG.format(cron="0 6 * * *"), encoding="utf-8")
    return tmp_path


def made(folder: Path, *, history: bool = False, reasoning: int = 0, replicates: int = 3) -> Plan:
    config: Config = load_config(folder / "canary.toml", {})
    return planned(
        config,
        load_suite(config.suite.prompts),
        replicates=replicates,
        reasoning=reasoning,
        records=records(config) if history else {},
        assume=ASSUME,
        now=NOW,
    )


def told(plan: Plan) -> Any:
    """The JSON answer, valid by its published schema."""
    answer = plan_json(plan)
    Draft202012Validator(plan_schema()).validate(answer)
    return answer


def test_the_command_answers_by_its_schema_and_leaves_nothing_behind(folder: Path) -> None:
    project = Project(folder=folder)
    before = sorted(folder.rglob("*"))
    done = project.run("plan", "--from-history", "--json")
    assert done.returncode == 0, done.stderr
    Draft202012Validator(plan_schema()).validate(json.loads(done.stdout))
    assert json.loads(project.run("schema", "plan").stdout) == plan_schema()
    assert sorted(folder.rglob("*")) == before


def test_calls_and_dollars_add_up(folder: Path) -> None:
    answer = told(made(folder))
    assert answer["day"]["calls"] == 2 * 8 * 3
    assert answer["runs_per_day"] == 1.0
    priced = answer["targets"][0]
    usd = (priced["day"]["input_tokens"] * 3 + priced["day"]["output_tokens"] * 15) / 1e6
    assert priced["day"]["usd"] == pytest.approx(usd, abs=1e-6)
    assert priced["month"]["usd"] == pytest.approx(priced["day"]["usd"] * 365.25 / 12, abs=1e-4)
    assert answer["confirmation_month_at_most"]["calls"] == pytest.approx(answer["month"]["calls"] / 10)
    assert answer["release_run"]["calls"] == 48


def test_an_unknown_price_is_named_and_never_0(folder: Path) -> None:
    plan = made(folder)
    answer = told(plan)
    assert answer["unknown_prices"] == ["unpriced"]
    assert answer["targets"][1]["day"]["usd"] is None
    assert answer["month"]["usd"] is None
    assert all(choice["usd_per_month"] is None for choice in answer["choices"])
    text = plan_text(plan)
    assert "The price of unpriced is unknown" in text
    assert "+ unknown" in text
    assert "$0.00 " not in text


def test_reasoning_is_reckoned_with_where_it_is_named(folder: Path) -> None:
    plain, thinking = (told(made(folder, reasoning=n))["targets"][0]["day"] for n in (0, 1000))
    assert thinking["output_tokens"] - plain["output_tokens"] == 24 * 1000
    assert thinking["usd"] - plain["usd"] == pytest.approx(24 * 1000 * 15 / 1e6)


def test_what_is_assumed_is_said(folder: Path) -> None:
    plan = made(folder)
    assert {one["noise"] for one in told(plan)["targets"]} == {"assumed"}
    assert {one["basis"] for one in told(plan)["targets"]} == {"guessed"}
    text = plan_text(plan)
    assert "default world" in text
    assert "guessed" in text


def test_more_replicates_cost_more_and_show_more(folder: Path) -> None:
    choices = told(made(folder))["choices"]
    drops = [choice["smallest_pass_rate_drop_in_7_days"] for choice in choices]
    assert [choice["replicates"] for choice in choices] == [1, 2, 3, 5, 10]
    assert drops == sorted(drops, reverse=True)
    assert 4 in [choice["replicates"] for choice in told(made(folder, replicates=4))["choices"]]


@pytest.mark.parametrize(
    ("cron", "runs", "share"),
    [
        ("0 6 * * *", 1.0, 1.0),
        ("0 6,18 * * *", 2.0, 1.0),
        ("0 6 * * mon-fri", 20 / 28, 20 / 28),
        ("0 6 1 * *", 12 / 365, 12 / 365),
    ],
)
def test_the_schedule_says_how_often_it_is_paid(folder: Path, cron: str, runs: float, share: float) -> None:
    (folder / "canary.toml").write_text(CONFIG.format(cron=cron), encoding="utf-8")
    answer = told(made(folder))
    assert answer["runs_per_day"] == pytest.approx(runs, abs=1e-4)
    assert answer["days_with_a_run"] == pytest.approx(share, abs=1e-4)
    assert answer["day"]["calls"] == pytest.approx(48 * runs, abs=0.01)


def test_a_monthly_run_judges_nothing_within_a_week(folder: Path) -> None:
    (folder / "canary.toml").write_text(CONFIG.format(cron="0 6 1 * *"), encoding="utf-8")
    plan = made(folder)
    assert plan.visible == ()
    assert "Nothing is judged" in plan_text(plan)
    assert told(plan)["choices"][0]["smallest_pass_rate_drop_in_7_days"] is None


def history(days: int, *, priced: bool) -> Iterator[Trial]:
    drawn = draw_history(3, days=days, shape=Shape(families=(4, 4), replicates=3)).values
    for day, prompt, replicate in zip(*np.nonzero(np.isfinite(drawn["passed"])), strict=True):
        at = datetime(2026, 3, 1, 6, tzinfo=UTC) + timedelta(days=int(day))
        tokens = int(drawn["output_tokens"][day, prompt, replicate])
        yield Trial(
            run=f"{at:%Y%m%dT%H%M%SZ}-schedule",
            run_day=at.date(),
            started_at=at,
            target="priced",
            prompt=f"small/word-{prompt + 1:02}",
            replicate=int(replicate),
            outcome="graded",
            family=f"family-{prompt // 4}",
            passed=bool(drawn["passed"][day, prompt, replicate]),
            input_tokens=100,
            output_tokens=tokens,
            cost_usd=tokens * 1e-5 if priced else None,
            attempts=1,
        )


def filled(folder: Path, days: int, *, priced: bool = True) -> None:
    store = open_store(load_config(folder / "canary.toml", {}).store.url)
    store.import_trials(history(days, priced=priced))
    store.close()


def test_records_take_the_place_of_what_was_assumed(folder: Path) -> None:
    filled(folder, 60)
    answer = told(made(folder, history=True))
    priced, unpriced = answer["targets"]
    assert (priced["basis"], priced["noise"]) == ("measured", "measured")
    assert (unpriced["basis"], unpriced["noise"]) == ("guessed", "assumed")
    assert priced["day"]["usd"] == pytest.approx(priced["day"]["output_tokens"] * 1e-5, rel=1e-3)
    families = {row["family"] for row in answer["visible"] if row["target"] == "priced"}
    assert families == {"all", "family-0", "family-1"}
    (measured,) = answer["prompts_measured"]
    assert measured["currency"] == "usd"
    assert len(measured["prompts"]) == 8


def test_the_chart_of_records_names_every_prompt_and_what_it_buys(folder: Path) -> None:
    filled(folder, 60)
    text = plan_text(made(folder, history=True))
    assert "█" in text
    assert all(f"small/word-{number:02}" in text for number in range(1, 9))
    assert "Measured on the store's records" in text


def test_records_without_prices_leave_the_price_unknown(folder: Path) -> None:
    filled(folder, 40, priced=False)
    answer = told(made(folder, history=True))
    assert answer["targets"][0]["day"]["usd"] is None
    assert answer["prompts_measured"][0]["currency"] == "tokens"


def test_a_young_history_measures_cost_and_assumes_noise(folder: Path) -> None:
    filled(folder, 10)
    plan = made(folder, history=True)
    first = told(plan)["targets"][0]
    assert (first["basis"], first["noise"]) == ("measured", "assumed")
    assert "Too few days" in plan_text(plan)


def test_records_are_those_of_the_last_days(folder: Path) -> None:
    filled(folder, 120)
    found = records(load_config(folder / "canary.toml", {}))
    assert set(found) == {"priced"}
    assert found["priced"].run_day.min().astype(date) == date(2026, 3, 1) + timedelta(days=30)


def test_metrics_are_exported_whole_or_not_at_all(folder: Path) -> None:
    from prometheus_client.parser import text_string_to_metric_families

    filled(folder, 40)
    project = Project(folder=folder)
    done = project.run("export", "--format", "prometheus", "--out", "canary.prom")
    assert done.returncode == 0, done.stderr
    names = {family.name for family in text_string_to_metric_families((folder / "canary.prom").read_text())}
    assert {"canary_series_value", "canary_verdict", "canary_open_incidents"} <= names
    assert [path.name for path in folder.glob(".*")] == []
    assert project.run("export", "--format", "prometheus", "--target", "priced").returncode == 2
