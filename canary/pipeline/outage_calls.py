"""Calls of an outage, counted from the store: how many failed, of which kind, from when to when."""

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np

from canary.domain.evidence import Calls
from canary.domain.ports import Store, Window
from canary.domain.trial import Trial

if TYPE_CHECKING:
    from canary.domain.ports import TrialColumns

USUAL = timedelta(days=28)
LEFT_OUT = "circuit_open"


def calls_of(
    store: Store, target: str, columns: "TrialColumns", onset: date, until: date, runs: Sequence[str]
) -> Calls:
    """Calls of one target from the onset of an outage to a day.

    Args:
        store: the records.
        target: whose.
        columns: its scheduled trials, for what is usual.
        onset: first run day.
        until: last run day.
        runs: ids of the scheduled runs of these days.
    """
    scheduled = set(runs)
    window = Window(start=onset, end=until + timedelta(days=1))
    trials = failed = attempts = 0
    counted = True
    kinds: Counter[str] = Counter()
    messages: dict[str, Counter[str]] = {}
    moments: dict[bool, list[datetime]] = {True: [], False: []}
    for trial in store.trials(target=target, window=window, texts=False):
        if trial.run not in scheduled:
            continue
        trials += 1
        counted = counted and trial.attempts is not None
        # What was not asked has an attempt in its record, and sent no request.
        attempts += (trial.attempts or 0) - (_kind(trial) == LEFT_OUT)
        answered = trial.outcome == "graded"
        _widen(moments[answered], trial.started_at)
        if not answered:
            failed += 1
            kinds[_kind(trial)] += 1
            if trial.error is not None:
                messages.setdefault(_kind(trial), Counter())[trial.error.message[:300]] += 1
    first = np.datetime64(onset)
    usual = (columns.run_day < first) & (columns.run_day >= np.datetime64(onset - USUAL))
    return Calls(
        target=target,
        first_day=onset,
        last_day=until,
        trials=trials,
        failed=failed,
        attempts=attempts if counted and trials else None,
        kinds=tuple(kinds.most_common()),
        messages=tuple((kind, seen.most_common(1)[0][0]) for kind, seen in messages.items()),
        first_failed=min(moments[False], default=None),
        last_failed=max(moments[False], default=None),
        last_answered=max(moments[True], default=None),
        usual_trials=int(usual.sum()),
        usual_failed=int((usual & ~columns.graded).sum()),
    )


def _widen(ends: list[datetime], moment: datetime) -> None:
    """Keep the first and the last moment alone."""
    ends[:] = [min([*ends, moment]), max([*ends, moment])]


def _kind(trial: Trial) -> str:
    return "" if trial.error is None else str(trial.error.kind)
