"""`canary run --controls`: known degradations asked on purpose, kept apart from every daily series."""

import json

from canary.simulate.server import SimulatedProvider
from canary.store.database import open_store
from canary.targets.controls import TERSE_LINE
from tests.cli.conftest import CONFIG, Project


def test_controls_are_asked_over_http_and_enter_no_series(
    project: Project, provider: SimulatedProvider
) -> None:
    config = CONFIG.format(base_url=provider.base_url, replicates=3)
    project.config(config.replace("concurrency = 4", "concurrency = 4\npromised_speed = 50"))
    answer = project.answer("run", "--controls", "--replicates", "1")
    assert {one["target"] for one in answer["targets"]} == {
        "messages.low-effort",
        "messages.thinking-cleared",
        "messages.terse-line",
        "responses.low-effort",
        "responses.terse-line",
    }
    assert answer["graded"] == answer["planned"] == 8 * 5
    sent = [json.dumps(one.body) for one in provider.requests]
    assert sum(TERSE_LINE in body for body in sent) == 16
    assert sum('"low"' in body for body in sent) == 16
    assert sum("clear_thinking_20251015" in body for body in sent) == 8
    store = open_store(f"sqlite:///{project.folder / 'canary.db'}")
    try:
        assert {trial.trigger for trial in store.trials(run=answer["run"])} == {"control"}
    finally:
        store.close()
    assert project.answer("status")["last_complete_run"] is None


def test_a_promised_speed_is_on_the_page_of_every_run(project: Project, provider: SimulatedProvider) -> None:
    """The provider here answers out of one buffer: nothing was timed, and the page says that instead of a share."""
    config = CONFIG.format(base_url=provider.base_url, replicates=1)
    project.config(config.replace('"sim-a"', '"sim-a"\npromised_speed = 50'))
    answer = project.answer("run", "--target", "messages")
    text = (project.folder / "reports" / "runs" / f"{answer['run']}.json").read_text(encoding="utf-8")
    (told,) = json.loads(text)["targets"]
    assert "promised_speed" in told["metrics"]
