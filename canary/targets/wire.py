"""One request over an official SDK: send, fold the stream into a reply, or say why there is none."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, cast

import httpx2

from canary.domain.dialogue import Ask
from canary.domain.ports import Clock
from canary.domain.suite import Prompt
from canary.domain.trial import Step, ToolCall
from canary.targets.conversation import Wire
from canary.targets.failures import Explainer, Unanswered
from canary.targets.faults import Fault, reported
from canary.targets.lifecycle import Lifecycle
from canary.targets.redaction import Redactor
from canary.targets.replies import Reply

REQUEST_ID_HEADER = "x-client-request-id"
"""Our own id of a request, for a provider's support and for the simulated provider's draw."""

_LONGEST_ID = 200

LONGEST_REFUSAL = 4096
"""Bytes kept of an answer that is no event stream, to see whether it is an error under a good status."""


@dataclass(frozen=True, kw_only=True, slots=True)
class StreamWire(Wire):
    """A protocol spoken over one SDK client.

    Attributes:
        fingerprint: versions of what carries the requests.
        request: pure: the parameters of the SDK's call, from what was said so far.
        open: makes the call and gives the SDK's stream.
        reply: a fresh fold for one answer.
        explainer: reads the SDK's exceptions.
        redactor: knows the target's keys.
        lifecycle: knows when the model is retired.
        shut: closes the client.
        clock: gives the times measured.
    """

    fingerprint: Mapping[str, str]
    request: Callable[[Ask, Prompt], dict[str, Any]]
    open: Callable[[dict[str, Any], dict[str, str]], Awaitable[Any]]
    reply: Callable[[], Reply]
    explainer: Explainer
    redactor: Redactor
    lifecycle: Lifecycle
    shut: Callable[[], Awaitable[None]]
    clock: Clock

    async def retirement(self) -> Mapping[str, str]:
        """The model's dates in the provider's list."""
        return await self.lifecycle.dates()

    async def send(self, ask: Ask, prompt: Prompt, request_id: str) -> Step:
        """Send one request and read its answer to the end.

        Raises:
            Unanswered: there is no complete answer.
        """
        params = self.request(ask, prompt)
        reply = self.reply()
        headers: httpx2.Headers | None = None
        begun = self.clock.monotonic()
        flags: tuple[str, ...] = ()
        try:
            stream = await self.open(params, {REQUEST_ID_HEADER: request_id})
            headers = stream.response.headers
            await self._read(stream, reply, begun)
        except Exception as error:
            if not reply.complete:
                raise self._unanswered(error, headers) from error
            flags = ("cut_after_end",)
        latency_s = self.clock.monotonic() - begun
        try:
            step = reply.step(latency_s=latency_s, request_id=_provider_id(headers), flags=flags)
            _check_not_void(step)
        except Exception as error:
            raise self._unanswered(_malformed(error), headers) from error
        return without_secrets(step, self.redactor)

    async def close(self) -> None:
        """Close the client's connections."""
        await self.lifecycle.close()
        await self.shut()

    async def _read(self, stream: Any, reply: Reply, begun: float) -> None:
        monotonic = self.clock.monotonic
        response = stream.response
        content_type = response.headers.get("content-type", "")
        head = None
        if "event-stream" not in content_type:
            # Read on all the same: some hosts stream events under another name.
            head = response.stream = _Head(response.stream)
        empty = True
        async with stream:
            async for event in stream:
                empty = False
                try:
                    reply.add(event, monotonic() - begun)
                except Fault:
                    raise
                except Exception as error:
                    raise _malformed(error) from error
        if empty and head is not None:
            raise _no_stream(head.kept, content_type)

    def _unanswered(self, error: Exception, headers: httpx2.Headers | None) -> Unanswered:
        failure = self.explainer.failure(error, answering=headers is not None, now=self.clock.now())
        response = getattr(error, "response", None)
        return Unanswered(failure, _provider_id(headers if response is None else response.headers))


class _Head(httpx2.AsyncByteStream):
    """A body passed on as it comes, its beginning kept."""

    def __init__(self, body: httpx2.AsyncByteStream) -> None:
        self._body = body
        self.kept = b""

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for part in self._body:
            self.kept += part[: LONGEST_REFUSAL - len(self.kept)]
            yield part

    async def aclose(self) -> None:
        await self._body.aclose()


def _no_stream(head: bytes, content_type: str) -> Fault:
    """What an answer without any event is: a host's error under a good status, or something else altogether."""
    try:
        body = json.loads(head)
    except (ValueError, RecursionError):
        body = None
    if isinstance(body, Mapping) and (body.get("error") or body.get("detail")):
        return reported(body, "no reason given")
    return Fault(f"the answer is {content_type or 'untyped'}, not an event stream", kind="malformed")


def _check_not_void(step: Step) -> None:
    """Refuse an answer of which nothing was said, streamed or counted: so proxies end one whose host broke down.

    A model that has nothing to say still bills the token that says so.
    """
    counted = step.usage.output_tokens if step.usage else None
    streamed = step.text or step.tool_calls or step.ttft_s is not None
    if step.stop == "end" and not streamed and not counted:
        raise Fault("the answer is empty and counts no output", kind="malformed")


def _malformed(error: Exception) -> Fault:
    """A fold tripped over what the SDK made of the stream: it has not the shape that the protocol promises."""
    if isinstance(error, Fault):
        return error
    return Fault(
        f"the answer is not of the protocol's form: {type(error).__name__}: {error}", kind="malformed"
    )


def _provider_id(headers: httpx2.Headers | None) -> str | None:
    if headers is None:
        return None
    found: str = headers.get("request-id") or headers.get("x-request-id") or ""
    return found[:_LONGEST_ID] or None


def without_secrets(step: Step, redactor: Redactor) -> Step:
    """The step as it is, or, where a host echoed a key of ours in its answer, without the key and flagged."""
    calls = [(call.id, call.name, call.arguments_text, call.arguments) for call in step.tool_calls]
    named = [step.text, step.served_model, step.service_tier, step.stop_reason, step.request_id]
    if not redactor.echoed_in([step.native, calls, named, step.raw_usage, step.system_fingerprint]):
        return step

    def clean(value: Any) -> Any:
        return redactor.scrubbed(value)

    return replace(
        step,
        text=clean(step.text),
        tool_calls=tuple(_clean_call(call, clean) for call in step.tool_calls),
        native=tuple(cast("list[Any]", clean(step.native))),
        raw_usage=clean(step.raw_usage),
        served_model=clean(step.served_model),
        service_tier=clean(step.service_tier),
        stop_reason=clean(step.stop_reason),
        request_id=clean(step.request_id),
        system_fingerprint=clean(step.system_fingerprint),
        flags=(*step.flags, "key_echoed"),
    )


def _clean_call(call: ToolCall, clean: Callable[[Any], Any]) -> ToolCall:
    return replace(
        call,
        id=clean(call.id),
        name=clean(call.name),
        arguments=clean(call.arguments),
        arguments_text=clean(call.arguments_text),
    )
