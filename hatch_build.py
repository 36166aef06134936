"""Writes the commit that a wheel or sdist is built from into it, as `canary/_commit.txt`: what `canary --version` shows.

Known from `CANARY_COMMIT` (an image is built without the repository), else from git; an sdist brings its own along. Where
nothing is known nothing is written.
"""

import os
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

PLACE = "canary/_commit.txt"


class CommitHook(BuildHookInterface):
    """Adds the file to what is built."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Called before each build."""
        if version == "editable" or Path(self.root, PLACE).exists():
            return
        commit = os.environ.get("CANARY_COMMIT", "").strip() or _from_git(self.root)
        if commit:
            self._folder = tempfile.TemporaryDirectory()
            path = Path(self._folder.name, "commit.txt")
            path.write_text(f"{commit}\n", encoding="utf-8")
            build_data["force_include"][str(path)] = PLACE

    def finalize(self, *_: Any) -> None:
        """Called after each build."""
        if folder := getattr(self, "_folder", None):
            folder.cleanup()


def _from_git(root: str) -> str:
    if not Path(root, ".git").exists():
        return ""
    command = ["git", "-C", root, "describe", "--always", "--dirty=-changed", "--abbrev=12", "--exclude=*"]
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()  # noqa: S603 -- ours
    except (OSError, subprocess.CalledProcessError):
        return ""
