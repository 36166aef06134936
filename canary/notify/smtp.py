"""Mail over SMTP: encrypted on every way but the loopback, and a refusal that names the server and never the password."""

import asyncio
import smtplib
import ssl
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from ipaddress import ip_address
from urllib.parse import unquote, urlsplit

from canary.domain.casebook import Parcel
from canary.domain.errors import ConfigurationError
from canary.notify.outbox import Carrier, NotAccepted

PASSWORD = "CANARY_SMTP_PASSWORD"  # noqa: S105 -- the name of a variable
TIMEOUT_S = 30.0
_PORTS = {"smtp": 587, "smtps": 465}
_PLAIN_PORT = 25


@dataclass(frozen=True, kw_only=True, slots=True)
class Server:
    """A mail server.

    Attributes:
        host, port: where.
        user: "" = no login.
        password: never shown.
        implicit_tls: encrypted from the first byte (`smtps://`).
        loopback: on this machine; then encryption is not asked for.
    """

    host: str
    port: int
    user: str = ""
    password: str = field(default="", repr=False)
    implicit_tls: bool = False
    loopback: bool = False


def server(url: str, environ: Mapping[str, str]) -> Server:
    """The server of `[mail] smtp`.

    Args:
        url: `smtp://user@host:587` (STARTTLS) or `smtps://user@host:465`.
        environ: where the password is, as CANARY_SMTP_PASSWORD.

    Raises:
        ConfigurationError: the address is none, holds a password, or names a user whose password is not set.
    """
    parts = urlsplit(url)
    if parts.scheme not in _PORTS or not parts.hostname:
        raise ConfigurationError(
            "this is no mail server's address",
            where="mail.smtp",
            remedy='write it like "smtp://user@host:587"',
        )
    if parts.password is not None:
        raise ConfigurationError(
            "the address holds a password", where="mail.smtp", remedy=f"put it into the variable {PASSWORD}"
        )
    user, password = unquote(parts.username or ""), environ.get(PASSWORD, "")
    if user and not password:
        raise ConfigurationError(
            f"the environment variable {PASSWORD} is not set",
            where="mail.smtp",
            remedy="set it to the password",
        )
    loopback = _is_loopback(parts.hostname)
    fallback = _PLAIN_PORT if loopback and parts.scheme == "smtp" and not user else _PORTS[parts.scheme]
    return Server(
        host=parts.hostname,
        port=parts.port or fallback,
        user=user,
        password=password,
        implicit_tls=parts.scheme == "smtps",
        loopback=loopback,
    )


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _leave(session: smtplib.SMTP) -> None:
    """Say goodbye; a server that does not answer to that has accepted the message all the same."""
    with suppress(OSError, smtplib.SMTPException):
        session.quit()
    session.close()


class SmtpCarrier(Carrier):
    """Carries mail; the parcel's content is the message, its recipients are the envelope's."""

    def __init__(self, at: Server, sender: str, *, trust: ssl.SSLContext | None = None) -> None:
        """Prepare a carrier; nothing is opened yet.

        Args:
            at: the server.
            sender: the envelope's sender.
            trust: which certificates are believed; None = the machine's.
        """
        self._server = at
        self._sender = sender
        self._trust = trust

    async def carry(self, parcel: Parcel) -> None:
        """Hand a message over in a connection of its own, in a thread: `smtplib` blocks.

        Raises:
            NotAccepted: the server was not reached, or refused it for some or all recipients.
        """
        await asyncio.to_thread(self._carry, parcel)

    def _carry(self, parcel: Parcel) -> None:
        try:
            session = self._connected()
            try:
                refused = session.sendmail(self._sender, list(parcel.recipients), parcel.content)
            finally:
                _leave(session)
        except smtplib.SMTPRecipientsRefused as error:
            raise NotAccepted(
                self._told("every recipient was refused"), remaining=parcel.recipients
            ) from error
        except smtplib.SMTPResponseException as error:
            raise NotAccepted(self._told(f"the server said {error.smtp_code}")) from error
        except ValueError as error:
            # An address that the protocol has no signs for: it must not hold up the messages behind it.
            raise NotAccepted(self._told(f"can not be told to it ({type(error).__name__})")) from error
        except (OSError, smtplib.SMTPException) as error:
            raise NotAccepted(self._told(f"not reached ({type(error).__name__})")) from error
        if refused:
            raise NotAccepted(
                self._told(f"{len(refused)} of the recipients were refused"), remaining=tuple(refused)
            )

    def _connected(self) -> smtplib.SMTP:
        at = self._server
        if at.implicit_tls:
            session: smtplib.SMTP = smtplib.SMTP_SSL(
                at.host, at.port, timeout=TIMEOUT_S, context=self._context()
            )
        else:
            session = smtplib.SMTP(at.host, at.port, timeout=TIMEOUT_S)
        try:
            if not at.implicit_tls and not at.loopback:
                session.starttls(context=self._context())
            if at.user:
                session.login(at.user, at.password)
        except BaseException:
            session.close()
            raise
        return session

    def _context(self) -> ssl.SSLContext:
        return self._trust or ssl.create_default_context()

    def _told(self, problem: str) -> str:
        return f"mail server {self._server.host}:{self._server.port}: {problem}"
