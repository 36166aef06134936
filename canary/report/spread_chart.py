"""Values of single trials before and after, one above the other on one scale: a mean can stand still while they move."""

import math
from collections.abc import Iterator, Sequence
from statistics import median

from canary.domain.evidence import Distribution
from canary.report.amounts import bare_value, value_told
from canary.report.numbers import count
from canary.report.scales import Axis, axis
from canary.report.svg import Element, box, drawing, line, text

BINS = 32
_ROW, _LEFT = 62.0, 48.0


def spread_chart(values: Distribution, *, name: str, width: float = 344) -> Element | None:
    """Two rows of bars with their medians; None where one side is empty."""
    before, after = _finite(values.before), _finite(values.after)
    if not before or not after:
        return None
    height = 2 * _ROW + 34
    scale = axis(_trimmed([*before, *after]), start=_LEFT + 8, end=width - 12, zero=True)
    parts = (
        *_grid(values.metric, scale),
        *_row("before", before, scale, 12.0, "chart-before"),
        *_row("after", after, scale, 12.0 + _ROW, "chart-after"),
    )
    return drawing(
        parts,
        name=name,
        width=width,
        height=height,
        title="Single trials before and after",
        told=spread_told(values),
    )


def spread_told(values: Distribution) -> str:
    """The two medians and the middle halves in words."""
    return " ".join(
        f"{word}: {count(len(side))} trials, median {value_told(values.metric, median(side))}, the middle half from "
        f"{value_told(values.metric, _quantile(side, 0.25))} to {value_told(values.metric, _quantile(side, 0.75))}."
        for word, side in (("Before", _finite(values.before)), ("After", _finite(values.after)))
        if side
    )


def spread_rows(values: Distribution) -> tuple[tuple[str, ...], ...]:
    """The table behind the drawing: side, trials, lower quarter, median, upper quarter."""
    return tuple(
        (
            word,
            count(len(side)),
            *(value_told(values.metric, _quantile(side, share)) for share in (0.25, 0.5, 0.75)),
        )
        for word, side in (("Before", _finite(values.before)), ("After", _finite(values.after)))
        if side
    )


def _finite(values: Sequence[float]) -> list[float]:
    return [value for value in values if math.isfinite(value)]


def _quantile(values: Sequence[float], share: float) -> float:
    ordered = sorted(values)
    place = share * (len(ordered) - 1)
    low = int(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (place - low) * (ordered[high] - ordered[low])


def _trimmed(values: Sequence[float]) -> list[float]:
    """Without the largest hundredth, which would squeeze all others into a corner; it is drawn at the edge."""
    return [min(values), _quantile(values, 0.99)]


def _grid(metric: str, scale: Axis) -> Iterator[Element]:
    bottom = 12 + 2 * _ROW
    for tick in scale.ticks:
        x = scale.at(tick)
        yield line(x, 8, x, bottom, "chart-grid")
        yield text(bare_value(metric, tick), x, bottom + 16, anchor="middle")


def _row(word: str, values: Sequence[float], scale: Axis, top: float, class_: str) -> Iterator[Element]:
    counts = [0] * BINS
    for value in values:
        share = (scale.at(value) - scale.start) / (scale.end - scale.start)
        counts[min(int(share * BINS), BINS - 1)] += 1
    tallest, step = max(counts), (scale.end - scale.start) / BINS
    base = top + _ROW - 8
    yield text(word, 0, base - 2)
    for number, n in enumerate(counts):
        if n:
            tall = n / tallest * (_ROW - 16)
            yield box(scale.start + number * step + 0.5, base - tall, step - 1, tall, class_)
    middle = scale.at(median(values))
    yield line(middle, top - 2, middle, base, "chart-median")
