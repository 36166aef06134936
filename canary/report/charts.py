"""Where things are drawn: numbers for the templates, no markup."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

from canary.report.view import Figure, Scale

HEAT_LEVELS = 5
"""Shades between "all passed" (0) and "none passed"."""


@dataclass(frozen=True, kw_only=True, slots=True)
class IntervalMarks:
    """An interval on a scale, as percentages of the drawing's width with one decimal."""

    low: str
    width: str
    middle: str


def shared_scale(figures: Iterable[Figure]) -> Scale | None:
    """One scale for all: from the tenth below the lowest limit to 1; None where nothing was measured."""
    lows = [figure.low for figure in figures if figure.low is not None]
    if not lows:
        return None
    return Scale(low=max(0.0, min(0.9, math.floor(min(lows) * 10) / 10)), high=1.0)


def interval_marks(figure: Figure, scale: Scale) -> IntervalMarks | None:
    """Where a figure's value and limits fall; None where it has none."""
    if figure.value is None or figure.low is None or figure.high is None:
        return None
    low, high = _place(figure.low, scale), _place(figure.high, scale)
    return IntervalMarks(
        low=f"{low:.1f}", width=f"{max(high - low, 0.5):.1f}", middle=f"{_place(figure.value, scale):.1f}"
    )


def _place(value: float, scale: Scale) -> float:
    return min(100.0, max(0.0, (value - scale.low) / (scale.high - scale.low) * 100))


def heat_level(figure: Figure) -> int | None:
    """0 where all passed, up to 5 where few or none did; None where nothing was measured."""
    if figure.value is None:
        return None
    return math.ceil((1 - figure.value) * HEAT_LEVELS - 1e-9)
