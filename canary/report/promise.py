"""Whether a tier kept the speed it promises: the share of a run's calls that reached a floor, with Wilson's limits.

A call is one streamed answer. Where a record tells no speed of its calls (imported ones), its own is taken: that of a trial
is the mean over its answers. An answer that was not streamed, or came out of one buffer, has no speed: it is not counted.
Calls of one run share the hour's load, so the limits are the least doubt there is.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from canary.domain.target import SpeedPromise
from canary.domain.trial import Trial
from canary.report.numbers import JOIN, NOT_MEASURED, amount, count, plural
from canary.report.untrusted import label
from canary.report.view import Figure, Notice
from canary.stats.panel import wilson

Kept: TypeAlias = Literal["kept", "broken", "open", "unmeasured"]
Promises: TypeAlias = Mapping[str, SpeedPromise]

METRIC = "promised_speed"
TITLE = "calls at the promised speed"


@dataclass(frozen=True, kw_only=True, slots=True)
class Held:
    """A promise held against the calls of a run.

    Attributes:
        promise: what was promised.
        reached: calls at the floor or above it.
        calls: calls whose speed was measured.
    """

    promise: SpeedPromise
    reached: int
    calls: int

    @property
    def limits(self) -> tuple[float, float]:
        """Wilson's 95 % limits of the share; all of 0..1 without calls."""
        return wilson(self.reached, self.calls) if self.calls else (0.0, 1.0)

    @property
    def verdict(self) -> Kept:
        """Kept or broken where the whole interval says so, else open."""
        low, high = self.limits
        if not self.calls:
            return "unmeasured"
        if high < self.promise.share:
            return "broken"
        return "kept" if low >= self.promise.share else "open"


def held(promise: SpeedPromise, trials: Sequence[Trial]) -> Held:
    """Hold a promise against trials; of a failed one count the answers that it got before it failed."""
    speeds = [speed for trial in trials for speed in _speeds(trial)]
    reached = sum(speed >= promise.tokens_per_s for speed in speeds)
    return Held(promise=promise, reached=reached, calls=len(speeds))


def _speeds(trial: Trial) -> Iterator[float]:
    told = [one.output_tokens_per_s for one in trial.attempt_log or ()]
    if not any(told):
        told = [trial.output_tokens_per_s]
    yield from (speed for speed in told if speed)


def enough(share: float) -> int:
    """The fewest calls that can show a promise kept: all of them at the floor."""
    n = max(1, math.floor(share / (1 - share)))
    while wilson(n, n)[0] < share:
        n += 1
    return n


def promised_speed(promises: Promises, trials: Sequence[Trial]) -> Figure:
    """The share of a target's calls at its promised speed; without a value where it promises none or none was measured."""
    promise = promises.get(trials[0].target) if trials else None
    found = None if promise is None else held(promise, trials)
    if found is None or not found.calls:
        text = NOT_MEASURED if promise or not trials else "none promised"
        return Figure(metric=METRIC, title=TITLE, statistic="rate", value=None, text=text)
    low, high = found.limits
    return Figure(
        metric=METRIC,
        title=TITLE,
        statistic="rate",
        value=found.reached / found.calls,
        low=low,
        high=high,
        text=_percent(found.reached / found.calls),
        note=f"{_points(low)} to {_percent(high)}; {_told(found)}",
    )


def _told(found: Held) -> str:
    promise = found.promise
    promised = f"{_percent(promise.share)} at {amount(promise.tokens_per_s)}{JOIN}tokens/s promised"
    if found.verdict != "open":
        return f"{promised}: {found.verdict}"
    least = enough(promise.share)
    more = f", that takes {count(least)} or more" if found.calls < least else ""
    return f"{promised}: can't be told from {plural(found.calls, 'call')}{more}"


def broken_promises(promises: Promises, by_target: Mapping[str, Sequence[Trial]]) -> Iterator[Notice]:
    """What to look at first: targets whose whole interval lies below the promise."""
    for target, trials in by_target.items():
        found = held(promises[target], trials) if target in promises else None
        if found is not None and found.verdict == "broken":
            floor, promised = amount(found.promise.tokens_per_s), _percent(found.promise.share)
            yield Notice(
                tone="warn",
                sentence=f"{label(target)} streamed {_percent(found.reached / found.calls)} of "
                f"{plural(found.calls, 'call')} at {floor}{JOIN}tokens/s or more; {promised} is promised.",
            )


def _percent(share: float) -> str:
    return f"{_points(share)}{JOIN}%"


def _points(share: float) -> str:
    """To a tenth of a point: promises are of shares such as 99.5 %."""
    return f"{share * 100:.1f}".removesuffix(".0")
