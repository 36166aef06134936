"""`canary run`: what people see, the exit codes, and that nothing happens silently."""

import json
import resource
from pathlib import Path

import pytest

from canary.simulate.faults import Fault
from canary.simulate.server import SimulatedProvider
from tests.cli.conftest import CONFIG, KEY, Project

PLANNED = 8 * 3 * 2
MANY = 20
"""Replicates whose trials need more room than everything stored before them."""


def edited(project: Project, old: str, new: str) -> None:
    config = Path(project.folder, "canary.toml")
    text = config.read_text()
    assert old in text
    config.write_text(text.replace(old, new))


def test_a_run_asks_both_sdks_grades_stores_and_writes_its_page(
    project: Project, provider: SimulatedProvider
) -> None:
    done = project.run("run", "--label", "first light")
    assert done.returncode == 0, done.stderr
    assert f"{PLANNED} of {PLANNED} trials graded" in done.stdout
    page = Path(project.folder, done.stdout.split("Page: ")[1].strip())
    assert page.is_file()
    assert (project.folder / "reports" / "index.html").is_file()
    assert {request.path for request in provider.requests} == {"/v1/messages", "/v1/responses"}


def test_the_json_answer_counts_every_planned_trial(project: Project) -> None:
    answer = project.answer("run")
    assert answer["planned"] == PLANNED == answer["graded"] + answer["failed"] + answer["missing"]
    assert {target["target"] for target in answer["targets"]} == {"messages", "responses"}
    assert all(target["cost_usd"] is None and target["unpriced"] == 24 for target in answer["targets"])
    assert answer["exit_code"] == 0


def test_an_unknown_price_is_shown_as_unknown_and_never_as_nothing(project: Project) -> None:
    done = project.run("run")
    assert "unknown" in done.stdout
    assert "$0" not in done.stdout


def test_targets_families_and_replicates_can_be_picked(project: Project) -> None:
    answer = project.answer("run", "--target", "messages", "--family", "small", "--replicates", "1")
    assert (answer["planned"], [t["target"] for t in answer["targets"]]) == (8, ["messages"])


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--target", "nobody"], "there is no target 'nobody'; use one of: messages, responses"),
        (["--family", "nothing"], "no prompt has the family 'nothing'; use one of small"),
        (["--retry-failed"], "name the run with --resume RUN"),
        (["--resume", "r", "--label", "x"], "a resumed run keeps its own plan"),
        (["--resume", "r"], "there is no run 'r'; the store has no run yet"),
    ],
)
def test_what_does_not_exist_is_named_and_nothing_is_sent(
    project: Project, provider: SimulatedProvider, arguments: list[str], says: str
) -> None:
    done = project.run("run", *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert says in done.stderr.replace("--target: ", "").replace("--family: ", "")
    assert provider.requests == []


def test_a_dry_run_sends_nothing_and_leaves_no_run(project: Project, provider: SimulatedProvider) -> None:
    answer = project.answer("run", "--dry-run")
    assert (answer["trials"], answer["calls"]) == (PLANNED, PLANNED)
    assert (answer["cost_usd"], answer["unknown_prices"]) == (None, ["messages", "responses"])
    assert answer["input_tokens"] > 0 < answer["output_tokens"]
    assert provider.requests == []
    assert "there is no run" in project.run("run", "--resume", "x").stderr
    people = project.run("run", "--dry-run")
    assert "no list names a price for messages, responses" in people.stdout
    assert "$0" not in people.stdout


def test_a_dry_run_of_a_stopped_run_counts_what_is_left_of_it(project: Project) -> None:
    edited(project, "10_000_000", "300")
    stopped = project.answer("run", code=5)
    left = project.answer("run", "--resume", stopped["run"], "--dry-run")
    assert left["trials"] == stopped["missing"]
    assert 0 < left["trials"] < PLANNED


def test_a_missing_key_is_refused_before_anything_is_sent_or_stored(
    project: Project, provider: SimulatedProvider
) -> None:
    done = Project(folder=project.folder, environ={}).run("run")
    assert done.returncode == 2
    assert "TEST_KEY" in done.stderr
    assert provider.requests == []
    assert "the store has no run yet" in project.run("run", "--resume", "x").stderr


def test_a_target_whose_key_is_missing_does_not_stop_a_run_that_does_not_call_it(project: Project) -> None:
    done = Project(folder=project.folder, environ={}).run("run", "--target", "messages")
    assert done.returncode == 0, done.stderr


def test_a_refused_key_is_one_sentence_and_configuration(project: Project) -> None:
    wrong = "sk-wrong-0123456789abcdef"
    done = Project(folder=project.folder, environ={"TEST_KEY": wrong}).run("run")
    assert done.returncode == 2
    assert "target responses: 0 of 24 trials were answered; failed: authentication (24)" in done.stderr
    assert "the provider refuses the key" in done.stderr
    assert wrong not in done.stdout + done.stderr


def test_an_unknown_model_is_configuration(project: Project) -> None:
    edited(project, '"sim-b"', '"no-such-model"')
    done = project.run("run")
    assert done.returncode == 2
    assert "failed: not_found (24)" in done.stderr
    assert "check model and base_url" in done.stderr


def test_no_network_is_an_outage_and_no_wrong_answer(project: Project, provider: SimulatedProvider) -> None:
    edited(
        project,
        f'base_url = "{provider.base_url}/v1"',
        'base_url = "http://127.0.0.1:9/v1"\nmax_attempts = 1',
    )
    answer = project.answer("run", code=3)
    responses = next(t for t in answer["targets"] if t["target"] == "responses")
    assert (responses["graded"], responses["failed"], responses["failures"]) == (0, 24, {"connection": 24})
    assert "--retry-failed" in answer["problems"][0]


def test_a_price_that_nobody_knows_needs_a_token_budget(
    project: Project, provider: SimulatedProvider
) -> None:
    edited(project, "tokens_per_run = 10_000_000", "")
    done = project.run("run")
    assert done.returncode == 2
    assert "budget.tokens_per_run" in done.stderr
    assert "the price of 'sim-a' (target 'messages') is unknown" in done.stderr
    assert provider.requests == []


def test_a_spent_budget_stops_the_run_with_its_own_code(project: Project) -> None:
    edited(project, "10_000_000", "300")
    done = project.run("run")
    assert done.returncode == 5
    assert "budget.tokens_per_run: the run has spent" in done.stderr
    assert "canary run --resume" in done.stdout
    edited(project, "tokens_per_run = 300", "tokens_per_run = 10_000_000")
    run = done.stdout.split("--resume ")[1].split()[0]
    assert project.answer("run", "--resume", run)["graded"] == PLANNED


def test_a_full_disk_is_one_sentence_and_what_was_answered_before_is_kept(project: Project) -> None:
    assert project.run("run").returncode == 0
    full = Path(project.folder, "canary.db").stat().st_size

    def no_file_grows() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (full, full))

    child = project.start("run", "--replicates", str(MANY), preexec_fn=no_file_grows)
    out, err = child.communicate()
    assert child.returncode == 4, out + err
    assert "Traceback" not in err
    assert len([line for line in err.splitlines() if line.startswith("canary: ")]) == 1, err
    resumable = max(project.run("run", "--resume", "x").stderr.split("recent runs: ")[1].strip().split(", "))
    assert project.answer("run", "--resume", resumable)["graded"] == 8 * MANY * 2


