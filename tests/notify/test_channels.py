"""Other channels, through Apprise: a real one on the loopback."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from canary.domain.casebook import Parcel
from canary.domain.errors import ConfigurationError
from canary.notify.channels import MOST, channels, note
from canary.notify.outbox import NotAccepted
from tests.notify.letters import START, letter

pytest.importorskip("apprise", reason="the extra `notify` is not installed")
# One of Apprise's services still imports a module that Python 3.13 dropped.
pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")


class Room(ThreadingHTTPServer):
    """A service that takes notes."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Door)
        self.notes: list[dict[str, str]] = []
        self.status = 200


class _Door(BaseHTTPRequestHandler):
    server: Room

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.server.status == 200:
            self.server.notes.append(json.loads(body))
        self.send_response(self.server.status)
        self.end_headers()

    def log_request(self, code: object = "-", size: object = "-") -> None:
        """Say nothing."""


@pytest.fixture
def room() -> Iterator[Room]:
    """A service that is up."""
    with Room() as made:
        threading.Thread(target=made.serve_forever, daemon=True).start()
        yield made
        made.shutdown()


def parcel(channel: str) -> Parcel:
    """A note on its way."""
    return Parcel(id="1", channel=channel, content=note(letter()), next_at=START)


async def test_a_note_has_the_subject_and_the_text(room: Room) -> None:
    """As any service shows them."""
    ((name, carrier),) = channels([f"json://127.0.0.1:{room.server_port}/"]).items()
    await carrier.carry(parcel(name))
    assert room.notes[0]["title"] == letter().subject
    assert "Thinks about half as much" in room.notes[0]["message"]


async def test_a_service_that_refuses_is_tried_again(room: Room) -> None:
    """And is named by its place, not by its address."""
    room.status = 503
    ((name, carrier),) = channels([f"json://token:secret@127.0.0.1:{room.server_port}/"]).items()
    with pytest.raises(NotAccepted, match=r"notify.urls\[0\]") as refusal:
        await carrier.carry(parcel(name))
    assert "secret" not in f"{refusal.value}{name}"


def test_a_service_that_nobody_knows_is_refused_at_once() -> None:
    """By its scheme alone."""
    with pytest.raises(ConfigurationError, match="'nonsense'") as refusal:
        channels(["nonsense://token-that-is-secret"])
    assert "secret" not in str(refusal.value)


def test_a_long_letter_is_cut_at_a_line() -> None:
    """And says that it is."""
    said = json.loads(note(letter(text="A line of some words.\n" * 500)))["body"]
    assert len(said) <= MOST + 10
    assert said.endswith("words.\n[...]")
