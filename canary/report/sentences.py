"""The first sentences of a run: how far it came, and what came back. No claim of change: one run can make none."""

from collections.abc import Sequence

from canary.domain.trial import Run
from canary.report.failures import kinds_in_words
from canary.report.numbers import count, plural
from canary.report.plan import Asked
from canary.report.view import Counts, Figure, State

TRIGGERS = {
    "schedule": "scheduled",
    "manual": "started by hand",
    "release": "for a release",
    "confirmation": "confirmation",
    "control": "control",
}
"""How a run came about, after "Run of 1 March 2026, "."""


UNFINISHED = {
    "running": State(word="Running", tone="plain"),
    "interrupted": State(word="Interrupted", tone="warn"),
    "over_budget": State(word="Stopped by the budget", tone="warn"),
}


def state(run: Run, counts: Counts) -> State:
    """How far the run came. An outage is no verdict on the model."""
    if run.status in UNFINISHED:
        return UNFINISHED[run.status]
    if not counts.graded:
        return State(word="No answers", tone="bad")
    if counts.missing:
        return State(word="Incomplete", tone="warn")
    if counts.failed:
        return State(word="Complete, some calls failed", tone="warn")
    return State(word="Complete", tone="good")


def progress(counts: Counts, kinds: str = "") -> str:
    """`270 of 288 trials graded · 18 failed (rate limited)`; what is 0 is left out, but for failures."""
    parts = [f"{count(counts.graded)} of {plural(counts.planned, 'trial')} graded"]
    failed = f"{count(counts.failed)} failed" if counts.failed else "none failed"
    parts.append(f"{failed} ({kinds})" if kinds and counts.failed else failed)
    if counts.missing:
        parts.append(f"{count(counts.missing)} missing")
    return " · ".join(parts)


def headline(asked: Asked, rates: Sequence[tuple[str, Figure]]) -> str:
    """What came back, and how much of it passed, in one line; `rates` holds target and pass rate."""
    measured = [(target, rate) for target, rate in rates if rate.value is not None]
    told = progress(asked.counts, kinds_in_words(asked.trials))
    return f"{told} · {_rates(measured)}" if measured else f"{told} · no pass rate"


def _rates(rates: Sequence[tuple[str, Figure]]) -> str:
    if len(rates) == 1:
        return f"pass rate {rates[0][1].text} ({rates[0][1].note})"
    if len(rates) == 2:  # noqa: PLR2004 -- two targets, usually twins, are told side by side
        return "pass rate " + ", ".join(f"{rate.text} ({target})" for target, rate in rates)
    low, *_, high = sorted(rates, key=lambda item: item[1].value or 0.0)
    return f"pass rates from {low[1].text} ({low[0]}) to {high[1].text} ({high[0]})"
