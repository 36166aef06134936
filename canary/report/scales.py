"""From values and days to places in a drawing: round ticks, and as many as there is room for."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)
_DAY_STEPS = (1, 2, 7, 14, 28, 56, 91, 182, 364)
_FLAT, _NOTHING = 1e-9, 1e-9
"""Relative and absolute sizes below which a line is flat: it gets some room around it."""

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True, kw_only=True, slots=True)
class Axis:
    """A stretch of values laid over a stretch of a drawing, straight.

    Attributes:
        low, high: values at its ends.
        start, end: places of its ends; `start` may be the greater one.
        ticks: round values to label.
    """

    low: float
    high: float
    start: float
    end: float
    ticks: tuple[float, ...]

    def at(self, value: float) -> float:
        """The place of a value; what lies outside is held at the end."""
        share = (min(max(value, self.low), self.high) - self.low) / (self.high - self.low)
        return self.start + share * (self.end - self.start)


def axis(
    values: Sequence[float], *, start: float, end: float, zero: bool = False, most: float = math.inf
) -> Axis:
    """An axis over all values, widened to round ends.

    Args:
        values: finite; may be empty.
        start: place of its lower end.
        end: place of its upper end.
        zero: begin at 0.
        most: a value that can't be exceeded, such as 1 for a share.
    """
    low, high = (min(values), max(values)) if values else (0.0, 1.0)
    if zero:
        low, high = min(low, 0.0), max(high, 0.0)
    largest = max(abs(low), abs(high))
    if high - low <= largest * _FLAT or largest < _NOTHING:
        room = largest * 0.1 if largest >= _NOTHING else 1.0
        low, high = (0.0 if zero else low - room), high + room
    step = _step(high - low)
    first, last = math.floor(low / step + 1e-9), math.ceil(min(high, most) / step - 1e-9)
    ticks = tuple(round(n * step, 10) for n in range(first, last + 1))
    return Axis(low=ticks[0], high=max(ticks[-1], low + step), start=start, end=end, ticks=ticks)


def _step(span: float, wanted: int = 3) -> float:
    rough = span / wanted
    size = 10.0 ** math.floor(math.log10(rough))
    return next(step * size for step in _STEPS if step * size >= rough * 0.999)


@dataclass(frozen=True, kw_only=True, slots=True)
class Days:
    """A stretch of days, both included, laid over a stretch of a drawing."""

    first: date
    last: date
    start: float
    end: float

    @property
    def width(self) -> float:
        """Width of one day."""
        return (self.end - self.start) / ((self.last - self.first).days + 1)

    def at(self, day: date) -> float:
        """The middle of a day."""
        return self.left(day) + self.width / 2

    def left(self, day: date) -> float:
        """The beginning of a day; days outside are held at the ends."""
        days = (min(max(day, self.first), self.last + timedelta(days=1)) - self.first).days
        return self.start + days * self.width

    def holds(self, day: date) -> bool:
        """Whether a day is within."""
        return self.first <= day <= self.last

    def ticks(self, most: int) -> tuple[date, ...]:
        """Days to label: Mondays, or every other day where there are few, at most `most` of them."""
        total = (self.last - self.first).days + 1
        step = next((s for s in _DAY_STEPS if total / s <= most), _DAY_STEPS[-1])
        monday = self.first + timedelta(days=-self.first.weekday() % 7)
        first = self.first if step < 7 else monday  # noqa: PLR2004 -- days of a week
        return tuple(
            first + timedelta(days=n) for n in range(0, total, step) if first + timedelta(days=n) <= self.last
        )


def short_day(moment: date) -> str:
    """`4 Mar`."""
    return f"{moment.day} {_MONTHS[moment.month - 1]}"
