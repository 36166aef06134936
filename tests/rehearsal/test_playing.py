"""A scenario as a provider's behaviour: whom it reaches, on which prompts, how often, how strongly."""

from collections.abc import Sequence
from datetime import date, timedelta

import pytest

from canary.config.prompts import load_suite
from canary.domain.errors import UsageError
from canary.domain.suite import Prompt
from canary.rehearsal.own_changes import is_asked, suite_on, versions_on
from canary.rehearsal.playing import WORDS_BETWEEN, Cast, model_of, unplayable, unshown
from canary.simulate.behaviour import Behaviour
from canary.simulate.scenario_files import catalogue, find_scenario
from canary.simulate.scenarios import Scenario, day_met
from tests.simulate.drills import effect, scenario

SUITE = load_suite(None)
ONSET = date(2026, 3, 2)
NEVER = {
    "fast-decay-2026": "time is virtual",
    "sla-breach": "time is virtual",
    "mix-shift": "asks all of them alike",
}


def cast(made: Scenario, seed: int = 0) -> Cast:
    return Cast(scenario=made, suite=SUITE, seed=seed)


def played(made: Scenario, day: date = ONSET, target: str = "api") -> Behaviour:
    return cast(made).behaviour(day).of_model(f"drill-{target}")


def of_family(behaviour: Behaviour, family: str, *, turns: int = 1) -> Behaviour:
    """What the first such prompt meets, on a conversation that meets no mixture."""
    found = next(p for p in SUITE.prompts if p.family == family and len(p.turns) >= turns)
    return behaviour.of_trial(found.id, seed=0, key=None)


@pytest.mark.parametrize(
    ("text", "field", "value"),
    [
        ('metric = "ACC", add = -0.05', "pass_rate", 0.80),
        ('metric = "ACC", set = 0.0', "pass_rate", 0.0),
        ('metric = "OUT", x = 0.9', "verbosity", 0.9),
        ('metric = "OUT_SD", x = 2.0', "output_spread", 0.36),
        ('metric = "ZTH", add = 0.15', "zero_reasoning_rate", 0.19),
        ('metric = "TCN", x = 0.7', "skipped_call_rate", 0.3),
        ('metric = "TCN", x = 1.2', "repeated_call_rate", 0.2),
        ('metric = "ERR_529", set = 0.7', "failure_rates", {"overloaded": 0.7}),
        ('metric = "MDL", name = "new"', "served_suffix", "-new"),
        ('metric = "TIER", name = "flex"', "service_tier", "flex"),
    ],
)
def test_an_effect_moves_the_providers_own_figure(text: str, field: str, value: object) -> None:
    assert getattr(of_family(played(effect(text)), "reasoning"), field) == pytest.approx(value)
    before = of_family(played(effect(text), ONSET - timedelta(days=1)), "reasoning")
    assert before == of_family(cast(scenario()).ordinary, "reasoning")


@pytest.mark.parametrize(
    ("text", "field", "value"),
    [
        ('metric = "WBT", cap = 25.0', "between_cap", 25.0),
        ('metric = "WBT", x = 0.8', "words_between", 0.8 * WORDS_BETWEEN),
        ('metric = "FIN", cap = 100.0', "final_cap", 100.0),
        ('metric = "SCR", set = 1.0', "wrong_script_rate", 1.0),
        ('metric = "RE", before = 6.6, after = 2.8', "reads_kept", 2.8 / 6.6),
        ('metric = "EWR", before = 0.062, after = 0.242', "blind_rate", 0.18),
        ('metric = "TSV", before = 1.0, after = 0.72', "invalid_call_rate", 0.28),
        ('metric = "TIN", x = 5.0', "input_factor", 5.0),
        ('metric = "TIN", add = 12.0', "input_added", 12.0),
        ('metric = "THD", spikes = [516], set = 0.05', "spikes", (516,)),
        ('metric = "PHR_farewell", before = 0.0, after = 0.02', "sentences", {"Enjoy your weekend!": 0.02}),
    ],
)
def test_an_effect_moves_the_models_habit(text: str, field: str, value: object) -> None:
    assert getattr(of_family(played(effect(text)), "agentic").habits, field) == pytest.approx(value)


