"""A run is carried out: every planned trial is graded, failed or still to do, and nothing is asked twice."""

import asyncio
import signal
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from canary.checks.registry import check_spec
from canary.domain.errors import BudgetStop, Stopped
from canary.domain.ports import Store
from canary.domain.suite import CheckSpec, Prompt, Suite, Turn
from canary.domain.target import PriceOverride, TargetSpec
from canary.domain.trial import Run, Transcript, Trial
from canary.pricing import PriceTable
from canary.runner.collect import Budget, Collector, StopSwitch
from canary.runner.dispatch import LocalDispatcher
from canary.runner.plan import planned_keys
from canary.store.database import open_store
from tests.fakes import NOON, FakeClock, FakeTarget, failed, said

SUITE = Suite(
    prompts=tuple(
        Prompt(
            id=f"p/{name}-01",
            family="p",
            turns=(Turn(user=f"{name}?"),),
            checks=(check_spec("exact", "yes"),),
        )
        for name in ("a", "b", "c", "d")
    )
)
SPECS = {
    name: TargetSpec(name=name, provider="anthropic", model="m", base_url="http://127.0.0.1:1", concurrency=2)
    for name in ("t", "u")
}
RUN = Run(
    id="r",
    day=date(2026, 3, 1),
    trigger="manual",
    started_at=NOON,
    suite=SUITE.digest,
    seed=7,
    replicates=3,
    prompts=tuple(SUITE.by_id),
    targets={name: spec.identity_digest for name, spec in SPECS.items()},
)
PRICES = PriceTable(overrides={"m": PriceOverride(input=1.0, output=10.0)})
PRICE_OF_ONE = (10 * 1.0 + 5 * 10.0) / 1e6
PLANNED = 24


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(f"sqlite:///{tmp_path}/canary.db")
    opened.open_run(RUN)
    yield opened
    opened.close()


def collector(
    store: Store, answer: Callable[[Prompt, int], Transcript] | None = None, **fields: object
) -> Collector:
    targets = {name: FakeTarget(spec, *([answer] if answer else [])) for name, spec in SPECS.items()}
    known: dict[str, object] = {
        "suite": SUITE,
        "targets": targets,
        "store": store,
        "dispatcher": LocalDispatcher({name: spec.concurrency for name, spec in SPECS.items()}),
        "clock": FakeClock(),
        "prices": PRICES,
    }
    return Collector(**(known | fields))  # type: ignore[arg-type]


def asked(collector: Collector) -> list[object]:
    return [key for target in collector.targets.values() for key in target.asked]  # type: ignore[attr-defined]


def kept(store: Store) -> list[Trial]:
    return list(store.trials(run="r"))


async def test_every_planned_trial_is_asked_once_graded_and_kept(store: Store) -> None:
    collecting = collector(store)
    collected = await collecting.collect(RUN)
    assert (collected.status, collected.error) == ("complete", None)
    assert sorted(trial.key for trial in kept(store)) == sorted(asked(collecting))  # type: ignore[type-var]
    assert len(kept(store)) == PLANNED
    assert all(trial.outcome == "graded" and trial.passed for trial in kept(store))
    stored = store.run("r")
    assert stored is not None
    assert (stored.status, stored.finished_at) == ("complete", NOON)


async def test_the_record_carries_what_was_measured(store: Store) -> None:
    await collector(store, fingerprint={"canary": "1"}).collect(RUN)
    trial = kept(store)[0]
    assert (trial.run_day, trial.trigger, trial.started_at) == (RUN.day, "manual", NOON)
    assert (trial.provider, trial.host, trial.arm) == ("anthropic", "127.0.0.1:1", "api")
    assert trial.prompt_digest == SUITE.by_id[trial.prompt].digest
    assert (trial.input_tokens, trial.output_tokens, trial.cache_read_tokens) == (10, 5, None)
    assert (trial.attempts, trial.latency_s, trial.stop_reason) == (1, 0.5, "end_turn")
    assert trial.cost_usd == pytest.approx(PRICE_OF_ONE)
    assert trial.unit_prices is not None
    assert (trial.price_date, trial.unit_prices.source) == (RUN.day, "canary.toml")
    assert (trial.fingerprint, trial.response) == ({"canary": "1"}, "yes")


