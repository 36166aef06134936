"""`canary compare` and `canary baseline`: sides as people name them, answers, exit codes."""

import json
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from jsonschema import Draft202012Validator

from canary.cli.compare_schemas import compare_schema
from canary.cli.main import run

CONFIG = """\
[budget]
tokens_per_run = 1_000_000

[[targets]]
name = "t"
provider = "anthropic"
model = "m"
base_url = "http://127.0.0.1:9"
api_key_env = ""
"""

FIRST = date(2026, 3, 1)
RELEASE = "20260402T080000Z-release"


def records(
    path: Path, chance: float, *, days: int = 1, since: date = FIRST, target: str = "t", **fields: Any
) -> Path:
    """A file of 40 prompts x 3 a day; half of the prompts always pass."""
    rng = np.random.default_rng(days)
    lines = [
        {
            "schema": 1,
            "started_at": f"{since + timedelta(days=day)}T06:00:00Z",
            "target": target,
            "prompt": f"small/{prompt:02}",
            "replicate": replicate,
            "outcome": "graded",
            "passed": bool(prompt % 2 or rng.random() < chance),
            **fields,
        }
        for day in range(days)
        for prompt in range(40)
        for replicate in range(3)
    ]
    path.write_text("".join(f"{json.dumps(line)}\n" for line in lines), encoding="utf-8")
    return path


@dataclass(frozen=True, kw_only=True)
class Done:
    """What a command line came to."""

    returncode: int
    stdout: str
    stderr: str


