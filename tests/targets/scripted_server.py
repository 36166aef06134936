"""A loopback server that answers with exact bytes, one scripted answer a request, in the test's own event loop."""

import asyncio
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

EVENT_STREAM = "text/event-stream; charset=utf-8"


@dataclass(frozen=True, kw_only=True)
class Answer:
    """One answer on the wire.

    Attributes:
        status: HTTP status.
        headers: beside the content type.
        chunks: the body; each is sent as one chunk.
        content_type: "" = none sent.
        cut: the connection is closed before the end of the body is marked.
        hold: the connection is kept open in silence until the client hangs up.
    """

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    chunks: tuple[bytes, ...] = ()
    content_type: str = EVENT_STREAM
    cut: bool = False
    hold: bool = False


def stream(chunks: Iterable[bytes], **facts: Any) -> Answer:
    """An event stream."""
    return Answer(chunks=tuple(chunks), **facts)


def error(status: int, body: object, **headers: str) -> Answer:
    """An HTTP error; header names with underscores become dashed."""
    text = body if isinstance(body, str) else json.dumps(body)
    return Answer(
        status=status,
        headers={name.replace("_", "-"): value for name, value in headers.items()},
        chunks=(text.encode(),),
        content_type="text/html" if isinstance(body, str) else "application/json",
    )


@dataclass(frozen=True, kw_only=True)
class Request:
    """One request as it came; header names in lower case."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: Any


class ScriptedServer:
    """Serves the script in order; a request beyond its end is answered with 418.

    Attributes:
        requests: what came.
        holding: set when an answer is held.
        hung_up: set when a client has hung up on a held answer.
        connections: how many were opened.
        address: `http://127.0.0.1:PORT`.
    """

    def __init__(self, *script: Answer) -> None:
        self._script = list(script)
        self.requests: list[Request] = []
        self.hung_up = asyncio.Event()
        self.holding = asyncio.Event()
        self.address = ""
        self.connections = 0
        self._server: asyncio.Server | None = None
        self._open: dict[asyncio.StreamWriter, asyncio.Task[Any] | None] = {}

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.address = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._server is not None
        self._server.close()
        handlers = [task for task in self._open.values() if task]
        for writer in self._open:
            writer.close()
        await asyncio.gather(*handlers)
        await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open[writer] = asyncio.current_task()
        self.connections += 1
        try:
            while True:
                request = await _read(reader)
                if request.method == "GET" and "/models/" in request.path:
                    # Asked once by every target, beside what the script is about.
                    if not await self._give(error(404, {"message": "no list"}), reader, writer):
                        break
                    continue
                self.requests.append(request)
                answer = (
                    self._script.pop(0) if self._script else error(418, {"message": "the script is over"})
                )
                if not await self._give(answer, reader, writer):
                    break
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            self._open.pop(writer, None)
            writer.close()

    async def _give(self, answer: Answer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Send an answer; False where the connection ends with it."""
        if answer.chunks or not answer.hold:
            writer.write(_head(answer))
        for chunk in answer.chunks:
            writer.write(b"%x\r\n%s\r\n" % (len(chunk), chunk))
        if answer.hold:
            await writer.drain()
            self.holding.set()
            await reader.read()
            self.hung_up.set()
        elif not answer.cut:
            writer.write(b"0\r\n\r\n")
        await writer.drain()
        return not (answer.cut or answer.hold)


def _head(answer: Answer) -> bytes:
    headers = {"transfer-encoding": "chunked", **answer.headers}
    if answer.content_type:
        headers["content-type"] = answer.content_type
    lines = [f"HTTP/1.1 {answer.status} Scripted", *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join([*lines, "", ""]).encode()


async def _read(reader: asyncio.StreamReader) -> Request:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    first, *lines = head.split("\r\n")
    method, target, _version = first.split(" ")
    headers = {
        name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines if line)
    }
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    path, _, query = target.partition("?")
    return Request(
        method=method, path=path, query=query, headers=headers, body=json.loads(body) if body else None
    )
