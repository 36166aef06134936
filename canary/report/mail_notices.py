"""Letters that are not about a target: nothing ran, or somebody tries whether mail arrives."""

from datetime import datetime

from canary.domain.canonical import digest
from canary.domain.report import Letter
from canary.report.letter_view import NoticeLetter
from canary.report.levers import Lever
from canary.report.mail_html import mail_html, mail_text
from canary.report.numbers import JOIN, day, duration, instant
from canary.report.untrusted import one_line

_PLACE = 200
"""Characters of a configuration's path."""


def missed_letter(due: datetime, last: datetime | None, now: datetime, *, place: str) -> Letter:
    """The mail that says that no run came to an end when one was due: an alarm of its own.

    Args:
        due: the first slot that was missed; names the conversation, so that one gap makes one.
        last: the slot of the last complete run; None = there is none.
        now: UTC.
        place: what tells this deployment from others: the path of its configuration.
    """
    since = f"since {day(last.date())}" if last else "so far"
    age = f", {duration((now - last).total_seconds())} ago" if last else ""
    view = NoticeLetter(
        subject=f"[canary] no complete run {since}".replace(JOIN, " "),
        word="NOT MEASURED",
        tone="bad",
        preheader="Nothing was measured. That is not the same as nothing found.",
        headline=f"No complete run {since}",
        told=(
            f"A run was due on {instant(due)} and did not come to an end by {instant(now)}.",
            f"The last complete one is that of {instant(last)}{age}."
            if last
            else "No run has ever come to an end.",
            "Until one does, nothing can be said of any target: silence is not good news.",
        ),
        commands=(
            Lever(advice="which run is missing, and which one can be resumed", command="canary status"),
            Lever(advice="whether keys, store and targets answer", command="canary doctor --live"),
            Lever(advice="makes up for the latest slot", command="canary run --trigger schedule"),
        ),
        place=one_line(place, _PLACE),
    )
    return _letter(
        view,
        thread=f"missed-{due:%Y%m%dt%H%M}.{digest(place)[:10]}",
        headers={"X-Canary-Report": "missed", "X-Canary-Status": "late"},
    )


def doctor_letter(now: datetime, *, place: str) -> Letter:
    """The test message of `canary doctor --mail`: whoever reads it would have read of an incident.

    Args:
        now: UTC; names the conversation.
        place: the path of the configuration that it was sent from.
    """
    view = NoticeLetter(
        subject="[canary] test message",
        word="TEST",
        tone="plain",
        preheader="Nothing has happened. Mail arrives.",
        headline="Mail arrives",
        told=(
            f"Somebody asked for this message with canary doctor --mail on {instant(now)}.",
            "Nothing has happened. Whoever reads this would have read of an incident.",
        ),
        commands=(Lever(advice="what is open, and when the last complete run was", command="canary status"),),
        place=one_line(place, _PLACE),
    )
    return _letter(view, thread=f"doctor-{now:%Y%m%dt%H%M%S}", headers={"X-Canary-Report": "test"})


def _letter(view: NoticeLetter, *, thread: str, headers: dict[str, str]) -> Letter:
    return Letter(
        subject=view.subject,
        html=mail_html("mail-notice.html.j2", view),
        text=mail_text("mail-notice.txt.j2", view),
        thread=thread,
        headers=headers,
    )
