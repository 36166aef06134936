"""What changed in numbers: before, after, difference with its interval, the rule it passed, and how many trials say so.

Levels and sizes are those of all days since the onset (at most 28) against the days before it (at most 56), up to the last judged day
or the day before it went back; where only the day of the finding is known, the row says so. Trials are counted over the same days.
"""

from collections.abc import Iterator, Sequence
from math import exp

from canary.domain.evidence import Evidence
from canary.domain.incident import ChangePoint, Followed, Incident, Moved, Span
from canary.domain.series import Series
from canary.report.amounts import difference_told, is_certain, pair_told, range_told
from canary.report.incident_view import NumberRow, Numbers
from canary.report.life import followed, followed_of, foremost_change, key_of, raised, series_of, standing
from canary.report.movements import by_consequence, title_of
from canary.report.numbers import JOIN, MINUS, amount, count, day, day_range, plural
from canary.report.outage import call_rows, kind_rows
from canary.report.shift_chart import churn, churn_told
from canary.report.untrusted import label, one_line
from canary.report.view import Tone

MOST_CHANGES, MOST_BESIDE = 60, 24
"""Rows shown on a page; the rest is counted."""

_WIDEST = 20.0
"""No spread of answers is a factor beyond this power of e: what claims one is told as this."""
_VERDICTS: dict[str, tuple[str, Tone]] = {
    "degradation": ("worse", "bad"),
    "improvement": ("better", "good"),
    "change": ("changed", "warn"),
}


def in_numbers(incident: Incident, evidence: Evidence) -> Numbers:
    """The tables, their days, and how many prompts were lost and gained."""
    rows = change_rows(incident, evidence.series)
    about = set(raised(incident))
    back = by_consequence([change for change in incident.changes if change not in about])
    return Numbers(
        window=window_told(incident),
        changes=rows[:MOST_CHANGES],
        uncounted=max(0, len(rows) - MOST_CHANGES),
        returned=tuple(_row(change, None, evidence.series, 0.0) for change in back[:MOST_CHANGES]),
        beside=tuple(_beside(incident))[:MOST_BESIDE],
        churn=tuple(_churn(incident, evidence)),
        calls=call_rows(evidence),
        kinds=kind_rows(incident, evidence),
    )


def change_rows(incident: Incident, series: Sequence[Series]) -> tuple[NumberRow, ...]:
    """Every change that an incident is about, the most consequential first."""
    ordered = by_consequence(standing(incident))
    largest = max((abs(c.effect) for c in ordered if c.effect is not None), default=0.0)
    known = followed(incident)
    return tuple(_row(change, known.get(key_of(change)), series, largest) for change in ordered)


def window_told(incident: Incident) -> str:
    """Which days the foremost figure is from: `4 to 31 March 2026 (28 days with runs) against 7 January to 3 March (56)`; "" unknown."""
    known = followed_of(incident, foremost_change(incident))
    if known is None:
        return ""
    before, after = known.days_before, known.days_after
    until = f"{day_range(after.first, after.last, 0)} ({plural(after.days, 'day')} with runs)"
    return f"{until} against {day_range(before.first, before.last, after.last.year)} ({count(before.days)})"


def _row(change: ChangePoint, known: Followed | None, series: Sequence[Series], largest: float) -> NumberRow:
    before, after = _levels(change)
    verdict, tone = _verdict(change)
    limits = range_told(change.effect_low, change.effect_high, change.effect_unit)
    trials, days = _since(known) if known is not None else _when_found(change, series)
    return NumberRow(
        target=label(change.target),
        measure=measure_of(change),
        family="" if change.family == "all" else label(change.family),
        before=before,
        after=after,
        difference=difference_told(change.effect, change.effect_unit),
        interval="exact" if change.kind == "exact" and change.effect is not None else limits,
        test=one_line(change.test),
        threshold=_threshold(change),
        trials=trials,
        days=days,
        verdict=verdict,
        tone=tone,
        share=None if change.effect is None or not largest else change.effect / largest,
    )