def test_an_effect_concerns_the_prompts_it_names_and_no_others() -> None:
    behaviour = played(effect('metric = "SYC", add = 0.35'))
    assert of_family(behaviour, "sycophancy").pass_rate == pytest.approx(0.5)
    assert of_family(behaviour, "reasoning").pass_rate == pytest.approx(0.85)
    some = played(effect('metric = "OUT", x = 0.1, families = ["reasoning"], share = 0.25'))
    brief = [p.family for p in SUITE.prompts if some.of_trial(p.id, seed=0, key=None).verbosity < 1]
    assert set(brief) == {"reasoning"}
    assert len(brief) == sum(p.family == "reasoning" for p in SUITE.prompts) // 4


def test_a_loss_by_the_turn_grows_with_the_turns() -> None:
    behaviour = played(effect('metric = "IFQ", per_turn_add = -0.06'))
    assert of_family(behaviour, "reasoning").pass_rate == pytest.approx(0.85)
    for prompt in SUITE.prompts:
        met = behaviour.of_trial(prompt.id, seed=0, key=None).pass_rate
        assert met == pytest.approx(0.85 - 0.06 * (len(prompt.turns) - 1))


def share_met(behaviour: Behaviour, prompts: Sequence[Prompt], of: int = 400) -> float:
    """Share of conversations with a lower pass rate."""
    met = [
        behaviour.of_trial(prompt.id, seed=1, key=f"{number}").pass_rate < 0.8
        for prompt in prompts
        for number in range(of // len(prompts) + 1)
    ]
    return sum(met) / len(met)


def test_a_mixture_by_request_is_met_by_its_share_of_conversations() -> None:
    rates = "[{ on = 2026-03-02, value = 0.03 }, { on = 2026-03-05, value = 0.5 }]"
    made = effect('metric = "ACC", add = -0.2', mixing='"request"', rates=rates)
    prompts = SUITE.prompts[:20]
    assert share_met(played(made), prompts, 4000) == pytest.approx(0.03, abs=0.01)
    assert share_met(played(made, date(2026, 3, 6)), prompts, 4000) == pytest.approx(0.5, abs=0.03)
    assert share_met(played(made, date(2026, 3, 1)), prompts) == 0.0


def test_a_resumed_session_is_met_from_its_second_turn_on() -> None:
    rates = "[{ on = 2026-03-02, value = 0.4 }]"
    behaviour = played(effect('metric = "ACC", add = -0.2', mixing='"session_after_idle"', rates=rates))
    assert share_met(behaviour, [p for p in SUITE.prompts if len(p.turns) == 1]) == 0.0
    assert share_met(behaviour, [p for p in SUITE.prompts if len(p.turns) > 1], 4000) == pytest.approx(
        0.4, abs=0.03
    )


def test_a_sticky_change_meets_an_account_in_all_its_conversations_or_in_none() -> None:
    rates = "[{ on = 2026-03-02, value = 0.3 }]"
    made = effect('metric = "ACC", add = -0.2', mixing='"sticky_identity"', rates=rates)
    shares = [
        share_met(cast(made, seed).behaviour(ONSET).of_model("drill-api"), SUITE.prompts[:5], 20)
        for seed in range(40)
    ]
    assert set(shares) == {0.0, 1.0}
    assert 0.1 < sum(shares) / len(shares) < 0.5
    for seed in range(5):
        days = [
            cast(made, seed).meets(made.changes[0], made.targets[0], ONSET + timedelta(days=n))
            for n in range(5)
        ]
        assert len(set(days)) == 1


def test_a_ramp_grows_day_by_day() -> None:
    ramp = "[{ on = 2026-03-02, value = 0.0 }, { on = 2026-03-12, value = 1.0 }]"
    made = effect('metric = "ACC", add = -0.2', onset='"ramp"', ramp=ramp)
    rates = [
        of_family(played(made, ONSET + timedelta(days=n)), "reasoning").pass_rate for n in (0, 5, 10, 20)
    ]
    assert rates == sorted(rates, reverse=True)
    assert rates[-1] == pytest.approx(0.65)
    assert rates[1] == pytest.approx(0.85 - 0.2 * 5.25 / 10)


def test_a_bad_day_is_bad_for_a_day() -> None:
    made = find_scenario("bad-day")
    (bad,) = made.bad_days
    name = model_of(made.targets[0])
    rates = [cast(made).behaviour(bad + timedelta(days=n)).of_model(name).pass_rate for n in (-1, 0, 1)]
    assert rates[0] == rates[2] == pytest.approx(0.85)
    assert rates[1] < 0.6


def test_of_the_reference_targets_the_first_alone_is_changed() -> None:
    made = find_scenario("pass-10")
    first, second, _ = (model_of(site) for site in made.targets)
    behaviour = cast(made).behaviour(made.changes[0].first_day)
    assert of_family(behaviour.of_model(first), "reasoning").pass_rate == pytest.approx(0.75)
    assert of_family(behaviour.of_model(second), "reasoning").pass_rate == pytest.approx(0.85)


def test_an_edited_suite_is_another_to_every_digest_and_the_same_by_name() -> None:
    made = find_scenario("prompt-set-edit")
    before, after = (suite_on(made, SUITE, ONSET + timedelta(days=n)) for n in (-1, 0))
    assert before == SUITE
    edited = [
        old.id for old, new in zip(SUITE.prompts, after.prompts, strict=True) if old.digest != new.digest
    ]
    assert len(edited) == pytest.approx(0.3 * len(SUITE.prompts), abs=1)
    assert [one.id for one in after.prompts] == [one.id for one in SUITE.prompts]


def test_the_monitors_own_changes_are_played() -> None:
    bump, blind = find_scenario("node-upgrade-harness-bump"), find_scenario("runner-blind")
    day = bump.changes[0].first_day
    before, after = (versions_on(bump, day + timedelta(days=n)) for n in (-1, 0))
    assert {name for name in after if after[name] != before[name]} == {"harness-pinned"}
    assert (before["harness-pinned"], after["harness-pinned"]) == ("2.1.197", "2.1.330")
    assert "api" not in after
    assert [is_asked(blind, blind.changes[0].first_day + timedelta(days=n)) for n in (-1, 0)] == [True, False]


@pytest.mark.parametrize("name", list(catalogue()))
def test_every_scenario_is_played_or_says_in_a_sentence_why_not(name: str) -> None:
    made = find_scenario(name)
    if name in NEVER:
        with pytest.raises(UsageError, match=f"can't be played over HTTP: it .*{NEVER[name]}"):
            cast(made)
        return
    assert unplayable(made) is None
    for change in made.changes:
        if change.expect == "unseen" or any(e.metric in {"SUITE", "RUNS"} for e in change.effects):
            continue
        shown = [e for e in change.effects if e.drawn and e.metric not in {*unshown(made), "THK_TEXT", "FPR"}]
        day = day_met(change.rates[-1].on if change.rates else change.start)
        behaviours = cast(made).behaviour(day).variants.values()
        met = any(change.mixing == "sticky_identity" or one != cast(made).ordinary for one in behaviours)
        assert met or not shown, change.name


def test_what_takes_time_is_named_where_the_rest_is_played() -> None:
    assert unshown(find_scenario("cc-effort-2026-03")) == ["LAT"]
    assert unshown(find_scenario("codex-ldpath-2025")) == ["TOOL_S"]
    assert unshown(find_scenario("alias-move")) == []
