"""A scenario as the behaviour of a simulated provider on one day: what a change means in its terms."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from canary.domain.errors import UsageError
from canary.simulate.behaviour import Behaviour
from canary.simulate.mixing import reaches
from canary.simulate.multi import window_of
from canary.simulate.scenarios import Change, Effect, Scenario, Site, day_met
from canary.simulate.tokens import Tokenizer

_FAULTS = {"ERR_429": "rate_limited_bare", "ERR_529": "overloaded"}
"""Codes of errors -> faults of the simulated provider."""


def _passes(behaviour: Behaviour, effect: Effect) -> Behaviour:
    points = effect.add if effect.after is None else effect.after - (effect.before or 0.0)
    if not effect.families:
        return replace(behaviour, pass_rate=_within(behaviour.pass_rate + (points or 0.0)))
    moved = {
        name: _within(behaviour.pass_rates.get(name, behaviour.pass_rate) + effect.share * (points or 0.0))
        for name in effect.families
    }
    return replace(behaviour, pass_rates={**behaviour.pass_rates, **moved})


def _family(*names: str, sign: int = 1) -> "Callable[[Behaviour, Effect], Behaviour]":
    def play(behaviour: Behaviour, effect: Effect) -> Behaviour:
        points = effect.add if effect.after is None else effect.after - (effect.before or 0.0)
        return _passes(
            behaviour, replace(effect, add=sign * (points or 0.0), before=None, after=None, families=names)
        )

    return play


def _reasoning(behaviour: Behaviour, effect: Effect) -> Behaviour:
    return replace(behaviour, reasoning_tokens=behaviour.reasoning_tokens * _factor(effect))


def _without_reasoning(behaviour: Behaviour, effect: Effect) -> Behaviour:
    rate = effect.after if effect.after is not None else behaviour.zero_reasoning_rate + (effect.add or 0.0)
    return replace(behaviour, zero_reasoning_rate=_within(rate))


def _output(behaviour: Behaviour, effect: Effect) -> Behaviour:
    return replace(behaviour, verbosity=behaviour.verbosity * _factor(effect))


def _tools(behaviour: Behaviour, effect: Effect) -> Behaviour:
    """Fewer calls: a step left out now and then; more: a step made twice."""
    factor = _factor(effect)
    if factor < 1:
        return replace(behaviour, skipped_call_rate=_within(1 - factor))
    return replace(behaviour, repeated_call_rate=_within(factor - 1))


def _served(behaviour: Behaviour, effect: Effect) -> Behaviour:
    return replace(behaviour, served_suffix=f"-{effect.name}")


def _errors(behaviour: Behaviour, effect: Effect) -> Behaviour:
    return replace(behaviour, failure_rates={_FAULTS[effect.metric]: effect.set or 0.0})


def _refusals(behaviour: Behaviour, effect: Effect) -> Behaviour:
    return replace(behaviour, refusal_rate=_within(behaviour.refusal_rate + (effect.add or 0.0)))


def _tokenizer(behaviour: Behaviour, effect: Effect) -> Behaviour:
    """Ratios by script, as far as the simulated tokenizer tells scripts apart."""
    usual, of = behaviour.tokenizer, effect.scripts
    changed = Tokenizer(
        latin=usual.latin * of.get("english", 1.0),
        cjk=usual.cjk * of.get("cjk", 1.0),
        digits=usual.digits * of.get("uuid", 1.0),
        other=usual.other * of.get("arabic", 1.0),
        marks=usual.marks * of.get("python", 1.0),
        lines=usual.lines,
    )
    return replace(behaviour, tokenizer=changed)


_PLAYED: Mapping[str, Callable[[Behaviour, Effect], Behaviour]] = {
    "ACC": _passes,
    "IFS": _family("instructions"),
    "INT": _family("intent"),
    "FMT": _family("format", "code"),
    "SYC": _family("sycophancy", sign=-1),
    "THK": _reasoning,
    "ZTH": _without_reasoning,
    "OUT": _output,
    "TCN": _tools,
    "MDL": _served,
    "ERR_429": _errors,
    "ERR_529": _errors,
    "RFR": _refusals,
    "RTO": _tokenizer,
}
"""Codes that a simulated provider can play."""


def _factor(effect: Effect) -> float:
    return effect.x if effect.x is not None else (effect.after or 0.0) / (effect.before or 1.0)


def _within(share: float) -> float:
    return min(max(share, 0.0), 1.0)


@dataclass(frozen=True, kw_only=True, slots=True)
class Cast:
    """A scenario that can be played.

    Attributes:
        scenario: the scenario.
        usual: how its models behave before anything changes.
    """

    scenario: Scenario
    usual: Behaviour = field(default_factory=Behaviour)

    def __post_init__(self) -> None:
        for change in self.scenario.changes:
            problem = _unplayable(change)
            if problem:
                raise UsageError(
                    f"{problem} can't be played over HTTP",
                    where=self.scenario.id,
                    remedy="drill it with --fast",
                )

    def behaviour(self, day: date) -> Behaviour:
        """The provider of one day: each target asks for a model of its own, which behaves as its changes say."""
        sites = self.scenario.targets
        return replace(self.usual, variants={model_of(site): self._of(site, day) for site in sites})

    def last_act(self) -> tuple[date, Behaviour]:
        """The last day on which a change is in force, and its provider.

        A model named `drill-<target>` behaves as for that target; any other shows every change that reaches some target.

        Raises:
            UsageError: nothing changes in it.
        """
        changes = [change for change in self.scenario.changes if change.expect != "unseen"]
        if not changes:
            raise UsageError("changes nothing", where=self.scenario.id, remedy="leave --scenario out")
        _, last = window_of(self.scenario)
        day = max(last if one.end is None else day_met(one.end) - timedelta(days=1) for one in changes)
        shown = [
            one
            for one in changes
            if any(reaches(one, site) and in_force(one, site, day) for site in self.scenario.targets)
        ]
        return day, replace(self._changed(shown), variants=self.behaviour(day).variants)

    def _of(self, site: Site, day: date) -> Behaviour:
        return self._changed(
            [one for one in self.scenario.changes if reaches(one, site) and in_force(one, site, day)]
        )

    def _changed(self, changes: Sequence[Change]) -> Behaviour:
        behaviour = self.usual
        for change in changes:
            for effect in change.effects:
                if effect.drawn:
                    behaviour = _PLAYED[effect.metric](behaviour, effect)
        return behaviour


def model_of(site: Site) -> str:
    """The model that a target asks for in a drill: one provider plays them all, and tells them apart by it."""
    return f"drill-{site.name}"


def in_force(change: Change, site: Site, day: date) -> bool:
    """Whether a change is in force for a target on a day."""
    start = next((one.start for one in change.rollout if one.target == site.name), change.start)
    return day_met(start) <= day and (change.end is None or day < day_met(change.end))


def _unplayable(change: Change) -> str | None:
    if change.expect == "unseen":
        return None
    if change.mixing != "all":
        return f"{change.name}: the mixing {change.mixing}"
    if change.onset == "ramp":
        return f"{change.name}: a ramp"
    codes = [effect.metric for effect in change.effects if effect.drawn and effect.metric not in _PLAYED]
    return f"{change.name}: the metric {codes[0]}" if codes else None
