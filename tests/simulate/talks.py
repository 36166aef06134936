"""Whole conversations with the provider through the vendors' own clients, in each protocol, streamed and not."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Protocol

import anthropic
import httpx2
import openai

from canary.domain.canonical import canonical_json
from canary.domain.dialogue import Dialogue, Entry, ToolOutputs, UserMessage, converse
from canary.domain.environment import offered_tools
from canary.domain.suite import Prompt, Tool
from canary.domain.trial import Step, ToolCall

MODEL = "simulated-large"
PROTOCOLS = ("messages", "responses", "chat")


_SETTINGS: Mapping[str, Any] = {"api_key": "sk-test", "max_retries": 0}


def _plain_http() -> httpx2.Client:
    """Loopback needs neither certificates, which take a tenth of a second to load, nor a proxy."""
    return httpx2.Client(verify=False, trust_env=False)


@contextmanager
def anthropic_client(base_url: str, **options: Any) -> Iterator[anthropic.Anthropic]:
    """A strict client that never retries."""
    settings: dict[str, Any] = {**_SETTINGS, "http_client": _plain_http(), **options}
    with anthropic.Anthropic(base_url=base_url, _strict_response_validation=True, **settings) as client:
        yield client


@contextmanager
def openai_client(base_url: str, **options: Any) -> Iterator[openai.OpenAI]:
    """A strict client that never retries."""
    settings: dict[str, Any] = {**_SETTINGS, "http_client": _plain_http(), **options}
    with openai.OpenAI(base_url=f"{base_url}/v1", _strict_response_validation=True, **settings) as client:
        yield client


class Talker(Protocol):
    """One side of a conversation."""

    def reply(self, newest: Entry) -> Step:
        """Send what is new; give the model's reply."""
        ...


def talk(prompt: Prompt, talker: Talker) -> Dialogue:
    """Carry out a prompt's conversation."""
    conversation = converse(prompt)
    ask = next(conversation)
    while True:
        try:
            ask = conversation.send(talker.reply(ask.history[-1]))
        except StopIteration as end:
            dialogue: Dialogue = end.value
            return dialogue


def _tools(prompt: Prompt) -> list[Tool]:
    return list(offered_tools(prompt.environment).values()) if prompt.environment else []


def _answered(newest: Entry) -> tuple[ToolCall, ...]:
    assert isinstance(newest, ToolOutputs)
    return newest.calls


def _call(given: str, name: str, arguments: Mapping[str, Any]) -> ToolCall:
    return ToolCall(id=given, name=name, arguments=arguments, arguments_text=canonical_json(arguments))


class MessagesTalk:
    """Anthropic Messages; reasoning blocks go back as they came."""

    def __init__(self, client: anthropic.Anthropic, prompt: Prompt, *, stream: bool, **options: Any) -> None:
        self._client = client
        self._stream = stream
        self._options: dict[str, Any] = {"model": MODEL, "max_tokens": 4096, **options}
        if prompt.system:
            self._options["system"] = prompt.system
        if tools := _tools(prompt):
            self._options["tools"] = [
                {"name": t.name, "description": t.description, "input_schema": t.parameters} for t in tools
            ]
        self._messages: list[Any] = []
        self.replies: list[anthropic.types.Message] = []

    def reply(self, newest: Entry) -> Step:
        self._messages.append({"role": "user", "content": self._content(newest)})
        if self._stream:
            with self._client.messages.stream(messages=self._messages, **self._options) as stream:
                message: anthropic.types.Message = stream.get_final_message()
        else:
            message = self._client.messages.create(messages=self._messages, **self._options)
        self.replies.append(message)
        self._messages.append(message.to_param())
        calls = tuple(_call(b.id, b.name, b.input) for b in message.content if b.type == "tool_use")
        text = "".join(b.text for b in message.content if b.type == "text")
        return Step(text=text, tool_calls=calls)

    @staticmethod
    def _content(newest: Entry) -> Any:
        if isinstance(newest, UserMessage):
            return newest.text
        return [
            {"type": "tool_result", "tool_use_id": c.id, "content": c.result.text if c.result else ""}
            for c in _answered(newest)
        ]


