"""Incidents and targets at a glance, for the front page and the weekly digest: what stands, where, since when."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from urllib.parse import quote

from canary.domain.deployment import Member
from canary.domain.evidence import Evidence
from canary.domain.incident import Analysis, ChangePoint, Incident, Suspicion
from canary.domain.series import Series
from canary.report.life import headline, judged_to, since, standing, status
from canary.report.movements import called, said
from canary.report.numbers import day, listed, percent, plural
from canary.report.people import product
from canary.report.untrusted import label
from canary.report.view import Tone

PAST = 20
"""Incidents that are over, listed on the front page."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """One incident in a list.

    Attributes:
        id, href: which, and its page relative to the index.
        word, tone: where it stands.
        targets: whom it concerns, as readers know it.
        names: the targets' own names.
        headline, doubt: what moved.
        since: when.
    """

    id: str
    href: str
    word: str
    tone: Tone
    targets: str
    names: str
    headline: str
    doubt: str
    since: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Cell:
    """One target and family: its latest pass rate where it is known, and what stands there."""

    text: str
    word: str
    tone: Tone
    judged: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class StripRow:
    """One target across all families."""

    target: str
    about: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Findings:
    """Everything that the analysis found, at a glance.

    Attributes:
        open: incidents that stand, the gravest first.
        past: those that are over, newest first; `older` are not listed.
        suspected: drops that wait for confirmation.
        columns: families, all prompts first.
        rows: one a target.
        steady: targets in which nothing stands.
    """

    open: tuple[Finding, ...]
    past: tuple[Finding, ...]
    older: int
    suspected: tuple[str, ...]
    columns: tuple[str, ...] = ()
    rows: tuple[StripRow, ...] = ()
    steady: int = 0


_NAMED = 3
_GRAVITY = ("high", "medium", "low")
_TONES: Mapping[str, tuple[str, Tone]] = {
    "degradation": ("worse", "bad"),
    "change": ("changed", "warn"),
    "improvement": ("better", "good"),
}
_WORST = ("degradation", "change", "improvement")


def findings(
    analysis: Analysis,
    today: date,
    series: Sequence[Series] = (),
    members: Mapping[str, Member] | None = None,
) -> Findings:
    """All incidents and the strip of targets and families.

    Args:
        analysis: everything that was found.
        today: for how long something stands.
        series: pass rates, for the latest value of each cell; may be empty.
        members: target -> its place, for its name.
    """
    known = members or {}
    open_ones = sorted(open_incidents(analysis), key=lambda one: (_GRAVITY.index(one.severity), one.id))
    over = sorted(
        (one for one in analysis.incidents if one.state != "opened"), key=lambda one: one.id, reverse=True
    )
    columns, rows = _strip(analysis, open_ones, series, known)
    moved = {target for one in open_ones for target in one.targets}
    return Findings(
        open=tuple(finding(one, judged_to(analysis, one, today), known) for one in open_ones),
        past=tuple(finding(one, judged_to(analysis, one, today), known) for one in over[:PAST]),
        older=max(0, len(over) - PAST),
        suspected=tuple(suspected(one) for one in analysis.suspicions),
        columns=columns,
        rows=rows,
        steady=len({row.target for row in rows} - {label(target) for target in moved}),
    )


def open_incidents(analysis: Analysis) -> list[Incident]:
    """Those that stand."""
    return [one for one in analysis.incidents if one.state == "opened"]


def finding(incident: Incident, today: date, members: Mapping[str, Member]) -> Finding:
    """One incident in a list."""
    stands = status(incident, Evidence(series=()))
    told, doubt = headline(incident)
    first = product(incident.targets[0], members) if incident.targets else label(incident.group)
    more = len(incident.targets) - 1
    return Finding(
        id=label(incident.id),
        href=f"incidents/{quote(incident.id, safe='', errors='replace')}.html",
        word=stands.word,
        tone=stands.tone,
        targets=f"{first} and {plural(more, 'more target')}" if more > 0 else first,
        names=listed([label(target) for target in incident.targets], most=_NAMED),
        headline=told,
        doubt=doubt,
        since=since(incident, today),
    )


def suspected(one: Suspicion) -> str:
    """A suspicion in one sentence."""
    return (
        f"{label(one.target)}: {said(one.change)}; suspected on {day(one.raised_on)}, to be confirmed or dropped by "
        f"{day(one.until)}."
    )


def _strip(
    analysis: Analysis, stands: Sequence[Incident], series: Sequence[Series], members: Mapping[str, Member]
) -> tuple[tuple[str, ...], tuple[StripRow, ...]]:
    judged = {(one.target, one.family) for one in analysis.not_seen}
    changed = [change for one in stands for change in standing(one)]
    waiting = {(one.target, one.family) for one in analysis.not_judged}
    places = judged | waiting | {(c.target, c.family) for c in changed}
    families = sorted({family for _, family in places}, key=lambda name: (name != "all", name))
    latest = {(one.target, one.family): _latest(one) for one in series if one.metric == "pass_rate"}
    rows = tuple(
        StripRow(
            target=label(target),
            about=product(target, members) if target in members else "",
            cells=tuple(
                _cell(
                    [c for c in changed if (c.target, c.family) == (target, family)],
                    latest.get((target, family)),
                    judged=(target, family) in judged,
                )
                for family in families
            ),
        )
        for target in sorted({target for target, _ in places})
    )
    return tuple("All prompts" if family == "all" else label(family) for family in families), rows


def _latest(series: Series) -> float | None:
    return next((value for value in reversed(series.values) if value is not None), None)


def _cell(changes: Sequence[ChangePoint], value: float | None, *, judged: bool) -> Cell:
    text = "" if value is None else percent(value)
    if changes:
        worst = min(changes, key=lambda change: _WORST.index(change.verdict))
        word, tone = _TONES[worst.verdict]
        return Cell(text=text, word=f"{word}: {called([worst])}", tone=tone, judged=True)
    return Cell(text=text, word="steady" if judged else "not judged yet", tone="plain", judged=judged)


@dataclass(frozen=True, kw_only=True, slots=True)
class Week:
    """An ISO week: its name, first day and last day."""

    name: str
    first: date
    last: date = field(default=date.max)

    @classmethod
    def named(cls, name: str) -> "Week":
        """`2026-W17`.

        Raises:
            ValueError: it is no ISO week.
        """
        year, _, number = name.partition("-W")
        return cls(
            name=f"{int(year):04d}-W{int(number):02d}",
            first=date.fromisocalendar(int(year), int(number), 1),
            last=date.fromisocalendar(int(year), int(number), 7),
        )

    @classmethod
    def of(cls, moment: date) -> "Week":
        """The week of a day."""
        year, number, _ = moment.isocalendar()
        return cls.named(f"{year:04d}-W{number:02d}")

    def holds(self, day: date) -> bool:
        """Whether a day lies in it."""
        return self.first <= day <= self.last

    def days(self) -> Iterator[date]:
        """Its seven days."""
        for number in range(7):
            yield date.fromordinal(self.first.toordinal() + number)
