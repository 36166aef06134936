"""What a run came to: counts by target, and what is not fine about it. Pure."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from canary.domain.errors import (
    PRECEDENCE,
    CanaryError,
    ConfigurationError,
    IncompleteRun,
    Stopped,
    exit_status,
    worst,
)
from canary.domain.trial import Run, Trial, TrialKey
from canary.pipeline.judging import Judgement
from canary.runner.collect import Collected

JUDGEABLE_SHARE = 0.5
"""Share of a target's planned trials that must be graded for a run to say anything (docs/decisions/0006-exit-codes.md)."""

CONFIGURATION_KINDS = frozenset({"authentication", "not_found", "invalid_request"})
"""Failures that a change of configuration cures, when nothing at all was answered."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Tally:
    """One target's share of a run.

    Attributes:
        target: its name.
        planned: trials planned.
        graded: trials with a complete answer.
        passed: graded trials that pass every check.
        failed: trials without a complete answer.
        kinds: failure kind -> failed trials.
        cost_usd: dollars of all priced trials; None where none is priced.
        unpriced: trials with answers whose cost is unknown.
    """

    target: str
    planned: int
    graded: int
    passed: int
    failed: int
    kinds: Mapping[str, int]
    cost_usd: float | None
    unpriced: int

    @property
    def missing(self) -> int:
        """Trials planned that have no record yet."""
        return self.planned - self.graded - self.failed


@dataclass(frozen=True, kw_only=True, slots=True)
class RunResult:
    """What a run came to.

    Attributes:
        run: as stored.
        tallies: one per target.
        page: where its page is; None where it could not be written.
        problems: why it is not simply fine, worst first.
        judgement: what the store's scheduled trials mean now; None where there are none, or it could not be said.
    """

    run: Run
    tallies: tuple[Tally, ...]
    page: Path | None
    problems: tuple[CanaryError, ...] = ()
    judgement: Judgement | None = None

    @property
    def exit_code(self) -> int:
        """0, a signal's own status, or the worst problem's code."""
        signals = [exit_status(problem) for problem in self.problems if isinstance(problem, Stopped)]
        return signals[0] if signals else worst([problem.exit_code for problem in self.problems])


def tallied(run: Run, trials: Sequence[Trial], keys: Sequence[TrialKey]) -> tuple[Tally, ...]:
    """Count a run's trials by target; every planned trial is graded, failed or missing."""
    planned = Counter(key.target for key in keys)
    return tuple(_tally(name, planned[name], [t for t in trials if t.target == name]) for name in run.targets)


def _tally(name: str, planned: int, trials: Sequence[Trial]) -> Tally:
    graded = [trial for trial in trials if trial.outcome == "graded"]
    costs = [trial.cost_usd for trial in trials if trial.cost_usd is not None]
    return Tally(
        target=name,
        planned=planned,
        graded=len(graded),
        passed=sum(trial.passed is True for trial in graded),
        failed=len(trials) - len(graded),
        kinds=dict(Counter(trial.error.kind for trial in trials if trial.error)),
        cost_usd=sum(costs) if costs else None,
        unpriced=sum(trial.cost_usd is None for trial in graded),
    )


def problems_of(
    run: Run, tallies: Sequence[Tally], collected: Collected, unwritten: Sequence[CanaryError] = ()
) -> tuple[CanaryError, ...]:
    """Why a run is not simply fine, worst first: what ended it early, and which targets can't be judged.

    Of a run that ended early only refused targets are told: what it did not come to ask says nothing about a target.
    """
    early = [collected.error] if collected.error else []
    unjudged = [
        _too_incomplete(run, tally)
        for tally in tallies
        if (_is_refused(tally) if early else tally.graded < JUDGEABLE_SHARE * tally.planned)
    ]
    return worst_first([*early, *unjudged, *unwritten])


def worst_first(problems: Sequence[CanaryError]) -> tuple[CanaryError, ...]:
    """Problems in the order in which people are told."""
    return tuple(sorted(problems, key=_badness))


def _badness(problem: CanaryError) -> int:
    return -1 if isinstance(problem, Stopped) else PRECEDENCE.index(problem.exit_code)


def _is_refused(tally: Tally) -> bool:
    """Whether all that a target was asked failed of its configuration."""
    return tally.graded == 0 and bool(tally.kinds) and set(tally.kinds) <= CONFIGURATION_KINDS


def _too_incomplete(run: Run, tally: Tally) -> CanaryError:
    """An outage is never a degradation: say what failed, and what to do."""
    kinds = ", ".join(f"{kind} ({count})" for kind, count in sorted(tally.kinds.items(), key=lambda k: -k[1]))
    problem = f"{tally.graded} of {tally.planned} trials were answered; failed: {kinds or 'none'}"
    where = f"target {tally.target}"
    if _is_refused(tally):
        return ConfigurationError(problem, where=where, remedy=_CURES[next(iter(tally.kinds))])
    remedy = f"when it answers again: canary run --resume {run.id} --retry-failed"
    return IncompleteRun(problem, where=where, remedy=remedy)


_CURES = {
    "authentication": "the provider refuses the key: check the variable that api_key_env names",
    "not_found": "the provider knows no such model or address: check model and base_url",
    "invalid_request": "the provider refuses the requests: check the target's options against what the model takes",
}
