"""`canary worker` as processes: they share a run, die, stop, and say what they do."""

import json
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from canary.config.prompts import load_suite
from canary.domain.trial import Trial
from canary.simulate.behaviour import Behaviour
from canary.simulate.faults import Fault
from canary.simulate.server import SimulatedProvider
from canary.store.database import open_store
from tests.cli.conftest import CONFIG, KEY, Project, write_prompts
from tests.cli.test_interruptions import told
from tests.postgresql import GROUP, Server, serving

pytestmark = GROUP


class Deployment:
    """One folder, one schema, one provider; each process has its own heartbeat."""

    def __init__(self, folder: Path, url: str, provider: SimulatedProvider) -> None:
        self.folder = folder
        self.url = url
        self.provider = provider

    def at(self, name: str, url: str | None = None) -> Project:
        environ = {"TEST_KEY": KEY, "CANARY_STORE_URL": url or self.url}
        return Project(
            folder=self.folder,
            environ=environ | {"CANARY_HEARTBEAT_FILE": str(self.folder / f"{name}.alive")},
        )

    @contextmanager
    def worker(self, name: str, *options: str, log: str = "json") -> "Iterator[subprocess.Popen[str]]":
        child = self.at(name).start("--log-format", log, *options, "worker")
        assert child.stderr is not None
        for line in child.stderr:
            if "Working for 2 targets: up to 8 trials at once." in line:
                break
        while not (self.folder / f"{name}.alive").exists():
            pass
        try:
            yield child
        finally:
            child.kill()
            child.communicate()

    def trials(self, url: str | None = None) -> list[Trial]:
        store = open_store(url or self.url)
        try:
            return list(store.trials())
        finally:
            store.close()


@contextmanager
def deployed(folder: Path, url: str, prompts: int, replicates: int, *faults: Fault) -> Iterator[Deployment]:
    write_prompts(folder / "prompts", prompts)
    suite = load_suite(folder / "prompts")
    with SimulatedProvider(suite, Behaviour(pass_rate=0.7), faults=faults) as provider:
        made = Deployment(folder, url, provider)
        made.at("any").config(CONFIG.format(base_url=provider.base_url, replicates=replicates))
        yield made


def ended(child: "subprocess.Popen[str]", number: signal.Signals) -> list[str]:
    child.send_signal(number)
    began = time.monotonic()
    out, err = child.communicate()
    assert time.monotonic() - began < 30, "a container is killed after 30 s"
    assert (out, child.returncode) == ("", 0 if number == signal.SIGTERM else 130), err
    return err.splitlines()


def test_a_worker_takes_part_in_a_run_that_another_process_started_and_ends_in_good_order(
    tmp_path: Path, server: Server
) -> None:
    slow = Fault(kind="slow", seconds=0.25)
    with (
        deployed(tmp_path, server.fresh(), 8, 3, slow) as deployment,
        deployment.worker("w") as worker,
    ):
        done = deployment.at("run").run("--log-format", "json", "run", "--json")
        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout)["graded"] == 48
        events = {line["event"]: line for line in map(json.loads, done.stderr.splitlines())}
        assert events["shared"]["trials"] == 48
        assert events["shared"]["elsewhere"] > 0
        assert deployment.at("w").run("status", "--alive").returncode == 0
        said = [json.loads(line) for line in ended(worker, signal.SIGTERM)]
    assert [line["event"] for line in said] == ["joined", "stopping", "left", "ended"]
    assert said[2]["trials"] == events["shared"]["elsewhere"]
    assert len({trial.key for trial in deployment.trials()}) == 48


def test_a_store_that_is_a_file_has_no_workers(project: Project) -> None:
    done = project.run("worker")
    assert done.returncode == 2
    assert "workers share a database server, and this store is a file" in done.stderr


@pytest.mark.slow
def test_two_workers_finish_a_run_of_2000_trials_though_one_is_killed_half_way(
    tmp_path: Path, server: Server
) -> None:
    """The result equals that of one process, trial for trial."""
    with deployed(tmp_path, server.fresh(), 250, 4) as deployment:
        with deployment.worker("a") as first, deployment.worker("b") as second:
            running = deployment.at("run").start("run", "--json")
            while len(deployment.provider.requests) < 1000:
                time.sleep(0.01)
            first.kill()
            out, err = running.communicate()
            assert running.returncode == 0, err
            ended(second, signal.SIGTERM)
        assert json.loads(out)["graded"] == 2000
        shared = deployment.trials()
        alone = f"sqlite:///{tmp_path / 'alone.db'}"
        assert deployment.at("alone", alone).run("run").returncode == 0
        assert sorted(map(told, shared)) == sorted(map(told, deployment.trials(alone)))
        assert len({trial.key for trial in shared}) == len(shared) == 2000


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_worker_that_is_stopped_in_the_middle_leaves_the_rest_to_others(
    tmp_path: Path, server: Server, number: signal.Signals
) -> None:
    with (
        deployed(tmp_path, server.fresh(), 50, 3) as deployment,
        deployment.worker("w", log="text") as worker,
    ):
        running = deployment.at("run").start("run", "--json")
        while len(deployment.provider.requests) < 100:
            time.sleep(0.01)
        said = ended(worker, number)
        out, err = running.communicate()
    assert running.returncode == 0, err
    assert json.loads(out)["graded"] == 300
    assert "Stopping: trials in flight get 20 s to finish." in said
    assert len(deployment.provider.requests) == 300, "what was in flight is finished, not asked again"


@pytest.mark.slow
def test_a_run_that_is_stopped_in_the_middle_is_taken_back_from_its_workers_and_resumed(
    tmp_path: Path, server: Server
) -> None:
    with deployed(tmp_path, server.fresh(), 50, 3) as deployment, deployment.worker("w"):
        running = deployment.at("run").start("run")
        while len(deployment.provider.requests) < 100:
            time.sleep(0.01)
        running.send_signal(signal.SIGTERM)
        _, err = running.communicate()
        assert running.returncode == 143, err
        assert 100 <= len(deployment.trials()) < 300
        run = deployment.trials()[0].run
        assert len(deployment.trials()) == len(deployment.provider.requests)
        done = deployment.at("run").answer("run", "--resume", run)
        assert (done["status"], done["graded"]) == ("complete", 300)
        assert len(deployment.provider.requests) == 300


@pytest.mark.slow
def test_a_worker_outlives_a_database_that_is_gone_says_so_once_and_says_when_it_is_back(
    tmp_path: Path,
) -> None:
    """And its password is in no line, whatever detail is asked for."""
    with serving() as server:
        url = server.fresh().replace("canary@", "canary:swordfish@")
        with deployed(tmp_path, url, 8, 3) as deployment, deployment.worker("w", "--debug") as worker:
            said = Said(worker)
            server.stop()
            assert "could not" in said.until("trouble")["message"]
            server.start()
            said.until("recovered")
            done = deployment.at("run").run("--debug", "run", "--json")
            assert json.loads(done.stdout)["graded"] == 48
            said.lines += [*ended(worker, signal.SIGTERM), *done.stderr.splitlines()]
    assert sum('"event": "trouble"' in line for line in said.lines) == 1
    assert not any("swordfish" in line for line in said.lines)


class Said:
    """What a process has said so far."""

    def __init__(self, child: "subprocess.Popen[str]") -> None:
        assert child.stderr is not None
        self.stream = child.stderr
        self.lines: list[str] = []

    def until(self, event: str) -> dict[str, str]:
        for line in self.stream:
            self.lines.append(line)
            told: dict[str, str] = json.loads(line)
            if told["event"] == event:
                return told
        pytest.fail(f"it never said {event!r}")
