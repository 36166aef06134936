"""What each API refuses: a change to a good request, and words of the sentence that refuses it. None = left out."""

from typing import Any


def user(content: Any) -> dict[str, Any]:
    return {"role": "user", "content": content}


def model(content: Any) -> dict[str, Any]:
    return {"role": "assistant", "content": content}


USE = {"type": "tool_use", "id": "toolu_1", "name": "f", "input": {}}
RESULT = {"type": "tool_result", "tool_use_id": "toolu_1", "content": "x"}
MESSAGES_CASES: dict[str, tuple[dict[str, Any], str]] = {
    "no model": ({"model": None}, "model: Field required"),
    "no messages": ({"messages": None}, "messages: Field required"),
    "empty messages": ({"messages": []}, "at least one message"),
    "messages of a wrong type": ({"messages": "hi"}, "messages: expected an array"),
    "no max_tokens": ({"max_tokens": None}, "max_tokens: Field required"),
    "negative max_tokens": ({"max_tokens": -1}, "max_tokens: Input should be greater"),
    "max_tokens as text": ({"max_tokens": "9"}, "max_tokens: expected an integer"),
    "temperature": ({"temperature": 1.0}, "temperature: sampling parameters"),
    "top_p": ({"top_p": 0.5}, "top_p: sampling parameters"),
    "an unknown effort": ({"output_config": {"effort": "huge"}}, "output_config.effort"),
    "an unknown thinking": ({"thinking": {"type": "deep"}}, "thinking.type"),
    "no thinking budget": ({"thinking": {"type": "enabled"}}, "budget_tokens: Field required"),
    "a small thinking budget": ({"thinking": {"type": "enabled", "budget_tokens": 9}}, "or equal to 1024"),
    "a budget over max_tokens": (
        {"thinking": {"type": "enabled", "budget_tokens": 2048}},
        "max_tokens must be greater",
    ),
    "an unknown role": ({"messages": [{"role": "tool", "content": "x"}]}, "messages.0.role"),
    "an assistant first": ({"messages": [model("x"), user("y")]}, 'first message must use the "user" role'),
    "a prefill": ({"messages": [user("x"), model("y")]}, "prefill"),
    "empty content": ({"messages": [user("")]}, "non-empty content"),
    "an empty text block": ({"messages": [user([{"type": "text", "text": ""}])]}, "must be non-empty"),
    "a block without a type": ({"messages": [user([{"text": "x"}])]}, "with a type"),
    "a call without a result": (
        {"messages": [user("x"), model([USE]), user("y")]},
        "without `tool_result` blocks",
    ),
    "a result without a call": ({"messages": [user([RESULT])]}, "unexpected `tool_use_id`"),
    "two results for a call": (
        {"messages": [user("x"), model([USE]), user([RESULT, RESULT])]},
        "must have a single result",
    ),
    "a call by the user": ({"messages": [user([USE])]}, "tool_use blocks are not allowed in user"),
    "a forged signature": (
        {
            "messages": [
                user("x"),
                model([{"type": "thinking", "thinking": "t", "signature": "abcd"}]),
                user("y"),
            ]
        },
        "Invalid `signature` in `thinking` block",
    ),
    "thinking dropped from a tool loop": (
        {
            "thinking": {"type": "enabled", "budget_tokens": 1024},
            "messages": [user("x"), model([USE]), user([RESULT])],
        },
        "must start with a thinking block",
    ),
    "a tool without a schema": ({"tools": [{"name": "f"}]}, "tools.0.custom.input_schema: Field required"),
    "two tools of a name": (
        {"tools": [{"name": "f", "input_schema": {}}, {"name": "f", "input_schema": {}}]},
        "Tool names must be unique",
    ),
    "an unknown tier": ({"service_tier": "priority"}, "service_tier"),
    "an unknown speed": ({"speed": "warp"}, "speed"),
    "citations on the user's text": (
        {"messages": [user([{"type": "text", "text": "x", "citations": [{}]}])]},
        "citations are not allowed",
    ),
}
CALL = {"type": "function_call", "call_id": "call_1", "name": "f", "arguments": "{}"}
OUTPUT = {"type": "function_call_output", "call_id": "call_1", "output": "x"}
RESPONSES_CASES: dict[str, tuple[dict[str, Any], str]] = {
    "no model": ({"model": None}, "Missing required parameter: 'model'"),
    "no input": ({"input": None}, "Missing required parameter: 'input'"),
    "empty input": ({"input": []}, "empty array"),
    "an unknown effort": ({"reasoning": {"effort": "huge"}}, "Supported values are"),
    "reasoning of a wrong type": ({"reasoning": "high"}, "expected an object"),
    "a small cap": ({"max_output_tokens": 15}, "Expected a value >= 16"),
    "a cap that is no number": ({"max_output_tokens": True}, "Expected a value >= 16"),
    "an unknown role": ({"input": [{"role": "tool", "content": "x"}]}, "Invalid value: 'tool'"),
    "a chat part": (
        {"input": [{"role": "user", "content": [{"type": "text", "text": "x"}]}]},
        "'input_text'",
    ),
    "no content": ({"input": [{"role": "user"}]}, "input[0].content"),
    "an output without a call": ({"input": [OUTPUT]}, "No tool call found"),
    "a call without an output": ({"input": [user("x"), CALL]}, "No tool output found"),
    "a call without a name": (
        {"input": [{"type": "function_call", "call_id": "c", "arguments": ""}]},
        "input[0].name",
    ),
    "forged reasoning": (
        {
            "input": [
                user("x"),
                {"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": "abcd"},
            ]
        },
        "could not be verified",
    ),
    "reasoning that nothing tells": (
        {"input": [user("x"), {"type": "reasoning", "summary": []}]},
        "Missing required parameter: 'input[1].id'",
    ),
    "a function without a name": ({"tools": [{"type": "function"}]}, "tools[0].name"),
    "an unknown tier": ({"service_tier": "warp"}, "Invalid value: 'warp'"),
    "an unknown previous response": ({"previous_response_id": "resp_x"}, "not found"),
}
CHAT_CALL = {"id": "call_1", "type": "function", "function": {"name": "f", "arguments": "{}"}}
CHAT_CASES: dict[str, tuple[dict[str, Any], str]] = {
    "no model": ({"model": None}, "Missing required parameter: 'model'"),
    "no messages": ({"messages": None}, "Missing required parameter: 'messages'"),
    "empty messages": ({"messages": []}, "empty array"),
    "an unknown role": ({"messages": [{"role": "robot", "content": "x"}]}, "Invalid value: 'robot'"),
    "no content": ({"messages": [{"role": "user"}]}, "expected a string, got null"),
    "a result without a call": (
        {"messages": [user("x"), {"role": "tool", "tool_call_id": "call_1", "content": "x"}]},
        "must be a response to a preceding message",
    ),
    "a call without a result": (
        {"messages": [user("x"), {"role": "assistant", "tool_calls": [CHAT_CALL]}, user("y")]},
        "did not have response messages: call_1",
    ),
    "an unknown effort": ({"reasoning_effort": "huge"}, "Supported values are"),
    "several choices": ({"n": 2}, "'n'"),
    "a cap of nothing": ({"max_completion_tokens": 0}, "max_completion_tokens"),
    "a cap that is no number": ({"max_tokens": True}, "max_completion_tokens"),
    "stream options of a wrong type": ({"stream_options": 3}, "expected an object"),
}
CASES = {"messages": MESSAGES_CASES, "responses": RESPONSES_CASES, "chat": CHAT_CASES}
