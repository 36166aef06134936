"""Drawings: well-formed, told in words, with a table behind, and the same picture for mail."""

import re
from dataclasses import replace
from datetime import date, timedelta
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from canary.domain.evidence import Distribution, PromptShift
from canary.report.evidence_charts import charts, frame_of, marks_of
from canary.report.png import png
from canary.report.scales import Days, axis
from canary.report.series_chart import Frame, Marks, series_chart, told
from canary.report.shift_chart import churn, churn_told, shift_chart
from canary.report.spread_chart import spread_chart
from canary.report.svg import Element, element, number, text
from canary.report.timeline import coincident
from tests.report.incidents import CODE, FIRST, LAST, ONSET, SAMPLES, effort, series

MARKS = Marks(low=ONSET, high=ONSET + timedelta(days=2), notes=(("A", ONSET),))
FRAME = Frame(first=FIRST, last=LAST)


def drawn(name: str) -> list[Element]:
    """All drawings of a sample's page."""
    sample = SAMPLES[name]()
    notes = coincident(sample.incident, sample.analysis)
    panels = [p for chart in charts(sample.incident, sample.evidence, notes) for p in chart.panels]
    return [d for panel in panels for d in (panel.wide, panel.narrow) if d is not None]


@pytest.mark.parametrize("name", ["effort", "recovered", "tokenizer", "outage"])
def test_every_drawing_is_well_formed_and_told_in_words(name: str) -> None:
    """A title and a description with a number in it, tied to the drawing; no style, no colour of its own."""
    for drawing in drawn(name):
        root = ET.fromstring(str(drawing))
        title, desc = root[0], root[1]
        assert (title.tag[-5:], desc.tag[-4:]) == ("title", "desc")
        assert root.get("aria-labelledby") == f"{title.get('id')} {desc.get('id')}"
        assert re.search(r"\d", desc.text or "")
        assert not re.search(r"style=|fill=|stroke=|#[0-9a-f]{6}", str(drawing))


def test_every_drawing_has_the_table_behind_it() -> None:
    """A row a day, the values as the drawing has them."""
    sample = effort()
    for chart in charts(sample.incident, sample.evidence, ()):
        for panel in chart.panels:
            assert panel.rows
            assert all(len(row) == len(panel.columns) for row in panel.rows)


def test_the_moved_twin_is_drawn_first_and_all_on_one_scale() -> None:
    """A flat twin looks flat beside it."""
    sample = effort()
    first = charts(sample.incident, sample.evidence, ())[0]
    assert [panel.about for panel in first.panels] == ["moved", "unchanged", "unchanged", ""]
    ticks = {tuple(re.findall(r'text-anchor="end">([\d,]+)<', str(panel.narrow))) for panel in first.panels}
    assert len(ticks) == 1


def test_the_onset_the_band_and_the_notes_are_drawn() -> None:
    """Each by its class."""
    one = str(
        series_chart(series(CODE, "latency_s", before=20.0, after=12.0), MARKS, FRAME, name="x", title="y")
    )
    for part in (
        "chart-onset",
        "chart-band",
        "chart-expected",
        "chart-line",
        "chart-dot-out",
        "chart-tick",
        "chart-epoch",
    ):
        assert part in one


def test_a_gap_of_days_breaks_the_line() -> None:
    """Nothing is drawn through days without a run."""
    whole = series(CODE, "latency_s", before=20.0)
    early = [n for n, day in enumerate(whole.days) if not date(2026, 2, 1) <= day < date(2026, 2, 15)]
    parts = {
        name: tuple(getattr(whole, name)[n] for n in early)
        for name in ("days", "values", "trials", "expected", "low", "high")
    }
    broken = str(series_chart(replace(whole, **parts), Marks(), FRAME, name="x", title="y"))  # type: ignore[arg-type]
    assert broken.count('class="chart-line"') == 2


