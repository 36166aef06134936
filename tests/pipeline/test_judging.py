"""Judging the store gives ids that last: twice changes nothing, older records renumber only when asked."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from canary.domain.canonical import canonical_json
from canary.domain.incident import Act, Policy
from canary.domain.ports import Store
from canary.domain.target import TargetSpec
from canary.domain.trial import Trial
from canary.pipeline.judging import Judge, Judgement
from canary.store.database import open_store

FIRST = datetime(2026, 1, 1, 6, tzinfo=UTC)
PROMPTS = 8
REPLICATES = 2


def trials(target: str, days: range, *drops: int, output: int = 200) -> Iterator[Trial]:
    """A quiet target whose reasoning halves on each day of `drops` and comes back three weeks later."""
    for day in days:
        low = any(drop <= day < drop + 21 for drop in drops)
        for prompt in range(PROMPTS):
            for replicate in range(REPLICATES):
                wobble = 1 + 0.03 * ((day * 7 + prompt * 5 + replicate * 11) % 9 - 4)
                yield Trial(
                    run="",
                    target=target,
                    prompt=f"p/{prompt}",
                    replicate=replicate,
                    run_day=(FIRST + timedelta(days=day)).date(),
                    started_at=FIRST + timedelta(days=day),
                    trigger="schedule",
                    outcome="graded",
                    passed=(day + prompt + replicate) % 5 > 0,
                    reasoning_tokens=round((300 if low else 600) * wobble),
                    output_tokens=round(output * wobble),
                    family="f",
                )


def spec(name: str) -> TargetSpec:
    return TargetSpec(name=name, provider="anthropic", model="m")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(f"sqlite:///{tmp_path / 'canary.db'}")
    yield opened
    opened.close()


def judged(store: Store, *, targets: tuple[str, ...] = ("a",), rebuild: bool = False) -> Judgement:
    judge = Judge(store=store, specs={name: spec(name) for name in targets}, policy=Policy())
    return judge.judge(rebuild=rebuild)


def bodies(store: Store) -> list[str]:
    return [canonical_json(one.body) for one in store.casebook().incidents()]


def test_a_drop_and_its_way_back_are_one_kept_incident(store: Store) -> None:
    store.import_trials(trials("a", range(120), 60))
    (incident,) = judged(store).analysis.incidents
    assert (incident.id, incident.state) == ("INC-0001", "closed")
    assert [step.event for step in incident.transitions] == ["opened", "recovered"]
    assert [one.id for one in store.casebook().incidents()] == ["INC-0001"]


def test_judging_twice_changes_no_byte(store: Store) -> None:
    store.import_trials(trials("a", range(120), 60))
    first = judged(store)
    once = bodies(store)
    assert judged(store).analysis == first.analysis
    assert bodies(store) == once


def test_judging_day_by_day_ends_as_judging_once(store: Store, tmp_path: Path) -> None:
    for end in range(61, 122, 10):
        store.import_trials(trials("a", range(end), 60))
        judged(store)
    daily = bodies(store)
    other = open_store(f"sqlite:///{tmp_path / 'other.db'}")
    other.import_trials(trials("a", range(121), 60))
    judged(other)
    assert bodies(other) == daily
    other.close()


def test_older_records_are_left_out_until_a_rebuild_that_says_what_it_renumbers(store: Store) -> None:
    store.import_trials(trials("a", range(100, 200), 160))
    judged(store)
    store.import_trials(trials("a", range(100), 50))
    found = judged(store)
    assert [one.id for one in found.analysis.incidents] == ["INC-0001"]
    assert [one.onset.isoformat() for one in found.left_out] == ["2026-02-20"]
    assert judged(store).left_out[0].onset == found.left_out[0].onset
    again = judged(store, rebuild=True)
    assert [one.onset.isoformat() for one in again.analysis.incidents] == ["2026-02-20", "2026-06-10"]
    assert again.renumbered == ((None, "INC-0001"), ("INC-0001", "INC-0002"))
    assert judged(store, rebuild=True).renumbered == ()


def test_an_act_stays_with_its_incident_through_a_rebuild(store: Store) -> None:
    store.import_trials(trials("a", range(100, 175), 160))
    (incident,) = judged(store).analysis.incidents
    said = Act(kind="accept", incident=incident.id, at=FIRST + timedelta(days=170), by="ana", reason="agreed")
    store.casebook().add_act(said, key=incident.key)
    assert judged(store).analysis.incidents[0].state == "accepted"
    store.import_trials(trials("a", range(100), 50))
    states = {one.id: one.state for one in judged(store, rebuild=True).analysis.incidents}
    assert states == {"INC-0001": "closed", "INC-0002": "accepted"}
    assert [act.incident for act in store.casebook().acts()] == ["INC-0002"]


def test_what_the_records_no_longer_show_is_kept_and_named(store: Store) -> None:
    store.import_trials(trials("a", range(120), 60))
    judged(store)
    book = store.casebook()
    (known,) = book.incidents()
    gone = replace(known, id="INC-0002", key="other|key", body={**known.body, "group": "other"})
    book.keep_incidents([gone])
    found = judged(store)
    assert [one.id for one in found.lost] == ["INC-0002"]
    assert [one.id for one in book.incidents()] == ["INC-0001", "INC-0002"]


def test_a_new_target_moves_thresholds_and_leaves_ids_alone(store: Store) -> None:
    store.import_trials(trials("a", range(120), 60))
    judged(store)
    before = store.casebook().incidents()[0].id
    for number in range(3):
        store.import_trials(trials(f"b{number}", range(120)))
    found = judged(store)
    assert [one.id for one in found.analysis.incidents] == [before]
    assert found.lost == ()


def test_a_quiet_history_keeps_nothing(store: Store) -> None:
    store.import_trials(trials("a", range(100)))
    assert judged(store).analysis.incidents == ()
    assert store.casebook().incidents() == []


def test_a_store_without_trials_says_so(store: Store) -> None:
    analysis = judged(store).analysis
    assert (analysis.first_day, analysis.incidents) == (None, ())


def test_a_target_without_scheduled_trials_takes_no_part_of_the_budget(store: Store) -> None:
    store.import_trials(trials("a", range(60)))
    before = judged(store).analysis.expected_false_alarms_per_year
    tried = (replace(trial, target="try-out", trigger="manual", run="") for trial in trials("a", range(3)))
    store.import_trials(tried)
    assert "try-out" in store.targets()
    assert judged(store).analysis.expected_false_alarms_per_year == before


def test_what_the_records_no_longer_show_does_not_stand(store: Store) -> None:
    store.import_trials(trials("a", range(70), 60))
    judged(store)
    book = store.casebook()
    (known,) = book.incidents()
    assert known.state == "opened"
    book.keep_incidents(
        [replace(known, id="INC-0002", key="other|key", body={**known.body, "group": "other"})]
    )
    judged(store)
    assert {one.id: one.state for one in book.incidents()} == {"INC-0001": "opened", "INC-0002": "closed"}
