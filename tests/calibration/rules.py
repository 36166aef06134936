"""Rules that others publish, beside ours on the same trials: `python -m tests.calibration.rules [years] [histories]`.

Each rule sees what it would see in place of canary: the graded trials of one target, 40 prompts x 3 a day, every day. They look at
the pass rate alone; ours judges all twelve series of the target in the same run. A rule that stays alarmed is counted
once, when it becomes so, which favours the rule. Constants are the published ones; `RULES` says whose.
"""

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from canary.simulate.columns import history_columns
from canary.simulate.history import draw_history
from tests.calibration.measuring import DAYS, FIRST, NEVER, SCENARIOS, TARGETS, WARM, changed, first, judged

Array = NDArray[np.float64]
Rule = Callable[[Array], Sequence[bool]]
"""Passed (1), failed (0) or missing (NaN), shape (days, prompts, replicates) -> alarmed or not on each day from `WARM` on."""

SEED = 8713
CHANGES = ("pass rate -5 points", "pass rate -10 points")
HEAD = ("rule, on the pass rate alone", "alarms a year without a change", "pass -5", "pass -10")


def _rates(passed: Array) -> Array:
    """Of each day; NaN where nothing was graded."""
    counts = np.isfinite(passed).sum(axis=(1, 2))
    rates: Array = np.where(counts > 0, np.nansum(passed, axis=(1, 2)) / np.maximum(counts, 1), np.nan)
    return rates


def three_windows(passed: Array) -> Sequence[bool]:
    """The last 1, 7 or 30 days below a baseline that is taken as exact, by more than 1.96 binomial standard errors."""
    base = float(np.nanmean(passed[:WARM]))
    told = []
    for day in range(WARM, len(passed)):
        short = []
        for width in (1, 7, 30):
            known = passed[max(0, day + 1 - width) : day + 1]
            n = int(np.isfinite(known).sum())
            margin = 1.96 * np.sqrt(base * (1 - base) / max(n, 1))
            short.append(n > 0 and float(np.nansum(known)) / n < base - margin)
        told.append(any(short))
    return told


def three_sigma(passed: Array) -> Sequence[bool]:
    """A day outside mean +- 3 standard deviations of the days of the reference."""
    rates = _rates(passed)
    mean, sd = float(np.nanmean(rates[:WARM])), float(np.nanstd(rates[:WARM], ddof=1))
    return [bool(abs(rate - mean) > 3 * sd) for rate in rates[WARM:]]


def day_before(passed: Array) -> Sequence[bool]:
    """A day more than 10 % below the day before."""
    rates = _rates(passed)
    return [bool(now < 0.9 * then) for then, now in zip(rates[WARM - 1 : -1], rates[WARM:], strict=True)]


def two_samples(passed: Array) -> Sequence[bool]:
    """A two-sided z test of a day's trials against the reference's, p < 0.05."""
    base, m = float(np.nanmean(passed[:WARM])), int(np.isfinite(passed[:WARM]).sum())
    told = []
    for known in passed[WARM:]:
        n = int(np.isfinite(known).sum())
        rate = float(np.nansum(known)) / max(n, 1)
        pooled = (rate * n + base * m) / (n + m)
        error = np.sqrt(max(pooled * (1 - pooled), 1e-12) * (1 / max(n, 1) + 1 / m))
        told.append(n > 0 and bool(abs(rate - base) > 1.96 * error))
    return told


def perfect_once(passed: Array) -> Sequence[bool]:
    """A prompt that passed its first five trials fails any of the day's three."""
    trials = passed.transpose(1, 0, 2).reshape(passed.shape[1], -1)
    perfect = [bool(np.all(one[np.isfinite(one)][:5] == 1)) for one in trials]
    return [bool(np.any(known[perfect] == 0)) for known in passed[WARM:]]


RULES: Mapping[str, Rule] = {
    "1, 7, 30 days against a fixed rate, p < 0.05 (marginlab)": three_windows,
    "reference mean +- 3 sd of days (nannyml)": three_sigma,
    "10 % below the day before (AI Stupid Level, by day)": day_before,
    "z test of each day against the reference, p < 0.05": two_samples,
    "passed 5 of 5, fails any of 3 (stillsane)": perfect_once,
}


def risen(alarmed: Sequence[bool]) -> int:
    """How often it became alarmed."""
    return sum(now and not then for then, now in zip([False, *alarmed], alarmed, strict=False))


def delay(alarmed: Sequence[bool], onset: int) -> int:
    """Days from the onset until the rule is alarmed, whether for the change or by luck."""
    return next((day for day, on in enumerate(alarmed[onset - WARM :]) if on), NEVER)


def ours(histories: int, years: int) -> tuple[float, list[list[int]]]:
    """Incidents opened a year by one target of three, and delays of the pass rate's change point."""
    delays = [
        [
            first(SCENARIOS[name], onset, judged(history_columns(history, first_day=FIRST))).delay
            for onset, history in changed(SEED, histories, SCENARIOS[name])
        ]
        for name in CHANGES
    ]
    opened = sum(
        alarm.event == "opened"
        for number in range(years)
        for alarm in judged(history_columns(draw_history((SEED, number), days=DAYS), first_day=FIRST))
    )
    return opened, delays


def theirs(rule: Rule, histories: int, years: int) -> tuple[float, list[list[int]]]:
    """The same of a rule."""
    alarms = sum(risen(rule(draw_history((SEED, n), days=DAYS).values["passed"])) for n in range(years))
    return alarms, [
        [
            delay(rule(history.values["passed"]), onset)
            for onset, history in changed(SEED, histories, SCENARIOS[name])
        ]
        for name in CHANGES
    ]


def table(years: int, histories: int) -> Iterator[str]:
    """Rows of docs/statistics.md: alarms a year over three targets; delays as median / nine in ten."""
    yield "| " + " | ".join(HEAD) + " |"
    yield "|" + "---|" * len(HEAD)
    own = {"canary, all twelve series, one stage": ours(histories, years)}
    for name, (alarms, delays) in (
        own | {name: theirs(rule, histories, years) for name, rule in RULES.items()}
    ).items():
        a_year = alarms * TARGETS / years * 365.25 / (DAYS - WARM)
        cells = (
            f"{_told(np.median(one))} / {_told(np.quantile(one, 0.9, method='lower'))}" for one in delays
        )
        yield f"| {name} | {a_year:.1f} | " + " | ".join(cells) + " |"


def _told(days: float) -> str:
    return "-" if days >= NEVER else f"{days:.0f}"


if __name__ == "__main__":
    asked = [int(one) for one in sys.argv[1:]]
    for line in table(*(asked + [20, 40][len(asked) :])):
        sys.stdout.write(line + "\n")
        sys.stdout.flush()
