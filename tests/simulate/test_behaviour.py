"""The draw: the same key gives the same conversation, rates are kept, and one rate moves one thing."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from canary.domain.suite import Prompt
from canary.simulate.behaviour import NEUTRAL, REFUSAL, Behaviour, draw, pass_probability
from canary.simulate.billing import reasoning_at
from canary.simulate.chance import spread_probability, uniforms
from canary.simulate.faults import KINDS, drawn_fault
from tests.simulate.suites import BARE, SUITE, TEXT, TOOLS, prompt_of

keys = st.text(max_size=20)
seeds = st.integers(-(2**40), 2**40)
rates = st.floats(0, 1)
prompts = st.sampled_from(SUITE.prompts)
MANY = 4000


@given(prompt=prompts, seed=seeds, key=keys)
def test_the_same_seed_prompt_and_key_draw_the_same_conversation(prompt: Prompt, seed: int, key: str) -> None:
    behaviour = Behaviour(
        refusal_rate=0.2, truncation_rate=0.2, repeated_call_rate=0.5, skipped_call_rate=0.5
    )
    assert draw(behaviour, prompt, seed=seed, key=key) == draw(behaviour, prompt, seed=seed, key=key)


def test_different_keys_seeds_and_prompts_draw_differently() -> None:
    drawn = {
        draw(Behaviour(), prompt, seed=seed, key=key).steps[0].length
        for prompt in (TEXT, BARE)
        for seed in range(10)
        for key in map(str, range(10))
    }
    assert len(drawn) == 200


@given(seeds=st.lists(st.text(max_size=9), max_size=4))
def test_chance_stays_strictly_between_none_and_one(seeds: list[str]) -> None:
    assert all(0 < u < 1 for u in uniforms(*seeds))


def test_chance_is_the_same_in_every_process() -> None:
    assert uniforms("a", 1)[0] == pytest.approx(0.7115908995567783)


@pytest.mark.parametrize("rate", [0.2, 0.5, 0.85, 0.97])
def test_the_mean_over_prompts_is_the_pass_rate(rate: float) -> None:
    """4,000 prompts of a standard deviation of at most 0.4: the mean is within 0.02 (3 standard errors)."""
    behaviour = Behaviour(pass_rate=rate)
    chances = [pass_probability(behaviour, prompt_of(number)) for number in range(MANY)]
    assert sum(chances) / MANY == pytest.approx(rate, abs=0.02)


def test_prompts_differ_in_a_u_shape() -> None:
    chances = [pass_probability(Behaviour(pass_rate=0.5), prompt_of(number)) for number in range(MANY)]
    outer = sum(chance < 0.2 or chance > 0.8 for chance in chances) / MANY
    assert outer > 0.5  # an even spread would put 0.4 there


@given(low=rates, high=rates, u=st.floats(0.001, 0.999), spread=st.floats(0, 3))
def test_a_prompt_s_chance_rises_with_the_mean(low: float, high: float, u: float, spread: float) -> None:
    low, high = sorted((low, high))
    assert spread_probability(low, spread, u) <= spread_probability(high, spread, u) + 1e-12


@pytest.mark.parametrize("rate", [0.0, 0.3, 0.85, 1.0])
def test_the_share_of_passing_conversations_is_the_pass_rate(rate: float) -> None:
    """4,000 draws at spread 0: within 0.025, more than 3 standard errors."""
    behaviour = Behaviour(pass_rate=rate, spread=0.0)
    passed = sum(bool(draw(behaviour, TEXT, seed=1, key=str(n)).passing) for n in range(MANY))
    assert passed / MANY == pytest.approx(rate, abs=0.025)


def test_a_family_s_mean_and_a_prompt_s_own_rate_override_the_general_one() -> None:
    behaviour = Behaviour(pass_rate=0.5, spread=0.0, pass_rates={"text": 0.9, TOOLS.id: 0.1})
    assert [pass_probability(behaviour, prompt) for prompt in (TEXT, TOOLS, BARE)] == [
        pytest.approx(0.9),
        0.1,
        pytest.approx(0.5),
    ]


@given(key=keys, low=rates, high=rates)
def test_a_lower_pass_rate_turns_passes_into_failures_and_never_the_reverse(
    key: str, low: float, high: float
) -> None:
    low, high = sorted((low, high))
    worse = draw(Behaviour(pass_rate=low), TEXT, seed=0, key=key)
    better = draw(Behaviour(pass_rate=high), TEXT, seed=0, key=key)
    assert better.passing or not worse.passing


@given(key=keys, prompt=prompts, refused=rates, thought=st.floats(1, 1000))
def test_one_rate_moves_one_thing(key: str, prompt: Prompt, refused: float, thought: float) -> None:
    before = draw(Behaviour(), prompt, seed=0, key=key)
    more = draw(Behaviour(reasoning_tokens=thought), prompt, seed=0, key=key)
    assert [(s.text, s.length, s.latency_s) for s in more.steps] == [
        (s.text, s.length, s.latency_s) for s in before.steps
    ]
    other = draw(Behaviour(refusal_rate=refused), prompt, seed=0, key=key)
    assert other == before or other.steps[0].stop == "refusal"


def test_a_refusal_ends_the_conversation_at_once() -> None:
    drawn = draw(Behaviour(refusal_rate=1.0), TOOLS, seed=0, key="k")
    assert [(step.text, step.stop) for step in drawn.steps] == [(REFUSAL, "refusal")]


def test_a_truncated_conversation_loses_the_end_of_its_last_reply() -> None:
    whole = draw(Behaviour(pass_rate=1.0), TOOLS, seed=0, key="k")
    cut = draw(Behaviour(pass_rate=1.0, truncation_rate=1.0), TOOLS, seed=0, key="k")
    assert cut.steps[:-1] == whole.steps[:-1]
    assert cut.steps[-1].stop == "max_tokens"
    assert whole.steps[-1].text.startswith(cut.steps[-1].text)
    assert len(cut.steps[-1].text) < len(whole.steps[-1].text)


def test_repeated_and_skipped_calls_change_the_number_of_steps_by_one() -> None:
    plain = draw(Behaviour(pass_rate=1.0), TOOLS, seed=0, key="k")
    more = draw(Behaviour(pass_rate=1.0, repeated_call_rate=1.0), TOOLS, seed=0, key="k")
    fewer = draw(Behaviour(pass_rate=1.0, skipped_call_rate=1.0), TOOLS, seed=0, key="k")
    assert (len(more.steps), len(fewer.steps)) == (len(plain.steps) + 1, len(plain.steps) - 1)
    again = [
        n
        for n in range(len(more.steps) - 1)
        if more.steps[n].tool_calls == more.steps[n + 1].tool_calls != ()
    ]
    assert again


def test_a_repeat_never_exceeds_the_environment_s_call_limit() -> None:
    assert TOOLS.environment is not None
    tight = replace(TOOLS, environment=replace(TOOLS.environment, max_calls=3))
    drawn = draw(Behaviour(pass_rate=1.0, repeated_call_rate=1.0), tight, seed=0, key="k")
    assert sum(len(step.tool_calls) for step in drawn.steps) == 3


def test_a_prompt_without_examples_answers_every_turn_neutrally() -> None:
    drawn = draw(Behaviour(), BARE, seed=0, key="k")
    assert [step.text for step in drawn.steps] == [NEUTRAL]
    assert drawn.step(7).text == NEUTRAL


def test_lengths_and_reasoning_are_log_normal_around_their_median() -> None:
    """4,000 draws: the median's standard error is 1.25 sigma / sqrt(n), under 0.01 of it; held within 0.04."""
    steps = [draw(Behaviour(), TEXT, seed=0, key=str(n)).steps[0] for n in range(MANY)]
    lengths = sorted(step.length for step in steps)
    thoughts = sorted(step.reasoning for step in steps if step.reasoning)
    assert lengths[MANY // 2] == pytest.approx(1.0, rel=0.04)
    assert thoughts[len(thoughts) // 2] == pytest.approx(240, rel=0.04)
    assert len(thoughts) / MANY == pytest.approx(0.96, abs=0.015)


def test_effort_scales_reasoning_and_an_unknown_effort_counts_as_the_default() -> None:
    step = draw(Behaviour(zero_reasoning_rate=0.0), TEXT, seed=0, key="k").steps[0]
    at = [reasoning_at(Behaviour(), step, effort) for effort in ("none", "low", "medium", "high", "max")]
    assert at == sorted(at)
    assert at[0] == 0 < at[1]
    assert reasoning_at(Behaviour(), step, "unheard of") == reasoning_at(Behaviour(), step, None) == at[2]


def test_a_variant_takes_the_place_of_the_behaviour_for_its_model() -> None:
    small = Behaviour(pass_rate=0.1)
    both = Behaviour(variants={"small": small})
    assert (both.of_model("small"), both.of_model("large")) == (small, both)


def test_a_speed_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="tokens_per_s: a speed is above 0"):
        Behaviour(tokens_per_s=0.0)


@pytest.mark.parametrize(
    "wrong", [{"pass_rate": 1.2}, {"pass_rates": {"x": -0.1}}, {"failure_rates": {"cut": 2.0}}]
)
def test_a_rate_that_is_no_share_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="a rate is a share from 0 to 1"):
        Behaviour(**wrong)  # type: ignore[arg-type]


def test_failures_are_drawn_at_their_rates() -> None:
    """4,000 draws: within 0.02, three standard errors."""
    behaviour = Behaviour(failure_rates={"cut": 0.1, "overloaded": 0.2})
    met = [drawn_fault(behaviour, prompt_id="p", seed=0, key=str(n)) for n in range(MANY)]
    kinds = [one.kind if one else None for one in met]
    assert set(kinds) - {None} <= KINDS
    assert kinds.count("cut") / MANY == pytest.approx(0.1, abs=0.02)
    assert kinds.count("overloaded") / MANY == pytest.approx(0.2, abs=0.02)