async def test_texts_are_left_out_where_they_are_not_wanted(store: Store) -> None:
    await collector(store, keep_texts=False).collect(RUN)
    assert all(trial.response is None and trial.transcript is None and trial.passed for trial in kept(store))


async def test_a_failed_call_is_counted_as_failed_and_never_as_wrong(store: Store) -> None:
    collected = await collector(store, lambda _p, _n: failed("rate_limited", attempts=3)).collect(RUN)
    assert collected.status == "complete"
    assert len(kept(store)) == PLANNED
    for trial in kept(store):
        assert (trial.outcome, trial.passed, trial.score, trial.checks) == ("failed", None, None, None)
        assert trial.error is not None
        assert (trial.error.kind, trial.attempts, trial.cost_usd) == ("rate_limited", 3, None)


async def test_a_wrong_answer_is_graded_and_does_not_pass(store: Store) -> None:
    await collector(store, lambda p, _n: said(p, "no")).collect(RUN)
    assert {(trial.outcome, trial.passed, trial.score) for trial in kept(store)} == {("graded", False, 0.0)}


async def test_a_defect_of_canary_fails_its_trial_and_no_other(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    def answer(prompt: Prompt, _number: int) -> Transcript:
        if prompt.id == "p/b-01":
            raise ZeroDivisionError("a secret may stand here")
        return said(prompt, "yes")

    await collector(store, answer).collect(RUN)
    outcomes = Counter((trial.prompt == "p/b-01", trial.outcome) for trial in kept(store))
    assert outcomes == {(True, "failed"): 6, (False, "graded"): 18}
    broken = next(trial for trial in kept(store) if trial.outcome == "failed")
    assert broken.error is not None
    assert (broken.error.kind, broken.error.message) == (
        "internal",
        "ZeroDivisionError: a defect of canary, please report it",
    )
    assert "ZeroDivisionError" in caplog.text
    assert "secret" not in caplog.text.replace('raise ZeroDivisionError("a secret may stand here")', "")
    assert "Traceback" not in caplog.text


async def test_a_defect_in_grading_fails_its_trial_keeps_the_answer_and_ends_no_run(store: Store) -> None:
    unknown = CheckSpec(name="no-such-check")
    prompts = (replace(SUITE.prompts[0], checks=(unknown,)), *SUITE.prompts[1:])
    collected = await collector(store, suite=Suite(prompts=prompts)).collect(RUN)
    assert collected.status == "complete"
    broken = [trial for trial in kept(store) if trial.outcome == "failed"]
    assert {trial.prompt for trial in broken} == {"p/a-01"}
    for trial in broken:
        assert trial.error is not None
        assert (trial.error.kind, trial.passed, trial.response) == ("internal", None, "yes")
        assert trial.cost_usd == pytest.approx(PRICE_OF_ONE)


async def test_a_resumed_run_asks_only_what_is_missing(store: Store) -> None:
    switch = StopSwitch()
    answered: list[str] = []

    def stopped_at_ten(prompt: Prompt, _number: int) -> Transcript:
        answered.append(prompt.id)
        if len(answered) == 10:
            switch.request(signal.SIGTERM)
        return said(prompt, "yes")

    first = await collector(store, stopped_at_ten, stop=switch).collect(RUN)
    assert first.status == "interrupted"
    assert isinstance(first.error, Stopped)
    before = {trial.key for trial in kept(store)}
    assert 10 <= len(before) < PLANNED
    second = collector(store)
    assert (await second.collect(RUN)).status == "complete"
    assert before.isdisjoint(asked(second))
    assert len(kept(store)) == PLANNED


async def test_failed_trials_are_sent_again_only_when_asked(store: Store) -> None:
    await collector(store, lambda _p, _n: failed("overloaded", attempts=2)).collect(RUN)
    left_alone = collector(store)
    await left_alone.collect(RUN)
    assert asked(left_alone) == []
    await collector(store).collect(RUN, retry_failed=True)
    assert {(trial.outcome, trial.attempts) for trial in kept(store)} == {("graded", 3)}
    assert len(kept(store)) == PLANNED


async def test_a_trial_that_fails_again_keeps_count_of_its_attempts(store: Store) -> None:
    for _ in range(2):
        await collector(store, lambda _p, _n: failed("timeout", attempts=2)).collect(RUN, retry_failed=True)
    assert {(trial.outcome, trial.attempts) for trial in kept(store)} == {("failed", 4)}
    assert all(trial.attempt_log is not None and len(trial.attempt_log) == 4 for trial in kept(store))


async def test_the_budget_stops_the_run_within_the_calls_in_flight(store: Store) -> None:
    collected = await collector(store, budget=Budget(usd=5 * PRICE_OF_ONE)).collect(RUN)
    assert collected.status == "over_budget"
    assert isinstance(collected.error, BudgetStop)
    in_flight = sum(spec.concurrency for spec in SPECS.values())
    assert 5 <= len(kept(store)) <= 5 + in_flight


async def test_resuming_grants_no_second_budget(store: Store) -> None:
    budget = Budget(usd=5 * PRICE_OF_ONE)
    await collector(store, budget=budget).collect(RUN)
    spent = len(kept(store))
    again = collector(store, budget=budget)
    assert (await again.collect(RUN)).status == "over_budget"
    assert asked(again) == []
    assert len(kept(store)) == spent


async def test_what_an_abandoned_trial_cost_is_on_the_runs_account(store: Store) -> None:
    """A budget that ends in the middle of a conversation: its answers were paid for, its trial is not recorded."""

    class TwoRequests(FakeTarget):
        async def attempt(self, prompt: Prompt, conditions):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
            await super().attempt(prompt, conditions)
            return await super().attempt(prompt, conditions)

    spec = replace(SPECS["t"], concurrency=1)
    run = replace(RUN, id="s", targets={"t": spec.identity_digest})
    store.open_run(run)
    collecting = collector(
        store,
        targets={"t": TwoRequests(spec)},
        dispatcher=LocalDispatcher({"t": 1}),
        budget=Budget(usd=4.5 * PRICE_OF_ONE),
    )
    assert (await collecting.collect(run)).status == "over_budget"
    stored = store.run("s")
    assert stored is not None
    recorded = len(list(store.trials(run="s")))
    # Five answers were paid for; two whole trials carry one answer's price each, the rest is the run's.
    assert recorded == 2
    assert stored.spent_usd == pytest.approx(3 * PRICE_OF_ONE)
    assert stored.spent_tokens == 3 * 15


async def test_cancelling_keeps_what_was_answered_and_leaves_the_run_resumable(store: Store) -> None:
    hanging = asyncio.Event()
    started = asyncio.Event()

    class Hanging(FakeTarget):
        async def attempt(self, prompt: Prompt, conditions):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
            if len(self.asked) >= 3:
                started.set()
                await hanging.wait()
            return await super().attempt(prompt, conditions)

    collecting = collector(store, targets={name: Hanging(spec) for name, spec in SPECS.items()})
    task = asyncio.ensure_future(collecting.collect(RUN))
    await started.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    stored = store.run("r")
    assert stored is not None
    assert stored.status == "interrupted"
    done = len(kept(store))
    assert 0 < done < PLANNED
    await collector(store).collect(RUN)
    assert len(kept(store)) == PLANNED


def test_the_order_is_drawn_from_the_seed_and_mixes_targets() -> None:
    keys = planned_keys(RUN, SUITE, SPECS)
    assert keys == planned_keys(RUN, SUITE, SPECS)
    assert keys != planned_keys(replace(RUN, seed=8), SUITE, SPECS)
    assert len(set(keys)) == PLANNED
    assert {key.target for key in keys[: PLANNED // 2]} == {"t", "u"}


def test_planted_memory_files_are_not_asked_of_a_raw_api() -> None:
    only = Suite(prompts=(replace(SUITE.prompts[0], harness_only=True), *SUITE.prompts[1:]))
    keys = planned_keys(RUN, only, SPECS)
    assert {key.prompt for key in keys} == {"p/b-01", "p/c-01", "p/d-01"}
    harness = {name: replace(spec, provider="claude-code") for name, spec in SPECS.items()}
    assert len(planned_keys(RUN, only, harness)) == PLANNED
