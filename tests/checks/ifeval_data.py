"""IFEval's data with the verdicts of its own checkers, where this machine has them."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

VARIABLE = "CANARY_IFEVAL_DATA"


def data_file(name: str) -> Path:
    """One file of the folder that the environment names, else of the one beside the checkout; skips without it."""
    beside = Path(__file__).parents[3] / "shared" / "data" / "ifeval"
    file = Path(os.environ.get(VARIABLE, beside)) / name
    if not file.is_file():
        pytest.skip(f"IFEval's data is not on this machine; {VARIABLE} names its folder")
    return file


def rows(name: str) -> list[dict[str, Any]]:
    """The rows of one file."""
    return [json.loads(line) for line in data_file(name).read_text(encoding="utf-8").splitlines()]
