"""Simulated tools: declared tables and an in-memory file tree. Pure: a call gives a new environment and a result.

The same declaration serves raw APIs (`dialogue` feeds results back), harnesses (a scratch directory is laid out
from `files`), the checks (end state of the tree) and the simulated provider. Nothing is ever executed.
"""

import json
import posixpath
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING

from canary.domain.canonical import Json, canonical_json
from canary.domain.suite import EnvironmentSpec, TableTool, Tool, ToolTest
from canary.domain.trial import ToolResult

if TYPE_CHECKING:
    from jsonschema.protocols import Validator

_PATH: Json = {"type": "string", "description": "Path relative to the project root, with forward slashes."}


def _tool(name: str, description: str, properties: Mapping[str, Json], required: tuple[str, ...]) -> Tool:
    schema: Mapping[str, Json] = {
        "type": "object",
        "properties": properties,
        "required": list(required),
        "additionalProperties": False,
    }
    return Tool(name=name, description=description, parameters=schema)


BUILT_IN_TOOLS: Mapping[str, Tool] = {
    tool.name: tool
    for tool in (
        _tool("list_files", "List the paths of all files in the project.", {}, ()),
        _tool("read_file", "Read one file of the project.", {"path": _PATH}, ("path",)),
        _tool(
            "search_files",
            "Find the lines of the project's files that contain a text. Returns path:line: text, one a line.",
            {"text": {"type": "string", "description": "The text to look for, exactly."}},
            ("text",),
        ),
        _tool(
            "edit_file",
            "Replace one passage of a file. The old text must occur exactly once.",
            {"path": _PATH, "old_text": {"type": "string"}, "new_text": {"type": "string"}},
            ("path", "old_text", "new_text"),
        ),
        _tool(
            "write_file",
            "Create a file, or replace its whole content.",
            {"path": _PATH, "text": {"type": "string"}},
            ("path", "text"),
        ),
        _tool("run_tests", "Run the project's tests and report which pass.", {}, ()),
    )
}
"""Tools over `files` that a prompt asks for by name."""

