"""What each effect of a scenario means in a simulated provider's own terms."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

from canary.simulate.behaviour import Behaviour
from canary.simulate.scenarios import Effect
from canary.simulate.tokens import Tokenizer

_FAULTS = {"ERR_429": "rate_limited_bare", "ERR_529": "overloaded"}
"""Codes of errors -> faults of the simulated provider."""

_SENTENCES: Mapping[str, str] = {
    "farewell": "Enjoy your weekend!",
    "placeholder": "The rest of the code stays the same.",
}
"""Watched family of phrases -> a sentence with one of them."""
_PHRASE = "PHR_"

TIMED = frozenset({"LAT", "TTFT", "OTPS", "OTPS_50", "TOOL_S"})
"""Codes of what takes time. Over HTTP time is virtual, so that months can be played in minutes."""
OURS = frozenset({"SUITE", "RUNS", "FPR"})
"""Codes of what the monitor does itself; `wire.py` plays them."""
REFUSED: Mapping[str, str] = {
    "SHARES": "asks some families more often than others, and a run asks all of them alike",
}
"""Codes that nothing can play over HTTP -> why."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Part:
    """An effect as one kind of prompt meets it on one day.

    Attributes:
        effect: the effect.
        turns: user turns of the prompt.
        strength: share of its size in force, below 1 on a ramp.
    """

    effect: Effect
    turns: int = 1
    strength: float = 1.0

    @property
    def points(self) -> float:
        """By how much it moves a share."""
        e = self.effect
        if e.per_turn_add is not None:
            return e.per_turn_add * (self.turns - 1) * self.strength
        return ((e.add or 0.0) if e.after is None else e.after - (e.before or 0.0)) * self.strength

    @property
    def factor(self) -> float:
        """By how much it multiplies a level."""
        e = self.effect
        whole = e.x if e.x is not None else 1.0 if e.after is None else e.after / (e.before or 1.0)
        return 1 + (whole - 1) * self.strength

    def share(self, usual: float) -> float:
        """A share after it."""
        e = self.effect
        moved = usual * self.factor if e.x is not None else usual + self.points
        return _within(moved if e.set is None else usual + (e.set - usual) * self.strength)


Act: TypeAlias = Callable[[Behaviour, Part], Behaviour]


def act(behaviour: Behaviour, part: Part) -> Behaviour:
    """The behaviour after an effect."""
    metric = part.effect.metric
    if metric.startswith(_PHRASE):
        return _phrase(behaviour, part)
    return _ACTS[metric](behaviour, part)


def plays(metric: str) -> bool:
    """Whether a provider can show an effect."""
    if metric.startswith(_PHRASE):
        return metric.removeprefix(_PHRASE) in _SENTENCES
    return metric in _ACTS


def _share_of(name: str) -> Act:
    return lambda b, part: _but(b, name, part.share(getattr(b, name)))


def _level_of(name: str) -> Act:
    return lambda b, part: _but(b, name, getattr(b, name) * part.factor)


def _but(behaviour: Behaviour, name: str, value: Any) -> Behaviour:
    return replace(behaviour, **{name: value})


def _passes(behaviour: Behaviour, part: Part) -> Behaviour:
    return replace(behaviour, pass_rate=part.share(behaviour.pass_rate))


def _agrees(behaviour: Behaviour, part: Part) -> Behaviour:
    """An answer that agrees with a false claim does not pass."""
    return replace(behaviour, pass_rate=_within(behaviour.pass_rate - part.points))


def _form(behaviour: Behaviour, part: Part) -> Behaviour:
    """Passing answers lose their form: points where points are stated, else a part of them."""
    if part.effect.after is None:
        return _passes(behaviour, part)
    return replace(behaviour, pass_rate=_within(behaviour.pass_rate * part.factor))


def _tools(behaviour: Behaviour, part: Part) -> Behaviour:
    """Fewer calls: a step left out now and then; more: a step made twice."""
    if part.factor < 1:
        return replace(behaviour, skipped_call_rate=_within(1 - part.factor))
    return replace(behaviour, repeated_call_rate=_within(behaviour.repeated_call_rate + part.factor - 1))


