"""What one run can't say: the doubt that its figures carry, and what was not asked at all."""

from collections.abc import Iterator

from canary.report.costs import bill
from canary.report.measure import graded, interval_basis
from canary.report.numbers import clock, count, listed, plural
from canary.report.plan import Asked, arms_not_run
from canary.report.untrusted import label

WARM_UP_DAYS = 28
"""Days after which a series is judged."""

EXACT_DAYS = 3
"""Days after which exact values are judged."""

_NAMED = 4
_NOT_DAILY = {
    "manual": "this one was started by hand",
    "release": "this one was started for a release",
    "confirmation": "this one confirms a suspicion",
    "control": "this one is a control",
}


def limits(asked: Asked) -> tuple[str, ...]:
    """All sentences that hold for a run, the most general first."""
    parts = (
        _change(),
        _not_daily(asked),
        _sampling_error(asked),
        _wide_intervals(asked),
        _left_out(asked),
        _missing_arms(asked),
        _hours(asked),
        _bills(asked),
    )
    return tuple(sentence for part in parts for sentence in part)


def _change() -> Iterator[str]:
    yield (
        f"One run says nothing about change. A series is judged once it has {WARM_UP_DAYS} days; exact values (billed "
        f"input of a fixed text, served model, fingerprint) from day {EXACT_DAYS} on."
    )


def _not_daily(asked: Asked) -> Iterator[str]:
    why = _NOT_DAILY.get(asked.run.trigger)
    if why:
        yield f"This run is not in the daily series, which is made of scheduled runs alone: {why}."


def _sampling_error(asked: Asked) -> Iterator[str]:
    prompts = plural(len(asked.family_of), "prompt")
    times = "once" if asked.replicates == 1 else f"{count(asked.replicates)} times"
    yield (
        f"The intervals (95 %) are the sampling error of this one run over its fixed set of {prompts}, each asked "
        f"{times}. They say nothing of how a target varies from day to day, nor of other prompts: two runs may well "
        "differ by more."
    )


def _wide_intervals(asked: Asked) -> Iterator[str]:
    wide = [label(target) for target, trials in asked.by_target.items() if interval_basis(trials) == "trials"]
    if wide:
        reason = (
            "with one replicate nothing is known of the spread within a prompt"
            if asked.replicates == 1
            else "the replicates say too little of the spread within a prompt"
        )
        yield (
            f"The interval of {listed(wide, most=_NAMED)} takes all trials as one sample, because {reason}. On a fixed "
            "set such limits are usually 1.6 to 3 times too wide."
        )
    if any(trial.score not in {None, 0.0, 1.0} for trial in asked.trials):
        yield "Intervals of checks passed take all trials as one sample and are wider than they need be."


def _left_out(asked: Asked) -> Iterator[str]:
    total = len(asked.family_of)
    for target, trials in asked.by_target.items():
        answered = {trial.prompt for trial in graded(trials)}
        gone = len({trial.prompt for trial in trials} - answered)
        if gone and answered:
            yield (
                f"{label(target)}: {count(gone)} of {plural(total, 'prompt')} have no graded trial and are left out "
                "of its figures; compare it with other targets with care."
            )


def _missing_arms(asked: Asked) -> Iterator[str]:
    missing: dict[tuple[str, ...], list[str]] = {}
    for name, arms in arms_not_run(asked).items():
        if arms:
            missing.setdefault(arms, []).append(label(name))
    for arms, names in missing.items():
        yield (
            f"Arms not run for {listed(names, most=_NAMED)}: {listed(list(arms))}. A change there could not be seen."
        )


def _hours(asked: Asked) -> Iterator[str]:
    trials = asked.trials
    if trials:
        first, last = min(t.started_at for t in trials), max(t.started_at for t in trials)
        span = f"at {clock(first)}" if first == last else f"between {clock(first)} and {clock(last)}"
        yield f"All trials started {span}; other hours were not sampled."


def _bills(asked: Asked) -> Iterator[str]:
    silent = bill(asked.trials).silent
    if silent:
        yield (
            f"{plural(silent, 'failed trial')} reported no usage; whatever is billed for them is not in the cost."
        )
