"""Cron expressions as canary takes them: five fields, weekdays by name.

Numbers for weekdays are refused: cron counts from Sunday, the scheduler from Monday, and either reading would be wrong
for half of the readers. What is taken here means the same in both.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_LONGEST_MONTHS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Field:
    """One field: its name in messages, its range, and names that stand for its values from `low` on."""

    name: str
    low: int
    high: int
    names: Sequence[str] = ()
    numbers: bool = True


_FIELDS = (
    _Field(name="minute", low=0, high=59),
    _Field(name="hour", low=0, high=23),
    _Field(name="day of the month", low=1, high=31),
    _Field(name="month", low=1, high=12, names=_MONTHS),
    _Field(name="weekday", low=0, high=6, names=_WEEKDAYS, numbers=False),
)
_ITEM = re.compile(r"(\*|[a-z0-9]+)(?:-([a-z0-9]+))?(?:/([0-9]{1,2}))?")


def cron_problem(expression: str) -> str | None:
    """Why a cron expression can't be used, in one clause; None where it can."""
    parts = expression.lower().split()
    if len(parts) != len(_FIELDS):
        return "must have five fields: minute, hour, day of the month, month, weekday"
    values: list[set[int]] = []
    for part, field in zip(parts, _FIELDS, strict=True):
        found = _values(part, field)
        if isinstance(found, str):
            return found
        values.append(found)
    if not any(day <= _LONGEST_MONTHS[month - 1] for day in values[2] for month in values[3]):
        return "names a date that never comes"
    return None


def _values(text: str, field: _Field) -> set[int] | str:
    """Values of a field, or why it has none."""
    values: set[int] = set()
    for item in text.split(","):
        found = _item(item, field)
        if isinstance(found, str):
            return found
        values |= found
    return values


def _item(item: str, field: _Field) -> set[int] | str:
    match = _ITEM.fullmatch(item)
    if match is None:
        return f"has a {field.name} that can't be read"
    first, last, step = match.groups()
    low = field.low if first == "*" else _value(first, field)
    high = field.high if first == "*" else _value(last or first, field)
    if low is None or high is None:
        return _unknown(first, field)
    if (first == "*" and last) or (step and first != "*" and not (last and first.isdigit())):
        return f"has a {field.name} that can't be read"
    if low > high or (step and not 1 <= int(step) <= high - low):
        return f"has a {field.name} whose range is empty"
    return set(range(low, high + 1, int(step or 1)))


def _value(text: str, field: _Field) -> int | None:
    if text in field.names:
        return field.low + field.names.index(text)
    if not (field.numbers and text.isdigit() and field.low <= int(text[:9]) <= field.high):
        return None
    return int(text)


def _unknown(text: str, field: _Field) -> str:
    if not field.numbers and text.isdigit():
        return "must name weekdays, like mon or mon-fri: numbers mean different days to different programs"
    return f"has a {field.name} that can't be read"
