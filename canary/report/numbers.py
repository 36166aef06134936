"""Numbers and moments as people read them. One spelling for page, text and mail.

Numbers and their units are joined by a no-break space, so that a line never ends between them; the text twin turns it
into a plain one after wrapping. What was not measured is written out, never 0.
"""

import math
from datetime import UTC, date, datetime

JOIN = "\N{NO-BREAK SPACE}"
MINUS = "\N{MINUS SIGN}"
NOT_MEASURED = "not measured"
UNKNOWN = "unknown"

_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
_MINUTE, _HOUR, _DAY = 60, 3600, 86400


def count(n: int) -> str:
    """`1,234`."""
    return f"{n:,}".replace("-", MINUS)


def plural(n: int, one: str, many: str | None = None) -> str:
    """`1 trial`, `2 trials`, `0 trials`; `many` where adding an s is wrong."""
    return f"{count(n)}{JOIN}{one if n == 1 else many or one + 's'}"


def percent(share: float) -> str:
    """`84 %`; with as many decimals (two at most) as keep "nearly all" and "nearly none" apart from all and none."""
    return f"{_percent_number(share)}{JOIN}%"


def percent_range(low: float, high: float) -> str:
    """`80 to 88 %`."""
    return f"{_percent_number(low)} to {_percent_number(high)}{JOIN}%"


def _percent_number(share: float) -> str:
    sure = share in {0.0, 1.0}
    for digits in (0, 1, 2):
        text = f"{share * 100:.{digits}f}"
        if sure or float(text) not in {0.0, 100.0}:
            return text
    return "under 0.01" if share < 0.5 else "over 99.99"  # noqa: PLR2004 -- the nearer end


def amount(value: float) -> str:
    """Three significant digits below 1,000, whole numbers above: `0`, `0.312`, `1.75`, `23.4`, `1,234`."""
    if value < 0:
        return MINUS + amount(-value)
    if value == 0:
        return "0"
    for below, digits in ((0.9995, 3), (9.995, 2), (99.95, 1)):
        if value < below:
            return f"{value:.{digits}f}"
    return f"{value:,.0f}"


def seconds(value: float) -> str:
    """`840 ms`, `2.31 s`, `23.4 s`, `3 min 20 s`."""
    if value < 0.9995:  # noqa: PLR2004 -- what would round to 1.00 s is told in seconds
        return f"{value * 1000:.0f}{JOIN}ms"
    if value < 2 * _MINUTE:
        return f"{amount(value)}{JOIN}s"
    return duration(value)


def duration(value: float) -> str:
    """The two largest units: `42 s`, `4 min 12 s`, `1 h 3 min`, `2 days 5 h`."""
    whole = round(value)
    if whole < _MINUTE:
        return f"{whole}{JOIN}s"
    if whole < _HOUR:
        return _two(whole // _MINUTE, f"{JOIN}min", whole % _MINUTE, f"{JOIN}s")
    if whole < _DAY:
        return _two(whole // _HOUR, f"{JOIN}h", whole % _HOUR // _MINUTE, f"{JOIN}min")
    days = whole // _DAY
    return _two(days, f"{JOIN}day" if days == 1 else f"{JOIN}days", whole % _DAY // _HOUR, f"{JOIN}h")


def _two(large: int, large_unit: str, small: int, small_unit: str) -> str:
    return f"{large}{large_unit}" + (f"{JOIN}{small}{small_unit}" if small else "")


def usd(value: float) -> str:
    """Cents from a dime up, two significant digits below: `$1,234`, `$3.42`, `$0.034`; `$0.00` only for nothing at all."""
    if value < 0:
        return MINUS + usd(-value)
    if value >= 999.995:  # noqa: PLR2004 -- above, cents are noise
        return f"${value:,.0f}"
    if value == 0 or value >= 0.0995:  # noqa: PLR2004 -- what rounds to a dime is told in cents
        return f"${value:.2f}"
    digits = 1 - math.floor(math.log10(value))
    return f"${value:.{digits}f}"


def day(moment: date) -> str:
    """`1 March 2026`."""
    return f"{moment.day}{JOIN}{_MONTHS[moment.month - 1]}{JOIN}{moment.year}"


def clock(moment: datetime) -> str:
    """`06:00:12 UTC`."""
    return f"{moment.astimezone(UTC):%H:%M:%S}{JOIN}UTC"


def instant(moment: datetime) -> str:
    """`1 March 2026, 06:00 UTC`."""
    moment = moment.astimezone(UTC)
    return f"{day(moment.date())}, {moment:%H:%M}{JOIN}UTC"


def listed(items: list[str], *, most: int | None = None, what: str = "more") -> str:
    """`a`, `a and b`, `a, b and c`; beyond `most` the rest is counted: `a, b and 3 more`."""
    if most is not None and len(items) > most:
        items = [*items[:most], f"{count(len(items) - most)}{JOIN}{what}"]
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} and {items[-1]}" if items else ""


def short_digest(digest: str) -> str:
    """Its first eight characters: enough to tell two apart by eye."""
    return digest[:8]


def day_range(low: date, high: date, this_year: int) -> str:
    """`4 March`, `4 to 6 March`, `28 February to 2 March`; with the year where it is not this one."""
    year = "" if high.year == this_year else f"{JOIN}{high.year}"
    last = f"{high.day}{JOIN}{_MONTHS[high.month - 1]}{year}"
    if low == high:
        return last
    if (low.year, low.month) == (high.year, high.month):
        return f"{low.day} to {last}"
    first = f"{low.day}{JOIN}{_MONTHS[low.month - 1]}" + (
        f"{JOIN}{low.year}" if low.year != high.year else ""
    )
    return f"{first} to {last}"


def weekday_instant(moment: datetime) -> str:
    """`Tue 17 March, 06:00 UTC`."""
    moment = moment.astimezone(UTC)
    name = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")[moment.weekday()]
    return f"{name} {moment.day}{JOIN}{_MONTHS[moment.month - 1]}, {moment:%H:%M}{JOIN}UTC"
