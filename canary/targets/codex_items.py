"""Codex's items that are tool calls, in canary's words."""

from collections.abc import Callable, Mapping

from canary.domain.canonical import Json
from canary.targets.harness_reply import listed, mapping, text_of, word
from canary.targets.native_tools import Named, relative, shell_call

Reader = Callable[[Mapping[str, Json], str], list[Named]]


def _command(item: Mapping[str, Json], work: str) -> list[Named]:
    return [shell_call(text_of(item.get("command")), work)]


def _changes(item: Mapping[str, Json], work: str) -> list[Named]:
    """A patch: one edit, or write, for each file it touches."""
    return [
        Named(
            name="write_file" if change.get("kind") == "add" else "edit_file",
            arguments={"path": relative(text_of(change.get("path")), work)},
        )
        for change in listed(item.get("changes"))
    ] or [Named(name="edit_file", arguments={})]


def _served(item: Mapping[str, Json], _work: str) -> list[Named]:
    return [Named(name=text_of(item.get("tool")), arguments=mapping(item.get("arguments")))]


def _search(item: Mapping[str, Json], _work: str) -> list[Named]:
    return [Named(name="web_search", arguments={"query": text_of(item.get("query"))})]


CALLS: Mapping[str, Reader] = {
    "command_execution": _command,
    "file_change": _changes,
    "mcp_tool_call": _served,
    "web_search": _search,
}


def asked(item: Mapping[str, Json]) -> dict[str, Json]:
    """What of an item the model wrote."""
    if item.get("type") == "mcp_tool_call":
        return dict(mapping(item.get("arguments")))
    return {name: item[name] for name in ("command", "changes", "query") if name in item}


def told(item: Mapping[str, Json]) -> str:
    if item.get("type") == "mcp_tool_call":
        error = text_of(mapping(item.get("error")).get("message"))
        return error or text_of(mapping(item.get("result")).get("content"))
    return text_of(item.get("aggregated_output"))


def went_wrong(item: Mapping[str, Json]) -> bool:
    return item.get("exit_code") not in (0, None) or word(item.get("status")) in {"failed", "declined"}
