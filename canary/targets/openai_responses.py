"""OpenAI's Responses API over the `openai` SDK, streamed and stateless.

Nothing is stored at the provider (`store` is false), so reasoning items come back encrypted and are passed in again
unchanged, between the turns of a conversation and between its tool calls. `include` asks for that encryption; a model
that cannot reason may refuse the field, then `extra_body = {include = []}` takes it away.

Options: effort in `reasoning.effort`; `thinking` is a summary (auto, concise, detailed), a mode (standard, pro) or an
object merged into `reasoning`; verbosity in `text.verbosity`; `service_tier`. Speed and task_budget have no place.
"""

from collections.abc import Mapping
from typing import Any

from canary.domain.canonical import Json
from canary.domain.dialogue import Ask, Entry, UserMessage
from canary.domain.errors import ConfigurationError
from canary.domain.ports import Clock, Target
from canary.domain.suite import Prompt
from canary.domain.target import TargetSpec
from canary.domain.trial import Step, ToolCall
from canary.targets import clients, options
from canary.targets.api import api_target
from canary.targets.openai_responses_reply import ResponseReply

_OWNED = frozenset({"model", "input", "instructions", "tools", "stream", "max_output_tokens"})
_SUMMARIES = frozenset({"auto", "concise", "detailed"})
_MODES = frozenset({"standard", "pro"})


def build(spec: TargetSpec, *, api_key: str, clock: Clock, strict: bool) -> Target:
    """A target for the Responses API; see `registry.build_target`."""
    import openai

    client = clients.openai_client(spec, api_key=api_key, strict=strict)
    asked = Settings(spec)

    async def open_stream(params: dict[str, Any], headers: dict[str, str]) -> Any:
        return await client.responses.create(
            stream=True, extra_headers=asked.headers | headers, extra_body=asked.extra_body, **params
        )

    return api_target(
        spec,
        sdk=openai,
        client=client,
        api_key=api_key,
        clock=clock,
        request=asked.request,
        open_stream=open_stream,
        reply=ResponseReply,
    )


class Settings:
    """What a target's options add to every request.

    Attributes:
        headers: extra headers.
        extra_body: fields merged into the body by the SDK.
    """

    def __init__(self, spec: TargetSpec) -> None:
        """Read the options.

        Raises:
            ConfigurationError: the protocol has no place for one of them.
        """
        options.refuse(
            spec,
            {
                "speed": 'remove it; OpenAI sells speed as service_tier = "fast"',
                "task_budget": "remove it, or set max_output_tokens",
            },
        )
        o = spec.options
        self._base = options.without_none(
            {
                "model": spec.model,
                "store": False,
                "include": ["reasoning.encrypted_content"],
                "reasoning": options.without_none({"effort": o.effort, **_thinking(spec)}),
                "text": options.without_none({"verbosity": o.verbosity}),
                "service_tier": o.service_tier,
            }
        )
        self._max_tokens = o.max_output_tokens
        self.headers = clients.sent_headers(spec)
        self.extra_body = options.extra_body(spec, self._base, _OWNED)

    def request(self, ask: Ask, prompt: Prompt) -> dict[str, Any]:
        """Parameters of the SDK's call: the prompt's and the target's settings and everything said so far."""
        request = self._base | {"input": _input(ask.history)}
        limit = prompt.max_output_tokens or self._max_tokens
        if limit is not None:
            request["max_output_tokens"] = limit
        if prompt.system is not None:
            request["instructions"] = prompt.system
        if tools := options.tools_of(prompt):
            request["tools"] = [
                {
                    "type": "function",
                    "name": tool.name,
                    "description": tool.description,
                    "parameters": tool.parameters,
                    # Strict mode would rewrite the schema and force optional arguments: another task than asked.
                    "strict": False,
                }
                for tool in tools
            ]
        return request


def _thinking(spec: TargetSpec) -> Mapping[str, Json]:
    thinking = spec.options.thinking
    if thinking is None or isinstance(thinking, Mapping):
        return thinking or {}
    if thinking in _SUMMARIES:
        return {"summary": thinking}
    if thinking in _MODES:
        return {"mode": thinking}
    raise ConfigurationError(
        f'provider "openai" knows no thinking = "{thinking}"',
        where=f'target "{spec.name}"',
        remedy=f"use one of {', '.join(sorted(_SUMMARIES | _MODES))}, or an object to put into `reasoning`",
    )


def _input(history: tuple[Entry, ...]) -> str | list[Mapping[str, Any]]:
    """The conversation as input items; a first message as plain text, which spares the SDK a walk over its types."""
    if len(history) == 1 and isinstance(history[0], UserMessage):
        return history[0].text
    return [item for entry in history for item in _items(entry)]


def _items(entry: Entry) -> list[Mapping[str, Any]]:
    if isinstance(entry, UserMessage):
        return [{"type": "message", "role": "user", "content": entry.text}]
    if isinstance(entry, Step):
        return list(entry.native)
    return [_output(call) for call in entry.calls]


def _output(call: ToolCall) -> dict[str, Any]:
    text = call.result.text if call.result else ""
    return {"type": "function_call_output", "call_id": call.id, "output": text}
