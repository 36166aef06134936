"""What was found: change points, the incidents they make up, and what could not have been seen."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Literal, TypeAlias

from canary.domain.deployment import Annotation
from canary.domain.target import Arm

ChangeKind: TypeAlias = Literal["level", "spread", "prompt", "exact", "rare"]
Direction: TypeAlias = Literal["up", "down", "other"]
Verdict: TypeAlias = Literal["degradation", "improvement", "change"]
Event: TypeAlias = Literal["suspected", "opened", "worsened", "joined", "recovered", "withdrawn", "noted"]
IncidentKind: TypeAlias = Literal["quality", "availability", "ours"]
State: TypeAlias = Literal["opened", "recovered", "accepted", "withdrawn", "closed"]
Severity: TypeAlias = Literal["low", "medium", "high"]
ActKind: TypeAlias = Literal["acknowledge", "accept", "withdraw", "close", "mute"]
Layer: TypeAlias = Literal[
    "harness-default",
    "harness-code",
    "harness-state",
    "api-default",
    "model-or-serving",
    "host",
    "identity",
    "ours",
    "not-separable",
]
EffectUnit: TypeAlias = Literal["points", "ratio"]

QUIET = timedelta(days=14)
"""After its recovery an incident is closed when nothing of it has come back for so long."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Policy:
    """What is worth waking for, decided before looking.

    Attributes:
        false_alarms_per_year: opened incidents a year without a change, over the whole deployment.
        confirm: ask for extra replicates after a suspected drop of pass rate.
        joint: test directions in which several metrics move together.
        twins: take the noise that a target shares with its twins off its series; off, because it hardly pays
            (docs/decisions/0018-beyond-one-series.md).
        min_effect: metric -> smallest effect that opens an incident; proportions in points, all else as a ratio.
    """

    false_alarms_per_year: float = 1.0
    confirm: bool = True
    joint: bool = True
    twins: bool = False
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
class Act:
    """What a person did, kept with who and why; analysis reads it and never writes one.

    Attributes:
        kind: accept = the new normal from the onset on; withdraw = it was none; mute = a maintenance window.
        incident: the incident's id; None for a mute.
        target: who is muted; None otherwise.
        at: when it was done.
        until: end of a mute, excluded; the moment of the act itself = it ends the mute of before; None otherwise.
        by: who.
        reason: why.
    """

    kind: ActKind
    incident: str | None = None
    target: str | None = None
    at: datetime
    until: datetime | None = None
    by: str
    reason: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Transition:
    """One step of an incident's life, with its evidence.

    Attributes:
        on: the day.
        event: what the detector said, or what a person did. `worsened`: it costs more than before, or came back; `joined`: a
            further series of the same change crossed its threshold, and nothing is worse than it was.
        changes: the change points that made it; () for a person's act.
        severity, state: of the incident after the step.
        muted: all that opened, worsened or joined it on that day fell into a maintenance window: kept, never mailed.
        by, reason: of a person's act; None for the detector's.
    """

    on: date
    event: Event | ActKind
    changes: tuple[ChangePoint, ...] = ()
    severity: Severity = "low"
    state: State = "opened"
    muted: bool = False
    by: str | None = None
    reason: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Span:
    """Days that a level is the mean of.

    Attributes:
        first, last: the first and last of them with a value.
        days: days with a value, both ends included.
        trials: behind these values.
    """

    first: date
    last: date
    days: int
    trials: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Moved:
    """How far a series moved around an incident's onset, said of series that opened nothing too.

    Attributes:
        target, family, metric: the series.
        before, after: levels, in the metric's unit.
        effect, effect_low, effect_high: size with its 95 % interval.
        effect_unit: points or ratio.
        days_before, days_after: the days that the levels are the means of; None where that is not kept.
    """

    target: str
    family: str
    metric: str
    before: float
    after: float
    effect: float
    effect_low: float
    effect_high: float
    effect_unit: EffectUnit
    days_before: Span | None = None
    days_after: Span | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Followed:
    """A change over all days since its onset, up to the last judged one: what the day of its alarm could not know yet.

    Attributes:
        change: its place in the incident's `changes`.
        before, after: levels, in the metric's unit.
        effect, effect_low, effect_high: size with its 95 % interval; unit as the change's.
        days_before, days_after: the days that the levels are the means of; at most 56 and 28.
    """

    change: int
    before: float
    after: float
    effect: float
    effect_low: float
    effect_high: float
    days_before: Span
    days_after: Span


