"""One answer with its verdict, and the world in which tool calls of such answers are played."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from canary.checks.registry import check_spec, grade
from canary.checks.score import StoredResponse, transcript_of
from canary.domain.canonical import Json
from canary.domain.suite import EnvironmentSpec, On, Prompt, TableAnswer, TableTool, Tool, ToolTest, Turn
from canary.domain.trial import CheckResult, Grade

Call: TypeAlias = tuple[str, Json]
Message: TypeAlias = str | Sequence[Call] | Mapping[str, Json]
"""What the model says in one message: a text, calls as (tool, arguments), or both as a responses file has it."""

RATE = TableTool(
    tool=Tool(
        name="get_rate",
        description="Exchange rate of a currency pair on a date.",
        parameters={
            "type": "object",
            "properties": {
                "pair": {"type": "string"},
                "days": {"type": "integer"},
                "share": {"type": "number"},
                "tags": {"type": "array", "items": {"type": "string"}},
                "levels": {"type": "array", "items": {"type": "number"}},
                "exact": {"type": "boolean"},
                "place": {"type": "object"},
            },
            "required": ["pair"],
            "additionalProperties": False,
        },
    ),
    answers=(
        TableAnswer(when={"pair": "EURUSD"}, result={"rate": 1.25}),
        TableAnswer(error="unknown pair"),
    ),
)
SEND = TableTool(
    tool=Tool(
        name="send_mail",
        description="Send a mail.",
        parameters={"type": "object", "properties": {"to": {"type": "string"}, "text": {"type": "string"}}},
    ),
    answers=(TableAnswer(result="sent"),),
)
FILES: Mapping[str, str] = {
    "report.py": "def total(rows):\n    return sum(rows) / len(rows)\n",
    "notes.md": "- [ ] fix report\n- [ ] run tests\n",
    "src/util.py": "X = 1\n",
}
WORLD = EnvironmentSpec(
    files=FILES,
    tools=("list_files", "read_file", "search_files", "edit_file", "write_file", "run_tests"),
    tests=(ToolTest(name="test_empty", path="report.py", pattern="if not rows"),),
    tables=(RATE, SEND),
)

READ: tuple[str, Json] = ("read_file", {"path": "report.py"})
FIX: tuple[str, Json] = (
    "edit_file",
    {
        "path": "report.py",
        "old_text": "    return sum",
        "new_text": "    if not rows:\n        return 0\n    return sum",
    },
)
WRONG_FIX: tuple[str, Json] = (
    "edit_file",
    {"path": "report.py", "old_text": "len(rows)", "new_text": "max(1, len(rows))"},
)
MISSED_EDIT: tuple[str, Json] = ("edit_file", {"path": "report.py", "old_text": "nowhere", "new_text": "x"})
TEST: tuple[str, Json] = ("run_tests", {})
RATE_CALL: tuple[str, Json] = ("get_rate", {"pair": "EURUSD"})
BAD_RATE: tuple[str, Json] = ("get_rate", {"pair": "EURXXX"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Case:
    """An answer and the verdict on it.

    Attributes:
        check: the check that judges it.
        params: its parameters, as a prompt file gives them.
        says: a text, or the messages of a conversation.
        strict: the verdict on the answer as it is.
        loose: the loose verdict.
        on: which answers the check reads.
        asked: the user turns.
        found: what the detail must begin with; "" = no matter.
    """

    check: str
    params: Json
    says: str | None | Sequence[Message]
    strict: bool
    loose: bool
    on: On = "last"
    asked: Sequence[str] = ("Do it.",)
    found: str = ""

    def prompt(self) -> Prompt:
        """A prompt with this check alone."""
        return Prompt(
            id="cases/case",
            family="cases",
            turns=tuple(Turn(user=text) for text in self.asked),
            environment=WORLD,
            checks=(check_spec(self.check, self.params, self.on),),
        )

    def grade(self) -> Grade:
        """The grade of the answer."""
        prompt = self.prompt()
        data: dict[str, Json] = (
            {"response": self.says}
            if self.says is None or isinstance(self.says, str)
            else {"turns": [_message(message) for message in self.says]}
        )
        return grade(prompt, transcript_of(prompt, StoredResponse(where="case", data=data)))

    def result(self) -> CheckResult:
        """What the check found."""
        (result,) = self.grade().results
        return result

    def __str__(self) -> str:
        return f"{self.check} {self.says!r:.50}"


def _message(message: Message) -> Json:
    return message if isinstance(message, str | Mapping) else said("", *message)


def said(text: str, *calls: Call) -> Mapping[str, Json]:
    """A message of text and calls."""
    return {"text": text, "tool_calls": [{"name": name, "arguments": given} for name, given in calls]}


def passes(check: str, params: Json, *answers: str | Sequence[Message], **more: object) -> list[Case]:
    """Answers that pass, strictly and so loosely."""
    return [_case(check, params, says, strict=True, loose=True, more=more) for says in answers]


def fails(check: str, params: Json, *answers: str | Sequence[Message], **more: object) -> list[Case]:
    """Answers that fail, strictly and loosely."""
    return [_case(check, params, says, strict=False, loose=False, more=more) for says in answers]


def forgiven(check: str, params: Json, *answers: str | Sequence[Message], **more: object) -> list[Case]:
    """Answers that fail strictly and pass loosely."""
    return [_case(check, params, says, strict=False, loose=True, more=more) for says in answers]


def _case(
    check: str,
    params: Json,
    says: str | Sequence[Message],
    *,
    strict: bool,
    loose: bool,
    more: Mapping[str, object],
) -> Case:
    return Case(check=check, params=params, says=says, strict=strict, loose=loose, **more)  # type: ignore[arg-type]
