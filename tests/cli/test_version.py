"""`canary --version` tells what was built from what."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner

import canary
from canary.cli.main import cli
from canary.cli.version import BAKED, commit_of, version_text

GIT = shutil.which("git")


def test_the_command_shows_version_and_commit() -> None:
    done = CliRunner().invoke(cli, ["--version"])
    assert done.exit_code == 0
    assert done.output == f"{version_text()}\n"
    assert re.fullmatch(
        rf"canary {re.escape(canary.__version__)}( \(commit [0-9a-f]{{12}}(-changed)?\))?",
        done.output.strip(),
    )


def test_an_installed_package_shows_the_commit_that_was_written_into_it(tmp_path: Path) -> None:
    (tmp_path / BAKED).write_text("0123456789ab\n", encoding="utf-8")
    assert version_text(tmp_path) == f"canary {canary.__version__} (commit 0123456789ab)"


def test_where_nothing_is_known_nothing_is_said(tmp_path: Path) -> None:
    assert version_text(tmp_path / "canary") == f"canary {canary.__version__}"


@pytest.mark.skipif(GIT is None, reason="no git on this machine")
def test_a_checkout_shows_its_commit_and_whether_it_was_changed(tmp_path: Path) -> None:
    def git(*arguments: str) -> str:
        named = ("-c", "user.name=t", "-c", "user.email=t@example.org")
        return subprocess.run(
            [str(GIT), *named, *arguments], cwd=tmp_path, capture_output=True, text=True, check=True
        ).stdout.strip()

    package = tmp_path / "canary"
    package.mkdir()
    (package / "a.py").write_text("", encoding="utf-8")
    git("init", "-q")
    assert commit_of(package) == ""
    git("add", ".")
    git("commit", "-q", "-m", "first")
    commit = git("rev-parse", "--short=12", "HEAD")
    assert commit_of(package) == commit
    (package / "a.py").write_text("1", encoding="utf-8")
    assert commit_of(package) == f"{commit}-changed"
