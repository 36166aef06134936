"""A provider that is overloaded for a whole day, from the first request to the page: an outage, and never a judgement of quality."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from canary.domain.ports import Conditions
from canary.domain.suite import Prompt
from canary.domain.target import TargetSpec
from canary.domain.trial import Transcript
from canary.pipeline.outage_calls import calls_of
from canary.pipeline.runs import Pipeline
from canary.store.database import open_store
from tests.daemon.test_slots import SIX, Deployment
from tests.fakes import FakeTarget, failed, said

DAYS, DOWN = 5, 3
"""Days of the deployment, and the one on which nothing is answered."""
REPLICATES = 30
PLANNED = 4 * REPLICATES
TAKES_S = 15.0


class Overloaded(FakeTarget):
    """Answers with 529 for a day, as slowly as four requests with their waits take."""

    house: "House"

    async def attempt(self, prompt: Prompt, conditions: Conditions) -> Transcript:
        self.asked.append(conditions.key)
        if (self.house.clock.now() - SIX).days != DOWN:
            return said(prompt, "yes")
        await self.house.clock.sleep(TAKES_S)
        return failed("overloaded", attempts=4)


class House(Deployment):
    """A deployment over `DAYS` days."""

    def pipeline(self, **fields: object) -> Pipeline:
        return replace(super().pipeline(**fields), replicates=REPLICATES)  # type: ignore[arg-type]

    def _connect(self, spec: TargetSpec) -> FakeTarget:
        target = Overloaded(replace(spec, concurrency=1))
        target.house, target.asked = self, self.asked
        return target


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    store = open_store(f"sqlite:///{tmp_path / 'canary.db'}")
    yield House(tmp_path, store)
    store.close()


async def test_a_day_of_529_is_an_availability_incident_and_none_of_it_counts_as_wrong(house: House) -> None:
    for day in range(DAYS):
        house.clock.moment = SIX + timedelta(days=day, minutes=1)
        house.asked.clear()
        carried = await house.work().carry_out(SIX + timedelta(days=day), latest=True)
        assert carried.run is not None
        assert carried.run.status == "complete", "what can't be answered is recorded, and the run ends"
        if day == DOWN:
            assert len(house.asked) < PLANNED / 2, "a target that is down is not hammered"
    down = (SIX + timedelta(days=DOWN)).date()
    trials = [trial for trial in house.store.trials() if trial.run_day == down]
    kinds = Counter(trial.error.kind for trial in trials if trial.error)
    assert kinds.keys() == {"overloaded", "circuit_open"}
    assert kinds.total() == len(trials) == PLANNED
    assert {(trial.outcome, trial.passed, trial.score) for trial in trials} == {("failed", None, None)}

    (kept,) = house.store.casebook().incidents()
    assert kept.body["kind"] == "availability"
    assert (kept.opened_on, kept.body["recovered_on"]) == (down, (down + timedelta(days=1)).isoformat())
    columns = house.store.columns("t")
    (run,) = (one for one in house.store.runs(trigger="schedule") if one.day == down)
    calls = calls_of(house.store, "t", columns, down, down, [run.id])
    assert calls.trials == calls.failed == PLANNED
    sent = sum(len(trial.attempt_log or ()) for trial in house.store.trials() if trial.run_day == down)
    assert calls.attempts == sent > kinds["overloaded"], "what was not asked sent no request"
    page = (house.pages / "runs" / f"{down:%Y%m%d}T060000Z-schedule.html").read_text()
    assert "Not asked: the target was down" in page
    assert "The provider is overloaded" in page


async def test_what_was_left_out_is_asked_when_the_provider_is_back_and_nothing_else_is(house: House) -> None:
    slot = SIX + timedelta(days=DOWN)
    house.clock.moment = slot + timedelta(minutes=1)
    carried = await house.work().carry_out(slot, latest=True)
    assert carried.run is not None
    house.asked.clear()
    house.clock.moment = slot + timedelta(days=1, minutes=1)
    result = await house.pipeline().carry_out(carried.run, resumed=True, retry_failed=True)
    assert result is not None
    assert (result.exit_code, len(house.asked)) == (0, PLANNED)
    assert {trial.outcome for trial in house.store.trials()} == {"graded"}
    assert {trial.run_day for trial in house.store.trials()} == {slot.date()}
