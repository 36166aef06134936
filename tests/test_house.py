"""The house holds: floors, purity and strict types are checked with every run of the tests."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

HEAVY = (
    "anthropic",
    "openai",
    "httpx2",
    "sqlalchemy",
    "numpy",
    "scipy",
    "jinja2",
    "jsonschema",
    "pydantic",
    "yaml",
    "apscheduler",
    "starlette",
    "uvicorn",
    "rich",
    "genai_prices",
)


def outcome(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(arguments, cwd=ROOT, capture_output=True, text=True, check=False)


def script(name: str) -> str:
    return str(Path(sys.executable).parent / name)


def test_imports_go_down_only_and_pure_rooms_stay_pure() -> None:
    result = outcome(script("lint-imports"), "--no-cache")
    assert result.returncode == 0, result.stdout


@pytest.mark.xdist_group("types")
def test_types_are_strict() -> None:
    result = outcome(sys.executable, "-m", "mypy")
    assert result.returncode == 0, result.stdout


@pytest.mark.parametrize("check", [("check",), ("format", "--check")])
def test_the_code_keeps_its_style(check: tuple[str, ...]) -> None:
    result = outcome(script("ruff"), *check, "canary", "tests")
    assert result.returncode == 0, result.stdout


@pytest.mark.parametrize("arguments", [["--help"], ["run", "--help"], ["--version"]])
def test_help_imports_nothing_heavy(arguments: list[str]) -> None:
    code = (
        "import sys\n"
        "from canary.cli.main import run\n"
        f"assert run({arguments!r}) == 0\n"
        f"print(sorted(set(sys.modules) & set({HEAVY!r})))\n"
    )
    result = outcome(sys.executable, "-c", code)
    assert result.stdout.splitlines()[-1] == "[]", result.stdout + result.stderr
