"""What every store keeps: each law once, over all stores."""

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from canary.domain.casebook import Parcel
from canary.domain.errors import RecordError, StoreError
from canary.domain.ports import Store, TrialColumns, Window
from canary.domain.suite import CheckSpec, EnvironmentSpec, Prompt, Suite, Turn
from canary.domain.trial import CheckResult, Failure, Run, Step, Trial
from canary.store.columns import LABELS, VALUES
from canary.store.database import open_store
from canary.store.pruning import CHUNK
from tests.store.strategies import MARCH_1, a_trial, hostile, moments, trials

SIX = datetime(2026, 3, 1, 6, tzinfo=UTC)

# The store is the same for all examples of a property: each example writes to a run of its own.
over_one_store = settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@pytest.fixture
def fresh(store: Store) -> Callable[..., str]:
    """Opens one more run, and gives its id."""
    numbers = iter(range(10**9))

    def open_next(**fields: Any) -> str:
        run = a_run(id=f"run-{next(numbers)}", **fields)
        assert store.open_run(run)
        return run.id

    return open_next


def a_run(**fields: Any) -> Run:
    known: dict[str, Any] = {"id": "r", "day": MARCH_1, "trigger": "manual", "started_at": SIX}
    return Run(**(known | fields))


def kept(store: Store, run: str | None = None) -> list[Trial]:
    return list(store.trials(run=run))


