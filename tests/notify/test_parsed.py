"""Every kind of mail, made as it is sent, read by a parser that shares nothing with the library that wrote it (in Rust)."""

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import cache

import pytest
from fast_mail_parser import PyMimePart, parse_email, parse_email_tree, walk

from canary.domain.report import Letter, Report
from canary.notify.mail import message
from canary.report.incident_page import Setting
from canary.report.mail_digest import digest_letter
from canary.report.mail_notices import missed_letter
from tests.notify.letters import START, letter
from tests.report.incidents import analysis_of, hostile
from tests.report.markup import read
from tests.report.test_hostile import PAYLOADS, UNSEEN
from tests.report.test_incident_hostile import LETTERS as HOSTILE
from tests.report.test_letters import LETTERS

SENDER = "canary@example.org"
TO = ("team@example.org", "lead@example.org")


def hostile_digest(text: str) -> Letter:
    """A week in which everything that comes from outside is the payload."""
    sample = hostile(text)
    one = replace(sample.incident, targets=(text,))
    analysis = analysis_of([one], not_judged=sample.analysis.not_judged)
    page = Report(name="x", subject="x", html="x", text="x", data={})
    around = Setting(members=sample.members, banner=text, hours=text)
    return digest_letter(analysis, [], "2026-W11", START, setting=around, page=page)


KINDS = {
    **LETTERS,
    **{f"hostile {name}": made for name, made in HOSTILE.items()},
    **{f"hostile digest {name}": hostile_digest(text) for name, text in PAYLOADS.items()},
    **{
        f"hostile notice {name}": missed_letter(START, None, START, place=text)
        for name, text in PAYLOADS.items()
    },
    **{
        f"named {name}": letter(subject=text, headers={"X-Canary-Target": text}, attachments={text: b"page"})
        for name, text in PAYLOADS.items()
    },
}
KNOWN = {
    "From", "To", "Subject", "Date", "Message-ID", "In-Reply-To", "References", "List-Id", "Auto-Submitted",
    "X-Auto-Response-Suppress", "X-Canary-Report", "X-Canary-Incident", "X-Canary-Status", "X-Canary-Target",
    "X-Canary-Severity", "X-Canary-Week", "MIME-Version", "Content-Type", "Content-Transfer-Encoding",
}  # fmt: skip


def sent(one: Letter) -> bytes:
    """As it goes over the wire."""
    return bytes(message(one, sender=SENDER, to=TO, at=START))


@cache
def sent_of(name: str) -> bytes:
    """A kind's message, made once for all that is asked of it."""
    return sent(KINDS[name])


def leaves(part: PyMimePart) -> Iterator[tuple[str, str | None]]:
    """(kind, disposition) of what holds something, in order."""
    return ((one.content_type, one.disposition) for one in walk(part) if not one.children)


@pytest.mark.parametrize("name", KINDS)
def test_another_parser_reads_what_was_meant(name: str) -> None:
    """Both bodies word for word, pictures and attachments byte for byte, subject and addresses, and no header beside ours."""
    one = KINDS[name]
    raw = sent_of(name)
    read = parse_email(raw)
    assert read.warnings == []
    assert set(read.headers) <= KNOWN
    assert all(len(values) == 1 for values in read.headers.values())
    assert [part.replace("\r\n", "\n") for part in read.text_plain] == [one.text]
    assert [part.replace("\r\n", "\n").rstrip("\n") for part in read.text_html] == [
        one.html.replace("\r\n", "\n").rstrip("\n")
    ]
    assert read.from_ is not None
    assert (read.from_.display_name, read.from_.address) == ("canary", SENDER)
    assert [one.address for one in read.to] == list(TO)
    assert (read.cc, read.bcc) == ([], [])
    pictures = {part.content_id: part.content for part in read.attachments if part.content_id}
    assert pictures == dict(one.images)
    assert [part.content for part in read.attachments if not part.content_id] == list(
        one.attachments.values()
    )


@pytest.mark.parametrize("name", KINDS)
def test_another_parser_sees_the_order_that_mail_programs_prefer(name: str) -> None:
    """Text, then HTML with its pictures inside, then what is attached; each text says its alphabet."""
    one = KINDS[name]
    tree = parse_email_tree(sent_of(name))
    assert list(leaves(tree)) == [
        ("text/plain", None),
        ("text/html", None),
        *(("image/png", "inline") for _ in one.images),
        *(
            ("text/html" if file.endswith(".html") else "application/octet-stream", "attachment")
            for file in one.attachments
        ),
    ]
    for part in walk(tree):
        if part.content_type in {"text/plain", "text/html"} and part.disposition is None:
            assert 'charset="utf-8"' in part.headers["Content-Type"][0]
    related = [part for part in walk(tree) if part.content_type == "multipart/related"]
    assert [part.children[0].content_type for part in related] == ["text/html"] * bool(one.images)


def test_another_parser_reads_a_subject_of_another_alphabet() -> None:
    """Cut where a header has to be folded, and put together again."""
    subject = "[canary] modèle-à-long-nom: Antworten kürzer, ответы короче, 回答更短 " * 2
    assert parse_email(sent(letter(subject=subject))).subject == " ".join(subject.split())[:180]


@pytest.mark.parametrize("name", PAYLOADS)
def test_another_parser_finds_no_path_in_the_name_of_an_attachment(name: str) -> None:
    """Names come from ids, and ids from records."""
    (part,) = (
        one
        for one in parse_email(sent(letter(images={}, attachments={PAYLOADS[name]: b"x"}))).attachments
        if not one.content_id
    )
    assert not set("/\\\r\n\0") & set(part.filename)
    assert len(part.filename) <= 180


@pytest.mark.parametrize("name", [name for name in KINDS if name.startswith("hostile")])
def test_every_letter_shows_what_is_hostile_as_text_of_bounded_size(name: str) -> None:
    """No element, address, header or unseen sign of it; at most 60 KB of HTML."""
    one = KINDS[name]
    page = read(one.html)
    assert page.unbalanced == []
    assert not {"script", "svg", "img", "base", "link", "iframe", "form"} & {e.tag for e in page.elements}
    assert [e for e in page.elements if "href" in e.attributes] == []
    assert not any(key.startswith("on") for e in page.elements for key in e.attributes)
    for text in (one.html, one.text, one.subject, *one.headers.values()):
        assert not UNSEEN.search(text.replace("\n", ""))
    assert len(one.html.encode()) <= 60_000
    assert len(one.text) <= 60_000
    assert max(map(len, one.text.split("\n"))) <= 200
    raw = sent_of(name)
    assert raw.isascii()
    assert max(map(len, raw.split(b"\r\n"))) <= 998
    assert not re.search(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]", raw)
