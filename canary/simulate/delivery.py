"""How an answer goes out: at its pace, in few sends, whole or broken as asked."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

from starlette.types import Send

from canary.simulate import wire
from canary.simulate.faults import SECONDS, Met
from canary.simulate.protocol import Body, Heard, Protocol, ProtocolName, Refused, Reply
from canary.simulate.sse import compact, events_in

EVENT_STREAM = "text/event-stream; charset=utf-8"
JSON = "application/json"
PERCEPTIBLE_S = 0.001
"""Content that takes less time to make goes out in one piece."""
BREAKS = frozenset({"cut", "error_event", "failed"})
IN_THE_STREAM: Mapping[ProtocolName, tuple[int, str]] = {
    "messages": (529, "Overloaded"),
    "responses": (500, "The server had an error while processing your request."),
    "chat": (500, "The server had an error while processing your request."),
}
"""Status and message of an error that is told within a stream."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Outgoing:
    """One answer on its way.

    Attributes:
        protocol, heard, request: what it answers.
        reply: the words.
        met: the fault it meets; None = none.
        request_id: the request's id.
    """

    protocol: Protocol
    heard: Heard
    request: Body
    reply: Reply
    met: Met | None
    request_id: str

    @property
    def kind(self) -> str | None:
        """The kind of fault."""
        return self.met.kind if self.met else None

    def headers(self) -> list[tuple[str, str]]:
        """Response headers."""
        return self.protocol.headers(self.request_id)

    def pause_s(self, kind: str) -> float:
        """Seconds lost by a fault of this kind; 0 where it meets another or none."""
        if self.met is None or self.met.kind != kind:
            return 0.0
        return SECONDS[kind] if self.met.seconds is None else self.met.seconds


class Delivery:
    """Sends answers; can be told to stop waiting, so that a slow answer does not hold up a shutdown."""

    def __init__(self) -> None:
        self._hurried = asyncio.Event()

    def hurry(self) -> None:
        """Send at once whatever still waits, now and from now on."""
        self._hurried.set()

    async def deliver(self, out: Outgoing, send: Send) -> None:
        """Send one answer, with the fault it meets."""
        await self._wait(out.pause_s("slow"))
        if out.heard.stream:
            await self._stream(out, send)
            return
        await self._wait(out.reply.first_s + out.reply.rest_s + out.pause_s("stall"))
        await _send_whole(out, send)

    async def _stream(self, out: Outgoing, send: Send) -> None:
        """Opening, then content as it is made; what need not wait for anything goes out together."""
        begun, *groups = out.protocol.events(out.reply, out.heard, out.request)
        first, *rest = _garbled(groups) if out.kind == "malformed" else groups
        await wire.start(send, 200, EVENT_STREAM, out.headers())
        if out.kind in BREAKS:
            whole = begun + b"".join(groups[: _half(groups)])
            await wire.send_body(send, whole, more=True)
            await _break_off(out, send, events_in(whole))
            return
        if out.reply.first_s:
            await wire.send_body(send, begun, more=True)
            await self._wait(out.reply.first_s)
            await wire.send_body(send, first, more=bool(rest))
        else:
            await wire.send_body(send, begun + first, more=bool(rest))
        await self._wait(out.pause_s("stall"))
        if rest and out.reply.rest_s < PERCEPTIBLE_S:
            rest = [b"".join(rest)]
        for place, group in enumerate(rest, start=1):
            await self._wait(out.reply.rest_s / len(rest))
            await wire.send_body(send, group, more=place < len(rest))

    async def _wait(self, seconds: float) -> None:
        if seconds <= 0:
            return
        try:
            async with asyncio.timeout(seconds):
                await self._hurried.wait()
        except TimeoutError:
            return


async def _send_whole(out: Outgoing, send: Send) -> None:
    if out.kind in {"error_event", "failed"}:
        refused = Refused("Internal server error", status=500)
        await wire.send_json(send, 500, out.protocol.error(refused, out.request_id), out.headers())
        return
    data = compact(out.protocol.body(out.reply, out.heard, out.request)).encode()
    half = data[: len(data) // 2]
    if out.kind == "malformed":
        data = half
    await wire.start(send, 200, JSON, [*out.headers(), ("content-length", str(len(data)))])
    # A cut answer promises its whole length and stops half way: the server then closes the connection.
    cut = out.kind == "cut"
    await wire.send_body(send, half if cut else data, more=cut)


async def _break_off(out: Outgoing, send: Send, sent: int) -> None:
    """End a stream after `sent` events. A cut one just stops, and the server closes the connection without an end."""
    if out.kind == "cut":
        return
    if out.kind == "failed" and out.protocol.failure:
        await wire.send_body(send, out.protocol.failure(out.reply, out.heard, out.request, sent))
        return
    status, message = IN_THE_STREAM[out.protocol.name]
    refused = Refused(message, status=status)
    await wire.send_body(send, out.protocol.error_event(refused, out.request_id, sent))


def _half(groups: list[bytes]) -> int:
    """How many groups of content come before the middle of a stream; never its end."""
    return min(len(groups) // 2 + 1, len(groups) - 1)


def _garbled(groups: list[bytes]) -> list[bytes]:
    """Cut the JSON of one event in the middle of a stream in half."""
    place = max(0, _half(groups) - 1)
    group = groups[place]
    begin = group.rindex(b"data: ") + len(b"data: ")
    broken = group[: begin + (len(group) - begin) // 2] + b"\n\n"
    return [*groups[:place], broken, *groups[place + 1 :]]
