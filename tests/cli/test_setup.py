"""From an empty folder to a first run: init, doctor, prompts, schema, status, and what they say when it goes wrong."""

import json
import os
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from canary.cli.main import cli, hoisted, run
from canary.simulate.server import SimulatedProvider
from tests.cli.conftest import KEY, Project


@pytest.fixture
def empty(tmp_path: Path) -> Project:
    return Project(folder=tmp_path)


def test_init_writes_a_configuration_that_loads_and_prompts_that_prove_themselves(empty: Project) -> None:
    done = empty.run("init")
    assert done.returncode == 0, done.stderr
    assert {path.name for path in empty.folder.iterdir()} == {
        "canary.toml",
        "prompts",
        "baselines",
        "reports",
    }
    assert empty.run("prompts", "check").returncode == 0
    dry = empty.run("run", "--dry-run")
    assert dry.returncode in (0, 2), dry.stderr
    assert "Traceback" not in dry.stderr


def test_init_overwrites_nothing(empty: Project) -> None:
    empty.config("# mine\n")
    done = empty.run("init")
    assert done.returncode == 2
    assert "canary.toml: already exists" in done.stderr
    assert (empty.folder / "canary.toml").read_text() == "# mine\n"
    assert not (empty.folder / "prompts").exists()


def test_init_makes_the_folder_it_is_given(empty: Project) -> None:
    assert empty.run("init", "monitor/here").returncode == 0
    assert (empty.folder / "monitor/here/canary.toml").is_file()


def test_without_a_configuration_the_remedy_is_init(empty: Project) -> None:
    for arguments in (["run"], ["status"], ["doctor"], ["export"]):
        done = empty.run(*arguments)
        assert done.returncode == 2
        assert "canary init" in done.stderr


def test_doctor_finds_everything_in_order(project: Project) -> None:
    done = project.run("doctor", "--live")
    assert done.returncode == 0, done.stdout + done.stderr
    told = Counter(tuple(line.split()[:2]) for line in done.stdout.splitlines())
    assert told == {
        ("ok", "configuration"): 1,
        ("ok", "key"): 2,
        ("ok", "prompts"): 1,
        ("ok", "store"): 1,
        ("warning", "arms"): 1,
        ("ok", "clock"): 1,
        ("ok", "live"): 2,
    }
    assert "in no twin group" in done.stdout
    assert KEY not in done.stdout


def test_doctor_names_what_is_missing_and_leaves_with_2(project: Project) -> None:
    prompts = project.folder / "prompts" / "small.yaml"
    prompts.write_text(prompts.read_text().replace('pass: ["w1"]', 'pass: ["w2"]'))
    done = Project(folder=project.folder, environ={}).run("doctor")
    assert done.returncode == 2
    assert "TEST_KEY" in done.stdout
    assert "small/word-01" in done.stdout
    assert "2 to mend" in done.stderr


def test_doctor_tells_a_dead_provider_from_a_wrong_key(project: Project, provider: SimulatedProvider) -> None:
    config = project.folder / "canary.toml"
    config.write_text(
        config.read_text().replace(f'"{provider.base_url}"', '"http://127.0.0.1:9"\nmax_attempts = 1')
    )
    done = Project(folder=project.folder, environ={"TEST_KEY": "sk-wrong-1"}).run("doctor", "--live")
    assert done.returncode == 2
    assert "connection: " in done.stdout
    assert "authentication: " in done.stdout
    assert "sk-wrong-1" not in done.stdout


def test_prompts_are_listed_shown_and_proved(empty: Project) -> None:
    listed = empty.run("prompts", "list", "--family", "format")
    assert listed.returncode == 0
    first = next(line.split()[0] for line in listed.stdout.splitlines() if line.startswith("format/"))
    shown = empty.run("prompts", "show", first)
    assert "must hold" in shown.stdout
    assert "example that passes" in shown.stdout
    close = empty.run("prompts", "show", first[:-1] + "x")
    assert (close.returncode, close.stdout) == (2, "")
    assert first in close.stderr
    assert empty.run("prompts", "list", "--family", "fromat").returncode == 2


def test_an_example_that_does_not_hold_is_named(project: Project) -> None:
    prompts = project.folder / "prompts" / "small.yaml"
    prompts.write_text(prompts.read_text().replace('fail: ["The word is w3."]', 'fail: ["w3"]'))
    done = project.run("prompts", "check")
    assert done.returncode == 2
    line = next(
        n for n, text in enumerate(prompts.read_text().splitlines(), start=1) if 'fail: ["w3"]' in text
    )
    assert f"small.yaml:{line}: small/word-03: examples.fail[0]: passes every check" in done.stderr


@pytest.mark.parametrize("what", ["config", "drill", "prompt", "record", "run", "status"])
def test_schemas_are_json_schemas(empty: Project, what: str) -> None:
    from jsonschema import Draft202012Validator

    done = empty.run("schema", what)
    assert done.returncode == 0, done.stderr
    Draft202012Validator.check_schema(json.loads(done.stdout))


def test_status_before_the_first_due_slot_is_fine_and_leaves_no_store_behind(project: Project) -> None:
    answer = project.answer("status")
    assert (answer["late"], answer["last_complete_run"]) == (False, None)
    assert not (project.folder / "canary.db").exists()


def test_status_is_late_when_nothing_ran_for_too_long(project: Project) -> None:
    long_ago = time.time() - 3 * 86400
    os.utime(project.folder / "canary.toml", (long_ago, long_ago))
    done = project.run("status")
    assert done.returncode == 1
    assert done.stdout.startswith("LATE: the last slot with a complete run is 3 d")


