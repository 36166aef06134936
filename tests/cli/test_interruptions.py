"""A run may be killed at any moment: nothing is lost, nothing is asked or counted twice."""

import random
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from canary.domain.suite import Suite
from canary.domain.trial import Trial
from canary.simulate.behaviour import Behaviour
from canary.simulate.faults import Fault
from canary.simulate.server import SimulatedProvider
from canary.store.database import open_store
from tests.cli.conftest import CONFIG, Project, write_prompts

PLANNED = 8 * 3 * 2
IN_FLIGHT = 2 * 4
"""Both targets of the project, as many at once as it allows."""


def kept(project: Project) -> list[Trial]:
    store = open_store(f"sqlite:///{project.folder}/canary.db")
    try:
        return list(store.trials())
    finally:
        store.close()


def told(trial: Trial) -> tuple[Any, ...]:
    """What a trial came to, without the moments it happened at."""
    return (
        trial.target,
        trial.prompt,
        trial.replicate,
        trial.outcome,
        trial.passed,
        trial.response,
        trial.input_tokens,
        trial.output_tokens,
        trial.cost_usd,
    )


def sent(provider: SimulatedProvider) -> int:
    return sum(request.method == "POST" for request in provider.requests)


def ended_within(child: subprocess.Popen[str], seconds: float) -> bool:
    try:
        child.wait(seconds)
    except subprocess.TimeoutExpired:
        return False
    return True


def killed_after(project: Project, provider: SimulatedProvider, more: int, *arguments: str) -> bool:
    """Start the command and kill it once it has sent `more` requests; False where it ended before."""
    goal = sent(provider) + more
    child = project.start("run", *arguments)
    while not (ended := ended_within(child, 0.005)) and sent(provider) < goal:
        pass
    child.kill()
    child.communicate()
    return not ended


@pytest.mark.parametrize("kills", [3, pytest.param(10, marks=pytest.mark.slow)])
def test_killed_again_and_again_and_resumed_a_run_equals_one_that_was_never_interrupted(
    tmp_path_factory: pytest.TempPathFactory, project: Project, provider: SimulatedProvider, kills: int
) -> None:
    whole = Project(folder=tmp_path_factory.mktemp("whole"))
    write_prompts(whole.folder / "prompts", 8)
    whole.config(CONFIG.format(base_url=provider.base_url, replicates=3))
    assert whole.run("run").returncode == 0

    draw = random.Random(20260301)
    assert killed_after(project, provider, 1)
    run = kept_run(project)
    for _ in range(kills - 1):
        killed_after(project, provider, draw.randint(1, 6), "--resume", run)
    done = project.answer("run", "--resume", run)
    assert (done["graded"], done["failed"], done["missing"]) == (PLANNED, 0, 0)
    trials = kept(project)
    assert len({trial.key for trial in trials}) == len(trials) == PLANNED
    assert sorted(map(told, trials)) == sorted(map(told, kept(whole)))


@contextmanager
def held_run(project: Project, provider: SimulatedProvider) -> Iterator[str]:
    """A run cut short, held as a process that carries it out holds it."""
    assert killed_after(project, provider, 5)
    run = kept_run(project)
    store = open_store(f"sqlite:///{project.folder}/canary.db")
    with store.hold_run(run) as mine:
        assert mine, "a killed process must not hold its run"
        yield run
    store.close()


def kept_run(project: Project) -> str:
    store = open_store(f"sqlite:///{project.folder}/canary.db")
    try:
        (run,) = store.runs()
        return run.id
    finally:
        store.close()


@pytest.fixture
def slow_start(tmp_path: Path, suite: Suite) -> Iterator[tuple[Project, SimulatedProvider]]:
    """A project whose first trials, all that are in flight at once, wait long enough to be interrupted."""
    slow = Fault(kind="slow", first=IN_FLIGHT, seconds=2.0)
    with SimulatedProvider(suite, Behaviour(pass_rate=0.7), faults=[slow]) as provider:
        made = Project(folder=tmp_path)
        made.config(CONFIG.format(base_url=provider.base_url, replicates=3))
        yield made, provider


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_leaves_a_resumable_run_and_says_how_to_go_on(
    slow_start: tuple[Project, SimulatedProvider], number: signal.Signals, code: int
) -> None:
    project, provider = slow_start
    child = project.start("run")
    while not ended_within(child, 0.005) and sent(provider) < IN_FLIGHT:
        pass
    child.send_signal(number)
    out, err = child.communicate()
    assert child.returncode == code, err
    run = kept_run(project)
    assert f"canary run --resume {run}" in out + err
    assert len(kept(project)) == IN_FLIGHT, "what was in flight is finished, and nothing new begun"
    done = project.answer("run", "--resume", run)
    assert (done["status"], done["graded"]) == ("complete", PLANNED)


def test_a_finished_run_is_resumed_to_nothing(project: Project, provider: SimulatedProvider) -> None:
    first = project.answer("run")
    before = sent(provider)
    again = project.answer("run", "--resume", first["run"])
    assert (again["graded"], again["exit_code"]) == (PLANNED, 0)
    assert sent(provider) == before


def test_changed_prompts_are_not_mixed_into_an_old_run(project: Project) -> None:
    first = project.answer("run")
    prompts = Path(project.folder, "prompts", "small.yaml")
    prompts.write_text(prompts.read_text().replace("and nothing else", "alone"))
    done = project.run("run", "--resume", first["run"])
    assert done.returncode == 2
    assert "the prompt set has changed since run" in done.stderr


def test_a_changed_target_is_not_mixed_into_an_old_run(project: Project) -> None:
    first = project.answer("run")
    config = Path(project.folder, "canary.toml")
    config.write_text(config.read_text().replace('"sim-a"', '"sim-c"'))
    done = project.run("run", "--resume", first["run"])
    assert done.returncode == 2
    assert "target 'messages' has changed since run" in done.stderr


def test_a_run_that_is_being_carried_out_is_not_carried_out_twice(
    project: Project, provider: SimulatedProvider
) -> None:
    with held_run(project, provider) as run:
        before = sent(provider)
        done = project.run("run", "--resume", run)
        assert done.returncode == 2
        assert f"run {run} is being carried out by another process; wait until it has ended" in done.stderr
        assert sent(provider) == before
    assert project.answer("run", "--resume", run)["graded"] == PLANNED
