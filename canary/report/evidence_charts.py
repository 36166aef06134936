"""Which drawings an incident's page shows: the foremost metrics across all twins, spreads, prompts lost and gained."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from canary.domain.evidence import Evidence
from canary.domain.incident import Attribution, ChangePoint, Incident
from canary.domain.series import Series, metric
from canary.report.amounts import value_told
from canary.report.incident_view import Chart, Entry, Panel
from canary.report.life import standing
from canary.report.movements import foremost, title_of
from canary.report.numbers import count, day, day_range, percent, plural
from canary.report.series_chart import Frame, Marks, drawn_values, series_chart, within
from canary.report.shift_chart import largest, shift_chart
from canary.report.spread_chart import spread_chart, spread_rows
from canary.report.untrusted import label

METRICS = 3
"""Metrics drawn day by day."""

PANELS = 6
"""Twins drawn beside each other."""

BEFORE, MOST_DAYS = timedelta(days=56), 200
"""Days drawn before the onset, and days drawn at all."""

WIDE = 1080.0


def marks_of(incident: Incident, notes: Sequence[Entry]) -> Marks:
    """What is drawn over every series."""
    first = incident.dated
    back = None
    if incident.recovered_on:
        back = next((c.onset for c in incident.changes if c.raised_on == incident.recovered_on), None)
    return Marks(
        low=first.onset_low,
        high=first.onset_high,
        recovered=back or incident.recovered_on,
        notes=tuple((note.letter, note.day) for note in notes),
    )


def drawn_keys(incident: Incident) -> list[tuple[str, str]]:
    """Family and metric of what is drawn, foremost first."""
    changes = [change for change in foremost(standing(incident)) if not isinstance(change.before, str)]
    return list(dict.fromkeys((c.family, c.metric) for c in changes))[:METRICS]


def frame_of(series: Sequence[Series], marks: Marks) -> Frame | None:
    """Days and values that all panels of a metric share; None where nothing was measured."""
    days = [d for one in series for d in one.days]
    if not days:
        return None
    start = max(min(days), (marks.low or max(days)) - BEFORE)
    last = min(max(days), start + timedelta(days=MOST_DAYS))
    values = tuple(v for one in series for v in drawn_values(within(one, start, last)))
    return Frame(first=start, last=last, values=(min(values), max(values)) if values else ())


def ordered(series: Sequence[Series], found: Attribution, changes: Sequence[ChangePoint]) -> list[Series]:
    """The moved twin first, then those that stood still."""
    first = [change.target for change in changes] + [*found.moved, *found.flat, *found.unclear]
    place = {target: n for n, target in reversed(list(enumerate(first)))}
    return sorted(series, key=lambda one: (place.get(one.target, len(first)), one.target))


def charts(incident: Incident, evidence: Evidence, notes: Sequence[Entry]) -> tuple[Chart, ...]:
    """All drawings of a page."""
    marks = marks_of(incident, notes)
    changes = foremost(standing(incident))
    found = [_daily(key, incident, evidence, marks, changes) for key in drawn_keys(incident)]
    return tuple(chart for chart in (*found, _lost(evidence), _spread(evidence)) if chart is not None)


def _compared(evidence: Evidence) -> str:
    """`4 to 31 March 2026 against 7 January to 3 March`, as the end of a caption; "" where it is not kept."""
    if evidence.days_before is None or evidence.days_after is None:
        return ""
    year = evidence.days_after[1].year
    return f" {day_range(*evidence.days_after, 0)} against {day_range(*evidence.days_before, year)}."


def _daily(
    key: tuple[str, str],
    incident: Incident,
    evidence: Evidence,
    marks: Marks,
    changes: Sequence[ChangePoint],
) -> Chart | None:
    family, name = key
    own = [one for one in evidence.series if (one.family, one.metric) == key]
    shown = ordered(own, incident.attribution, changes)[:PANELS]
    frame = frame_of(shown, marks)
    if frame is None:
        return None
    anchor = f"chart-{family}-{name}".replace(".", "-").replace("_", "-")
    places = dict.fromkeys(incident.attribution.moved, "moved") | dict.fromkeys(
        incident.attribution.flat, "unchanged"
    )
    return Chart(
        anchor=anchor,
        title=title_of(name) + ("" if family == "all" else f", {label(family)}"),
        caption=_caption(len(own) - len(shown), name),
        panels=tuple(
            _panel(one, marks, frame, f"{anchor}-{n}", places.get(one.target, ""), first=n == 0)
            for n, one in enumerate(shown)
        ),
    )


def _caption(more: int, name: str) -> str:
    unit = metric(name).unit
    measured = f" In {unit}." if unit and unit != "USD" else ""
    rest = f" {plural(more, 'more target')} not drawn." if more > 0 else ""
    return f"Daily values.{measured} All on one scale.{rest}"


def _panel(series: Series, marks: Marks, frame: Frame, name: str, about: str, *, first: bool) -> Panel:
    title = f"{title_of(series.metric)} of {label(series.target)}"
    narrow = series_chart(series, marks, frame, name=name, title=title)
    wide = None
    if first:
        large = Frame(first=frame.first, last=frame.last, values=frame.values, width=WIDE, height=290)
        wide = series_chart(series, marks, large, name=f"{name}-wide", title=title)
    return Panel(
        label=label(series.target),
        about=about,
        wide=wide,
        narrow=narrow,
        columns=("Day", "Value", "Expected", "Range of a single day", "Trials"),
        rows=tuple(_rows(series, frame.first, frame.last)),
    )


def _rows(series: Series, first: date, last: date) -> Iterator[tuple[str, ...]]:
    name = series.metric
    for point in within(series, first, last):
        band = (
            f"{value_told(name, point.low)} to {value_told(name, point.high)}"
            if point.low is not None and point.high is not None
            else "not known yet"
        )
        yield (
            day(point.day),
            value_told(name, point.value) or "not measured",
            value_told(name, point.expected) or "not known yet",
            band,
            count(point.trials),
        )


def _lost(evidence: Evidence) -> Chart | None:
    targets = list(dict.fromkeys(shift.target for shift in evidence.shifts))[:PANELS]
    panels = []
    for number, target in enumerate(targets):
        drawn = shift_chart(evidence.shifts, target, name=f"shifts-{number}")
        if drawn is not None:
            rows = tuple(
                (
                    label(s.prompt),
                    percent(s.before),
                    percent(s.after),
                    f"{s.trials_before} / {s.trials_after}",
                )
                for s in largest(evidence.shifts, target)
            )
            columns = ("Prompt", "Passed before", "Passed after", "Trials")
            panels.append(
                Panel(label=label(target), about="", wide=None, narrow=drawn, columns=columns, rows=rows)
            )
    caption = "Prompts whose pass rate moved most, in points: what was lost on the left, what was gained on the right."
    caption += _compared(evidence)
    return (
        Chart(anchor="lost-and-gained", title="Lost and gained", caption=caption, panels=tuple(panels))
        if panels
        else None
    )


def _spread(evidence: Evidence) -> Chart | None:
    panels = []
    for number, values in enumerate(evidence.distributions[:PANELS]):
        drawn = spread_chart(values, name=f"spread-{number}")
        if drawn is not None:
            columns = ("", "Trials", "Lower quarter", "Median", "Upper quarter")
            title = f"{title_of(values.metric)}, {label(values.target)}"
            panels.append(
                Panel(
                    label=title,
                    about="",
                    wide=None,
                    narrow=drawn,
                    columns=columns,
                    rows=spread_rows(values),
                )
            )
    caption = "Values of single trials before and after the onset; the upright line is the median."
    caption += _compared(evidence)
    return (
        Chart(anchor="spread", title="Single trials", caption=caption, panels=tuple(panels))
        if panels
        else None
    )
