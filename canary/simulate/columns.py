"""A drawn history as the columns that a store would give: what analysis reads, without a store."""

from datetime import date, timedelta

import numpy as np

from canary.domain.ports import TrialColumns
from canary.simulate.history import History


def history_columns(history: History, *, first_day: date, days: int | None = None) -> TrialColumns:
    """Trials of a history in the order of `TrialColumns`, one scheduled run a day.

    Args:
        history: drawn trials; missing ones have no row.
        first_day: date of its day 0.
        days: leave out what comes from this day on; None = nothing.
    """
    passed = history.values["passed"][:days]
    day, prompt, replicate = np.nonzero(np.isfinite(passed))
    count, families = passed.shape[1], int(history.family.max()) + 1
    dates = [first_day + timedelta(days=i) for i in range(passed.shape[0])]
    return TrialColumns(
        prompts=tuple(f"family-{history.family[i]}/prompt-{i:03}" for i in range(count)),
        digests=tuple(f"{i:016x}" for i in range(count)),
        families=tuple(f"family-{i}" for i in range(families)),
        runs=tuple(f"{one:%Y%m%dT060000Z}-schedule" for one in dates),
        run_day=np.array(dates, dtype="datetime64[D]")[day],
        prompt=prompt.astype(np.int32),
        prompt_digest=prompt.astype(np.int32),
        family=history.family[prompt].astype(np.int32),
        run=day.astype(np.int32),
        replicate=replicate.astype(np.int32),
        graded=np.ones(day.size, dtype=np.bool_),
        values={name: values[:days][day, prompt, replicate] for name, values in history.values.items()},
        texts={},
    )
