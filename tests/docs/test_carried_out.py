"""Every command of the documents is carried out, page by page, in a copy of the folder that `canary demo` leaves. Nightly."""

import json
import re
import shlex
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from canary.config.prompts import load_suite
from canary.simulate.server import SimulatedProvider
from tests.cli.conftest import Project
from tests.docs.test_docs import ROOT, commands
from tests.exchange.test_bfcl import CASE, TRUTH

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("documented")]

SEPARATE = {"README.md"}
"""Its commands are carried out by test_first_target.py, from its beginning."""

PAGES = sorted({page for page, _ in commands()} - SEPARATE)

STAND_INS = (
    ("opus-4.7-api", "simulated-api"),
    ("opus-api", "simulated-api"),
    ("--target-b opus-fast", "--target-b simulated-harness"),
    ("--target-b opus.low-effort", "--target-b simulated-harness"),
    ("--target-a opus", "--target-a simulated-api"),
    ("/var/lib/node_exporter/canary.prom", "canary.prom"),
    ("--all --fast --seeds 5", "cc-verbosity-2026-04 --fast --seeds 1"),
    ("--port 8765", "--port 0"),
    ("20260301T090000Z-control", "2026-03-01"),
    ("20260411T080000Z-release", "RUN"),
    ("run --controls", "run --controls --replicates 1"),
    ("accept INC-0001", "accept INC-0003"),
    ("withdraw INC-0002", "withdraw INC-0004"),
)
"""What a document says of its own deployment, and what the demo has in its place; RUN is the demo's run by hand."""

BEFORE = {
    "compare.md": (
        "baseline pin --target simulated-api --from 2026-02-01 --to 2026-02-28",
        "export --out old.jsonl --from 2026-02-01 --to 2026-02-03",
        "export --out new.jsonl --from 2026-02-08 --to 2026-02-10",
    ),
    "records.md": ("export --format csv --out history.csv --from 2026-02-01 --to 2026-02-02",),
}
"""What a page takes for granted."""

STAYS = {"schedule": "stderr", "simulate": "stdout"}
"""Commands that stay until they are told to end, and where they say that they are there."""

ENDS = {
    "compare baseline": (1, "prompts paired"),
    "incidents close": (2, "accepted"),
    "status --alive": (1, "No daemon has left a heartbeat"),
    "worker": (2, "workers share a database server"),
    "--log-format json worker": (2, "workers share a database server"),
}
"""Commands that rightly end otherwise in this folder: exit code, and words of what they say."""


def files_of_others(folder: Path) -> None:
    """What the pages import, under the names that they use."""
    data = ROOT / "tests" / "exchange" / "data"
    (folder / "logs").mkdir()
    shutil.copy(data / "inspect-words.eval", folder / "logs" / "2026-03-01_words.eval")
    shutil.copy(data / "inspect-words.json", folder / "logs" / "words.json")
    shutil.copy(data / "promptfoo-words.json", folder / "out.json")
    asked = {
        "key": 1,
        "prompt": "No commas.",
        "instruction_id_list": ["punctuation:no_comma"],
        "kwargs": [{}],
    }
    answered = {"prompt": "ifeval/1", "response": "None here."}
    for name, record in (("input_data.jsonl", asked), ("responses.jsonl", answered)):
        (folder / name).write_text(json.dumps(record) + "\n", encoding="utf-8")
    (folder / "possible_answer").mkdir()
    for name, case in (("BFCL_v3_simple.json", CASE), ("possible_answer/BFCL_v3_simple.json", TRUTH)):
        (folder / name).write_text(json.dumps(case) + "\n", encoding="utf-8")


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A deployment of four months whose provider answers, and what the pages import."""
    folder = tmp_path_factory.mktemp("documented")
    assert Project(folder=folder).run("demo").returncode == 0
    left = folder / "canary-demo"
    config = (left / "canary.toml").read_text("utf-8")
    (left / "canary.toml").write_text(config.replace("usd_per_run = 5.0", "usd_per_run = 500.0"), "utf-8")
    files_of_others(left)
    port = int(re.findall(r"127\.0\.0\.1:(\d+)", config)[0])
    with SimulatedProvider(load_suite(None), port=port):
        yield left


@pytest.mark.parametrize("page", PAGES)
def test_every_command_of_a_page_does_what_it_is_there_for(page: str, demo: Path, tmp_path: Path) -> None:
    shutil.copytree(demo, tmp_path / "there")
    project = Project(folder=tmp_path / "there", environ={"CANARY_HEARTBEAT_FILE": str(tmp_path / "alive")})
    run = next((project.folder / "reports" / "runs").glob("*-manual.html")).stem
    problems: list[str] = []
    for line in (*BEFORE.get(page, ()), *dict.fromkeys(line for name, line in commands() if name == page)):
        words = line.removeprefix("canary ")
        words += " --target simulated-api" if words in {"baseline pin", "baseline diff"} else ""
        for told, here in (*STAND_INS, ("RUN", run)):
            words = words.replace(told, here)
        problems += carried_out(project, words)
    assert not problems, "\n".join(problems)


def carried_out(project: Project, line: str) -> Iterator[str]:
    """What was not as it should be, of one command."""
    words = shlex.split(line, comments=True)
    stays = [stream for name, stream in STAYS.items() if name in words]
    if stays:
        yield from stayed(project, words, stays[0])
        return
    code, said = next((end for begun, end in ENDS.items() if line.startswith(begun)), (0, ""))
    done = project.run(*words)
    if done.returncode != code or said not in done.stdout + done.stderr:
        yield f"{line}: exit code {done.returncode}: {done.stdout[-300:]}{done.stderr[-300:]}"


def stayed(project: Project, words: list[str], stream: str) -> Iterator[str]:
    staying = project.start(*words)
    said = getattr(staying, stream).readline()
    staying.terminate()
    rest = staying.communicate(timeout=60)
    if staying.returncode or not said:
        yield f"{words}: exit code {staying.returncode}: {said}{rest}"
