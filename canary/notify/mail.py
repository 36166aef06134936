"""A letter made into a message: addressed, threaded, and byte for byte the same when it is made again.

`Message-ID` comes from the letter's thread and number, so a message that is sent twice is recognised as one. Parts, in the
order in which mail programs prefer them: text, HTML with its pictures, then what is attached.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from email.message import EmailMessage, MIMEPart
from email.policy import SMTP
from email.utils import format_datetime

from canary.domain.report import Letter

LIST = "canary"
POLICY = SMTP.clone(cte_type="7bit")
"""Lines end as SMTP wants them, and nothing but ASCII goes over the wire."""

_HEADER = 180
"""Characters of a header's value."""


def message(letter: Letter, *, sender: str, to: Sequence[str], at: datetime) -> EmailMessage:
    """The message of a letter.

    Args:
        letter: what it says.
        sender: the address it is from; its part behind the @ ends every Message-ID.
        to: recipients.
        at: UTC; the Date, so it has to be the same when the message is made again.
    """
    made = EmailMessage(policy=POLICY)
    for name, value in _headers(letter, sender, to, at):
        made[name] = value
    made.set_content(letter.text, cte="quoted-printable")
    made.add_alternative(letter.html, subtype="html", cte="quoted-printable")
    _relate(made, letter.images)
    for name, content in letter.attachments.items():
        kind = ("text", "html") if name.endswith(".html") else ("application", "octet-stream")
        made.add_attachment(
            content, maintype=kind[0], subtype=kind[1], filename=_file_name(name), cte="base64"
        )
    _fix_boundaries(made, message_id(letter, sender))
    return made


def message_id(letter: Letter, sender: str, number: int | None = None) -> str:
    """`<inc-0042.60f0fdf3f6.root@host>` for a thread's first letter, `<inc-0042.60f0fdf3f6.2@host>` for its third."""
    place = letter.number if number is None else number
    return f"<{letter.thread}.{place or 'root'}@{_host(sender)}>"


def _wired(address: str) -> str:
    """An address as headers can hold it; one that was never filled in is refused by the server, not by the queue."""
    return address.encode("ascii", "replace").decode()


def _headers(letter: Letter, sender: str, to: Sequence[str], at: datetime) -> Iterator[tuple[str, str]]:
    yield "From", f"canary <{_wired(sender)}>"
    yield "To", ", ".join(map(_wired, to))
    yield "Subject", one_line(letter.subject)
    yield "Date", format_datetime(at)
    yield "Message-ID", message_id(letter, sender)
    if letter.number:
        root, before = message_id(letter, sender, 0), message_id(letter, sender, letter.number - 1)
        yield "In-Reply-To", root
        yield "References", root if root == before else f"{root} {before}"
    yield "List-Id", f"canary <{LIST}.{_host(sender)}>"
    yield "Auto-Submitted", "auto-generated"
    yield "X-Auto-Response-Suppress", "All"
    for name, value in letter.headers.items():
        yield name, one_line(value)


def one_line(text: str) -> str:
    """A header's value: no line break and nothing else that could begin another header."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())[:_HEADER]


def _file_name(name: str) -> str:
    """A name that no file system and no quoting reads as anything else: no path, no hidden file, no quote."""
    plain = "".join(sign if sign.isalnum() or sign in " ._-" else "-" for sign in one_line(name))
    return plain.lstrip(" .-") or "attached"


def _host(sender: str) -> str:
    return _wired(sender).rpartition("@")[2] or "localhost"


def _relate(made: EmailMessage, images: Mapping[str, bytes]) -> None:
    """Put the pictures beside the HTML part, which refers to them as `cid:NAME`."""
    html = made.get_body(preferencelist=("html",))
    assert html is not None
    for name, content in images.items():
        html.add_related(
            content,
            maintype="image",
            subtype="png",
            cid=f"<{name}>",
            filename=f"{name}.png",
            disposition="inline",
        )


def _fix_boundaries(made: EmailMessage, seed: str) -> None:
    """Boundaries from the Message-ID instead of from chance, so that the bytes are the same each time."""
    for number, part in enumerate(_multiparts(made)):
        part.set_boundary(f"=_canary_{hashlib.sha256(f'{seed}|{number}'.encode()).hexdigest()[:32]}")


def _multiparts(made: EmailMessage) -> Iterator[MIMEPart]:
    for part in made.walk():
        if part.is_multipart() and isinstance(part, MIMEPart):
            yield part
