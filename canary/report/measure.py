"""What a target's trials of one run add up to, metric by metric.

Rates and means are over prompts, each weighing the same, from graded trials; speed is the median over trials.
"""

import statistics
from collections.abc import Callable, Sequence

from canary.domain.series import METRICS
from canary.domain.trial import Trial
from canary.report.numbers import NOT_MEASURED, amount, count, percent, percent_range, plural, seconds
from canary.report.view import Figure, Statistic
from canary.stats.panel import Basis, Estimate, stratified_mean, stratified_rate, wilson

_TAIL = 0.95


def graded(trials: Sequence[Trial]) -> tuple[Trial, ...]:
    """Those with a verdict."""
    return tuple(trial for trial in trials if trial.outcome == "graded")


def pass_estimate(trials: Sequence[Trial]) -> Estimate | None:
    """The pass rate over the prompts of these trials; None where no verdict was kept."""
    return _estimate(trials, lambda trial: _flag(trial.passed), stratified_rate)


def pass_rate(trials: Sequence[Trial]) -> Figure:
    """The pass rate with its interval."""
    return _rate("pass_rate", "pass rate", pass_estimate(trials))


def interval_basis(trials: Sequence[Trial]) -> Basis:
    """What the interval of the pass rate rests on."""
    estimate = pass_estimate(trials)
    return "none" if estimate is None else estimate.basis


def score(trials: Sequence[Trial]) -> Figure:
    """The share of checks passed, with its interval."""
    return _rate("score", _title("score"), _estimate(trials, lambda trial: trial.score, stratified_rate))


def format_gap(trials: Sequence[Trial]) -> Figure:
    """Trials that pass only by the loose verdicts."""
    return _counted("format_gap", trials, _only_loosely)


def refusals(trials: Sequence[Trial]) -> Figure:
    """Graded trials whose answer is a refusal."""
    return _counted("refusal_rate", trials, lambda trial: trial.refused)


def truncations(trials: Sequence[Trial]) -> Figure:
    """Graded trials whose answer was cut off."""
    return _counted("truncation_rate", trials, lambda trial: trial.truncated)


def failures(trials: Sequence[Trial]) -> Figure:
    """Failed trials among all. The limits take calls as independent; failures come in bursts, so they are the least doubt."""
    failed, n = len(trials) - len(graded(trials)), len(trials)
    if not n:
        return _absent("failure_rate", "rate")
    low, high = wilson(failed, n)
    return Figure(
        metric="failure_rate",
        title=_title("failure_rate"),
        statistic="rate",
        value=failed / n,
        low=low,
        high=high,
        text=percent(failed / n),
        note=f"{count(failed)} of {count(n)}",
    )


def mean(metric: str, trials: Sequence[Trial]) -> Figure:
    """Mean of a numeric field of the record, a trial, with its interval."""
    estimate = _estimate(trials, lambda trial: getattr(trial, metric), stratified_mean)
    if estimate is None:
        return _absent(metric, "mean")
    low, high = estimate.low, estimate.high
    if low is not None:
        low = max(low, 0.0)  # nothing that is counted here can be negative
    return Figure(
        metric=metric,
        title=_title(metric),
        statistic="mean",
        value=estimate.value,
        low=low,
        high=high,
        text=amount(estimate.value),
        note="" if low is None or high is None else f"{amount(low)} to {amount(high)}",
    )


def median(metric: str, trials: Sequence[Trial]) -> Figure:
    """Median and slow tail of a speed."""
    values = sorted(float(value) for trial in graded(trials) if (value := getattr(trial, metric)) is not None)
    if not values:
        return _absent(metric, "median")
    slow_is_low = METRICS[metric].bad == "down"
    show: Callable[[float], str] = amount if slow_is_low else seconds
    rank = int(_TAIL * (len(values) - 1) + 0.5)
    tail = values[len(values) - 1 - rank] if slow_is_low else values[rank]
    middle = statistics.median(values)
    return Figure(
        metric=metric,
        title=_title(metric),
        statistic="median",
        value=middle,
        tail=tail,
        text=f"{show(middle)} {METRICS[metric].unit}" if slow_is_low else show(middle),
        note=f"95 % {'above' if slow_is_low else 'within'} {show(tail)}",
    )


def _title(metric: str) -> str:
    return METRICS[metric].title


def _absent(metric: str, statistic: Statistic) -> Figure:
    return Figure(metric=metric, title=_title(metric), statistic=statistic, value=None, text=NOT_MEASURED)


def _estimate(
    trials: Sequence[Trial],
    read: Callable[[Trial], float | None],
    method: Callable[[list[float], list[str]], Estimate],
) -> Estimate | None:
    pairs = [(float(value), t.prompt) for t in graded(trials) if (value := read(t)) is not None]
    return method([value for value, _ in pairs], [prompt for _, prompt in pairs]) if pairs else None


def _rate(metric: str, title: str, estimate: Estimate | None) -> Figure:
    if estimate is None or estimate.low is None or estimate.high is None:
        return Figure(metric=metric, title=title, statistic="rate", value=None, text=NOT_MEASURED)
    return Figure(
        metric=metric,
        title=title,
        statistic="rate",
        value=estimate.value,
        low=estimate.low,
        high=estimate.high,
        text=percent(estimate.value),
        note=percent_range(estimate.low, estimate.high),
    )


def _counted(metric: str, trials: Sequence[Trial], read: Callable[[Trial], bool | None]) -> Figure:
    estimate = _estimate(trials, lambda trial: _flag(read(trial)), stratified_rate)
    if estimate is None:
        return _absent(metric, "rate")
    hits = sum(read(trial) is True for trial in graded(trials))
    return Figure(
        metric=metric,
        title=_title(metric),
        statistic="rate",
        value=estimate.value,
        low=estimate.low,
        high=estimate.high,
        text=percent(estimate.value),
        note=plural(hits, "trial") if hits else "",
    )


def _flag(value: bool | None) -> float | None:
    return None if value is None else float(value)


def _only_loosely(trial: Trial) -> bool | None:
    if trial.passed is None or not trial.checks:
        return None
    forgiven = all(check.loose for check in trial.checks) and not trial.refused and not trial.truncated
    return forgiven and not trial.passed
