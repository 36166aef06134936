"""docs/drills.md holds every scenario, its misses, and every size with its source; figures are measured again by its own command."""

import re
from pathlib import Path

import pytest

from canary.rehearsal.page import SECTIONS, effects_table, over_http_told
from canary.simulate.scenario_files import catalogue

PAGE = (Path(__file__).parents[2] / "docs" / "drills.md").read_text(encoding="utf-8")
ROWS = [line for line in PAGE.splitlines() if line.startswith("| `")]
MEASURED = {re.sub(r":.*", "", line.split("`")[1]) for line in ROWS}


@pytest.mark.parametrize("name", list(catalogue()))
def test_every_scenario_has_a_row(name: str) -> None:
    assert name in MEASURED, "refresh it with the command that the page names"


def test_the_page_has_its_sections_and_the_command_that_made_it() -> None:
    for title, _ in SECTIONS.values():
        assert title in PAGE
    assert "$ canary drill --all --fast --seeds" in PAGE


def test_sizes_are_told_as_the_catalogue_has_them() -> None:
    assert effects_table(list(catalogue().values())) in PAGE, (
        "refresh it with the command that the page names"
    )


def test_what_is_not_played_over_http_stands_there_with_its_reason() -> None:
    assert over_http_told(list(catalogue().values())) in PAGE, (
        "refresh it with the command that the page names"
    )


def test_what_was_missed_or_called_stands_in_bold() -> None:
    for row in ROWS:
        cells = [cell.strip() for cell in row.split("|")]
        if any(word in cells[3] for word in ("missed", "seldom", "called", "not reached")):
            assert cells[3].startswith("**"), row
