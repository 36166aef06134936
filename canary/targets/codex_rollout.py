"""Codex's own record of a thread, held against what it printed: pure.

What `--json` prints is not every call: a command that its sandbox refuses, and a call of a tool that does not exist,
leave no line; and calls that one reply makes together are printed one after the other. The thread's file in
`CODEX_HOME/sessions` has both: an account follows each reply, so that it tells which calls belong together. Its form is Codex's own affair, so nothing else is
read from it, and where it can't be read nothing is added.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from canary.domain.canonical import Json, canonical_json
from canary.domain.trial import Step, ToolCall
from canary.targets.harness_reply import (
    Answered,
    Flags,
    event_of,
    mapping,
    nothing_beside,
    text_of,
    tool_result,
    word,
)
from canary.targets.native_tools import SERVED, Named, in_our_words, shell_call
from canary.targets.replies import arguments_of

NOT_REPORTED = "calls_not_reported"
"""Flag of a reply without words that holds calls of which the output had no line."""

_SHELLS = frozenset({"exec_command", "shell", "shell_command", "local_shell", "container.exec"})
_QUIET = frozenset(
    {"write_stdin", "update_plan", "tool_search", "view_image", "request_user_input", "exec", "wait"}
)
"""Tools whose calls are no item of the output by design; what code run by `exec` calls has its items."""

_UNKNOWN = "unsupported call"
_PATCH = "apply_patch"


@dataclass(frozen=True, kw_only=True, slots=True)
class Made:
    """A call as the thread's file has it.

    Attributes:
        key: what tells it from other calls, as far as the output tells it too.
        call: as canary counts it.
        reply: which of the turn's replies made it, from 0.
    """

    key: str
    call: ToolCall
    reply: int


def last_turn(lines: Iterable[bytes], work: str) -> list[Made]:
    """Calls of the thread's last turn, in order."""
    calls: dict[str, tuple[str, str, int]] = {}
    told: dict[str, str] = {}
    reply = 0
    for line in lines:
        event = event_of(line, Flags()) or {}
        payload = mapping(event.get("payload"))
        kind = word(payload.get("type"))
        given = str(payload.get("call_id"))
        if kind == "task_started":
            calls.clear()
        elif kind in {"function_call", "custom_tool_call"} and event.get("type") == "response_item":
            space = f"{payload['namespace']}__" if isinstance(payload.get("namespace"), str) else ""
            written = text_of(payload.get("arguments")) or text_of(payload.get("input"))
            calls[given] = (f"{space}{text_of(payload.get('name'))}", written, reply)
        elif kind == "token_count":
            reply += 1
        elif kind in {"function_call_output", "custom_tool_call_output"}:
            told[given] = text_of(payload.get("output"))
    return [
        replace(_made(given, name, written, told.get(given), work), reply=number)
        for given, (name, written, number) in calls.items()
        if name not in _QUIET
    ]


def _made(given: str, name: str, written: str, told: str | None, work: str) -> Made:
    arguments = arguments_of(written)
    command = _command(mapping(arguments)) if name in _SHELLS else None
    key = _key(name, command)
    if command is not None:
        named = shell_call(command, work)
    elif name == _PATCH:
        named = Named(name="edit_file", arguments={})
    else:
        named = in_our_words(name, mapping(arguments), work)
    unknown = told is not None and told.startswith(_UNKNOWN)
    result = None if told is None else tool_result(told, error=unknown, flags=Flags())
    if result is not None and unknown:
        result = replace(result, invalid="unknown_tool")
    return Made(
        reply=0,
        key=key,
        call=ToolCall(
            id=given,
            name=named.name,
            arguments=named.arguments if arguments is not None or name == _PATCH else None,
            arguments_text=written,
            result=result,
        ),
    )


def _command(arguments: Mapping[str, Json]) -> str:
    value = arguments.get("cmd") or arguments.get("command")
    return " ".join(map(str, value)) if isinstance(value, list) else text_of(value)


def _key(name: str, command: str | None) -> str:
    if command is not None:
        return (
            _PATCH
            if command.lstrip().startswith(_PATCH)
            else canonical_json(shell_call(command, "").arguments)
        )
    return name.removeprefix(SERVED)


def _reported(call: ToolCall) -> str:
    """The key of a call that the output reported."""
    written = mapping(arguments_of(call.arguments_text))
    if "changes" in written:
        return _PATCH
    if set(written) == {"command"}:
        return canonical_json(shell_call(text_of(written["command"]), "").arguments)
    return call.name


def completed(answered: Answered, made: Sequence[Made]) -> Answered:
    """The turn with the calls added that were not reported, and calls of one reply brought together.

    Added calls stand in a reply without words before the last.
    """
    left = Counter(_reported(call) for step in answered.steps for call in step.tool_calls)
    missing: list[ToolCall] = []
    replies: dict[str, list[int]] = {}
    for one in made:
        if left[one.key]:
            left[one.key] -= 1
            replies.setdefault(one.key, []).append(one.reply)
        else:
            missing.append(one.call)
    steps = _together(answered.steps, replies)
    if missing and steps:
        usage = steps[-1].usage
        unseen = Step(
            tool_calls=tuple(missing),
            stop="tool_use",
            usage=None if usage is None else nothing_beside(usage),
            latency_s=0.0,
            flags=(NOT_REPORTED,),
        )
        steps = (*steps[:-1], unseen, steps[-1])
    return replace(answered, steps=steps)


def _together(steps: Sequence[Step], replies: Mapping[str, list[int]]) -> tuple[Step, ...]:
    """Replies without words joined to the one before where the thread's file has their calls in the same reply."""
    waiting = {key: list(numbers) for key, numbers in replies.items()}
    joined: list[Step] = []
    last: int | None = None
    for step in steps:
        numbers = [
            queue.pop(0) if (queue := waiting.get(_reported(call))) else None for call in step.tool_calls
        ]
        first = numbers[0] if numbers else None
        if joined and last is not None and first == last and not step.text:
            joined[-1] = _joined(joined[-1], step)
        else:
            joined.append(step)
        last = numbers[-1] if numbers else None
    return tuple(joined)


def _joined(one: Step, other: Step) -> Step:
    latency = None if one.latency_s is None or other.latency_s is None else one.latency_s + other.latency_s
    usage = None if one.usage is None or other.usage is None else one.usage + other.usage
    flags = tuple(dict.fromkeys((*one.flags, *other.flags)))
    calls = (*one.tool_calls, *other.tool_calls)
    return replace(one, tool_calls=calls, usage=usage, latency_s=latency, flags=flags)
