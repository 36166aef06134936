"""Records as columns are what the store would have made of them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from canary.analysis.folds import TEXTS, VALUES
from canary.domain.trial import CheckResult, Trial
from canary.exchange.columns import columns_by_target
from canary.store.database import open_store

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
ONE = Trial(
    run="r1",
    run_day=NOON.date(),
    started_at=NOON,
    target="t",
    prompt="a/one",
    replicate=0,
    outcome="graded",
    family="a",
    prompt_digest="0" * 16,
    passed=True,
    score=1.0,
    checks=(CheckResult(check="exact", strict=True, loose=True, detail="é"),),
    output_tokens=12,
    latency_s=0.5,
    phrases={"hedge": 2, "apology": 0},
    served_model="m-1",
    fingerprint={"sdk": "1", "api": "2"},
)
TRIALS = [
    replace(ONE, run="r2", run_day=(NOON + timedelta(days=1)).date(), started_at=NOON + timedelta(days=1)),
    replace(ONE, replicate=1, passed=False, checks=None, phrases=None, prompt_digest=None, family=None),
    ONE,
    replace(ONE, prompt="b/two", outcome="failed", passed=None, score=None, served_model=None),
    replace(ONE, target="other"),
]


def test_they_equal_the_stores(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path / 'c.db'}")
    store.import_trials(TRIALS)
    found = columns_by_target(TRIALS, values=VALUES, texts=TEXTS)
    assert list(found) == list(store.targets())
    for target, columns in found.items():
        kept = store.columns(target, values=VALUES, texts=TEXTS)
        for name in ("prompts", "digests", "families", "runs"):
            assert getattr(columns, name) == getattr(kept, name)
        for name in ("run_day", "prompt", "prompt_digest", "family", "run", "replicate", "graded"):
            np.testing.assert_array_equal(getattr(columns, name), getattr(kept, name))
        for name in VALUES:
            np.testing.assert_array_equal(columns.values[name], kept.values[name])
        for name in TEXTS:
            assert columns.texts[name].tolist() == kept.texts[name].tolist()
    store.close()