class ResponsesTalk:
    """OpenAI Responses; items go back as they came."""

    def __init__(self, client: openai.OpenAI, prompt: Prompt, *, stream: bool, **options: Any) -> None:
        self._client = client
        self._stream = stream
        self._options: dict[str, Any] = {"model": MODEL, "store": False, **options}
        if prompt.system:
            self._options["instructions"] = prompt.system
        if tools := _tools(prompt):
            self._options["tools"] = [
                {
                    "type": "function",
                    "name": t.name,
                    "description": t.description,
                    "parameters": t.parameters,
                    "strict": False,
                }
                for t in tools
            ]
        self._items: list[Any] = []
        self.replies: list[openai.types.responses.Response] = []

    def reply(self, newest: Entry) -> Step:
        if isinstance(newest, UserMessage):
            self._items.append({"role": "user", "content": newest.text})
        else:
            self._items += [
                {"type": "function_call_output", "call_id": c.id, "output": c.result.text if c.result else ""}
                for c in _answered(newest)
            ]
        if self._stream:
            with self._client.responses.stream(input=self._items, **self._options) as stream:
                response: openai.types.responses.Response = stream.get_final_response()
        else:
            response = self._client.responses.create(input=self._items, **self._options)
        self.replies.append(response)
        self._items += [
            item.model_dump(mode="json", exclude_unset=True, by_alias=True) for item in response.output
        ]
        calls = tuple(
            _call(item.call_id, item.name, json.loads(item.arguments))
            for item in response.output
            if item.type == "function_call"
        )
        return Step(text=response.output_text, tool_calls=calls)


class ChatTalk:
    """OpenAI Chat Completions."""

    def __init__(self, client: openai.OpenAI, prompt: Prompt, *, stream: bool, **options: Any) -> None:
        self._client = client
        self._stream = stream
        self._options: dict[str, Any] = {"model": MODEL, **options}
        self._messages: list[Any] = [{"role": "system", "content": prompt.system}] if prompt.system else []
        if tools := _tools(prompt):
            self._options["tools"] = [
                {
                    "type": "function",
                    "function": {"name": t.name, "description": t.description, "parameters": t.parameters},
                }
                for t in tools
            ]
        self.replies: list[openai.types.chat.ChatCompletion] = []

    def reply(self, newest: Entry) -> Step:
        if isinstance(newest, UserMessage):
            self._messages.append({"role": "user", "content": newest.text})
        else:
            self._messages += [
                {"role": "tool", "tool_call_id": c.id, "content": c.result.text if c.result else ""}
                for c in _answered(newest)
            ]
        if self._stream:
            wanted = {"stream_options": {"include_usage": True}, **self._options}
            with self._client.chat.completions.stream(messages=self._messages, **wanted) as stream:
                completion: openai.types.chat.ChatCompletion = stream.get_final_completion()
        else:
            completion = self._client.chat.completions.create(messages=self._messages, **self._options)
        self.replies.append(completion)
        message = completion.choices[0].message
        calls = tuple(
            _call(c.id, c.function.name, json.loads(c.function.arguments))
            for c in message.tool_calls or ()
            if c.type == "function"
        )
        sent = [
            {"id": c.id, "type": "function", "function": {"name": c.name, "arguments": c.arguments_text}}
            for c in calls
        ]
        self._messages.append(
            {"role": "assistant", "content": message.content, **({"tool_calls": sent} if sent else {})}
        )
        return Step(text=message.content or "", tool_calls=calls)


AnyTalk = MessagesTalk | ResponsesTalk | ChatTalk


@contextmanager
def talker(
    protocol: str,
    base_url: str,
    prompt: Prompt,
    *,
    stream: bool = True,
    key: str | None = None,
    **options: Any,
) -> Iterator[AnyTalk]:
    """A talker of one protocol, whose requests carry a draw key where one is given."""
    headers = {"x-client-request-id": f"run.{key}.1"} if key else {}
    if protocol == "messages":
        with anthropic_client(base_url, default_headers=headers) as client:
            yield MessagesTalk(client, prompt, stream=stream, **options)
        return
    with openai_client(base_url, default_headers=headers) as both:
        kind = ResponsesTalk if protocol == "responses" else ChatTalk
        yield kind(both, prompt, stream=stream, **options)
