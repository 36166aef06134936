"""A run that several processes carry out comes to what one would have made of it, whoever dies, stops or fails."""

import asyncio
import signal
from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest

from canary.domain.errors import BudgetStop, Stopped
from canary.domain.ports import Target
from canary.domain.suite import Prompt
from canary.domain.target import TargetSpec
from canary.domain.trial import Transcript
from canary.runner.collect import Budget, StopSwitch
from canary.runner.dispatch import in_process
from canary.worker.queues import queue_of
from canary.worker.tickets import Ticket
from tests.fakes import failed, said
from tests.worker.house import PLANNED, PRICE_OF_ONE, SPECS, House, Process, came_to


class Meeting:
    """Nobody answers until two processes have been asked something."""

    def __init__(self) -> None:
        self.come: set[str] = set()
        self.met = asyncio.Event()

    def of(self, name: str) -> Callable[[], Awaitable[None]]:
        async def until() -> None:
            self.come.add(name)
            if len(self.come) > 1:
                self.met.set()
            await self.met.wait()

        return until


async def test_two_processes_share_a_run_and_it_equals_that_of_one_trial_for_trial(house: House) -> None:
    alone = house.process("alone")
    alone.pipeline = replace(alone.pipeline, dispatcher=in_process)
    expected = await house.run(alone)
    whole = sorted(map(came_to, house.trials()))
    house.sql("TRUNCATE trials, texts, runs CASCADE")

    meeting = Meeting()
    planner, helper = (
        house.process("planner", until=meeting.of("planner")),
        house.process("helper", until=meeting.of("helper")),
    )
    async with house.working(helper):
        result = await house.run(planner)
    assert sorted(map(came_to, house.trials())) == whole
    assert result.tallies == expected.tallies
    assert (result.exit_code, result.run.status) == (0, "complete")
    assert planner.asked
    assert helper.asked
    assert not set(planner.asked) & set(helper.asked)
    assert house.queued() == 0
    assert (
        f"shared: {len(helper.asked)} of {PLANNED} trials were carried out by other workers" in planner.said
    )


async def test_where_no_other_process_takes_part_one_carries_the_run_out_and_says_so(house: House) -> None:
    planner = house.process("planner")
    other = house.process("other", fingerprint={"canary": "2"})
    async with house.working(other):
        result = await house.run(planner)
    assert result.exit_code == 0
    assert len(planner.asked) == PLANNED
    assert other.asked == []
    assert any(told.startswith("shared: No other worker took part in run") for told in planner.said)


@pytest.mark.slow
async def test_what_a_worker_can_not_carry_out_the_planner_does(house: House) -> None:
    planner, broken = house.process("planner"), house.process("broken")

    def no_key(_spec: TargetSpec) -> Target:
        raise OSError("a secret may stand here")

    broken.pipeline = replace(broken.pipeline, connect=no_key)
    async with house.working(broken):
        result = await house.run(planner)
    assert (result.exit_code, len(house.trials())) == (0, PLANNED)
    assert len(planner.asked) == PLANNED


@pytest.mark.parametrize("trials", [5, pytest.param(9, marks=pytest.mark.slow)])
async def test_a_budget_holds_over_all_processes_within_their_trials_in_flight(
    house: House, trials: int
) -> None:
    budget = Budget(usd=trials * PRICE_OF_ONE)
    meeting = Meeting()
    planner = house.process("planner", until=meeting.of("planner"), budget=budget)
    helper = house.process("helper", until=meeting.of("helper"), budget=budget)
    async with house.working(helper):
        result = await house.run(planner)
    assert result.run.status == "over_budget"
    assert any(isinstance(problem, BudgetStop) for problem in result.problems)
    in_flight = 2 * sum(spec.concurrency for spec in SPECS.values())
    assert trials <= len(house.trials()) <= trials + 2 * in_flight
    assert house.queued() == 0


async def test_a_stopped_planner_takes_back_what_nobody_has_begun_and_the_run_is_resumable(
    house: House,
) -> None:
    switch = StopSwitch()
    asked: list[str] = []

    def stop_at_four(prompt: Prompt, _number: int) -> Transcript:
        asked.append(prompt.id)
        if len(asked) == 4:
            switch.request(signal.SIGTERM)
        return said(prompt, "yes")

    planner = house.process("planner", stop_at_four)
    result = await house.run(planner, stop=switch)
    assert any(isinstance(problem, Stopped) for problem in result.problems)
    assert (result.exit_code, result.run.status) == (143, "interrupted")
    assert 4 <= len(house.trials()) < PLANNED
    assert house.queued() == 0
    again = house.process("again")
    kept = {trial.key for trial in house.trials()}
    result = await house.run(again, resumed=True)
    assert (result.exit_code, len(house.trials())) == (0, PLANNED)
    assert kept.isdisjoint(again.asked)


