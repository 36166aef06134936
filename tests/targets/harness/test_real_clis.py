"""The real Claude Code and Codex, from npm, headless against the simulated provider, in a network without a way out.

`CANARY_TEST_CLIS`, or `.cli` in the checkout, is the npm prefix they are looked for in, and nowhere else: a CLI, a
login or a key that the machine happens to have is never used. `.ci/run` installs them there.
"""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from canary.config.prompts import load_suite

ROOT = Path(__file__).parents[3]
BINARIES = Path(os.environ.get("CANARY_TEST_CLIS") or ROOT / ".cli") / "node_modules" / ".bin"
KEY = "dummy-key-0123456789"
CLIS = {"claude-code": ("claude", "claude-opus-4-7"), "codex": ("codex", "gpt-5.5")}
TALK, TOOLS, WORK = (
    "memory-file/closing-line-01", "tools/right-tool-01", "agentic/read-before-edit-01",
)  # fmt: skip
LONG = next(prompt for prompt in load_suite(None).prompts if prompt.system and len(prompt.turns) > 2)

every_cli = pytest.mark.parametrize("provider", CLIS)
pytestmark = [
    pytest.mark.skipif(
        not all((BINARIES / name).exists() for name, _ in CLIS.values()),
        reason=f"no agent CLIs in {BINARIES}: set CANARY_TEST_CLIS to an npm prefix that has them",
    ),
    pytest.mark.xdist_group("agent-clis"),
]


def isolated() -> list[str]:
    """What starts a program in a network namespace of its own, where this machine allows that."""
    words = ["unshare", "--map-root-user", "--net"]
    if shutil.which("unshare") is None:
        return []
    tried = subprocess.run([*words, "true"], capture_output=True, check=False)
    return words if tried.returncode == 0 else []


def asked(tmp_path: Path, provider: str, *prompts: str, model: str | None = None, key: str = KEY) -> Any:
    """What became of one trial of each prompt."""
    name, usual = CLIS[provider]
    order = {
        "provider": provider,
        "model": model or usual,
        "key": key,
        "prompts": prompts,
        "executable": str(BINARIES / name),
    }
    done = subprocess.run(
        [*isolated(), sys.executable, "-m", "tests.targets.harness.in_a_namespace"],
        input=json.dumps(order),
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path / "cache")},
        timeout=900,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    told = json.loads(done.stdout)
    assert told["way_out"] is (not isolated())
    assert [path.name for path in (tmp_path / "cache" / "canary" / "trials").iterdir()] == []
    return told["trials"]


@dataclass(frozen=True)
class Asked:
    """One trial each of four prompts by one CLI."""

    provider: str
    talk: Any
    tools: Any
    work: Any
    turns: Any


@pytest.fixture(scope="module", params=CLIS)
def done(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Asked:
    """The four trials, asked once: starting a CLI takes a second or more."""
    folder = tmp_path_factory.mktemp("cli")
    return Asked(request.param, *asked(folder, request.param, TALK, TOOLS, WORK, LONG.id))


def test_a_real_cli_is_graded_counted_and_priced(done: Asked) -> None:
    for trial in (done.talk, done.tools, done.work):
        assert (trial["failure"], trial["passed"]) == (None, True), trial
        usage = trial["usage"]
        assert all(usage[name] is not None for name in usage)
        expected = (
            2.0 * usage["input_tokens"] + 0.2 * usage["cache_read_tokens"]
            + 2.5 * usage["cache_write_tokens"] + 8.0 * usage["output_tokens"]
        ) / 1e6  # fmt: skip
        assert trial["cost"] == pytest.approx(expected)
    assert (done.talk["reads"], done.talk["tool_calls"]) == (1, 1)
    assert done.tools["tool_calls"] == 1
    assert done.work["tool_calls"] >= 3


def test_what_is_counted_is_what_the_provider_billed(done: Asked) -> None:
    for trial in (done.talk, done.tools, done.work, done.turns):
        counted = trial["usage"]
        whole = counted["input_tokens"] + counted["cache_read_tokens"] + counted["cache_write_tokens"]
        assert (whole, counted["output_tokens"]) == (trial["billed_input"], trial["billed_output"])


def test_every_trial_says_which_cli_it_was(done: Asked) -> None:
    told = done.talk["fingerprint"]
    assert told["harness"] == done.provider
    assert told["harness_version"][0].isdigit()
    assert ("harness_features" in told) is (done.provider == "codex")


def test_planted_memory_files_reach_the_model_and_the_key_does_not(done: Asked) -> None:
    sent = json.dumps([request["body"] for request in done.talk["requests"]])
    assert "Checked against handbook 7" in sent
    assert KEY not in sent
    path = "/v1/responses" if done.provider == "codex" else "/v1/messages"
    assert {request["path"] for request in done.talk["requests"]} == {path}


def test_a_session_is_taken_up_again_turn_by_turn_with_the_system_text(done: Asked) -> None:
    trial = done.turns
    assert trial["failure"] is None
    assert trial["turns"] == list(range(len(LONG.turns)))
    assert len(trial["requests"]) == len(LONG.turns)
    for request in trial["requests"]:
        assert (LONG.system or "").strip()[:40] in json.dumps(request["body"], ensure_ascii=False)
    last = json.dumps(trial["requests"][-1]["body"], ensure_ascii=False)
    assert LONG.turns[0].user.strip()[:30] in last


@every_cli
def test_a_refused_key_is_a_failed_trial_and_no_wrong_answer(tmp_path: Path, provider: str) -> None:
    (trial,) = asked(tmp_path, provider, TOOLS, key="sk-wrong-0123456789")
    assert trial["failure"]["kind"] == "authentication"
    assert trial["passed"] is None
    assert "sk-wrong-0123456789" not in json.dumps(trial)


def test_codex_reports_what_code_calls_where_the_model_gets_code_for_a_tool(tmp_path: Path) -> None:
    (trial,) = asked(tmp_path, "codex", WORK, model="gpt-6-sol")
    assert (trial["failure"], trial["passed"]) == (None, True)
    assert trial["reads"] >= 1