def _served(behaviour: Behaviour, part: Part) -> Behaviour:
    return replace(behaviour, served_suffix=f"-{part.effect.name}")


def _tier(behaviour: Behaviour, part: Part) -> Behaviour:
    return replace(behaviour, service_tier=part.effect.name)


def _errors(behaviour: Behaviour, part: Part) -> Behaviour:
    return replace(behaviour, failure_rates={_FAULTS[part.effect.metric]: part.effect.set or 0.0})


def _tokenizer(behaviour: Behaviour, part: Part) -> Behaviour:
    """Ratios by script, as far as the simulated tokenizer tells scripts apart."""
    usual, of = behaviour.tokenizer, part.effect.scripts
    changed = Tokenizer(
        latin=usual.latin * of.get("english", 1.0),
        cjk=usual.cjk * of.get("cjk", 1.0),
        digits=usual.digits * of.get("uuid", 1.0),
        other=usual.other * of.get("arabic", 1.0),
        marks=usual.marks * of.get("python", 1.0),
        lines=usual.lines,
    )
    return replace(behaviour, tokenizer=changed)


def _with(behaviour: Behaviour, **habits: Any) -> Behaviour:
    return replace(behaviour, habits=replace(behaviour.habits, **habits))


def _input(behaviour: Behaviour, part: Part) -> Behaviour:
    habits = behaviour.habits
    added = habits.input_added + (part.effect.add or 0.0) * part.strength
    return _with(behaviour, input_factor=habits.input_factor * part.factor, input_added=added)


def _reads(behaviour: Behaviour, part: Part) -> Behaviour:
    return _with(behaviour, reads_kept=_within(behaviour.habits.reads_kept * part.factor))


def _between(behaviour: Behaviour, part: Part) -> Behaviour:
    habits = behaviour.habits
    if part.effect.cap is not None:
        return _with(behaviour, between_cap=part.effect.cap)
    return _with(behaviour, words_between=habits.words_between * part.factor)


def _final(behaviour: Behaviour, part: Part) -> Behaviour:
    return _with(behaviour, final_cap=part.effect.cap)


def _comb(behaviour: Behaviour, part: Part) -> Behaviour:
    return _with(behaviour, spikes=part.effect.spikes, spike_rate=part.effect.set or 0.0)


def _cached(behaviour: Behaviour, part: Part) -> Behaviour:
    return _with(behaviour, cache_kept=part.share(behaviour.habits.cache_kept))


def _phrase(behaviour: Behaviour, part: Part) -> Behaviour:
    sentence = _SENTENCES[part.effect.metric.removeprefix(_PHRASE)]
    said = behaviour.habits.sentences
    return _with(behaviour, sentences={**said, sentence: part.share(said.get(sentence, 0.0))})


def _habit(name: str) -> Act:
    return lambda b, part: _with(b, **{name: part.share(getattr(b.habits, name))})


def _invalid(behaviour: Behaviour, part: Part) -> Behaviour:
    """Points of valid calls lost."""
    return _with(behaviour, invalid_call_rate=_within(behaviour.habits.invalid_call_rate - part.points))


def _within(share: float) -> float:
    return min(max(share, 0.0), 1.0)


_ACTS: Mapping[str, Act] = {
    "ACC": _passes,
    "IFS": _passes,
    "IFM": _passes,
    "IFQ": _passes,
    "INT": _passes,
    "FMT": _form,
    "SYC": _agrees,
    "THK": _level_of("reasoning_tokens"),
    "ZTH": _share_of("zero_reasoning_rate"),
    "OUT": _level_of("verbosity"),
    "OUT_SD": _level_of("output_spread"),
    "TCN": _tools,
    "RPT": _share_of("repeated_call_rate"),
    "MDL": _served,
    "TIER": _tier,
    "ERR_429": _errors,
    "ERR_529": _errors,
    "RFR": _share_of("refusal_rate"),
    "RTO": _tokenizer,
    "TIN": _input,
    "RE": _reads,
    "EWR": _habit("blind_rate"),
    "TSV": _invalid,
    "WBT": _between,
    "FIN": _final,
    "SCR": _habit("wrong_script_rate"),
    "THD": _comb,
    "CRD": _cached,
}
"""Codes that a simulated provider can show."""
