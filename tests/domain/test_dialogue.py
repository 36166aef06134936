"""The scripted conversation: what is asked next, when it ends, and what it adds up to."""

from dataclasses import replace

import pytest

from canary.domain.dialogue import (
    MAX_PROVIDER_PAUSES,
    Ask,
    Dialogue,
    ToolOutputs,
    UserMessage,
    converse,
    play,
)
from canary.domain.errors import UsageError
from canary.domain.suite import EnvironmentSpec, Example, ExampleCall, ExampleStep, Prompt, Turn
from canary.domain.trial import Step, ToolCall

PROMPT = Prompt(
    id="p/one",
    family="p",
    turns=(Turn(user="first"), Turn(user="second", pause_s=3900.0)),
    environment=EnvironmentSpec(files={"a": "text"}, tools=("read_file", "write_file"), max_calls=3),
    checks=(),
)


def reading(path: str = "a", number: int = 0) -> ToolCall:
    return ToolCall(id=f"c{number}", name="read_file", arguments={"path": path}, arguments_text="{}")


def driven(prompt: Prompt, replies: list[Step]) -> tuple[list[Ask], Dialogue]:
    """Drive a conversation to its end; every reply must be wanted."""
    conversation = converse(prompt)
    asks = [next(conversation)]
    for index, reply in enumerate(replies):
        try:
            asks.append(conversation.send(reply))
        except StopIteration as end:
            assert index + 1 == len(replies), "the conversation ended early"
            dialogue: Dialogue = end.value
            return asks, dialogue
    raise AssertionError("the conversation wants more replies")


def test_each_turn_is_sent_with_all_that_was_said_before() -> None:
    asks, dialogue = driven(PROMPT, [Step(text="one"), Step(text="two")])
    assert [ask.turn for ask in asks] == [0, 1]
    assert asks[0].history == (UserMessage(text="first"),)
    assert asks[1].history == (
        UserMessage(text="first"),
        Step(text="one", turn=0),
        UserMessage(text="second"),
    )
    assert [step.turn for step in dialogue.steps] == [0, 1]
    assert (dialogue.stop, dialogue.files) == ("end", {"a": "text"})


def test_a_pause_belongs_to_the_first_request_of_its_turn_alone() -> None:
    asks, _ = driven(PROMPT, [Step(text="one"), Step(tool_calls=(reading(),)), Step(text="two")])
    assert [ask.pause_s for ask in asks] == [0.0, 3900.0, 0.0]


def test_tool_calls_are_answered_before_the_next_turn() -> None:
    asks, dialogue = driven(PROMPT, [Step(tool_calls=(reading(),)), Step(text="one"), Step(text="two")])
    outputs = asks[1].history[-1]
    assert isinstance(outputs, ToolOutputs)
    assert [call.result and call.result.text for call in outputs.calls] == ["text"]
    assert dialogue.steps[0].tool_calls == outputs.calls


def test_writes_are_seen_by_later_calls_and_in_the_end() -> None:
    writing = ToolCall(id="w", name="write_file", arguments={"path": "a", "text": "new"}, arguments_text="{}")
    asks, dialogue = driven(
        PROMPT, [Step(tool_calls=(writing, reading())), Step(text="one"), Step(text="two")]
    )
    outputs = asks[1].history[-1]
    assert isinstance(outputs, ToolOutputs)
    assert outputs.calls[1].result is not None
    assert outputs.calls[1].result.text == "new"
    assert dialogue.files == {"a": "new"}


@pytest.mark.parametrize("stop", ["refusal", "max_tokens", "context_window"])
def test_a_refusal_or_a_cut_answer_ends_the_conversation(stop: str) -> None:
    _, dialogue = driven(PROMPT, [Step(text="no", stop=stop)])  # type: ignore[arg-type]
    assert (dialogue.stop, len(dialogue.steps)) == (stop, 1)


def test_a_call_beyond_the_limit_ends_the_conversation_unanswered() -> None:
    calls = tuple(reading(number=n) for n in range(4))
    _, dialogue = driven(PROMPT, [Step(tool_calls=calls)])
    assert dialogue.stop == "call_limit"
    assert [call.result is not None for call in dialogue.steps[0].tool_calls] == [True, True, True, False]


def test_calls_up_to_the_limit_are_answered() -> None:
    _, dialogue = driven(
        PROMPT,
        [Step(tool_calls=tuple(reading(number=n) for n in range(3))), Step(text="one"), Step(text="two")],
    )
    assert dialogue.stop == "end"


def test_a_call_where_no_tools_are_offered_ends_the_conversation() -> None:
    _, dialogue = driven(replace(PROMPT, environment=None), [Step(tool_calls=(reading(),))])
    assert (dialogue.stop, dialogue.files) == ("call_limit", None)


def test_a_provider_that_pauses_is_asked_again_a_bounded_number_of_times() -> None:
    pausing = [Step(text="…", stop="pause") for _ in range(MAX_PROVIDER_PAUSES + 1)]
    asks, _ = driven(PROMPT, [*pausing, Step(text="two")])
    assert [ask.turn for ask in asks] == [0] * (MAX_PROVIDER_PAUSES + 1) + [1]
    assert asks[1].history[-1] == replace(pausing[0], turn=0)


def test_an_example_plays_by_the_same_rules() -> None:
    example = Example(
        steps=(
            ExampleStep(tool_calls=(ExampleCall(name="read_file", arguments={"path": "a"}),)),
            ExampleStep(text="one"),
            ExampleStep(text="two"),
        )
    )
    transcript = play(PROMPT, example)
    assert [step.turn for step in transcript.steps] == [0, 0, 1]
    assert transcript.tool_calls[0].result is not None
    assert (transcript.answer(0), transcript.answer(1), transcript.final_text) == ("one", "two", "two")


@pytest.mark.parametrize(("count", "says"), [(1, "wants more"), (3, "ends after 2")])
def test_an_example_of_the_wrong_length_is_refused(count: int, says: str) -> None:
    with pytest.raises(UsageError, match=says):
        play(PROMPT, Example(steps=tuple(ExampleStep(text="x") for _ in range(count))))
