"""What the documents name is there: modules and tests that measured a figure, files, and the house as it is drawn."""

import importlib.util
import re
import tomllib
from collections.abc import Iterator

import pytest

from tests.calibration.measure import PARTS
from tests.docs.test_docs import PAGES, ROOT

ARCHITECTURE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
CONTRACTS = {
    one["name"]: one
    for one in tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"][
        "contracts"
    ]
}
HOMES = (ROOT, ROOT / "canary", ROOT / "canary" / "report")
"""Where a path that a document names may start."""
THEIRS = ("pip", "pip_audit", "venv")
"""Modules of others."""


def named(pattern: str) -> Iterator[tuple[str, str]]:
    for page in PAGES:
        for found in re.findall(pattern, page.read_text(encoding="utf-8")):
            yield str(page.relative_to(ROOT)), found


@pytest.mark.parametrize(("page", "module"), sorted(set(named(r"python3? -m ([\w.]+)"))))
def test_every_module_that_a_document_starts_is_there(page: str, module: str) -> None:
    assert module in THEIRS or importlib.util.find_spec(module) is not None, page


@pytest.mark.parametrize(
    ("page", "part"), sorted(set(named(r"(?:`|calibration\.)measure ((?:[a-z-]+\\\|)*[a-z-]+)\b")))
)
def test_every_part_of_the_calibration_that_a_document_names_can_be_measured(page: str, part: str) -> None:
    assert set(part.split("\\|")) <= PARTS.keys(), page


@pytest.mark.parametrize(
    ("page", "path"),
    sorted(
        set(
            named(
                r"[`\s]((?:canary|tests|docs|analysis|domain|report|simulate|store|targets|config)/[\w./-]+\.(?:py|md|toml|json|txt|svg))\b"
            )
        )
    ),
)
def test_every_file_that_a_document_names_is_there(page: str, path: str) -> None:
    assert any((home / path).exists() for home in HOMES), page


@pytest.mark.parametrize(
    ("page", "command"), sorted(set(named(r"`(?:[\w./=…-]+ )?(?:\.venv/bin/)?pytest ([^`]+)`")))
)
def test_every_test_that_a_document_starts_is_there(page: str, command: str) -> None:
    for word in command.split():
        if word.startswith("tests"):
            assert (ROOT / word.split("::")[0]).exists(), page
    for word in re.findall(r"-k (\S+)", command):
        tests = (ROOT / "tests").rglob("*.py")
        assert any(word in file.read_text(encoding="utf-8") for file in tests), (page, word)


def test_the_rooms_in_the_drawing_are_the_rooms_there_are() -> None:
    told = set(re.findall(r"^\| `(\w+)(?:/|\.py)` \|", ARCHITECTURE, re.MULTILINE))
    there = {
        path.stem
        for path in (ROOT / "canary").iterdir()
        if (path.is_dir() and (path / "__init__.py").exists()) or path.suffix == ".py"
    }
    assert told == there - {"__init__", "__main__"}


def rooms(line: str) -> set[str]:
    return {room for part in line.split("|") if (room := part.strip().strip("()").split(" ")[0])}


def test_the_floors_in_the_drawing_are_the_contract() -> None:
    drawn = re.findall(r"^\d  (\w+(?: \| \w+)*)", ARCHITECTURE, re.MULTILINE)
    layers = CONTRACTS["Imports go down only"]["layers"]
    assert [rooms(line) for line in drawn] == [rooms(line) for line in layers]


def test_the_pure_rooms_in_the_drawing_are_the_contract() -> None:
    told = re.search(r"^The pure rooms \(([^)]+)\)", ARCHITECTURE, re.MULTILINE)
    assert told is not None
    pure = next(one for name, one in CONTRACTS.items() if name.startswith("The pure rooms"))
    assert {f"canary.{room}" for room in told.group(1).split(", ")} == set(pure["source_modules"])