class TestRuns:
    def test_a_run_is_kept_once_and_comes_back_as_it_was(self, store: Store) -> None:
        run = a_run(
            slot=SIX,
            label="release 4",
            finished_at=SIX + timedelta(microseconds=1),
            status="interrupted",
            suite="s",
            seed=2**62,
            replicates=3,
            prompts=("b", "a"),
            targets={"z": "1", "a": "2"},
            spent_usd=0.1,
            spent_tokens=7,
            imported=True,
        )
        assert store.open_run(run)
        assert not store.open_run(replace(run, label="another"))
        found = store.run("r")
        assert found == run
        assert list(found.targets) == ["z", "a"]
        assert store.run("unknown") is None

    def test_a_scheduled_slot_is_taken_once(self, store: Store) -> None:
        assert store.open_run(a_run(id="a", trigger="schedule", slot=SIX))
        assert not store.open_run(a_run(id="b", trigger="schedule", slot=SIX))
        assert store.run("b") is None
        assert store.open_run(a_run(id="c", trigger="schedule", slot=SIX + timedelta(days=1)))
        assert store.open_run(a_run(id="d", trigger="confirmation", slot=SIX))

    def test_of_many_that_race_for_a_slot_one_gets_it(self, url: str) -> None:
        racers = 8
        barrier = threading.Barrier(racers)
        won: list[bool] = []

        def race(number: int) -> None:
            own = open_store(url)
            barrier.wait()
            won.append(own.open_run(a_run(id=f"r{number}", trigger="schedule", slot=SIX)))
            own.close()

        threads = [threading.Thread(target=race, args=(number,)) for number in range(racers)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(won) == [False] * (racers - 1) + [True]

    def test_finishing_says_how_far_it_came_and_adds_what_was_spent(self, store: Store) -> None:
        store.open_run(a_run(spent_usd=1.0, spent_tokens=10))
        end = SIX + timedelta(minutes=5)
        store.finish_run("r", status="interrupted", finished_at=None, spent_usd=0.5, spent_tokens=5)
        store.finish_run("r", status="complete", finished_at=end, spent_usd=0.25, spent_tokens=1)
        expected = a_run(status="complete", finished_at=end, spent_usd=1.75, spent_tokens=16)
        assert store.run("r") == expected

    def test_a_run_that_is_not_there_can_not_be_finished(self, store: Store) -> None:
        with pytest.raises(StoreError, match="no run 'r'"):
            store.finish_run("r", status="complete", finished_at=SIX, spent_usd=0, spent_tokens=0)

    def test_runs_come_by_start_and_can_be_narrowed_to_a_trigger_and_days(self, store: Store) -> None:
        for day in (3, 1, 2):
            at = SIX + timedelta(days=day)
            store.open_run(a_run(id=f"m{day}", day=at.date(), started_at=at))
            store.open_run(a_run(id=f"s{day}", day=at.date(), started_at=at, trigger="schedule", slot=at))
        assert [run.id for run in store.runs()] == ["m1", "s1", "m2", "s2", "m3", "s3"]
        assert [run.id for run in store.runs(trigger="schedule")] == ["s1", "s2", "s3"]
        window = Window(start=date(2026, 3, 2), end=date(2026, 3, 4))
        assert [run.id for run in store.runs(window=window)] == ["m1", "s1", "m2", "s2"]

    def test_no_run_is_imported_by_being_opened(self, store: Store) -> None:
        store.open_run(a_run())
        assert [run.imported for run in store.runs()] == [False]


class TestMoments:
    @over_one_store
    @given(moment=moments)
    def test_every_moment_comes_back_aware_in_utc_and_equal(
        self, store: Store, fresh: Callable[..., str], moment: datetime
    ) -> None:
        found = store.run(fresh(started_at=moment, finished_at=moment))
        assert found is not None
        assert (found.started_at, found.finished_at) == (moment, moment)
        assert found.started_at.tzinfo is UTC

    def test_a_moment_elsewhere_is_the_same_moment_in_utc(
        self, store: Store, fresh: Callable[..., str]
    ) -> None:
        elsewhere = datetime(2026, 3, 1, 0, 30, 0, 123456, tzinfo=timezone(timedelta(hours=5, minutes=45)))
        found = store.run(fresh(started_at=elsewhere))
        assert found is not None
        assert found.started_at == elsewhere
        assert found.started_at.isoformat() == "2026-02-28T18:45:00.123456+00:00"

    def test_a_moment_without_an_offset_is_refused(self, store: Store) -> None:
        with pytest.raises(StoreError, match="names no offset from UTC"):
            store.open_run(a_run(started_at=SIX.replace(tzinfo=None)))
        assert store.runs() == []


PROMPT = Prompt(
    id="p/one-01",
    family="p",
    turns=(Turn(user="hi \ud800", pause_s=2.0),),
    environment=EnvironmentSpec(files={"b": "1", "a": "2"}, tools=("read_file",)),
    checks=(CheckSpec(name="words", params={"at_most": 3}, sentence="has at most 3 words"),),
)


class TestPrompts:
    def test_definitions_are_kept_by_digest(self, store: Store) -> None:
        other = replace(PROMPT, id="p/two-01", system="Be brief.")
        store.keep_suite(Suite(prompts=(PROMPT,)))
        store.keep_suite(Suite(prompts=(PROMPT, other)))
        store.keep_suite(Suite(prompts=()))
        found = store.prompts([PROMPT.digest, other.digest, "unknown"])
        assert found == {PROMPT.digest: PROMPT, other.digest: other}


class TestTrials:
    @over_one_store
    @given(data=st.data())
    def test_every_trial_comes_back_equal(
        self, store: Store, fresh: Callable[..., str], data: st.DataObject
    ) -> None:
        trial = data.draw(trials(run=fresh()))
        store.add_trials([trial])
        assert kept(store, trial.run) == [trial]
        bare = replace(trial, response=None, transcript=None)
        assert list(store.trials(run=trial.run, texts=False)) == [bare]
        assert store.outcomes(trial.run) == {trial.key: trial.outcome}

    def test_what_is_not_finite_was_not_measured(self, store: Store, fresh: Callable[..., str]) -> None:
        run = fresh()
        store.add_trials([a_trial(run=run, latency_s=float("nan"), output_tokens_per_s=float("inf"))])
        assert kept(store, run) == [a_trial(run=run)]

    def test_trials_of_a_run_that_is_not_there_are_refused(self, store: Store) -> None:
        with pytest.raises(StoreError, match="run of these trials is not in the store"):
            store.add_trials([a_trial(run="nowhere")])
        assert kept(store) == []

    def test_a_number_beyond_64_bits_is_refused_and_nothing_of_its_group_is_stored(
        self, store: Store, fresh: Callable[..., str]
    ) -> None:
        run = fresh()
        with pytest.raises(StoreError):
            store.add_trials([a_trial(run=run), a_trial(run=run, replicate=1, output_tokens=2**64)])
        assert kept(store, run) == []

    def test_nothing_is_added_by_adding_nothing(self, store: Store) -> None:
        store.add_trials([])
        assert kept(store) == []

    def test_trials_come_by_day_start_run_prompt_and_replicate(
        self, store: Store, fresh: Callable[..., str]
    ) -> None:
        first, second = fresh(), fresh()
        ordered = [
            a_trial(run=run, run_day=day, started_at=moment, prompt=prompt, replicate=replicate)
            for day in (MARCH_1, date(2026, 3, 2))
            for moment in (SIX - timedelta(microseconds=1), SIX)
            for run in (first, second)
            for prompt in ("a", "b", "ä", "\U0001f600")
            for replicate in (0, 2, 10)
        ]
        # A key holds one trial, so days and moments need runs of their own; the ids still sort as the list does.
        named = [replace(t, run=f"{t.run}-{t.run_day}-{t.started_at.hour}") for t in ordered]
        for run in {t.run for t in named}:
            store.open_run(a_run(id=run))
        store.add_trials(named[::-1])
        assert kept(store) == named

    def test_trials_can_be_narrowed_to_a_run_a_target_and_days(
        self, store: Store, fresh: Callable[..., str]
    ) -> None:
        first, second = fresh(), fresh()
        one = a_trial(run=first)
        two = a_trial(run=second, target="u", run_day=date(2026, 3, 2))
        store.add_trials([one, two])
        assert kept(store, first) == [one]
        assert list(store.trials(target="u")) == [two]
        assert list(store.trials(window=Window(end=date(2026, 3, 2)))) == [one]
        assert list(store.trials(window=Window(start=date(2026, 3, 2)))) == [two]
        assert store.targets() == ["t", "u"]

    def test_a_reading_sees_one_state_throughout(self, store: Store, fresh: Callable[..., str]) -> None:
        run = fresh()
        store.add_trials([a_trial(run=run, replicate=number) for number in range(3)])
        reading = store.trials(run=run)
        next(reading)
        store.add_trials([a_trial(run=run, replicate=9)])
        assert len(list(reading)) == 2

    def test_threads_may_add_at_once(self, store: Store, fresh: Callable[..., str]) -> None:
        run = fresh()

        def add(target: str) -> None:
            for number in range(10):
                store.add_trials([a_trial(run=run, target=target, replicate=number)])

        threads = [threading.Thread(target=add, args=(f"t{number}",)) for number in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(kept(store, run)) == 40


FAILED = Failure(kind="overloaded", message="m", retryable=True)
OLD = {
    "outcome": "failed",
    "error": FAILED,
    "attempts": 4,
    "response": "half",
    "transcript": (Step(text="half"),),
}
NEW = {"attempts": 5, "passed": True, "response": "whole"}


class TestAttempts:
    @pytest.mark.parametrize("together", [True, False], ids=["in one group", "one after the other"])
    @pytest.mark.parametrize(
        ("first", "then", "stays"),
        [
            pytest.param(OLD, NEW, "then", id="failed, then a later attempt"),
            pytest.param(OLD, {**NEW, "response": None}, "then", id="a later attempt without texts"),
            pytest.param(OLD, {**OLD, "attempts": 8}, "then", id="failed again"),
            pytest.param(OLD, {**NEW, "attempts": 4}, "first", id="failed, then no later attempt"),
            pytest.param(
                {**OLD, "attempts": None}, {**NEW, "attempts": None}, "first", id="attempts unknown"
            ),
            pytest.param(NEW, {**NEW, "attempts": 9, "passed": False}, "first", id="graded stays"),
            pytest.param(
                {**NEW, "response": None}, {**NEW, "attempts": 9}, "first", id="graded without texts"
            ),
        ],
    )
    def test_the_first_record_of_a_key_stays_unless_it_failed_and_a_later_attempt_comes(
        self,
        store: Store,
        fresh: Callable[..., str],
        first: dict[str, Any],
        then: dict[str, Any],
        stays: str,
        together: bool,
    ) -> None:
        run = fresh()
        one, two = a_trial(run=run, **first), a_trial(run=run, **then)
        for group in [[one, two]] if together else [[one], [two]]:
            store.add_trials(group)
        assert kept(store, run) == [two if stays == "then" else one]


def expected_columns(
    wanted: Sequence[Trial], values: Sequence[str], texts: Sequence[str]
) -> dict[str, list[Any]]:
    """The columns of trials, said plainly."""
    ranked = sorted(wanted, key=lambda t: (t.run_day, t.started_at, t.run, t.prompt, t.replicate))
    plain: dict[str, list[Any]] = {
        "run_day": [t.run_day for t in ranked],
        "prompt": [t.prompt for t in ranked],
        "prompt_digest": [t.prompt_digest or "" for t in ranked],
        "family": [t.family or "" for t in ranked],
        "run": [t.run for t in ranked],
        "replicate": [t.replicate for t in ranked],
        "graded": [t.outcome == "graded" for t in ranked],
    }
    numbers = {name: [getattr(t, name) for t in ranked] for name in values}
    plain |= {name: [None if v is None else float(v) for v in column] for name, column in numbers.items()}
    return plain | {name: [getattr(t, name) for t in ranked] for name in texts}


def plainly(found: TrialColumns) -> dict[str, list[Any]]:
    """Columns as lists, codes resolved, NaN as None."""
    plain: dict[str, list[Any]] = {
        "run_day": found.run_day.tolist(),
        "prompt": [found.prompts[code] for code in found.prompt],
        "prompt_digest": [found.digests[code] for code in found.prompt_digest],
        "family": [found.families[code] for code in found.family],
        "run": [found.runs[code] for code in found.run],
        "replicate": found.replicate.tolist(),
        "graded": found.graded.tolist(),
    }
    plain |= {name: [None if np.isnan(v) else v for v in column] for name, column in found.values.items()}
    return plain | {name: column.tolist() for name, column in found.texts.items()}


NUMBERS = ("passed", "score", "output_tokens", "cost_usd", "refused", "attempts")
TOLD = ("served_model", "arm", "request_id")


class TestColumns:
    @over_one_store
    @given(data=st.data())
    def test_columns_say_what_the_records_say_in_their_order(
        self, store: Store, fresh: Callable[..., str], data: st.DataObject
    ) -> None:
        run, target = fresh(), "t" + str(len(store.runs()))
        drawn = data.draw(st.lists(trials(run=run), max_size=4, unique_by=lambda t: (t.prompt, t.replicate)))
        wanted = [replace(trial, target=target, trigger="schedule") for trial in drawn]
        store.add_trials(wanted)
        found = store.columns(target, values=NUMBERS, texts=TOLD)
        assert plainly(found) == expected_columns(wanted, NUMBERS, TOLD)

    def test_columns_have_the_types_that_the_port_states(
        self, store: Store, fresh: Callable[..., str]
    ) -> None:
        run = fresh()
        store.add_trials([a_trial(run=run), a_trial(run=run, replicate=1, family="f", prompt_digest="d")])
        found = store.columns("t", values=("passed",), texts=("arm",))
        assert found.run_day.dtype == np.dtype("datetime64[D]")
        for codes in (found.prompt, found.prompt_digest, found.family, found.run, found.replicate):
            assert codes.dtype == np.int32
        assert found.graded.dtype == np.bool_
        assert found.values["passed"].dtype == np.float64
        assert found.texts["arm"].dtype == np.object_
        assert (found.prompts, found.digests, found.families, found.runs) == (
            ("p/one-01",),
            ("", "d"),
            ("", "f"),
            (run,),
        )

    def test_a_target_without_trials_has_empty_columns(self, store: Store) -> None:
        found = store.columns("t", values=tuple(VALUES), texts=tuple(LABELS))
        assert found.prompts == found.digests == found.families == found.runs == ()
        lengths = {len(c) for c in (found.run_day, found.prompt, found.graded, *found.values.values())}
        assert lengths == {0}
        assert {len(column) for column in found.texts.values()} == {0}

    def test_daily_series_read_scheduled_runs_alone_and_others_on_request(
        self, store: Store, fresh: Callable[..., str]
    ) -> None:
        for trigger in ("schedule", "manual", "confirmation"):
            store.add_trials([a_trial(run=fresh(), trigger=trigger, cost_usd=float(len(trigger)))])
        assert store.columns("t", values=("cost_usd",)).values["cost_usd"].tolist() == [8.0]
        both = store.columns("t", triggers=("manual", "confirmation"), values=("cost_usd",))
        assert sorted(both.values["cost_usd"]) == [6.0, 12.0]

    def test_a_window_holds_its_first_day_and_not_its_last(
        self, store: Store, fresh: Callable[..., str]
    ) -> None:
        run = fresh()
        store.add_trials([a_trial(run=run, replicate=d, run_day=date(2026, 3, d)) for d in (1, 2, 3)])
        window = Window(start=date(2026, 3, 1), end=date(2026, 3, 3))
        assert store.columns("t", window).run_day.tolist() == [date(2026, 3, 1), date(2026, 3, 2)]

    def test_structured_fields_come_as_json_and_equal_ones_as_one_object(
        self, store: Store, fresh: Callable[..., str]
    ) -> None:
        run = fresh()
        prints = [{"sdk": "1", "api": "2"}, {"api": "2", "sdk": "1"}, None]
        store.add_trials([a_trial(run=run, replicate=n, fingerprint=p) for n, p in enumerate(prints)])
        found = store.columns("t", texts=("fingerprint",)).texts["fingerprint"]
        assert found.tolist() == ['{"api":"2","sdk":"1"}', '{"api":"2","sdk":"1"}', None]
        assert found[0] is found[1]

    @pytest.mark.parametrize(
        ("values", "texts"), [(("arm",), ()), ((), ("response",)), (("id",), ()), ((), ("passed",))]
    )
    def test_a_field_that_is_no_column_of_its_kind_is_refused(
        self, store: Store, values: Sequence[str], texts: Sequence[str]
    ) -> None:
        with pytest.raises(ValueError, match=(*values, *texts)[0]):
            store.columns("t", values=values, texts=texts)


def unnamed(**fields: Any) -> Trial:
    return a_trial(run="", **fields)


def hourly(hours: int, prompts: int = 2) -> list[Trial]:
    return [
        unnamed(prompt=f"p/{prompt}", started_at=SIX + timedelta(hours=hour))
        for hour in range(hours)
        for prompt in range(prompts)
    ]


DAY_RUN = "imported-2026-03-01-schedule"


class TestImports:
    def test_records_without_a_run_get_the_run_of_their_day_and_trigger(self, store: Store) -> None:
        records = [
            unnamed(started_at=SIX, suite="s"),
            unnamed(started_at=SIX + timedelta(minutes=1), replicate=2, target="a", suite="s"),
            unnamed(trigger="release"),
            unnamed(run_day=date(2026, 3, 2)),
        ]
        assert store.import_trials(iter(records)) == (4, 0)
        assert {t.run for t in store.trials()} == {
            DAY_RUN,
            "imported-2026-03-01-release",
            "imported-2026-03-02-schedule",
        }
        assert store.run(DAY_RUN) == Run(
            id=DAY_RUN,
            day=MARCH_1,
            trigger="schedule",
            started_at=SIX,
            finished_at=SIX + timedelta(minutes=1),
            status="complete",
            suite="s",
            replicates=3,
            prompts=("p/one-01",),
            targets={"a": "", "t": ""},
            imported=True,
        )

    @over_one_store
    @given(data=st.data())
    def test_importing_twice_is_importing_once(
        self, store: Store, fresh: Callable[..., str], data: st.DataObject
    ) -> None:
        run, target = fresh(), "t" + str(len(store.runs()))
        # Keys that repeat, so that records of one day and key meet.
        drawn = data.draw(st.lists(trials(run=""), max_size=6))
        records = [replace(t, target=target, prompt="p", replicate=0, run_day=MARCH_1) for t in drawn]
        records += [replace(t, run=run, target=target, replicate=n) for n, t in enumerate(drawn)]
        distinct = {(t.run, t.trigger, t.started_at, t.replicate) for t in records}
        assert store.import_trials(iter(records)) == (len(distinct), len(records) - len(distinct))
        once = list(store.trials(target=target))
        assert len(once) == len(distinct)
        assert store.import_trials(iter(records[::-1])) == (0, len(records))
        assert list(store.trials(target=target)) == once

    @over_one_store
    @given(data=st.data())
    def test_what_was_exported_imports_as_nothing_new(
        self, store: Store, fresh: Callable[..., str], data: st.DataObject
    ) -> None:
        trial = data.draw(trials(run=fresh()))
        store.add_trials([trial])
        assert store.import_trials([trial]) == (0, 1)
        assert kept(store, trial.run) == [trial]
        found = store.run(trial.run)
        assert found is not None
        assert not found.imported

    def test_several_measurements_of_a_day_become_several_runs_and_none_is_dropped(
        self, store: Store
    ) -> None:
        records = hourly(24)
        assert store.import_trials(records) == (48, 0)
        assert {run.id for run in store.runs()} == {DAY_RUN, *(f"{DAY_RUN}.{n}" for n in range(2, 25))}
        assert {len(kept(store, run.id)) for run in store.runs()} == {2}
        assert store.import_trials(records) == (0, 48)
        assert store.import_trials(hourly(25)) == (2, 48)

    def test_a_day_may_hold_hundreds_of_records_of_one_key(self, store: Store) -> None:
        records = [unnamed(started_at=SIX + timedelta(seconds=n)) for n in range(300)]
        assert store.import_trials(records) == (300, 0)
        assert store.import_trials(records) == (0, 300)

    def test_an_equal_record_in_the_same_file_is_the_same_record(self, store: Store) -> None:
        assert store.import_trials([unnamed(), unnamed()]) == (1, 1)

    def test_of_two_records_of_one_moment_the_first_stays(self, store: Store) -> None:
        assert store.import_trials([unnamed(passed=True), unnamed(passed=False)]) == (1, 1)
        assert [t.passed for t in store.trials()] == [True]

    def test_the_runs_of_a_day_do_not_depend_on_what_an_earlier_import_held(self, store: Store) -> None:
        early, late = unnamed(started_at=SIX), unnamed(started_at=SIX + timedelta(hours=1))
        assert store.import_trials([late]) == (1, 0)
        assert store.import_trials([early, late]) == (1, 1)
        assert sorted(t.run for t in store.trials()) == [DAY_RUN, f"{DAY_RUN}.2"]

    def test_a_run_that_is_named_as_a_later_run_of_the_day_keeps_its_trials_apart(self, store: Store) -> None:
        second = replace(unnamed(started_at=SIX - timedelta(hours=1)), run=f"{DAY_RUN}.2")
        other = replace(unnamed(started_at=SIX - timedelta(hours=2)), run=f"{DAY_RUN}.note")
        assert store.import_trials([second, other]) == (2, 0)
        assert store.import_trials([unnamed(), unnamed(started_at=SIX + timedelta(hours=1))]) == (2, 0)
        runs = sorted(t.run for t in store.trials())
        assert runs == [DAY_RUN, *(f"{DAY_RUN}.{end}" for end in ("2", "3", "note"))]

    def test_imported_runs_grow_with_what_comes_later(self, store: Store) -> None:
        store.import_trials([unnamed(suite="s")])
        store.import_trials([unnamed(prompt="p/two", suite="other", started_at=SIX + timedelta(hours=2))])
        found = store.run(DAY_RUN)
        assert found is not None
        assert found.prompts == ("p/one-01", "p/two")
        assert (found.started_at, found.finished_at) == (SIX, SIX + timedelta(hours=2))
        assert found.suite is None

    def test_texts_are_imported_with_their_trials(self, store: Store) -> None:
        records = [
            unnamed(
                replicate=n, response=f"answer {n}" if n % 2 else None, transcript=(Step(text="x"),) * (n % 3)
            )
            for n in range(9)
        ]
        store.import_trials(records)
        assert [replace(t, run="") for t in store.trials()] == records

    @pytest.mark.parametrize("bad_at", [0, 1, 5000])
    def test_records_come_in_all_or_none(self, store: Store, bad_at: int) -> None:
        def records() -> Iterator[Trial]:
            for number in range(bad_at):
                yield unnamed(replicate=number, response="x")
            raise RecordError("not a record", where="file, line 7")

        with pytest.raises(RecordError, match="file, line 7: not a record"):
            store.import_trials(records())
        assert (kept(store), store.runs()) == ([], [])

    def test_importing_nothing_is_nothing(self, store: Store) -> None:
        assert store.import_trials([]) == (0, 0)

    def test_a_named_run_holds_one_trial_under_a_key(self, store: Store) -> None:
        store.import_trials([a_trial(run="theirs")])
        with pytest.raises(
            RecordError, match=r"run 'theirs' holds another trial of prompt 'p/one-01'.*another `run`"
        ):
            store.import_trials(
                [a_trial(run="new"), a_trial(run="theirs", started_at=SIX + timedelta(hours=1))]
            )
        assert [t.run for t in store.trials()] == ["theirs"]

    def test_a_later_attempt_of_a_failed_trial_takes_its_place(self, store: Store) -> None:
        failed = a_trial(run="theirs", **OLD)
        again = a_trial(run="theirs", **NEW, started_at=SIX + timedelta(minutes=9))
        assert store.import_trials([failed]) == (1, 0)
        assert store.import_trials([again]) == (1, 0)
        assert store.import_trials([failed, again]) == (0, 2)
        assert kept(store) == [again]

    def test_records_of_a_run_of_ours_leave_its_account_alone(
        self, store: Store, fresh: Callable[..., str]
    ) -> None:
        run = fresh()
        before = store.run(run)
        assert store.import_trials([a_trial(run=run)]) == (1, 0)
        assert store.run(run) == before

    @over_one_store
    @given(text=hostile)
    def test_hostile_names_are_found_again(self, store: Store, fresh: Callable[..., str], text: str) -> None:
        trial = a_trial(
            run=fresh(),
            target=f"t{text}",
            prompt=f"p{text}",
            checks=(CheckResult(check="c", strict=True, loose=True, detail=text),),
        )
        assert store.import_trials([trial, trial]) == (1, 1)
        assert store.import_trials([trial]) == (0, 1)
        assert kept(store, trial.run) == [trial]
        assert store.columns(trial.target).prompts == (trial.prompt,)


def test_a_run_is_held_by_one_and_free_again_when_let_go(url: str, store: Store) -> None:
    other = open_store(url)
    with store.hold_run("r") as mine, other.hold_run("r") as theirs, other.hold_run("s") as another:
        assert (mine, theirs, another) == (True, False, True)
    for _ in range(20):
        with other.hold_run("r") as free:
            assert free, "at once, not when the server gets to it"
    other.close()


class TestRetention:
    def test_texts_from_before_a_day_go_and_figures_stay(
        self, store: Store, fresh: Callable[..., str]
    ) -> None:
        run = fresh()
        old = a_trial(run=run, response="old", transcript=(Step(text="old"),), passed=True, output_tokens=7)
        new = replace(old, replicate=1, run_day=date(2026, 3, 2), response="new")
        bare = a_trial(run=run, replicate=2)
        store.add_trials([old, new, bare])
        assert store.forget_texts(date(2026, 3, 2), dry_run=True) == (1, 0)
        assert kept(store) == [old, bare, new]
        assert store.forget_texts(date(2026, 3, 2)) == (1, 0)
        assert kept(store) == [replace(old, response=None, transcript=None), bare, new]
        assert store.forget_texts(date(2026, 3, 2)) == (0, 0)

    def test_more_texts_go_than_fit_into_one_transaction(
        self, store: Store, fresh: Callable[..., str]
    ) -> None:
        run = fresh()
        store.add_trials([a_trial(run=run, replicate=n, response="x") for n in range(CHUNK + 1)])
        assert store.forget_texts(date(2026, 3, 2)) == (CHUNK + 1, 0)
        assert all(trial.response is None for trial in store.trials())

    def test_a_delivered_message_loses_its_contents_and_stays_known(self, store: Store) -> None:
        book = store.casebook()
        letter = Parcel(id="<a@b>", channel="mail", content=b"text", next_at=SIX)
        waiting = replace(letter, id="<c@d>")
        book.queue([letter, waiting])
        book.delivered(letter.id, SIX)
        assert store.forget_texts(MARCH_1) == (0, 0), "what was sent on the day is kept"
        assert store.forget_texts(date(2026, 3, 2)) == (0, 1)
        assert store.forget_texts(date(2026, 3, 2)) == (0, 0)
        assert book.queue([letter]) == 0
        assert book.due(SIX, 9) == [waiting]
