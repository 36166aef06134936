"""The prompt's declared tools for an agent CLI, served over MCP on standard input and output.

An agent has tools of its own for files; what only the prompt declares (tables of answers, `run_tests`) is served here,
so that a prompt with tools means the same behind an agent as over a raw API. The agent starts this module as a server:
`python -m canary.targets.served_tools ORDER`, ORDER being a JSON file with the environment and the working directory.
"""

import json
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TextIO

from canary.domain.environment import Environment, normal_path, offered_tools
from canary.domain.record import environment_from_json
from canary.domain.suite import EnvironmentSpec, environment_json

SERVER = "canary"
"""The server's name, which agents put before a tool's: `mcp__canary__<tool>`."""

FILE_TOOLS = frozenset({"list_files", "read_file", "search_files", "edit_file", "write_file"})
"""Tools that an agent brings along."""

_PROTOCOL = "2025-06-18"
_NO_METHOD = -32601


@dataclass(frozen=True, kw_only=True, slots=True)
class ServedTools:
    """How an agent starts the server.

    Attributes:
        command: the program.
        args: its arguments.
        names: the tools served.
    """

    command: str
    args: tuple[str, ...]
    names: tuple[str, ...]


def served(spec: EnvironmentSpec) -> EnvironmentSpec:
    """The part of an environment that an agent does not bring along."""
    return replace(spec, tools=tuple(name for name in spec.tools if name not in FILE_TOOLS))


def serve(spec: EnvironmentSpec | None, folder: Path) -> ServedTools | None:
    """Write down what is to be served; None where the agent brings along all that the prompt offers."""
    if spec is None or not offered_tools(served(spec)):
        return None
    order = folder / "served.json"
    order.write_text(json.dumps(environment_json(served(spec))), encoding="utf-8")
    return ServedTools(
        command=sys.executable,
        args=("-I", "-m", "canary.targets.served_tools", str(order), str(folder / "work")),
        names=tuple(offered_tools(served(spec))),
    )


def answer(
    spec: EnvironmentSpec, files: Mapping[str, str], request: Mapping[str, Any]
) -> dict[str, Any] | None:
    """The answer to one JSON-RPC message; None for a notification.

    Args:
        spec: what is served.
        files: the working directory as it stands now.
        request: the message.
    """
    if "id" not in request:
        return None
    method, params = request.get("method"), request.get("params") or {}
    reply: dict[str, Any] = {"jsonrpc": "2.0", "id": request["id"]}
    if method == "initialize":
        return reply | {
            "result": {
                "protocolVersion": params.get("protocolVersion") or _PROTOCOL,
                "capabilities": {"tools": {}},
                "serverInfo": {"name": SERVER, "version": "1"},
            }
        }
    if method == "tools/list":
        tools = [
            {"name": tool.name, "description": tool.description, "inputSchema": tool.parameters}
            for tool in offered_tools(spec).values()
        ]
        return reply | {"result": {"tools": tools}}
    if method == "tools/call":
        arguments = params.get("arguments") or {}
        _, told = Environment(spec=spec, files=files).call(str(params.get("name")), arguments)
        content = [{"type": "text", "text": told.text}]
        return reply | {"result": {"content": content, "isError": told.error}}
    if method == "ping":
        return reply | {"result": {}}
    return reply | {"error": {"code": _NO_METHOD, "message": f"no method {method!r}"}}


def main(order: Path, work: Path, source: TextIO, sink: TextIO) -> None:
    """Answer line by line until the agent hangs up."""
    spec = environment_from_json(json.loads(order.read_text(encoding="utf-8")))
    wanted = {normal_path(test.path) for test in spec.tests}
    for line in source:
        try:
            request = json.loads(line)
        except ValueError:
            continue
        if not isinstance(request, dict):
            continue
        told = answer(spec, _files(work, wanted), request)
        if told is not None:
            sink.write(json.dumps(told) + "\n")
            sink.flush()


def _files(work: Path, wanted: set[str]) -> Mapping[str, str]:
    found: dict[str, str] = {}
    for path in wanted:
        place = work / path
        if place.is_file() and os.path.realpath(place).startswith(os.path.realpath(work) + os.sep):
            found[path] = place.read_bytes().decode("utf-8", "replace")
    return found


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), sys.stdin, sys.stdout)
