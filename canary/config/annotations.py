"""`annotations.yaml`: dated notes of what happened around the targets, written by people.

- day: 2026-04-16
  text: Opus 4.7 released
- day: 2026-05-02
  text: our gateway moved to another region
  kind: ours                 # starts a new epoch; theirs and note (the default) don't
  target: opus-4.7-api       # absent: everyone
"""

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, TypeAdapter, ValidationError

from canary.config.credentials import redact
from canary.config.files import read_text
from canary.config.problems import Section, path_text, problems, refusal
from canary.config.yaml_text import read_yaml
from canary.domain.deployment import Annotation
from canary.domain.errors import ConfigurationError

MAX_BYTES = 2**20


def _iso_day(text: str) -> str:
    try:
        date.fromisoformat(text)
    except ValueError:
        raise refusal("must be a date", "write it like 2026-04-16") from None
    return text


def _one_line(text: str) -> str:
    if not text.strip() or not text.isprintable():
        raise refusal("must be one line of text")
    return text.strip()


class NoteSection(Section):
    """One dated note."""

    day: Annotated[str, AfterValidator(_iso_day)] = Field(description="Day of it, e.g. 2026-04-16.")
    text: Annotated[str, AfterValidator(_one_line)] = Field(
        max_length=200, description="One line for people."
    )
    kind: Literal["ours", "theirs", "note"] = Field(
        "note", description="ours = a change on our side: series start a new epoch there."
    )
    target: str | None = Field(None, description="Whom it concerns; absent = every target.")


class NotesFile(Section):
    """All notes of a file."""

    notes: list[NoteSection]


def load_annotations(path: Path | None, targets: Sequence[str]) -> Sequence[Annotation]:
    """Notes of the file, by day; none without a file.

    Args:
        path: the file that `canary.toml` names; None = none is named.
        targets: names of the configured targets, to tell a misspelt one.

    Raises:
        ConfigurationError: the file is missing or not usable; names file, line and key.
    """
    if path is None:
        return ()
    source = read_yaml(read_text(path, limit=MAX_BYTES), str(path))
    try:
        notes = TypeAdapter(NotesFile).validate_python({"notes": source.data or []}).notes
    except ValidationError as error:
        first, *_ = problems(error, NotesFile)
        below = first.path[1:]
        raise ConfigurationError(
            redact(first.text),
            where=redact(": ".join(filter(None, (f"{path}:{source.line(below)}", path_text(below))))),
            remedy=first.remedy,
        ) from None
    for number, note in enumerate(notes):
        if note.target is not None and note.target not in targets:
            known = ", ".join(targets) or "none is configured"
            raise ConfigurationError(
                redact(f"there is no target {note.target!r}"),
                where=f"{path}:{source.line((number, 'target'))}",
                remedy=f"use one of: {known}",
            )
    found = [
        Annotation(
            day=date.fromisoformat(note.day),
            text=note.text,
            kind=note.kind,
            source="file",
            target=note.target,
        )
        for note in notes
    ]
    return tuple(sorted(found, key=lambda note: (note.day, note.text)))
