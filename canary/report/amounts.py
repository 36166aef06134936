"""Values and differences of a metric as people read them: unit, sign, and digits enough to tell two values apart."""

from canary.domain.incident import EffectUnit
from canary.domain.series import metric
from canary.report.numbers import JOIN, MINUS, amount, percent, seconds, usd
from canary.report.untrusted import label

_FINE = 10.0
"""Below this many points or per cent a decimal is told."""

_HUNDRED = 100.0


def value_told(name: str, value: float | str | None) -> str:
    """A level with its unit: `77 %`, `401 tokens`, `$0.36`, `2.31 s`; names as they are; "" for none."""
    if value is None:
        return ""
    if isinstance(value, str):
        return label(value)
    known = metric(name)
    if known.kind == "proportion":
        return percent(value)
    if known.unit == "USD":
        return usd(value)
    if known.unit == "s":
        return seconds(value)
    return f"{amount(value)}{JOIN}{known.unit}" if known.unit else amount(value)


def bare_value(name: str, value: float) -> str:
    """A level in as few characters as a scale has room for."""
    known = metric(name)
    if known.kind == "proportion":
        return f"{round(value * _HUNDRED, 1):g}{JOIN}%"
    if known.unit == "USD":
        return usd(value)
    return f"{value / 1000:g}k" if abs(value) >= 10_000 else f"{value:,g}"  # noqa: PLR2004 -- five digits crowd a scale


def pair_told(name: str, before: float | str | None, after: float | str | None) -> tuple[str, str]:
    """Two levels; proportions get a decimal where whole per cents would hide their difference."""
    if isinstance(before, str | None) or isinstance(after, str | None):
        return value_told(name, before), value_told(name, after)
    if metric(name).kind == "proportion" and abs(before - after) < 0.02:  # noqa: PLR2004 -- points
        return _fine_percent(before), _fine_percent(after)
    return value_told(name, before), value_told(name, after)


def _fine_percent(share: float) -> str:
    told = percent(share)
    return told if "." in told or share in {0.0, 1.0} else f"{share * _HUNDRED:.1f}{JOIN}%"


def difference_told(effect: float | None, unit: EffectUnit) -> str:
    """`−51 %` of the level before, or `−3.2 points`; "" for none."""
    if effect is None:
        return ""
    number = _signed(effect * _HUNDRED, fine=abs(effect) * _HUNDRED < _FINE)
    if unit == "ratio":
        return f"{number}{JOIN}%"
    return f"{number}{JOIN}{'point' if number.lstrip('+' + MINUS) in {'1', '1.0'} else 'points'}"


def range_told(low: float | None, high: float | None, unit: EffectUnit) -> str:
    """`−58 to −43 %`, `−6.1 to +0.2 points`; "" for none. A limit that is not 0 is never shown as 0."""
    if low is None or high is None:
        return ""
    fine = min(abs(low), abs(high)) * _HUNDRED < _FINE
    one, other = (_signed(limit * _HUNDRED, fine=fine) for limit in (low, high))
    return f"{one} to {other}{JOIN}{'%' if unit == 'ratio' else 'points'}"


def _signed(value: float, *, fine: bool) -> str:
    if value == 0:
        return "0"
    size = f"{abs(value):,.1f}" if fine else f"{abs(value):,.0f}"
    if float(size.replace(",", "")) == 0:
        return f"{MINUS if value < 0 else '+'}<{'0.1' if fine else '1'}"
    return f"{MINUS if value < 0 else '+'}{size}"


def is_certain(low: float | None, high: float | None) -> bool:
    """Whether an interval leaves no doubt about the direction."""
    return low is not None and high is not None and (low > 0 or high < 0)
