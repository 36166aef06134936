"""What a scenario is: a deployment, what truly changed in it, and what a monitor ought to say of it.

Every effect names its size, whether that size was published or is assumed, and where it was published. An assumed size lets
a drill be run; it is no history.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, ClassVar, Literal, TypeAlias

from canary.domain.deployment import Annotation
from canary.domain.incident import Layer
from canary.domain.target import Arm
from canary.simulate.worlds import BadDay

Source: TypeAlias = Literal["published", "assumed"]
Kind: TypeAlias = Literal["incident", "negative", "synthetic"]
Mixing: TypeAlias = Literal["all", "request", "sticky_identity", "session_after_idle"]
Onset: TypeAlias = Literal["step", "ramp", "staggered"]
Expect: TypeAlias = Literal["incident", "availability", "silence", "ours", "either", "unseen"]
Turns: TypeAlias = Literal["any", "single", "multi"]
Moment: TypeAlias = datetime | date

RUN_AT = time(6, 0, tzinfo=UTC)
"""When the daily run starts by default: what begins later on a day is first met on the next."""

_STRICT: dict[str, Any] = {"extra": "forbid"}
"""How pydantic reads these records from files: a misspelt key is refused."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Effect:
    """One metric that a change moves. Exactly one of the forms is given.

    Attributes:
        metric: code of the metric alphabet (`effects.CODES`).
        src: whether the size was published or is assumed.
        source: where it was published.
        note: what else a reader should know.
        drawn: False = stated, but nothing that a trial records shows it, or another effect has it as a consequence.
        x: factor on the mean.
        add: points added to a proportion (0.05 = five points).
        set: value that takes the place of the old one.
        cap: upper limit of each value.
        before, after: levels on both sides; `before` is what the history has until then.
        per_turn_add: points added for each turn after the first.
        scripts: kind of text -> factor on its tokens.
        name: new name (a served model, a version); `was`: the old one.
        spikes: exact values at which a `set` share of the answers piles up.
        families: prompts of these families only; () = all the metric applies to.
        turns: prompts with one turn, or with several, only.
        tools: True = prompts with tools only.
        share: share of those prompts, evenly chosen.
    """

    __pydantic_config__: ClassVar[dict[str, Any]] = _STRICT
    metric: str
    src: Source
    source: str | None = None
    note: str | None = None
    drawn: bool = True
    x: float | None = None
    add: float | None = None
    set: float | None = None
    cap: float | None = None
    before: float | None = None
    after: float | None = None
    per_turn_add: float | None = None
    scripts: Mapping[str, float] = field(default_factory=dict)
    name: str | None = None
    was: str | None = None
    spikes: tuple[int, ...] = ()
    families: tuple[str, ...] = ()
    turns: Turns = "any"
    tools: bool = False
    share: float = 1.0

    def __post_init__(self) -> None:
        forms = (self.x, self.add, self.set, self.cap, self.after, self.per_turn_add, self.name)
        given = sum(one is not None for one in forms) + bool(self.scripts)
        if given != 1 or (self.before is None) != (self.after is None):
            raise ValueError(f"{self.metric}: give one size: x, add, set, cap, before and after, ...")
        if (self.src == "published") != (self.source is not None):
            raise ValueError(f"{self.metric}: `source` says where a size was published, and only then")
        if not 0.0 < self.share <= 1.0:
            raise ValueError(f"{self.metric}: `share` is above 0 and at most 1")


@dataclass(frozen=True, kw_only=True, slots=True)
class Point:
    """A value from a moment on.

    Attributes:
        on: the moment.
        value: strength of a ramp or rate of a mixture, 0..1.
        src: whether it was published.
    """

    __pydantic_config__: ClassVar[dict[str, Any]] = _STRICT
    on: Moment
    value: float
    src: Source = "assumed"


