"""OpenAI Responses: the events of a streamed reply."""

from typing import Any

from canary.simulate.openai import error_code
from canary.simulate.protocol import Body, Heard, Refused, Reply, split
from canary.simulate.responses import ending, frame, items
from canary.simulate.sse import named


class _Events:
    """Numbers the events of one stream."""

    def __init__(self, first: int = 0) -> None:
        self._next = first

    def __call__(self, kind: str, **fields: Any) -> bytes:
        data = {"type": kind, "sequence_number": self._next, **fields}
        self._next += 1
        return named(kind, data)


def events(reply: Reply, heard: Heard, request: Body) -> list[bytes]:
    """A streamed `Response`."""
    event = _Events()
    begun = frame(reply, heard, request)
    groups = [event("response.created", response=begun) + event("response.in_progress", response=begun)]
    output = list(items(reply, heard))
    for index, item in enumerate(output):
        groups.extend(_item_events(event, index, item))
    ended = ending(reply, output)
    groups.append(event(f"response.{ended['status']}", response={**begun, **ended}))
    return groups


def _item_events(event: _Events, index: int, item: dict[str, Any]) -> list[bytes]:
    """One group for each delta; the item's beginning goes with the first, its end with the last."""
    kinds = {"reasoning": _reasoning, "message": _message, "function_call": _call}
    begun, inner = kinds[item["type"]](item) if item["type"] in kinds else (item, [])
    groups = [event("response.output_item.added", output_index=index, item=begun)]
    for number, (kind, fields) in enumerate(inner):
        line = event(kind, output_index=index, item_id=item["id"], **fields)
        if number and kind.endswith(".delta"):
            groups.append(line)
        else:
            groups[-1] += line
    groups[-1] += event("response.output_item.done", output_index=index, item=item)
    return groups


_Inner = tuple[dict[str, Any], list[tuple[str, dict[str, Any]]]]


def _reasoning(item: dict[str, Any]) -> _Inner:
    inner: list[tuple[str, dict[str, Any]]] = []
    for at, part in enumerate(item["summary"]):
        inner.append(
            ("response.reasoning_summary_part.added", {"summary_index": at, "part": {**part, "text": ""}})
        )
        inner.extend(
            ("response.reasoning_summary_text.delta", {"summary_index": at, "delta": piece})
            for piece in split(part["text"], 2)
        )
        inner.append(("response.reasoning_summary_text.done", {"summary_index": at, "text": part["text"]}))
        inner.append(("response.reasoning_summary_part.done", {"summary_index": at, "part": part}))
    return {**item, "summary": []}, inner


def _message(item: dict[str, Any]) -> _Inner:
    part = item["content"][0]
    field = "text" if part["type"] == "output_text" else "refusal"
    stem = f"response.{part['type']}"
    more: dict[str, Any] = {"logprobs": []} if field == "text" else {}
    inner: list[tuple[str, dict[str, Any]]] = [
        ("response.content_part.added", {"content_index": 0, "part": {**part, field: ""}})
    ]
    inner.extend(
        (f"{stem}.delta", {"content_index": 0, "delta": piece, **more}) for piece in split(part[field])
    )
    inner.append((f"{stem}.done", {"content_index": 0, field: part[field], **more}))
    inner.append(("response.content_part.done", {"content_index": 0, "part": part}))
    return {**item, "status": "in_progress", "content": []}, inner


def _call(item: dict[str, Any]) -> _Inner:
    deltas = split(item["arguments"], 2)
    inner = [("response.function_call_arguments.delta", {"delta": piece}) for piece in deltas]
    inner.append(("response.function_call_arguments.done", {"arguments": item["arguments"]}))
    return {**item, "status": "in_progress", "arguments": ""}, inner


def error_event(refused: Refused, _request_id: str, sent: int) -> bytes:
    """An error within a stream, after `sent` events."""
    code = error_code(refused)
    return _Events(sent)("error", code=code, message=refused.message, param=refused.param)


def failure(reply: Reply, heard: Heard, request: Body, sent: int) -> bytes:
    """The end of a stream whose response failed, after `sent` events."""
    failed = {"code": "server_error", "message": "The server had an error while processing your request."}
    response = {**frame(reply, heard, request), "status": "failed", "error": failed}
    return _Events(sent)("response.failed", response=response)
