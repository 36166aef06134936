"""JSON as it is sent, and server-sent events made of it."""

import json
from typing import Any

compact = json.JSONEncoder(separators=(",", ":")).encode
"""JSON without spaces, ASCII only. One encoder for all: building one for each event costs more than using it."""


def named(kind: str, data: Any) -> bytes:
    """An event with a name, as Messages and Responses send it."""
    return f"event: {kind}\ndata: {compact(data)}\n\n".encode()


def nameless(data: Any) -> bytes:
    """An event without a name, as Chat Completions send it."""
    return f"data: {compact(data)}\n\n".encode()


def events_in(group: bytes) -> int:
    """How many events a group holds: JSON has no raw line break, so that each event ends in the only empty line."""
    return group.count(b"\n\n")
