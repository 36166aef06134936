"""What a page says, as frozen records: every number once for machines and once for people, and no markup.

Texts are final: rendered as they stand, in the same order, by the page and its plain-text twin. Whatever came from
outside went through `untrusted` on its way here.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias

from canary.domain.trial import Outcome, Run

Tone: TypeAlias = Literal["good", "warn", "bad", "plain"]
"""How a state or a notice is coloured; the words say the same without colour."""

Statistic: TypeAlias = Literal["rate", "mean", "median", "total"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Figure:
    """One number of one target.

    Attributes:
        metric: name of the series, or of the total.
        title: for people.
        statistic: what `value` is of the target's trials.
        value: None = not measured, unknown, or undefined; `text` says which.
        low, high: 95 % limits of this run; None without.
        tail: the value that 95 % of the trials do not exceed (speed: do not fall below); None without.
        text: the value for people, with its unit.
        note: interval, tail or counts for people; "" without.
    """

    metric: str
    title: str
    statistic: Statistic
    value: float | None
    low: float | None = None
    high: float | None = None
    tail: float | None = None
    text: str
    note: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """The figures of one target, or of one family, in one table: one for each column."""

    name: str
    about: str
    figures: tuple[Figure, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Scale:
    """The stretch of 0..1 that a drawing shows."""

    low: float
    high: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Table:
    """Targets x metrics.

    Attributes:
        anchor: id in the page.
        title, caption: for people.
        rows: one a target.
        scale: where the first column is drawn as well; None = numbers only.
    """

    anchor: str
    title: str
    caption: str
    rows: tuple[Row, ...]
    scale: Scale | None = None

    @property
    def columns(self) -> tuple[str, ...]:
        """Titles of the figures."""
        return tuple(figure.title for figure in self.rows[0].figures) if self.rows else ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Counts:
    """Trials of a run; planned = graded + failed + missing."""

    planned: int
    graded: int
    failed: int
    missing: int

    @classmethod
    def of(cls, run: Run, outcomes: Iterable[Outcome]) -> "Counts":
        """Count what a store has of a run (`Store.outcomes(run.id).values()`) against its plan.

        A complete run has all it planned: not every prompt is for every target.
        """
        found = tuple(outcomes)
        graded = found.count("graded")
        product = 0 if run.status == "complete" else len(run.prompts) * len(run.targets) * run.replicates
        planned = max(product, len(found))
        return cls(planned=planned, graded=graded, failed=len(found) - graded, missing=planned - len(found))


@dataclass(frozen=True, kw_only=True, slots=True)
class Fact:
    """A labelled fact about the run; `moment` where it is one."""

    label: str
    text: str
    moment: datetime | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Notice:
    """What to look at first.

    Attributes:
        tone: how urgent.
        sentence: the fact.
        remedy: what to do about it; "" where there is nothing to do.
        command: a command line that does it; "" without.
    """

    tone: Tone
    sentence: str
    remedy: str = ""
    command: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class State:
    """How far the run came, in one or a few words."""

    word: str
    tone: Tone


@dataclass(frozen=True, kw_only=True, slots=True)
class FamilyTable:
    """Pass rates of families x targets: families are the longer list, so that they are the rows.

    Attributes:
        targets: the columns.
        rows: one a family, one figure a target; `about` says how many prompts it has.
    """

    targets: tuple[str, ...]
    rows: tuple[Row, ...]