@dataclass(frozen=True, kw_only=True, slots=True)
class Rollout:
    """When a staggered change reached one target."""

    __pydantic_config__: ClassVar[dict[str, Any]] = _STRICT
    target: str
    start: Moment


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """Something that truly changed, with the answer a monitor ought to give.

    Attributes:
        name: unique within a scenario.
        start: onset; a moment after the day's run is first met on the next day.
        end: when it was over; None = it stays.
        dates: whether they were published.
        arms, hosts, models: targets it reaches, the last by the model they ask for; () = all.
        mixing: which of their trials: all; each by chance (`request`); all of a hit account's (`sticky_identity`); of
            sessions resumed after an idle gap, from the second turn on (`session_after_idle`).
        rates: share hit from a moment on; () = every one.
        onset: step; ramp (its size grows along `ramp`); staggered (`rollout`).
        effects: what moves.
        expect: incident; availability; silence; ours = silence, or labelled ours; either = a change worth a note or an
            incident, as the policy has it; unseen = no target of this deployment meets it.
        layer: the layer at fault, in the words of attribution; None = not asked.
        also: layers that are right as well, where no arm of the deployment could tell them apart.
        mechanism: as attribution names it; None = not asked.
        or_mechanisms: names that are right as well.
        flat: arms that must be said to be flat.
        noticed_days: days until it was publicly noticed or explained; None = unknown.
    """

    __pydantic_config__: ClassVar[dict[str, Any]] = _STRICT
    name: str
    start: Moment
    end: Moment | None = None
    dates: Source = "published"
    arms: tuple[Arm, ...] = ()
    hosts: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    mixing: Mixing = "all"
    rates: tuple[Point, ...] = ()
    onset: Onset = "step"
    ramp: tuple[Point, ...] = ()
    rollout: tuple[Rollout, ...] = ()
    effects: tuple[Effect, ...] = ()
    expect: Expect
    layer: Layer | None = None
    also: tuple[Layer, ...] = ()
    mechanism: str | None = None
    or_mechanisms: tuple[str, ...] = ()
    flat: tuple[Arm, ...] = ()
    noticed_days: int | None = None

    def __post_init__(self) -> None:
        if (self.onset == "ramp") != bool(self.ramp) or (self.onset == "staggered") != bool(self.rollout):
            raise ValueError(
                f"{self.name}: `ramp` belongs to the onset ramp, `rollout` to staggered, and neither to step"
            )
        if self.end is not None and day_met(self.end) < day_met(self.start):
            raise ValueError(f"{self.name}: it ends before it starts")
        if self.mixing in {"request", "sticky_identity"} and not self.rates:
            raise ValueError(f"{self.name}: the mixing {self.mixing} needs `rates`")

    @property
    def first_day(self) -> date:
        """UTC date of the onset: delays count from it."""
        return self.start.date() if isinstance(self.start, datetime) else self.start


@dataclass(frozen=True, kw_only=True, slots=True)
class Site:
    """One target of a scenario's deployment.

    Attributes:
        name: unique in it.
        arm, provider, host, model: as in `TargetSpec`; None = not known.
        identity: label of the account.
        tier: service tier it is served at.
        speed: output tokens a second; 0 = not streamed, so not measured.
    """

    __pydantic_config__: ClassVar[dict[str, Any]] = _STRICT
    name: str
    arm: Arm | None = None
    provider: str | None = None
    host: str | None = "default"
    model: str | None = None
    identity: str | None = None
    tier: str = "standard"
    speed: float = 60.0

    @property
    def is_harness(self) -> bool:
        """Whether an agent CLI drives the conversation."""
        return self.arm is not None and self.arm.startswith("harness")


@dataclass(frozen=True, kw_only=True, slots=True)
class Baseline:
    """How this scenario's models behave before anything changes, where it is not the ordinary way."""

    __pydantic_config__: ClassVar[dict[str, Any]] = _STRICT
    pass_rate: float | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Note(Annotation):
    """An annotation as files hold it."""

    __pydantic_config__: ClassVar[dict[str, Any]] = _STRICT


@dataclass(frozen=True, kw_only=True, slots=True)
class Scenario:
    """A deployment, its changes and what is known of them.

    Attributes:
        id: as in the catalogue of incidents.
        title: one line.
        kind: incident of the public record; negative = must stay silent or be labelled ours; synthetic = made up.
        incident: number of its card in the catalogue of incidents; "" = none.
        sources: where the incident is described.
        notes: what a reader of its row has to know.
        compose: scenarios whose changes and annotations are all in this one.
        targets: the deployment; one twin group.
        changes: the truth.
        annotations: what a deployment would know of its own and its vendor's changes.
        bad_days: days that are off without a change, by date.
        baseline: the ordinary behaviour of this scenario.
        days: days drawn after the last onset or end.
        suite: shipped, or the reference suite of 40 prompts in three quiet, unattributed targets.
    """

    __pydantic_config__: ClassVar[dict[str, Any]] = _STRICT
    id: str
    title: str
    kind: Kind
    incident: str = ""
    sources: tuple[str, ...] = ()
    notes: str = ""
    compose: tuple[str, ...] = ()
    targets: tuple[Site, ...]
    changes: tuple[Change, ...] = ()
    annotations: tuple[Note, ...] = ()
    bad_days: tuple[date, ...] = ()
    baseline: Baseline = Baseline()
    days: int = 28
    suite: Literal["shipped", "reference"] = "shipped"

    def __post_init__(self) -> None:
        names = [site.name for site in self.targets]
        if len(set(names)) != len(names) or not names:
            raise ValueError("targets: at least one, each with a name of its own")
        if self.kind == "incident" and not self.sources:
            raise ValueError("sources: an incident of the public record names them")
        changes = [change.name for change in self.changes]
        if len(set(changes)) != len(changes):
            raise ValueError("changes: each has a name of its own")


def day_met(moment: Moment) -> date:
    """The first daily run that meets what begins at a moment."""
    if not isinstance(moment, datetime):
        return moment
    utc = moment.astimezone(UTC)
    return utc.date() if utc.timetz() <= RUN_AT else utc.date() + timedelta(days=1)


def bad_days(scenario: Scenario, first: date) -> tuple[BadDay, ...]:
    """The scenario's bad days, as days from the first one."""
    return tuple(BadDay(day=(day - first).days) for day in scenario.bad_days)
