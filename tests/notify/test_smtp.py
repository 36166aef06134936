"""Mail handed to real SMTP servers on the loopback: plain, STARTTLS, TLS, with a login, and refusing."""

import ssl
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from email import message_from_bytes
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

from canary.domain.errors import ConfigurationError
from canary.notify.mail import message
from canary.notify.outbox import NotAccepted
from canary.notify.smtp import PASSWORD, Server, SmtpCarrier, server
from tests.notify.letters import START, letter, parcel

SENDER = "canary@example.org"
SECRET = "correct horse"
CONTENT = bytes(message(letter(), sender=SENDER, to=("team@example.org",), at=START))


class Sink:
    """Keeps what it accepts; refuses what it is told to."""

    def __init__(self) -> None:
        self.envelopes: list[Any] = []
        self.encrypted: list[bool] = []
        self.refused: tuple[str, ...] = ()
        self.says = "250 accepted"

    async def handle_RCPT(  # noqa: N802
        self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any
    ) -> str:
        if address in self.refused:
            return "550 nobody of that name"
        envelope.rcpt_tos.append(address)
        return "250 fine"

    async def handle_DATA(self, _server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 -- the name that the server calls
        if self.says.startswith("250"):
            self.envelopes.append(envelope)
            self.encrypted.append(session.ssl is not None)
        return self.says


class Station(Controller):
    """A server on a free port of the loopback, or on `port`."""

    def __init__(self, sink: Sink, **options: Any) -> None:
        self.options = options
        port = options.pop("port", 0)
        super().__init__(sink, hostname="127.0.0.1", port=port, ssl_context=options.pop("implicit", None))

    def factory(self) -> SMTP:
        return SMTP(self.handler, **self.options)

    def _trigger_server(self) -> None:
        """It asks itself for a connection by its port, which is only known once it listens."""
        listening: Any = self.server
        self.port = listening.sockets[0].getsockname()[1]
        super()._trigger_server()  # type: ignore[no-untyped-call]


@pytest.fixture
def sink() -> Sink:
    """What arrived."""
    return Sink()


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A certificate for the loopback, made for the occasion."""
    folder = tmp_path_factory.mktemp("certificate")
    key, cert = folder / "key.pem", folder / "cert.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", cert, "-days", "2",
         "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"],
        check=True, capture_output=True,
    )  # fmt: skip
    return key, cert


@pytest.fixture
def theirs(certificate: tuple[Path, Path]) -> ssl.SSLContext:
    """The server's side."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate[1], certificate[0])
    return context


@pytest.fixture
def ours(certificate: tuple[Path, Path]) -> ssl.SSLContext:
    """What we believe."""
    return ssl.create_default_context(cafile=str(certificate[1]))


@pytest.fixture
def plain(sink: Sink) -> Iterator[Server]:
    """A server without encryption."""
    station = Station(sink)
    station.start()
    yield Server(host="127.0.0.1", port=station.port, loopback=True)
    station.stop()


async def test_a_message_arrives_as_it_was_made(plain: Server, sink: Sink) -> None:
    """Byte for byte, and by an independent reader part by part."""
    await SmtpCarrier(plain, SENDER).carry(parcel(content=CONTENT, to=("a@example.org", "b@example.org")))
    (envelope,) = sink.envelopes
    assert envelope.rcpt_tos == ["a@example.org", "b@example.org"]
    assert envelope.content == CONTENT
    read = message_from_bytes(envelope.content)
    assert read["Message-ID"] == "<inc-0042.60f0fdf3f6.root@example.org>"
    assert [part.get_content_type() for part in read.walk() if not part.is_multipart()] == [
        "text/plain", "text/html", "image/png", "text/html",
    ]  # fmt: skip


async def test_recipients_that_are_refused_are_named_and_the_others_have_it(
    plain: Server, sink: Sink
) -> None:
    """So that only they are tried again."""
    sink.refused = ("b@example.org",)
    with pytest.raises(NotAccepted, match="1 of the recipients") as refusal:
        await SmtpCarrier(plain, SENDER).carry(parcel(content=CONTENT, to=("a@example.org", "b@example.org")))
    assert refusal.value.remaining == ("b@example.org",)
    assert sink.envelopes[0].rcpt_tos == ["a@example.org"]


@pytest.mark.parametrize("says", ["451 later", "552 too large"])
async def test_a_refusal_is_told_with_its_code(plain: Server, sink: Sink, says: str) -> None:
    """Server and code, and nothing of what the server wrote."""
    sink.says = says
    with pytest.raises(NotAccepted, match=f"127.0.0.1:{plain.port}: the server said {says[:3]}"):
        await SmtpCarrier(plain, SENDER).carry(parcel(content=CONTENT))


@pytest.mark.parametrize("recipient", ["t\u00e9am@example.org", "team@ex\u00e4mple.org"])
async def test_an_address_that_smtp_has_no_signs_for_is_a_refusal(
    plain: Server, sink: Sink, recipient: str
) -> None:
    """Not an error that ends the pass and holds up what waits behind it."""
    with pytest.raises(NotAccepted):
        await SmtpCarrier(plain, SENDER).carry(parcel(content=CONTENT, to=(recipient,)))
    assert sink.envelopes == []


async def test_a_server_that_is_not_there_is_told() -> None:
    """As something to try again."""
    nobody = Server(host="127.0.0.1", port=1, loopback=True)
    with pytest.raises(NotAccepted, match="not reached"):
        await SmtpCarrier(nobody, SENDER).carry(parcel(content=CONTENT))


def _login(_server: Any, _session: Any, _envelope: Any, _mechanism: str, data: LoginPassword) -> AuthResult:
    known = data.login == b"canary" and data.password == SECRET.encode()
    return AuthResult(success=known, handled=known)


@pytest.mark.parametrize("password", [SECRET, "wrong"])
async def test_starttls_then_login(
    sink: Sink, theirs: ssl.SSLContext, ours: ssl.SSLContext, password: str
) -> None:
    """The password goes over an encrypted connection only, and is in no message when it is refused."""
    station = Station(
        sink, tls_context=theirs, require_starttls=True, auth_required=True, authenticator=_login
    )
    station.start()
    at = Server(host="localhost", port=station.port, user="canary", password=password)
    carrier = SmtpCarrier(at, SENDER, trust=ours)
    try:
        if password == SECRET:
            await carrier.carry(parcel(content=CONTENT))
            assert sink.encrypted == [True]
        else:
            with pytest.raises(NotAccepted) as refusal:
                await carrier.carry(parcel(content=CONTENT))
            assert password not in str(refusal.value) + repr(at)
    finally:
        station.stop()


async def test_tls_from_the_first_byte(sink: Sink, theirs: ssl.SSLContext, ours: ssl.SSLContext) -> None:
    """`smtps://`."""
    station = Station(sink, implicit=theirs)
    station.start()
    at = Server(host="localhost", port=station.port, implicit_tls=True)
    try:
        await SmtpCarrier(at, SENDER, trust=ours).carry(parcel(content=CONTENT))
        assert len(sink.envelopes) == 1
    finally:
        station.stop()


async def test_a_server_elsewhere_without_starttls_gets_nothing(plain: Server, sink: Sink) -> None:
    """Never in the clear over a network."""
    with pytest.raises(NotAccepted):
        await SmtpCarrier(replace(plain, loopback=False), SENDER).carry(parcel(content=CONTENT))
    assert sink.envelopes == []


async def test_a_certificate_that_nobody_vouches_for_is_not_believed(
    sink: Sink, theirs: ssl.SSLContext
) -> None:
    """Somebody in between gets nothing."""
    station = Station(sink, tls_context=theirs, require_starttls=True)
    station.start()
    try:
        with pytest.raises(NotAccepted, match="SSLCertVerificationError"):
            await SmtpCarrier(Server(host="localhost", port=station.port), SENDER).carry(
                parcel(content=CONTENT)
            )
    finally:
        station.stop()
    assert sink.envelopes == []


@pytest.mark.parametrize(
    ("url", "host", "port", "user", "tls", "loopback"),
    [
        ("smtp://me%40x@mail.example.org:2525", "mail.example.org", 2525, "me@x", False, False),
        ("smtp://mail.example.org", "mail.example.org", 587, "", False, False),
        ("smtps://me@mail.example.org", "mail.example.org", 465, "me", True, False),
        ("smtp://localhost", "localhost", 25, "", False, True),
        ("smtp://[::1]:1025", "::1", 1025, "", False, True),
    ],
)
def test_addresses_are_read_with_their_usual_ports(
    url: str, host: str, port: int, user: str, tls: bool, loopback: bool
) -> None:
    """And the password from the environment."""
    made = server(url, {PASSWORD: SECRET})
    assert (made.host, made.port, made.user, made.implicit_tls, made.loopback) == (
        host,
        port,
        user,
        tls,
        loopback,
    )
    assert SECRET not in repr(made)


@pytest.mark.parametrize(
    ("url", "environ", "told"),
    [
        ("smtp://me@mail.example.org", {}, f"environment variable {PASSWORD} is not set"),
        ("smtp://me:secret@mail.example.org", {}, "the address holds a password"),
        ("http://mail.example.org", {}, "no mail server's address"),
    ],
)
def test_an_address_that_can_not_be_used_is_refused_in_one_sentence(
    url: str, environ: dict[str, str], told: str
) -> None:
    """Without the password that it may hold."""
    with pytest.raises(ConfigurationError, match=told) as refusal:
        server(url, environ)
    assert "secret" not in str(refusal.value)
