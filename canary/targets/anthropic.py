"""Anthropic's Messages API over the `anthropic` SDK, streamed.

Thinking blocks go back unchanged with their signatures, in every later request of the conversation. What needs a beta
(a task budget, a speed, a beta of the user's own) goes through the SDK's beta resource, everything else through the
plain one. Options: effort and task_budget in `output_config`, `thinking` as a type or as the whole object, `speed`,
`service_tier`; verbosity has no place.
"""

from collections.abc import Mapping
from typing import Any

from canary.domain.canonical import Json
from canary.domain.dialogue import Ask, Entry, ToolOutputs, UserMessage
from canary.domain.errors import ConfigurationError
from canary.domain.ports import Clock, Target
from canary.domain.suite import Prompt
from canary.domain.target import TargetSpec
from canary.domain.trial import ToolCall
from canary.targets import clients, options
from canary.targets.anthropic_reply import MessageReply
from canary.targets.api import api_target

DEFAULT_MAX_TOKENS = 32_000
"""Cap where neither prompt nor target sets one: the API requires a cap; current models all take this much, and it
leaves room to think."""

_OWNED = frozenset({"model", "messages", "system", "tools", "stream", "max_tokens"})
_TASK_BUDGET_BETA = "task-budgets-2026-03-13"
_SPEED_BETA = "fast-mode-2026-02-01"
_BETA_HEADER = "anthropic-beta"


def build(spec: TargetSpec, *, api_key: str, clock: Clock, strict: bool) -> Target:
    """A target for the Messages API; see `registry.build_target`."""
    import anthropic

    client = clients.anthropic_client(spec, api_key=api_key, strict=strict)
    asked = Settings(spec)

    async def open_stream(params: dict[str, Any], headers: dict[str, str]) -> Any:
        headers = asked.headers | headers
        if asked.betas:
            return await client.beta.messages.create(
                stream=True, betas=asked.betas, extra_headers=headers, extra_body=asked.extra_body, **params
            )
        return await client.messages.create(
            stream=True, extra_headers=headers, extra_body=asked.extra_body, **params
        )

    return api_target(
        spec,
        sdk=anthropic,
        client=client,
        api_key=api_key,
        clock=clock,
        request=asked.request,
        open_stream=open_stream,
        reply=MessageReply,
        api_version=asked.headers.get("anthropic-version", str(client.default_headers["anthropic-version"])),
    )


class Settings:
    """What a target's options add to every request.

    Attributes:
        headers: extra headers, without betas.
        betas: beta names, those of options and of the user.
        extra_body: fields merged into the body by the SDK.
    """

    def __init__(self, spec: TargetSpec) -> None:
        """Read the options.

        Raises:
            ConfigurationError: the protocol has no place for one of them.
        """
        options.refuse(spec, {"verbosity": "remove it; effort is the nearest option"})
        o = spec.options
        self.headers = clients.sent_headers(spec)
        betas = [name.strip() for name in self.headers.pop(_BETA_HEADER, "").split(",") if name.strip()]
        betas += [_TASK_BUDGET_BETA] if o.task_budget is not None else []
        betas += [_SPEED_BETA] if o.speed is not None else []
        budget = None if o.task_budget is None else {"type": "tokens", "total": o.task_budget}
        self._base = options.without_none(
            {
                "model": spec.model,
                "thinking": _thinking(spec),
                "output_config": options.without_none({"effort": o.effort, "task_budget": budget}),
                "speed": o.speed,
                "service_tier": o.service_tier,
            }
        )
        self._max_tokens = o.max_output_tokens or DEFAULT_MAX_TOKENS
        self.betas = list(dict.fromkeys(betas))
        self.extra_body = options.extra_body(spec, self._base, _OWNED)

    def request(self, ask: Ask, prompt: Prompt) -> dict[str, Any]:
        """Parameters of the SDK's call: the prompt's and the target's settings and everything said so far."""
        request = self._base | {
            "max_tokens": prompt.max_output_tokens or self._max_tokens,
            "messages": [message for entry in ask.history for message in _messages(entry)],
        }
        if prompt.system is not None:
            request["system"] = prompt.system
        if tools := options.tools_of(prompt):
            request["tools"] = [
                {"name": tool.name, "description": tool.description, "input_schema": tool.parameters}
                for tool in tools
            ]
        return request


def _thinking(spec: TargetSpec) -> Mapping[str, Json] | None:
    thinking = spec.options.thinking
    if thinking == "enabled":
        raise ConfigurationError(
            'thinking = "enabled" needs a budget',
            where=f'target "{spec.name}"',
            remedy='write thinking = {type = "enabled", budget_tokens = 8000}',
        )
    return {"type": thinking} if isinstance(thinking, str) else thinking


def _messages(entry: Entry) -> list[dict[str, Any]]:
    if isinstance(entry, UserMessage):
        return [{"role": "user", "content": entry.text}]
    if isinstance(entry, ToolOutputs):
        return [{"role": "user", "content": [_tool_result(call) for call in entry.calls]}]
    # The API refuses blank text blocks and messages without blocks, also those it has sent itself.
    blocks = [block for block in entry.native if block["type"] != "text" or str(block["text"]).strip()]
    return [{"role": "assistant", "content": blocks}] if blocks else []


def _tool_result(call: ToolCall) -> dict[str, Any]:
    result: dict[str, Any] = {"type": "tool_result", "tool_use_id": call.id}
    if call.result is not None:
        result["content"] = call.result.text
        if call.result.error:
            result["is_error"] = True
    return result