def test_status_names_the_last_complete_scheduled_run(project: Project) -> None:
    run = project.answer("run", "--trigger", "schedule")["run"]
    project.answer("run")
    answer = project.answer("status")
    assert (answer["late"], answer["last_complete_run"]) == (False, run)
    assert answer["next_slot"].endswith("Z")
    late = project.run("status", "--expect-every", "0s")
    assert late.returncode == 1


@pytest.mark.parametrize("form", ["jsonl", "csv"])
def test_records_go_out_and_come_back_the_same_and_twice_is_once(
    project: Project, tmp_path_factory: pytest.TempPathFactory, form: str
) -> None:
    project.answer("run")
    assert project.run("export", "--format", form, "--out", f"out.{form}").returncode == 0
    other = Project(folder=tmp_path_factory.mktemp("other"))
    other.config((project.folder / "canary.toml").read_text().replace('prompts = "prompts"', ""))
    records = str(project.folder / f"out.{form}")
    first = other.run("import", records)
    assert "48 trials kept" in first.stdout, first.stderr
    again = other.run("import", records)
    assert "0 trials kept, 48 were already there" in again.stdout
    assert other.run("export").stdout == project.run("export").stdout


def test_a_record_that_cannot_be_read_stops_its_file_and_nothing_of_it_is_kept(project: Project) -> None:
    project.answer("run")
    lines = project.run("export").stdout.splitlines()
    (project.folder / "bad.jsonl").write_text("\n".join([*lines[:3], "{}", *lines[3:]]))
    done = project.run("import", "bad.jsonl")
    assert done.returncode == 2
    assert "bad.jsonl, line 4" in done.stderr
    assert "kept" not in done.stdout
    skipped = project.run("import", "bad.jsonl", "--skip-bad")
    assert skipped.returncode == 0
    assert "1 left out" in skipped.stdout


def test_export_of_a_misspelt_name_is_no_empty_file(project: Project) -> None:
    project.answer("run")
    done = project.run("export", "--target", "mesages", "--out", "x.jsonl")
    assert done.returncode == 2
    assert not (project.folder / "x.jsonl").exists()


@pytest.mark.parametrize(
    ("given", "understood"),
    [
        (["run", "--config", "x", "--json"], ["--config", "x", "run", "--json"]),
        (["run", "--log-format=json", "--debug"], ["--log-format=json", "--debug", "run"]),
        (["run", "--", "--config", "x"], ["run", "--", "--config", "x"]),
        (["run", "--config"], ["--config", "run"]),
    ],
)
def test_options_that_every_command_has_may_stand_anywhere(given: list[str], understood: list[str]) -> None:
    assert hoisted(given) == understood


def test_an_unknown_command_or_option_is_usage(empty: Project) -> None:
    for arguments in (["rum"], ["run", "--targt", "x"], ["--log-format", "yaml", "status"]):
        done = empty.run(*arguments)
        assert done.returncode == 2
        assert "Error: " in done.stderr


def test_without_a_command_there_is_help(empty: Project) -> None:
    done = empty.run()
    assert done.returncode == 0
    assert "canary demo" in done.stdout


def test_debug_shows_where_and_changes_no_exit_code(empty: Project) -> None:
    plain, debug = empty.run("status"), empty.run("status", "--debug")
    assert plain.returncode == debug.returncode == 2
    assert "File " not in plain.stderr
    assert "File " in debug.stderr
    assert debug.stderr.endswith(plain.stderr)


@pytest.mark.parametrize(
    ("raised", "told"),
    [
        (ZeroDivisionError(KEY), "ZeroDivisionError: a defect of canary; report it, with what --debug shows"),
        (PermissionError(13, "Permission denied", "some/file"), "canary: some/file: Permission denied"),
    ],
)
def test_whatever_goes_wrong_is_one_sentence_and_never_the_exit_code_of_a_finding(
    raised: Exception, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    @cli.command("broken")
    def broken() -> None:
        raise raised

    try:
        assert run(["broken"]) == run(["broken", "--debug"]) == 2
    finally:
        del cli.commands["broken"]
    out, err = capsys.readouterr()
    assert (out, err.count(told)) == ("", 2)
    assert len(err.split("Traceback")) == 1
    assert KEY not in err.replace("raise raised", "")


def test_a_reader_that_goes_away_is_no_finding(project: Project) -> None:
    project.answer("run")
    child = project.start("export")
    assert child.stdout is not None
    assert child.stdout.readline()
    child.stdout.close()
    assert child.stderr is not None
    told = child.stderr.read()
    assert (child.wait(), told) == (141, "")
    child.stderr.close()


def test_an_answer_that_cannot_be_written_is_one_sentence(project: Project) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "canary", "status"],
            cwd=project.folder,
            env=project.environment,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert (done.returncode, done.stderr) == (
        4,
        "canary: the answer could not be written (No space left on device)\n",
    )


def test_doctor_refuses_what_a_run_would_refuse(project: Project) -> None:
    config = project.folder / "canary.toml"
    text = config.read_text().replace("tokens_per_run = 10_000_000", "")
    config.write_text(
        text
        + '\n[[targets]]\nname = "agent"\nprovider = "claude-code"\nmodel = "m"\nexecutable = "no-such-agent"\n'
    )
    done = project.run("doctor")
    assert done.returncode == 2
    assert "budget.tokens_per_run" in done.stdout
    assert "no-such-agent is not on PATH" in done.stdout


def test_a_page_that_cannot_be_written_does_not_hide_what_the_run_came_to(project: Project) -> None:
    (project.folder / "reports").write_text("in the way")
    done = project.run("run")
    assert done.returncode == 4
    assert "48 of 48 trials graded" in done.stdout
    assert "Page: " not in done.stdout
    assert len([line for line in done.stderr.splitlines() if line.startswith("canary: ")]) == 1
