"""Chat Completions over the `openai` SDK, streamed, at any base URL.

The protocol is spoken by many hosts that differ in small things. What a host adds is taken where it is known
(reasoning beside the content, counts under other names) and passed over where it is not. Reasoning that a host gave
goes back on the assistant message under the names it came under.

The cap on an answer is sent as `max_completion_tokens` to OpenAI itself, whose reasoning models refuse the older
name, and as `max_tokens` to every other host: it is the name all of them know, while some pass over the newer one in
silence, and an answer without its cap is another measurement.

Options: effort in `reasoning_effort`, `verbosity`, `service_tier`. Thinking, speed and task_budget have no place of
their own; hosts that have one take it by `extra_body`.
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from canary.domain.dialogue import Ask, Entry, UserMessage
from canary.domain.ports import Clock, Target
from canary.domain.suite import Prompt
from canary.domain.target import TargetSpec
from canary.domain.trial import Step, ToolCall
from canary.targets import clients, options
from canary.targets.api import api_target
from canary.targets.openai_chat_reply import ChatReply

_OWNED = frozenset({"model", "messages", "tools", "stream", "n"})


def build(spec: TargetSpec, *, api_key: str, clock: Clock, strict: bool) -> Target:
    """A target for Chat Completions; see `registry.build_target`."""
    import openai

    client = clients.openai_client(spec, api_key=api_key, strict=strict)
    asked = Settings(spec)

    async def open_stream(params: dict[str, Any], headers: dict[str, str]) -> Any:
        return await client.chat.completions.create(
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
        reply=ChatReply,
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
                "thinking": "put the host's own field into extra_body",
                "speed": "put the host's own field into extra_body, or set service_tier",
                "task_budget": "remove it, or set max_output_tokens",
            },
        )
        o = spec.options
        self._base = options.without_none(
            {
                "model": spec.model,
                "stream_options": {"include_usage": True},
                "reasoning_effort": o.effort,
                "verbosity": o.verbosity,
                "service_tier": o.service_tier,
            }
        )
        self._cap = cap_name(spec.base_url)
        self._max_tokens = o.max_output_tokens
        self.headers = clients.sent_headers(spec)
        self.extra_body = options.extra_body(spec, self._base, _OWNED)

    def request(self, ask: Ask, prompt: Prompt) -> dict[str, Any]:
        """Parameters of the SDK's call: the prompt's and the target's settings and everything said so far."""
        messages = [{"role": "system", "content": prompt.system}] if prompt.system is not None else []
        request = self._base | {
            "messages": messages + [message for entry in ask.history for message in _messages(entry)]
        }
        limit = prompt.max_output_tokens or self._max_tokens
        if limit is not None:
            request[self._cap] = limit
        if tools := options.tools_of(prompt):
            request["tools"] = [
                {
                    "type": "function",
                    "function": {
                        "name": tool.name,
                        "description": tool.description,
                        "parameters": tool.parameters,
                    },
                }
                for tool in tools
            ]
        return request


def cap_name(base_url: str | None) -> str:
    """The name under which a host knows the cap on an answer; see above."""
    host = "api.openai.com" if base_url is None else urlsplit(base_url).hostname or ""
    is_openai = host == "openai.com" or host.endswith((".openai.com", ".openai.azure.com"))
    return "max_completion_tokens" if is_openai else "max_tokens"


def _messages(entry: Entry) -> list[Mapping[str, Any]]:
    if isinstance(entry, UserMessage):
        return [{"role": "user", "content": entry.text}]
    if isinstance(entry, Step):
        # What a host added beyond its message is kept for the record; hosts may refuse it on the way back.
        return [item for item in entry.native if "role" in item]
    return [_result(call) for call in entry.calls]


def _result(call: ToolCall) -> dict[str, Any]:
    return {"role": "tool", "tool_call_id": call.id, "content": call.result.text if call.result else ""}
