"""Published function-calling cases as a suite: the single-turn files of the Berkeley Function Calling Leaderboard (BFCL).

Beside them lie their `possible_answer` files; calls are compared as its AST check does (`checks.argument_match`).
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from canary.domain.canonical import Json
from canary.domain.errors import RecordError
from canary.domain.suite import CheckSpec, EnvironmentSpec, Prompt, Suite, TableAnswer, TableTool, Tool, Turn
from canary.exchange.suites import id_part, read_records, suite_of

_NO_NAME_CHARACTER = re.compile(r"[^a-zA-Z0-9_-]")
_LONGEST_NAME = 64
"""Characters of a function's name that providers take."""


def read_bfcl(path: Path, answers: Path | None = None) -> Suite:
    """Single-turn function-calling cases of BFCL as a suite: ids `bfcl/<id>`.

    Args:
        path: the cases (`id`, `question`, `function`).
        answers: their `ground_truth`; None = the file of the same name in the folder `possible_answer` beside, where
            there is one. A case may also carry its `ground_truth` itself. Cases about irrelevance need none: no tool
            may be called; nor do those about relevance: some tool must be.

    Raises:
        RecordError: a file or a line can't be read, a case has several turns, or has no answer.
    """
    beside = path.parent / "possible_answer" / path.name
    source = answers or (beside if beside.is_file() else None)
    truths = {row.get("id"): row.get("ground_truth") for _, row in read_records(source)} if source else {}
    return suite_of([_bfcl_prompt(row, truths, where) for where, row in read_records(path)], path)


def _bfcl_prompt(row: Mapping[str, Any], truths: Mapping[Any, Any], where: str) -> Prompt:
    case, question, functions = row.get("id"), row.get("question"), row.get("function")
    # The first edition gave a question as a text, and a single function without a list.
    question = [[{"role": "user", "content": question}]] if isinstance(question, str) else question
    functions = [functions] if isinstance(functions, dict) else functions
    if not isinstance(case, str) or not isinstance(question, list) or not question:
        raise RecordError("has no id and question", where=where)
    if len(question) != 1 or not isinstance(functions, list):
        raise RecordError(
            "is a case of several turns or of tools that are programs",
            where=where,
            remedy="import single-turn files only",
        )
    system, user = _messages(question[0], where)
    tool = _tool_in_code if _is_in_code(case) else _tool
    try:
        return Prompt(
            id=f"bfcl/{id_part(case)}",
            family="bfcl",
            system=system,
            turns=(Turn(user=user),),
            environment=EnvironmentSpec(tables=tuple(map(tool, functions))),
            checks=(_bfcl_check(case, row.get("ground_truth", truths.get(case)), where),),
        )
    except (KeyError, TypeError, AttributeError):
        raise RecordError("has a function without name and parameters", where=where) from None


def _messages(messages: Any, where: str) -> tuple[str | None, str]:
    """System text and user text. A conversation that was had before stands in the user text, line by line."""
    try:
        said = [(str(message["role"]), str(message["content"])) for message in messages]
    except (TypeError, KeyError):
        raise RecordError("has a question that is no list of messages", where=where) from None
    system = "\n\n".join(text for role, text in said if role == "system")
    rest = [(role, text) for role, text in said if role != "system"]
    if not rest:
        raise RecordError("asks nothing", where=where)
    if len(rest) == 1:
        return system or None, rest[0][1]
    return system or None, "\n\n".join(f"{role.capitalize()}: {text}" for role, text in rest)


def _tool(function: Mapping[str, Any]) -> TableTool:
    tool = Tool(
        name=function_name(function["name"]),
        description=str(function.get("description") or function["name"]),
        parameters={**_json_schema(function["parameters"]), "type": "object"},
    )
    return TableTool(tool=tool, answers=(TableAnswer(result="done"),))


def _is_in_code(case: str) -> bool:
    return "java" in case


def _tool_in_code(function: Mapping[str, Any]) -> TableTool:
    """A function of Java or JavaScript as models are offered it: every argument is a text, its type is told in words."""
    declared = function["parameters"]
    properties = {
        name: {
            "type": "string",
            "description": f"{value.get('description', name)} (type {value.get('type')}, written as in code)",
        }
        for name, value in declared["properties"].items()
    }
    return _tool({**function, "parameters": {**declared, "properties": properties}})


