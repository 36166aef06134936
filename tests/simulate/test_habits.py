"""Habits of a simulated model, each as the record of a trial would show it, and none where nobody asks for it."""

from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache
from typing import Any

import pytest

from canary.checks.registry import grade
from canary.config.prompts import load_suite
from canary.domain.dialogue import play
from canary.domain.suite import Prompt
from canary.domain.trial import Grade
from canary.simulate.behaviour import Behaviour, draw
from canary.simulate.billing import reasoning_at
from canary.simulate.habits import PLAIN, Habits

SUITE = load_suite(None)
FAMILIES = {"agentic", "tools", "memory-file", "reasoning"}


@lru_cache(maxsize=1)
def asked() -> tuple[Prompt, ...]:
    """Prompts with tools and without."""
    return tuple(prompt for prompt in SUITE.prompts if prompt.family in FAMILIES)


def graded(habits: Habits) -> Iterator[Grade]:
    """The passing examples as a model of these habits answers them, graded."""
    for prompt in asked():
        for number, example in enumerate(prompt.passing):
            shaped = replace(example, steps=habits.shaped(example.steps, 1, prompt.id, number))
            yield grade(prompt, play(prompt, shaped))


def total(habits: Habits, measure: str) -> float:
    """A measure summed over all trials that have it."""
    found = [getattr(one.measures, measure) for one in graded(habits)]
    return float(sum(value for value in found if value is not None))


def test_without_habits_a_conversation_is_as_the_example_has_it() -> None:
    for prompt in asked():
        for example in prompt.passing:
            assert PLAIN.shaped(example.steps, 1, prompt.id, 0) == example.steps


def test_talk_between_tool_calls_has_its_length_keeps_to_a_limit_and_costs_no_check() -> None:
    def between(habits: Habits) -> list[float]:
        return [
            one.measures.words_between_tools
            for one in graded(habits)
            if one.measures.words_between_tools is not None
        ]

    free, held = between(Habits(words_between=55.0)), between(Habits(words_between=55.0, between_cap=25.0))
    assert 45 < sum(free) / len(free) < 75
    assert max(held) <= 25
    assert sum(held) / len(held) > 15
    assert all(one.passed for one in graded(Habits(words_between=55.0)))


def test_a_limit_on_the_answer_cuts_long_ones_alone() -> None:
    lengths = set()
    for prompt in asked():
        for example in prompt.passing:
            (*_, last), (*_, held) = example.steps, Habits(final_cap=20.0).shaped(example.steps, 1, prompt.id)
            before, after = len(last.text.split()), len(held.text.split())
            assert held.text == last.text if before <= 20 else 14 <= after <= 20
            lengths.add(before > 20)
    assert lengths == {True, False}


@pytest.mark.parametrize(
    ("habits", "measure", "moved"),
    [
        (Habits(reads_kept=0.5), "reads", (0.3, 0.7)),
        (Habits(blind_rate=1.0), "reads", (0.0, 0.0)),
        (Habits(blind_rate=0.5), "reads", (0.2, 0.8)),
    ],
)
def test_reads_are_left_out(habits: Habits, measure: str, moved: tuple[float, float]) -> None:
    low, high = moved
    share = total(habits, measure) / total(PLAIN, measure)
    assert low <= share <= high
    assert total(habits, "blind_edits") > total(PLAIN, "blind_edits")
    assert total(habits, "edits") == total(PLAIN, "edits")


def test_calls_are_refused_by_their_tools_at_the_stated_rate() -> None:
    calls = total(PLAIN, "tool_calls")
    assert total(PLAIN, "invalid_tool_calls") == 0
    assert total(Habits(invalid_call_rate=0.5), "invalid_tool_calls") / calls == pytest.approx(0.45, abs=0.15)


def test_a_sentence_is_a_watched_phrase_and_foreign_letters_are_seen() -> None:
    told = list(graded(Habits(sentences={"Enjoy your weekend!": 1.0}, wrong_script_rate=1.0)))
    assert all("farewell" in one.measures.phrases and one.measures.wrong_script for one in told)
    half = [one for one in graded(Habits(wrong_script_rate=0.5)) if one.measures.wrong_script]
    assert 0.3 < len(half) / len(told) < 0.7


def test_reasoning_that_went_beyond_a_spike_stops_on_it_at_the_stated_rate() -> None:
    combed = Behaviour(reasoning_tokens=700.0, habits=Habits(spikes=(516, 1034), spike_rate=0.3))
    drawn = [
        reasoning_at(combed, draw(combed, asked()[0], seed=1, key=f"k{n}").steps[0], "medium")
        for n in range(600)
    ]
    plain = replace(combed, habits=PLAIN)
    beyond = sum(
        reasoning_at(plain, draw(plain, asked()[0], seed=1, key=f"k{n}").steps[0], "medium") > 516
        for n in range(600)
    )
    assert sum(tokens in {516, 1034} for tokens in drawn) / beyond == pytest.approx(0.3, abs=0.08)


def test_a_habit_of_one_kind_leaves_what_others_draw_alone() -> None:
    usual, chatty = Behaviour(), Behaviour(habits=Habits(words_between=55.0, wrong_script_rate=0.5))
    for prompt in asked():
        one, other = (draw(behaviour, prompt, seed=1, key="k") for behaviour in (usual, chatty))
        assert (one.passing, [step.reasoning for step in one.steps]) == (
            other.passing,
            [step.reasoning for step in other.steps],
        )


@pytest.mark.parametrize("wrong", [{"reads_kept": 1.5}, {"blind_rate": -0.1}, {"sentences": {"x": 2.0}}])
def test_a_rate_outside_its_range_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="a rate is a share"):
        Habits(**wrong)
