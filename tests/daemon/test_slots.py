"""A slot's run from wherever a process that died left it: nothing is asked twice, and its page is always written."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from canary.daemon.slots import SlotWork
from canary.domain.errors import StoreError
from canary.domain.incident import Policy
from canary.domain.ports import Store
from canary.domain.report import Report
from canary.domain.suite import CheckSpec, Prompt, Suite, Turn
from canary.domain.target import TargetSpec
from canary.domain.trial import Run, RunStatus, TrialKey
from canary.pipeline.judging import Judge
from canary.pipeline.publishing import Publisher
from canary.pipeline.requests import RunRequest
from canary.pipeline.runs import Pipeline
from canary.pipeline.telling import Teller
from canary.pricing import PriceTable
from canary.runner.collect import Budget, StopSwitch
from canary.store.database import open_store
from canary.store.pages import PageFolder
from tests.daemon.replicas import SetClock
from tests.fakes import FakeTarget, said

SIX = datetime(2026, 3, 1, 6, tzinfo=UTC)
DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
SPEC = TargetSpec(name="t", provider="anthropic", model="m")


def a_prompt(number: int) -> Prompt:
    check = CheckSpec(name="exact", params={"text": "yes"}, sentence="says yes")
    return Prompt(id=f"p/{number}", family="p", turns=(Turn(user=f"Say yes, {number}."),), checks=(check,))


SUITE = Suite(prompts=tuple(a_prompt(number) for number in range(4)))
Publish = Callable[[Report], Path]


class Deployment:
    """One store, one target that never fails, and what was asked and told."""

    def __init__(self, folder: Path, store: Store) -> None:
        self.store = store
        self.clock = SetClock(SIX + MINUTE)
        self.pages = folder / "reports"
        self.asked: list[TrialKey] = []
        self.told: list[str] = []
        self.stop = StopSwitch()

    def pipeline(self, *, suite: Suite = SUITE, publish: Publish | None = None) -> Pipeline:
        judge = Judge(store=self.store, specs={"t": SPEC}, policy=Policy())
        publisher = Publisher(
            store=self.store, judge=judge, publish=publish or PageFolder(self.pages).write, clock=self.clock
        )
        return Pipeline(
            config="canary.toml",
            suite=suite,
            specs={"t": SPEC},
            replicates=2,
            seed=1,
            connect=self._connect,
            store=self.store,
            judge=judge,
            publisher=publisher,
            teller=Teller(publisher=publisher, casebook=self.store.casebook(), clock=self.clock),
            carriers=dict,
            clock=self.clock,
            prices=PriceTable(overrides={}),
            budget=Budget(tokens=10**9),
        )

    def _connect(self, spec: TargetSpec) -> FakeTarget:
        target = FakeTarget(spec, lambda prompt, _number: said(prompt, "yes"))
        target.asked = self.asked
        return target

    def work(self, **fields: Any) -> SlotWork:
        def note(event: str, text: str, **_facts: Any) -> None:
            self.told.append(f"{event}: {text}")

        return SlotWork(
            pipeline=self.pipeline(**fields), stop=self.stop, note=note, start_of=lambda slot: slot
        )

    async def begun(self, *, trials: int, status: RunStatus = "running") -> Run:
        """A run as a process that was killed left it."""
        run = await self._asked_elsewhere(trials)
        if status != "running":
            self.store.finish_run(
                run.id, status=status, finished_at=self.clock.now(), spent_usd=0, spent_tokens=0
            )
        return run

    async def _asked_elsewhere(self, trials: int) -> Run:
        """The first trials of the run, from a deployment that nobody interrupted."""
        folder = self.pages.parent
        whole = Deployment(folder / "whole", open_store(f"sqlite:///{folder / 'whole.db'}"))
        run = whole.pipeline().plan(RunRequest(trigger="schedule", slot=SIX))
        await whole.pipeline().carry_out(run)
        self.store.keep_suite(SUITE)
        assert self.store.open_run(run)
        self.store.add_trials(list(whole.store.trials())[:trials])
        whole.store.close()
        return run

    @property
    def page(self) -> Path:
        return self.pages / "runs" / "20260301T060000Z-schedule.html"


@pytest.fixture
def house(tmp_path: Path) -> Iterator[Deployment]:
    store = open_store(f"sqlite:///{tmp_path / 'canary.db'}")
    yield Deployment(tmp_path, store)
    store.close()


ALL = 8


async def test_a_slot_gets_its_run_and_its_page(house: Deployment) -> None:
    carried = await house.work().carry_out(SIX, latest=True)
    assert carried.ending == "done"
    assert carried.run is not None
    assert (carried.run.slot, carried.run.status, carried.run.label) == (SIX, "complete", None)
    assert len(house.asked) == ALL
    assert house.page.exists()


async def test_a_run_that_starts_late_says_so(house: Deployment) -> None:
    house.clock.moment = SIX + 3 * HOUR + 10 * MINUTE
    carried = await house.work().carry_out(SIX, latest=True)
    assert carried.run is not None
    assert (carried.run.label, carried.run.day) == ("late by 3 h 10 min", SIX.date())


@pytest.mark.parametrize("status", ["running", "interrupted"])
async def test_a_run_killed_while_it_asked_is_gone_on_with_and_nothing_is_asked_twice(
    house: Deployment, status: RunStatus
) -> None:
    run = await house.begun(trials=3, status=status)
    carried = await house.work().carry_out(SIX, latest=True)
    assert (carried.ending, carried.run and carried.run.status) == ("done", "complete")
    assert len(house.asked) == ALL - 3
    assert len(list(house.store.trials(run=run.id))) == ALL
    assert house.page.exists()


async def test_a_run_killed_before_its_pages_were_written_gets_them_and_asks_nothing(
    house: Deployment,
) -> None:
    run = await house.begun(trials=ALL, status="complete")
    before = house.store.run(run.id)
    house.clock.moment += DAY
    carried = await house.work().carry_out(SIX, latest=False)
    assert carried.ending == "done"
    assert house.asked == []
    assert house.page.exists()
    assert house.store.run(run.id) == before


async def test_an_older_run_is_not_asked_any_further_and_is_published_as_it_stands(house: Deployment) -> None:
    run = await house.begun(trials=3)
    carried = await house.work().carry_out(SIX, latest=False)
    assert (carried.ending, house.asked) == ("abandoned", [])
    assert house.page.exists()
    found = house.store.run(run.id)
    assert found is not None
    assert found.status == "running"


async def test_an_older_slot_whose_process_died_before_its_run_began_stays_a_gap(house: Deployment) -> None:
    carried = await house.work().carry_out(SIX, latest=False)
    assert (carried.ending, carried.run, house.asked) == ("abandoned", None, [])
    assert house.store.runs() == []


async def test_a_run_over_its_budget_is_not_begun_again(house: Deployment) -> None:
    await house.begun(trials=3, status="over_budget")
    carried = await house.work().carry_out(SIX, latest=True)
    assert (carried.ending, house.asked) == ("done", [])


async def test_a_run_that_another_process_carries_out_is_left_to_it(
    house: Deployment, tmp_path: Path
) -> None:
    run = await house.begun(trials=3)
    other = open_store(f"sqlite:///{tmp_path / 'canary.db'}")
    with other.hold_run(run.id) as mine:
        assert mine
        carried = await house.work().carry_out(SIX, latest=True)
    other.close()
    assert (carried.ending, house.asked) == ("put_off", [])
    assert any("being carried out by another process" in told for told in house.told)


async def test_a_run_whose_prompts_have_changed_is_published_as_it_stands(house: Deployment) -> None:
    await house.begun(trials=3)
    other = Suite(prompts=tuple(replace(prompt, system="Be brief.") for prompt in SUITE.prompts))
    carried = await house.work(suite=other).carry_out(SIX, latest=True)
    assert (carried.ending, house.asked) == ("abandoned", [])
    assert any("the prompt set has changed" in told for told in house.told)


async def test_a_stop_leaves_the_run_to_be_gone_on_with_at_once(house: Deployment) -> None:
    house.stop.request(15)
    carried = await house.work().carry_out(SIX, latest=True)
    assert (carried.ending, house.asked) == ("give_back", [])
    house.stop = StopSwitch()
    again = await house.work().carry_out(SIX, latest=True)
    assert (again.ending, len(house.asked)) == ("done", ALL)


async def test_a_full_disk_puts_the_pages_off_and_asks_nothing_again(house: Deployment) -> None:
    def full(_report: Report) -> Path:
        raise StoreError("No space left on device", where="reports")

    carried = await house.work(publish=full).carry_out(SIX, latest=True)
    assert (carried.ending, len(house.asked)) == ("put_off", ALL)
    assert any("No space left on device" in told for told in house.told)
    again = await house.work().carry_out(SIX, latest=True)
    assert (again.ending, len(house.asked)) == ("done", ALL)
    assert house.page.exists()


async def test_an_interrupted_confirmation_is_gone_on_with(house: Deployment) -> None:
    run = await house.begun(trials=ALL, status="complete")
    extra = replace(
        run, id=run.id.replace("schedule", "confirmation"), trigger="confirmation", status="interrupted"
    )
    assert house.store.open_run(extra)
    carried = await house.work().carry_out(SIX, latest=True)
    assert carried.ending == "done"
    assert len(house.asked) == ALL
    found = house.store.run(extra.id)
    assert found is not None
    assert found.status == "complete"
    assert any(told.startswith("confirming") for told in house.told)