def _levels(change: ChangePoint) -> tuple[str, str]:
    """Both levels. Of a spread, which is a standard deviation of logs: the factor that a usual answer lies within, up or down."""
    before, after = change.before, change.after
    if change.kind != "spread" or not isinstance(before, float) or not isinstance(after, float):
        return pair_told(change.metric, before, after)
    return f"×{JOIN}{exp(min(before, _WIDEST)):.2f}", f"×{JOIN}{exp(min(after, _WIDEST)):.2f}"


def _verdict(change: ChangePoint) -> tuple[str, Tone]:
    """Nothing is said to be worse for certain while its interval holds zero, nor once it went the other way."""
    word, tone = _VERDICTS[change.verdict]
    if change.effect_low is None or change.effect_high is None or change.effect is None:
        return word, tone
    if not is_certain(change.effect_low, change.effect_high):
        return f"{word} when found, not certain since", "plain"
    if (change.effect > 0) is not (change.direction == "up") and change.direction != "other":
        return f"{word} when found, the other way since", "plain"
    return word, tone


def measure_of(change: ChangePoint) -> str:
    """What a change is of, without target and family: `Prompts passed of code/edit-after-read`."""
    title = title_of(change.metric)
    if change.kind == "prompt" and change.prompt:
        return f"{title} of {label(change.prompt)}"
    return f"{title}, spread" if change.kind == "spread" else title


def _threshold(change: ChangePoint) -> str:
    if change.statistic is None or change.threshold is None:
        return ""
    sign = MINUS if change.statistic < 0 else ""
    return f"{sign}{amount(abs(change.statistic))} against {amount(change.threshold)}"


def _since(known: Followed) -> tuple[str, str]:
    return _pair(known.days_before, known.days_after)


def _pair(before: Span, after: Span) -> tuple[str, str]:
    days = f"{day_range(after.first, after.last, after.last.year)}, {plural(after.days, 'day')}"
    return f"{count(before.trials)} / {count(after.trials)}", days


def _when_found(change: ChangePoint, series: Sequence[Series]) -> tuple[str, str]:
    """Trials up to the day of the finding: that is what its sizes are from."""
    days = f"as found on {day(change.raised_on)}"
    own = series_of(change, series)
    if own is None or change.kind == "prompt":
        return "", days
    known = [(d, n) for d, n in zip(own.days, own.trials, strict=True) if d <= change.raised_on]
    before = sum(n for d, n in known if d < change.onset)
    return f"{count(before)} / {count(sum(n for _, n in known) - before)}", days


def _beside(incident: Incident) -> Iterator[NumberRow]:
    """Figures of series that opened nothing, those of the moved targets first."""
    told = {(change.target, change.family, change.metric) for change in incident.changes}
    rest = [m for m in incident.moved if (m.target, m.family, m.metric) not in told]
    for figure in sorted(rest, key=lambda m: (m.target not in incident.targets, m.family != "all")):
        yield _figure_row(figure)


def _figure_row(figure: Moved) -> NumberRow:
    before, after = pair_told(figure.metric, figure.before, figure.after)
    sure = is_certain(figure.effect_low, figure.effect_high)
    trials, days = ("", "")
    if figure.days_before is not None and figure.days_after is not None:
        trials, days = _pair(figure.days_before, figure.days_after)
    return NumberRow(
        target=label(figure.target),
        measure=title_of(figure.metric),
        family="" if figure.family == "all" else label(figure.family),
        before=before,
        after=after,
        difference=difference_told(figure.effect, figure.effect_unit),
        interval=range_told(figure.effect_low, figure.effect_high, figure.effect_unit),
        test="",
        threshold="",
        trials=trials,
        days=days,
        verdict="moved, opened nothing" if sure else "not told from none",
        tone="plain",
        share=None,
    )


def _churn(incident: Incident, evidence: Evidence) -> Iterator[str]:
    for target in dict.fromkeys(shift.target for shift in evidence.shifts):
        found = churn_told(churn(target, evidence.shifts))
        yield f"{label(target)}: {found}" if len(incident.targets) > 1 else found
