"""The HTTP edge: bodies in, bounded and decompressed; answers out, in as few sends as they need."""

import json
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from starlette.types import Receive, Scope, Send

from canary.simulate.protocol import Refused
from canary.simulate.sse import compact

MAX_BODY = 32 * 1024 * 1024
"""Bytes of a request body, as sent and once decompressed; the published limit of one of the protocols."""
CREDENTIALS = frozenset({"authorization", "x-api-key", "proxy-authorization", "cookie"})
_WINDOW_BITS = {"gzip": 31, "x-gzip": 31, "deflate": 15}


@dataclass(frozen=True, kw_only=True, slots=True)
class RecordedRequest:
    """A request as it came, for tests and for a look at what a client sends.

    Attributes:
        method: in capitals.
        path: without the query.
        query: without the question mark.
        headers: names in lower case; values of credentials are redacted.
        body: parsed JSON; None for an empty body or one that is no JSON.
    """

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: Any


def headers_of(scope: Scope) -> dict[str, str]:
    """Request headers, names in lower case."""
    return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}


def redacted(headers: Mapping[str, str]) -> dict[str, str]:
    """Headers that may be kept: credentials keep their scheme alone."""
    return {name: _hidden(value) if name in CREDENTIALS else value for name, value in headers.items()}


def _hidden(value: str) -> str:
    scheme, space, _ = value.partition(" ")
    return f"{scheme} [redacted]" if space else "[redacted]"


async def read_body(receive: Receive, headers: Mapping[str, str]) -> bytes:
    """Read a request body, decompressed.

    Raises:
        Refused: it is too large, or its encoding is unknown or broken.
    """
    parts: list[bytes] = []
    size = 0
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            break
        part = message.get("body", b"")
        size += len(part)
        if size > MAX_BODY:
            raise _too_large()
        parts.append(part)
        more = message.get("more_body", False)
    raw = b"".join(parts)
    encoding = headers.get("content-encoding", "identity").strip().lower()
    return raw if encoding in {"identity", ""} else _decompressed(raw, encoding)


def _decompressed(raw: bytes, encoding: str) -> bytes:
    if encoding not in _WINDOW_BITS:
        raise Refused(f"The request's Content-Encoding is not supported: {encoding}")
    inflate = zlib.decompressobj(_WINDOW_BITS[encoding])
    try:
        data = inflate.decompress(raw, MAX_BODY)
    except zlib.error:
        raise Refused(f"The request body is not valid for its Content-Encoding: {encoding}") from None
    if inflate.unconsumed_tail:
        raise _too_large()
    if not inflate.eof:
        raise Refused(f"The request body is not valid for its Content-Encoding: {encoding}")
    return data


def _too_large() -> Refused:
    return Refused(f"Request exceeds the maximum size of {MAX_BODY} bytes", status=413)


def parse(raw: bytes) -> dict[str, Any]:
    """A JSON object.

    Raises:
        Refused: it is none.
    """
    try:
        value = json.loads(raw, parse_constant=_no_json)
    except (ValueError, RecursionError):
        raise Refused("We could not parse the JSON body of your request.") from None
    if not isinstance(value, dict):
        raise Refused("The request body must be a JSON object.")
    return value


def _no_json(constant: str) -> None:
    raise ValueError(f"{constant} is no JSON")


Headers = Iterable[tuple[str, str]]


async def start(send: Send, status: int, content_type: str, headers: Headers) -> None:
    """Send the head of a response."""
    lines = [(b"content-type", content_type.encode())]
    lines += [(name.encode(), value.encode("latin-1")) for name, value in headers]
    await send({"type": "http.response.start", "status": status, "headers": lines})


async def send_body(send: Send, data: bytes, *, more: bool = False) -> None:
    """Send a piece of a response's body."""
    await send({"type": "http.response.body", "body": data, "more_body": more})


async def send_json(send: Send, status: int, value: Any, headers: Headers = ()) -> None:
    """Send a whole JSON response."""
    data = compact(value).encode()
    await start(send, status, "application/json", [*headers, ("content-length", str(len(data)))])
    await send_body(send, data)
