"""Where a drill's mail goes: one file a letter, byte for byte as it would have been sent."""

import re
from email import message_from_bytes, policy
from pathlib import Path

from canary.domain.casebook import Parcel
from canary.domain.ports import Clock
from canary.notify.outbox import Carrier, NotAccepted

FOLDER = "mails"
SENDER = "canary@drill.example"
TO = ("team@drill.example",)
_LONGEST_NAME = 80


class Letterbox(Carrier):
    """Takes mail to a folder, `001-2026-03-05-subject.eml` and so on, which begins with its first letter."""

    def __init__(self, folder: Path, clock: Clock) -> None:
        self._folder = folder
        self._clock = clock
        self._count = 0

    async def carry(self, parcel: Parcel) -> None:
        """Write one letter down.

        Raises:
            NotAccepted: it can't be written.
        """
        subject = str(message_from_bytes(parcel.content, policy=policy.default)["Subject"])
        words = re.sub(r"[^A-Za-z0-9]+", "-", subject).strip("-")[:_LONGEST_NAME]
        name = f"{self._count + 1:03}-{self._clock.now():%Y-%m-%d}-{words}.eml"
        try:
            self._folder.mkdir(exist_ok=True)
            (self._folder / name).write_bytes(parcel.content)
        except OSError as error:
            raise NotAccepted(f"{self._folder}: {error.strerror}") from None
        self._count += 1
