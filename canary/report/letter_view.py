"""What a mail says, as frozen records. The first screen is the page's own."""

from dataclasses import dataclass

from canary.report.incident_view import Glance, NumberRow
from canary.report.pictures import Picture


@dataclass(frozen=True, kw_only=True, slots=True)
class Bar:
    """A value as a row of a table: `share` of 100 is filled."""

    label: str
    value: str
    share: int


@dataclass(frozen=True, kw_only=True, slots=True)
class IncidentLetter:
    """One mail about an incident.

    Attributes:
        id: the incident.
        subject: constant for its life.
        banner: said over everything; "" without.
        news: what happened now, in a word or two: `new`, `recovered`.
        preheader: what a list of mails shows beside the subject.
        glance: the first screen, as on the page.
        bars: the foremost change as table cells, so that blocked pictures lose nothing.
        summary: two sentences.
        rows: changes, worst first; `uncounted` more are not shown.
        pictures: at most three.
        notes: what the letters in them stand for; coincident, never proven.
        layer: where it sits and what it looks like, in a few sentences.
        unseen: what could not have been seen, in a few sentences.
        link: the page's address; "" = it is attached as `attached`.
    """

    id: str
    subject: str
    banner: str
    news: str
    preheader: str
    glance: Glance
    bars: tuple[Bar, ...]
    bars_title: str
    summary: tuple[str, ...]
    rows: tuple[NumberRow, ...]
    uncounted: int
    pictures: tuple[Picture, ...]
    notes: tuple[str, ...]
    layer: tuple[str, ...]
    unseen: tuple[str, ...]
    link: str
    attached: str


@dataclass(frozen=True, kw_only=True, slots=True)
class MissedLetter:
    """One mail that says that nothing was measured.

    Attributes:
        subject: constant until the next complete run.
        preheader, headline: since when nothing ran.
        told: what that means and what to look at.
        commands: what to try.
    """

    subject: str
    preheader: str
    headline: str
    told: tuple[str, ...]
    commands: tuple[str, ...]
