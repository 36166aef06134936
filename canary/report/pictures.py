"""The pictures of a mail: at most three, each one drawing of the page made again at the width of a mail."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from canary.domain.evidence import Evidence
from canary.domain.incident import Incident
from canary.domain.series import Series
from canary.report.evidence_charts import drawn_keys, frame_of, marks_of, ordered
from canary.report.incident_view import Entry
from canary.report.life import foremost_change, standing
from canary.report.movements import foremost, said, title_of
from canary.report.numbers import JOIN
from canary.report.png import png
from canary.report.series_chart import Frame, Marks, series_chart
from canary.report.shift_chart import churn, churn_told, shift_chart
from canary.report.svg import Element, drawing, group, text
from canary.report.untrusted import one_line

SHOWN = 560
"""Width in a mail; a picture has twice as many pixels."""

WIDTH = 470.0
"""Units of the drawing: fewer than shown, so that its words stay readable on a phone."""

BYTES = 60_000
"""Most of a picture."""

TWINS = 4
_NAME = 30


@dataclass(frozen=True, kw_only=True, slots=True)
class Picture:
    """A picture for a mail: its content id, words for whoever does not see it, and its size as shown."""

    cid: str
    alt: str
    data: bytes
    width: int
    height: int


def pictures(incident: Incident, evidence: Evidence, notes: Sequence[Entry]) -> tuple[Picture, ...]:
    """The foremost metric where it moved, the same in its twins, and the prompts lost and gained."""
    return tuple(_all(incident, evidence, notes))


def _all(incident: Incident, evidence: Evidence, notes: Sequence[Entry]) -> Iterator[Picture]:
    keys = drawn_keys(incident)
    marks = marks_of(incident, notes)
    if keys:
        own = [one for one in evidence.series if (one.family, one.metric) == keys[0]]
        shown = ordered(own, incident.attribution, foremost(standing(incident)))[: TWINS + 1]
        frame = frame_of(shown, marks)
        if frame is not None:
            yield _picture("series", _headline(shown[0], marks, frame), _alt(incident, shown[0]))
            if len(shown) > 1:
                yield _picture(
                    "twins", _twins(shown[1:], marks, frame), f"The same day by day for {_names(shown[1:])}."
                )
    target = foremost_change(incident).target
    shifts = shift_chart(evidence.shifts, target, name="shifts", width=WIDTH)
    if shifts is not None:
        title = f"Prompts lost and gained, in points: {one_line(target, _NAME)}"
        height = float(dict(shifts.attributes)["height"])
        framed = _framed([(title, shifts)], columns=1, width=WIDTH, height=height)
        yield _picture("prompts", framed, f"Lost and gained: {churn_told(churn(target, evidence.shifts))}")


def _picture(cid: str, drawn: Element, alt: str) -> Picture:
    size = dict(drawn.attributes)
    height = round(float(size["height"]) * SHOWN / float(size["width"]))
    return Picture(cid=cid, alt=alt.replace(JOIN, " "), data=_small(drawn), width=SHOWN, height=height)


def _small(drawn: Element) -> bytes:
    """Twice as many pixels as shown; fewer where that would be too many bytes."""
    sizes = (2 * SHOWN, SHOWN * 3 // 2, SHOWN)
    made = (png(drawn, size) for size in sizes)
    last = b""
    for last in made:
        if len(last) <= BYTES:
            break
    return last


def _headline(series: Series, marks: Marks, frame: Frame) -> Element:
    title = f"{title_of(series.metric)}: {one_line(series.target, _NAME)}"
    large = Frame(first=frame.first, last=frame.last, values=frame.values, width=WIDTH, height=210)
    inner = series_chart(series, marks, large, name="series", title=title)
    return _framed([(title, inner)], columns=1, width=WIDTH, height=210)


def _twins(series: Sequence[Series], marks: Marks, frame: Frame) -> Element:
    width, height = WIDTH / 2, 130.0
    small = Frame(first=frame.first, last=frame.last, values=frame.values, width=width - 8, height=height)
    cells = [
        (
            one_line(one.target, _NAME),
            series_chart(one, marks, small, name=f"twin-{n}", title=one_line(one.target)),
        )
        for n, one in enumerate(series)
    ]
    return _framed(cells, columns=2, width=width, height=height)


def _framed(cells: Sequence[tuple[str, Element]], *, columns: int, width: float, height: float) -> Element:
    """Drawings in rows, each under its title."""
    tall = height + 24
    parts = [
        group(
            [text(title, 2, 16, "label-title"), group(inner.children[2:], transform="translate(0 22)")],  # type: ignore[arg-type]
            transform=f"translate({n % columns * width:g} {n // columns * tall:g})",
        )
        for n, (title, inner) in enumerate(cells)
    ]
    rows = -(-len(cells) // columns)
    return drawing(parts, name="mail", width=WIDTH, height=tall * rows, title="Series", told="")


def _alt(incident: Incident, series: Series) -> str:
    change = foremost_change(incident)
    return f"{title_of(series.metric)} of {one_line(series.target)} day by day: {said(change)}."


def _names(series: Sequence[Series]) -> str:
    return ", ".join(one_line(one.target, _NAME) for one in series)
