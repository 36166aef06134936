"""The plain-text twins: the same figures in the same order as the pages."""

from collections.abc import Iterable, Iterator, Sequence

from canary.report.answers import Answer
from canary.report.columns import labelled, wrapped
from canary.report.digest import DigestPage
from canary.report.failing import FailedPrompt, FailedPrompts
from canary.report.failures import FailureGroup
from canary.report.findings import Finding, Findings
from canary.report.index import IndexPage
from canary.report.numbers import JOIN, count, plural
from canary.report.page import RunPage
from canary.report.phrases import (
    FAMILIES_CAPTION,
    answer_told,
    check_told,
    failed_told,
    figure_told,
    found_told,
    message_told,
    omitted_told,
    tally_told,
    wanted_told,
)
from canary.report.view import Counts, FamilyTable, Notice, Table

_MARKS = {"good": "+", "warn": "!", "bad": "!!", "plain": "-"}


def run_text(page: RunPage) -> str:
    """The twin of a run page."""
    return _joined(
        (
            *wrapped(f"[{page.state.word.upper()}] {page.kicker}"),
            *wrapped(page.title.upper()),
            "",
            *wrapped(page.headline),
            "",
            *_counts(page.counts),
            *_notices(page.notices),
            *_section("The run", labelled((fact.label, fact.text) for fact in page.facts)),
            *_table(page.quality),
            *_failures(page.failures),
            *_families(page.families),
            *_table(page.work),
            *_table(page.speed),
            *_failed_prompts(page.failed_prompts),
            *_section("What this run can't say", _bullets(page.limits)),
            *_section("What each target was", _origins(page)),
            "",
            *wrapped(f"{page.written.label} {page.written.text}."),
        )
    )


def index_text(page: IndexPage) -> str:
    """The twin of the front page."""
    return _joined(
        (
            *wrapped(f"[{page.state.word.upper()}] canary"),
            "",
            *(wrapped(f"*** {page.banner} ***") if page.banner else ()),
            *wrapped(page.headline),
            *(_findings(page.findings) if page.findings else ()),
            *_section("Runs", _runs(page)),
            "",
            *wrapped(f"{page.written.label} {page.written.text}."),
        )
    )


