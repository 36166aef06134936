"""How a model speaks to an agent CLI: the suite's tools by the names and arguments of the tools the agent offers.

A prompt's examples call canary's own tools (`read_file` …). An agent CLI has others for the same ends; a model that
drives it uses those. Calls without a counterpart are made as they are, and the agent says that there is no such tool.
"""

import shlex
from collections.abc import Callable, Mapping, Sequence

from canary.domain.canonical import Json, canonical_json
from canary.domain.suite import ExampleCall

_Arguments = Mapping[str, Json]

FILE_TOOLS = frozenset({"list_files", "read_file", "search_files", "edit_file", "write_file"})
FREEFORM = "exec"
"""A tool that takes a plain text, `input`, instead of JSON: code that calls the agent's other tools."""
_CODE_MODE = frozenset({FREEFORM, "wait"})
_SEARCH = "tool_search"
"""An agent that offers this has tools that it does not list; a model calls them by name once it has searched."""
_SERVED = "mcp__canary__"


def in_tools_of(
    calls: Sequence[ExampleCall], offered: Sequence[str], files: Mapping[str, str]
) -> tuple[ExampleCall, ...]:
    """The calls as a model makes them to a client that offers these tools.

    Args:
        calls: as the prompt's examples make them.
        offered: names of the client's tools.
        files: the prompt's file tree.
    """
    tools = frozenset(offered)
    return tuple(_spoken(call if call.name in tools else whole_lines(call, files), tools) for call in calls)


def _spoken(call: ExampleCall, offered: frozenset[str]) -> ExampleCall:
    if call.name in offered:
        return call
    served = next((name for name in sorted(offered) if name.endswith(f"__{call.name}")), None)
    if served is not None:
        return ExampleCall(name=served, arguments=call.arguments)
    if _CODE_MODE.issubset(offered):
        return _in_code(call)
    if _SEARCH in offered and call.name not in FILE_TOOLS:
        return ExampleCall(name=f"{_SERVED}{call.name}", arguments=call.arguments)
    for sign, words in _DIALECTS.items():
        if sign in offered and call.name in words:
            return words[call.name](call.arguments)
    return call


def _in_code(call: ExampleCall) -> ExampleCall:
    """A call as JavaScript, for an agent whose only tool runs code that calls its other tools."""
    word = _DIALECTS["exec_command"].get(call.name)
    inner = (
        word(call.arguments) if word else ExampleCall(name=f"{_SERVED}{call.name}", arguments=call.arguments)
    )
    code = f"const r = await tools.{inner.name}({canonical_json(inner.arguments)});\ntext(r.output ?? r);"
    return ExampleCall(name=FREEFORM, arguments={"input": code})


def _text(arguments: _Arguments, name: str) -> str:
    return str(arguments.get(name, ""))


def _shell(name: str, key: str, command: Callable[[_Arguments], str]) -> Callable[[_Arguments], ExampleCall]:
    return lambda arguments: ExampleCall(name=name, arguments={key: command(arguments)})


def _list(_arguments: _Arguments) -> str:
    return "find . -type f"


def _cat(arguments: _Arguments) -> str:
    return f"cat {shlex.quote(_text(arguments, 'path'))}"


def _grep(arguments: _Arguments) -> str:
    return f"grep -rn {shlex.quote(_text(arguments, 'text'))} ."


def _write(arguments: _Arguments) -> str:
    lines = _text(arguments, "text").removesuffix("\n").split("\n")
    return _patch(f"*** Add File: {_text(arguments, 'path')}", [f"+{line}" for line in lines])


def _edit(arguments: _Arguments) -> str:
    path, old, new = (_text(arguments, name) for name in ("path", "old_text", "new_text"))
    lines = [
        *(f"-{line}" for line in old.removesuffix("\n").split("\n")),
        *(f"+{line}" for line in new.removesuffix("\n").split("\n")),
    ]
    return _patch(f"*** Update File: {path}", ["@@", *lines])


def _patch(head: str, lines: Sequence[str]) -> str:
    return "\n".join(["apply_patch <<'PATCH'", "*** Begin Patch", head, *lines, "*** End Patch", "PATCH"])


def whole_lines(call: ExampleCall, files: Mapping[str, str]) -> ExampleCall:
    """An edit of a passage as an edit of the lines it stands in, where the file is known and holds it once."""
    arguments = call.arguments
    text, old = files.get(_text(arguments, "path"), ""), _text(arguments, "old_text")
    if call.name != "edit_file" or not old or text.count(old) != 1:
        return call
    start = text.rfind("\n", 0, text.index(old)) + 1
    end = text.find("\n", text.index(old) + len(old))
    lines = text[start : end if end >= 0 else len(text)]
    new = lines.replace(old, _text(arguments, "new_text"))
    return ExampleCall(name=call.name, arguments={**arguments, "old_text": lines, "new_text": new})


def _claude_read(arguments: _Arguments) -> ExampleCall:
    return ExampleCall(name="Read", arguments={"file_path": _text(arguments, "path")})


def _claude_write(arguments: _Arguments) -> ExampleCall:
    said = {"file_path": _text(arguments, "path"), "content": _text(arguments, "text")}
    return ExampleCall(name="Write", arguments=said)


def _claude_edit(arguments: _Arguments) -> ExampleCall:
    said = {
        "file_path": _text(arguments, "path"),
        "old_string": _text(arguments, "old_text"),
        "new_string": _text(arguments, "new_text"),
    }
    return ExampleCall(name="Edit", arguments=said)


_DIALECTS: Mapping[str, Mapping[str, Callable[[_Arguments], ExampleCall]]] = {
    "Read": {
        "read_file": _claude_read,
        "write_file": _claude_write,
        "edit_file": _claude_edit,
        "list_files": _shell("Bash", "command", _list),
        "search_files": _shell("Bash", "command", _grep),
    },
    "exec_command": {
        "read_file": _shell("exec_command", "cmd", _cat),
        "write_file": _shell("exec_command", "cmd", _write),
        "edit_file": _shell("exec_command", "cmd", _edit),
        "list_files": _shell("exec_command", "cmd", _list),
        "search_files": _shell("exec_command", "cmd", _grep),
    },
}
"""Tool that tells the agent (Claude Code, Codex) -> the suite's tool -> the agent's own call."""
