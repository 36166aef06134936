"""The canary prompt set as records: what is asked, with which tools, and what must hold of the answer."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal, TypeAlias

from canary.domain.canonical import Json, digest


@dataclass(frozen=True, kw_only=True, slots=True)
class Tool:
    """A function the model may call.

    Attributes:
        name: as the model sees it.
        description: as the model sees it.
        parameters: JSON Schema of the arguments object.
    """

    name: str
    description: str
    parameters: Mapping[str, Json]


@dataclass(frozen=True, kw_only=True, slots=True)
class TableAnswer:
    """One row of a declared tool: exactly one of `result` and `error` is told.

    Attributes:
        when: argument values that must match (others are ignored); None = whatever was asked.
        result: JSON told to the model; a string is told as it is.
        error: message told as an error; None where the row answers.
    """

    when: Mapping[str, Json] | None = None
    result: Json = None
    error: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class TableTool:
    """A tool whose answers are declared; the first row that matches is told."""

    tool: Tool
    answers: tuple[TableAnswer, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class ToolTest:
    """What `run_tests` reports: the test passes when `pattern` (a regular expression) is found in `path`."""

    name: str
    path: str
    pattern: str


@dataclass(frozen=True, kw_only=True, slots=True)
class EnvironmentSpec:
    """The simulated world of a prompt.

    Attributes:
        files: path -> text of the file tree before the first call.
        tools: built-in tools over `files`, by name.
        tests: what `run_tests` reports.
        tables: declared tools.
        max_calls: tool calls answered in one trial; a call beyond it ends the trial as graded, not passed.
    """

    files: Mapping[str, str] = field(default_factory=dict)
    tools: tuple[str, ...] = ()
    tests: tuple[ToolTest, ...] = ()
    tables: tuple[TableTool, ...] = ()
    max_calls: int = 20


@dataclass(frozen=True, kw_only=True, slots=True)
class Turn:
    """One scripted user turn.

    Attributes:
        user: the text sent.
        pause_s: seconds of silence before this turn is sent; None = none. Skipped unless the run allows pauses.
    """

    user: str
    pause_s: float | None = None


On: TypeAlias = "Literal['last', 'each'] | int"
"""Which answers a check reads: the last turn's, every turn's, or turn n's, counted from 1."""


@dataclass(frozen=True, kw_only=True, slots=True)
class CheckSpec:
    """One deterministic property that must hold of a response.

    Attributes:
        name: the check's name in the registry.
        params: its parameters, as validated at load.
        on: which answers it reads.
        version: version of the check's definition; a change of it starts the prompt's series anew.
        sentence: what must hold, with the parameters' values, for people; no part of the digest.
    """

    name: str
    params: Mapping[str, Json] = field(default_factory=dict)
    on: On = "last"
    version: int = 1
    sentence: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class ExampleCall:
    """A tool call in an example transcript."""

    name: str
    arguments: Mapping[str, Json]


@dataclass(frozen=True, kw_only=True, slots=True)
class ExampleStep:
    """One assistant message of an example: text, tool calls, or both."""

    text: str = ""
    tool_calls: tuple[ExampleCall, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Example:
    """An assistant's side of a conversation; playing it against the prompt gives a transcript to grade."""

    steps: tuple[ExampleStep, ...]


@dataclass(frozen=True, kw_only=True)
class Prompt:
    """One canary item. Its id is never reused; an edit is a new id.

    Attributes:
        id: `<family>/<name>`.
        family: the ability it measures.
        system: system text; None = none sent.
        turns: scripted user turns, at least one.
        environment: simulated tools and files; None = no tools offered.
        checks: what must hold, at least one.
        passing: examples that pass every check.
        failing: examples that fail; every check is failed by some.
        max_output_tokens: cap on each answer, reasoning included; None = the target's own.
        harness_only: asks for files that only an agent harness reads (CLAUDE.md, AGENTS.md, skills).
        twin: id of the prompt it is paired with (an explicit twin of an unstated need); None = none.
    """

    id: str
    family: str
    system: str | None = None
    turns: tuple[Turn, ...]
    environment: EnvironmentSpec | None = None
    checks: tuple[CheckSpec, ...]
    passing: tuple[Example, ...] = ()
    failing: tuple[Example, ...] = ()
    max_output_tokens: int | None = None
    harness_only: bool = False
    twin: str | None = None

    @cached_property
    def digest(self) -> str:
        """Digest of all that shapes an answer or its verdict: texts, tools, environment, limits, checks and versions.

        The id, examples, sentences and the twin are left out: editing them changes no measurement.
        """
        return digest(
            {
                "system": self.system,
                "turns": [{"user": turn.user, "pause_s": turn.pause_s} for turn in self.turns],
                "environment": None if self.environment is None else environment_json(self.environment),
                "checks": [
                    {"name": c.name, "params": c.params, "on": c.on, "version": c.version}
                    for c in self.checks
                ],
                "max_output_tokens": self.max_output_tokens,
            }
        )


def environment_json(spec: EnvironmentSpec) -> Mapping[str, Json]:
    """The environment as plain JSON, for digests and snapshots."""
    return {
        "files": spec.files,
        "tools": list(spec.tools),
        "tests": [{"name": t.name, "path": t.path, "pattern": t.pattern} for t in spec.tests],
        "tables": [
            {
                "tool": t.tool.name,
                "description": t.tool.description,
                "parameters": t.tool.parameters,
                "answers": [{"when": a.when, "result": a.result, "error": a.error} for a in t.answers],
            }
            for t in spec.tables
        ],
        "max_calls": spec.max_calls,
    }


@dataclass(frozen=True, kw_only=True)
class Suite:
    """All prompts of a run, in file order; ids are unique."""

    prompts: tuple[Prompt, ...]

    @cached_property
    def digest(self) -> str:
        """Digest over the prompts' digests; order and file layout do not matter."""
        return digest(sorted(prompt.digest for prompt in self.prompts))

    @cached_property
    def by_id(self) -> Mapping[str, Prompt]:
        """Prompts by id."""
        return {prompt.id: prompt for prompt in self.prompts}

    @property
    def families(self) -> tuple[str, ...]:
        """Family names in order of first appearance."""
        return tuple(dict.fromkeys(prompt.family for prompt in self.prompts))
