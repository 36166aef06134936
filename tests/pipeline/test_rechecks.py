"""An exact finding is asked again at once, by a few trials that enter no test, and its page says what they showed."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from canary.domain.evidence import Recheck
from canary.domain.incident import Policy
from canary.domain.suite import Prompt
from canary.domain.target import TargetSpec
from canary.domain.trial import Failure, Transcript, Trial
from canary.pipeline.rechecks import PROMPTS, moved_today, rechecks
from canary.pipeline.requests import RunRequest
from canary.pipeline.runs import Pipeline
from canary.store.database import open_store
from tests.daemon.test_slots import SIX, SUITE, Deployment
from tests.fakes import FakeTarget, said

DAYS = 6


class Moved(Deployment):
    """A deployment whose target was served by one model for days, and is by another from now on."""

    serving = "m-2"
    again = "m-2"
    confirm = True
    unanswered: range | tuple[()] = ()

    def _connect(self, spec: TargetSpec) -> FakeTarget:
        def answer(prompt: Prompt, number: int) -> Transcript:
            model = self.serving if len(self.asked) <= 8 else self.again
            if len(self.asked) in self.unanswered:
                return Transcript(failure=Failure(kind="overloaded", message="busy", retryable=True))
            transcript = said(prompt, "yes")
            return replace(
                transcript, steps=tuple(replace(step, served_model=model) for step in transcript.steps)
            )

        target = FakeTarget(spec, answer)
        target.asked = self.asked
        return target

    def pipeline(self, **fields: object) -> Pipeline:
        made = super().pipeline(**fields)  # type: ignore[arg-type]
        return replace(made, judge=replace(made.judge, policy=Policy(confirm=self.confirm)))

    def remember(self) -> None:
        """Days before, each a run as this deployment would have made it."""
        self.store.keep_suite(SUITE)
        for ago in range(DAYS, 0, -1):
            slot = SIX - timedelta(days=ago)
            run = self.pipeline().plan(RunRequest(trigger="schedule", slot=slot))
            assert self.store.open_run(replace(run, started_at=slot))
            self.store.add_trials(
                [
                    Trial(
                        run=run.id,
                        target="t",
                        prompt=prompt.id,
                        prompt_digest=prompt.digest,
                        family=prompt.family,
                        replicate=replicate,
                        run_day=slot.date(),
                        started_at=slot,
                        trigger="schedule",
                        outcome="graded",
                        passed=True,
                        served_model="m-1",
                    )
                    for prompt in SUITE.prompts
                    for replicate in range(2)
                ]
            )
            self.store.finish_run(run.id, status="complete", finished_at=slot, spent_usd=0, spent_tokens=0)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[Moved]:
    store = open_store(f"sqlite:///{tmp_path / 'canary.db'}")
    made = Moved(tmp_path, store)
    made.remember()
    yield made
    store.close()


async def said_of(house: Moved) -> list[Recheck]:
    await house.work().carry_out(SIX, latest=True)
    (incident,) = house.pipeline().judge.judge().analysis.incidents
    return list(rechecks(house.store, incident))


@pytest.mark.parametrize(("again", "shown"), [("m-2", 4), ("m-1", 0)])
async def test_what_the_trials_asked_again_show_is_counted_either_way(
    house: Moved, again: str, shown: int
) -> None:
    house.again = again
    (recheck,) = await said_of(house)
    assert (recheck.target, recheck.metric) == ("t", "served_model")
    assert (recheck.asked, recheck.shown) == (len(SUITE.prompts), shown)
    assert recheck.asked <= PROMPTS
    assert any(told.startswith("confirming: A value that never varied has changed") for told in house.told)


async def test_it_is_asked_again_once(house: Moved) -> None:
    await said_of(house)
    asked = len(house.asked)
    await said_of(house)
    assert len(house.asked) == asked == 8 + len(SUITE.prompts)


async def test_without_confirmation_nothing_is_asked_again(house: Moved) -> None:
    house.confirm = False
    assert await said_of(house) == []
    assert len(house.asked) == 8


async def test_a_day_without_an_exact_finding_asks_nothing_again(house: Moved) -> None:
    house.serving = house.again = "m-1"
    await house.work().carry_out(SIX, latest=True)
    assert len(house.asked) == 8


async def test_the_trials_asked_again_count_in_no_confirmation(house: Moved) -> None:
    from canary.analysis.confirmation import extra_panel
    from canary.analysis.series import grid_of

    await said_of(house)
    judge = house.pipeline().judge
    columns = judge.records()["t"]
    grid = grid_of(columns)
    assert grid is not None
    asked = house.store.columns("t", triggers=("confirmation",), values=("passed",))
    assert asked.run_day.size == len(SUITE.prompts)
    assert extra_panel(columns, grid, asked).count.sum() == 0


async def test_a_fingerprint_is_what_carries_the_trials_and_is_not_asked_again(house: Moved) -> None:
    await house.work().carry_out(SIX, latest=True)
    pipeline = house.pipeline()
    judged = pipeline.judge.judge()
    (incident,) = judged.analysis.incidents
    own = replace(incident, changes=tuple(replace(one, metric="fingerprint") for one in incident.changes))
    (run,) = (one for one in house.store.runs(trigger="schedule") if one.slot == SIX)
    assert moved_today(run, judged)
    assert not moved_today(run, replace(judged, analysis=replace(judged.analysis, incidents=(own,))))
    assert list(rechecks(house.store, own)) == []


async def test_trials_asked_again_that_go_unanswered_hold_back_no_confirmation_and_are_told(
    house: Moved,
) -> None:
    house.unanswered = range(9, 9 + len(SUITE.prompts))
    begun = house.pipeline().plan(RunRequest(trigger="confirmation", slot=SIX, replicates=1))
    assert house.store.open_run(replace(begun, status="interrupted"))
    await house.work().carry_out(SIX, latest=True)
    kept = house.store.run(begun.id)
    assert kept is not None
    assert (kept.status, len(house.asked)) == ("complete", 8 + 2 * len(SUITE.prompts))
    assert any(told.startswith("problem") and "0 of 4 trials were answered" in told for told in house.told)
