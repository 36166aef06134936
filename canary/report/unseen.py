"""What could have happened without anybody seeing it: sizes below the limit, arms, hours and prompts that nobody asks."""

from collections import Counter
from collections.abc import Iterator, Sequence

from canary.domain.incident import Analysis, Attribution, Sensitivity
from canary.report.incident_view import Unseen, UnseenRow
from canary.report.movements import title_of
from canary.report.numbers import JOIN, listed, plural
from canary.report.people import ARMS
from canary.report.untrusted import label, one_line
from canary.report.wordings import wording

MOST = 24

WEEK_DAYS = 7
"""The horizon that one sentence names."""


_OUT = "Calls that fail are not graded: while they do, a change of quality would not show, and the sizes below do not hold."


def unseen(
    analysis: Analysis, targets: Sequence[str], found: Attribution | None, hours: str, *, out: bool = False
) -> Unseen:
    """For some targets: a row a series, a column a number of days.

    Args:
        analysis: its smallest detectable changes.
        targets: whose; the order is kept.
        found: the attribution of an incident, for the arms that nobody runs; None without one.
        hours: when runs start, as a phrase; "" where that is not known.
        out: whether calls fail: then nothing at all is measured.
    """
    known = [one for one in analysis.not_seen if one.target in targets]
    days = sorted({one.days for one in known})
    rows = _rows(known, days, targets)
    return Unseen(
        columns=tuple(f"within {plural(n, 'day')}" for n in days),
        rows=tuple(rows[:MOST]),
        uncounted=max(0, len(rows) - MOST),
        told=((_OUT,) if out else ()) + tuple(_told(analysis, targets, found, hours)),
    )


def _rows(known: Sequence[Sensitivity], days: Sequence[int], targets: Sequence[str]) -> list[UnseenRow]:
    table: dict[tuple[str, str, str], dict[int, Sensitivity]] = {}
    for one in known:
        table.setdefault((one.target, one.family, one.metric), {})[one.days] = one
    order = {target: place for place, target in enumerate(targets)}
    keys = sorted(table, key=lambda k: (k[1] != "all", order[k[0]], wording(k[2]).rank, k))
    return [
        UnseenRow(
            target=label(target),
            measure=title_of(metric),
            family="" if family == "all" else label(family),
            sizes=tuple(size_told(table[target, family, metric].get(n)) for n in days),
        )
        for target, family, metric in keys
    ]


def size_told(one: Sensitivity | None) -> str:
    """`±3.1 points`, `±9 %`; a dash where it is not known."""
    if one is None:
        return "\N{EN DASH}"
    size = one.minimum_detectable_effect * 100
    number = f"{size:.1f}" if size < 10 else f"{size:.0f}"  # noqa: PLR2004 -- a decimal where it matters
    return f"±{number}{JOIN}{'points' if one.effect_unit == 'points' else '%'}"


def _told(analysis: Analysis, targets: Sequence[str], found: Attribution | None, hours: str) -> Iterator[str]:
    yield (
        "A change smaller than the sizes in this table is found less than four times in five within the days named. "
        "“Not seen” never means “not there”."
    )
    if found is not None and found.missing_arms:
        arms = listed([ARMS.get(arm, arm) for arm in found.missing_arms])
        yield f"Nobody asks {arms}: a change there alone would not show."
    if hours:
        yield f"Runs start {hours}; other hours of the day are not sampled."
    yield "What the prompt set does not ask, what is served to other accounts, and faults on few requests may never show."
    reasons = Counter(one.reason for one in analysis.not_judged if one.target in targets)
    for reason, n in reasons.most_common(4):
        yield f"Not judged yet: {plural(n, 'series', 'series')} ({one_line(reason)})."
    others = len(reasons) - 4
    if others > 0:
        yield f"And {plural(others, 'further reason')} for series not judged."


def smallest(analysis: Analysis, target: str, metric: str, days: int) -> str:
    """The smallest detectable change of one series over all prompts; "" where it is not known."""
    for one in analysis.not_seen:
        if (one.target, one.family, one.metric, one.days) == (target, "all", metric, days):
            return size_told(one).removeprefix("±")
    return ""
