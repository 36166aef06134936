"""Single values of a prompt file: names, paths, patterns, schemas. Each says what it wants when it is refused."""

import re
from collections.abc import Iterator
from typing import Annotated

from pydantic import AfterValidator, Field, JsonValue

from canary.checks.patterns import regex_problem
from canary.config.problems import refusal, suggestion
from canary.domain.environment import BUILT_IN_TOOLS, normal_path

_FAMILY = r"[a-z0-9][a-z0-9_-]*"
_RESERVED_FAMILY = "all"
"""Series of this name run over every family."""
_PATH_FORBIDS = re.compile(r'[\x00-\x1f\x7f\\:*?"<>|]')


def _family(name: str) -> str:
    if name == _RESERVED_FAMILY:
        raise refusal("is a reserved name", "choose another; series of that name run over every family")
    return name


def _file_path(path: str) -> str:
    """A path that stays inside a folder wherever it is laid out: a harness gets real files."""
    inside = path == normal_path(path) and ".." not in path.split("/") and path != "."
    if not path or not inside or _PATH_FORBIDS.search(path):
        raise refusal("must be a relative path inside the project", 'write it like "src/report.py"')
    return path


def _pattern(pattern: str) -> str:
    problem = regex_problem(pattern)
    if problem is not None:
        raise refusal(problem, "in double quotes a backslash is written twice")
    return pattern


def _built_in_tool(name: str) -> str:
    if name not in BUILT_IN_TOOLS:
        remedy = suggestion(name, list(BUILT_IN_TOOLS)) or f"built in are {', '.join(BUILT_IN_TOOLS)}"
        raise refusal("unknown built-in tool", remedy)
    return name


def _parameters(schema: dict[str, JsonValue]) -> dict[str, JsonValue]:
    problem = _schema_problem(schema)
    if problem is not None:
        raise refusal(problem, "write a JSON Schema (draft 2020-12) of an object")
    return schema


def _schema_problem(schema: dict[str, JsonValue]) -> str | None:
    # Imported on use: jsonschema costs more than the whole command line does.
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import SchemaError

    if schema.get("type") != "object":
        return "must have type: object"
    try:
        Draft202012Validator.check_schema(schema)
    except SchemaError as error:
        return f"is no valid JSON Schema at {'.'.join(map(str, error.path)) or 'its top'}"
    return next(_unfit(schema), None)


def _unfit(value: JsonValue) -> Iterator[str]:
    """What a valid schema may hold and arguments of a hostile model must not meet."""
    if isinstance(value, dict):
        if isinstance(value.get("$ref", value.get("$dynamicRef")), str):
            # A reference may lead to the network, to nowhere or in a circle.
            yield "must not use $ref"
        patterns = [value["pattern"]] if isinstance(value.get("pattern"), str) else []
        named = value.get("patternProperties")
        patterns += list(named) if isinstance(named, dict) else []
        yield from filter(None, (regex_problem(str(pattern)) for pattern in patterns))
    for item in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _unfit(item)


FamilyName = Annotated[str, Field(pattern=f"^{_FAMILY}$"), AfterValidator(_family)]
PromptId = Annotated[str, Field(pattern=f"^{_FAMILY}/[a-z0-9][a-z0-9._-]*$")]
ToolName = Annotated[str, Field(pattern="^[a-zA-Z0-9_-]{1,64}$")]
BuiltInTool = Annotated[
    str, AfterValidator(_built_in_tool), Field(json_schema_extra={"enum": list(BUILT_IN_TOOLS)})
]
FilePath = Annotated[str, AfterValidator(_file_path)]
Pattern = Annotated[str, AfterValidator(_pattern)]
Parameters = Annotated[dict[str, JsonValue], AfterValidator(_parameters)]
