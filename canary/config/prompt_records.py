"""Sections of a prompt file -> the records of the domain."""

from collections.abc import Iterator
from typing import Any, cast

from canary.checks.registry import check_spec
from canary.config.document import Fact, generated_document
from canary.config.durations import seconds
from canary.config.problems import KeyPath
from canary.config.prompt_grammar import (
    PLACEHOLDER,
    EnvironmentSection,
    ExampleSection,
    PromptSection,
)
from canary.domain.suite import (
    CheckSpec,
    EnvironmentSpec,
    Example,
    ExampleCall,
    ExampleStep,
    On,
    Prompt,
    TableAnswer,
    TableTool,
    Tool,
    ToolTest,
    Turn,
)


class CheckProblem(Exception):
    """A check that can't be used; `path` leads to it from the prompt."""

    def __init__(self, path: KeyPath, text: str, remedy: str | None = None) -> None:
        super().__init__(text)
        self.path, self.text, self.remedy = path, text, remedy


def prompt_record(section: PromptSection, family: str) -> Prompt:
    """The prompt a section declares, its generated document written out.

    Raises:
        CheckProblem: a check is unknown, has wrong parameters, or reads a turn that is not there.
    """
    return Prompt(
        id=section.id,
        family=family,
        system=section.system,
        turns=tuple(_turns(section)),
        environment=_environment(section.environment) if section.environment else None,
        checks=tuple(_check(item, index, len(section.turns)) for index, item in enumerate(section.checks)),
        passing=tuple(_example(item) for item in section.examples.passing),
        failing=tuple(_example(item) for item in section.examples.failing),
        max_output_tokens=section.max_output_tokens,
        harness_only=section.harness_only,
        twin=section.twin,
    )


def _turns(section: PromptSection) -> Iterator[Turn]:
    document = ""
    if section.document is not None:
        facts = [Fact(depth=fact.depth, text=fact.text) for fact in section.document.facts]
        document = generated_document(words=section.document.words, seed=section.document.seed, facts=facts)
    for turn in section.turns:
        text = turn.user.replace(PLACEHOLDER, document) if section.document else turn.user
        yield Turn(user=text, pause_s=seconds(turn.pause) if turn.pause else None)


def _check(item: Any, index: int, turns: int) -> CheckSpec:
    """A check as written: `name`, or `name: parameters` with an optional `on:` beside it."""
    path: KeyPath = ("checks", index)
    entry = {item: None} if isinstance(item, str) else item
    names = [key for key in entry if key != "on"] if isinstance(entry, dict) else []
    if len(names) != 1:
        raise CheckProblem(
            path, "must be one check and its parameters", 'write it like "- words: {at_most: 90}"'
        )
    name, on = names[0], _on(entry.get("on", "last"), path, turns)
    try:
        return check_spec(name, entry[name], on)
    except ValueError as error:
        raise CheckProblem((*path, name), str(error)) from None


def _on(value: Any, path: KeyPath, turns: int) -> On:
    if value in ("last", "each"):
        return cast("On", value)
    if isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= turns:
        return value
    remedy = f"write last, each, or a turn from 1 to {turns}"
    raise CheckProblem((*path, "on"), "names no turn of this prompt", remedy)


def _environment(section: EnvironmentSection) -> EnvironmentSpec:
    return EnvironmentSpec(
        files=section.files,
        tools=tuple(section.tools),
        tests=tuple(
            ToolTest(name=test.name, path=test.passes_when.path, pattern=test.passes_when.pattern)
            for test in section.tests
        ),
        tables=tuple(
            TableTool(
                tool=Tool(name=table.tool, description=table.description, parameters=table.parameters),
                answers=tuple(
                    TableAnswer(when=row.when, result=row.result, error=row.error) for row in table.answers
                ),
            )
            for table in section.tables
        ),
        max_calls=section.max_calls,
    )


def _example(section: ExampleSection) -> Example:
    return Example(
        steps=tuple(
            ExampleStep(
                text=step.text,
                tool_calls=tuple(
                    ExampleCall(name=call.name, arguments=call.arguments) for call in step.tool_calls
                ),
            )
            for step in section.turns
        )
    )
