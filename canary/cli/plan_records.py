"""What a plan says, as records."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from canary.analysis.cheaper import CheaperSuite
    from canary.analysis.outlay import Outlay
    from canary.analysis.worth import Worth
    from canary.domain.incident import Sensitivity


@dataclass(frozen=True, kw_only=True, slots=True)
class Measured:
    """What the prompts of one target's records buy.

    Attributes:
        target: its name.
        worth: what its prompts buy; None where no trial is graded.
        cheaper: suites that would show as much.
    """

    target: str
    worth: "Worth | None"
    cheaper: "Sequence[CheaperSuite]"


@dataclass(frozen=True, kw_only=True, slots=True)
class Choice:
    """One number of replicates: dollars a month (None = unknown), and the smallest drop of the pass rate seen in 7 days."""

    replicates: int
    usd: float | None
    smallest_drop: float | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Plan:
    """What a deployment would cost and show.

    Attributes:
        prompts, replicates: of each run; the most that a target is asked.
        cron, timezone: when runs start.
        runs_a_day: mean.
        days_with_a_run: share of days.
        false_alarms_per_year: the budget.
        confirm: whether suspicions are confirmed.
        runs: what one run of each target takes.
        visible: smallest changes by target, metric and horizon.
        assumed: targets whose noise was assumed.
        choices: other numbers of replicates.
        measured: records of targets; () without `--from-history`.
    """

    prompts: int
    replicates: int
    cron: str
    timezone: str
    runs_a_day: float
    days_with_a_run: float
    false_alarms_per_year: float
    confirm: bool
    runs: "Sequence[Outlay]"
    visible: "Sequence[Sensitivity]"
    assumed: Sequence[str]
    choices: Sequence[Choice]
    measured: "Sequence[Measured]" = ()
