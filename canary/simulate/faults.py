"""Faults on demand: what may go wrong on the wire, when, and how each protocol says so."""

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from email.utils import formatdate
from typing import Literal, TypeAlias

from canary.domain.errors import UsageError
from canary.simulate.behaviour import Behaviour
from canary.simulate.chance import uniforms
from canary.simulate.protocol import ProtocolName, Refused

FaultKind: TypeAlias = Literal[
    "rate_limited",  # 429, Retry-After in seconds
    "rate_limited_date",  # 429, Retry-After as a date
    "rate_limited_ms",  # 429, Retry-After-Ms
    "rate_limited_long",  # 429, Retry-After of a day
    "rate_limited_bare",  # 429 without any hint
    "quota",  # 429 insufficient_quota; Anthropic: 402 billing_error
    "overloaded",  # 529
    "unavailable",  # 503
    "server_error",  # 500
    "bad_gateway",  # 502 with a page of HTML
    "slow",  # the answer comes after `seconds`
    "stall",  # the stream stops for `seconds` after its first piece of content
    "cut",  # the connection closes in the middle of the answer
    "malformed",  # an event, or the body, is no JSON
    "error_event",  # an error within the stream; without a stream a 500
    "failed",  # the same, but Responses say `response.failed`
    "no_usage",  # an answer without usage
    "unknown_block",  # an answer with a content block of a type nobody knows
    "html",  # 200 with a page of HTML, as a proxy's login page
]

STATUS: Mapping[str, int] = {
    "rate_limited": 429, "rate_limited_date": 429, "rate_limited_ms": 429, "rate_limited_long": 429,
    "rate_limited_bare": 429, "quota": 429, "overloaded": 529, "unavailable": 503, "server_error": 500,
}  # fmt: skip
MESSAGES: Mapping[str, str] = {
    "quota": "You exceeded your current quota, please check your plan and billing details.",
    "overloaded": "Overloaded",
    "unavailable": "The server is temporarily unavailable.",
    "server_error": "Internal server error",
}
IN_THE_ANSWER = frozenset(
    {"slow", "stall", "cut", "malformed", "error_event", "failed", "no_usage", "unknown_block"}
)
KINDS = frozenset((*STATUS, *IN_THE_ANSWER, "bad_gateway", "html"))
A_DAY_S = 86_400
SECONDS: Mapping[str, float] = {
    "rate_limited": 1.0, "rate_limited_date": 1.0, "rate_limited_ms": 0.2, "rate_limited_long": A_DAY_S,
    "slow": 1.0, "stall": 1.0,
}  # fmt: skip
"""Seconds of a fault that names none: what Retry-After asks, or how long it takes."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Fault:
    """A fault, and which requests it meets: all that match, unless `first`, `every` or `share` says fewer.

    Attributes:
        kind: what goes wrong.
        first: only the first n matching requests.
        every: only every n-th matching request.
        share: each matching request with this probability, by a seeded draw over its draw key and attempt, or over its
            arrival where it carries none.
        protocol: only requests of this protocol.
        prompt: only requests about this prompt (its id).
        model: only requests for this model.
        seconds: how long to wait (`slow`, `stall`), or what Retry-After asks; None = the kind's own.
    """

    kind: FaultKind
    first: int | None = None
    every: int | None = None
    share: float | None = None
    protocol: ProtocolName | None = None
    prompt: str | None = None
    model: str | None = None
    seconds: float | None = None

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"no fault is called {self.kind!r}; choose one of {', '.join(sorted(KINDS))}")


@dataclass(frozen=True, kw_only=True, slots=True)
class Met:
    """A fault that one request meets; `seconds` as in Fault."""

    kind: str
    seconds: float | None = None


class Faults:
    """Decides which request meets which fault: the first in order that applies."""

    def __init__(self, faults: Sequence[Fault], seed: int) -> None:
        self._faults = [(fault, itertools.count(1)) for fault in faults]
        self._seed = seed

    def meet(self, *, protocol: ProtocolName, prompt_id: str, model: str, key: str | None) -> Met | None:
        """The fault of the next request with these traits; every matching fault counts it.

        Args:
            protocol: what it came by.
            prompt_id: the prompt it is about; "" = none.
            model: the requested model.
            key: its draw key, step and attempt; None = it carries none.
        """
        met: Met | None = None
        for place, (fault, counter) in enumerate(self._faults):
            if not _about(fault, protocol, prompt_id, model):
                continue
            arrival = next(counter)
            u = uniforms("fault", self._seed, place, prompt_id, key or arrival)[0] if fault.share else 1.0
            if met is None and _due(fault, arrival, u):
                met = Met(kind=fault.kind, seconds=fault.seconds)
        return met


def _about(fault: Fault, protocol: str, prompt_id: str, model: str) -> bool:
    wanted = ((fault.protocol, protocol), (fault.prompt, prompt_id), (fault.model, model))
    return all(want in {None, given} for want, given in wanted)


def _due(fault: Fault, arrival: int, u: float) -> bool:
    return (
        (fault.first is None or arrival <= fault.first)
        and (fault.every is None or arrival % fault.every == 0)
        and (fault.share is None or u < fault.share)
    )


def drawn_fault(behaviour: Behaviour, *, prompt_id: str, seed: int, key: str) -> Met | None:
    """The fault that one request meets by the behaviour's own rates; `key` tells attempts apart."""
    if not behaviour.failure_rates:
        return None
    left = uniforms("failure", seed, prompt_id, key)[0]
    for kind, rate in behaviour.failure_rates.items():
        left -= rate
        if left < 0:
            return Met(kind=kind)
    return None


