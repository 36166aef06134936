"""The plain-text twin of a run's page: the same figures in the same order."""

from collections.abc import Iterator, Sequence

from canary.report.answers import Answer
from canary.report.columns import labelled, wrapped
from canary.report.failing import FailedPrompt, FailedPrompts
from canary.report.failures import FailureGroup
from canary.report.front_text import incidents_text
from canary.report.incident_text import joined, section
from canary.report.numbers import count, plural
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
    return joined(
        (
            *(wrapped(f"*** {page.banner} ***") if page.banner else ()),
            *wrapped(f"[{page.state.word.upper()}] {page.kicker}"),
            *wrapped(page.title.upper()),
            "",
            *wrapped(page.headline),
            "",
            *_counts(page.counts),
            "",
            *wrapped(f"{page.stands.role} {page.stands.told}".strip()),
            *(incidents_text(page.stands.open) if page.stands.open else ()),
            *_notices(page.notices),
            *section("The run", labelled((fact.label, fact.text) for fact in page.facts)),
            *_table(page.quality),
            *_failures(page.failures),
            *_families(page.families),
            *_table(page.work),
            *_table(page.speed),
            *_failed_prompts(page.failed_prompts),
            *section("What this run can't say", _bullets(page.limits)),
            *section("What each target was", _origins(page)),
            "",
            *wrapped(f"{page.written.label} {page.written.text}."),
        )
    )


def _counts(counts: Counts) -> Iterator[str]:
    yield (
        f"{count(counts.planned)} planned   {count(counts.graded)} graded   "
        f"{count(counts.failed)} failed   {count(counts.missing)} missing"
    )


def _notices(notices: Sequence[Notice]) -> Iterator[str]:
    if notices:
        yield from section("Look at first", ())
    for notice in notices:
        told = f"{notice.sentence} {notice.remedy}".strip()
        yield from wrapped(told, first=f"{_MARKS[notice.tone]:<3}", indent="   ")
        if notice.command:
            yield f"     {notice.command}"


def _table(table: Table) -> Iterator[str]:
    yield from section(table.title, wrapped(table.caption))
    for row in table.rows:
        yield ""
        yield from wrapped(f"{row.name} ({row.about})" if row.about else row.name)
        yield from labelled((figure.title, figure_told(figure)) for figure in row.figures)


def _families(table: FamilyTable) -> Iterator[str]:
    yield from section("Families", wrapped(FAMILIES_CAPTION))
    for row in table.rows:
        yield ""
        yield from wrapped(f"{row.name} ({row.about})")
        yield from labelled(
            (target, figure_told(figure)) for target, figure in zip(table.targets, row.figures, strict=True)
        )


def _failures(groups: Sequence[FailureGroup]) -> Iterator[str]:
    yield from section("Failed calls", () if groups else ("No call failed.",))
    for group in groups:
        yield ""
        yield from wrapped(f"{group.title}: {plural(group.trials, 'trial')}")
        yield from labelled((target, count(n)) for target, n in group.by_target)
        yield from wrapped(message_told(group), indent="  ")
        yield from wrapped(group.remedy, indent="  ")


def _failed_prompts(failed: FailedPrompts) -> Iterator[str]:
    yield from section("Prompts that failed", wrapped(failed_told(failed)))
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
