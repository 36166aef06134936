"""A suite as prompt files: YAML that `config.prompts` loads back to the same digests.

Written here and not by PyYAML: its dumper quotes by YAML 1.1, so that a text like `1e3` would come back as a number to
a reader of YAML 1.2. Texts are JSON strings unless they are plain words or simple lines.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from math import isfinite

from canary.domain.canonical import Json
from canary.domain.suite import CheckSpec, EnvironmentSpec, Example, ExampleStep, Prompt, Suite, TableAnswer

_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_./-]{0,80}")
_NOT_PLAIN = frozenset({"null", "true", "false", "yes", "no", "on", "off", "y", "n"})
_UNPRINTABLE = re.compile("[\x7f-\xa0\u00ad\u2028\u2029\ufeff\ufffe\uffff]")
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")
_BLOCK_LINE = re.compile(r"(?:\S(?:.*\S)?)?")
_INDENT = "  "


def suite_files(suite: Suite) -> Mapping[str, str]:
    """The prompt files of a suite: file name -> text, one file a family.

    Raises:
        ValueError: a value has no place in YAML (NaN, an infinity, half a character).
    """
    return {f"{family}.yaml": _file(suite, family) for family in suite.families}


def _file(suite: Suite, family: str) -> str:
    prompts = [_prompt(prompt) for prompt in suite.prompts if prompt.family == family]
    return "\n".join(_mapping({"family": family, "prompts": prompts}, "")) + "\n"


def _prompt(prompt: Prompt) -> dict[str, Json]:
    data: dict[str, Json] = {"id": prompt.id}
    if prompt.system is not None:
        data["system"] = prompt.system
    data["turns"] = [
        {"user": turn.user} | ({} if turn.pause_s is None else {"pause": _duration(turn.pause_s)})
        for turn in prompt.turns
    ]
    if prompt.environment is not None:
        data["environment"] = _environment(prompt.environment)
    for key in ("max_output_tokens", "twin"):
        if getattr(prompt, key) is not None:
            data[key] = getattr(prompt, key)
    if prompt.harness_only:
        data["harness_only"] = True
    data["checks"] = [_check(check) for check in prompt.checks]
    examples: dict[str, Json] = {
        "pass": [*map(_example, prompt.passing)],
        "fail": [*map(_example, prompt.failing)],
    }
    if prompt.passing or prompt.failing:
        data["examples"] = {key: value for key, value in examples.items() if value}
    return data


def _duration(seconds: float) -> str:
    return f"{int(seconds) if seconds == int(seconds) else seconds}s"


def _check(check: CheckSpec) -> Json:
    if check.on != "last":
        return {check.name: check.params or None, "on": check.on}
    return {check.name: check.params} if check.params else check.name


def _environment(spec: EnvironmentSpec) -> dict[str, Json]:
    data: dict[str, Json] = {}
    if spec.files:
        data["files"] = dict(spec.files)
    if spec.tools:
        data["tools"] = list(spec.tools)
    if spec.tests:
        data["tests"] = [
            {"name": test.name, "passes_when": {"path": test.path, "pattern": test.pattern}}
            for test in spec.tests
        ]
    if spec.tables:
        data["tables"] = [
            {
                "tool": table.tool.name,
                "description": table.tool.description,
                "parameters": table.tool.parameters,
                "answers": [*map(_answer, table.answers)],
            }
            for table in spec.tables
        ]
    return data | {"max_calls": spec.max_calls}


def _answer(answer: TableAnswer) -> Json:
    condition: dict[str, Json] = {"otherwise": True} if answer.when is None else {"when": answer.when}
    return condition | ({"result": answer.result} if answer.error is None else {"error": answer.error})


def _example(example: Example) -> Json:
    steps = [*map(_step, example.steps)]
    return steps[0] if len(steps) == 1 and isinstance(steps[0], str) else {"turns": steps}


def _step(step: ExampleStep) -> Json:
    if not step.tool_calls:
        return step.text
    data: dict[str, Json] = {"text": step.text} if step.text else {}
    data["tool_calls"] = [{"name": call.name, "arguments": call.arguments} for call in step.tool_calls]
    return data


def _mapping(data: Mapping[str, Json], indent: str) -> Iterator[str]:
    for key, value in data.items():
        yield from _entry(f"{indent}{_key(key)}:", value, indent)


def _entry(head: str, value: Json, indent: str) -> Iterator[str]:
    """A key or a dash with its value, on one line or with the value below."""
    if isinstance(value, Mapping) and value:
        yield head
        yield from _mapping(value, indent + _INDENT)
    elif isinstance(value, Sequence) and not isinstance(value, str) and value:
        yield head
        yield from _list(value, indent + _INDENT)
    else:
        yield f"{head} {_scalar(value, indent + _INDENT)}"


def _list(items: Sequence[Json], indent: str) -> Iterator[str]:
    for item in items:
        if isinstance(item, Mapping) and item:
            # The first key stands beside the dash.
            first, *rest = _mapping(item, indent + _INDENT)
            yield f"{indent}- {first[len(indent) + len(_INDENT) :]}"
            yield from rest
        else:
            yield from _entry(f"{indent}-", item, indent)


def _key(key: str) -> str:
    # `on` is a boolean to old YAML readers; ours is not one, and every prompt file writes it so.
    return key if key == "on" or _is_plain(key) else _quoted(key)


def _is_plain(text: str) -> bool:
    return _PLAIN.fullmatch(text) is not None and text.lower() not in _NOT_PLAIN


def _scalar(value: Json, indent: str) -> str:
    if not isinstance(value, str):
        if isinstance(value, float) and not isfinite(value):
            raise ValueError(f"{value} has no place in a prompt file")
        return json.dumps(value)
    if _is_plain(value):
        return value
    return _block(value, indent) or _quoted(value)


def _block(text: str, indent: str) -> str | None:
    """A text of several simple lines as a literal block; None where its lines are not simple."""
    body = text.removesuffix("\n")
    lines = body.split("\n")
    simple = len(lines) > 1 and lines[0] and lines[-1] and all(map(_BLOCK_LINE.fullmatch, lines))
    if not simple or _quoted(body).count("\\") != body.count("\n") + body.count('"') + 2 * body.count("\\"):
        return None
    chomp = "" if text.endswith("\n") else "-"
    return "\n".join([f"|{chomp}", *(f"{indent}{line}" if line else "" for line in lines)])


def _quoted(text: str) -> str:
    """A JSON string, which is a YAML string too once what YAML can't print is escaped."""
    if _LONE_SURROGATE.search(text):
        raise ValueError("half a character (a lone surrogate) has no place in a prompt file")
    return _UNPRINTABLE.sub(lambda match: f"\\u{ord(match[0]):04x}", json.dumps(text, ensure_ascii=False))
