"""What was found: change points, the incidents they make up, and what could not have been seen."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal, TypeAlias

ChangeKind: TypeAlias = Literal["level", "spread", "prompt", "exact", "rare"]
Direction: TypeAlias = Literal["up", "down", "other"]
Verdict: TypeAlias = Literal["degradation", "improvement", "change"]
Event: TypeAlias = Literal["suspected", "opened", "worsened", "recovered", "withdrawn", "noted"]
IncidentKind: TypeAlias = Literal["quality", "availability", "ours"]
EffectUnit: TypeAlias = Literal["points", "ratio"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Policy:
    """What is worth waking for, decided before looking.

    Attributes:
        false_alarms_per_year: opened incidents a year without a change, over the whole deployment.
        min_effect: metric -> smallest effect that opens an incident; proportions in points, all else as a ratio.
    """

    false_alarms_per_year: float = 1.0
    min_effect: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class ChangePoint:
    """One series that moved.

    Attributes:
        target, family, metric: the series.
        kind: level; spread (width of the values); prompt (one prompt broke, or works again); exact (a value that never
            varied); rare (an event that hardly ever happened).
        prompt: the prompt's id, where it is one prompt.
        direction: of the values; `other` for names.
        verdict: what the direction means for this metric.
        raised_on: day it was found.
        onset, onset_low, onset_high: first day of the change and its 90 % interval.
        before, after: levels in the metric's unit; names for exact changes of names; None where there is none.
        effect, effect_low, effect_high: size with its 95 % interval; None where it can't be put as one number.
        effect_unit: points = a difference of proportions; ratio = after / before - 1.
        test: the rule that found it, for people.
        statistic, threshold: the rule's figure, signed, and what it had to pass.
    """

    target: str
    family: str
    metric: str
    kind: ChangeKind
    prompt: str | None = None
    direction: Direction
    verdict: Verdict
    raised_on: date
    onset: date
    onset_low: date
    onset_high: date
    before: float | str | None
    after: float | str | None
    effect: float | None = None
    effect_low: float | None = None
    effect_high: float | None = None
    effect_unit: EffectUnit
    test: str
    statistic: float | None
    threshold: float | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Alarm:
    """What people are told on one day about one incident.

    Attributes:
        raised_on: the day.
        event: what happened to the incident.
        incident: its id; None for what is only noted.
        kind: quality, availability or a change of ours.
        targets: whom it concerns.
        verdict: the worst of its changes'.
        layer, mechanism, runner_up: attribution; None where none was made.
        changes: the day's new change points.
    """

    raised_on: date
    event: Event
    incident: str | None
    kind: IncidentKind
    targets: tuple[str, ...]
    verdict: Verdict
    layer: str | None = None
    mechanism: str | None = None
    runner_up: str | None = None
    changes: tuple[ChangePoint, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Incident:
    """Change points of one target that belong together by time.

    Attributes:
        id: allotted once, in order of opening.
        kind: as its alarms'.
        targets: whom it concerns.
        verdict: the worst of its changes'.
        opened_on: day.
        recovered_on: day all of its changes had gone back; None while one stands.
        changes: in order.
    """

    id: str
    kind: IncidentKind
    targets: tuple[str, ...]
    verdict: Verdict
    opened_on: date
    recovered_on: date | None = None
    changes: tuple[ChangePoint, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Sensitivity:
    """What a series that did not move could have hidden.

    Attributes:
        target, family, metric: the series.
        days: after the onset.
        minimum_detectable_effect: the smallest change seen within them four times in five; unit as `effect_unit`.
        effect_unit: points or ratio.
    """

    target: str
    family: str
    metric: str
    days: int
    minimum_detectable_effect: float
    effect_unit: EffectUnit


@dataclass(frozen=True, kw_only=True, slots=True)
class NotJudged:
    """A series of which nothing can be said yet, and why."""

    target: str
    family: str
    metric: str
    reason: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Analysis:
    """Everything that the records of all targets say.

    Attributes:
        first_day, last_day: of the records; None without any.
        judged_series: series that share the budget and were judged on a day at least.
        days_judged: days on which some series was judged.
        changes: every change point of judged series, by day.
        alarms: by day.
        incidents: by id.
        not_seen: for series without a standing change.
        not_judged: series without a verdict.
        expected_false_alarms_per_year: rates of all judged series together.
    """

    first_day: date | None
    last_day: date | None
    judged_series: int
    days_judged: int
    changes: tuple[ChangePoint, ...]
    alarms: tuple[Alarm, ...]
    incidents: tuple[Incident, ...]
    not_seen: tuple[Sensitivity, ...]
    not_judged: tuple[NotJudged, ...]
    expected_false_alarms_per_year: float
