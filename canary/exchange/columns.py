"""Trials from a file as the columns that a store would give, so that analysis reads records without a store."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from canary.domain.canonical import canonical_json
from canary.domain.ports import TrialColumns
from canary.domain.record import field_json
from canary.domain.trial import Trial, Trigger


def columns_by_target(
    trials: Iterable[Trial],
    *,
    values: Sequence[str],
    texts: Sequence[str],
    triggers: Sequence[Trigger] | None = None,
) -> Mapping[str, TrialColumns]:
    """Turn trials into columns, a target at a time, in the order of `TrialColumns`.

    Args:
        trials: in any order; they are held until all are read.
        values: numeric and boolean fields wanted.
        texts: text fields wanted; structured ones come as canonical JSON, as from a store.
        triggers: which runs; None = all.
    """
    by_target: defaultdict[str, list[Trial]] = defaultdict(list)
    for trial in trials:
        if triggers is None or trial.trigger in triggers:
            by_target[trial.target].append(trial)
    return {target: _columns(by_target[target], values, texts) for target in sorted(by_target)}


def _columns(trials: list[Trial], values: Sequence[str], texts: Sequence[str]) -> TrialColumns:
    trials.sort(key=lambda t: (t.run_day, t.started_at, t.run, t.prompt, t.replicate))
    prompts, prompt = _coded([trial.prompt for trial in trials])
    digests, digest = _coded([trial.prompt_digest or "" for trial in trials])
    families, family = _coded([trial.family or "" for trial in trials])
    runs, run = _coded([trial.run for trial in trials])
    return TrialColumns(
        prompts=prompts,
        digests=digests,
        families=families,
        runs=runs,
        run_day=np.array([trial.run_day for trial in trials], dtype="datetime64[D]"),
        prompt=prompt,
        prompt_digest=digest,
        family=family,
        run=run,
        replicate=np.array([trial.replicate for trial in trials], dtype=np.int32),
        graded=np.array([trial.outcome == "graded" for trial in trials], dtype=np.bool_),
        values={
            name: np.array([getattr(trial, name) for trial in trials], dtype=np.float64) for name in values
        },
        texts={name: _texts(trials, name) for name in texts},
    )


def _coded(names: list[str]) -> tuple[tuple[str, ...], NDArray[np.int32]]:
    ranked = sorted(set(names))
    rank = {name: code for code, name in enumerate(ranked)}
    return tuple(ranked), np.array([rank[name] for name in names], dtype=np.int32)


def _texts(trials: list[Trial], name: str) -> NDArray[np.object_]:
    column = np.empty(len(trials), dtype=np.object_)
    for place, trial in enumerate(trials):
        column[place] = _text(getattr(trial, name))
    return column


def _text(value: Any) -> str | None:
    return value if value is None or isinstance(value, str) else canonical_json(field_json(value))
