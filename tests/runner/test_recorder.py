"""A finished trial is durable before it is reported, and being stopped loses none that was answered."""

import asyncio
import threading
from collections.abc import Sequence
from datetime import date
from typing import Any, cast

import pytest

from canary.domain.errors import StoreError
from canary.domain.ports import Store
from canary.domain.trial import Trial
from canary.runner.recorder import BEHIND, Recorder
from tests.fakes import NOON


class SlowStore:
    """A store whose first write takes until it is let go."""

    def __init__(self, error: StoreError | None = None) -> None:
        self.groups: list[list[int]] = []
        self.go = threading.Event()
        self._error = error

    def add_trials(self, trials: Sequence[Trial]) -> None:
        self.go.wait(timeout=30)
        if self._error:
            raise self._error
        self.groups.append([trial.replicate for trial in trials])


def trial(replicate: int) -> Trial:
    fields: dict[str, Any] = {"run": "r", "run_day": date(2026, 3, 1), "started_at": NOON}
    return Trial(**fields, target="t", prompt="p", replicate=replicate, outcome="failed")


async def started(store: SlowStore, count: int) -> tuple[asyncio.Task[None], list[int]]:
    """Several trials handed over at once, and the list of those that were reported as kept."""
    told: list[int] = []

    async def keep(recorder: Recorder, number: int) -> None:
        await recorder.keep(trial(number))
        told.append(number)

    async def work() -> None:
        async with Recorder(cast("Store", store)) as recorder, asyncio.TaskGroup() as group:
            for number in range(count):
                group.create_task(keep(recorder, number))
                await asyncio.sleep(0)
                await asyncio.sleep(0)

    task = asyncio.ensure_future(work())
    for _ in range(4 * count):
        await asyncio.sleep(0)
    return task, told


async def test_while_one_group_is_written_the_next_gathers_and_nothing_is_told_before() -> None:
    store = SlowStore()
    task, told = await started(store, 5)
    assert told == []
    store.go.set()
    await task
    assert store.groups == [[0], [1, 2, 3, 4]]
    assert told == [0, 1, 2, 3, 4]


async def test_however_often_it_is_cancelled_what_was_handed_over_is_written() -> None:
    store = SlowStore()
    task, told = await started(store, 5)
    for _ in range(3):
        task.cancel()
        for _ in range(5):
            await asyncio.sleep(0)
        assert not task.done()
    store.go.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert sorted(number for group in store.groups for number in group) == [0, 1, 2, 3, 4]
    assert told == []


async def test_a_store_that_refuses_tells_everyone_who_waits() -> None:
    store = SlowStore(StoreError("the disk is full"))
    task, told = await started(store, 3)
    store.go.set()
    with pytest.raises(ExceptionGroup) as refused:
        await task
    assert {str(error) for error in refused.value.exceptions} == {"the disk is full"}
    assert told == []


async def test_handing_over_does_not_wait_and_a_trial_is_told_only_when_it_is_durable() -> None:
    store = SlowStore()
    told: list[int] = []
    async with Recorder(cast("Store", store)) as recorder:
        for number in range(5):
            await recorder.keep_soon(trial(number), lambda kept: told.append(kept.replicate))
        assert told == []
        store.go.set()
    assert told == [0, 1, 2, 3, 4]
    assert sorted(number for group in store.groups for number in group) == told


async def test_a_trial_that_could_not_be_kept_ends_the_recording_and_is_not_told() -> None:
    store = SlowStore(StoreError("full"))
    told: list[int] = []
    store.go.set()
    with pytest.raises(StoreError, match="full"):
        async with Recorder(cast("Store", store)) as recorder:
            await recorder.keep_soon(trial(0), lambda kept: told.append(kept.replicate))
    assert told == []


async def test_a_disk_that_falls_behind_holds_up_what_is_handed_over() -> None:
    store = SlowStore()
    async with Recorder(cast("Store", store)) as recorder:
        handing = [
            asyncio.ensure_future(recorder.keep_soon(trial(n), lambda _kept: None)) for n in range(BEHIND + 3)
        ]
        for _ in range(10):
            await asyncio.sleep(0)
        assert not all(task.done() for task in handing)
        store.go.set()
        await asyncio.gather(*handing)
