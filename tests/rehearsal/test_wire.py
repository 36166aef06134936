"""A drill over the wire agrees with the fast one, and says what it can't play."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from email import message_from_bytes, policy
from pathlib import Path

import numpy as np
import pytest

from canary.analysis.folds import VALUES
from canary.config.prompts import load_suite
from canary.domain.ports import TrialColumns
from canary.domain.suite import Suite
from canary.rehearsal.drill import drill, seeds_of
from canary.rehearsal.playing import Cast, model_of
from canary.rehearsal.scorecard import rows
from canary.rehearsal.wire import drill_over_http
from canary.simulate.multi import draw_scenario
from canary.simulate.profile import profile_of
from canary.simulate.scenario_files import find_scenario
from canary.simulate.scenarios import day_met
from canary.simulate.worlds import CALM
from canary.store.database import open_store

SUITE = load_suite(None)


def test_each_target_is_played_as_its_changes_say_on_that_day_alone() -> None:
    cast = Cast(scenario=find_scenario("gptoss-azure-effort"), suite=SUITE)
    host, other = (model_of(site) for site in reversed(cast.scenario.targets))
    for day, factor in ((date(2025, 8, 4), 1.0), (date(2025, 8, 5), 0.56), (date(2025, 8, 20), 1.0)):
        behaviour = cast.behaviour(day)
        usual = cast.usual.reasoning_tokens
        assert behaviour.of_model(host).reasoning_tokens == pytest.approx(factor * usual)
        assert behaviour.of_model(other).reasoning_tokens == usual


def few(families: Sequence[str]) -> Suite:
    """Some families of the shipped suite: every request is one over HTTP."""
    return Suite(prompts=tuple(p for p in load_suite(None).prompts if p.family in families))


@pytest.mark.slow
@pytest.mark.parametrize("name", ["alias-move", "gptoss-azure-effort"])
def test_a_drill_over_http_agrees_with_the_fast_one(name: str, tmp_path: Path) -> None:
    scenario, suite = replace(find_scenario(name), days=7), few(["reasoning", "format"])
    played = drill_over_http(scenario, suite, 1, tmp_path).outcomes[0]
    row = rows(drill(scenario, suite, seeds_of(5), world=CALM))[0]
    assert row.found == 1.0
    assert row.median_delay is not None
    assert played.delay is not None
    assert abs(played.delay - row.median_delay) <= 2
    assert played.layer in {scenario.changes[0].layer, *scenario.changes[0].also}
    assert (tmp_path / "index.html").exists()


def test_a_drill_leaves_the_very_pages_and_mails(tmp_path: Path) -> None:
    """Six days of six fixed texts: a model swapped on the fifth is seen, told and written up the same day."""
    texts = Suite(prompts=few(["fingerprint"]).prompts[:6])
    scenario = replace(find_scenario("alias-move"), days=1)
    history = drill_over_http(scenario, texts, 1, tmp_path, lead_days=4, replicates=1)
    assert history.outcomes[0].delay == 0
    (sent,) = (tmp_path / "mails").glob("*.eml")
    assert sent.name.startswith("001-2026-01-21-canary")
    mail = message_from_bytes(sent.read_bytes(), policy=policy.default)
    assert "INC-0001" in mail["Subject"]
    told = mail.get_body(("plain",))
    assert told is not None
    assert "gemini-3-pro-preview" in told.get_content()
    page = (tmp_path / "incidents" / "INC-0001.html").read_text("utf-8")
    assert "A drill, simulated on this machine" in page


def moved(columns: TrialColumns, field: str, onset: date) -> tuple[float, float]:
    """By how much a field moved on the onset: mean over prompts, with its standard error. Counts on the log scale."""
    values = columns.values[field]
    values = values if field in {"passed", "wrong_script"} else np.log(np.maximum(values, 1.0))
    after = columns.run_day >= np.datetime64(onset)
    moves = []
    for prompt in range(len(columns.prompts)):
        own = (columns.prompt == prompt) & columns.graded & np.isfinite(values)
        if (own & after).any() and (own & ~after).any():
            moves.append(values[own & after].mean() - values[own & ~after].mean())
    return float(np.mean(moves)), float(np.std(moves, ddof=1) / len(moves) ** 0.5)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "target", "families", "fields"),
    [
        ("gptoss-azure-effort", "azure", ["reasoning", "format"], ["reasoning_tokens", "passed"]),
        ("cc-verbosity-2026-04", "harness", ["agentic", "tools"], ["words_between_tools", "passed"]),
        ("cc-effort-2026-03", "harness", ["reasoning", "format"], ["reasoning_tokens", "passed"]),
        ("claude-routing-2025", "api", ["reasoning", "instructions"], ["passed", "output_tokens"]),
    ],
)
def test_what_moves_over_http_moves_as_far_as_in_columns(
    name: str, target: str, families: Sequence[str], fields: Sequence[str], tmp_path: Path
) -> None:
    """A few days before and after the onset; both effects with their errors, four of which they may be apart."""
    full = find_scenario(name)
    scenario, suite = replace(full, days=3, changes=(replace(full.changes[0], end=None),)), few(families)
    if name == "claude-routing-2025":
        worst = tuple(replace(point, value=1.0) for point in full.changes[0].rates[:1])
        scenario = replace(scenario, changes=(replace(scenario.changes[0], rates=worst),))
    site = next(one for one in scenario.targets if one.name == target)
    scenario = replace(scenario, targets=(site,))
    drill_over_http(scenario, suite, 1, tmp_path, lead_days=3, replicates=6)
    store = open_store(f"sqlite:///{tmp_path / 'drill.db'}")
    try:
        wired = store.columns(site.name, values=VALUES, texts=())
    finally:
        store.close()
    drawn = draw_scenario(scenario, profile_of(suite, replicates=6), 1, world=CALM).records[site.name]
    onset = day_met(scenario.changes[0].start)
    for field in fields:
        (one, error), (other, other_error) = (moved(columns, field, onset) for columns in (wired, drawn))
        assert abs(one - other) <= 4 * (error**2 + other_error**2) ** 0.5, (field, one, other)


@pytest.mark.slow
def test_spring_2026_is_played_in_four_arms_over_http(tmp_path: Path) -> None:
    """The three defects on the heels of one another: each moves what it moved, in the arms it was in, and the raw API is flat."""
    full = find_scenario("cc-march-overlap")
    starts = dict(zip(full.compose, (date(2026, 3, 4), date(2026, 3, 6), date(2026, 3, 8)), strict=False))
    changes = tuple(
        replace(
            change,
            start=starts[change.name],
            end=None,
            rates=tuple(replace(p, on=starts[change.name]) for p in change.rates),
        )
        for change in full.changes
        if change.name in starts
    )
    scenario, suite = replace(full, changes=changes, days=1), few(["retention", "agentic"])
    drill_over_http(scenario, suite, 1, tmp_path, lead_days=2, replicates=2)
    store = open_store(f"sqlite:///{tmp_path / 'drill.db'}")
    try:
        arms = {site.name: store.columns(site.name, values=VALUES) for site in scenario.targets}
    finally:
        store.close()
    effort, _, verbosity = starts.values()
    for arm, columns in arms.items():
        reasoning, _ = moved(columns, "reasoning_tokens", effort)
        assert (reasoning < -0.5) == (arm == "harness"), (arm, reasoning)
        if arm == "harness-resumed":
            continue  # asked conversations of several turns alone, and those call few tools
        words, error = moved(columns, "words_between_tools", verbosity)
        assert (words < -4 * error) == (arm != "api"), (arm, words, error)
    late = arms["harness-resumed"].run_day >= np.datetime64(starts["cc-idle-clear-2026-03"])
    read = arms["harness-resumed"].values["cache_read_tokens"]
    assert np.nanmean(read[late]) < 0.95 * np.nanmean(read[~late])
