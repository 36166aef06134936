"""A comparison in words: one sentence first, then what moved, what was lost, and what could not have been seen."""

from collections.abc import Sequence

from canary.analysis.comparison import ALL, Comparison, Pair, Row, Verdict
from canary.analysis.cost_pairs import cost_lines
from canary.domain.series import metric

MANY = 10
"""Prompts named before the rest is counted."""

_WITH_UNIT = frozenset({"s", "tokens/s"})
"""Units that a metric's title does not say already."""

HEAD = ("metric", "old", "new", "change", "95 % interval", "adjusted p", "verdict")


def headline(pair: Pair) -> str:
    """What one pair comes to, in one sentence."""
    return f"{pair.verdict.upper()}: {_HOW[pair.verdict](pair)}"


def _worse(pair: Pair) -> str:
    return _all_moved(pair, "worse") + "."


def _better(pair: Pair) -> str:
    return _all_moved(pair, "better") + "."


def _all_moved(pair: Pair, verdict: Verdict) -> str:
    """Every row of a verdict; a family is left out where all prompts together say the same."""
    rows = [row for row in pair.rows if row.counts and row.verdict == verdict]
    whole = {row.metric for row in rows if row.family == ALL}
    return "; ".join(_moved(row) for row in rows if row.family == ALL or row.metric not in whole)


def _changed(pair: Pair) -> str:
    moved, primary = _all_moved(pair, "changed"), pair.primary
    if primary is None or primary.verdict == "changed":
        return f"{moved}."
    return f"{moved}; {_title(primary)}: {primary.verdict}."


def _equivalent(pair: Pair) -> str:
    row = pair.primary
    if row is None:
        return "nothing that was compared differs."
    span = _size(row.margin, row, signed=False)
    return f"{_title(row)} {_level(row.b, row)} against {_level(row.a, row)}; a difference of {span} is ruled out."


def _inconclusive(pair: Pair) -> str:
    row = pair.primary
    if row is None:
        return "too little was measured on both sides."
    seen = (
        ""
        if row.minimum is None
        else f" {_size(row.minimum, row, signed=False)} would have been seen, less might not."
    )
    return (
        f"{_title(row)} {_level(row.b, row)} against {_level(row.a, row)}:"
        f" no difference is shown, and {_size(row.margin, row, signed=False)} can't be ruled out.{seen}"
    )


_HOW = {
    "worse": _worse,
    "better": _better,
    "changed": _changed,
    "equivalent": _equivalent,
    "inconclusive": _inconclusive,
}


def _moved(row: Row) -> str:
    if row.churn and row.verdict == "changed":
        return f"{_title(row)}: {len(row.lost)} prompts lost and {len(row.gained)} gained, more than chance"
    change = "" if row.effect is None else f" ({_size(row.effect, row)})"
    return f"{_title(row)} {_level(row.a, row)} -> {_level(row.b, row)}{change}"


def _title(row: Row) -> str:
    name = metric(row.metric).title
    return name if row.family == ALL else f"{name}, {shown(row.family)}"


def _level(value: float | str, row: Row) -> str:
    if isinstance(value, str):
        return shown(value)
    if metric(row.metric).kind == "proportion":
        return f"{100 * value:.1f} %"
    figure = f"{value:.3g}" if abs(value) < 1000 else f"{value:,.0f}"  # noqa: PLR2004 - whole numbers read better
    unit = metric(row.metric).unit
    return f"${figure}" if unit == "USD" else f"{figure} {unit}" if unit in _WITH_UNIT else figure


def _size(value: float, row: Row, *, signed: bool = True) -> str:
    form = _hundredths(value) if signed else f"{100 * value:.1f}"
    return f"{form} {'points' if row.unit == 'points' else '%'}"


def _hundredths(value: float) -> str:
    """With its sign; what rounds to nothing is never minus nothing."""
    return f"{round(100 * value, 1) + 0.0:+.1f}"


def shown(text: str) -> str:
    """A name from outside on one line, without what could steer a terminal or break a table."""
    plain = "".join(one if one.isprintable() and one not in "|`" else "?" for one in text)
    return plain if len(plain) <= 60 else f"{plain[:59]}…"  # noqa: PLR2004 - a fingerprint is long


