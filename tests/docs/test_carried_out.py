"""Every command of the documents is carried out, page by page, in the folder that `canary demo` leaves. Nightly."""

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
from tests.docs.test_first_target import stay

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("documented")]

SEPARATE = {"README.md": "test_first_target.py follows it from its beginning"}
"""Pages whose commands are carried out elsewhere."""

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
)
"""What a document says of its own deployment, and what the demo has in its place."""

STAYS = {"schedule": "Watching", "simulate": "Simulated provider"}
ENDS: dict[str, tuple[int, str]] = {
    "worker": (2, "PostgreSQL"),
}
"""Commands that end otherwise here: exit code, and a word of what they say."""


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A deployment of four months, and files of others as its documents name them."""
    folder = tmp_path_factory.mktemp("documented")
    assert Project(folder=folder).run("demo").returncode == 0
    return folder / "canary-demo"


@pytest.fixture(scope="module")
def provider(demo: Path) -> Iterator[SimulatedProvider]:
    port = int(re.findall(r"127\.0\.0\.1:(\d+)", (demo / "canary.toml").read_text("utf-8"))[0])
    with SimulatedProvider(load_suite(None), port=port) as serving:
        yield serving


PAGES = sorted({page for page, _ in commands()} - SEPARATE.keys())


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.usefixtures("provider")
def test_every_command_of_a_page_does_what_it_is_there_for(page: str, demo: Path, tmp_path: Path) -> None:
    folder = tmp_path / "there"
    shutil.copytree(demo, folder)
    project = Project(folder=folder, environ={})
    problems = []
    for line in dict.fromkeys(line for name, line in commands() if name == page):
        problems += carry_out(project, line)
    assert not problems, "\n".join(problems)


def carry_out(project: Project, line: str) -> Iterator[str]:
    for told, here in STAND_INS:
        line = line.replace(told, here)
    words = shlex.split(line, comments=True)[1:]
    done = project.run(*words)
    if done.returncode:
        yield f"{line}: {done.returncode} {done.stdout[-300:]}{done.stderr[-300:]}"
