"""Plain request bodies in each protocol, for tests that speak without an SDK."""

from typing import Any

from tests.simulate.suites import TEXT

PATHS = {"messages": "/v1/messages", "responses": "/v1/responses", "chat": "/v1/chat/completions"}
PROTOCOLS = tuple(PATHS)


def body_of(protocol: str, text: str = TEXT.turns[0].user, **more: Any) -> dict[str, Any]:
    """A request that says one text."""
    spoken: dict[str, dict[str, Any]] = {
        "messages": {"max_tokens": 2048, "messages": [{"role": "user", "content": text}]},
        "responses": {"input": text},
        "chat": {"messages": [{"role": "user", "content": text}]},
    }
    return {"model": "simulated-large", **spoken[protocol], **more}


def text_of(protocol: str, body: Any) -> str:
    """The visible text of a whole reply."""
    if protocol == "messages":
        return "".join(block["text"] for block in body["content"] if block["type"] == "text")
    if protocol == "responses":
        messages = [item for item in body["output"] if item["type"] == "message"]
        return "".join(part.get("text", "") for item in messages for part in item["content"])
    return str(body["choices"][0]["message"]["content"])
