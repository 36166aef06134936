"""The grammar of a prompt file: the sections by which it is read, and by which editors are told of it."""

from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, JsonValue, model_validator

from canary.config.durations import Duration
from canary.config.problems import Section, refusal
from canary.config.prompt_values import (
    BuiltInTool,
    FamilyName,
    FilePath,
    Parameters,
    Pattern,
    PromptId,
    ToolName,
)

PLACEHOLDER = "{document}"
"""Where the generated document stands in a user turn."""


class TurnSection(Section):
    """One scripted user turn."""

    user: str = Field(
        min_length=1, description="The text sent. {document} stands for the generated document."
    )
    pause: Duration | None = Field(
        None, description="Silence before this turn, e.g. 65m. Skipped unless the run allows pauses."
    )


class FactSection(Section):
    """A sentence hidden in the generated document."""

    depth: float = Field(ge=0, le=1, description="Where it stands: 0 = at the start, 1 = at the end.")
    text: str = Field(min_length=1, description="The sentence, word for word.")


class DocumentSection(Section):
    """A generated document of a declared length, the same for the same numbers."""

    words: int = Field(ge=50, le=1_000_000, description="Words of the document, facts included.")
    seed: int = Field(0, ge=0, le=2**32 - 1, description="Another seed gives another text.")
    facts: list[FactSection] = Field(default_factory=list, description="Sentences hidden in it.")


class PassesWhenSection(Section):
    """When a declared test is reported as passing."""

    path: FilePath = Field(description="The file that is looked at.")
    pattern: Pattern = Field(description="Regular expression that must be found in it.")


class TestSection(Section):
    """A test that run_tests reports; nothing is executed."""

    name: str = Field(min_length=1, description="Its name in the report.")
    passes_when: PassesWhenSection = Field(description="When it is reported as passing.")


class AnswerSection(Section):
    """One row of a declared tool; the first row that matches is told."""

    when: dict[str, JsonValue] | None = Field(
        None, min_length=1, description="Argument values that must match; other arguments are ignored."
    )
    otherwise: Literal[True] | None = Field(None, description="Matches whatever was asked; the last row.")
    result: JsonValue = Field(None, description="What the tool answers; a text is told as it is.")
    error: str | None = Field(None, min_length=1, description="What the tool reports as an error.")

    @model_validator(mode="after")
    def _one_of_each(self) -> Self:
        if (self.when is None) == (self.otherwise is None):
            raise refusal("needs exactly one of when and otherwise", "keep one of them")
        if ("result" in self.model_fields_set) == (self.error is not None):
            raise refusal("needs exactly one of result and error", "keep one of them")
        return self


class TableSection(Section):
    """A declared tool: arguments in, a fixed answer out."""

    tool: ToolName = Field(description="Its name as the model sees it.")
    description: str = Field(min_length=1, description="Its description as the model sees it.")
    parameters: Parameters = Field(description="JSON Schema of its arguments object.")
    answers: list[AnswerSection] = Field(min_length=1, description="Rows, first match wins.")

    @model_validator(mode="after")
    def _rows_can_match(self) -> Self:
        properties = self.parameters.get("properties")
        for index, row in enumerate(self.answers):
            if row.otherwise and index + 1 < len(self.answers):
                raise refusal(
                    "hides the rows below it", "move it to the end", at=("answers", index, "otherwise")
                )
            for key in row.when or {}:
                if isinstance(properties, dict) and key not in properties:
                    raise refusal(
                        "is no parameter of this tool", "declare it", at=("answers", index, "when", key)
                    )
        return self


