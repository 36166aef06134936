"""The judge of request bodies is itself judged: it has to find what it is there to find."""

from typing import Any

import pytest
from anthropic.types.message_create_params import MessageCreateParamsStreaming as Messages
from openai.types.chat.completion_create_params import CompletionCreateParamsStreaming as Chat
from openai.types.responses.response_create_params import ResponseCreateParamsStreaming as Responses

from tests.targets.request_types import problems

USER = {"role": "user", "content": "Hello?"}


def _messages(**changes: Any) -> dict[str, Any]:
    return {"model": "m", "max_tokens": 5, "stream": True, "messages": [USER]} | changes


def _assistant(*blocks: dict[str, Any]) -> list[dict[str, Any]]:
    return [USER, {"role": "assistant", "content": list(blocks)}]


@pytest.mark.parametrize(
    ("body", "kind", "complaint"),
    [
        (_messages(), Messages, None),
        (_messages(temperature=0), Messages, "$.temperature: not a field"),
        (_messages(max_tokens="5"), Messages, "$.max_tokens: '5' is no"),
        (_messages(max_tokens=True), Messages, "$.max_tokens: True is no"),
        (_messages(stream=False), Messages, "$.stream: False is not one of"),
        ({"model": "m", "messages": [USER], "stream": True}, Messages, "$.max_tokens: missing"),
        (_messages(output_config={"effort": "extreme"}), Messages, "$.output_config.effort: 'extreme'"),
        (
            _messages(messages=_assistant({"type": "text", "text": "x", "mood": 1})),
            Messages,
            "$.messages.1.content.0.mood: not a field of TextBlockParam",
        ),
        (
            _messages(messages=_assistant({"type": "thinking", "thinking": "x"})),
            Messages,
            "$.messages.1.content.0.signature: missing",
        ),
        (_messages(tools=[{"name": "n", "input_schema": {"type": "object", "anything": 1}}]), Messages, None),
        ({"stream": True, "model": "m", "input": [USER]}, Responses, None),
        ({"stream": True, "input": [USER | {"mood": 1}]}, Responses, "$.input.0.mood: not a field"),
        ({"stream": True, "input": [{"type": "mystery"}]}, Responses, "$.input.0"),
        ({"stream": True, "model": "m", "messages": [USER]}, Chat, None),
        ({"stream": True, "model": "m", "messages": "Hello?"}, Chat, "$.messages: no list"),
        ({"stream": True, "model": "m", "messages": [{"role": "user"}]}, Chat, "$.messages.0"),
    ],
)
def test_a_body_is_refused_for_what_its_type_does_not_allow(
    body: Any, kind: Any, complaint: str | None
) -> None:
    found = problems(body, kind)
    assert (found == []) is (complaint is None)
    assert complaint is None or any(line.startswith(complaint) for line in found), found