def digest_text(page: DigestPage) -> str:
    """The twin of a weekly digest."""
    return _joined(
        (
            *(wrapped(f"*** {page.banner} ***") if page.banner else ()),
            *wrapped(f"{page.state.word.upper()}: {page.title}, {page.headline}"),
            "",
            *(line for told in page.runs for line in wrapped(told)),
            *_section("Opened this week", _incidents(page.opened)),
            *_section("Over this week", _incidents(page.over)),
            *_findings(page.found),
            *_section("Nothing detectable above", _steady(page)),
            *_section("Noted", _noted(page)),
            *_section("In figures", labelled((fact.label, fact.text) for fact in page.facts)),
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
    yield from _section("Open incidents", _incidents(found.open))
    for told in found.suspected:
        yield from wrapped(told, first="? ", indent="  ")
    if found.past:
        yield from _section("Incidents that are over", _incidents(found.past))
    yield from _section("Targets", _strip(found))


def _incidents(found: Sequence[Finding]) -> Iterator[str]:
    for one in found:
        yield from wrapped(f"{one.word} {one.id}, {one.targets}: {one.headline}", indent="  ", first="")
        yield from wrapped(one.doubt, indent="  ")
        yield from wrapped(one.since, indent="  ")
    if not found:
        yield "None."


def _strip(found: Findings) -> Iterator[str]:
    for row in found.rows:
        yield from wrapped(f"{row.target} ({row.about})" if row.about else row.target)
        yield from labelled(
            (column, f"{cell.text} {cell.word}".strip())
            for column, cell in zip(found.columns, row.cells, strict=True)
        )


def _joined(lines: Iterable[str]) -> str:
    return "\n".join(line.replace(JOIN, " ").rstrip() for line in lines) + "\n"


def _runs(page: IndexPage) -> Iterator[str]:
    for entry in page.entries:
        yield from wrapped(f"{entry.title} · {entry.kicker}")
        yield from wrapped(f"{entry.state.word}. {entry.summary}".strip(), indent="  ")
        yield from wrapped(entry.href, indent="  ")
    if not page.entries:
        yield "No run has a page yet."
    if page.older:
        yield from wrapped(f"{plural(page.older, 'older run')} not listed.")


def _section(title: str, lines: Iterable[str]) -> Iterator[str]:
    yield ""
    yield ""
    yield title.upper()
    yield "-" * len(title)
    yield from lines


def _counts(counts: Counts) -> Iterator[str]:
    yield (
        f"{count(counts.planned)} planned   {count(counts.graded)} graded   "
        f"{count(counts.failed)} failed   {count(counts.missing)} missing"
    )


def _notices(notices: Sequence[Notice]) -> Iterator[str]:
    if notices:
        yield from _section("Look at first", ())
    for notice in notices:
        told = f"{notice.sentence} {notice.remedy}".strip()
        yield from wrapped(told, first=f"{_MARKS[notice.tone]:<3}", indent="   ")
        if notice.command:
            yield f"     {notice.command}"


def _table(table: Table) -> Iterator[str]:
    yield from _section(table.title, wrapped(table.caption))
    for row in table.rows:
        yield ""
        yield from wrapped(f"{row.name} ({row.about})" if row.about else row.name)
        yield from labelled((figure.title, figure_told(figure)) for figure in row.figures)


def _families(table: FamilyTable) -> Iterator[str]:
    yield from _section("Families", wrapped(FAMILIES_CAPTION))
    for row in table.rows:
        yield ""
        yield from wrapped(f"{row.name} ({row.about})")
        yield from labelled(
            (target, figure_told(figure)) for target, figure in zip(table.targets, row.figures, strict=True)
        )


def _failures(groups: Sequence[FailureGroup]) -> Iterator[str]:
    yield from _section("Failed calls", () if groups else ("No call failed.",))
    for group in groups:
        yield ""
        yield from wrapped(f"{group.title}: {plural(group.trials, 'trial')}")
        yield from labelled((target, count(n)) for target, n in group.by_target)
        yield from wrapped(message_told(group), indent="  ")
        yield from wrapped(group.remedy, indent="  ")


def _failed_prompts(failed: FailedPrompts) -> Iterator[str]:
    yield from _section("Prompts that failed", wrapped(failed_told(failed)))
    for prompt in failed.shown:
        yield from _failed_prompt(prompt)
    if failed.rest:
        yield ""
        yield "Further prompts:"
        yield from labelled((name, f"{count(n)} of {count(total)}") for name, n, total in failed.rest)
    if failed.uncounted:
        yield from wrapped(f"And {plural(failed.uncounted, 'more prompt')}.")


def _failed_prompt(prompt: FailedPrompt) -> Iterator[str]:
    yield ""
    yield from wrapped(f"{prompt.prompt}: {tally_told(prompt)}")
    yield "  Not passed, by target:"
    yield from labelled((name, f"{count(n)} of {count(total)}") for name, n, total in prompt.by_target)
    for check in prompt.checks:
        yield from wrapped(f"{wanted_told(check)} {check.sentence}", first="  * ", indent="    ")
        yield from wrapped(check_told(check), indent="    ")
        yield from wrapped(found_told(check), indent="    ")
    if prompt.asked:
        yield "  Asked" + (" in the last turn:" if prompt.turns > 1 else ":")
        yield from _quoted(prompt.asked)
    for answer in prompt.answers:
        yield from _answer(answer)


def _answer(answer: Answer) -> Iterator[str]:
    yield from wrapped(answer_told(answer), first="  > ", indent="    ")
    for call in answer.calls:
        yield from wrapped(call, first="    $ ", indent="      ")
    if answer.text is None:
        yield "    (the answer is not kept)"
        return
    yield from _quoted(answer.text.head or "(empty)")
    yield from wrapped(omitted_told(answer.text), indent="    ")


def _quoted(text: str) -> Iterator[str]:
    for line in text.expandtabs(4).split("\n"):
        yield from wrapped(line, first="    | ", indent="    | ")


def _bullets(sentences: Sequence[str]) -> Iterator[str]:
    for sentence in sentences:
        yield from wrapped(sentence, first="* ", indent="  ")


def _origins(page: RunPage) -> Iterator[str]:
    for origin in page.origins:
        yield from wrapped(origin.target)
        yield from labelled((fact.label, fact.text) for fact in origin.facts)
        yield ""