class EnvironmentSection(Section):
    """The simulated world of a prompt: files, tools over them, and declared tools."""

    files: dict[FilePath, str] = Field(
        default_factory=dict, description="Path -> text before the first call."
    )
    tools: list[BuiltInTool] = Field(default_factory=list, description="Built-in tools offered, by name.")
    tests: list[TestSection] = Field(default_factory=list, description="What run_tests reports.")
    tables: list[TableSection] = Field(default_factory=list, description="Declared tools.")
    max_calls: int = Field(
        20, ge=1, le=500, description="Tool calls answered; one more ends the trial as graded, not passed."
    )

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        names = [*self.tools, *(table.tool for table in self.tables)]
        for name in names:
            if names.count(name) > 1:
                raise refusal(f"the tool {name} is offered twice", "remove one of them")
        if "run_tests" in self.tools and not self.tests:
            raise refusal("run_tests is offered but there are no tests", "declare tests", at=("tools",))
        for path in self.files:
            folders = path.split("/")[:-1]
            if any("/".join(folders[: n + 1]) in self.files for n in range(len(folders))):
                raise refusal("lies inside another file", "rename one of them", at=("files", path))
        return self


class CallSection(Section):
    """A tool call of an example."""

    name: str = Field(min_length=1, description="The tool.")
    arguments: dict[str, JsonValue] = Field(default_factory=dict, description="Its arguments.")


class StepSection(Section):
    """One assistant message of an example: text, tool calls, or both."""

    text: str = Field("", description="What is said.")
    tool_calls: list[CallSection] = Field(default_factory=list, description="Tools called in this message.")


def _text_alone(key: str) -> Any:
    """A bare text stands for a table with one key."""

    def expand(value: Any) -> Any:
        return {key: value} if isinstance(value, str) else value

    return expand


Step = Annotated[StepSection, BeforeValidator(_text_alone("text"), json_schema_input_type=str | StepSection)]


class ExampleSection(Section):
    """An assistant's side of the conversation, message by message."""

    turns: list[Step] = Field(min_length=1, description="Its messages; after tool calls one more follows.")


def _answer_alone(value: Any) -> Any:
    return {"turns": [value]} if isinstance(value, str) else value


Example = Annotated[
    ExampleSection, BeforeValidator(_answer_alone, json_schema_input_type=str | ExampleSection)
]


class ExamplesSection(Section):
    """Examples that show that every check can pass and can fail."""

    passing: list[Example] = Field(default_factory=list, alias="pass", description="Each passes every check.")
    failing: list[Example] = Field(
        default_factory=list, alias="fail", description="Each fails; every check is failed by one of them."
    )


class PromptSection(Section):
    """One canary item."""

    id: PromptId = Field(description="<family>/<name>. Never reused; an edit is a new id.")
    about: str | None = Field(None, description="A note for readers of the file.")
    system: str | None = Field(None, min_length=1, description="System text; absent = none is sent.")
    turns: list[TurnSection] = Field(min_length=1, description="Scripted user turns.")
    document: DocumentSection | None = Field(None, description="Generated text that stands for {document}.")
    environment: EnvironmentSection | None = Field(None, description="Simulated tools and files.")
    max_output_tokens: int | None = Field(
        None,
        ge=1,
        le=10_000_000,
        description="Cap on each answer, reasoning included; absent = the target's own.",
    )
    harness_only: bool = Field(False, description="Asks for files that only an agent harness reads.")
    twin: PromptId | None = Field(None, description="Id of the prompt it is paired with.")
    checks: list[Any] = Field(min_length=1, description="What must hold of the answers.")
    examples: ExamplesSection = Field(
        default_factory=lambda: ExamplesSection.model_validate({}), description="Answers with known verdicts."
    )

    @model_validator(mode="after")
    def _document_is_used(self) -> Self:
        placed = any(PLACEHOLDER in turn.user for turn in self.turns)
        if self.document is not None and not placed:
            raise refusal("is used by no user turn", f"write {PLACEHOLDER} where it stands", at=("document",))
        return self


class PromptFileSection(Section):
    """A file of the prompt set: one family."""

    family: FamilyName = Field(description="The ability these prompts measure.")
    about: str | None = Field(
        None, description="What the family watches, and which documented failure it sees."
    )
    prompts: list[PromptSection] = Field(min_length=1, description="The prompts.")

    @model_validator(mode="after")
    def _ids_are_of_the_family(self) -> Self:
        for index, prompt in enumerate(self.prompts):
            if prompt.id.partition("/")[0] != self.family:
                remedy = f"begin it with {self.family}/"
                raise refusal("is not an id of this file's family", remedy, at=("prompts", index, "id"))
        return self
