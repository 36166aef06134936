"""Fold a stream's events without a network: JSON becomes the SDK's objects as the SDK itself makes them."""

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any, get_args

from anthropic.types import RawMessageStreamEvent
from openai.types.chat import ChatCompletionChunk
from openai.types.responses import ResponseStreamEvent

from canary.domain.trial import Step
from canary.targets.anthropic_reply import MessageReply
from canary.targets.openai_chat_reply import ChatReply
from canary.targets.openai_responses_reply import ResponseReply
from canary.targets.replies import Reply
from tests.targets.dialects import Dialect

_REPLIES: Mapping[str, type[Reply]] = {
    "anthropic": MessageReply,
    "openai": ResponseReply,
    "openai-chat": ChatReply,
}


@cache
def _classes(union: Any) -> Mapping[str, Any]:
    variants = get_args(get_args(union)[0])
    return {name: kind for kind in variants for name in get_args(kind.model_fields["type"].annotation)}


def made(provider: str, event: Any) -> Any:
    """The object that the SDK, not validating, gives for an event's JSON."""
    if not isinstance(event, Mapping):
        return event
    if provider == "openai-chat":
        return ChatCompletionChunk.construct(**event)
    classes = _classes(RawMessageStreamEvent if provider == "anthropic" else ResponseStreamEvent)
    kind = event.get("type")
    first = next(iter(classes.values()))
    return (classes.get(kind, first) if isinstance(kind, str) else first).construct(**event)


def reply_of(provider: str) -> Reply:
    """A fresh fold."""
    return _REPLIES[provider]()


def fold(dialect: Dialect, events: Iterable[Any], *, every_s: float = 1.0) -> Step:
    """The step that a stream adds up to, its events coming one each `every_s` seconds, the first after as long."""
    reply = reply_of(dialect.provider)
    at = 0.0
    for event in events:
        at += every_s
        reply.add(made(dialect.provider, event), at)
    return reply.step(latency_s=at, request_id=None)
