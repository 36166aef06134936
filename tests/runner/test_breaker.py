"""What is down is asked now and then and not hammered; what was only busy for a moment is asked on."""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from canary.domain.ports import Conditions, Store
from canary.domain.suite import Prompt
from canary.domain.trial import Failure, FailureKind, Transcript
from canary.runner.breaker import DOWN, GIVE_UP_S, LONGEST_PROBE_S, PROBE_S, TRIP, TRIP_S, Breaker
from canary.runner.collect import Collector, StopSwitch
from canary.runner.dispatch import LocalDispatcher
from canary.store.database import open_store
from tests.fakes import FakeClock, FakeTarget, failed, said
from tests.runner.test_collect import PRICES, RUN, SPECS, SUITE

TAKES_S = 5.0
"""Seconds that a trial takes to fail, its retries included."""


class Outage(FakeTarget):
    """A system that is down for a while, over all of its trials; failing takes time, answering takes none."""

    def __init__(
        self, clock: FakeClock, down: Callable[[float], bool], kind: FailureKind = "overloaded"
    ) -> None:
        super().__init__(replace(SPECS["t"], concurrency=1))
        self.clock = clock
        self.down = down
        self.kind = kind

    async def attempt(self, prompt: Prompt, conditions: Conditions) -> Transcript:
        self.asked.append(conditions.key)
        if not self.down(self.clock.monotonic()):
            await self.clock.sleep(0.5)
            return said(prompt, "yes")
        await self.clock.sleep(TAKES_S)
        return failed(self.kind, attempts=4)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(f"sqlite:///{tmp_path}/canary.db")
    yield opened
    opened.close()


async def carried_out(
    store: Store, target: Outage, *, replicates: int, stop: StopSwitch | None = None, retry: bool = False
) -> Counter[str]:
    """What became of a run of 4 prompts: kinds of failures, and how many were answered."""
    run = replace(RUN, targets={"t": "x"}, replicates=replicates)
    store.open_run(run)
    collector = Collector(
        suite=SUITE,
        targets={"t": target},
        store=store,
        dispatcher=LocalDispatcher({"t": 1}),
        clock=target.clock,
        prices=PRICES,
        stop=stop or StopSwitch(),
    )
    await collector.collect(run, retry_failed=retry)
    return Counter(trial.error.kind if trial.error else "answered" for trial in store.trials())


