"""The README can fail: its figures are those of the pages it names, its picture is of the page it links."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.report.picture import PICTURE, chunks, label, source

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
Row = dict[str, str]


def tables(text: str) -> Iterator[list[Row]]:
    """Every table of a page: a row is its cells by the words above them, less their bold."""
    for block in re.findall(r"(?:^\|.*\|\n)+", text, re.MULTILINE):
        head, _, *rows = [
            [cell.strip().replace("**", "") for cell in line.split("|")[1:-1]] for line in block.splitlines()
        ]
        yield [dict(zip(head, row, strict=False)) for row in rows]


def rows(page: str, column: str) -> list[Row]:
    """The rows of the tables that have such a column."""
    text = (ROOT / page).read_text(encoding="utf-8")
    return [row for table in tables(text) for row in table if column in row]


INCIDENTS = rows("README.md", "incident")
DETECTORS = rows("README.md", "detector")
SHARED = ("alarms a year without a change", "pass -5", "pass -10")


@pytest.mark.parametrize("row", INCIDENTS, ids=lambda row: row["incident"])
def test_what_it_would_have_caught_is_what_the_drills_measured(row: Row) -> None:
    measured = next(one for one in rows("docs/drills.md", "scenario") if one["scenario"] == row["incident"])
    shared = row.keys() - {"incident", "what happened"}
    assert shared == {"sizes", "result", "delay, days", "in public, days", "layer"}
    assert {name: row[name] for name in shared} == {name: measured[name] for name in shared}


def test_the_readme_shows_misses_beside_what_was_caught() -> None:
    results = [row["result"] for row in INCIDENTS]
    assert {"found", "missed"} <= set(results)
    for word in ("seldom", "missed"):
        assert f"**{word}**" in README


@pytest.mark.parametrize("row", DETECTORS, ids=lambda row: row["detector"])
def test_false_alarms_are_those_of_the_page_of_statistics(row: Row) -> None:
    measured = [
        *rows("docs/statistics.md", "detector"),
        *rows("docs/statistics.md", "rule, on the pass rate alone"),
    ]
    same = [one for one in measured if row["detector"] in one.values()]
    assert len(same) == 1
    assert [row[name] for name in SHARED] == [same[0][name] for name in SHARED]


def test_the_picture_is_of_the_page_that_it_links_and_small() -> None:
    png = PICTURE.read_bytes()
    assert label(png) == source(), "take it anew with: python -m tests.report.picture"
    assert f"({PICTURE.relative_to(ROOT)})]({source().split()[0]})" in README
    assert len(png) < 200_000
    width = int.from_bytes(chunks(png)[0][1][:4], "big")
    assert width == 1200


@pytest.mark.parametrize("page", sorted((ROOT / "docs").glob("*.md")), ids=lambda page: page.name)
def test_the_readme_leads_to_every_page(page: Path) -> None:
    assert f"(docs/{page.name})" in README
