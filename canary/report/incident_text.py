"""The plain-text twin of an incident's page: the same figures in the same order."""

from collections.abc import Iterable, Iterator, Sequence

from canary.report.columns import labelled, wrapped
from canary.report.incident_view import Chart, Glance, Human, IncidentPage, NumberRow, Numbers, Pair, Unseen
from canary.report.levers import Lever
from canary.report.numbers import JOIN, plural

_MARKS = {"same": "", "gone": "-", "new": "+", "skipped": ""}


def incident_text(page: IncidentPage) -> str:
    """The twin of an incident page."""
    lines = (
        *(wrapped(f"*** {page.banner} ***") if page.banner else ()),
        *glance_text(page.glance),
        *wrapped(f"{page.id}   {page.glance.target}"),
        *wrapped(page.glance.figures),
        *section("Summary", _paragraphs(page.summary)),
        *section("Impact", labelled((fact.label, fact.text) for fact in page.impact)),
        *_humans(page.impact_human),
        *section("What changed in numbers", wrapped(page.numbers.window)),
        *(_calls(page.numbers) if page.numbers.calls else _rows(page.numbers.changes)),
        *_more(page.numbers.uncounted, "more change"),
        *_paragraphs(page.numbers.churn),
        *(section("How it went back", _rows(page.numbers.returned)) if page.numbers.returned else ()),
        *(
            section("Other figures, which opened nothing", _rows(page.numbers.beside))
            if page.numbers.beside
            else ()
        ),
        *section("Timeline (UTC)", _timeline(page)),
        *section("Detection", _paragraphs(page.detection)),
        *section("Evidence", _charts(page.charts)),
        *_pairs(page.pairs),
        *section("Attribution", _ladder(page)),
        *section("Hypotheses rejected", _rejected(page)),
        *section("What we could not have seen", unseen_text(page.unseen)),
        *section("What you can do now", _levers(page.levers)),
        *_levers(page.acts),
        *section("For people to fill", _humans(page.humans)),
        *section("Appendix", labelled((fact.label, fact.text) for fact in page.appendix)),
        *(f"  $ {command}" for command in page.commands),
        "",
        *wrapped(f"{page.written.label} {page.written.text}."),
    )
    return joined(lines)


def joined(lines: Iterable[str]) -> str:
    """Lines as one text; no-break spaces have done their work."""
    return "\n".join(line.replace(JOIN, " ").rstrip() for line in lines) + "\n"


def section(title: str, lines: Iterable[str]) -> Iterator[str]:
    """A heading with its lines."""
    yield from ("", "", title.upper(), "-" * len(title))
    yield from lines


def glance_text(glance: Glance) -> Iterator[str]:
    """The first screen, verdict word first."""
    yield from wrapped(
        f"{glance.status.word}, {glance.status.certainty}" if glance.status.certainty else glance.status.word
    )
    yield from wrapped(f"{glance.product}, {glance.since}")
    yield ""
    yield from (
        wrapped(f"{glance.headline}. {glance.doubt}.") if glance.doubt else wrapped(f"{glance.headline}.")
    )
    yield ""
    yield from wrapped(f"Where: {glance.where}")
    yield from wrapped(f"Do now: {lever_told(glance.lever)}" if glance.lever else "Do now: nothing.")
    if glance.calls:
        yield from wrapped(f"Calls since it began: {glance.calls}")
    else:
        yield from wrapped(f"Cost per solved task: {glance.cost or 'not known'}")
    if glance.next_update:
        yield from wrapped(f"Next update: {glance.next_update}")


def lever_told(lever: Lever) -> str:
    """Advice with its command in brackets."""
    return f"{lever.advice} ({lever.command})" if lever.command else lever.advice


def _paragraphs(sentences: Sequence[str]) -> Iterator[str]:
    for sentence in sentences:
        yield from wrapped(sentence)


def _more(n: int, what: str) -> Iterator[str]:
    if n:
        yield f"And {plural(n, what)}."


def _rows(rows: Sequence[NumberRow]) -> Iterator[str]:
    for row in rows:
        family = f", {row.family}" if row.family else ""
        yield from wrapped(f"{row.measure} ({row.target}{family}): {row.verdict}")
        yield from labelled(
            (
                ("before", row.before or "none"),
                ("after", row.after or "none"),
                ("difference", row.difference),
                ("95 % interval", row.interval),
                ("rule", row.test),
                ("figure", row.threshold),
                ("trials before / after", row.trials),
                ("days after", row.days),
            )
        )


