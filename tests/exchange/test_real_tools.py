"""The real Inspect and promptfoo ask the simulated provider; what they print is what canary reads from their files.

    CANARY_TEST_EVALS=FOLDER pytest -m slow -n 0 -s tests/exchange/test_real_tools.py

The folder holds `inspect/` (a virtual environment with `inspect-ai` and `openai`) and `node_modules/` (`npm install promptfoo`).
"""

import json
import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from canary.config.prompts import load_suite
from canary.domain.trial import Trial
from canary.exchange.inspect_logs import read_inspect
from canary.exchange.promptfoo import read_promptfoo
from canary.simulate.behaviour import Behaviour
from canary.simulate.server import SimulatedProvider
from tests.cli.conftest import write_prompts
from tests.exchange.test_foreign import by_prompt, mean

WORDS = range(1, 13)
TOOLS = Path(os.environ.get("CANARY_TEST_EVALS") or "no-such-folder")
INSPECT, PROMPTFOO = TOOLS / "inspect/bin/inspect", TOOLS / "node_modules/.bin/promptfoo"

TASK = """
from inspect_ai import Task, task
from inspect_ai.dataset import Sample
from inspect_ai.scorer import exact, includes
from inspect_ai.solver import generate, solver

@solver
def breaks_once():
    async def solve(state, generate):
        if (state.sample_id, state.epoch) == ("word-5", 2):
            raise RuntimeError("the tool broke")
        return state
    return solve

@task
def words():
    asked = "Reply with the word w{0} and nothing else."
    data = [Sample(id=f"word-{n}", input=asked.format(n), target=f"w{n}") for n in range(1, 13)]
    solvers = [breaks_once(), generate()]
    return Task(dataset=data, solver=solvers, scorer=[exact(), includes()], epochs=3, fail_on_error=False)
"""

pytestmark = pytest.mark.slow


def needs(tool: Path) -> pytest.MarkDecorator:
    return pytest.mark.skipif(
        not tool.exists(), reason=f"no {tool.name}: set CANARY_TEST_EVALS to a folder that has it"
    )


@pytest.fixture
def base_url(tmp_path: Path) -> Iterator[str]:
    write_prompts(tmp_path / "prompts", len(WORDS))
    with SimulatedProvider(load_suite(tmp_path / "prompts"), Behaviour(pass_rate=0.8)) as serving:
        yield f"{serving.base_url}/v1"


def printed(folder: Path, command: list[str], **more: str) -> str:
    """What a tool prints; promptfoo leaves with 100 where a test failed."""
    environ = {"PATH": os.environ["PATH"], "HOME": str(folder), **more}
    done = subprocess.run(command, cwd=folder, env=environ, capture_output=True, text=True, check=False)
    assert done.returncode in {0, 100}, done.stderr[-2000:]
    return done.stdout


def tokens(trials: list[Trial]) -> tuple[int, int, int]:
    def total(name: str) -> int:
        return sum(getattr(trial, name) or 0 for trial in trials)

    return total("input_tokens"), total("output_tokens"), total("reasoning_tokens")


def numbers(pattern: str, text: str) -> tuple[float, ...]:
    found = re.search(pattern, text)
    assert found, text
    return tuple(float(number.replace(",", "")) for number in found.groups())


@needs(INSPECT)
@pytest.mark.parametrize("form", ["eval", "json"])
def test_what_inspect_prints_is_what_is_read(tmp_path: Path, base_url: str, form: str) -> None:
    (tmp_path / "task.py").write_text(TASK, encoding="utf-8")
    command = [str(INSPECT), "eval", "task.py", "--model", "openai/sim-small", "--display", "plain"]
    command += ["--log-dir", "logs", "--log-format", form]
    said = printed(tmp_path, command, OPENAI_API_KEY="none", OPENAI_BASE_URL=base_url)
    (log,) = (tmp_path / "logs").glob(f"*.{form}")
    trials = list(read_inspect(log))
    graded = [trial for trial in trials if trial.outcome == "graded"]
    assert tokens(trials) == numbers(r"\[I: ([\d,]+), O: ([\d,]+), R: ([\d,]+)\]", said)
    assert (len(trials) - len(graded), len(trials)) == numbers(r"(\d+) of (\d+) executed samples", said)
    exact, includes = numbers(r"mean\s+([\d.]+)\s+accuracy\s+([\d.]+)", said)
    assert mean(by_prompt(graded, "exact")) == pytest.approx(exact, abs=5e-4)
    assert mean(by_prompt(graded, "includes")) == pytest.approx(includes, abs=5e-4)


@needs(PROMPTFOO)
def test_what_promptfoo_prints_is_what_is_read(tmp_path: Path, base_url: str) -> None:
    def provider(name: str, url: str) -> dict[str, object]:
        return {"id": f"openai:chat:{name}", "label": name, "config": {"apiBaseUrl": url, "apiKey": "none"}}

    config = {
        "prompts": [{"label": "word", "raw": "Reply with the word {{w}} and nothing else."}],
        "providers": [provider("sim-small", base_url), provider("dead", "http://127.0.0.1:9/v1")],
        "tests": [
            {
                "description": f"word {n}",
                "vars": {"w": f"w{n}"},
                "assert": [{"type": "equals", "value": f"w{n}"}],
            }
            for n in WORDS
        ],
    }
    (tmp_path / "promptfooconfig.json").write_text(json.dumps(config), encoding="utf-8")
    command = [str(PROMPTFOO), "eval", "-c", "promptfooconfig.json", "--repeat", "3", "--no-cache"]
    quiet = ("TELEMETRY", "UPDATE", "REMOTE_GENERATION")
    environ = {f"PROMPTFOO_DISABLE_{name}": "1" for name in quiet} | {"PROMPTFOO_REQUEST_BACKOFF_MS": "10"}
    said = printed(tmp_path, [*command, "--no-progress-bar", "--no-table", "-o", "out.json"], **environ)
    trials = list(read_promptfoo(tmp_path / "out.json"))
    counts = tuple(sum(trial.passed is passed for trial in trials) for passed in (True, False, None))
    told = [numbers(rf"(\d+) {word}", said)[0] for word in ("passed", "failed", "errors?")]
    assert counts == tuple(told)
    total = r"Eval: [\d,]+ \(([\d,]+) prompt, ([\d,]+) completion, ([\d,]+) reasoning\)"
    assert tokens(trials) == numbers(total, said)
