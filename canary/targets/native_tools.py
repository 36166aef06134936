"""An agent's own tools in canary's words, so that reads, edits and searches are counted alike behind every harness.

Claude Code's `Read` is `read_file`, its `Edit` is `edit_file`; a shell command that does nothing but show one file is a
`read_file` too, because that is how Codex reads. What has no counterpart keeps its own name. A call's `arguments_text`
stays as the agent reported it.
"""

import posixpath
import re
import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from canary.domain.canonical import Json

_Arguments = Mapping[str, Json]

SERVED = "mcp__canary__"
"""How agents name the tools that canary serves them over MCP."""

SHELL = "shell"
"""A command of any shell tool, under one name."""

_SHOWING = frozenset({"cat", "head", "tail", "nl", "less", "more", "bat"})
_LISTING = frozenset({"ls", "tree", "find"})
_SEARCHING = frozenset({"grep", "rg", "ag"})
_WRAPPER = re.compile(r"^(?:/\S+/)?(?:ba|z)?sh$")
_CHAINED = re.compile(r"[;&|<>`$\n]")


@dataclass(frozen=True, kw_only=True, slots=True)
class Named:
    """A call in canary's words."""

    name: str
    arguments: Mapping[str, Json]


def in_our_words(name: str, arguments: Mapping[str, Json], work: str) -> Named:
    """An agent's call as canary counts it.

    Args:
        name: the tool's name as the agent reports it.
        arguments: as the agent reports them.
        work: the working directory; paths below it become relative.
    """
    if name.startswith(SERVED):
        return Named(name=name.removeprefix(SERVED), arguments=arguments)
    read = _CLAUDE.get(name)
    if read is not None:
        return read(arguments, work)
    return Named(name=name, arguments=arguments)


def shell_call(command: str, work: str) -> Named:
    """A shell command as canary counts it: a read where it shows one file, a listing, a search, else `shell`."""
    inner = _unwrapped(command)
    words = [] if _CHAINED.search(inner) else _words(inner)
    simple = _simple(words, work) if words else None
    return simple or Named(name=SHELL, arguments={"command": inner})


def _simple(words: list[str], work: str) -> Named | None:
    """What one program with its arguments does, where it is one that only looks."""
    program = words[0]
    paths = [word for word in words[1:] if not word.startswith("-") and not word.isdigit()]
    if program == "sed" and "-n" in words:
        paths = paths[1:]  # the first is the script
    elif program in _LISTING or words[:2] == ["rg", "--files"]:
        return Named(name="list_files", arguments={})
    elif program in _SEARCHING and paths:
        return Named(name="search_files", arguments={"text": paths[0]})
    elif program not in _SHOWING:
        return None
    return Named(name="read_file", arguments={"path": relative(paths[0], work)}) if len(paths) == 1 else None


def relative(path: str, work: str) -> str:
    """A path as the prompt's file tree names it, where it lies in the working directory."""
    plain = posixpath.normpath(path)
    return posixpath.relpath(plain, work) if plain.startswith(work.rstrip("/") + "/") else plain


def _unwrapped(command: str) -> str:
    """The command inside `/bin/bash -lc '…'`."""
    words = _words(command)
    if len(words) == 3 and _WRAPPER.match(words[0]) and words[1].startswith("-"):  # noqa: PLR2004
        return words[2]
    return command


def _words(command: str) -> list[str]:
    """A command's words; none where its quotes don't close."""
    try:
        return shlex.split(command)
    except ValueError:
        return []


def _text(arguments: _Arguments, name: str) -> str:
    value = arguments.get(name)
    return value if isinstance(value, str) else ""


def _over_file(name: str, key: str = "file_path", **fields: str) -> Callable[[_Arguments, str], Named]:
    def read(arguments: _Arguments, work: str) -> Named:
        said: dict[str, Json] = {"path": relative(_text(arguments, key), work)}
        return Named(
            name=name, arguments=said | {ours: _text(arguments, theirs) for ours, theirs in fields.items()}
        )

    return read


def _edit(arguments: _Arguments, work: str) -> Named:
    return _over_file("edit_file", old_text="old_string", new_text="new_string")(arguments, work)


_CLAUDE: Mapping[str, Callable[[_Arguments, str], Named]] = {
    "Read": _over_file("read_file"),
    "NotebookRead": _over_file("read_file", "notebook_path"),
    "Write": _over_file("write_file", text="content"),
    "Edit": _edit,
    "MultiEdit": _edit,
    "NotebookEdit": _over_file("edit_file", "notebook_path", new_text="new_source"),
    "Grep": lambda arguments, _work: Named(
        name="search_files", arguments={"text": _text(arguments, "pattern")}
    ),
    "Glob": lambda _arguments, _work: Named(name="list_files", arguments={}),
    "LS": lambda _arguments, _work: Named(name="list_files", arguments={}),
    "Bash": lambda arguments, work: shell_call(_text(arguments, "command"), work),
}
