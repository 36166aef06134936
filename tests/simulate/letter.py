"""To the letter: bodies and events held against the SDKs' own types, with unknown keys refused."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import httpx2
from pydantic import BaseModel, TypeAdapter


@dataclass(frozen=True, kw_only=True)
class Event:
    """One server-sent event."""

    name: str | None
    data: str


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)


def checked(kind: Any, text: str) -> Any:
    """Read JSON as one of the SDK's types, strictly, and refuse keys that the type does not have."""
    value = _adapter(kind).validate_json(text, strict=True)
    unknown = list(_unknown(value, kind.__name__ if isinstance(kind, type) else "event"))
    assert not unknown, f"keys that the SDK does not know: {unknown}"
    return value


def _unknown(value: Any, where: str) -> Iterator[str]:
    if isinstance(value, BaseModel):
        yield from (f"{where}.{key}" for key in value.model_extra or {})
        for name in type(value).model_fields:
            yield from _unknown(getattr(value, name), f"{where}.{name}")
    elif isinstance(value, Mapping):
        for key, one in value.items():
            yield from _unknown(one, f"{where}[{key!r}]")
    elif isinstance(value, list):
        for number, one in enumerate(value):
            yield from _unknown(one, f"{where}[{number}]")


def post(base_url: str, path: str, body: Any, *, headers: Mapping[str, str] | None = None) -> httpx2.Response:
    """One request without an SDK."""
    given = {"authorization": "Bearer sk-test", "anthropic-version": "2026-10-21", **(headers or {})}
    with httpx2.Client(verify=False, trust_env=False) as client:
        if isinstance(body, bytes):
            return client.post(base_url + path, content=body, headers=given)
        return client.post(base_url + path, json=body, headers=given)


def events_of(response: httpx2.Response) -> list[Event]:
    """The events of a whole stream, which must end in an empty line."""
    text = response.text
    assert text.endswith("\n\n")
    return [_event(block) for block in text[:-2].split("\n\n")]


def _event(block: str) -> Event:
    fields = dict(line.split(": ", 1) for line in block.split("\n"))
    assert set(fields) <= {"event", "data"}
    return Event(name=fields.get("event"), data=fields["data"])


def types_of(events: list[Event]) -> list[str]:
    """The `type` of each event."""
    return [json.loads(event.data)["type"] for event in events]