def function_name(name: str) -> str:
    """A function's name as every provider takes it: dots and other characters become underscores."""
    plain = _NO_NAME_CHARACTER.sub("_", name)
    return (plain if plain[:1].isalpha() else f"f_{plain}")[:_LONGEST_NAME]


_TYPES: Mapping[str, str] = {
    "dict": "object", "object": "object", "hashmap": "object", "hashtable": "object",
    "array": "array", "list": "array", "tuple": "array", "arraylist": "array", "queue": "array", "stack": "array",
    "string": "string", "char": "string",
    "integer": "integer", "long": "integer", "short": "integer", "byte": "integer", "bigint": "integer",
    "number": "number", "float": "number", "double": "number",
    "boolean": "boolean", "bool": "boolean",
}  # fmt: skip
"""BFCL's names of types, in small letters -> JSON Schema's. Any other, as `any`, is left open."""


def _json_schema(declared: Mapping[str, Any]) -> dict[str, Json]:
    """The part of a declaration that JSON Schema knows too."""
    schema: dict[str, Json] = {}
    kind = _TYPES.get(str(declared.get("type")).lower())
    if kind is not None:
        schema["type"] = kind
    if isinstance(declared.get("description"), str):
        schema["description"] = declared["description"]
    if isinstance(declared.get("properties"), Mapping):
        schema["properties"] = {k: _json_schema(v) for k, v in declared["properties"].items()}
    if isinstance(declared.get("items"), Mapping):
        schema["items"] = _json_schema(declared["items"])
    if isinstance(declared.get("required"), list):
        schema["required"] = list(dict.fromkeys(map(str, declared["required"])))
    if isinstance(declared.get("enum"), list) and declared["enum"]:
        schema["enum"] = declared["enum"]
    return schema


def _bfcl_check(case: str, truth: Any, where: str) -> CheckSpec:
    if truth is None and "irrelevance" in case:
        return CheckSpec(name="no_calls")
    if truth is None and "relevance" in case:
        return CheckSpec(name="calls", params={"at_least": 1})
    if not isinstance(truth, list) or not truth or not all(isinstance(call, dict) for call in truth):
        remedy = "name the file of possible answers, or put it into a folder possible_answer beside"
        raise RecordError("has no ground_truth", where=where, remedy=remedy)
    in_code = _is_in_code(case)
    expected = [
        {function_name(name): _allowed(values, in_code=in_code) for name, values in call.items()}
        for call in truth
    ]
    return CheckSpec(name="expected_calls", params={"calls": expected})


def _allowed(values: Mapping[str, list[Json]], *, in_code: bool) -> Mapping[str, Json]:
    if not in_code:
        return values
    return {argument: [*allowed, *_written(allowed)] for argument, allowed in values.items()}


def _written(allowed: Sequence[Json]) -> Iterator[Json]:
    """How Java and JavaScript write a value: cases of these languages give every argument as a text."""
    for value in allowed:
        if isinstance(value, bool):
            yield str(value).lower()
        elif isinstance(value, int | float):
            yield from (f"{value:g}{suffix}" for suffix in ("", "L", "f", "d"))
            yield f"{float(value)}"
        elif isinstance(value, list):
            yield json.dumps(value, ensure_ascii=False)
            yield from _collections(", ".join(json.dumps(item, ensure_ascii=False) for item in value))
        elif isinstance(value, dict):
            yield json.dumps(value, ensure_ascii=False)


def _collections(items: str) -> Iterator[str]:
    """Lists and arrays as Java writes them; texts are compared without case and spaces, so few forms are enough."""
    for kind in ("", *_ITEM_TYPES):
        yield f"new ArrayList<{kind}>(Arrays.asList({items}))"
    for kind in ("int", "char", *_ITEM_TYPES):
        yield f"new {kind}[]{{{items}}}"
    yield from (f"Arrays.asList({items})", f"List.of({items})")


_ITEM_TYPES = ("String", "Integer", "Long", "Float", "Double", "Boolean", "Object")
