"""Whether people can be reached: what doctor looks at of mail, channels and notes, and its test message."""

import asyncio
import os
from collections.abc import Iterator
from typing import TYPE_CHECKING, Literal, TypeAlias

from canary.domain.errors import CanaryError

if TYPE_CHECKING:
    from canary.config.settings import Config

Level: TypeAlias = Literal["ok", "warning", "problem"]


def reachability(config: "Config") -> Iterator[tuple[Level, str, str]]:
    """(level, subject, text) of everything that would keep people from being told."""
    from canary.assembly import carriers
    from canary.config.annotations import load_annotations

    if config.mail is not None or config.notify.urls:
        try:
            carriers(config, os.environ)
        except CanaryError as problem:
            yield "problem", "mail", str(problem)
        else:
            yield "ok", "mail", _ways(config)
    if config.annotations is not None:
        try:
            notes = load_annotations(config.annotations, [spec.name for spec in config.targets])
        except CanaryError as problem:
            yield "problem", "annotations", str(problem)
        else:
            yield "ok", "annotations", f"{len(notes)} dated note{'s' * (len(notes) != 1)}"


def _ways(config: "Config") -> str:
    count = len(config.notify.urls)
    parts = [] if config.mail is None else [f"to {', '.join(config.mail.to)}"]
    parts += [f"{count} other channel{'s' * (count != 1)}"] if count else []
    return ", ".join(parts) + "; `canary doctor --mail` sends a test message"


def sent_test(config: "Config") -> Iterator[tuple[Level, str, str]]:
    """Send a test message by every way that is configured, and say what became of it."""
    from canary.assembly import SystemClock, carriers
    from canary.domain.casebook import Parcel
    from canary.notify.channels import note
    from canary.notify.mail import message, message_id
    from canary.notify.outbox import NotAccepted
    from canary.pipeline.telling import MAIL
    from canary.report.mail_notices import doctor_letter

    now = SystemClock().now()
    letter = doctor_letter(now, place=str(config.path))
    try:
        ways = carriers(config, os.environ)
    except CanaryError as problem:
        yield "problem", "mail", str(problem)
        return
    if not ways:
        yield "problem", "mail", "nobody is configured to be told; add a [mail] table or [notify] urls"
    for name, carrier in ways.items():
        content, told = note(letter), name
        to: tuple[str, ...] = ()
        if name == MAIL and config.mail is not None:
            sender, to = config.mail.sender, config.mail.to
            content, told = bytes(message(letter, sender=sender, to=to, at=now)), ", ".join(to)
        parcel = Parcel(
            id=message_id(letter, "doctor"), channel=name, content=content, recipients=to, next_at=now
        )
        try:
            asyncio.run(carrier.carry(parcel))
        except NotAccepted as refused:
            yield "problem", "mail", f"a test message to {told} was not accepted: {refused.problem}"
        else:
            yield "ok", "mail", f"a test message to {told} was accepted"
