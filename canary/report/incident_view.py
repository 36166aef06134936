"""What an incident's page says, as frozen records: every section in reading order, no markup."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal, TypeAlias

from canary.domain.incident import Verdict
from canary.report.levers import Lever
from canary.report.svg import Element
from canary.report.view import Fact, Tone
from canary.report.worddiff import Difference

EntryKind: TypeAlias = Literal["onset", "suspected", "alarm", "worse", "recovered", "act", "mail", "note"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Status:
    """Where the incident stands.

    Attributes:
        word: one word, said first everywhere.
        tone: how it is coloured.
        certainty: how sure, in a few words.
    """

    word: str
    tone: Tone
    certainty: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Glance:
    """The first screen.

    Attributes:
        status: the verdict word and how sure.
        product: whom it concerns, as readers know it.
        target: the target's name.
        since: the onset's interval and how long ago; "" where nothing stands any more.
        headline: what moved, in plain words.
        doubt: what of it is not certain; "" where all is.
        where: which twins moved and which did not.
        lever: what to do now; None = nothing to do.
        cost: cost per solved task before and after; "" where it is not known.
        next_update: when canary looks again; "" where it is not known.
        calls: of an outage, in place of the cost: how many calls failed, how, from when to when.
        figures: which days the figures are from, and up to which day canary has judged.
    """

    status: Status
    product: str
    target: str
    since: str
    headline: str
    doubt: str
    where: str
    lever: Lever | None
    cost: str
    next_update: str
    figures: str
    calls: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class NumberRow:
    """One change, or one figure beside the changes, in numbers.

    Attributes:
        target, measure, family: which series; the family is "" for all prompts.
        before, after, difference, interval: for people.
        test, threshold: the rule and what it had to pass; "" for figures that opened nothing.
        trials: graded trials a side, "" where they are not known.
        days: the days after the onset that they and the level are from, for people; "" where they are not known.
        verdict: `worse`, `better`, `changed`, or `no change beyond …`.
        tone: how the verdict is coloured.
        share: the difference as a share of the largest drawn, -1 to 1; None = not drawn.
    """

    target: str
    measure: str
    family: str
    before: str
    after: str
    difference: str
    interval: str
    test: str
    threshold: str
    trials: str
    days: str
    verdict: str
    tone: Tone
    share: float | None


@dataclass(frozen=True, kw_only=True, slots=True)
class CallRow:
    """Calls of one target while an outage lasted, counted."""

    target: str
    days: str
    asked: str
    failed: str
    usual: str
    first: str
    last: str
    answered: str


@dataclass(frozen=True, kw_only=True, slots=True)
class KindRow:
    """One kind of failure: how often, its most frequent message, and what to do about it."""

    kind: str
    calls: str
    message: str
    remedy: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Numbers:
    """What changed in numbers.

    Attributes:
        window: which days the levels are the means of, in a sentence.
        changes: what moved, the most consequential first.
        uncounted: how many more there are.
        returned: changes that took one back, with the sizes of the days on which they were found.
        beside: figures that opened nothing.
        calls, kinds: of an outage: counted calls by target, and what went wrong.
        churn: prompts lost and gained, in sentences.
    """

    window: str
    changes: tuple[NumberRow, ...]
    uncounted: int
    returned: tuple[NumberRow, ...]
    beside: tuple[NumberRow, ...]
    churn: tuple[str, ...]
    calls: tuple[CallRow, ...] = ()
    kinds: tuple[KindRow, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """One line of the timeline."""

    when: str
    day: date
    kind: EntryKind
    text: str
    letter: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Panel:
    """One drawing, and the table behind it.

    Attributes:
        label: which target it is.
        about: whether it moved.
        wide: the drawing for wide screens; None = the narrow one serves both.
        narrow: the drawing for phones.
        columns, rows: the table behind it.
    """

    label: str
    about: str
    wide: Element | None
    narrow: Element
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Chart:
    """Drawings of one matter side by side."""

    anchor: str
    title: str
    caption: str
    panels: tuple[Panel, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Pair:
    """One prompt's answers before and after.

    Attributes:
        prompt, target: which.
        asked: the prompt's words, cut.
        check: the sentence of the check whose verdict changed; "" without.
        rates: how often it passed before and after.
        difference: None where texts are not kept.
        runs: the two runs.
    """

    prompt: str
    target: str
    asked: str
    check: str
    rates: str
    difference: Difference | None
    runs: tuple[str, str]


@dataclass(frozen=True, kw_only=True, slots=True)
class Rung:
    """One rung of the ladder of evidence: its name, whether it is reached, and what it rests on."""

    name: str
    title: str
    reached: bool
    told: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Suspect:
    """A mechanism and how well it fits."""

    name: str
    fit: str
    share: float
    seen: str
    against: str
    unmeasured: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Refuted:
    """A hypothesis and what speaks against it."""

    hypothesis: str
    told: str


@dataclass(frozen=True, kw_only=True, slots=True)
class UnseenRow:
    """The smallest change that would have been seen, by days after it began."""

    target: str
    measure: str
    family: str
    sizes: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Unseen:
    """What could have happened without being seen."""

    columns: tuple[str, ...]
    rows: tuple[UnseenRow, ...]
    uncounted: int
    told: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Human:
    """A field that only a person can fill: its question, and what is known so far."""

    field: str
    question: str
    known: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class IncidentPage:
    """The page of one incident, section by section.

    Attributes:
        id, title: which incident; the title never changes during its life.
        banner: said over everything, such as "Simulated"; "" without.
        verdict: the worst of its changes'.
        written_at: the moment it was written.
    """

    id: str
    title: str
    banner: str
    verdict: Verdict
    glance: Glance
    summary: tuple[str, ...]
    impact: tuple[Fact, ...]
    impact_human: tuple[Human, ...]
    numbers: Numbers
    timeline: tuple[Entry, ...]
    coincident: tuple[Entry, ...]
    detection: tuple[str, ...]
    charts: tuple[Chart, ...]
    pairs: tuple[Pair, ...]
    ladder: tuple[Rung, ...]
    suspects: tuple[Suspect, ...]
    rejected: tuple[Refuted, ...]
    unseen: Unseen
    levers: tuple[Lever, ...]
    acts: tuple[Lever, ...]
    humans: tuple[Human, ...]
    appendix: tuple[Fact, ...]
    commands: tuple[str, ...]
    written: Fact
    written_at: datetime
