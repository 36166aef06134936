"""What pages show is counted over the days they say: an outage from its first day, a change until the day before it went back."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from canary.domain.incident import Policy
from canary.domain.ports import Store
from canary.domain.trial import Failure, Trial
from canary.pipeline.judging import Judge, Judgement
from canary.pipeline.publishing import Publisher
from canary.store.database import open_store
from canary.store.pages import PageFolder
from tests.fakes import FakeClock
from tests.pipeline.test_judging import FIRST, PROMPTS, REPLICATES, spec, trials

OUT = range(80, 82)
"""Days on which half of the calls fail."""


def failing(target: str, days: range) -> Iterator[Trial]:
    """The quiet target, whose odd replicates fail on the days of the outage: one in eight by a timeout."""
    for trial in trials(target, days):
        day = (trial.run_day - FIRST.date()).days
        if day in OUT and trial.replicate:
            kind = "timeout" if trial.prompt == "p/0" else "overloaded"
            error = Failure(kind=kind, message=f"{kind}: busy", retryable=True)  # type: ignore[arg-type]
            yield replace(
                trial, outcome="failed", passed=None, error=error, attempts=4, reasoning_tokens=None,
                output_tokens=None,
            )  # fmt: skip
        else:
            yield replace(trial, attempts=1)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(f"sqlite:///{tmp_path / 'canary.db'}")
    yield opened
    opened.close()


def judged(store: Store, tmp_path: Path, *names: str) -> tuple[Publisher, Judgement]:
    judge = Judge(
        store=store, specs={name: replace(spec(name), twins="g") for name in names}, policy=Policy()
    )
    pages = PageFolder(tmp_path / "pages")
    publisher = Publisher(
        store=store, judge=judge, publish=pages.write, written=pages.names, clock=FakeClock()
    )
    return publisher, judge.judge()


def on(day: int) -> date:
    return FIRST.date() + timedelta(days=day)


def test_an_outage_is_counted_call_by_call_and_so_are_its_twins(store: Store, tmp_path: Path) -> None:
    store.import_trials(failing("a", range(90)))
    store.import_trials(trials("b", range(90)))
    publisher, judgement = judged(store, tmp_path, "a", "b")
    incident = next(one for one in judgement.analysis.incidents if one.kind == "availability")
    down, up = publisher.evidence(judgement, incident).calls
    each = PROMPTS * REPLICATES * len(OUT)
    assert (down.target, down.trials, down.failed) == ("a", each, each // 2)
    assert down.kinds == (("overloaded", 14), ("timeout", 2))
    assert dict(down.messages) == {"overloaded": "overloaded: busy", "timeout": "timeout: busy"}
    assert down.attempts == each // 2 * 5
    assert (down.first_day, down.last_day) == (on(80), on(81))
    assert down.first_failed is not None
    assert down.last_failed is not None
    assert (down.first_failed.date(), down.last_failed.date()) == (on(80), on(81))
    assert (down.usual_trials, down.usual_failed) == (28 * PROMPTS * REPLICATES, 0)
    assert (up.target, up.trials, up.failed, up.kinds, up.first_failed) == ("b", each, 0, (), None)
    page = publisher.incident_page(judgement, incident).read_text("utf-8")
    assert "16 of 32 failed" in page.replace("\N{NO-BREAK SPACE}", " ")


def test_a_change_is_followed_until_the_day_before_it_went_back(store: Store, tmp_path: Path) -> None:
    store.import_trials(trials("a", range(120), 60))
    publisher, judgement = judged(store, tmp_path, "a")
    (incident,) = judgement.analysis.incidents
    (since,) = [one for one in incident.followed if incident.changes[one.change].metric == "reasoning_tokens"]
    assert (since.days_after.first, since.days_after.last) == (on(60), on(80))
    assert since.days_after.trials == 21 * PROMPTS * REPLICATES
    assert since.days_before.last == on(59)
    assert since.days_before.days == 56
    assert since.after == pytest.approx(since.before / 2, rel=0.02)
    evidence = publisher.evidence(judgement, incident)
    assert evidence.days_after == (on(60), on(80))
    assert evidence.days_before == (on(4), on(59))
    assert len(evidence.runs) == 21


def test_an_open_change_is_followed_up_to_the_last_day_and_says_up_to_which_it_is_judged(
    store: Store, tmp_path: Path
) -> None:
    store.import_trials(trials("a", range(70), 60))
    _, judgement = judged(store, tmp_path, "a")
    (incident,) = judgement.analysis.incidents
    assert {one.days_after.last for one in incident.followed} == {on(69)}
    assert judgement.analysis.judged_to == {"a": on(69)}


def test_the_front_page_links_the_digests_that_were_written(store: Store, tmp_path: Path) -> None:
    store.import_trials(trials("a", range(70), 60))
    publisher, judgement = judged(store, tmp_path, "a")
    publisher.publish(publisher.digest(judgement, "2026-W10"))
    assert 'href="digests/2026-W10.html"' in publisher.index(judgement).read_text("utf-8")
