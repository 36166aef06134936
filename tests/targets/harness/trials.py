"""Agent CLIs that are small scripts, recorded streams, and trials over both."""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from canary.domain.ports import Conditions
from canary.domain.suite import EnvironmentSpec, Prompt, Turn
from canary.domain.target import Arm, HarnessOptions, TargetOptions, TargetSpec
from canary.domain.trial import Transcript, TrialKey, Usage
from canary.targets.claude_code import ClaudeCode
from canary.targets.claude_code_stream import ClaudeCodeFold
from canary.targets.codex_stream import CodexFold
from canary.targets.harness import HarnessTarget
from canary.targets.harness_reply import Answered, Fold
from canary.targets.redaction import Redactor
from canary.targets.sandbox import Exit, Limits
from tests.fakes import FakeClock, FakeMeter

KEY = "sk-canary-0123456789abcdef"
STREAMS = Path(__file__).parent / "streams"
EXITED = Exit(status=0, ended="exited", stderr="", seconds=1.0)
WORK = "/trial/work"


def recorded(name: str) -> list[bytes]:
    """The lines that a CLI printed in a run against the simulated provider; ids and paths replaced."""
    return (STREAMS / f"{name}.jsonl").read_bytes().splitlines()


def claude_fold(earlier: Mapping[str, Usage] | None = None) -> ClaudeCodeFold:
    return ClaudeCodeFold(work=WORK, redactor=Redactor((KEY,)), earlier=earlier)


def codex_fold(earlier: Mapping[str, Usage] | None = None, max_turns: int | None = None) -> CodexFold:
    return CodexFold(work=WORK, redactor=Redactor((KEY,)), earlier=earlier, max_turns=max_turns)


def fold_of(name: str) -> Fold:
    """The fold that a recorded stream is for."""
    return claude_fold() if name.startswith("claude") else codex_fold()


def folded(lines: Sequence[bytes], fold: Fold, exit_: Exit = EXITED) -> Answered:
    """What a run with this output comes to; a tenth of a second passes with each line."""
    for number, line in enumerate(lines):
        fold.add(line, number / 10)
    return fold.answered(exit_)


def prompt(*turns: str | Turn, files: Mapping[str, str] | None = None, **facts: Any) -> Prompt:
    """A prompt with these user turns."""
    return Prompt(
        id="family/one",
        family="family",
        turns=tuple(turn if isinstance(turn, Turn) else Turn(user=turn) for turn in turns or ("Hello?",)),
        environment=None if files is None else EnvironmentSpec(files=files, tools=("read_file", "edit_file")),
        checks=(),
        **facts,
    )


def script(folder: Path, body: str) -> Path:
    """A program of this Python source; `say(event)` prints one line of JSON."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "agent"
    head = f"#!{sys.executable} -IS\nimport json, os, signal, sys, time\n"
    say = "def say(**event):\n    print(json.dumps(event), flush=True)\n"
    path.write_text(head + say + _ANSWER + body)
    path.chmod(0o755)
    return path


_ANSWER = """
def answer(text, cost=0.5):
    session = sys.argv[sys.argv.index("--resume") + 1] if "--resume" in sys.argv else "s-1"
    usage = {"input_tokens": 10, "output_tokens": 4}
    say(type="system", subtype="init", session_id=session, claude_code_version="9.9.9")
    say(type="assistant", message={"id": "m1", "model": "m", "content": [{"type": "text", "text": text}]})
    say(type="result", subtype="success", is_error=False, result=text, session_id=session,
        total_cost_usd=cost, usage=usage)
"""


def left_in(folder: Path) -> list[str]:
    """What of a trial is still there."""
    return [path.name for path in folder.iterdir()]


@dataclass
class Tried:
    """What became of one trial."""

    transcript: Transcript
    clock: FakeClock
    meter: FakeMeter
    root: Path

    @property
    def text(self) -> str:
        assert self.transcript.failure is None, self.transcript.failure
        return self.transcript.final_text or ""


def target_spec(*, arm: Arm = "harness", options: TargetOptions | None = None, **harness: Any) -> TargetSpec:
    """A Claude Code target on a loopback address."""
    return TargetSpec(
        name="agent",
        provider="claude-code",
        model="m",
        base_url="http://127.0.0.1:9",
        api_key_env="TEAM_KEY",
        arm=arm,
        options=options or TargetOptions(),
        harness=HarnessOptions(**harness),
        identity="team-a",
        max_attempts=3,
    )


def target(
    folder: Path, body: str, clock: FakeClock, *, spec: TargetSpec | None = None, limits: Limits | None = None
) -> HarnessTarget:
    """A target whose CLI is a script."""
    spec = spec or target_spec()
    redactor = Redactor((KEY,))
    cli = ClaudeCode(
        spec=spec, program=str(script(folder / "bin", body)), version="9.9.9", api_key=KEY, redactor=redactor
    )
    root = folder / "trials"
    root.mkdir(exist_ok=True)
    limits = limits or Limits(seconds=30.0, grace_s=0.2, look_s=0.02)
    return HarnessTarget(spec=spec, cli=cli, root=root, redactor=redactor, clock=clock, limits=limits)


async def tried(
    folder: Path,
    body: str,
    *,
    asked: Prompt | None = None,
    spec: TargetSpec | None = None,
    limits: Limits | None = None,
    pauses: bool = False,
) -> Tried:
    """Put a prompt to an agent that is this script."""
    clock, meter = FakeClock(), FakeMeter()
    agent = target(folder, body, clock, spec=spec, limits=limits)
    key = TrialKey(run="r", target="agent", prompt="family/one", replicate=0)
    conditions = Conditions(key=key, meter=meter, pauses=pauses)
    transcript = await agent.attempt(asked or prompt(), conditions)
    return Tried(transcript=transcript, clock=clock, meter=meter, root=folder / "trials")
