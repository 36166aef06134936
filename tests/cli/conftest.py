"""A project folder with targets on the simulated provider, and the command as people run it."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from canary.cli.answers import run_schema, status_schema
from canary.cli.incident_schemas import analyse_schema, backtest_schema, incidents_schema
from canary.domain.suite import Suite
from canary.simulate.behaviour import Behaviour
from canary.simulate.server import SimulatedProvider
from tests.cli.forked import carried_out

PROMPTS = """\
family: small
about: Eight tiny prompts for tests of the command.
prompts:
"""

ONE = """\
  - id: small/word-{number:02}
    turns:
      - user: "Reply with the word w{number} and nothing else."
    checks:
      - exact: "w{number}"
    examples:
      pass: ["w{number}"]
      fail: ["The word is w{number}."]
"""

CONFIG = """\
[suite]
prompts = "prompts"
replicates = {replicates}

[budget]
tokens_per_run = 10_000_000

[[targets]]
name = "messages"
provider = "anthropic"
model = "sim-a"
base_url = "{base_url}"
api_key_env = ""
concurrency = 4

[[targets]]
name = "responses"
provider = "openai"
model = "sim-b"
base_url = "{base_url}/v1"
api_key_env = "TEST_KEY"
concurrency = 4
"""

SCHEMAS = {
    "analyse": analyse_schema,
    "backtest": backtest_schema,
    "incidents": incidents_schema,
    "run": run_schema,
    "status": status_schema,
}

KEY = "sk-test-0123456789abcdefghijklmnop"


@dataclass(frozen=True, kw_only=True)
class Project:
    """A folder that canary runs in."""

    folder: Path
    environ: Mapping[str, str] = field(default_factory=lambda: {"TEST_KEY": KEY})

    @property
    def environment(self) -> dict[str, str]:
        """What the command sees: nothing of the machine's own keys and settings."""
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}
        return kept | dict(self.environ)

    def start(self, *arguments: str, **pipes: Any) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "canary", *arguments],
            cwd=self.folder,
            env=self.environment,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            **pipes,
        )

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return carried_out(arguments, self.folder, self.environment)

    def answer(self, *arguments: str, code: int = 0) -> Any:
        """The JSON that a command answers with, valid by its published schema."""
        done = self.run(*arguments, "--json")
        assert done.returncode == code, done.stderr
        told = json.loads(done.stdout)
        Draft202012Validator(SCHEMAS[arguments[0]]()).validate(told)
        return told

    def config(self, text: str) -> None:
        (self.folder / "canary.toml").write_text(text, encoding="utf-8")


def write_prompts(folder: Path, count: int) -> None:
    folder.mkdir()
    text = PROMPTS + "".join(ONE.format(number=number) for number in range(1, count + 1))
    (folder / "small.yaml").write_text(text, encoding="utf-8")


@pytest.fixture
def suite(tmp_path: Path) -> Suite:
    from canary.config.prompts import load_suite

    write_prompts(tmp_path / "prompts", 8)
    return load_suite(tmp_path / "prompts")


@pytest.fixture
def provider(suite: Suite) -> Iterator[SimulatedProvider]:
    with SimulatedProvider(suite, Behaviour(pass_rate=0.7)) as serving:
        yield serving


@pytest.fixture
def project(tmp_path: Path, provider: SimulatedProvider) -> Project:
    made = Project(folder=tmp_path)
    made.config(CONFIG.format(base_url=provider.base_url, replicates=3))
    return made
