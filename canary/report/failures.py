"""Failed trials, apart from wrong answers: what went wrong, where, how often, and what to do about it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from canary.domain.trial import Trial
from canary.report.numbers import count
from canary.report.untrusted import label, one_line


class Wording(NamedTuple):
    """How one kind of failure is spoken of: in a heading, in a list, and the remedy."""

    title: str
    short: str
    remedy: str


WORDINGS: Mapping[str, Wording] = {
    "authentication": Wording(
        "The key is refused",
        "key refused",
        "Check the target's key variable, and what that key may call; `canary doctor --live` asks each target once.",
    ),
    "not_found": Wording(
        "No such model or address", "not found", "Check `model` and `base_url` of the target in canary.toml."
    ),
    "invalid_request": Wording(
        "The provider refuses the request",
        "request refused",
        "The message names the parameter; check the target's options in canary.toml.",
    ),
    "quota": Wording(
        "Credit or a daily quota is used up",
        "quota used up",
        "Add credit or wait for the quota's reset; waiting seconds does not help.",
    ),
    "rate_limited": Wording(
        "Rate limited",
        "rate limited",
        "Lower the target's `concurrency` in canary.toml, or ask the provider for a higher limit.",
    ),
    "overloaded": Wording(
        "The provider is overloaded",
        "overloaded",
        "Try again later; the provider's status page may say more.",
    ),
    "server_error": Wording(
        "Server error", "server error", "Try again later; the provider's status page may say more."
    ),
    "timeout": Wording(
        "No complete answer in time",
        "timed out",
        "Raise the target's `timeout` if such answers are expected to be slow; else see the provider's status.",
    ),
    "connection": Wording(
        "No connection",
        "no connection",
        "Check network, proxy and `base_url` from the machine that runs canary.",
    ),
    "stream_cut": Wording(
        "The stream ended early",
        "stream cut",
        "Try again; if it stays, look at proxies between this machine and the provider.",
    ),
    "malformed": Wording(
        "The answer is not of the protocol's form",
        "malformed answer",
        "Check that `provider` in canary.toml is the protocol that this address speaks.",
    ),
    "crash": Wording(
        "The agent CLI ended without a result",
        "harness crashed",
        "Run the CLI by hand on one prompt; its version is in the appendix.",
    ),
    "circuit_open": Wording(
        "Not asked: the target was down",
        "not asked",
        "When the target answers again: `canary run --resume RUN --retry-failed` asks what was left out.",
    ),
    "internal": Wording(
        "A defect of canary",
        "defect of canary",
        "Please report it with the message; the system is not to blame.",
    ),
}
"""One entry for each `FailureKind`."""

_UNNAMED = Wording("Failed without a stated reason", "no reason stated", "The record names no error.")


@dataclass(frozen=True, kw_only=True, slots=True)
class FailureGroup:
    """Failed trials of one kind.

    Attributes:
        kind: of `FailureKind`; "" where the record names none.
        title: the kind in plain words.
        trials: failed trials of the kind.
        by_target: target -> failed trials of the kind, most first.
        message: the message seen most often; "" without.
        message_trials: trials with that message.
        other_messages: further distinct messages.
        remedy: what to do.
    """

    kind: str
    title: str
    trials: int
    by_target: tuple[tuple[str, int], ...]
    message: str
    message_trials: int
    other_messages: int
    remedy: str


def failure_groups(trials: Sequence[Trial]) -> tuple[FailureGroup, ...]:
    """Failed trials by kind, the most frequent first."""
    kinds: dict[str, list[Trial]] = {}
    for trial in trials:
        if trial.outcome == "failed":
            kinds.setdefault(_kind(trial), []).append(trial)
    groups = [_group(kind, members) for kind, members in kinds.items()]
    return tuple(sorted(groups, key=lambda group: (-group.trials, group.kind)))


def kinds_in_words(trials: Sequence[Trial]) -> str:
    """`rate limited`, or with counts where there are several kinds: `12 rate limited, 6 timed out`."""
    kinds = Counter(_kind(trial) for trial in trials if trial.outcome == "failed").most_common()
    if len(kinds) == 1:
        return _wording(kinds[0][0]).short
    return ", ".join(f"{count(n)} {_wording(kind).short}" for kind, n in kinds)


def short_kind(kind: str) -> str:
    """A kind of failure in a list: `rate limited`."""
    return _wording(kind).short


def _group(kind: str, trials: Sequence[Trial]) -> FailureGroup:
    targets = Counter(trial.target for trial in trials)
    messages = Counter(one_line(trial.error.message) for trial in trials if trial.error is not None)
    message, seen = messages.most_common(1)[0] if messages else ("", 0)
    wording = _wording(kind)
    return FailureGroup(
        kind=kind,
        title=wording.title,
        trials=len(trials),
        by_target=tuple((label(target), n) for target, n in targets.most_common()),
        message=message,
        message_trials=seen,
        other_messages=max(0, len(messages) - 1),
        remedy=wording.remedy,
    )


def _kind(trial: Trial) -> str:
    return "" if trial.error is None else str(trial.error.kind)


def _wording(kind: str) -> Wording:
    return WORDINGS.get(kind, _UNNAMED)
