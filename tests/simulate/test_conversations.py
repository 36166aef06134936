"""Prompts put to the provider through the vendors' own clients come back as their examples."""

from collections.abc import Iterator

import pytest

from canary.domain.dialogue import play
from canary.domain.suite import Prompt
from canary.simulate.behaviour import NEUTRAL, Behaviour
from canary.simulate.server import SimulatedProvider
from tests.simulate.suites import BARE, SUITE, TEXT, TOOLS, TURNS
from tests.simulate.talks import PROTOCOLS, talk, talker

both_ways = pytest.mark.parametrize("stream", [True, False], ids=["streamed", "whole"])
each_protocol = pytest.mark.parametrize("protocol", PROTOCOLS)
each_prompt = pytest.mark.parametrize("prompt", [TEXT, TURNS, TOOLS], ids=lambda prompt: prompt.id)


@pytest.fixture(scope="module")
def good() -> Iterator[str]:
    with SimulatedProvider(SUITE, Behaviour(pass_rate=1.0)) as provider:
        yield provider.base_url


@pytest.fixture(scope="module")
def bad() -> Iterator[str]:
    with SimulatedProvider(SUITE, Behaviour(pass_rate=0.0)) as provider:
        yield provider.base_url


def _told(prompt: Prompt, *, passing: bool) -> list[list[tuple[str, list[tuple[str, object]]]]]:
    """What each example says when it is played."""
    examples = prompt.passing if passing else prompt.failing
    played = [play(prompt, example) for example in examples]
    return [
        [(step.text, [(call.name, call.arguments) for call in step.tool_calls]) for step in transcript.steps]
        for transcript in played
    ]


@each_protocol
@both_ways
@each_prompt
@pytest.mark.parametrize("key", ["0123456789abcdef", None], ids=["with a draw key", "without one"])
def test_a_conversation_is_a_passing_example_from_end_to_end(
    good: str, protocol: str, stream: bool, prompt: Prompt, key: str | None
) -> None:
    with talker(protocol, good, prompt, stream=stream, key=key) as talking:
        dialogue = talk(prompt, talking)
    heard = [(s.text, [(c.name, c.arguments) for c in s.tool_calls]) for s in dialogue.steps]
    assert heard in _told(prompt, passing=True)


@each_protocol
@each_prompt
def test_a_model_that_never_passes_gives_failing_examples(bad: str, protocol: str, prompt: Prompt) -> None:
    with talker(protocol, bad, prompt) as talking:
        dialogue = talk(prompt, talking)
    heard = [(s.text, [(c.name, c.arguments) for c in s.tool_calls]) for s in dialogue.steps]
    assert heard in _told(prompt, passing=False)


@each_protocol
def test_a_prompt_without_examples_gets_a_neutral_sentence(good: str, protocol: str) -> None:
    with talker(protocol, good, BARE) as talking:
        assert [step.text for step in talk(BARE, talking).steps] == [NEUTRAL]


@each_protocol
def test_the_files_end_as_the_example_leaves_them(good: str, protocol: str) -> None:
    with talker(protocol, good, TOOLS) as talking:
        files = talk(TOOLS, talking).files
    assert files is not None
    assert files["report.py"] == "total = größer ✓\n"


@each_protocol
@both_ways
def test_every_kind_of_stop_is_told_in_the_protocol_s_words(good: str, protocol: str, stream: bool) -> None:
    with talker(protocol, good, TOOLS, stream=stream) as talking:
        talk(TOOLS, talking)
    stops = [_stop(reply) for reply in talking.replies]
    words = {
        "messages": ("tool_use", "end_turn"),
        "responses": ("completed", "completed"),
        "chat": ("tool_calls", "stop"),
    }
    tool, end = words[protocol]
    assert stops == [tool, tool, end, end]


def _stop(reply: object) -> object:
    if hasattr(reply, "stop_reason"):
        return reply.stop_reason
    return reply.status if hasattr(reply, "status") else reply.choices[0].finish_reason  # type: ignore[attr-defined]