@pytest.mark.parametrize(("kind", "trials"), [("overloaded", 480), *((kind, 40) for kind in sorted(DOWN))])
async def test_a_target_that_is_down_all_day_is_asked_a_few_times_and_the_rest_is_recorded_as_left_out(
    store: Store, kind: FailureKind, trials: int
) -> None:
    target = Outage(FakeClock(), lambda _now: True, kind)
    came_to = await carried_out(store, target, replicates=trials // 4)
    assert came_to.total() == trials
    assert came_to["answered"] == 0
    assert came_to[kind] == len(target.asked) < 35
    left_out = next(t for t in store.trials() if t.error and t.error.kind == "circuit_open")
    assert left_out.error is not None
    assert (left_out.outcome, left_out.passed, left_out.error.retryable) == ("failed", None, True)
    assert left_out.error.message.startswith("not asked: ")
    assert f"the last with {kind}: it was {kind}" in left_out.error.message
    assert target.clock.monotonic() < TRIP_S + TAKES_S + GIVE_UP_S + LONGEST_PROBE_S, (
        "the run ends all the same"
    )


async def test_a_brief_burst_leaves_nothing_out(store: Store) -> None:
    target = Outage(FakeClock(), lambda now: 10 <= now < 60)
    came_to = await carried_out(store, target, replicates=50)
    assert came_to == {"overloaded": TRIP, "answered": 200 - TRIP}


async def test_many_that_fail_at_once_are_no_outage() -> None:
    breaker = Breaker(FakeClock())
    for _ in range(10 * TRIP):
        breaker.saw(failed("connection").failure, TAKES_S)
    assert not breaker.is_open


async def test_an_outage_that_ends_is_found_by_a_probe_and_the_rest_is_asked(store: Store) -> None:
    """Trials are held back as long as failing would have taken: no more is lost than without a breaker."""
    target = Outage(FakeClock(), lambda now: 10 <= now < 610)
    came_to = await carried_out(store, target, replicates=80)
    assert came_to["circuit_open"] > 0
    assert came_to["overloaded"] < 30
    assert came_to["overloaded"] + came_to["circuit_open"] <= (600 + LONGEST_PROBE_S) / TAKES_S
    assert came_to["answered"] == 320 - came_to["overloaded"] - came_to["circuit_open"]


async def test_what_was_left_out_is_asked_by_retry_failed(store: Store) -> None:
    await carried_out(store, Outage(FakeClock(), lambda _now: True), replicates=10)
    assert await carried_out(store, Outage(FakeClock(), lambda _now: False), replicates=10, retry=True) == {
        "answered": 40
    }
    assert {trial.attempts for trial in store.trials() if trial.attempts} >= {2}


@pytest.mark.parametrize("kind", ["rate_limited", "quota", "authentication", "invalid_request", "crash"])
async def test_a_target_that_answers_with_a_refusal_is_up(store: Store, kind: FailureKind) -> None:
    came_to = await carried_out(store, Outage(FakeClock(), lambda _now: True, kind), replicates=10)
    assert came_to == {kind: 40}


async def test_a_run_that_is_told_to_stop_is_not_held_back(store: Store) -> None:
    stop = StopSwitch()
    clock = FakeClock()
    told: list[float] = []

    def down(now: float) -> bool:
        if now >= 200 and not told:
            told.append(now)
            stop.request(15)
        return True

    came_to = await carried_out(store, Outage(clock, down), replicates=250, stop=stop)
    assert came_to.total() < 1000
    assert clock.monotonic() <= told[0] + 2 * TAKES_S


async def test_the_others_are_asked_while_one_is_held_back(store: Store) -> None:
    clock = FakeClock()
    up = FakeTarget(replace(SPECS["u"], concurrency=1))
    run = replace(RUN, replicates=20)
    store.open_run(run)
    collector = Collector(
        suite=SUITE,
        targets={"t": Outage(clock, lambda _now: True), "u": up},
        store=store,
        dispatcher=LocalDispatcher({"t": 1, "u": 1}, in_flight=1),
        clock=clock,
        prices=PRICES,
    )
    await collector.collect(run)
    assert len(up.asked) == 80
    assert {trial.outcome for trial in store.trials(target="u")} == {"graded"}


def test_one_probe_at_a_time_and_each_after_a_longer_wait_than_the_one_before() -> None:
    clock = FakeClock()
    breaker = Breaker(clock)
    down = failed("server_error").failure
    for _ in range(TRIP):
        breaker.saw(down, TRIP_S)
    waits, last = [], 0.0
    for _ in range(6):
        while breaker.refusal() is not None:
            asyncio.run(clock.sleep(1.0))
        waits.append(clock.monotonic() - last)
        assert breaker.refusal() is not None, "one at a time"
        last = clock.monotonic()
        breaker.saw(down, 0.0)
    assert waits == [PROBE_S, 2 * PROBE_S, 4 * PROBE_S, 8 * PROBE_S, LONGEST_PROBE_S, LONGEST_PROBE_S]


def test_a_probe_that_is_abandoned_lets_another_go() -> None:
    clock = FakeClock()
    breaker = Breaker(clock)
    for _ in range(TRIP):
        breaker.saw(failed("timeout").failure, TRIP_S)
    asyncio.run(clock.sleep(PROBE_S))
    assert breaker.refusal() is None
    breaker.gave_up()
    assert breaker.refusal() is None


def test_what_was_in_flight_before_a_probe_and_fails_later_is_not_the_probe() -> None:
    clock = FakeClock()
    breaker = Breaker(clock)
    down = failed("timeout").failure
    for _ in range(TRIP):
        breaker.saw(down, TRIP_S)
    asyncio.run(clock.sleep(PROBE_S))
    assert breaker.refusal() is None
    asyncio.run(clock.sleep(5.0))
    breaker.saw(down, PROBE_S)
    assert breaker.refusal() is not None, "the probe is still out"
    breaker.saw(None, 5.0)
    assert not breaker.is_open


@given(st.lists(st.sampled_from([None, "overloaded", "connection", "rate_limited"]), max_size=60))
def test_whatever_comes_an_answer_closes_it(kinds: list[FailureKind | None]) -> None:
    breaker = Breaker(FakeClock())
    for kind in kinds:
        breaker.saw(None if kind is None else Failure(kind=kind, message="m", retryable=True), TRIP_S)
    breaker.saw(None, 1.0)
    assert not breaker.is_open
    assert breaker.refusal() is None
