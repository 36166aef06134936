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
