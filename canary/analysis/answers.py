"""An analysis as the JSON answer of `canary backtest`; NaN and what was not measured are null."""

import math
from collections.abc import Mapping, Sequence
from datetime import date

from canary.domain.canonical import Json
from canary.domain.incident import Alarm, Analysis, ChangePoint

SCHEMA = 1

_CHANGE: Sequence[str] = (
    "target", "family", "metric", "kind", "prompt", "direction", "verdict", "before", "after", "effect",
    "effect_low", "effect_high", "effect_unit", "test", "statistic", "threshold",
)  # fmt: skip


def backtest_json(analysis: Analysis) -> Mapping[str, Json]:
    """The answer of `canary backtest --json`."""
    return {
        "schema": SCHEMA,
        "first_day": _iso(analysis.first_day),
        "last_day": _iso(analysis.last_day),
        "judged_series": analysis.judged_series,
        "days_judged": analysis.days_judged,
        "alarms": [alarm_json(alarm) for alarm in analysis.alarms],
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
        "annotations": [
            {"day": note.day.isoformat(), "kind": note.kind, "source": note.source, "target": note.target, "text": note.text}
            for note in analysis.annotations
        ],
        "expected_false_alarms_per_year": round(analysis.expected_false_alarms_per_year, 4),
    }  # fmt: skip


def alarm_json(alarm: Alarm) -> Json:
    """One alarm."""
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
        "changes": [change_json(change) for change in alarm.changes],
    }


def change_json(change: ChangePoint) -> Json:
    """One change point."""
    days = {name: getattr(change, name).isoformat() for name in ("onset", "onset_low", "onset_high")}
    return {**{name: _finite(getattr(change, name)) for name in _CHANGE}, **days}


def _iso(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _finite(value: Json) -> Json:
    return None if isinstance(value, float) and not math.isfinite(value) else value
