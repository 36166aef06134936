"""A suite that is lived in: prompts come, go and are edited, days and trials are missing, replicates vary. Nothing changed.

One lives a year in it: every prompt may join late, leave, and be edited; some days have no run, some two, some one replicate
only. What comes of it is still a history without a change, so the budget must hold.
"""

from dataclasses import replace

import numpy as np

from canary.domain.ports import TrialColumns

EDITED = 0.3
LATE = 0.15
RETIRED = 0.15
"""Shares of prompts, over a history's days after the first 20."""

MISSING = 0.12
THIN = 0.1
"""Shares of days without a run, and with one replicate."""


def changing(columns: TrialColumns, seed: int) -> TrialColumns:
    """The same trials as a suite in use would have recorded them."""
    rng = np.random.default_rng(seed)
    day = (columns.run_day - columns.run_day.min()).astype(np.int64)
    days, prompts = int(day.max()) + 1, len(columns.prompts)

    def when(share: float) -> "np.ndarray[tuple[int], np.dtype[np.float64]]":
        """A day for each prompt that it meets; never for the others."""
        met = rng.random(prompts) < share
        return np.where(met, rng.integers(min(20, days), days + 1, prompts), np.inf)

    edited, left = when(EDITED), when(RETIRED)
    joined = np.where(np.isinf(late := when(LATE)), -1, late)
    keep = (day >= joined[columns.prompt]) & (day < left[columns.prompt])
    keep &= rng.random(days)[day] >= MISSING
    keep &= (rng.random(days)[day] >= THIN) | (columns.replicate == 0)
    digest = columns.prompt_digest + len(columns.digests) * (day >= edited[columns.prompt])
    names = ("run_day", "prompt", "prompt_digest", "family", "run", "replicate", "graded")
    whole = replace(
        columns,
        digests=(*columns.digests, *(f"edited-{name}" for name in columns.digests)),
        prompt_digest=digest.astype(np.int32),
    )
    return replace(
        whole,
        **{name: getattr(whole, name)[keep] for name in names},
        values={name: column[keep] for name, column in whole.values.items()},
        texts={name: column[keep] for name, column in whole.texts.items()},
    )
