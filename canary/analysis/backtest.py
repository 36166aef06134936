"""Records replayed day by day, as production would have judged them.

Every rule below runs forward: what is said of a day uses records up to that day only, so one pass over all records says what a
judgement on each day would have said. tests/analysis holds this by cutting records off at random days.
"""

import math
from collections.abc import Mapping, Sequence
from datetime import date

import numpy as np

from canary.analysis.detect import Moves, budgets, matters, moves
from canary.analysis.incidents import group
from canary.analysis.sensitivity import not_judged, not_seen
from canary.domain.canonical import Json
from canary.domain.incident import Alarm, Analysis, ChangePoint, Policy
from canary.domain.ports import TrialColumns

SCHEMA = 1


def backtest(records: Mapping[str, TrialColumns], policy: Policy) -> Analysis:
    """Judge the records of a deployment.

    Args:
        records: target -> its trials of scheduled runs, with the fields that `folds.VALUES` and `folds.TEXTS` name. The
            budget is split over all targets named, those without trials included.
        policy: budget and smallest effects.
    """
    share = budgets(policy, list(records))
    found = [
        one
        for target, columns in records.items()
        if (one := moves(target, columns, share[target])) is not None
    ]
    changes = [change for one in found for change in one.changes]
    alarms, incidents = group(changes, lambda change: matters(change, policy))
    return Analysis(
        first_day=min((one.grid.first_day for one in found), default=None),
        last_day=max((one.grid.date(one.grid.days - 1) for one in found), default=None),
        judged_series=sum(_judged(one) for one in found),
        days_judged=len(set().union(*(_days_judged(one) for one in found))),
        changes=tuple(sorted(changes, key=lambda change: (change.raised_on, change.target))),
        alarms=tuple(alarms),
        incidents=tuple(incidents),
        not_seen=tuple(row for one in found for row in not_seen(one)),
        not_judged=tuple(row for one in found for row in not_judged(one)),
        expected_false_alarms_per_year=float(
            sum(test.assignment.rate for one in found for test in one.judged if _was_judged(test.watched))
        ),
    )


def _was_judged(watched: object) -> bool:
    return watched is None or bool(getattr(watched, "judged", 0))


def _judged(found: Moves) -> int:
    """Series with a test in force; the tests of one series count once."""
    keys = {
        (one.assignment.series.family, one.assignment.series.metric.name)
        for one in found.judged
        if _was_judged(one.watched)
    }
    return len(keys) + len(found.exact)


def _days_judged(found: Moves) -> set[date]:
    """Days with a score of some judged series after its warm-up."""
    days: set[date] = set()
    for one in found.judged:
        scores = one.assignment.series.scores
        measured = np.flatnonzero(np.isfinite(scores.value))
        days |= {found.grid.date(int(day)) for day in measured[measured >= scores.warm]}
    return days


def backtest_json(analysis: Analysis) -> Mapping[str, Json]:
    """The answer of `canary backtest --json`."""
    return {
        "schema": SCHEMA,
        "first_day": _iso(analysis.first_day),
        "last_day": _iso(analysis.last_day),
        "judged_series": analysis.judged_series,
        "days_judged": analysis.days_judged,
        "alarms": [_alarm(alarm) for alarm in analysis.alarms],
        "not_seen": [
            {
                "target": row.target,
                "family": row.family,
                "metric": row.metric,
                "days": row.days,
                "minimum_detectable_effect": row.minimum_detectable_effect,
                "effect_unit": row.effect_unit,
            }
            for row in analysis.not_seen
        ],
        "not_judged": [
            {"target": row.target, "family": row.family, "metric": row.metric, "reason": row.reason}
            for row in analysis.not_judged
        ],
        "expected_false_alarms_per_year": round(analysis.expected_false_alarms_per_year, 4),
    }


def _iso(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _alarm(alarm: Alarm) -> Json:
    return {
        "raised_on": alarm.raised_on.isoformat(),
        "event": alarm.event,
        "incident": alarm.incident,
        "kind": alarm.kind,
        "targets": list(alarm.targets),
        "verdict": alarm.verdict,
        "layer": alarm.layer,
        "mechanism": alarm.mechanism,
        "runner_up": alarm.runner_up,
        "changes": [_change(change) for change in alarm.changes],
    }


def _change(change: ChangePoint) -> Json:
    names: Sequence[str] = (
        "target", "family", "metric", "kind", "prompt", "direction", "verdict", "before", "after", "effect",
        "effect_low", "effect_high", "effect_unit", "test", "statistic", "threshold",
    )  # fmt: skip
    days = {name: getattr(change, name).isoformat() for name in ("onset", "onset_low", "onset_high")}
    return {**{name: _finite(getattr(change, name)) for name in names}, **days}


def _finite(value: Json) -> Json:
    """JSON knows no NaN: what could not be measured is null."""
    return None if isinstance(value, float) and not math.isfinite(value) else value