READING_TOOLS = frozenset({"read_file"})
EDITING_TOOLS = frozenset({"edit_file", "write_file"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Environment:
    """The state of one trial's simulated world.

    Attributes:
        spec: what the prompt declared.
        files: path -> text as it stands now.
    """

    spec: EnvironmentSpec
    files: Mapping[str, str]

    def call(self, name: str, arguments: Mapping[str, Json] | None) -> tuple["Environment", ToolResult]:
        """Answer one tool call.

        Args:
            name: the tool's name as the model gave it.
            arguments: parsed arguments; None where the model's text was no JSON object.

        Returns:
            The environment after the call, and what the model is told. A call of an unknown tool, or with arguments
            that its schema refuses, is `invalid` and changes nothing.
        """
        tool = offered_tools(self.spec).get(name)
        if tool is None:
            return self, ToolResult(
                text=f"error: there is no tool named {name!r}", error=True, invalid="unknown_tool"
            )
        if arguments is None:
            return self, ToolResult(
                text="error: arguments are not a JSON object", error=True, invalid="not_json"
            )
        problem = schema_problem(tool, arguments)
        if problem is not None:
            return self, ToolResult(text=f"error: {problem}", error=True, invalid="schema")
        if name in BUILT_IN_TOOLS and name in self.spec.tools:
            return _HANDLERS[name](self, arguments)
        return self, _table_answer(self.spec, name, arguments)


def open_environment(spec: EnvironmentSpec | None) -> Environment:
    """A fresh world for one trial; an empty one where the prompt declares none."""
    spec = spec or EnvironmentSpec()
    return Environment(spec=spec, files=dict(spec.files))


def offered_tools(spec: EnvironmentSpec) -> Mapping[str, Tool]:
    """Every tool the model is shown, by name, built-in ones first."""
    tools = {name: BUILT_IN_TOOLS[name] for name in spec.tools}
    return tools | {table.tool.name: table.tool for table in spec.tables}


def schema_problem(tool: Tool, arguments: Mapping[str, Json]) -> str | None:
    """Why the tool's schema refuses these arguments, in one line; None where it takes them."""
    errors = sorted(
        _validator(canonical_json(tool.parameters)).iter_errors(arguments), key=lambda e: list(e.path)
    )
    return str(errors[0].message) if errors else None


@cache
def _validator(schema: str) -> "Validator":
    # Imported on use: jsonschema costs more than the whole command line does.
    from jsonschema import Draft202012Validator

    return Draft202012Validator(json.loads(schema))


def _table_answer(spec: EnvironmentSpec, name: str, arguments: Mapping[str, Json]) -> ToolResult:
    table: TableTool = next(table for table in spec.tables if table.tool.name == name)
    for answer in table.answers:
        if answer.when is None or _matches(answer.when, arguments):
            if answer.error is not None:
                return ToolResult(text=f"error: {answer.error}", error=True)
            return ToolResult(text=_told(answer.result))
    return ToolResult(text="error: no result for these arguments", error=True)


def _matches(when: Mapping[str, Json], arguments: Mapping[str, Json]) -> bool:
    return all(key in arguments and same_argument(arguments[key], value) for key, value in when.items())


def same_argument(given: Json, wanted: Json) -> bool:
    """Equal; texts also when they differ only in case or outer space, as a human clerk would accept."""
    if isinstance(given, str) and isinstance(wanted, str):
        return given.strip().casefold() == wanted.strip().casefold()
    return given == wanted and isinstance(given, bool) == isinstance(wanted, bool)


def _told(result: Json) -> str:
    return result if isinstance(result, str) else json.dumps(result, ensure_ascii=False)


def _list_files(world: Environment, _arguments: Mapping[str, Json]) -> tuple[Environment, ToolResult]:
    return world, ToolResult(text="\n".join(sorted(world.files)))


def _read_file(world: Environment, arguments: Mapping[str, Json]) -> tuple[Environment, ToolResult]:
    path = normal_path(str(arguments["path"]))
    if path not in world.files:
        return world, ToolResult(text=f"error: no such file: {path}", error=True)
    return world, ToolResult(text=world.files[path])


def _search_files(world: Environment, arguments: Mapping[str, Json]) -> tuple[Environment, ToolResult]:
    wanted = str(arguments["text"])
    hits = [
        f"{path}:{number}: {line}"
        for path, text in sorted(world.files.items())
        for number, line in enumerate(text.splitlines(), start=1)
        if wanted in line
    ]
    return world, ToolResult(text="\n".join(hits) or "no match")


def _edit_file(world: Environment, arguments: Mapping[str, Json]) -> tuple[Environment, ToolResult]:
    path, old, new = (str(arguments[key]) for key in ("path", "old_text", "new_text"))
    path = normal_path(path)
    if path not in world.files:
        return world, ToolResult(text=f"error: no such file: {path}", error=True)
    found = world.files[path].count(old) if old else 0
    if found != 1:
        return world, ToolResult(text=f"error: the old text occurs {found} times in {path}", error=True)
    return _with_file(world, path, world.files[path].replace(old, new)), ToolResult(text=f"edited {path}")


def _write_file(world: Environment, arguments: Mapping[str, Json]) -> tuple[Environment, ToolResult]:
    path = normal_path(str(arguments["path"]))
    return _with_file(world, path, str(arguments["text"])), ToolResult(text=f"wrote {path}")


def _run_tests(world: Environment, _arguments: Mapping[str, Json]) -> tuple[Environment, ToolResult]:
    lines = [
        f"{'PASSED' if reports_pass(test, world.files) else 'FAILED'} {test.name}"
        for test in world.spec.tests
    ]
    failed = sum(line.startswith("FAILED") for line in lines)
    summary = f"{len(lines) - failed} passed, {failed} failed"
    return world, ToolResult(text="\n".join([*lines, summary]))


def reports_pass(test: ToolTest, files: Mapping[str, str]) -> bool:
    """Whether a declared test would be reported as passing: its pattern is found in its file."""
    return re.search(test.pattern, files.get(normal_path(test.path), "")) is not None


def normal_path(path: str) -> str:
    """One spelling for a path inside the tree: `./a//b` is `a/b`. It names a key of a table, never a real file."""
    return posixpath.normpath(path.replace("\\", "/")).lstrip("/")


def _with_file(world: Environment, path: str, text: str) -> Environment:
    return replace(world, files={**world.files, path: text})


_Handler = Callable[[Environment, Mapping[str, Json]], tuple[Environment, ToolResult]]
_HANDLERS: Mapping[str, _Handler] = {
    "list_files": _list_files,
    "read_file": _read_file,
    "search_files": _search_files,
    "edit_file": _edit_file,
    "write_file": _write_file,
    "run_tests": _run_tests,
}
