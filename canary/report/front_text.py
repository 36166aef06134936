"""The plain-text twins of the front page and the weekly digest: the same figures in the same order."""

from collections.abc import Iterator, Sequence

from canary.report.columns import labelled, wrapped
from canary.report.digest import DigestPage
from canary.report.findings import Finding, Findings
from canary.report.incident_text import joined, section
from canary.report.index import IndexPage
from canary.report.numbers import plural


def index_text(page: IndexPage) -> str:
    """The twin of the front page."""
    return joined(
        (
            *wrapped(f"[{page.state.word.upper()}] canary"),
            "",
            *(wrapped(f"*** {page.banner} ***") if page.banner else ()),
            *wrapped(page.headline),
            *(_findings(page.findings) if page.findings else ()),
            *(section("Up to date?", _currents(page)) if page.current else ()),
            *section("Runs", _runs(page)),
            "",
            *wrapped(f"{page.written.label} {page.written.text}."),
        )
    )


def digest_text(page: DigestPage) -> str:
    """The twin of a weekly digest."""
    return joined(
        (
            *(wrapped(f"*** {page.banner} ***") if page.banner else ()),
            *wrapped(f"{page.state.word.upper()}: {page.title}, {page.headline}"),
            "",
            *(line for told in page.runs for line in wrapped(told)),
            *section("Opened this week", incidents_text(page.opened)),
            *section("Over this week", incidents_text(page.over)),
            *_findings(page.found),
            *section("Nothing detectable above", _steady(page)),
            *section("Noted", _noted(page)),
            *section("In figures", labelled((fact.label, fact.text) for fact in page.facts)),
            "",
            *wrapped(f"{page.written.label} {page.written.text}."),
        )
    )


def _steady(page: DigestPage) -> Iterator[str]:
    for one in page.steady:
        yield from wrapped(
            f"{one.target}: task success {one.success} within 7 days"
            + (f"; {one.others}" if one.others else "")
        )
    if not page.steady:
        yield "No target is steady and judged."


def _noted(page: DigestPage) -> Iterator[str]:
    for told in page.noted:
        yield from wrapped(told, first="* ", indent="  ")
    if page.noted_more:
        yield f"And {plural(page.noted_more, 'more note')}."
    if not page.noted:
        yield "Nothing."


def _findings(found: Findings) -> Iterator[str]:
    yield from section("Open incidents", incidents_text(found.open))
    for told in found.suspected:
        yield from wrapped(told, first="? ", indent="  ")
    if found.past:
        yield from section("Incidents that are over", incidents_text(found.past))
    yield from section("Targets", _strip(found))


def _strip(found: Findings) -> Iterator[str]:
    for row in found.rows:
        yield from wrapped(f"{row.target} ({row.about})" if row.about else row.target)
        yield from labelled(
            (column, f"{cell.text} {cell.word}".strip())
            for column, cell in zip(found.columns, row.cells, strict=True)
        )


def incidents_text(found: Sequence[Finding]) -> Iterator[str]:
    """Incidents in a list, each with what it is about."""
    for one in found:
        yield from wrapped(
            f"{one.word} {one.id}, {one.targets} ({one.names}): {one.headline}", indent="  ", first=""
        )
        yield from wrapped(one.doubt, indent="  ")
        yield from wrapped(one.since, indent="  ")
    if not found:
        yield "None."


def _currents(page: IndexPage) -> Iterator[str]:
    for one in page.current:
        yield from wrapped(
            f"{one.state.word}: {one.target} ({one.about})"
            if one.about
            else f"{one.state.word}: {one.target}"
        )
        yield from labelled((("judged up to", one.judged), ("last complete scheduled run", one.last_run)))


def _runs(page: IndexPage) -> Iterator[str]:
    for entry in page.entries:
        yield from wrapped(f"{entry.title} · {entry.kicker}")
        yield from wrapped(f"{entry.state.word}. {entry.summary}".strip(), indent="  ")
        yield from wrapped(entry.href, indent="  ")
    if not page.entries:
        yield "No run has a page yet."
    if page.earlier:
        yield from wrapped(
            f"And {plural(len(page.earlier), 'earlier run')}, each with its page in the folder runs."
        )
    if page.older:
        yield from wrapped(f"{plural(page.older, 'older run')} not listed.")
