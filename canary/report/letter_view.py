"""What a mail says, as frozen records. The first screen is the page's own."""

from dataclasses import dataclass

from canary.report.incident_view import Glance, NumberRow
from canary.report.levers import Lever
from canary.report.pictures import Picture
from canary.report.view import Tone


@dataclass(frozen=True, kw_only=True, slots=True)
class Bar:
    """A value as a row of a table: `share` of 100 is filled, as that of the change where it `moved`."""

    label: str
    value: str
    share: int
    moved: bool


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
        layer: where it sits and what it looks like, in a few sentences; () of an outage, which says nothing of it.
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
class NoticeLetter:
    """One mail that is not about a target.

    Attributes:
        subject: constant for the conversation.
        word, tone: said first, and how it is coloured.
        preheader, headline: what it is about.
        told: what that means.
        commands: what to try, and what each says.
        place: which deployment it is from.
    """

    subject: str
    word: str
    tone: Tone
    preheader: str
    headline: str
    told: tuple[str, ...]
    commands: tuple[Lever, ...]
    place: str