def cells(row: Row) -> tuple[str, ...]:
    """One row of the table, under `HEAD`."""
    limits = (
        "" if row.low is None or row.high is None else f"{_hundredths(row.low)} to {_hundredths(row.high)}"
    )
    p = "" if row.p_adjusted is None else ("<0.001" if row.p_adjusted < 0.001 else f"{row.p_adjusted:.3f}")  # noqa: PLR2004
    change = "" if row.effect is None else _size(row.effect, row)
    verdict = row.verdict if row.counts else f"({row.verdict})"
    return (_title(row), _level(row.a, row), _level(row.b, row), change, limits, p, verdict)


def basis(pair: Pair) -> str:
    """What was compared, and what was left out."""
    one = pair.pairing
    prompts = int(one.column_a.size)
    said = f"{prompts} prompt{'s' * (prompts != 1)} paired, {one.a.graded:,} trials against {one.b.graded:,}"
    left = [
        f"{len(names)} {why}"
        for names, why in (
            (one.edited, "edited in between"),
            (one.only_a, "only on the old side"),
            (one.only_b, "only on the new side"),
        )
        if names
    ]
    said += f"; left out: {', '.join(left)}" if left else ""
    if one.days is not None:
        same = "day" if len(one.days) == 1 else _days(len(one.days))
        return f"{said}. Both sides were asked on the same {same}, so what a day does cancels."
    known = max(one.a.day_count, one.b.day_count)
    if known < 2:  # noqa: PLR2004 - one day each
        return f"{said}. Different days, one each: how far days differ is assumed, not known."
    return f"{said}. {_days(one.a.day_count)} against {_days(one.b.day_count)}; how far days differ is in the error."


def _days(count: int) -> str:
    return f"{count} day{'s' * (count != 1)}"


def names_of(prompts: Sequence[str], many: int = MANY) -> str:
    """Prompts by id, the first ones named and the rest counted."""
    named = ", ".join(shown(name) for name in prompts[:many])
    return f"{named} and {len(prompts) - many} more" if len(prompts) > many else named


def flipped(pair: Pair) -> list[str]:
    """Lost and gained prompts, a line each."""
    row = pair.primary
    if row is None:
        return []
    lines = [("Lost", row.lost), ("Gained", row.gained)]
    return [f"{name} ({len(prompts)}): {names_of(prompts)}" for name, prompts in lines if prompts]


def paid(pair: Pair) -> list[str]:
    """What a solved task costs on both sides, and why it moved."""
    cost = pair.cost
    if cost is None:
        return []
    unknown = sorted({*cost.before.unknown, *cost.after.unknown})
    return cost_lines(cost, names_of(unknown) or targets(pair))


def headed(found: Comparison) -> list[tuple[str, Pair]]:
    """Every pair with its sentence, named by its targets where there are several or they differ."""
    named = len(found.pairs) > 1 or any(not pair.pairing.same_target for pair in found.pairs)
    return [(f"{targets(pair)}: {headline(pair)}" if named else headline(pair), pair) for pair in found.pairs]


def targets(pair: Pair) -> str:
    """The targets of a pair."""
    one = pair.pairing
    return shown(one.a.target) if one.same_target else f"{shown(one.a.target)} -> {shown(one.b.target)}"


def short_text(found: Comparison) -> str:
    """A few lines: the sentence, what was lost and gained, what was compared."""
    lines: list[str] = []
    for sentence, pair in headed(found):
        lines += [sentence, *flipped(pair), basis(pair)]
    return "\n".join(lines)


def worth_showing(pair: Pair) -> list[Row]:
    """What decides first and what moved."""
    quiet = {"equivalent", "inconclusive"}
    return [row for row in pair.rows if row is pair.primary or row.verdict not in quiet]


def markdown(found: Comparison) -> str:
    """A comment for a pull request."""
    parts = [f"**canary: {found.verdict}**: {shown(found.b)} against {shown(found.a)}"]
    for sentence, pair in headed(found):
        rows = [HEAD, ("---",) * len(HEAD), *(cells(row) for row in worth_showing(pair))]
        table = "\n".join(f"| {' | '.join(row)} |" for row in rows)
        parts += [sentence, table, *flipped(pair), *paid(pair), basis(pair)]
    return "\n\n".join(parts)
