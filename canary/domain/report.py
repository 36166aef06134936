"""A report: what a person reads. Page, mail, text and JSON all come from this one object."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from canary.domain.canonical import Json


@dataclass(frozen=True, kw_only=True, slots=True)
class Report:
    """One report, rendered.

    Attributes:
        name: path below the reports folder without its ending, e.g. `runs/20260301T060000Z-manual`.
        subject: one line.
        html: a self-contained page.
        text: the plain-text twin, the same figures in the same order.
        data: the same facts as JSON.
        images: content id -> PNG bytes, for mail.
    """

    name: str
    subject: str
    html: str
    text: str
    data: Mapping[str, Json]
    images: Mapping[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class Letter:
    """One mail before it is addressed: what it says, and which conversation it belongs to.

    Attributes:
        subject: one line; the same for every letter of a thread.
        html: a page for mail programs: tables, inlined style, pictures by content id.
        text: the plain-text twin, the same figures in the same order.
        images: content id -> PNG bytes.
        thread: name of the conversation, of letters, digits, dots and hyphens; two deployments never share one.
        number: place in the conversation, from 0; the same letter keeps its number when it is made again.
        headers: further headers, by name.
        attachments: file name -> bytes.
    """

    subject: str
    html: str
    text: str
    images: Mapping[str, bytes] = field(default_factory=dict)
    thread: str
    number: int = 0
    headers: Mapping[str, str] = field(default_factory=dict)
    attachments: Mapping[str, bytes] = field(default_factory=dict)
