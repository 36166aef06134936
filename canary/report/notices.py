"""What to look at first: facts of one run that want a person, each with its remedy, the gravest first."""

from collections import Counter
from collections.abc import Iterator

from canary.report.costs import bill
from canary.report.failures import kinds_in_words
from canary.report.measure import graded
from canary.report.numbers import count, listed, plural
from canary.report.plan import Asked
from canary.report.untrusted import label
from canary.report.view import Notice

_NAMED = 4


def notices(asked: Asked) -> tuple[Notice, ...]:
    """All notices of a run."""
    return (
        *_silent_targets(asked),
        *_unfinished(asked),
        *_failed(asked),
        *_served_otherwise(asked),
        *_cut_off(asked),
        *_unpriced(asked),
    )


def _silent_targets(asked: Asked) -> Iterator[Notice]:
    for target, trials in asked.by_target.items():
        if trials and not graded(trials):
            kinds = kinds_in_words(trials)
            yield Notice(
                tone="bad",
                sentence=f"{label(target)} gave no answer: {_all(len(trials))} failed ({kinds}).",
                remedy="Nothing can be said of this target today; that is no degradation.",
            )
        if not trials and asked.run.status == "complete":
            yield Notice(tone="bad", sentence=f"{label(target)} was planned and has no trial at all.")


def _all(n: int) -> str:
    return "its only trial" if n == 1 else f"all {plural(n, 'trial')}"


def _unfinished(asked: Asked) -> Iterator[Notice]:
    run, missing = asked.run, asked.counts.missing
    if run.status == "running":
        yield Notice(tone="plain", sentence="The run is not finished; this page will be written again.")
    elif missing and not run.imported:
        reason = " when the budget was spent" if run.status == "over_budget" else ""
        yield Notice(
            tone="warn",
            sentence=f"{plural(missing, 'trial')} had not been sent{reason}. To send them:",
            command=f"canary run --resume {label(run.id)}",
        )


def _failed(asked: Asked) -> Iterator[Notice]:
    run, failed = asked.run, asked.counts.failed
    if failed and run.status != "running":
        told = f"{plural(failed, 'trial')} failed. Failed is not wrong: they make the failure rate and nothing else."
        if run.imported:
            yield Notice(tone="warn", sentence=told)
        else:
            yield Notice(
                tone="warn",
                sentence=told,
                remedy="To send them again:",
                command=f"canary run --resume {label(run.id)} --retry-failed",
            )


def _served_otherwise(asked: Asked) -> Iterator[Notice]:
    for target, trials in asked.by_target.items():
        requested = {t.requested_model for t in trials if t.requested_model}
        served = Counter(t.served_model for t in trials if t.served_model)
        stranger = [name for name in served if not any(name.startswith(model) for model in requested)]
        if len(served) > 1 or (requested and stranger):
            names = listed([label(name) for name, _ in served.most_common()], most=_NAMED)
            models = listed([label(name) for name in sorted(requested)], most=_NAMED) or "an unnamed model"
            yield Notice(tone="warn", sentence=f"{label(target)} asked for {models} and was served {names}.")


def _cut_off(asked: Asked) -> Iterator[Notice]:
    cut = {
        label(target): n
        for target, trials in asked.by_target.items()
        if (n := sum(trial.truncated is True for trial in graded(trials)))
    }
    if cut:
        places = listed([f"{count(n)} of {target}" for target, n in cut.items()], most=_NAMED)
        yield Notice(
            tone="warn",
            sentence=f"{plural(sum(cut.values()), 'answer')} {'was' if sum(cut.values()) == 1 else 'were'} cut off"
            f" ({places}); an answer that is cut off does not pass.",
            remedy="Raise `max_output_tokens` if the limit is too low for this model.",
        )


def _unpriced(asked: Asked) -> Iterator[Notice]:
    models = {
        label(trials[0].requested_model or target)
        for target, trials in asked.by_target.items()
        if trials and bill(trials).unpriced
    }
    if models:
        yield Notice(
            tone="plain",
            sentence=f"No price is known for {listed(sorted(models), most=_NAMED)}: the cost is unknown, not $0.",
            remedy='State it under `[prices."<model>"]` in canary.toml.',
        )
