"""Tools behind an agent: its own in canary's words, and the prompt's served over MCP."""

import io
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from canary.domain.environment import offered_tools
from canary.domain.suite import EnvironmentSpec, TableAnswer, TableTool, ToolTest
from canary.targets.native_tools import Named, in_our_words, shell_call
from canary.targets.served_tools import answer, main, serve, served
from tests.targets.talk import WEATHER

WORK = "/trial/work"


@pytest.mark.parametrize(
    ("name", "arguments", "ours"),
    [
        ("Read", {"file_path": "/trial/work/a/b.py"}, Named(name="read_file", arguments={"path": "a/b.py"})),
        ("Read", {"file_path": "./b.py"}, Named(name="read_file", arguments={"path": "b.py"})),
        ("Read", {"file_path": "/etc/hosts"}, Named(name="read_file", arguments={"path": "/etc/hosts"})),
        (
            "Write",
            {"file_path": "a", "content": "x"},
            Named(name="write_file", arguments={"path": "a", "text": "x"}),
        ),
        (
            "Edit",
            {"file_path": "a", "old_string": "x", "new_string": "y"},
            Named(name="edit_file", arguments={"path": "a", "old_text": "x", "new_text": "y"}),
        ),
        ("Grep", {"pattern": "x"}, Named(name="search_files", arguments={"text": "x"})),
        ("mcp__canary__get_weather", {"city": "Oslo"}, Named(name="get_weather", arguments={"city": "Oslo"})),
        ("mcp__other__x", {"a": 1}, Named(name="mcp__other__x", arguments={"a": 1})),
        ("Read", {"file_path": 7}, Named(name="read_file", arguments={"path": "."})),
    ],
)
def test_an_agents_own_tools_are_counted_in_canarys_words(name: str, arguments: Any, ours: Named) -> None:
    assert in_our_words(name, arguments, WORK) == ours


@pytest.mark.parametrize(
    ("command", "name"),
    [
        ("cat a.py", "read_file"),
        ("/bin/bash -lc 'cat a.py'", "read_file"),
        ("/bin/bash -lc \"sed -n '1,20p' a.py\"", "read_file"),
        ("head -n 5 a.py", "read_file"),
        ("cat a.py b.py", "shell"),
        ("cat a.py | wc", "shell"),
        ("cat a.py > b.py", "shell"),
        ("ls -R", "list_files"),
        ("rg --files", "list_files"),
        ("rg x .", "search_files"),
        ("grep -rn x .", "search_files"),
        ("make 'unclosed", "shell"),
        ("", "shell"),
        ("pytest -q", "shell"),
    ],
)
def test_a_shell_command_that_only_looks_is_a_look(command: str, name: str) -> None:
    assert shell_call(command, WORK).name == name


SPEC = EnvironmentSpec(
    files={"a.txt": "no"},
    tools=("read_file", "run_tests"),
    tests=(ToolTest(name="says yes", path="a.txt", pattern="yes"),),
    tables=(TableTool(tool=WEATHER, answers=(TableAnswer(result={"sky": "clear"}),)),),
)


def test_only_what_an_agent_does_not_bring_along_is_served(tmp_path: Path) -> None:
    assert set(offered_tools(served(SPEC))) == {"run_tests", "get_weather"}
    order = serve(SPEC, tmp_path)
    assert order is not None
    assert (order.command, order.names) == (sys.executable, ("run_tests", "get_weather"))
    assert serve(EnvironmentSpec(files={"a": "b"}, tools=("read_file",)), tmp_path) is None
    assert serve(None, tmp_path) is None


def call(method: str, **params: Any) -> Any:
    reply = answer(
        served(SPEC), {"a.txt": "no"}, {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
    )
    assert reply is not None
    return reply["result"] if "result" in reply else reply["error"]


def test_an_agent_can_shake_hands_list_and_call() -> None:
    assert call("initialize", protocolVersion="2024-11-05")["protocolVersion"] == "2024-11-05"
    tools = {tool["name"]: tool for tool in call("tools/list")["tools"]}
    assert tools["get_weather"]["inputSchema"] == WEATHER.parameters
    told = call("tools/call", name="get_weather", arguments={"city": "Oslo"})
    assert told == {"content": [{"type": "text", "text": '{"sky": "clear"}'}], "isError": False}
    assert call("tools/call", name="get_weather", arguments={"town": "Oslo"})["isError"] is True
    assert call("ping") == {}
    assert call("resources/list")["code"] == -32601
    assert answer(SPEC, {}, {"method": "notifications/initialized"}) is None


def test_tests_report_on_the_files_as_they_stand(tmp_path: Path) -> None:
    order = serve(SPEC, tmp_path)
    assert order is not None
    work, place = tmp_path / "work", Path(order.args[3])
    work.mkdir()
    asked = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "run_tests"}}

    def told() -> str:
        sink = io.StringIO()
        source = io.StringIO(f"no json\n[]\n{json.dumps(asked)}\n")
        main(place, work, source, sink)
        return str(json.loads(sink.getvalue())["result"]["content"][0]["text"])

    (work / "a.txt").write_text("no")
    assert "FAILED says yes" in told()
    (work / "a.txt").write_text("yes")
    assert "PASSED says yes" in told()
    (work / "a.txt").unlink()
    (work / "a.txt").symlink_to("/etc/passwd")
    assert "FAILED says yes" in told()
