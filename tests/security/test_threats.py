"""The threat model promises nothing without a test: every claim names one, and those named exist."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MODEL = (ROOT / "docs/security.md").read_text(encoding="utf-8")
NAMED = sorted(set(re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", MODEL)))


@cache
def functions(path: str) -> set[str]:
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}


@pytest.mark.parametrize(("path", "name"), NAMED)
def test_a_test_that_the_threat_model_names_exists(path: str, name: str) -> None:
    assert name in functions(path)


def test_every_claim_names_a_test() -> None:
    holds = MODEL.partition("## What holds")[2].partition("## What does not hold")[0]
    claims = [line for line in holds.splitlines() if line.startswith("|")][2:]
    assert len(claims) > 15
    assert [claim for claim in claims if "::test_" not in claim] == []
