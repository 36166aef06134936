"""What a check reads and what it says."""

from collections.abc import Mapping
from dataclasses import dataclass

from canary.domain.suite import Prompt
from canary.domain.trial import Step, ToolCall, Transcript


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """The part of a transcript that one check judges.

    Attributes:
        text: visible text of the last reply in scope; for loose verdicts one of its variants. Never blank where a
            check of the text reads it.
        prompt: what was asked.
        transcript: everything said, in scope or not.
        steps: the replies in scope, in order.
        earlier: the replies before them.
    """

    text: str
    prompt: Prompt
    transcript: Transcript
    steps: tuple[Step, ...]
    earlier: tuple[Step, ...] = ()

    @property
    def calls(self) -> tuple[ToolCall, ...]:
        """Tool calls in scope, in order, valid or not."""
        return tuple(call for step in self.steps for call in step.tool_calls)

    @property
    def calls_so_far(self) -> tuple[ToolCall, ...]:
        """Tool calls from the start of the conversation to the end of the scope."""
        return tuple(call for step in (*self.earlier, *self.steps) for call in step.tool_calls)

    @property
    def files_before(self) -> Mapping[str, str]:
        """The file tree as the prompt declared it; empty where it declared none."""
        return self.prompt.environment.files if self.prompt.environment else {}

    @property
    def files_after(self) -> Mapping[str, str]:
        """The file tree at the end of the conversation."""
        after = self.transcript.files
        return self.files_before if after is None else after


@dataclass(frozen=True, kw_only=True, slots=True)
class Verdict:
    """What one reading of an answer gave.

    Attributes:
        passed: whether what must hold does hold.
        found: the value found, for people: short, the most telling fact first.
    """

    passed: bool
    found: str
