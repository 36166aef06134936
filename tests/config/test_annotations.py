"""Dated notes are read strictly: a misspelt key or target is one sentence with file and line."""

from datetime import date
from pathlib import Path

import pytest

from canary.config.annotations import load_annotations
from canary.domain.deployment import Annotation
from canary.domain.errors import ConfigurationError

TARGETS = ("opus", "kimi")


def written(folder: Path, text: str) -> Path:
    path = folder / "annotations.yaml"
    path.write_text(text)
    return path


def test_notes_come_by_day_with_kind_and_target(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        "- {day: 2026-05-02, text: gateway moved, kind: ours, target: opus}\n- day: 2026-04-16\n  text: release\n",
    )
    assert load_annotations(path, TARGETS) == (
        Annotation(day=date(2026, 4, 16), text="release", kind="note", source="file"),
        Annotation(day=date(2026, 5, 2), text="gateway moved", kind="ours", source="file", target="opus"),
    )


@pytest.mark.parametrize("text", ["", "# nothing yet\n", "[]"])
def test_an_empty_file_is_no_notes(tmp_path: Path, text: str) -> None:
    assert load_annotations(written(tmp_path, text), TARGETS) == ()


def test_no_file_is_no_notes() -> None:
    assert load_annotations(None, TARGETS) == ()


@pytest.mark.parametrize(
    ("text", "where", "problem"),
    [
        ("- day: yesterday\n  text: x", "annotations.yaml:1: [0].day", "must be a date"),
        ("- day: 2026-04-16\n  txt: x", "annotations.yaml:2", "txt"),
        ("- day: 2026-04-16", "annotations.yaml:1", "text"),
        ("- day: 2026-04-16\n  text: x\n  kind: vendor", "annotations.yaml:3: [0].kind", "ours"),
        ("- day: 2026-04-16\n  text: x\n  target: opsu", "annotations.yaml:3", "opsu"),
        ("day: 2026-04-16", "annotations.yaml:1", "list"),
        ('- day: 2026-04-16\n  text: "a\\nb"', "annotations.yaml:2: [0].text", "one line"),
    ],
)
def test_what_is_wrong_is_one_sentence_with_its_place(
    tmp_path: Path, text: str, where: str, problem: str
) -> None:
    with pytest.raises(ConfigurationError) as caught:
        load_annotations(written(tmp_path, text), TARGETS)
    assert where in str(caught.value)
    assert problem in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"nowhere\.yaml"):
        load_annotations(tmp_path / "nowhere.yaml", TARGETS)