def check_kinds(behaviour: Behaviour) -> None:
    """Hold the failure rates of a behaviour and its variants against the faults there are.

    Raises:
        UsageError: one names a fault that does not exist.
    """
    for one in (behaviour, *behaviour.variants.values()):
        for kind in set(one.failure_rates) - KINDS:
            near = get_close_matches(kind, KINDS, n=1)
            raise UsageError(
                f"no fault is called {kind!r}",
                where="simulated behaviour, failure_rates",
                remedy=f"did you mean {near[0]!r}?" if near else f"choose one of {', '.join(sorted(KINDS))}",
            )


def asked_fault(header: str) -> Met:
    """Read the header `x-canary-fault: KIND` or `KIND SECONDS`.

    Raises:
        Refused: it names no fault.
    """
    kind, _, seconds = header.strip().partition(" ")
    if kind not in KINDS:
        raise Refused(f"x-canary-fault: {kind!r} is no fault; choose one of {', '.join(sorted(KINDS))}")
    try:
        return Met(kind=kind, seconds=float(seconds) if seconds else None)
    except ValueError:
        raise Refused(f"x-canary-fault: {seconds!r} is no number of seconds") from None


def refusal(met: Met, protocol: ProtocolName) -> Refused:
    """The error answer of a fault that is one."""
    kind = met.kind
    status = 402 if kind == "quota" and protocol == "messages" else STATUS.get(kind, 500)
    code = "insufficient_quota" if kind == "quota" else None
    return Refused(MESSAGES.get(kind, "Rate limit reached for requests."), status=status, code=code)


def retry_headers(met: Met, now: float) -> Iterable[tuple[str, str]]:
    """Headers that say when to come back; `now` in Unix seconds."""
    seconds = SECONDS.get(met.kind, 0.0) if met.seconds is None else met.seconds
    if met.kind == "rate_limited_date":
        return [("retry-after", formatdate(now + seconds, usegmt=True))]
    if met.kind == "rate_limited_ms":
        return [("retry-after-ms", f"{seconds * 1000:.0f}")]
    if met.kind in {"rate_limited", "rate_limited_long"} or (met.seconds is not None and met.kind in STATUS):
        return [("retry-after", f"{seconds:g}" if seconds % 1 else f"{seconds:.0f}")]
    return []