def test_a_series_without_a_value_is_drawn_and_told_as_such() -> None:
    """Not measured is never 0."""
    empty = series(CODE, "latency_s", before=20.0, last=FIRST)
    assert told(empty, Marks(), Frame(first=LAST, last=LAST)) == "Nothing was measured in this time."
    assert frame_of([], MARKS) is None


@given(st.lists(st.floats(-1e6, 1e6), max_size=30), st.booleans())
def test_an_axis_holds_every_value_between_its_ends(values: list[float], zero: bool) -> None:
    """With round ticks, few of them, and places inside the drawing."""
    made = axis(values, start=100, end=0, zero=zero)
    assert 1 <= len(made.ticks) <= 9
    slack = (made.high - made.low) * 1e-6
    for value in values:
        assert made.low - slack <= value <= made.high + slack
        assert -1e-6 <= made.at(value) <= 100 + 1e-6


@given(st.integers(1, 800), st.integers(2, 12))
def test_days_are_labelled_in_order_and_not_too_often(total: int, most: int) -> None:
    """And lie inside the drawing."""
    days = Days(first=FIRST, last=FIRST + timedelta(days=total - 1), start=0, end=300)
    ticks = days.ticks(most)
    assert len(ticks) <= most + 1
    assert list(ticks) == sorted(ticks)
    assert all(0 <= days.at(tick) <= 300 for tick in ticks)


@given(st.text(), st.text())
def test_an_element_escapes_whatever_it_holds(words: str, value: str) -> None:
    """It parses back to the same text and attribute."""
    clean = "".join(c for c in words if c.isprintable())
    attribute = "".join(c for c in value if c.isprintable())
    made = str(element("svg", text(clean, 1, 2), data_x=attribute))
    root = ET.fromstring(made)
    assert (root[0].text or "") == clean
    assert root.get("data-x") == attribute


def test_coordinates_have_one_decimal_at_most() -> None:
    """And no minus before nothing."""
    assert [number(n) for n in (1.0, 1.25, -0.01, 10 / 3)] == ["1", "1.2", "0", "3.3"]


def test_prompts_lost_and_gained_are_counted_by_clear_moves_alone() -> None:
    """A trial more or less is no loss."""
    rows = [
        PromptShift(
            target=CODE, prompt=f"p{n}", family="code", before=b, after=a, trials_before=9, trials_after=9
        )
        for n, (b, a) in enumerate([(1.0, 0.2), (0.5, 0.8), (0.9, 0.8), (0.5, 0.5)])
    ]
    assert churn_told(churn(CODE, rows)).replace("\u00a0", " ") == (
        "1 prompt passes clearly less often, 1 more often, 2 about as often."
    )
    assert shift_chart(rows[3:], CODE, name="x") is None


def test_a_distribution_with_one_side_empty_is_not_drawn() -> None:
    """There is nothing to compare."""
    one = Distribution(target=CODE, metric="latency_s", before=(1.0, 2.0), after=())
    assert spread_chart(one, name="x") is None


@pytest.mark.parametrize("kind", ["series", "shifts", "spread"])
def test_a_drawing_becomes_a_picture_of_its_width_with_an_opaque_ground(kind: str) -> None:
    """By the font that comes along: no font of the machine is read."""
    sample = effort()
    drawings = {
        "series": series_chart(sample.evidence.series[0], MARKS, FRAME, name="x", title="y"),
        "shifts": shift_chart(sample.evidence.shifts, CODE, name="x"),
        "spread": spread_chart(sample.evidence.distributions[0], name="x"),
    }
    made = drawings[kind]
    assert made is not None
    data = png(made, 688)
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    assert int.from_bytes(data[16:20], "big") == 688
    assert png(made, 688) == data


def test_marks_of_an_incident_are_its_first_changes() -> None:
    """Onset interval and the letters of what coincided."""
    sample = effort()
    notes = coincident(sample.incident, sample.analysis)
    made = marks_of(sample.incident, notes)
    assert (made.low, made.high) == (ONSET, date(2026, 3, 6))
    assert [letter for letter, _ in made.notes] == ["A", "B"]
