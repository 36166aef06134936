"""The local dispatcher keeps the laws of its port."""

import asyncio
from collections import Counter

import pytest

from canary.domain.errors import StoreError
from canary.domain.trial import TrialKey
from canary.runner.dispatch import LocalDispatcher


def keys(count: int, target: str = "a") -> list[TrialKey]:
    return [TrialKey(run="r", target=target, prompt=f"p/{number}", replicate=0) for number in range(count)]


class Work:
    """Trials that end when they are told to, and the most that were ever in flight."""

    def __init__(self) -> None:
        self.started: list[TrialKey] = []
        self.finished: list[TrialKey] = []
        self.most: Counter[str] = Counter()
        self._now: Counter[str] = Counter()

    async def __call__(self, key: TrialKey) -> None:
        self.started.append(key)
        for name in (key.target, "all"):
            self._now[name] += 1
            self.most[name] = max(self.most[name], self._now[name])
        for _ in range(3):
            await asyncio.sleep(0)
        for name in (key.target, "all"):
            self._now[name] -= 1
        self.finished.append(key)


async def test_every_key_is_worked_once_and_started_in_order() -> None:
    work = Work()
    await LocalDispatcher({"a": 2}).dispatch(keys(20), work)
    assert work.started == keys(20)
    assert sorted(work.finished) == sorted(keys(20))


async def test_limits_hold_for_each_target_and_for_all() -> None:
    work = Work()
    mixed = [key for pair in zip(keys(30, "a"), keys(30, "b"), strict=True) for key in pair]
    await LocalDispatcher({"a": 2, "b": 7}, in_flight=5).dispatch(mixed, work)
    assert (work.most["a"], work.most["all"]) == (2, 5)
    assert len(work.finished) == 60


async def test_a_slow_target_does_not_hold_up_another() -> None:
    released = asyncio.Event()
    done: list[str] = []

    async def work(key: TrialKey) -> None:
        if key.target == "slow":
            await released.wait()
        done.append(key.target)
        if done.count("quick") == 9:
            released.set()

    await LocalDispatcher({"slow": 2, "quick": 2}).dispatch([*keys(3, "slow"), *keys(9, "quick")], work)
    assert done.count("slow") == 3
    assert done[:9] == ["quick"] * 9


async def test_after_an_error_nothing_new_starts_and_what_is_in_flight_finishes() -> None:
    work = Work()

    async def failing(key: TrialKey) -> None:
        await work(key)
        if key.prompt == "p/1":
            raise StoreError("full")

    with pytest.raises(StoreError, match="full"):
        await LocalDispatcher({"a": 3}).dispatch(keys(50), failing)
    assert sorted(work.started) == sorted(work.finished)
    assert len(work.started) < 10


async def test_cancelling_cancels_what_is_in_flight() -> None:
    cancelled: list[TrialKey] = []
    running = asyncio.Event()

    async def work(key: TrialKey) -> None:
        running.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cancelled.append(key)
            raise

    task = asyncio.ensure_future(LocalDispatcher({"a": 3}).dispatch(keys(9), work))
    await running.wait()
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert sorted(cancelled) == keys(3)


async def test_nothing_to_do_is_done() -> None:
    await LocalDispatcher({}).dispatch([], Work())


async def test_a_cancellation_that_nobody_asked_for_loses_no_key_unsaid() -> None:
    async def work(key: TrialKey) -> None:
        if key.prompt == "p/1":
            raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        await LocalDispatcher({"a": 1}).dispatch(keys(5), work)