class Project:
    """A folder whose command lines run in this process: files are named from it, a configuration lies there or not."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self._capsys = capsys

    def run(self, *arguments: str) -> Done:
        config = self.folder / "canary.toml"
        placed = [str(self.folder / one) if one.endswith(".jsonl") else one for one in arguments]
        self._capsys.readouterr()
        code = run([*placed, *(("--config", str(config)) if config.exists() else ())])
        out, err = self._capsys.readouterr()
        return Done(returncode=code, stdout=out, stderr=err)


@pytest.fixture
def bare(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Project:
    """A folder with two files of records and no configuration."""
    records(tmp_path / "old.jsonl", 0.8)
    records(tmp_path / "new.jsonl", 0.2)
    return Project(tmp_path, capsys)


@pytest.fixture
def project(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Project:
    (tmp_path / "canary.toml").write_text(CONFIG, encoding="utf-8")
    records(tmp_path / "days.jsonl", 0.8, days=30)
    records(tmp_path / "release.jsonl", 0.1, since=date(2026, 4, 2), trigger="release", run=RELEASE)
    made = Project(tmp_path, capsys)
    done = made.run("import", "days.jsonl", "release.jsonl")
    assert done.returncode == 0, done.stderr
    return made


FILES = ("compare", "--file-a", "old.jsonl", "--file-b", "new.jsonl")


def test_two_files_need_no_project_and_answer_as_published(bare: Project) -> None:
    done = bare.run(*FILES, "--json")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    Draft202012Validator(compare_schema()).validate(told)
    assert told["verdict"] == "worse"
    assert told["metrics"][0]["metric"] == "pass_rate"
    assert told["metrics"][0]["lost"]
    for option, code in (("never", 0), ("worse", 1), ("inconclusive", 1)):
        assert bare.run(*FILES, "--fail-on", option).returncode == code
    same = ("compare", "--file-a", "old.jsonl", "--file-b", "old.jsonl")
    assert bare.run(*same, "--fail-on", "worse").returncode == 0
    assert bare.run(*same, "--fail-on", "inconclusive").returncode == 1


def test_text_starts_with_the_verdict_and_markdown_fits_a_pull_request(bare: Project) -> None:
    assert bare.run(*FILES, "--format", "short").stdout.startswith("WORSE: prompts passed")
    assert bare.run(*FILES, "--format", "markdown").stdout.startswith("**canary: worse**")
    text = bare.run(*FILES).stdout.splitlines()
    assert text[0] == "Old: old.jsonl   New: new.jsonl"
    assert text[2].startswith("WORSE: ")


def test_a_baseline_is_pinned_by_hand_and_compared_with_without_its_trials(project: Project) -> None:
    missing = project.run("compare", "baseline", RELEASE)
    assert missing.returncode == 2
    assert "canary baseline pin" in missing.stderr
    pinned = project.run("baseline", "pin")
    assert pinned.returncode == 0, pinned.stderr
    (file,) = (project.folder / "baselines").glob("t@*.json")
    assert "28 days" in pinned.stdout
    listed = project.run("baseline", "list").stdout.splitlines()
    assert listed[1].split()[0] == "t"
    assert "pass_rate" in project.run("baseline", "show", "--target", "t").stdout
    told = json.loads(project.run("baseline", "show", "--json").stdout)
    assert told["baselines"][0]["target"] == "t"
    before = file.read_bytes()
    assert project.run("compare", "baseline", RELEASE, "--fail-on", "worse").returncode == 1
    assert project.run("compare", RELEASE, "baseline", "--format", "short").stdout.startswith("BETTER")
    changed = project.run("baseline", "diff")
    assert changed.returncode == 0, changed.stderr
    assert changed.stdout.startswith("Old: baseline")
    assert file.read_bytes() == before
    assert project.run("baseline", "pin", "--run", RELEASE).returncode == 0
    assert file.read_bytes() != before


def test_sides_are_runs_dates_and_days(project: Project) -> None:
    for a, b in (
        ("2026-03-01", "2026-03-02"),
        ("2026-03-01..2026-03-14", "2026-03-15..2026-03-28"),
        ("2026-03-01..2026-03-28", RELEASE),
    ):
        done = project.run("compare", a, b, "--json")
        assert done.returncode == 0, done.stderr
        told = json.loads(done.stdout)
        assert (told["a"], told["b"]) == (a, b)
        assert told["verdict"] == ("worse" if b == RELEASE else told["verdict"])
    assert project.run("compare", "2026-03-01", "--file-b", "release.jsonl").returncode == 0


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("2026-03-01",), "two sides are needed"),
        (("nowhere", "2026-03-01"), "no run in the store, and no date"),
        (("2026-03-09..2026-03-01", "2026-03-01"), "ends before it starts"),
        (("2025-01-01", "2026-03-01"), "no trials of it"),
        (("2026-03-01", "2026-03-02", "--target-a", "x"), "has no trials of 'x'"),
        (("baseline", "baseline"), "nothing is pinned"),
    ],
)
def test_what_can_not_be_compared_is_said_in_one_sentence(
    project: Project, arguments: tuple[str, ...], told: str
) -> None:
    done = project.run("compare", *arguments)
    assert done.returncode == 2
    assert told in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_targets_of_other_names_are_compared_when_told_or_when_there_is_no_choice(bare: Project) -> None:
    records(bare.folder / "a.jsonl", 0.8, target="old-model")
    records(bare.folder / "b.jsonl", 0.1, target="new-model")
    told = json.loads(bare.run("compare", "--file-a", "a.jsonl", "--file-b", "b.jsonl", "--json").stdout)
    assert (told["pairs"][0]["target_a"], told["pairs"][0]["target_b"]) == ("old-model", "new-model")
    mapped = bare.run(
        *("compare", "--file-a", "a.jsonl", "--file-b", "b.jsonl"),
        *("--target-a", "old-model", "--target-b", "new-model", "--format", "short"),
    )
    assert mapped.stdout.startswith("old-model -> new-model: WORSE")


def test_a_side_that_hardly_answered_is_no_verdict(bare: Project) -> None:
    lines = (bare.folder / "old.jsonl").read_text(encoding="utf-8").splitlines()
    failed = [json.loads(line) for line in lines]
    for line in failed[: len(failed) * 2 // 3]:
        del line["passed"]
        line |= {"outcome": "failed", "error": {"kind": "overloaded", "message": "busy", "retryable": True}}
    (bare.folder / "new.jsonl").write_text(
        "".join(f"{json.dumps(line)}\n" for line in failed), encoding="utf-8"
    )
    done = bare.run(*FILES, "--fail-on", "worse")
    assert done.returncode == 3
    assert "too few to judge" in done.stderr
