"""The story of spring 2026: kept as records, it is judged as it was drawn, says that it is simulated, and is the example in reports/."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path

import pytest

from canary.config.prompts import load_suite
from canary.domain.canonical import Json
from canary.domain.incident import Incident, Policy
from canary.domain.ports import Store
from canary.pipeline.judging import Judgement
from canary.rehearsal import spring
from canary.rehearsal.judging import judged
from canary.store.database import open_store
from tests.rehearsal.example import EXAMPLE, write_example


@dataclass(frozen=True, kw_only=True)
class Made:
    """The example as today's code makes it."""

    folder: Path
    store: Store
    judgement: Judgement


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Made]:
    place = tmp_path_factory.mktemp("example")
    store = open_store(f"sqlite:///{place / 'example.db'}")
    yield Made(folder=place / "pages", store=store, judgement=write_example(place / "pages", store))
    store.close()


class Outline(HTMLParser):
    """The skeleton of a page: headings and tables, without figures."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.seen: list[str] = []
        self._open: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in {"h1", "h2", "h3", "table", "svg"}:
            self.seen.append(tag)
        self._open.append(tag)

    def handle_data(self, data: str) -> None:
        if self._open and self._open[-1] == "h2":
            self.seen[-1] += f" {data.strip()}"


def shape(value: Json) -> Json:
    """A JSON value with its figures, texts and lists' lengths taken out."""
    if isinstance(value, dict):
        return {name: shape(part) for name, part in value.items()}
    if isinstance(value, list):
        return [shape(value[0])] if value else []
    return type(value).__name__


def pages(folder: Path, suffix: str) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): path.read_text("utf-8") for path in sorted(folder.rglob(f"*{suffix}"))
    }


def test_the_example_in_reports_is_what_the_command_writes_today(made: Made) -> None:
    refresh = "refresh it: python -m tests.rehearsal.example"
    kept, now = pages(EXAMPLE, ".html"), pages(made.folder, ".html")
    assert list(kept) == list(now), refresh
    for name, page in now.items():
        assert Outline(kept[name]).seen == Outline(page).seen, f"{name}: {refresh}"
    kept, now = pages(EXAMPLE, ".json"), pages(made.folder, ".json")
    assert list(kept) == list(now), refresh
    for name, text in now.items():
        assert shape(json.loads(kept[name])) == shape(json.loads(text)), f"{name}: {refresh}"


def test_every_page_of_the_example_says_that_it_is_simulated() -> None:
    for name, page in {**pages(EXAMPLE, ".html"), **pages(EXAMPLE, ".json")}.items():
        assert spring.BANNER in page, name


def told(incident: Incident) -> tuple[object, ...]:
    found = incident.attribution
    return incident.opened_on, incident.targets, found.layer, found.mechanism, incident.state


def test_a_kept_history_is_judged_as_it_was_drawn(made: Made) -> None:
    drawn = spring.draw_spring(spring.asked_of(load_suite(None)))
    seen = judged(drawn, Policy()).analysis
    assert [told(one) for one in made.judgement.analysis.incidents] == [told(one) for one in seen.incidents]


def test_spring_is_four_incidents_on_their_own_layers_each_opened_within_two_days(made: Made) -> None:
    incidents = made.judgement.analysis.incidents
    told = spring.changes_told(incidents)
    names = [change.name for _, change in told if change is not None]
    assert names == ["cc-effort-2026-03", "cc-idle-clear-2026-03", "opus47-tokenizer", "cc-verbosity-2026-04"]
    for incident, change in told:
        assert change is not None
        assert incident.attribution.layer == change.layer
        assert 0 <= (incident.opened_on - change.first_day).days <= 2


def test_runs_and_trials_of_a_kept_history_say_what_they_are(made: Made) -> None:
    runs = made.store.runs()
    assert {run.label for run in runs} == {spring.LABEL}
    assert all(run.imported for run in runs)
    trials = list(made.store.trials(run=runs[40].id))
    assert {trial.target.startswith("simulated-") for trial in trials} == {True}
    graded = [trial for trial in trials if trial.outcome == "graded"]
    assert all(trial.response is not None and trial.checks for trial in graded)
    assert all(
        (trial.passed is False) or all(check.strict for check in trial.checks or ()) for trial in graded
    )


def test_keeping_the_story_twice_keeps_it_once(made: Made) -> None:
    assert spring.keep_spring(made.store, load_suite(None)) == 0
