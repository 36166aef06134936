"""A letter as a message: the parts in order, threaded, the same bytes each time, no header from outside."""

from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest

from canary.notify.mail import message, message_id
from tests.notify.letters import START, letter, png

SENDER, TO = "canary@example.org", ("team@example.org", "lead@example.org")


def sent(number: int = 0, **known: object) -> EmailMessage:
    """What a receiver reads back."""
    raw = bytes(message(letter(number, **known), sender=SENDER, to=TO, at=START))
    read = message_from_bytes(raw, policy=policy.default)
    assert isinstance(read, EmailMessage)
    return read


def shape(part: Any) -> object:
    """Content types as a tree."""
    kind = part.get_content_type()
    return (kind, [shape(p) for p in part.get_payload()]) if part.is_multipart() else kind


def test_parts_stand_in_the_order_in_which_mail_programs_prefer_them() -> None:
    """Text first, HTML with its pictures, then what is attached."""
    assert shape(sent()) == (
        "multipart/mixed",
        [
            ("multipart/alternative", ["text/plain", ("multipart/related", ["text/html", "image/png"])]),
            "text/html",
        ],
    )
    assert shape(sent(images={}, attachments={})) == ("multipart/alternative", ["text/plain", "text/html"])


def test_text_and_html_come_back_as_they_were() -> None:
    """Arrows, signs and all."""
    body = sent().get_body(preferencelist=("plain",))
    assert body is not None
    assert body.get_content().replace("\r\n", "\n") == letter().text
    html = sent().get_body(preferencelist=("html",))
    assert html is not None
    assert html.get_content().strip() == letter().html


def test_every_cid_resolves_and_every_picture_is_referred_to() -> None:
    """`cid:series` is the part whose Content-ID is `<series>`."""
    pictures = [part for part in sent().walk() if part.get_content_type() == "image/png"]
    assert [part["Content-ID"] for part in pictures] == ["<series>"]
    assert pictures[0].get_content_disposition() == "inline"
    assert pictures[0].get_payload(decode=True) == png()


def test_a_thread_hangs_together_by_its_root() -> None:
    """Each letter refers to the first one and to the one before."""
    first, second, third = (sent(number) for number in range(3))
    root = "<inc-0042.60f0fdf3f6.root@example.org>"
    assert first["Message-ID"] == root
    assert first["In-Reply-To"] is None
    assert (second["In-Reply-To"], second["References"]) == (root, root)
    assert third["References"].strip() == f"{root} <inc-0042.60f0fdf3f6.1@example.org>"
    assert third["Message-ID"] == "<inc-0042.60f0fdf3f6.2@example.org>"
    assert len({m["Subject"] for m in (first, second, third)}) == 1


def test_the_same_letter_makes_the_same_bytes() -> None:
    """Boundaries too: a re-send is the same message."""
    one, other = (bytes(message(letter(1), sender=SENDER, to=TO, at=START)) for _ in range(2))
    assert one == other


def test_machines_are_told_that_nobody_wrote_this() -> None:
    """So that no out-of-office answer comes back."""
    made = sent()
    assert made["Auto-Submitted"] == "auto-generated"
    assert made["X-Auto-Response-Suppress"] == "All"
    assert made["List-Id"] == "canary <canary.example.org>"
    assert made["X-Canary-Incident"] == "INC-0042"
    assert made["Date"] == "Fri, 06 Mar 2026 06:40:00 +0000"


@pytest.mark.parametrize(
    "evil",
    [
        "x\r\nBcc: everyone@example.org",
        "x\nX-Evil: 1\n\nbody",
        "x\x00\x1b[2J",
        "x\u2028Bcc: y",
        "é" * 500,
        "\u202eevil",
    ],
)
def test_no_text_from_outside_makes_a_header(evil: str) -> None:
    """Neither through the subject, nor a header's value, nor an attachment's name."""
    made = sent(subject=evil, headers={"X-Canary-Target": evil}, attachments={evil: b"x"})
    assert made["Bcc"] is None
    assert made["X-Evil"] is None
    assert "\n" not in made["Subject"] + made["X-Canary-Target"]
    assert made["To"] == "team@example.org, lead@example.org"


def test_only_ascii_in_lines_of_bounded_length_goes_over_the_wire() -> None:
    """A long line, a letter of another alphabet: both encoded."""
    raw = bytes(
        message(letter(text="é" * 5000 + "\n", html="<p>" + "漢" * 5000), sender=SENDER, to=TO, at=START)
    )
    assert raw.isascii()
    assert max(len(line) for line in raw.split(b"\r\n")) <= 998
    assert b"\n" not in raw.replace(b"\r\n", b"")


def test_a_message_id_needs_no_letter_to_be_known() -> None:
    """The one before is computed."""
    assert message_id(letter(3), SENDER, 2) == message_id(letter(2), SENDER)


def test_an_address_that_was_never_filled_in_is_queued_like_any_other() -> None:
    """A configuration copied from an example says `canary@…`: the server refuses it, a run must not."""
    made = bytes(message(letter(), sender="canary@…", to=["team@…"], at=START))
    assert made.isascii()
    assert b"To: team@?" in made
