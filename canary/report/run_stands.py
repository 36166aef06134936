"""What a run was for, and what stood after it: the line that a reader of one run's page looks for first."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from canary.domain.deployment import Member
from canary.domain.incident import Analysis
from canary.domain.trial import Run
from canary.report.as_of import as_of
from canary.report.findings import Finding, finding, open_incidents
from canary.report.life import judged_to
from canary.report.numbers import day, plural

ROLES: Mapping[str, str] = {
    "schedule": "A scheduled run: its answers enter the daily series, which are judged for changes.",
    "manual": "Started by hand: a look, which enters no daily series and opens no incident.",
    "release": "For a release: compared with its counterpart, it enters no daily series.",
    "confirmation": "Extra trials asked for by a suspicion: they confirm or drop it, and enter no daily series.",
    "control": "A positive control: a target with a known fault put in, to see that canary finds it.",
}
UNFINISHED: Mapping[str, str] = {
    "running": "It had not ended when this page was written.",
    "interrupted": "It was interrupted: what is missing can be asked with --resume.",
    "over_budget": "It was stopped by its budget: what is missing was not asked.",
    "complete": "It is complete.",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class RunStands:
    """What a run was, and what stood after it.

    Attributes:
        role: what it was for, and whether it came to its end.
        told: what stood at the end of its day, in a sentence; "" where nothing was judged.
        open: the incidents of its targets that stood then.
    """

    role: str
    told: str
    open: tuple[Finding, ...]


def run_stands(
    run: Run, analysis: Analysis | None = None, members: Mapping[str, Member] | None = None
) -> RunStands:
    """Say what a run was.

    Args:
        run: the run.
        analysis: of all records; None = none was made.
        members: target -> its place, for its name.
    """
    role = f"{ROLES[run.trigger]} {UNFINISHED[run.status]}"
    if analysis is None or analysis.last_day is None:
        return RunStands(role=role, told="", open=())
    then = as_of(analysis, run.day)
    mine = [one for one in open_incidents(then) if set(one.targets) & set(run.targets)]
    found = tuple(finding(one, judged_to(then, one, run.day), members or {}) for one in mine)
    return RunStands(role=role, told=_told(found, run), open=found)


def _told(found: Sequence[Finding], run: Run) -> str:
    of = "its targets" if len(run.targets) != 1 else "its target"
    if not found:
        return f"No incident of {of} stood at the end of {day(run.day)}."
    return f"{plural(len(found), 'incident')} of {of} stood at the end of {day(run.day)}:"
