"""The prompt set on disk -> `Suite`, every name, parameter and path checked.

Examples are read here and graded elsewhere (`config.examples`): a suite can be loaded to find out what is wrong with it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

import canary
from canary.config.credentials import redacted
from canary.config.files import read_text
from canary.config.problems import KeyPath, Problem, path_text, problems
from canary.config.prompt_grammar import PromptFileSection
from canary.config.prompt_records import CheckProblem, prompt_record
from canary.config.yaml_text import YamlText, read_yaml
from canary.domain.canonical import Json
from canary.domain.errors import ConfigurationError
from canary.domain.suite import Prompt, Suite

MAX_BYTES = 16 * 2**20
"""Size of one prompt file; a thousand imported function-calling prompts stay below half of it."""
_LONGEST_ID = 100
"""Characters of an id that a message repeats."""
SUFFIXES = frozenset({".yaml", ".yml"})


@dataclass(frozen=True, kw_only=True, slots=True)
class PromptPlace:
    """Where a prompt was read.

    Attributes:
        file: its file.
        source: the file as data with lines.
        index: which prompt of the file it is, from 0.
    """

    file: Path
    source: YamlText
    index: int

    def of(self, path: KeyPath = ()) -> str:
        """File and line of a key path inside the prompt, or of the nearest enclosing one that has a line."""
        return f"{self.file}:{self.source.line(('prompts', self.index, *path))}"


def load_suite(path: Path | None) -> Suite:
    """Read the prompt set.

    Args:
        path: a folder of YAML files, read in order of their names (other files and subfolders are left alone), or one
            file; None = the set that came with canary.

    Raises:
        ConfigurationError: the path, a file or a prompt is not usable; names file, line, prompt and key.
    """
    return read_suite(path)[0]


def read_suite(path: Path | None) -> tuple[Suite, Mapping[str, PromptPlace]]:
    """The prompt set as `load_suite` reads it, and by prompt id where each was read.

    Raises:
        ConfigurationError: as of `load_suite`.
    """
    try:
        return _suite(shipped_prompts() if path is None else path)
    except ConfigurationError as error:
        # Messages about checks and keys repeat what was written, and anything may have been pasted into a file.
        raise redacted(error) from None


def _suite(source: Path) -> tuple[Suite, Mapping[str, PromptPlace]]:
    prompts: dict[str, Prompt] = {}
    places: dict[str, PromptPlace] = {}
    for file in _files(source):
        for prompt, place in _read_file(file):
            if prompt.id in prompts:
                raise ConfigurationError(
                    f"the id {prompt.id} is already taken at {places[prompt.id].of()}",
                    where=place.of(),
                    remedy="choose a new id",
                )
            prompts[prompt.id], places[prompt.id] = prompt, place
    _check_twins(prompts, places)
    return Suite(prompts=tuple(prompts.values())), places


def shipped_prompts() -> Path:
    """The folder of the prompt set that came with canary: inside an installed package, or beside it in a checkout.

    Raises:
        ConfigurationError: there is neither; the installation is damaged.
    """
    package = Path(canary.__file__).parent
    for folder in (package / "_prompts", package.parent / "prompts"):
        if folder.is_dir():
            return folder
    raise ConfigurationError(
        "the prompt set that belongs to canary is missing", remedy="install canary again"
    )


def _files(source: Path) -> Sequence[Path]:
    try:
        is_folder = source.is_dir()
        files = sorted(source.iterdir(), key=lambda file: file.name) if is_folder else [source]
    except (OSError, ValueError) as error:
        reason = (error.strerror if isinstance(error, OSError) else None) or "its name is not valid"
        raise ConfigurationError(
            f"the folder can't be read: {reason}",
            where=str(source),
            remedy="check the path and its permissions",
        ) from None
    if not is_folder:
        return files
    wanted = [file for file in files if file.suffix.lower() in SUFFIXES and not file.name.startswith(".")]
    if not wanted:
        raise ConfigurationError(
            "the folder has no prompt file (*.yaml)",
            where=str(source),
            remedy="copy the shipped set with `canary init`",
        )
    return wanted


def _read_file(file: Path) -> list[tuple[Prompt, PromptPlace]]:
    """The prompts of a file, each with its place."""
    source = read_yaml(read_text(file, limit=MAX_BYTES), str(file))
    if source.data is None:
        raise ConfigurationError("the file is empty", where=str(file), remedy="add a family and its prompts")
    section = _section(file, source)
    read: list[tuple[Prompt, PromptPlace]] = []
    found: list[Problem] = []
    for index, item in enumerate(section.prompts):
        path: KeyPath = ("prompts", index)
        try:
            place = PromptPlace(file=file, source=source, index=index)
            read.append((prompt_record(item, section.family), place))
        except CheckProblem as problem:
            found.append(Problem(path=(*path, *problem.path), text=problem.text, remedy=problem.remedy))
    if found:
        raise _error(file, source, found)
    return read


def _section(file: Path, source: YamlText) -> PromptFileSection:
    try:
        return PromptFileSection.model_validate(source.data)
    except ValidationError as error:
        found = sorted(problems(error, PromptFileSection), key=lambda problem: source.line(problem.path))
    raise _error(file, source, found)


def _error(file: Path, source: YamlText, found: Sequence[Problem]) -> ConfigurationError:
    """The first of the problems, and how many there are besides."""
    first = found[0]
    more = f" (and {len(found) - 1} more in this file)" if len(found) > 1 else ""
    place = [f"{file}:{source.line(first.path)}", *_place(source.data, first.path)]
    return ConfigurationError(first.text + more, where=": ".join(place), remedy=first.remedy)


def _place(data: Json, path: KeyPath) -> Iterator[str]:
    """The prompt's id and the key path inside it, or the key path in the file."""
    match path:
        case ["prompts", int(index), *rest]:
            yield _prompt_id(data, index) or f"prompts[{index}]"
            path = tuple(rest)
    if path:
        yield path_text(path)


def _prompt_id(data: Json, index: int) -> str | None:
    match data:
        case {"prompts": list(prompts)} if index < len(prompts):
            match prompts[index]:
                case {"id": str(name)} if len(name) <= _LONGEST_ID:
                    return name
    return None


def _check_twins(prompts: Mapping[str, Prompt], places: Mapping[str, PromptPlace]) -> None:
    for prompt in prompts.values():
        if prompt.twin is not None and (prompt.twin not in prompts or prompt.twin == prompt.id):
            raise ConfigurationError(
                "twin: there is no other prompt of that id",
                where=f"{places[prompt.id].of()}: {prompt.id}",
                remedy="correct or remove it",
            )
