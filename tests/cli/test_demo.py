"""`canary demo` and `canary simulate --scenario`: the story of spring 2026, told in a folder that other commands work in."""

import json
from pathlib import Path

import pytest

from canary.rehearsal.spring import BANNER
from tests.cli.conftest import Project


@pytest.fixture
def empty(tmp_path: Path) -> Project:
    return Project(folder=tmp_path)


def test_the_demo_tells_the_story_and_leaves_a_folder_that_other_commands_work_in(empty: Project) -> None:
    done = empty.run("demo")
    assert done.returncode == 0, done.stdout + done.stderr
    lines = done.stdout.splitlines()
    assert len(lines) <= 20
    assert max(map(len, lines)) <= 110
    assert "the agent's three arms are records, with no agent behind them" in done.stdout
    for layer in ("harness-default", "harness-state", "model-or-serving", "harness-code"):
        assert sum(layer in line for line in lines) == 1, layer
    page = Path(
        empty.folder, next(line.removeprefix("Page: ") for line in lines if line.startswith("Page: "))
    )
    assert BANNER in page.read_text("utf-8")
    incidents = sorted(path.name for path in (page.parent / "incidents").glob("*.html"))
    assert incidents == [f"INC-{number:04}.html" for number in range(1, 5)]
    there = Project(folder=empty.folder / "canary-demo")
    assert there.run("status").returncode == 0
    assert there.run("doctor").returncode == 0
    listed = there.run("incidents", "list", "--all", "--json")
    assert len(json.loads(listed.stdout)["incidents"]) == 4
    assert there.run("report", "--incident", "INC-0001", "--out", "again").returncode == 0
    assert BANNER in (there.folder / "again" / "incidents" / "INC-0001.html").read_text("utf-8")


def test_the_demo_overwrites_no_one_elses_folder(empty: Project) -> None:
    (empty.folder / "canary-demo").mkdir()
    (empty.folder / "canary-demo" / "canary.toml").write_text("# mine\n")
    done = empty.run("demo")
    assert done.returncode == 2
    assert "is not a demo's" in done.stderr
    assert (empty.folder / "canary-demo" / "canary.toml").read_text() == "# mine\n"


def test_a_simulated_provider_plays_the_last_day_of_a_scenario(empty: Project) -> None:
    serving = empty.start("simulate", "--port", "0", "--scenario", "gptoss-azure-effort")
    try:
        assert serving.stdout is not None
        assert "gptoss-azure-effort as on 2025-08-" in serving.stdout.readline()
    finally:
        serving.terminate()
        serving.communicate(timeout=20)
    assert serving.returncode == 0


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("sla-breach", "--fast"),
        ("aa-null-60d", "changes nothing"),
        ("gptoss-azure-efort", "did you mean gptoss-azure-effort?"),
    ],
)
def test_a_scenario_that_can_t_be_played_is_refused(empty: Project, name: str, told: str) -> None:
    done = empty.run("simulate", "--port", "0", "--scenario", name)
    assert done.returncode == 2
    assert told in done.stderr
