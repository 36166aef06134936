"""The front page: all runs, newest first, and how long ago the last complete one was."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote

from canary.domain.trial import Run
from canary.report.findings import Findings
from canary.report.numbers import duration, instant
from canary.report.page import kicker
from canary.report.sentences import UNFINISHED, progress, state
from canary.report.view import Counts, Fact, State

LISTED = 400
"""Runs listed; a year of daily runs and some by hand."""

DIGESTS = 26
"""Digests linked."""

_DAY_S = 86400
_LATE_DAYS = 2


@dataclass(frozen=True, kw_only=True, slots=True)
class IndexEntry:
    """One run in the list.

    Attributes:
        run: as stored, for the data beside the page.
        title: when it was due or started.
        kicker: what started it, and its label.
        state: how far it came.
        counts: None where they were not given.
        summary: the counts in words; "" without.
        href: its page, relative to the index; "" without one.
    """

    run: Run
    title: str
    kicker: str
    state: State
    counts: Counts | None
    summary: str
    href: str


@dataclass(frozen=True, kw_only=True, slots=True)
class IndexPage:
    """All runs.

    Attributes:
        state: whether the last complete run is recent.
        headline: how long ago it was.
        last_run_days: whole days since it ended; None without one.
        entries: the newest runs, newest first.
        older: runs that are not listed.
        written: when the page was written.
        findings: what the analysis says; None = none was made.
        digests: weeks that have a digest, newest first.
        banner: said over everything; "" without.
    """

    state: State
    headline: str
    last_run_days: int | None
    entries: tuple[IndexEntry, ...]
    older: int
    written: Fact
    findings: Findings | None = None
    digests: tuple[str, ...] = ()
    banner: str = ""


def index_page(
    runs: Sequence[Run],
    counts: Mapping[str, Counts],
    now: datetime,
    found: Findings | None = None,
    digests: Sequence[str] = (),
    banner: str = "",
) -> IndexPage:
    """What the front page says.

    Args:
        runs: all runs, in any order; imported ones are listed without a link, because no page was written for them.
        counts: run id -> its counts; a run without shows its status alone.
        now: UTC.
        found: what the analysis says; None = none was made.
        digests: names of weeks that have a digest, such as `2026-W17`.
        banner: said over everything; "" without.
    """
    ordered = sorted(runs, key=lambda run: (run.started_at, run.id), reverse=True)
    ended = [run.finished_at for run in ordered if run.status == "complete" and run.finished_at is not None]
    last = max(ended, default=None)
    return IndexPage(
        state=_state(last, now),
        headline=_headline(last, now),
        last_run_days=None if last is None else int(_passed_s(last, now) // _DAY_S),
        entries=tuple(_entry(run, counts.get(run.id)) for run in ordered[:LISTED]),
        older=max(0, len(ordered) - LISTED),
        written=Fact(label="Page written", text=instant(now), moment=now),
        findings=found,
        digests=tuple(sorted(digests, reverse=True)[:DIGESTS]),
        banner=banner,
    )


def _state(last: datetime | None, now: datetime) -> State:
    """Silence is worse news than any finding. The exact due time is `canary status`'s to tell; days warn here."""
    if last is None:
        return State(word="No complete run yet", tone="warn")
    if _passed_s(last, now) >= _LATE_DAYS * _DAY_S:
        return State(word="No run lately", tone="bad")
    return State(word="Up to date", tone="good")


def _headline(last: datetime | None, now: datetime) -> str:
    if last is None:
        return "No run had been completed when this page was written."
    return f"The last complete run ended on {instant(last)}, {duration(_passed_s(last, now))} before this page was written."


def _passed_s(last: datetime, now: datetime) -> float:
    return max(0.0, (now - last).total_seconds())


def _entry(run: Run, counts: Counts | None) -> IndexEntry:
    return IndexEntry(
        run=run,
        title=instant(run.slot or run.started_at),
        kicker=kicker(run),
        state=state(run, counts) if counts else _status_alone(run),
        counts=counts,
        summary=progress(counts) if counts else "",
        href="" if run.imported else f"runs/{quote(run.id, safe='')}.html",
    )


def _status_alone(run: Run) -> State:
    return UNFINISHED.get(run.status, State(word="Complete", tone="plain"))