def _calls(numbers: Numbers) -> Iterator[str]:
    for row in numbers.calls:
        yield from wrapped(f"{row.target}, {row.days}")
        yield from labelled(
            (
                ("asked", row.asked),
                ("failed", row.failed),
                ("failed in the 28 days before", row.usual),
                ("first failure", row.first),
                ("last failure", row.last),
                ("last answer", row.answered),
            )
        )
    for kind in numbers.kinds:
        yield from wrapped(f"{kind.kind}: {kind.calls}", first="* ", indent="  ")
        yield from wrapped(kind.message, first="  ", indent="  ")
        yield from wrapped(kind.remedy, first="  ", indent="  ")


def _timeline(page: IncidentPage) -> Iterator[str]:
    for entry in page.timeline:
        yield from wrapped(f"{entry.when}: {entry.text}", indent="  ", first="")
    yield ""
    yield "Around the same time (coincident, not proven to have to do with it):"
    for entry in page.coincident:
        yield from wrapped(f"{entry.letter}  {entry.when}: {entry.text}", indent="   ", first="")
    if not page.coincident:
        yield "Nothing is on record."


def _charts(charts: Sequence[Chart]) -> Iterator[str]:
    for chart in charts:
        yield from wrapped(f"{chart.title}. {chart.caption}")
        for panel in chart.panels:
            about = f" ({panel.about})" if panel.about else ""
            yield from wrapped(
                f"{panel.label}{about}: {described(panel.narrow.children)}", indent="    ", first="  "
            )


def described(children: Sequence[object]) -> str:
    """The text alternative of a drawing."""
    return next(str(c.children[0]) for c in children if getattr(c, "tag", "") == "desc")  # type: ignore[attr-defined]


def _pairs(pairs: Sequence[Pair]) -> Iterator[str]:
    for pair in pairs:
        yield ""
        yield from wrapped(f"{pair.prompt} ({pair.target}): {pair.rates}")
        if pair.check:
            yield from wrapped(f"Wanted: an answer that {pair.check}", indent="    ", first="  ")
        yield "  Asked:"
        yield from _quoted(pair.asked)
        if pair.difference is None:
            yield "  (the texts are not kept)"
            continue
        yield "  Answer; [-only before-] {+only after+}:"
        yield from _quoted("".join(_marked(piece.mark, piece.text) for piece in pair.difference.pieces))


def _marked(mark: str, text: str) -> str:
    if mark == "skipped":
        return f" [... {text} ...] "
    sign = _MARKS[mark]
    opening, closing = {"-": ("[-", "-]"), "+": ("{+", "+}"), "": ("", "")}[sign]
    return f"{opening}{text}{closing}"


def _quoted(text: str) -> Iterator[str]:
    for line in text.expandtabs(4).split("\n"):
        yield from wrapped(line, first="    | ", indent="    | ")


def _ladder(page: IncidentPage) -> Iterator[str]:
    for rung in page.ladder:
        name = "" if rung.name == "first" else f"{rung.name} "
        yield from wrapped(f"{name}{rung.title}{'' if rung.reached else ' (not reached)'}")
        for sentence in rung.told:
            yield from wrapped(sentence, first="  ", indent="  ")
        if rung.name == "R2":
            for one in page.suspects:
                yield from wrapped(f"{one.name}: fit {one.fit}", first="  - ", indent="    ")
                yield from labelled(
                    (
                        ("as predicted", one.seen),
                        ("against it", one.against),
                        ("not measured", one.unmeasured),
                    )
                )


def _rejected(page: IncidentPage) -> Iterator[str]:
    for one in page.rejected:
        yield from wrapped(f"{one.hypothesis}: {one.told}", first="* ", indent="  ")
    if not page.rejected:
        yield "None could be rejected with the figures at hand."


def unseen_text(table: Unseen) -> Iterator[str]:
    """Sentences, then the smallest changes seen."""
    for sentence in table.told:
        yield from wrapped(sentence, first="* ", indent="  ")
    for row in table.rows:
        family = f", {row.family}" if row.family else ""
        yield from wrapped(f"{row.measure} ({row.target}{family})")
        yield from labelled(zip(table.columns, row.sizes, strict=True))
    yield from _more(table.uncounted, "more series")


def _levers(levers: Sequence[Lever]) -> Iterator[str]:
    for lever in levers:
        yield from wrapped(f"{lever_told(lever)}.", first="* ", indent="  ")
    if not levers:
        yield "Nothing is left to do."


def _humans(fields: Sequence[Human]) -> Iterator[str]:
    for field in fields:
        yield from wrapped(
            f"{field.question} [{field.known or 'empty: for a person to fill'}]", first="* ", indent="  "
        )
