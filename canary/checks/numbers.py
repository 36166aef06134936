"""Numbers in text, exactly: what is written as 1,250.5 or 3/4 or 2e3 is a fraction, never a rounded float."""

import re
from collections.abc import Iterable, Mapping
from fractions import Fraction
from math import isfinite

_NUMBER = re.compile(
    r"(?<![\w.])(?<!\d,)[-+−]?"
    r"(?:\d{1,3}(?:[,\u00a0\u202f\u2009']\d{3})++(?![,'\u00a0\u202f\u2009]?\d)|\d++)"
    r"(?:[.,]\d++)?(?:[eE][-+]?\d{1,3})?(?:/\d++)?"
)
_GROUPS = re.compile(r"(?<=\d)[,\u00a0\u202f\u2009'](?=\d{3}(?!\d))")
_LATEX_FRACTION = re.compile(r"\\d?frac\{(-?\d{1,18})\}\{(\d{1,18})\}")
_LIST_NUMBER = re.compile(r"^[ \t]*\d{1,4}[.)](?=\s)", re.MULTILINE)
_SPELLED_CHARACTERS = 40
"""A number written with more characters is no answer and is not read."""


def written_numbers(text: str) -> list[str]:
    """The numbers of a text in order, as they are written. Groups of three are told by comma or narrow space."""
    return _NUMBER.findall(_LATEX_FRACTION.sub(r"\1/\2", text))


def first_number(written: Iterable[str]) -> tuple[str, Fraction] | None:
    """The first of some written numbers that can be read, with its value."""
    return next(((one, value) for one in written if (value := number_value(one)) is not None), None)


def number_values(text: str) -> Mapping[Fraction, str]:
    """The values in a text, each with how it is written first."""
    values: dict[Fraction, str] = {}
    for one in dict.fromkeys(written_numbers(text)):
        value = number_value(one)
        if value is not None:
            values.setdefault(value, one)
    return values


def number_value(written: str) -> Fraction | None:
    """The value of one written number; None where it is none, or absurdly long."""
    if len(written) > _SPELLED_CHARACTERS or not _NUMBER.fullmatch(written):
        return None
    bare = written.replace("−", "-").lstrip("+")
    grouped = _GROUPS.sub("", bare) if _GROUPS.search(bare) else bare
    try:
        top, _, bottom = grouped.replace(",", ".").partition("/")
        return Fraction(top) / (Fraction(bottom) if bottom else 1)
    except (ValueError, ZeroDivisionError):
        return None


def without_list_numbers(text: str) -> str:
    """A text without the numbers of its numbered items."""
    return _LIST_NUMBER.sub(" ", text)


def is_close(value: float, wanted: float, tolerance: float, relative: float = 0.0) -> bool:
    """Whether two numbers differ by at most a tolerance, or a share of the wanted one; decimals are taken as written."""
    if not (isfinite(value) and isfinite(wanted)):
        return value == wanted
    return fraction_is_close(Fraction(str(value)), wanted, tolerance, relative)


def fraction_is_close(value: Fraction, wanted: float, tolerance: float, relative: float) -> bool:
    """`is_close` of a fraction."""
    exact = Fraction(str(wanted))
    allowed = max(Fraction(str(tolerance)), Fraction(str(relative)) * abs(exact))
    return abs(value - exact) <= allowed
