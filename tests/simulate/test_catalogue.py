"""The catalogue holds every public incident and every confounder, and never prints an assumed size as history."""

import pytest

from canary.analysis.signatures import SIGNATURES
from canary.domain.errors import ConfigurationError, UsageError
from canary.simulate.effects import code_of
from canary.simulate.multi import LEAD_DAYS, window_of
from canary.simulate.scenario_files import catalogue, find_scenario, read_scenario
from canary.simulate.scenarios import Scenario
from tests.simulate.drills import ARMS

INCIDENTS = (
    "cc-effort-2026-03", "cc-idle-clear-2026-03", "cc-verbosity-2026-04", "cc-march-overlap",
    "cc-thinking-redaction-2026-03", "cc-adaptive-thinking-2026-02", "cc-jan-2026",
    "claude-routing-2025", "claude-tpu-corruption-2025", "claude-topk-2025", "gpt4o-sycophancy-2025",
    "gpt4-lazy-2023", "llmdrift-2023-06", "gpt5-router-2025", "codex-ghosts-2025", "codex-ldpath-2025",
    "codex-reroute-2026-02", "gpt55-comb-2026", "opus5-xhigh-2026-09", "cc-autocompact-2026-04",
    "opus47-tokenizer", "opus47-fewer-tools", "fast-decay-2026", "sla-breach", "k2-host-schema",
    "gptoss-azure-effort", "grok-intrusion-2025-05", "m2-lost-reasoning", "alias-move", "eol-as-429",
    "peak-hours",
)  # fmt: skip
CONFOUNDERS = (
    "aa-null-60d", "prompt-set-edit", "mix-shift", "node-upgrade-harness-bump", "grader-update",
    "runner-blind", "outage-24h", "ceiling-noise", "monday-farewell",
)  # fmt: skip
SYNTHETIC = (
    "pass-5", "pass-10", "tokens-10", "tools-30", "effort-cut", "tokenizer", "one-prompt", "spread",
    "ramp-4", "joint-small", "bad-day", "null",
)  # fmt: skip


@pytest.mark.parametrize("name", [*INCIDENTS, *CONFOUNDERS, *SYNTHETIC])
def test_the_catalogue_has_it(name: str) -> None:
    assert find_scenario(name).id == name


@pytest.mark.parametrize("name", CONFOUNDERS)
def test_a_confounder_is_due_for_silence_or_a_label(name: str) -> None:
    found = find_scenario(name)
    assert found.kind == "negative"
    assert all(change.expect in {"silence", "ours", "availability", "either"} for change in found.changes)


@pytest.mark.parametrize("scenario", catalogue().values(), ids=lambda one: one.id)
def test_every_history_has_a_warm_up_before_its_first_change(scenario: Scenario) -> None:
    first, last = window_of(scenario)
    for change in scenario.changes:
        assert (change.first_day - first).days >= LEAD_DAYS >= 60
        assert last > change.first_day


@pytest.mark.parametrize("scenario", catalogue().values(), ids=lambda one: one.id)
def test_mechanisms_are_named_as_attribution_names_them(scenario: Scenario) -> None:
    for change in scenario.changes:
        for name in (change.mechanism, *change.or_mechanisms):
            assert name is None or name in SIGNATURES, (change.name, name)


@pytest.mark.parametrize("scenario", catalogue().values(), ids=lambda one: one.id)
def test_what_is_drawn_shows_in_a_series_and_what_is_not_says_why(scenario: Scenario) -> None:
    for change in scenario.changes:
        for effect in change.effects:
            code = code_of(effect.metric)
            reference = scenario.suite == "reference"
            shows = bool(code.series) or code.how == "ours" or reference
            assert shows or not effect.drawn or code.how == "none", (change.name, effect.metric)


def test_the_overlap_is_made_of_its_parts() -> None:
    overlap = find_scenario("cc-march-overlap")
    assert [change.name for change in overlap.changes] == list(overlap.compose)
    assert sum(change.expect == "incident" for change in overlap.changes) == 3
    assert len(overlap.annotations) == 2


def refused(text: str, name: str = "made.toml") -> str:
    with pytest.raises(ConfigurationError) as problem:
        read_scenario(f'id = "made"\ntitle = "t"\nkind = "synthetic"\n{ARMS}\n{text}', name)
    return str(problem.value)


CHANGE = '[[changes]]\nname = "it"\nstart = 2026-03-02\nexpect = "incident"\n'


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("colour = 1", "colour"),
        (CHANGE + "layr = 'host'", "layr"),
        (CHANGE + "effects = [{ metric = 'ACC', add = -0.1 }]", "src"),
        (CHANGE + "effects = [{ metric = 'ACC', add = -0.1, src = 'published' }]", "source"),
        (CHANGE + "effects = [{ metric = 'ACC', add = -0.1, src = 'assumed', source = 'x' }]", "source"),
        (CHANGE + "effects = [{ metric = 'ACC', add = -0.1, x = 2.0, src = 'assumed' }]", "one size"),
        (CHANGE + "effects = [{ metric = 'ACC', src = 'assumed' }]", "one size"),
        (CHANGE + "effects = [{ metric = 'ACK', add = 0.1, src = 'assumed' }]", "ACK"),
        (CHANGE + "effects = [{ metric = 'ACC', add = 'much', src = 'assumed' }]", "add"),
        (CHANGE + "end = 2026-03-01", "ends before"),
        (CHANGE + "mixing = 'request'", "rates"),
        (CHANGE + "onset = 'ramp'", "ramp"),
        (
            CHANGE + "onset = 'staggered'\nrollout = [{ target = 'elsewhere', start = 2026-03-02 }]",
            "elsewhere",
        ),
        (CHANGE + CHANGE, "name of its own"),
        ("[[annotations]]\nday = 2026-03-02\ntext = 't'\nkind = 'mine'\nsource = 'file'", "kind"),
        ("[[annotations]]\nday = 2026-03-02\ntext = 't'\nkind = 'ours'\nsource = 'file'\nwho = 'x'", "who"),
    ],
)
def test_a_file_that_breaks_the_schema_is_refused_by_name(text: str, told: str) -> None:
    message = refused(text)
    assert "made.toml" in message
    assert told in message


def test_a_file_is_named_after_its_scenario() -> None:
    assert "name the file after it" in refused("", "other.toml")


def test_no_toml_is_told_as_such() -> None:
    assert "TOML" in refused("= 1")


def test_an_incident_of_the_record_names_its_sources() -> None:
    with pytest.raises(ConfigurationError, match="sources"):
        read_scenario(f'id = "made"\ntitle = "t"\nkind = "incident"\n{ARMS}', "made.toml")


def test_a_misspelt_scenario_is_answered_with_a_near_one() -> None:
    with pytest.raises(UsageError, match="cc-march-overlap"):
        find_scenario("cc-march-overlapp")
