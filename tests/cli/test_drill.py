"""`canary drill`: names of the catalogue in, a scorecard out."""

import json
from pathlib import Path

import pytest

from canary.cli.main import run


def test_a_fast_drill_answers_as_json_and_as_a_table(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["drill", "tokenizer", "--fast", "--seeds", "1", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["schema"] == 1
    assert told["scenarios"][0]["seeds"] == 1
    assert run(["drill", "tokenizer", "--fast", "--seeds", "1"]) == 0
    table = capsys.readouterr().out
    assert "tokenizer" in table
    assert "found" in table


def test_a_miss_is_shown_as_a_miss(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["drill", "claude-topk-2025", "--fast", "--seeds", "1"]) == 0
    assert "MISSED" in capsys.readouterr().out


def test_the_catalogue_is_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["drill", "--list"]) == 0
    assert "cc-march-overlap" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["drill"], "--list"),
        (["drill", "pass-5", "--all", "--fast"], "--list"),
        (["drill", "--all"], "--fast"),
        (["drill", "pas-5", "--fast"], "did you mean pass-5?"),
        (["drill", "sla-breach"], "time is virtual"),
    ],
)
def test_what_can_t_be_drilled_is_refused_with_a_remedy(
    arguments: list[str], told: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    if "--fast" not in arguments and "--all" not in arguments and len(arguments) > 1:
        arguments = [*arguments, "--out", str(tmp_path)]
    assert run(arguments) == 2
    assert told in capsys.readouterr().err


def test_a_drill_writes_over_no_earlier_one(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    place = tmp_path / "eol-as-429" / "9001"
    place.mkdir(parents=True)
    (place / "drill.db").touch()
    assert run(["drill", "eol-as-429", "--out", str(tmp_path)]) == 2
    assert "earlier drill" in capsys.readouterr().err
