"""What changed in numbers: before, after, difference with its interval, the rule it passed, and how many trials say so."""

from collections.abc import Iterator, Sequence

from canary.domain.evidence import Evidence
from canary.domain.incident import ChangePoint, Incident, Moved
from canary.domain.series import Series
from canary.report.amounts import difference_told, is_certain, pair_told, range_told
from canary.report.incident_view import NumberRow, Numbers
from canary.report.life import series_of
from canary.report.movements import foremost, title_of
from canary.report.numbers import MINUS, amount, count
from canary.report.shift_chart import churn, churn_told
from canary.report.untrusted import label, one_line
from canary.report.view import Tone

MOST_CHANGES, MOST_BESIDE = 60, 24
"""Rows shown on a page; the rest is counted."""

_VERDICTS: dict[str, tuple[str, Tone]] = {
    "degradation": ("worse", "bad"),
    "improvement": ("better", "good"),
    "change": ("changed", "warn"),
}


def in_numbers(incident: Incident, evidence: Evidence) -> Numbers:
    """The two tables, and how many prompts were lost and gained."""
    ordered = foremost(incident.changes)
    largest = max((abs(c.effect) for c in ordered if c.effect is not None), default=0.0)
    return Numbers(
        changes=tuple(change_row(change, evidence.series, largest) for change in ordered[:MOST_CHANGES]),
        uncounted=max(0, len(ordered) - MOST_CHANGES),
        beside=tuple(_beside(incident))[:MOST_BESIDE],
        churn=tuple(_churn(incident, evidence)),
    )


def change_row(change: ChangePoint, series: Sequence[Series], largest: float) -> NumberRow:
    """One change."""
    before, after = pair_told(change.metric, change.before, change.after)
    verdict, tone = _VERDICTS[change.verdict]
    return NumberRow(
        target=label(change.target),
        measure=_measure(change),
        family="" if change.family == "all" else label(change.family),
        before=before,
        after=after,
        difference=difference_told(change.effect, change.effect_unit),
        interval=range_told(change.effect_low, change.effect_high, change.effect_unit),
        test=one_line(change.test),
        threshold=_threshold(change),
        trials=_trials(change, series),
        verdict=verdict,
        tone=tone,
        share=None if change.effect is None or not largest else change.effect / largest,
    )


def _measure(change: ChangePoint) -> str:
    title = title_of(change.metric)
    if change.kind == "prompt" and change.prompt:
        return f"{title} of {label(change.prompt)}"
    return f"{title}, spread" if change.kind == "spread" else title


def _threshold(change: ChangePoint) -> str:
    if change.statistic is None or change.threshold is None:
        return ""
    sign = MINUS if change.statistic < 0 else ""
    return f"{sign}{amount(abs(change.statistic))} against {amount(change.threshold)}"


def _trials(change: ChangePoint, series: Sequence[Series]) -> str:
    own = series_of(change, series)
    if own is None:
        return ""
    before = sum(n for d, n in zip(own.days, own.trials, strict=True) if d < change.onset)
    return f"{count(before)} / {count(sum(own.trials) - before)}"


def _beside(incident: Incident) -> Iterator[NumberRow]:
    """Figures of series that opened nothing, those of the moved targets first."""
    told = {(change.target, change.family, change.metric) for change in incident.changes}
    rest = [m for m in incident.moved if (m.target, m.family, m.metric) not in told]
    for figure in sorted(rest, key=lambda m: (m.target not in incident.targets, m.family != "all")):
        yield _figure_row(figure)


def _figure_row(figure: Moved) -> NumberRow:
    before, after = pair_told(figure.metric, figure.before, figure.after)
    sure = is_certain(figure.effect_low, figure.effect_high)
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
        trials="",
        verdict="moved, opened nothing" if sure else "not told from none",
        tone="plain",
        share=None,
    )


def _churn(incident: Incident, evidence: Evidence) -> Iterator[str]:
    for target in dict.fromkeys(shift.target for shift in evidence.shifts):
        found = churn_told(churn(target, evidence.shifts))
        yield f"{label(target)}: {found}" if len(incident.targets) > 1 else found
