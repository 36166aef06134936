"""analyse, backtest, incidents: what a person sees and a program reads, from records alone."""

from pathlib import Path

import pytest

from canary.exchange.trials import write_jsonl
from tests.cli.conftest import Project
from tests.pipeline.test_judging import trials


@pytest.fixture
def records(tmp_path: Path) -> Path:
    """A target whose reasoning halved on day 60 and stayed there."""
    path = tmp_path / "records.jsonl"
    with path.open("wb") as file:
        write_jsonl(trials("messages", range(80), 60), file)
    return path


def test_a_backtest_needs_no_configuration_and_stores_nothing(tmp_path: Path, records: Path) -> None:
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    answer = Project(folder=folder).answer("backtest", str(records))
    opened = [alarm for alarm in answer["alarms"] if alarm["event"] == "opened"]
    assert [(alarm["incident"], alarm["layer"]) for alarm in opened] == [("INC-0001", None)]
    (change,) = [c for c in opened[0]["changes"] if c["metric"] == "reasoning_tokens"]
    assert (change["onset"], change["direction"], change["verdict"]) == ("2026-03-02", "down", "change")
    assert list(folder.iterdir()) == []


def test_a_backtest_reads_the_budget_from_a_configuration(project: Project, records: Path) -> None:
    with Path(project.folder, "canary.toml").open("a") as file:
        file.write("\n[detect]\nfalse_alarms_per_year = 0.1\n")
    assert project.answer("backtest", str(records))["expected_false_alarms_per_year"] < 0.11


def test_a_backtest_of_what_is_no_record_names_file_and_line(project: Project, tmp_path: Path) -> None:
    bad = tmp_path / "bad.jsonl"
    bad.write_text('{"schema": 1}\n')
    done = project.run("backtest", str(bad))
    assert done.returncode == 2
    assert "bad.jsonl, line 1: " in done.stderr


def test_an_incidents_life_by_hand(project: Project, records: Path) -> None:
    """Analyse, list, acknowledge, accept: every step is kept with who and why, and doing it again changes nothing."""
    project.run("import", str(records))
    assert "reasoning tokens" in project.run("analyse").stdout
    assert project.answer("analyse")["incidents"] == project.answer("incidents", "list")["incidents"]
    said = project.run("incidents", "acknowledge", "inc-0001", "--reason", "in hand", "--by", "ana")
    assert said.stdout == "INC-0001: acknowledged by ana\n"
    assert (
        project.run("incidents", "accept", "INC-0001", "--reason", "new normal", "--by", "bo").returncode == 0
    )
    shown = project.answer("incidents", "show", "INC-0001")
    assert (shown["state"], shown["acknowledged_by"]) == ("accepted", "ana")
    acts = [(step["event"], step["by"], step["reason"]) for step in shown["transitions"] if step["by"]]
    assert acts == [("acknowledge", "ana", "in hand"), ("accept", "bo", "new normal")]
    assert project.run("incidents", "list").stdout.startswith("No open incident.")
    again = project.run("incidents", "withdraw", "INC-0001", "--reason", "x")
    assert (again.returncode, again.stderr) == (2, "canary: INCIDENT: INC-0001 is accepted already\n")


def test_an_incident_is_shown_with_units_and_with_what_each_step_was_about(
    project: Project, records: Path
) -> None:
    """One onset in every list; figures that a person can read without knowing which metric is a share."""
    project.run("import", str(records))
    judged = project.run("analyse").stdout
    body = project.answer("incidents", "show", "INC-0001")
    change = next(one for one in body["changes"] if one["metric"] == "reasoning_tokens")
    shown = project.run("incidents", "show", "INC-0001").stdout
    assert f"{change['before']:,.0f} tokens" in shown
    assert f"{100 * change['effect']:+.1f} %" in shown
    opened = next(line for line in shown.splitlines() if line.startswith(f"{body['opened_on']}  opened"))
    assert "_tokens" in opened
    assert str(body["onset"]) in judged


def test_unknown_names_are_one_sentence_with_a_remedy(project: Project) -> None:
    done = project.run("incidents", "show", "INC-0009")
    assert done.returncode == 2
    assert "there is no incident 'INC-0009'; the latest: there is none yet" in done.stderr


def test_analysing_an_empty_store_says_that_there_is_nothing(project: Project) -> None:
    assert project.run("analyse").stdout == "No trials of scheduled runs yet: nothing to judge.\n"