@dataclass(frozen=True, kw_only=True, slots=True)
class Candidate:
    """A mechanism whose signature was held against the figures.

    Attributes:
        mechanism: its name in the table of signatures.
        score: fit, 0 to 1; comparable among the candidates of one incident only.
        seen: metrics that moved, or stayed flat, as it predicts.
        against: metrics that contradict it.
        unmeasured: metrics it predicts and nobody measured.
    """

    mechanism: str
    score: float
    seen: tuple[str, ...]
    against: tuple[str, ...]
    unmeasured: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Rejected:
    """A hypothesis and the figures that reject it.

    Attributes:
        hypothesis: its name in the table of hypotheses.
        targets: whose figures they are.
        figures: how far the telling series moved: nowhere, or elsewhere.
        facts: what else rejects it, as `name: value` (digests, versions, counts).
    """

    hypothesis: str
    targets: tuple[str, ...]
    figures: tuple[Moved, ...] = ()
    facts: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Attribution:
    """Which layer and which mechanism fit the figures best; never why anybody did it.

    Attributes:
        layer: the rung R1; None where the records name no arm.
        moved, flat: targets of the twin group that moved, and that demonstrably did not.
        unclear: targets of the group of which neither can be said.
        missing_arms: arms that nobody runs, and that would have told layers apart.
        candidates: the rung R2, best first.
        separates: metrics that would tell the first candidate from the second, or arms; () where they differ already.
        ours: changes of ours near the onset.
        theirs: the vendor's, and notes; coincident.
        rejected: hypotheses with what rejects them.
    """

    layer: Layer | None
    moved: tuple[str, ...]
    flat: tuple[str, ...] = ()
    unclear: tuple[str, ...] = ()
    missing_arms: tuple[Arm, ...] = ()
    candidates: tuple[Candidate, ...] = ()
    separates: tuple[str, ...] = ()
    ours: tuple[Annotation, ...] = ()
    theirs: tuple[Annotation, ...] = ()
    rejected: tuple[Rejected, ...] = ()

    @property
    def mechanism(self) -> str | None:
        """The best candidate's name."""
        return self.candidates[0].mechanism if self.candidates else None

    @property
    def runner_up(self) -> str | None:
        """The second candidate's name."""
        return self.candidates[1].mechanism if len(self.candidates) > 1 else None


@dataclass(frozen=True, kw_only=True, slots=True)
class Incident:
    """Change points that belong together, with a life.

    Attributes:
        id: allotted once, in order of opening.
        key: what makes it the same one when records are analysed again: group, first series, first onset.
        group: the twin group it concerns, or the one target.
        kind: as its alarms'.
        targets: whose series moved.
        verdict: the worst of its changes'.
        severity: from consequence (solved tasks, cost, broken output), never from a test statistic.
        state: where its life stands.
        opened_on: day.
        recovered_on: day all of its changes had gone back; None while one stands.
        muted: all that moved fell into maintenance windows: kept, never mailed.
        acknowledged_by: who has it in hand; None = nobody said so.
        changes: in order.
        transitions: in order.
        moved: all judged series of the group around the onset, moved or flat.
        followed: the changes that opened or worsened it, over all days since; those without a level of days are absent.
        attribution: which layer and mechanism.
    """

    id: str
    key: str
    group: str
    kind: IncidentKind
    targets: tuple[str, ...]
    verdict: Verdict
    severity: Severity
    state: State
    opened_on: date
    recovered_on: date | None = None
    muted: bool = False
    acknowledged_by: str | None = None
    changes: tuple[ChangePoint, ...]
    transitions: tuple[Transition, ...]
    moved: tuple[Moved, ...] = ()
    followed: tuple[Followed, ...] = ()
    attribution: Attribution

    @property
    def onset(self) -> date:
        """First day of the change that dates it."""
        return self.dated.onset

    @property
    def dated(self) -> ChangePoint:
        """The best dated change that opened or worsened it, by which the whole is dated: a vague one must not date all of them."""
        back = {change for step in self.transitions if step.event == "recovered" for change in step.changes}
        own = [change for change in self.changes if change not in back] or self.changes
        return min(own, key=lambda c: (c.onset_high - c.onset_low, c.raised_on))


@dataclass(frozen=True, kw_only=True, slots=True)
class Suspicion:
    """A drop of pass rate that asks the next runs for extra replicates.

    Attributes:
        target: whose.
        raised_on: day it was suspected.
        until: last day on which it may be confirmed; it lapses after.
        change: what it would open.
    """

    target: str
    raised_on: date
    until: date
    change: ChangePoint


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
        suspicions: those that stand on the last day.
        annotations: what happened around the targets, by day.
        judged_to: target -> the last day with a graded trial; absent where there is none.
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
    suspicions: tuple[Suspicion, ...] = ()
    annotations: tuple[Annotation, ...] = ()
    judged_to: Mapping[str, date] = field(default_factory=dict)
    expected_false_alarms_per_year: float