def test_an_unreadable_prompt_file_is_one_sentence(project: Project) -> None:
    Path(project.folder, "prompts", "small.yaml").write_bytes(b"family: \xff\xfe")
    done = project.run("run")
    assert done.returncode == 2
    assert "small.yaml" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_key_pasted_into_the_file_is_refused_and_not_repeated(project: Project) -> None:
    edited(project, 'api_key_env = "TEST_KEY"', f'api_key = "{KEY}"')
    done = project.run("run")
    assert done.returncode == 2
    assert KEY not in done.stdout + done.stderr
    assert "api_key" in done.stderr


def test_no_key_reaches_an_output_the_store_or_a_page(project: Project) -> None:
    done = project.run("--log-format", "json", "--debug", "run")
    assert done.returncode == 0, done.stderr
    assert KEY not in done.stdout + done.stderr
    for path in project.folder.rglob("*"):
        if path.is_file():
            assert KEY.encode() not in path.read_bytes(), path


def test_json_logs_are_one_object_a_line_and_results_stay_on_stdout(project: Project) -> None:
    done = project.run("run", "--json", "--log-format", "json")
    events = [json.loads(line)["event"] for line in done.stderr.splitlines()]
    assert events[0] == "run_started"
    assert "progress" in events
    assert json.loads(done.stdout)["schema"] == 1


def test_a_slot_is_run_once(project: Project, provider: SimulatedProvider) -> None:
    first = project.answer("run", "--trigger", "schedule")
    assert (first["trigger"], first["status"]) == ("schedule", "complete")
    sent = len(provider.requests)
    again = project.run("run", "--trigger", "schedule")
    assert again.returncode == 0
    assert f"already has its run {first['run']}; nothing was sent" in again.stdout
    assert "canary run --resume" not in again.stdout
    assert len(provider.requests) == sent


def test_a_slot_whose_run_was_cut_short_says_so_and_how_to_go_on(project: Project) -> None:
    """A scheduler that starts the command again after a crash must not read "done" from an unfinished run."""
    edited(project, "10_000_000", "300")
    run = project.answer("run", "--trigger", "schedule", code=5)["run"]
    again = project.run("run", "--trigger", "schedule")
    assert again.returncode == 0
    assert (
        f"It is not complete; where it is not being carried out now, go on with: canary run --resume {run}"
        in (again.stdout)
    )
    answer = project.answer("run", "--trigger", "schedule")
    assert (answer["status"], answer["run_status"]) == ("taken", "over_budget")


def test_failed_calls_are_counted_apart_and_can_be_sent_again(
    tmp_path: Path, suite: object, project: Project
) -> None:
    assert suite
    broken = Fault(kind="server_error", share=1.0)
    from canary.config.prompts import load_suite

    with SimulatedProvider(load_suite(tmp_path / "prompts"), faults=[broken]) as failing:
        project.config(
            CONFIG.format(base_url=failing.base_url, replicates=1).replace(
                "concurrency = 4", "concurrency = 4\nmax_attempts = 1"
            )
        )
        answer = project.answer("run", code=3)
    assert [t["failures"] for t in answer["targets"]] == [{"server_error": 8}, {"server_error": 8}]
    assert [t["passed"] for t in answer["targets"]] == [0, 0]