@pytest.mark.slow
async def test_a_cancelled_planner_waits_for_nothing_and_leaves_nothing_queued(house: House) -> None:
    hanging = asyncio.Event()
    planner = house.process("planner", until=hanging.wait)
    task = asyncio.create_task(house.run(planner))
    await house.until(house.held)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert house.queued() == 0
    run = house.store.run(house.plan(planner).id)
    assert run is not None
    assert run.status == "interrupted"


async def test_trials_of_a_worker_that_died_are_carried_out_by_others(house: House) -> None:
    """It is killed while it holds trials: its heart stops, and nobody says so."""
    hanging = asyncio.Event()
    dying, planner = house.process("dying", until=hanging.wait), house.process("planner")
    async with house.working(dying) as worker:
        running = asyncio.create_task(house.run(planner))
        await house.until(lambda: house.sql(HELD_BY_IT))
        house.sql("UPDATE procrastinate_workers SET last_heartbeat = now() - interval '1 minute'")
        result = await running
        worker.request_stop()
        hanging.set()
    assert (result.exit_code, len(house.trials())) == (0, PLANNED)


HELD_BY_IT = """
    SELECT 1 FROM procrastinate_jobs WHERE status = 'doing'
    GROUP BY worker_id HAVING worker_id = (SELECT min(id) FROM procrastinate_workers)
"""


async def test_a_worker_goes_on_where_the_planner_died_and_the_next_planner_asks_nothing_twice(
    house: House,
) -> None:
    """The planner is killed after it has queued its trials: they are in the queue, and in nobody's memory."""
    first, helper, second = house.process("first"), house.process("helper"), house.process("second")
    run = house.plan(first)
    first.pipeline.store.keep_suite(first.pipeline.suite)
    assert first.pipeline.store.open_run(run)
    await queue_all(house, first)
    async with house.working(helper):
        await house.until(lambda: len(helper.asked) >= PLANNED // 2)
        result = await house.run(second, resumed=True)
    assert (result.exit_code, len(house.trials())) == (0, PLANNED)
    assert not set(helper.asked) & set(second.asked)
    assert len(helper.asked) + len(second.asked) == PLANNED


async def queue_all(house: House, process: Process) -> None:
    run = house.plan(process)
    engine = house.engine()
    async with engine.opened():
        await engine.queue(
            {name: queue_of(process.pipeline, name) for name in SPECS},
            [
                Ticket(run=run.id, target=key.target, prompt=key.prompt, replicate=key.replicate)
                for key in process.pipeline.unsent(run)
            ],
        )


@pytest.mark.slow
async def test_failed_trials_are_asked_again_by_whoever_takes_them(house: House) -> None:
    down = house.process("down", lambda _p, _n: failed("overloaded", attempts=2))
    await house.run(down)
    assert {trial.outcome for trial in house.trials()} == {"failed"}
    meeting = Meeting()
    planner, helper = (
        house.process("planner", until=meeting.of("planner")),
        house.process("helper", until=meeting.of("helper")),
    )
    async with house.working(helper):
        await house.run(planner, resumed=True, retry_failed=True)
    assert helper.asked
    assert {(trial.outcome, trial.attempts) for trial in house.trials()} == {("graded", 3)}


async def test_a_worker_that_is_told_to_stop_finishes_what_it_has_and_takes_no_more(house: House) -> None:
    planner = house.process("planner")
    run = house.plan(planner)
    planner.pipeline.store.keep_suite(planner.pipeline.suite)
    planner.pipeline.store.open_run(run)
    await queue_all(house, planner)
    hanging = asyncio.Event()
    helper = house.process("helper", until=hanging.wait)
    worker = house.worker(helper)
    serving = asyncio.create_task(worker.serve())
    await house.until(lambda: house.held() == 4)
    worker.request_stop()
    hanging.set()
    await serving
    assert 4 <= len(helper.asked) <= 5
    assert {trial.key for trial in house.trials()} == set(helper.asked)
    assert house.queued() == PLANNED - len(helper.asked)
