"""Claude Code (`claude -p`) as a target.

Each trial gets a home of its own, so that no login, memory or setting of the machine's user is seen: what the arm
`harness` shows is a fresh installation's defaults. Edits inside the working directory are allowed and commands that
only look; what else the agent asks for is denied, and flagged. `settings` goes to `--settings` as it is.
"""

import json
import os
import uuid
from collections.abc import Mapping

from canary.domain.ports import Clock, Target
from canary.domain.target import TargetSpec
from canary.targets import agent_cli
from canary.targets.claude_code_stream import ClaudeCodeFold
from canary.targets.clients import NO_KEY, checked_key, checked_url
from canary.targets.harness import Cli, HarnessTarget, TurnOrder
from canary.targets.harness_reply import Answered
from canary.targets.redaction import Redactor
from canary.targets.sandbox import Limits
from canary.targets.scratch import Scratch, scratch_root
from canary.targets.served_tools import SERVER

_BASE_URL = "https://api.anthropic.com"


def build(spec: TargetSpec, *, api_key: str, clock: Clock, strict: bool) -> Target:
    """A target for Claude Code; see `registry.build_target`. `strict` has no meaning here."""
    del strict
    program = agent_cli.find(spec, "claude")
    version = agent_cli.ask(spec, [program, "--version"]).split(" ", 1)[0]
    agent_cli.check_pin(spec, version)
    redactor = Redactor((api_key,))
    return HarnessTarget(
        spec=spec,
        cli=ClaudeCode(spec=spec, program=program, version=version, api_key=api_key, redactor=redactor),
        root=scratch_root(os.environ),
        redactor=redactor,
        clock=clock,
        limits=Limits(seconds=spec.timeout_s),
    )


class ClaudeCode(Cli):
    """What is particular to `claude`."""

    def __init__(
        self, *, spec: TargetSpec, program: str, version: str, api_key: str, redactor: Redactor
    ) -> None:
        """Know the program.

        Raises:
            ConfigurationError: the key or the address can't be used.
        """
        self._spec = spec
        self._program = program
        self._version = version
        self._redactor = redactor
        self._env = {
            "ANTHROPIC_API_KEY": checked_key(spec, api_key) if api_key else NO_KEY,
            "DISABLE_AUTOUPDATER": "1",
            "CLAUDE_CODE_MAX_RETRIES": str(spec.max_attempts - 1),
        }
        if spec.base_url is not None:
            self._env["ANTHROPIC_BASE_URL"] = checked_url(spec, _BASE_URL)
        if self.isolated:
            self._env["CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC"] = "1"

    @property
    def isolated(self) -> bool:
        """Whether it talks to the model's address alone.

        Not where it stands for a user's own installation at the vendor: feature flags come over that other traffic,
        and a default that is changed by a flag is what the arms `harness` and `harness-resumed` are there to see.
        """
        return self._spec.base_url is not None or self._spec.arm == "harness-pinned"

    @property
    def fingerprint(self) -> Mapping[str, str]:
        """Name and version; Claude Code lists no feature flags."""
        return {"harness": "claude-code", "harness_version": self._version}

    def env(self, place: Scratch) -> Mapping[str, str]:
        """Key, address and what keeps it from updating itself."""
        del place
        return self._env

    def argv(self, order: TurnOrder) -> list[str]:
        """The call for one turn."""
        o, h = self._spec.options, self._spec.harness
        optional = {
            "--append-system-prompt": order.prompt.system,  # on every turn: a session does not keep it
            "--effort": o.effort,
            "--max-turns": h.max_turns,
            "--max-budget-usd": None if order.left_usd is None else f"{max(order.left_usd, 1e-6):.6f}",
            "--settings": json.dumps(dict(o.settings)) if o.settings else None,
        }
        return [
            self._program, "-p", "--output-format", "stream-json", "--verbose", "--include-partial-messages",
            "--model", self._spec.model, "--permission-mode", "acceptEdits", "--strict-mcp-config",
            *(f"{word}" for name, value in optional.items() if value is not None for word in (name, value)),
            *self._session(order),
            *self._served(order),
        ]  # fmt: skip

    def _session(self, order: TurnOrder) -> list[str]:
        if order.session is not None:
            return ["--resume", order.session]
        return ["--session-id", str(uuid.uuid4())] if order.goes_on else ["--no-session-persistence"]

    def _served(self, order: TurnOrder) -> list[str]:
        if order.served is None:
            return []
        server = {"command": order.served.command, "args": list(order.served.args)}
        return [
            "--mcp-config", json.dumps({"mcpServers": {SERVER: server}}),
            "--allowedTools", f"mcp__{SERVER}",
        ]  # fmt: skip

    def fold(self, order: TurnOrder, work: str) -> ClaudeCodeFold:
        """A fresh fold over one run."""
        return ClaudeCodeFold(work=work, redactor=self._redactor, earlier=order.earlier)

    def completed(self, answered: Answered, place: Scratch) -> Answered:
        """The turn as it is: the output tells every call."""
        del place
        return answered
