"""How an answer was reached, counted from its transcript: the process measures of every trial, whatever its checks."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from canary.checks.counting import words
from canary.checks.language import foreign_scripts
from canary.checks.phrases import PHRASE_FAMILIES, phrase_count
from canary.domain.canonical import canonical_json
from canary.domain.environment import EDITING_TOOLS, READING_TOOLS, normal_path
from canary.domain.suite import Prompt
from canary.domain.trial import Measures, Step, ToolCall, Transcript

PHRASE_CHARACTERS = 100_000
"""Characters of a conversation that are searched for watched phrases."""


def measures(prompt: Prompt, transcript: Transcript) -> Measures:
    """The process measures of one trial, as `Measures` defines them.

    Reads and edits are valid calls of the tools over files, whether or not they succeeded; they are not measured where
    the prompt offers no such tool. Phrases are counted in the first `PHRASE_CHARACTERS` of what the model said.
    """
    calls = transcript.tool_calls
    said = "\n".join(step.text for step in transcript.steps)
    offered = set(prompt.environment.tools) if prompt.environment else set()
    over_files = bool(offered & (READING_TOOLS | EDITING_TOOLS))
    edits = file_edits(prompt, calls)
    return Measures(
        tool_calls=len(calls),
        invalid_tool_calls=sum(is_invalid(call) for call in calls),
        repeated_tool_calls=len(repeated_calls(calls)),
        reads=sum(is_read(call) for call in calls) if over_files else None,
        edits=len(edits) if over_files else None,
        blind_edits=sum(edit.blind for edit in edits) if over_files else None,
        words_between_tools=_mean(words_between(transcript.steps)),
        final_words=None if transcript.final_text is None else len(words(transcript.final_text)),
        wrong_script=bool(foreign_scripts(said, prompt)) if said.strip() else None,
        phrases={f: n for f in PHRASE_FAMILIES if (n := phrase_count(f, said[:PHRASE_CHARACTERS]))},
    )


def _mean(numbers: Sequence[int]) -> float | None:
    return sum(numbers) / len(numbers) if numbers else None


def is_invalid(call: ToolCall) -> bool:
    """Whether the tool does not exist, or its schema refuses the arguments."""
    return call.arguments is None or (call.result is not None and call.result.invalid is not None)


def failed(call: ToolCall) -> bool:
    """Whether the tool reported an error."""
    return call.result is not None and call.result.error


def path_of(call: ToolCall) -> str | None:
    """The file a valid call is about, in one spelling; None where it names none."""
    path = (call.arguments or {}).get("path")
    return normal_path(path) if isinstance(path, str) else None


def is_read(call: ToolCall) -> bool:
    """Whether a call is a valid read of a file."""
    return call.name in READING_TOOLS and not is_invalid(call)


def is_edit(call: ToolCall) -> bool:
    """Whether a call is a valid edit or write of a file, successful or not."""
    return call.name in EDITING_TOOLS and not is_invalid(call)


@dataclass(frozen=True, kw_only=True, slots=True)
class FileEdit:
    """One edit.

    Attributes:
        path: the file.
        blind: whether the file existed and had been neither read nor written in full before.
    """

    path: str
    blind: bool


def file_edits(prompt: Prompt, calls: Sequence[ToolCall]) -> Sequence[FileEdit]:
    """Valid edits in order, successful or not: an attempt at a file nobody looked at is blind all the same."""
    existing = {normal_path(path) for path in (prompt.environment.files if prompt.environment else {})}
    known: set[str] = set()
    edits = []
    for call in calls:
        path = path_of(call)
        if path is None:
            continue
        if is_read(call):
            known.add(path)
        elif is_edit(call):
            edits.append(FileEdit(path=path, blind=path in existing and path not in known))
            if call.name == "write_file" and not failed(call):
                known.add(path)
                existing.add(path)
    return edits


def repeated_calls(calls: Sequence[ToolCall]) -> Sequence[ToolCall]:
    """Calls equal in name and arguments to an earlier one, with no successful edit in between."""
    seen: set[tuple[str, str]] = set()
    repeated = []
    for call in calls:
        if is_edit(call) and not failed(call):
            seen.clear()
        key = call_key(call)
        if key in seen:
            repeated.append(call)
        seen.add(key)
    return repeated


def call_key(call: ToolCall) -> tuple[str, str]:
    """Name and arguments in one spelling: two calls with the same key ask the same."""
    if call.arguments is None:
        return call.name, call.arguments_text
    return call.name, arguments_key(call.arguments)


def arguments_key(arguments: Mapping[str, object]) -> str:
    """Arguments in one spelling, also those that JSON can't say."""
    try:
        return canonical_json(arguments)  # type: ignore[arg-type]
    except (ValueError, RecursionError):
        return str(len(arguments))


def words_between(steps: Sequence[Step]) -> Sequence[int]:
    """Words of text with each message that calls tools, after the first such message of its turn."""
    return [len(words(step.text)) for step in _later_calling(steps)]


def _later_calling(steps: Sequence[Step]) -> Iterator[Step]:
    turn = None
    for step in steps:
        if step.tool_calls:
            if step.turn == turn:
                yield step
            turn = step.turn
