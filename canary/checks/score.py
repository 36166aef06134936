"""Stored responses against a suite: the engine of `canary score`. Nothing is asked, nothing is stored."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from canary.checks.grading import TEXT_NOT_RECORDED, grade, printable
from canary.domain.canonical import Json
from canary.domain.dialogue import converse
from canary.domain.errors import RecordError
from canary.domain.suite import Prompt, Suite
from canary.domain.trial import CheckResult, Step, ToolCall, Transcript

SCHEMA = 1
"""Version of the answer of `canary score --json`."""
_REMEDY = "correct the responses file"
_KINDS = ("response", "turns", "tool_calls")


@dataclass(frozen=True, kw_only=True, slots=True)
class StoredResponse:
    """One line of a responses file.

    Attributes:
        where: file and line, for messages.
        data: the line: `prompt` or `key`, and one of `response`, `turns`, `tool_calls`; other keys are left alone.
    """

    where: str
    data: Mapping[str, Json]


@dataclass(frozen=True, kw_only=True, slots=True)
class Scored:
    """The verdicts on one response."""

    prompt: str
    results: tuple[CheckResult, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class ScoreCard:
    """The verdicts on all responses, in the suite's order, and their shares. A share is None over nothing.

    Attributes:
        scored: one entry per prompt with a response.
    """

    scored: tuple[Scored, ...]

    @property
    def prompt_strict(self) -> float | None:
        """Share of prompts whose checks all pass strictly."""
        return _share([all(r.strict for r in one.results) for one in self.scored])

    @property
    def prompt_loose(self) -> float | None:
        """Share of prompts whose checks all pass loosely."""
        return _share([all(r.loose for r in one.results) for one in self.scored])

    @property
    def instruction_strict(self) -> float | None:
        """Share of checks that pass strictly."""
        return _share([r.strict for one in self.scored for r in one.results])

    @property
    def instruction_loose(self) -> float | None:
        """Share of checks that pass loosely."""
        return _share([r.loose for one in self.scored for r in one.results])

    def record(self) -> dict[str, Json]:
        """The answer of `canary score --json`."""
        return {
            "schema": SCHEMA,
            "prompts": len(self.scored),
            "prompt_strict": self.prompt_strict,
            "prompt_loose": self.prompt_loose,
            "instruction_strict": self.instruction_strict,
            "instruction_loose": self.instruction_loose,
            "results": [
                {
                    "prompt": one.prompt,
                    "strict": [r.strict for r in one.results],
                    "loose": [r.loose for r in one.results],
                    "checks": [r.check for r in one.results],
                }
                for one in self.scored
            ],
        }


def _share(verdicts: Sequence[bool]) -> float | None:
    return sum(verdicts) / len(verdicts) if verdicts else None


def score(suite: Suite, responses: Iterable[StoredResponse], *, partial: bool = False) -> ScoreCard:
    """Grade stored responses.

    Args:
        suite: the prompts.
        responses: one a prompt, in any order; read once, one at a time.
        partial: take prompts without a response, and responses without a prompt, as they come.

    Raises:
        RecordError: a response can't be read, a prompt has two, or without `partial` one is missing on either side;
            with it, no response at all has a prompt.
    """
    names = _names(suite)
    scored: dict[str, Scored] = {}
    strange: StoredResponse | None = None
    for response in responses:
        name = _prompt_of(response)
        prompt = names.get(name)
        if prompt is None:
            if partial:
                strange = strange or response
                continue
            remedy = "check --prompts, or add --partial"
            raise _refusal(response, f"there is no prompt {name!r}", remedy)
        if prompt.id in scored:
            raise _refusal(response, f"the prompt {prompt.id} has a response already")
        grade_ = grade(prompt, transcript_of(prompt, response))
        scored[prompt.id] = Scored(prompt=prompt.id, results=grade_.results)
    if strange is not None and not scored:
        problem = f"no response belongs to a prompt of the suite; the first is to {_prompt_of(strange)!r}"
        raise _refusal(strange, problem, "check --prompts")
    missing = [prompt.id for prompt in suite.prompts if prompt.id not in scored]
    if missing and not partial:
        problem = (
            f"{len(missing)} of {len(suite.prompts)} prompts have no response, the first is {missing[0]}"
        )
        raise RecordError(problem, remedy="add them, or add --partial")
    return ScoreCard(scored=tuple(scored[p.id] for p in suite.prompts if p.id in scored))


def _names(suite: Suite) -> Mapping[str, Prompt]:
    """Prompts by id, and by the part after the family where it is that of one prompt alone."""
    short: dict[str, list[Prompt]] = {}
    for prompt in suite.prompts:
        short.setdefault(prompt.id.partition("/")[2], []).append(prompt)
    return {**{name: found[0] for name, found in short.items() if len(found) == 1}, **suite.by_id}


def _prompt_of(response: StoredResponse) -> str:
    for key in ("prompt", "key"):
        name = response.data.get(key)
        if isinstance(name, str) or (isinstance(name, int) and not isinstance(name, bool)):
            return str(name)
    raise _refusal(response, "it names no prompt; `prompt` must be a prompt's id, or `key` its last part")


def _refusal(response: StoredResponse, problem: str, remedy: str = _REMEDY) -> RecordError:
    return RecordError(printable(problem), where=response.where, remedy=remedy)


def transcript_of(prompt: Prompt, response: StoredResponse) -> Transcript:
    """The transcript that a stored response stands for, its tool calls answered by the prompt's environment.

    After tool calls the closing message may be missing.

    Raises:
        RecordError: the response is of no known form, or has more or fewer turns than the prompt.
    """
    steps = _steps(response)
    conversation = converse(prompt)
    next(conversation)
    closing = [Step(flags=(TEXT_NOT_RECORDED,))] if steps[-1].tool_calls else []
    for sent, step in enumerate([*steps, *closing], start=1):
        try:
            conversation.send(step)
        except StopIteration as end:
            if sent < len(steps):
                raise _refusal(
                    response, f"has {len(steps)} messages, the conversation ends after {sent}"
                ) from None
            dialogue = end.value
            return Transcript(steps=dialogue.steps[: len(steps)], stop=dialogue.stop, files=dialogue.files)
    raise _refusal(response, f"has {len(steps)} messages, the conversation of {prompt.id} wants more")


def _steps(response: StoredResponse) -> Sequence[Step]:
    given = [kind for kind in _KINDS if response.data.get(kind) is not None]
    if len(given) > 1:
        raise _refusal(response, f"has {' and '.join(given)}; one of them is enough")
    if not given:
        if "response" not in response.data:
            raise _refusal(response, "has none of response, turns and tool_calls")
        return [Step()]
    value = response.data[given[0]]
    if given[0] == "tool_calls":
        return [Step(tool_calls=_calls(value, response, 0), stop="tool_use", flags=(TEXT_NOT_RECORDED,))]
    if given[0] == "response":
        return (
            [_step(value, response, 0)] if isinstance(value, str) else _wrong("response", "a text", response)
        )
    if not isinstance(value, Sequence) or isinstance(value, str) or not value:
        return _wrong("turns", "a list of messages", response)
    return [_step(message, response, place) for place, message in enumerate(value)]


def _wrong(key: str, wanted: str, response: StoredResponse) -> Sequence[Step]:
    raise _refusal(response, f"`{key}` must be {wanted}")


def _step(message: Json, response: StoredResponse, place: int) -> Step:
    if isinstance(message, str):
        return Step(text=message)
    if not isinstance(message, Mapping) or not isinstance(message.get("text") or "", str):
        raise _refusal(response, "a message must be a text, or have `text` and `tool_calls`")
    calls = _calls(message.get("tool_calls") or [], response, place)
    return Step(text=str(message.get("text") or ""), tool_calls=calls, stop="tool_use" if calls else "end")


def _calls(value: Json, response: StoredResponse, place: int) -> tuple[ToolCall, ...]:
    if not isinstance(value, Sequence) or isinstance(value, str):
        raise _refusal(response, "`tool_calls` must be a list")
    return tuple(_call(call, response, f"call_{place}_{number}") for number, call in enumerate(value))


def _call(value: Json, response: StoredResponse, call_id: str) -> ToolCall:
    if not isinstance(value, Mapping) or not isinstance(value.get("name"), str):
        raise _refusal(response, "a tool call must have a name and arguments")
    arguments = value.get("arguments", {})
    text = arguments if isinstance(arguments, str) else json.dumps(arguments, ensure_ascii=False)
    return ToolCall(id=call_id, name=str(value["name"]), arguments=_parsed(arguments), arguments_text=text)


def _parsed(arguments: Json) -> Mapping[str, Json] | None:
    """Arguments as an object; a text is read as JSON, as providers send it."""
    if isinstance(arguments, str):
        try:
            arguments = json.loads(arguments)
        except (ValueError, RecursionError):
            return None
    return arguments if isinstance(arguments, Mapping) else None
