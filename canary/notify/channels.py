"""Other ways to reach people, through Apprise addresses: chat rooms, push services, pagers. An optional extra."""

import asyncio
import hashlib
import json
from collections.abc import Mapping, Sequence

from canary.domain.canonical import Json
from canary.domain.casebook import Parcel
from canary.domain.errors import ConfigurationError
from canary.domain.report import Letter
from canary.notify.outbox import Carrier, NotAccepted

MOST = 1800
"""Characters of a message: what the tightest common service takes, with some room."""


def note(letter: Letter) -> bytes:
    """What such a channel gets of a letter: its subject and the beginning of its text twin."""
    text = letter.text if len(letter.text) <= MOST else f"{letter.text[:MOST].rpartition(chr(10))[0]}\n[...]"
    body: Json = {"title": letter.subject, "body": text}
    return json.dumps(body, ensure_ascii=False).encode()


def channel_names(urls: Sequence[str]) -> Sequence[str]:
    """One channel an address, so that one that does not answer never makes the others ring twice.

    The names are made from the addresses and tell nothing of them.
    """
    return [f"notify-{hashlib.sha256(url.encode()).hexdigest()[:12]}" for url in urls]


def channels(urls: Sequence[str]) -> Mapping[str, "AppriseCarrier"]:
    """The channels of some addresses, by name.

    Raises:
        ConfigurationError: Apprise is not installed, or does not know one of the addresses.
    """
    return {
        name: AppriseCarrier(url, f"notify.urls[{number}]")
        for number, (name, url) in enumerate(zip(channel_names(urls), urls, strict=True))
    }


class AppriseCarrier(Carrier):
    """Carries notes to one Apprise address; it may hold a token and is never shown."""

    def __init__(self, url: str, where: str) -> None:
        """Prepare a carrier.

        Args:
            url: the address.
            where: its place in the configuration, for messages.

        Raises:
            ConfigurationError: Apprise is not installed, or does not know the address.
        """
        try:
            from apprise import Apprise
        except ImportError as error:
            raise ConfigurationError(
                "Apprise is not installed", where="notify.urls", remedy="pip install 'model-canary[notify]'"
            ) from error
        self._apprise = Apprise()
        self._where = where
        if not self._apprise.add(url):
            raise ConfigurationError(
                f"Apprise does not know the service {url.partition(':')[0]!r}",
                where=where,
                remedy="look its form up in Apprise's list of services",
            )

    async def carry(self, parcel: Parcel) -> None:
        """Hand a note over.

        Raises:
            NotAccepted: it was not taken.
        """
        said = json.loads(parcel.content)
        if not await asyncio.to_thread(self._apprise.notify, title=said["title"], body=said["body"]):
            raise NotAccepted(f"{self._where} did not take the message")
