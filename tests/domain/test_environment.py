"""Simulated tools answer as declared, change only what they say, and never execute anything."""

from collections.abc import Mapping

import pytest

from canary.domain.canonical import Json
from canary.domain.environment import (
    BUILT_IN_TOOLS,
    Environment,
    normal_path,
    offered_tools,
    open_environment,
)
from canary.domain.suite import EnvironmentSpec, TableAnswer, TableTool, Tool, ToolTest

RATES = TableTool(
    tool=Tool(
        name="get_rate",
        description="Rate of a pair.",
        parameters={"type": "object", "required": ["pair"], "properties": {"pair": {"type": "string"}}},
    ),
    answers=(
        TableAnswer(when={"pair": "EURUSD"}, result={"rate": 1.25}),
        TableAnswer(when={"pair": "GBPUSD"}, result="closed"),
        TableAnswer(error="unknown pair"),
    ),
)
SPEC = EnvironmentSpec(
    files={"report.py": "total = sum(rows)\n", "tests/test_report.py": "import report\n"},
    tools=("list_files", "read_file", "search_files", "edit_file", "write_file", "run_tests"),
    tests=(ToolTest(name="test_empty", path="report.py", pattern=r"if not rows"),),
    tables=(RATES,),
)


@pytest.fixture
def world() -> Environment:
    return open_environment(SPEC)


def told(world: Environment, name: str, arguments: Mapping[str, Json]) -> str:
    return world.call(name, arguments)[1].text


def test_every_built_in_tool_has_a_handler(world: Environment) -> None:
    arguments: dict[str, Mapping[str, Json]] = {
        "read_file": {"path": "report.py"},
        "search_files": {"text": "sum"},
        "edit_file": {"path": "report.py", "old_text": "sum", "new_text": "len"},
        "write_file": {"path": "new.py", "text": ""},
    }
    for name in BUILT_IN_TOOLS:
        assert not world.call(name, arguments.get(name, {}))[1].error, name


def test_files_are_listed_read_and_searched(world: Environment) -> None:
    assert told(world, "list_files", {}) == "report.py\ntests/test_report.py"
    assert told(world, "read_file", {"path": "./report.py"}) == "total = sum(rows)\n"
    assert told(world, "search_files", {"text": "rows"}) == "report.py:1: total = sum(rows)"
    assert told(world, "search_files", {"text": "absent"}) == "no match"


def test_an_edit_changes_the_new_world_and_leaves_the_old_one(world: Environment) -> None:
    after, result = world.call("edit_file", {"path": "report.py", "old_text": "sum", "new_text": "len"})
    assert (result.error, after.files["report.py"]) == (False, "total = len(rows)\n")
    assert world.files["report.py"] == "total = sum(rows)\n"


@pytest.mark.parametrize(
    ("old_text", "found"), [("absent", 0), ("", 0), ("o", 2)], ids=["absent", "empty", "twice"]
)
def test_an_edit_whose_old_text_is_not_there_exactly_once_is_refused(
    world: Environment, old_text: str, found: int
) -> None:
    after, result = world.call("edit_file", {"path": "report.py", "old_text": old_text, "new_text": "x"})
    assert result.error
    assert f"{found} times" in result.text
    assert after.files == world.files


def test_tests_report_what_their_patterns_find_and_nothing_runs(world: Environment) -> None:
    assert told(world, "run_tests", {}) == "FAILED test_empty\n0 passed, 1 failed"
    fixed, _ = world.call("write_file", {"path": "report.py", "text": "if not rows: exit(1)"})
    assert told(fixed, "run_tests", {}) == "PASSED test_empty\n1 passed, 0 failed"


def test_the_first_matching_row_of_a_table_answers(world: Environment) -> None:
    assert told(world, "get_rate", {"pair": "EURUSD"}) == '{"rate": 1.25}'
    assert told(world, "get_rate", {"pair": " eurusd "}) == '{"rate": 1.25}'
    assert told(world, "get_rate", {"pair": "GBPUSD"}) == "closed"
    result = world.call("get_rate", {"pair": "XXX"})[1]
    assert (result.text, result.error, result.invalid) == ("error: unknown pair", True, None)


def test_a_number_does_not_match_a_truth_value() -> None:
    tool = Tool(name="f", description="", parameters={"type": "object"})
    spec = EnvironmentSpec(
        tables=(TableTool(tool=tool, answers=(TableAnswer(when={"n": 1}, result="one"),)),)
    )
    assert told(open_environment(spec), "f", {"n": 1}) == "one"
    assert open_environment(spec).call("f", {"n": True})[1].error


@pytest.mark.parametrize(
    ("name", "arguments", "invalid"),
    [
        ("no_such_tool", {}, "unknown_tool"),
        ("read_file", None, "not_json"),
        ("read_file", {}, "schema"),
        ("read_file", {"path": 7}, "schema"),
        ("read_file", {"path": "report.py", "extra": 1}, "schema"),
        ("get_rate", {"pair": 3}, "schema"),
    ],
)
def test_an_invalid_call_says_why_and_changes_nothing(
    world: Environment, name: str, arguments: Mapping[str, Json] | None, invalid: str
) -> None:
    after, result = world.call(name, arguments)
    assert (after, result.error, result.invalid) == (world, True, invalid)


def test_a_missing_file_is_an_error_but_no_invalid_call(world: Environment) -> None:
    result = world.call("read_file", {"path": "gone.py"})[1]
    assert (result.error, result.invalid) == (True, None)


def test_a_tool_that_the_prompt_does_not_offer_does_not_exist() -> None:
    world = open_environment(EnvironmentSpec(files={"a": "b"}, tools=("read_file",)))
    assert world.call("write_file", {"path": "a", "text": "c"})[1].invalid == "unknown_tool"
    assert list(offered_tools(world.spec)) == ["read_file"]


@pytest.mark.parametrize("path", ["a/b.py", "./a/b.py", "a//b.py", "/a/b.py", "a\\b.py", "a/x/../b.py"])
def test_one_file_has_one_name(path: str) -> None:
    assert normal_path(path) == "a/b.py"
