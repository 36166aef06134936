"""A model behind an agent CLI speaks to the agent's own tools."""

import json
from typing import Any

import pytest

from canary.domain.suite import ExampleCall
from canary.simulate import responses_read
from canary.simulate.agents import FREEFORM, in_tools_of

FILES = {"a.py": "def f():\n    return 1\n\n\nlast"}
CLAUDE = ("Read", "Edit", "Write", "Bash")
CODEX = ("exec_command", "apply_patch", "tool_search")
READ = ExampleCall(name="read_file", arguments={"path": "a.py"})
EDIT = ExampleCall(
    name="edit_file", arguments={"path": "a.py", "old_text": "return 1", "new_text": "return 2"}
)


def spoken(call: ExampleCall, *tools: str) -> tuple[str, Any]:
    (said,) = in_tools_of((call,), tools, FILES)
    return said.name, said.arguments


def test_a_client_that_offers_the_tool_gets_the_call_as_it_is() -> None:
    assert spoken(EDIT, "edit_file", *CLAUDE) == ("edit_file", EDIT.arguments)


@pytest.mark.parametrize(
    ("call", "tools", "name", "arguments"),
    [
        (READ, CLAUDE, "Read", {"file_path": "a.py"}),
        (READ, CODEX, "exec_command", {"cmd": "cat a.py"}),
        (ExampleCall(name="list_files", arguments={}), CLAUDE, "Bash", {"command": "find . -type f"}),
        (ExampleCall(name="search_files", arguments={"text": "a b"}), CODEX, "exec_command", {"cmd": "grep -rn 'a b' ."}),
        (ExampleCall(name="run_tests", arguments={}), (*CLAUDE, "mcp__canary__run_tests"), "mcp__canary__run_tests", {}),
        (ExampleCall(name="run_tests", arguments={}), CODEX, "mcp__canary__run_tests", {}),
        (ExampleCall(name="run_tests", arguments={}), CLAUDE, "run_tests", {}),
        (
            ExampleCall(name="write_file", arguments={"path": "b", "text": "x"}),
            CLAUDE, "Write", {"file_path": "b", "content": "x"},
        ),
    ],
)  # fmt: skip
def test_an_agent_gets_the_call_in_its_own_words(
    call: ExampleCall, tools: tuple[str, ...], name: str, arguments: dict[str, Any]
) -> None:
    assert spoken(call, *tools) == (name, arguments)


def test_an_edit_of_a_passage_is_an_edit_of_whole_lines_as_patches_are() -> None:
    name, arguments = spoken(EDIT, *CODEX)
    assert name == "exec_command"
    assert "*** Update File: a.py\n@@\n-    return 1\n+    return 2\n*** End Patch" in arguments["cmd"]
    last = ExampleCall(name="edit_file", arguments={"path": "a.py", "old_text": "last", "new_text": "end"})
    assert "-last\n+end\n" in spoken(last, *CODEX)[1]["cmd"]


def test_an_agent_whose_only_tool_runs_code_gets_code() -> None:
    name, arguments = spoken(READ, FREEFORM, "wait")
    assert name == FREEFORM
    assert arguments["input"].startswith('const r = await tools.exec_command({"cmd":"cat a.py"});')
    assert (
        "tools.mcp__canary__run_tests({})"
        in spoken(ExampleCall(name="run_tests", arguments={}), FREEFORM, "wait")[1]["input"]
    )


def test_tools_offered_inside_the_input_and_calls_with_a_namespace_are_understood() -> None:
    body = {
        "model": "gpt-6-sol",
        "input": [
            {"type": "additional_tools", "role": "developer", "tools": [
                {"type": "namespace", "name": "functions", "tools": [{"type": "custom", "name": "exec"}]},
                {"type": "function", "name": "plain"},
            ]},
            {"type": "message", "role": "user", "content": "Hello?"},
            {"type": "function_call", "call_id": "a", "namespace": "mcp__canary", "name": "f", "arguments": "{}"},
            {"type": "function_call_output", "call_id": "a", "output": "x"},
            {"type": "custom_tool_call", "call_id": "b", "name": "exec", "input": "text(1)"},
            {"type": "custom_tool_call_output", "call_id": "b", "output": "1"},
        ],
    }  # fmt: skip
    heard = responses_read.read(body, {})
    assert (heard.tools, heard.freeform) == (("exec", "plain"), ("exec",))
    calls = [call for said in heard.replies for call in said.calls]
    assert [(call.name, json.loads(call.arguments)) for call in calls] == [
        ("mcp__canary__f", {}),
        ("exec", {"input": "text(1)"}),
    ]
