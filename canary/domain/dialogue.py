"""One conversation, sans I/O: what the model must see next, and what its replies add up to.

`converse` is a generator. It yields an `Ask`, is sent the model's `Step`, and returns a `Dialogue` when the scripted
turns are through. Whoever drives it does the I/O: a raw API over the wire, or an example played from a file. One loop
serves both, so an example is graded by the very rules a model meets.
"""

from collections.abc import Generator, Mapping
from dataclasses import dataclass, replace
from typing import TypeAlias

from canary.domain.canonical import canonical_json
from canary.domain.environment import Environment, open_environment
from canary.domain.errors import UsageError
from canary.domain.suite import Example, ExampleStep, Prompt
from canary.domain.trial import Step, Stop, ToolCall, Transcript

MAX_PROVIDER_PAUSES = 5
"""Times in a row a provider may ask to be called again without saying anything new (`pause_turn`)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class UserMessage:
    """A scripted user turn."""

    text: str


@dataclass(frozen=True, kw_only=True, slots=True)
class ToolOutputs:
    """Answered tool calls of the step before, in its order; every `result` is set."""

    calls: tuple[ToolCall, ...]


Entry: TypeAlias = UserMessage | Step | ToolOutputs


@dataclass(frozen=True, kw_only=True, slots=True)
class Ask:
    """The next request.

    Attributes:
        history: everything said so far, oldest first; ends with a user message, tool outputs or a paused step.
        turn: index of the user turn in hand, from 0.
        pause_s: seconds of silence the prompt wants before this request; 0 = none.
    """

    history: tuple[Entry, ...]
    turn: int
    pause_s: float = 0.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Dialogue:
    """What a finished conversation adds up to.

    Attributes:
        steps: the model's replies, each tool call with its result.
        stop: why the conversation ended.
        files: the file tree at the end; None where the prompt has no environment.
    """

    steps: tuple[Step, ...]
    stop: Stop
    files: Mapping[str, str] | None


def converse(prompt: Prompt) -> Generator[Ask, Step, Dialogue]:
    """Drive the scripted turns of a prompt.

    A refusal, a cut-off answer or a call beyond the environment's limit ends the conversation: what follows would be
    answered on a broken footing. The trial is graded all the same.
    """
    world = open_environment(prompt.environment)
    limit = prompt.environment.max_calls if prompt.environment else 0
    history: tuple[Entry, ...] = ()
    steps: list[Step] = []
    calls = 0

    def ended(stop: Stop) -> Dialogue:
        return Dialogue(steps=tuple(steps), stop=stop, files=world.files if prompt.environment else None)

    for index, turn in enumerate(prompt.turns):
        history = (*history, UserMessage(text=turn.user))
        pause_s = turn.pause_s or 0.0
        provider_pauses = 0
        while True:
            step = replace((yield Ask(history=history, turn=index, pause_s=pause_s)), turn=index)
            pause_s = 0.0
            if step.stop in {"refusal", "max_tokens", "context_window"}:
                steps.append(step)
                return ended(step.stop)
            allowed = max(0, limit - calls)
            world, answered = _answer_calls(world, step.tool_calls[:allowed])
            calls += len(answered)
            step = replace(step, tool_calls=answered + step.tool_calls[allowed:])
            steps.append(step)
            history = (*history, step)
            if len(answered) < len(step.tool_calls):
                return ended("call_limit")
            if answered:
                history = (*history, ToolOutputs(calls=answered))
            elif step.stop == "pause" and provider_pauses < MAX_PROVIDER_PAUSES:
                provider_pauses += 1
            else:
                break
    return ended(steps[-1].stop)


def _answer_calls(
    world: Environment, calls: tuple[ToolCall, ...]
) -> tuple[Environment, tuple[ToolCall, ...]]:
    answered: list[ToolCall] = []
    for call in calls:
        world, result = world.call(call.name, call.arguments)
        answered.append(replace(call, result=result))
    return world, tuple(answered)


def play(prompt: Prompt, example: Example) -> Transcript:
    """Play an example's side of the conversation and give the transcript a model saying the same would give.

    An example may stop early only where the conversation itself ends (a refusal or the call limit).

    Raises:
        UsageError: the example has fewer or more assistant messages than the conversation takes.
    """
    conversation = converse(prompt)
    next(conversation)
    for index, step in enumerate(example.steps):
        try:
            conversation.send(example_reply(step, index))
        except StopIteration as end:
            if index + 1 < len(example.steps):
                raise UsageError(
                    f"the example has {len(example.steps)} assistant messages, the conversation ends after {index + 1}",
                    where=prompt.id,
                    remedy="remove the rest, or add the user turns they answer",
                ) from None
            dialogue: Dialogue = end.value
            return Transcript(steps=dialogue.steps, stop=dialogue.stop, files=dialogue.files)
    raise UsageError(
        f"the example has {len(example.steps)} assistant messages, the conversation wants more",
        where=prompt.id,
        remedy="end it with a text for each user turn; after tool calls one more message follows",
    )


def example_reply(step: ExampleStep, index: int) -> Step:
    """An example's assistant message as the reply of a model; `index` makes its call ids unique in a conversation."""
    calls = tuple(
        ToolCall(
            id=f"call_{index}_{number}",
            name=call.name,
            arguments=call.arguments,
            arguments_text=canonical_json(call.arguments),
        )
        for number, call in enumerate(step.tool_calls)
    )
    return Step(text=step.text, tool_calls=calls, stop="tool_use" if calls else "end")
