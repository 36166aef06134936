"""Whatever a host streams, there is an answer that can be kept and sent back, or a failure that is not our defect."""

import json
from collections.abc import AsyncIterator, Iterator
from copy import deepcopy
from typing import Any, Self

import anthropic
import httpx2
import openai
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from canary.domain.dialogue import Ask, UserMessage
from canary.domain.record import steps_json
from canary.domain.target import TargetSpec
from canary.domain.trial import Failure, Step
from canary.targets import anthropic as messages_api
from canary.targets import openai_chat, openai_responses
from canary.targets.failures import Explainer, Unanswered
from canary.targets.lifecycle import Lifecycle
from canary.targets.redaction import Redactor
from canary.targets.wire import StreamWire
from tests.fakes import FakeClock
from tests.targets.dialects import DIALECTS, Call, Dialect, Speech
from tests.targets.folding import made, reply_of
from tests.targets.talk import TOOLS, prompt
from tests.targets.test_replies import JSON

every_dialect = pytest.mark.parametrize("dialect", DIALECTS, ids=lambda dialect: dialect.provider)

SPEECH = Speech(
    reasoning="Hm.",
    calls=(Call(id="a", name="get_weather", arguments='{"city": "Oslo"}'),),
    stop="tool_use",
    reasoned=4,
)
SETTINGS: dict[str, Any] = {
    "anthropic": messages_api.Settings,
    "openai": openai_responses.Settings,
    "openai-chat": openai_chat.Settings,
}
ASK = Ask(history=(UserMessage(text="Hello?"),), turn=0)


class Played:
    """A stream of ready-made events, as an SDK gives one."""

    def __init__(self, events: list[Any]) -> None:
        self._events = events
        self.response = httpx2.Response(200, headers={"content-type": "text/event-stream"})

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        pass

    async def __aiter__(self) -> AsyncIterator[Any]:
        for event in self._events:
            yield event


def wire(dialect: Dialect, events: list[Any]) -> StreamWire:
    """A wire that plays these events."""
    asked = SETTINGS[dialect.provider](TargetSpec(name="t", provider=dialect.provider, model="m"))
    sdk = anthropic if dialect.provider == "anthropic" else openai
    redactor = Redactor(())

    async def play(_params: dict[str, Any], _headers: dict[str, str]) -> Played:
        return Played([made(dialect.provider, event) for event in events])

    async def shut() -> None:
        pass

    return StreamWire(
        fingerprint={},
        request=asked.request,
        open=play,
        reply=lambda: reply_of(dialect.provider),
        explainer=Explainer(sdk=sdk, redactor=redactor, host="host"),
        redactor=redactor,
        lifecycle=Lifecycle(shut),
        shut=shut,
        clock=FakeClock(),
    )


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Paths to everything inside a JSON value, itself included."""
    yield path
    if isinstance(value, dict):
        for name, item in value.items():
            yield from places(item, (*path, name))
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from places(item, (*path, number))


def broken(events: list[Any], path: tuple[Any, ...], value: Any, *, gone: bool) -> list[Any]:
    """The events with one thing in them replaced, or taken away."""
    events = deepcopy(events)
    node: Any = events
    for name in path[:-1]:
        node = node[name]
    if gone:
        del node[path[-1]]
    else:
        node[path[-1]] = value
    return events


async def outcome(played: StreamWire) -> Step | Failure:
    """The answer, or why there is none."""
    try:
        return await played.send(ASK, prompt(), "run.0123.1")
    except Unanswered as error:
        return error.failure


async def read(dialect: Dialect, events: list[Any]) -> None:
    """Read a stream and hold its outcome to the law."""
    played = wire(dialect, events)
    step = await outcome(played)
    if not isinstance(step, Step):
        assert step.kind in {"malformed", "stream_cut", "server_error"}
        return
    kept = json.dumps(steps_json([step]), allow_nan=False, ensure_ascii=False)
    assert kept.encode()
    assert isinstance(step.text, str)
    again = Ask(history=(*ASK.history, step, UserMessage(text="More?")), turn=1)
    assert json.dumps(played.request(again, prompt(environment=TOOLS)), ensure_ascii=False).encode()


@every_dialect
@given(data=st.data())
@settings(max_examples=60, deadline=None)
async def test_a_stream_with_one_thing_wrong_in_it_is_read_or_refused(
    dialect: Dialect, data: st.DataObject
) -> None:
    events = [dict(event) for event in dialect.events(SPEECH)]
    path = data.draw(st.sampled_from([path for path in places(events) if path]))
    await read(dialect, broken(events, path, data.draw(JSON), gone=data.draw(st.booleans())))


@every_dialect
@given(data=st.data())
@settings(max_examples=30, deadline=None)
async def test_a_stream_out_of_order_is_read_or_refused(dialect: Dialect, data: st.DataObject) -> None:
    events = data.draw(st.permutations([dict(event) for event in dialect.events(SPEECH)]))
    await read(dialect, events[: data.draw(st.integers(0, len(events)))])


@every_dialect
async def test_half_a_character_at_the_end_of_a_piece_is_made_whole(dialect: Dialect) -> None:
    events = dialect.events(Speech(pieces=("smile \ud83d", "\ude00!")))
    step: Step = await wire(dialect, list(events)).send(ASK, prompt(), "run.0123.1")
    assert step.text == "smile \U0001f600!"
