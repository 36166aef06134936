"""The front page: what stands, up to which day every target is judged, and the runs, newest first."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote

from canary.domain.trial import Run
from canary.report.currency import Current, currents, overall, told
from canary.report.findings import Findings
from canary.report.numbers import instant
from canary.report.page import kicker
from canary.report.sentences import UNFINISHED, progress, state
from canary.report.view import Counts, Fact, State

RECENT = 14
"""Newest runs that are shown; the others are folded away."""

LISTED = 400
"""Runs listed at all; a year of daily runs and some by hand."""

DIGESTS = 26
"""Digests linked."""

_DAY_S = 86400


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
        state: the worst of all targets: on time, late, or without a verdict.
        headline: up to which day everything is judged, and how long ago the last complete scheduled run was.
        last_run_days: whole days since the last complete scheduled run ended; None without one.
        current: every target with its last complete scheduled run and the day up to which it is judged.
        entries: the newest runs, newest first.
        earlier: runs before those, folded away.
        older: runs that are not listed.
        written: when the page was written.
        findings: what the analysis says; None = none was made.
        digests: weeks that have a digest, newest first.
        banner: said over everything; "" without.
    """

    state: State
    headline: str
    last_run_days: int | None
    current: tuple[Current, ...]
    entries: tuple[IndexEntry, ...]
    earlier: tuple[IndexEntry, ...]
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
    current: Sequence[Current] | None = None,
) -> IndexPage:
    """What the front page says.

    Args:
        runs: all runs, in any order; imported ones are listed without a link, because no page was written for them.
        counts: run id -> its counts; a run without shows its status alone.
        now: UTC.
        found: what the analysis says; None = none was made.
        digests: names of weeks that have a digest, such as `2026-W17`.
        banner: said over everything; "" without.
        current: how current every target is; None = told from the runs alone.
    """
    ordered = sorted(runs, key=lambda run: (run.started_at, run.id), reverse=True)
    targets = currents(runs, None, now) if current is None else tuple(current)
    entries = tuple(_entry(run, counts.get(run.id)) for run in ordered[:LISTED])
    last = max(
        (
            run.finished_at
            for run in runs
            if run.trigger == "schedule" and run.status == "complete" and run.finished_at
        ),
        default=None,
    )
    return IndexPage(
        state=overall(targets),
        headline=told(targets, now),
        last_run_days=None if last is None else int(max(0.0, (now - last).total_seconds()) // _DAY_S),
        current=targets,
        entries=entries[:RECENT],
        earlier=entries[RECENT:],
        older=max(0, len(ordered) - LISTED),
        written=Fact(label="Page written", text=instant(now), moment=now),
        findings=found,
        digests=tuple(sorted(digests, reverse=True)[:DIGESTS]),
        banner=banner,
    )


def _entry(run: Run, counts: Counts | None) -> IndexEntry:
    return IndexEntry(
        run=run,
        title=instant(run.slot or run.started_at),
        kicker=kicker(run),
        state=state(run, counts) if counts else _status_alone(run),
        counts=counts,
        summary=progress(counts) if counts else "",
        href="" if run.imported else f"runs/{quote(run.id, safe='', errors='replace')}.html",
    )


def _status_alone(run: Run) -> State:
    return UNFINISHED.get(run.status, State(word="Complete", tone="plain"))
