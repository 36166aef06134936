"""A drill over the wire agrees with the fast one, and says what it can't play."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from canary.config.prompts import load_suite
from canary.domain.errors import UsageError
from canary.domain.suite import Suite
from canary.rehearsal.drill import drill, seeds_of
from canary.rehearsal.playing import Cast, model_of
from canary.rehearsal.scorecard import rows
from canary.rehearsal.wire import drill_over_http
from canary.simulate.scenario_files import find_scenario
from canary.simulate.worlds import CALM
from tests.simulate.drills import effect


def test_each_target_is_played_as_its_changes_say_on_that_day_alone() -> None:
    cast = Cast(scenario=find_scenario("gptoss-azure-effort"))
    host, other = (model_of(site) for site in reversed(cast.scenario.targets))
    for day, factor in ((date(2025, 8, 4), 1.0), (date(2025, 8, 5), 0.56), (date(2025, 8, 20), 1.0)):
        behaviour = cast.behaviour(day)
        usual = cast.usual.reasoning_tokens
        assert behaviour.of_model(host).reasoning_tokens == pytest.approx(factor * usual)
        assert behaviour.of_model(other).reasoning_tokens == usual


@pytest.mark.parametrize(
    ("text", "field", "value"),
    [
        ('metric = "ACC", add = -0.05', "pass_rate", 0.80),
        ('metric = "OUT", x = 0.9', "verbosity", 0.9),
        ('metric = "ZTH", add = 0.15', "zero_reasoning_rate", 0.19),
        ('metric = "TCN", x = 0.7', "skipped_call_rate", 0.3),
        ('metric = "ERR_529", set = 0.7', "failure_rates", {"overloaded": 0.7}),
        ('metric = "MDL", name = "new"', "served_suffix", "-new"),
        ('metric = "SYC", add = 0.35', "pass_rates", {"sycophancy": 0.5}),
    ],
)
def test_an_effect_moves_the_providers_own_figure(text: str, field: str, value: object) -> None:
    played = Cast(scenario=effect(text)).behaviour(date(2026, 3, 2)).of_model("drill-api")
    assert getattr(played, field) == pytest.approx(value)


@pytest.mark.parametrize(
    "text",
    ['metric = "WBT", cap = 25.0', 'metric = "SCR", set = 1.0', 'metric = "LAT", x = 0.7'],
)
def test_what_a_provider_can_t_play_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="can't be played over HTTP"):
        Cast(scenario=effect(text))


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
