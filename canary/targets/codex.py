"""Codex (`codex exec --json`) as a target.

Each trial gets a home of its own, so that no login, configuration or history of the machine's user is seen. Commands
run in Codex's own sandbox: they may write in the working directory and have no network. `settings` goes to `-c`, one
key at a time. Codex refuses its sandbox helper where `CODEX_HOME` lies under the temporary folder, and then commands
vanish from its output without a word; so the folder for temporary files lies inside the home, never the other way.
"""

import json
import os
import re
from collections.abc import Mapping

from canary.domain.canonical import Json, digest
from canary.domain.errors import ConfigurationError
from canary.domain.ports import Clock, Target
from canary.domain.target import TargetSpec
from canary.targets import agent_cli
from canary.targets.clients import NO_KEY, checked_key, checked_url
from canary.targets.codex_rollout import completed, last_turn
from canary.targets.codex_stream import CodexFold
from canary.targets.harness import Cli, HarnessTarget, TurnOrder
from canary.targets.harness_reply import Answered
from canary.targets.redaction import Redactor
from canary.targets.sandbox import Limits
from canary.targets.scratch import Scratch, scratch_root
from canary.targets.served_tools import SERVER

_BASE_URL = "https://api.openai.com/v1"
_PROVIDER = "canary"
_PROVIDER_KEY = "CANARY_PROVIDER_KEY"
_OWN_KEY = "CODEX_API_KEY"
LARGEST_THREAD = 1 << 27
"""Bytes of a thread's file that are read."""

_BARE_KEY = re.compile(r"^[A-Za-z0-9_-]+$")


def build(spec: TargetSpec, *, api_key: str, clock: Clock, strict: bool) -> Target:
    """A target for Codex; see `registry.build_target`. `strict` has no meaning here."""
    del strict
    if spec.harness.max_usd is not None:
        raise ConfigurationError(
            "Codex knows no limit in money",
            where=f'target "{spec.name}": max_usd',
            remedy="use max_turns, and budget.usd_per_run for the whole run",
        )
    program = agent_cli.find(spec, "codex")
    version = agent_cli.ask(spec, [program, "--version"]).rpartition(" ")[2]
    agent_cli.check_pin(spec, version)
    redactor = Redactor((api_key,))
    features = feature_flags(agent_cli.ask(spec, [program, "features", "list"]))
    return HarnessTarget(
        spec=spec,
        cli=Codex(
            spec=spec, program=program, version=version, features=features, api_key=api_key, redactor=redactor
        ),
        root=scratch_root(os.environ),
        redactor=redactor,
        clock=clock,
        limits=Limits(seconds=spec.timeout_s),
    )


def feature_flags(listed: str) -> Mapping[str, bool]:
    """Flag -> whether it is on, of what `codex features list` prints: name, stage in words, `true` or `false`."""
    rows = [line.split() for line in listed.splitlines()]
    return {row[0]: row[-1] == "true" for row in rows if len(row) > 1 and row[-1] in {"true", "false"}}


class Codex(Cli):
    """What is particular to `codex`."""

    def __init__(
        self,
        *,
        spec: TargetSpec,
        program: str,
        version: str,
        features: Mapping[str, bool],
        api_key: str,
        redactor: Redactor,
    ) -> None:
        """Know the program.

        Raises:
            ConfigurationError: the key or the address can't be used.
        """
        self._spec = spec
        self._program = program
        self._redactor = redactor
        self._key = checked_key(spec, api_key) if api_key else NO_KEY
        self._url = None if spec.base_url is None else checked_url(spec, _BASE_URL)
        self._fingerprint = {
            "harness": "codex",
            "harness_version": version,
            "harness_features": digest(dict(features)),
        }

    @property
    def fingerprint(self) -> Mapping[str, str]:
        """Name, version, and a digest of the feature flags and their states."""
        return self._fingerprint

    def env(self, place: Scratch) -> Mapping[str, str]:
        """Key and home."""
        home = place.home / ".codex"
        home.mkdir(exist_ok=True, mode=0o700)
        return {"CODEX_HOME": str(home), (_OWN_KEY if self._url is None else _PROVIDER_KEY): self._key}

    def argv(self, order: TurnOrder) -> list[str]:
        """The call for one turn; `-` has it read the user's text from standard input."""
        settings = self._settings(order)
        words = [word for key, value in settings.items() for word in ("-c", f"{key}={toml(value)}")]
        return [
            self._program, "exec", "--json", "--skip-git-repo-check", "-m", self._spec.model, *words,
            *(["-"] if order.session is None else ["resume", order.session, "-"]),
        ]  # fmt: skip

    def _settings(self, order: TurnOrder) -> Mapping[str, Json]:
        o = self._spec.options
        settings: dict[str, Json] = {
            "approval_policy": "never",
            "sandbox_mode": "workspace-write",
            "check_for_update_on_startup": False,
            "shell_environment_policy.exclude": [_OWN_KEY, _PROVIDER_KEY],
        }
        if self._url is not None or self._spec.arm == "harness-pinned":
            settings["analytics.enabled"] = False
        if self._url is not None:
            settings["model_provider"] = _PROVIDER
            settings[f"model_providers.{_PROVIDER}"] = {
                "name": _PROVIDER,
                "base_url": self._url,
                "env_key": _PROVIDER_KEY,
                "wire_api": "responses",
                "request_max_retries": self._spec.max_attempts - 1,
                "stream_max_retries": self._spec.max_attempts - 1,
            }
        if o.effort is not None:
            settings["model_reasoning_effort"] = o.effort
        if o.verbosity is not None:
            settings["model_verbosity"] = o.verbosity
        if order.prompt.system is not None:
            settings["developer_instructions"] = order.prompt.system
        if order.served is not None:
            settings[f"mcp_servers.{SERVER}"] = {
                "command": order.served.command,
                "args": list(order.served.args),
                "default_tools_approval_mode": "approve",
            }
        return settings | dict(o.settings)

    def fold(self, order: TurnOrder, work: str) -> CodexFold:
        """A fresh fold over one run."""
        limit = self._spec.harness.max_turns
        return CodexFold(work=work, redactor=self._redactor, earlier=order.earlier, max_turns=limit)

    def completed(self, answered: Answered, place: Scratch) -> Answered:
        """The turn with the calls that the thread's file has and the output had not."""
        files = sorted((place.home / ".codex" / "sessions").rglob("*.jsonl"))
        if answered.session is None or not files:
            return answered
        own = next((path for path in files if answered.session in path.name), None)
        if own is None or own.is_symlink() or own.stat().st_size > LARGEST_THREAD:
            return answered
        return completed(answered, last_turn(own.read_bytes().splitlines(), str(place.work)))


def toml(value: Json) -> str:
    """A JSON value as a TOML literal, objects inline; null has no TOML and becomes an empty text."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None:
        return '""'
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_toml_key(key)} = {toml(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(toml, value)) + "]"
    return repr(value)


def _toml_key(key: str) -> str:
    return key if _BARE_KEY.match(key) else toml(key)
