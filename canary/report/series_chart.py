"""A series day by day: its values, what was expected of them, when it is thought to have moved, what happened then."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from canary.domain.series import Series, metric
from canary.report.amounts import bare_value, value_told
from canary.report.numbers import day, plural
from canary.report.scales import Axis, Days, axis, short_day
from canary.report.svg import Element, box, drawing, element, group, line, path, text

GAP = timedelta(days=3)
"""Missing days beyond which the line is not drawn through."""

_DOTS = 110
"""Days up to which every value gets a dot."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Marks:
    """What is drawn over every series of an incident.

    Attributes:
        low, high: the onset's interval, both days included; None = no onset to show.
        recovered: day on which it went back; None while it stands.
        notes: letter and day of annotations, drawn apart from the values.
    """

    low: date | None = None
    high: date | None = None
    recovered: date | None = None
    notes: tuple[tuple[str, date], ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Frame:
    """How large a drawing is, and between which days and values.

    Attributes:
        first, last: days, both included.
        width, height: of the drawing.
        values: what the scale must hold besides the series' own; for panels that share one.
    """

    first: date
    last: date
    width: float = 344
    height: float = 190
    values: tuple[float, ...] = ()


def series_chart(series: Series, marks: Marks, frame: Frame, *, name: str, title: str) -> Element:
    """A series as a drawing with its text alternative; `name` is unique in the page."""
    points = within(series, frame.first, frame.last)
    scale = axis(
        [*drawn_values(points), *frame.values],
        start=frame.height - 40,
        end=14,
        zero=metric(series.metric).kind != "proportion",
        most=1.0 if metric(series.metric).kind == "proportion" else float("inf"),
    )
    days = Days(first=frame.first, last=frame.last, start=48, end=frame.width - 10)
    parts = (
        *_scale(series.metric, scale, frame),
        *_dates(days, frame),
        *_onset(marks, days, scale),
        *_band(points, days, scale),
        *_epochs(series, days, scale),
        *_values(points, days, scale),
        *_notes(marks, days, frame),
    )
    return drawing(
        parts, name=name, width=frame.width, height=frame.height, title=title, told=told(series, marks, frame)
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class Point:
    """One day of a series; None = not measured, or nothing expected yet."""

    day: date
    value: float | None
    trials: int
    expected: float | None
    low: float | None
    high: float | None

    @property
    def outside(self) -> bool:
        """Whether the value is where a single day is expected on one day of twenty only."""
        if self.value is None or self.low is None or self.high is None:
            return False
        return self.beyond(self)

    def beyond(self, reference: "Point") -> bool:
        """Whether the value lies outside what was expected of another day."""
        if self.value is None or reference.low is None or reference.high is None:
            return False
        return not reference.low <= self.value <= reference.high


def within(series: Series, first: date, last: date) -> list[Point]:
    """The days of a series between two days, both included."""
    columns = zip(
        series.days, series.values, series.trials, series.expected, series.low, series.high, strict=True
    )
    return [
        Point(day=d, value=v, trials=n, expected=e, low=lo, high=hi)
        for d, v, n, e, lo, hi in columns
        if first <= d <= last
    ]


def drawn_values(points: Iterable[Point]) -> Iterator[float]:
    """All values that a scale must hold."""
    for point in points:
        yield from (v for v in (point.value, point.low, point.high) if v is not None)


def told(series: Series, marks: Marks, frame: Frame) -> str:
    """The drawing in words, with its numbers."""
    points = [p for p in within(series, frame.first, frame.last) if p.value is not None]
    if not points:
        return "Nothing was measured in this time."
    split = marks.low or frame.last + timedelta(days=1)
    parts = [f"Daily values from {day(points[0].day)} to {day(points[-1].day)}."]
    end = marks.recovered or date.max
    for when, some in (
        ("Before", [p.value for p in points if p.day < split and p.value is not None]),
        ("From then on", [p.value for p in points if split <= p.day < end and p.value is not None]),
        (f"From {day(end)} on, back", [p.value for p in points if p.day >= end and p.value is not None]),
    ):
        if some:
            middle = sorted(some)[len(some) // 2]
            what = f"{when} {day(split)}" if when == "Before" and marks.low else when if marks.low else "All"
            parts.append(
                f"{what}: {plural(len(some), 'value')}, the middle one {value_told(series.metric, middle)}."
            )
    reference = next((p for p in reversed(points) if p.day < split and p.low is not None), None)
    after = [p for p in points if split <= p.day < end]
    if marks.low and after and reference is not None:
        out = sum(p.beyond(reference) for p in after)
        parts.append(
            f"{out} of the {len(after)} since the onset lie outside the range that was expected before it."
        )
    return " ".join(parts)


def _scale(name: str, scale: Axis, frame: Frame) -> Iterator[Element]:
    for tick in scale.ticks:
        y = scale.at(tick)
        yield line(48, y, frame.width - 10, y, "chart-grid")
        yield text(bare_value(name, tick), 42, y + 4, anchor="end")


def _dates(days: Days, frame: Frame) -> Iterator[Element]:
    for moment in days.ticks(max(2, int(frame.width // 90))):
        x = days.at(moment)
        anchor = "end" if x > frame.width - 24 else "middle"
        yield text(short_day(moment), x, frame.height - 20, anchor=anchor)


def _onset(marks: Marks, days: Days, scale: Axis) -> Iterator[Element]:
    if marks.low is None or marks.high is None or marks.high < days.first or marks.low > days.last:
        return
    left, right = days.left(marks.low), days.left(marks.high + timedelta(days=1))
    top, height = scale.end - 6, scale.start - scale.end + 6
    yield box(left, top, max(right - left, 3), height, "chart-onset")
    if marks.recovered is not None and days.holds(marks.recovered):
        x = days.left(marks.recovered)
        yield line(x, top, x, top + height, "chart-recovered")


def _band(points: Sequence[Point], days: Days, scale: Axis) -> Iterator[Element]:
    for run in _runs(points, lambda p: p.low is not None and p.high is not None):
        upper = [(days.at(p.day), scale.at(p.high or 0.0)) for p in run]
        lower = [(days.at(p.day), scale.at(p.low or 0.0)) for p in reversed(run)]
        if len(run) > 1:
            yield path([*upper, *lower], "chart-band", closed=True)
    for run in _runs(points, lambda p: p.expected is not None):
        if len(run) > 1:
            yield path([(days.at(p.day), scale.at(p.expected or 0.0)) for p in run], "chart-expected")


def _epochs(series: Series, days: Days, scale: Axis) -> Iterator[Element]:
    for epoch in series.epochs:
        if days.first < epoch <= days.last:
            x = days.left(epoch)
            yield line(x, scale.end, x, scale.start, "chart-epoch")


def _values(points: Sequence[Point], days: Days, scale: Axis) -> Iterator[Element]:
    for run in _runs(points, lambda p: p.value is not None):
        if len(run) > 1:
            yield path([(days.at(p.day), scale.at(p.value or 0.0)) for p in run], "chart-line")
    measured = [p for p in points if p.value is not None]
    several = len(measured) > _DOTS
    dots = []
    for point in measured:
        class_ = "chart-dot chart-dot-out" if point.outside else "chart-dot"
        if point.outside or not several:
            dots.append(
                element(
                    "circle",
                    cx=days.at(point.day),
                    cy=scale.at(point.value or 0.0),
                    r=2.6 if point.outside else 1.7,
                    class_=class_,
                )
            )
    yield group(dots)


def _notes(marks: Marks, days: Days, frame: Frame) -> Iterator[Element]:
    base, free = frame.height - 40, 0.0
    for letter, moment in sorted(marks.notes, key=lambda note: note[1]):
        if days.holds(moment):
            x = days.at(moment)
            yield line(x, base + 1, x, base + 8, "chart-tick")
            if x >= free:
                yield text(letter, x, frame.height - 5, "label-note", anchor="middle")
                free = x + 9 * len(letter)


def _runs(points: Sequence[Point], has: Callable[[Point], bool]) -> Iterator[list[Point]]:
    """Stretches of points that have something, without a gap between them."""
    run: list[Point] = []
    for point in points:
        if not has(point):
            continue
        if run and point.day - run[-1].day > GAP:
            yield run
            run = []
        run.append(point)
    if run:
        yield run
