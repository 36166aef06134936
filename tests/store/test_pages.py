"""Pages: whole or not at all, and never outside their folder."""

import json
from pathlib import Path

import pytest

from canary.domain.errors import StoreError
from canary.domain.report import Report
from canary.store.pages import PageFolder


def report(name: str = "runs/20260301T060000Z-manual", **fields: object) -> Report:
    known = {"subject": "s", "html": "<p>ü</p>", "text": "t", "data": {"schema": 1, "ü": [1.5, None]}}
    return Report(name=name, **(known | fields))  # type: ignore[arg-type]


def files(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def test_a_report_is_a_page_and_its_data_side_by_side(tmp_path: Path) -> None:
    page = PageFolder(tmp_path / "reports").write(report())
    assert page == tmp_path / "reports" / "runs" / "20260301T060000Z-manual.html"
    assert page.read_text() == "<p>ü</p>"
    assert json.loads(page.with_suffix(".json").read_text()) == {"schema": 1, "ü": [1.5, None]}
    assert files(tmp_path) == {
        "reports/runs/20260301T060000Z-manual.html",
        "reports/runs/20260301T060000Z-manual.json",
    }


def test_a_page_is_written_over_and_nothing_else_is_left(tmp_path: Path) -> None:
    folder = PageFolder(tmp_path)
    folder.write(report("index"))
    page = folder.write(report("index", html="<p>new</p>"))
    assert page.read_text() == "<p>new</p>"
    assert files(tmp_path) == {"index.html", "index.json"}


def test_a_folder_of_pages_can_be_listed(tmp_path: Path) -> None:
    """For the front page's links; a folder that is not there yet has none."""
    folder = PageFolder(tmp_path)
    assert folder.names("digests") == []
    for week in ("2026-W11", "2026-W10"):
        folder.write(report(f"digests/{week}"))
    assert folder.names("digests") == ["2026-W10", "2026-W11"]


def test_a_run_with_dots_in_its_name_keeps_them(tmp_path: Path) -> None:
    page = PageFolder(tmp_path).write(report("runs/imported-2026-03-01-schedule.2"))
    assert files(tmp_path) == {
        "runs/imported-2026-03-01-schedule.2.html",
        "runs/imported-2026-03-01-schedule.2.json",
    }
    assert page.name == "imported-2026-03-01-schedule.2.html"


@pytest.mark.parametrize(
    "name",
    [
        "",
        "/etc/passwd",
        "../up",
        "runs/../../up",
        "runs/..",
        "runs//x",
        "runs/",
        ".hidden",
        "runs/.hidden",
        "runs\\x",
        "runs/a\x00b",
        "runs/a\nb",
        "runs/\ud800",
        "a/b/c/d/e",
        "x" * 231,
        "ü" * 116,
    ],
)
def test_a_name_that_could_lead_elsewhere_writes_nothing(tmp_path: Path, name: str) -> None:
    with pytest.raises(StoreError, match="can't be named"):
        PageFolder(tmp_path).write(report(name))
    assert list(tmp_path.iterdir()) == []


def test_what_can_not_be_written_says_where_and_leaves_the_old_page(tmp_path: Path) -> None:
    folder = PageFolder(tmp_path)
    folder.write(report("index", html="old"))
    (tmp_path / "index.json").unlink()
    (tmp_path / "index.json").mkdir()
    with pytest.raises(StoreError, match=r"index.html: the page can't be written \(.*\); check the folder"):
        folder.write(report("index", html="new"))
    assert (tmp_path / "index.html").read_text() == "old"
    assert files(tmp_path) == {"index.html"}


def test_a_file_in_the_place_of_the_folder_is_an_error_of_the_store(tmp_path: Path) -> None:
    (tmp_path / "reports").write_text("")
    with pytest.raises(StoreError, match="can't be written") as caught:
        PageFolder(tmp_path / "reports").write(report())
    assert caught.value.exit_code == 4


def test_characters_that_are_none_do_not_stop_a_page(tmp_path: Path) -> None:
    page = PageFolder(tmp_path).write(report("index", html="<p>\ud800</p>", data={"answer": "\ud800"}))
    assert page.read_text() == "<p>?</p>"
    assert json.loads(page.with_suffix(".json").read_text()) == {"answer": "\ud800"}


def test_data_that_json_has_no_word_for_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="number that JSON has no word for"):
        PageFolder(tmp_path).write(report("index", data={"mean": float("nan")}))
    assert list(tmp_path.iterdir()) == []
