"""The verdict on a release run: whom it is held against, and that an open question passes with a sentence."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from canary.analysis.pins import pinned
from canary.domain.errors import UsageError
from canary.domain.incident import Policy
from canary.domain.ports import Store
from canary.domain.trial import Run, Trial
from canary.pipeline.release import judge_release, run_sides
from canary.store.database import open_store

DAY = datetime(2026, 3, 30, 6, tzinfo=UTC)


def trials(
    run: str, target: str, chance: float, *, day: datetime = DAY, seed: int = 0, trigger: str = "release"
) -> Iterator[Trial]:
    """One run of 40 prompts x 3; which pass is drawn anew for each seed."""
    rng = np.random.default_rng(seed)
    for number in range(40):
        for replicate in range(3):
            yield Trial(
                run=run,
                run_day=day.date(),
                trigger=trigger,  # type: ignore[arg-type]  # a literal
                started_at=day,
                target=target,
                prompt=f"a/{number:02}",
                prompt_digest=f"{number:016x}",
                replicate=replicate,
                outcome="graded",
                passed=bool(rng.random() < (chance if number < 20 else 1.0)),
            )


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(f"sqlite:///{tmp_path / 'c.db'}")
    yield opened
    opened.close()


def kept(store: Store, *chances: tuple[str, float]) -> Run:
    """A release run of some targets."""
    for seed, (target, chance) in enumerate(chances):
        store.import_trials(trials("release-1", target, chance, seed=100 + seed))
    run = store.run("release-1")
    assert run is not None
    return replace(run, targets={target: "" for target, _ in chances})


def test_without_anything_to_compare_with_it_passes_and_says_so(store: Store) -> None:
    found = judge_release(store, kept(store, ("t", 0.8)), policy=Policy())
    assert found.comparison is None
    assert not found.fails
    assert "nothing to compare with" in found.text


@pytest.mark.parametrize(
    ("chance", "verdict", "fails"), [(0.75, "inconclusive", False), (0.2, "worse", True)]
)
def test_interleaved_it_is_held_against_the_old_target_of_its_own_run(
    store: Store, chance: float, verdict: str, fails: bool
) -> None:
    run = kept(store, ("old", 0.75), ("new", chance))
    found = judge_release(store, run, policy=Policy(), against="old")
    assert found.comparison is not None
    assert (found.comparison.verdict, found.fails) == (verdict, fails)
    assert ("It passes: inconclusive is not worse." in found.text) is not fails
    assert found.markdown.startswith(f"**canary: {verdict}**")
    assert judge_release(store, run, policy=Policy(), against="old", fail_on="never").fails is False


def test_the_pinned_baseline_goes_before_the_scheduled_runs(store: Store) -> None:
    for back in range(1, 6):
        day = DAY - timedelta(days=back)
        store.import_trials(trials(f"day-{back}", "t", 0.75, day=day, seed=back, trigger="schedule"))
    run = kept(store, ("t", 0.2))
    by_history = judge_release(store, run, policy=Policy())
    assert "scheduled runs of the 28 days before" in by_history.markdown
    assert by_history.fails
    own = pinned(run_sides(store, run)["t"], {})
    by_baseline = judge_release(store, run, policy=Policy(), baselines=[own])
    assert "baseline of 2026-03-30" in by_baseline.markdown
    assert not by_baseline.fails
    stranger = replace(own, prompts=tuple(replace(one, digest="f" * 16) for one in own.prompts))
    assert judge_release(store, run, policy=Policy(), baselines=[stranger]).text == by_history.text


def test_a_target_that_the_run_never_asked_is_refused(store: Store) -> None:
    with pytest.raises(UsageError, match="ask the old and the new target in one run"):
        judge_release(store, kept(store, ("t", 0.5)), policy=Policy(), against="old")
