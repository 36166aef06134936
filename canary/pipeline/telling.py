"""Who is told what: letters about steps of incidents, weeks and missed runs, put into the outbox once each.

The last step of each incident is queued each time, and the outbox keeps one message an id: a process that dies between judging and queueing
loses no mail, and one that judges twice sends none twice. Older steps are history: a store that was just filled with a year of records,
or whose mail was just set up, does not tell of last spring.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from canary.domain.casebook import Casebook, Parcel
from canary.domain.ports import Clock
from canary.domain.report import Letter
from canary.pipeline.judging import Judgement
from canary.pipeline.publishing import Publisher

if TYPE_CHECKING:
    from canary.domain.incident import Incident

RECENT = timedelta(days=7)
MAIL = "mail"


@dataclass(frozen=True, kw_only=True)
class Teller:
    """Who puts letters into the outbox.

    Attributes:
        publisher: who makes the pages that letters link or attach.
        casebook: where the outbox is.
        clock: time.
        sender: the address that mail is from; "" = no mail is configured.
        to: whom it is for.
        channels: names of the other channels.
        place: what tells this deployment from others.
    """

    publisher: Publisher
    casebook: Casebook
    clock: Clock
    sender: str = ""
    to: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    place: str = ""

    @property
    def reaches_anybody(self) -> bool:
        """Whether there is anybody to tell."""
        return bool(self.sender or self.channels)

    def incidents(self, judgement: Judgement) -> int:
        """Queue a letter for the last step of each incident that is mailed, if it is of the last days; says how many were new."""
        last = judgement.analysis.last_day
        if last is None or not self.reaches_anybody:
            return 0
        letters = [
            letter
            for incident in judgement.analysis.incidents
            for letter in self._letters(judgement, incident)
        ]
        return self._queue(letters)

    def digest(self, judgement: Judgement, week: str) -> int:
        """Queue the digest of a week.

        Raises:
            UsageError: it is no week.
        """
        from canary.report.mail_digest import digest_letter

        page = self.publisher.digest(judgement, week)
        letter = digest_letter(
            judgement.analysis,
            self.publisher.store.runs(),
            week,
            self.clock.now(),
            setting=self.publisher.setting(judgement),
            page=page,
            series=self.publisher.strip(judgement),
        )
        return self._queue([letter])

    def missed(self, due: datetime, last: datetime | None) -> int:
        """Queue the alarm that a run was due and did not come to an end."""
        from canary.report.mail_notices import missed_letter

        return self._queue([missed_letter(due, last, self.clock.now(), place=self.place)])

    def letter(self, judgement: Judgement, incident: "Incident", number: int | None = None) -> Letter:
        """One letter of an incident; None = the latest."""
        from canary.report.letters import incident_letter

        return incident_letter(
            judgement.analysis,
            incident,
            self.publisher.evidence(judgement, incident),
            self.clock.now(),
            setting=self.publisher.setting(judgement),
            page=self.publisher.incident_report(judgement, incident),
            number=number,
        )

    def _letters(self, judgement: Judgement, incident: "Incident") -> Sequence[Letter]:
        from canary.report.letters import told_steps

        # A step counts from the day people learn of it: a run that was resumed may be judged some days after its day.
        # One record dated far ahead must not make everything else look old.
        today = self.clock.now().date()
        since = min(judgement.analysis.last_day or today, today) - RECENT
        # A letter says how things stand: of several steps that nobody has been told of, the last one says all.
        return [
            self.letter(judgement, incident, number)
            for number, step in told_steps(incident, told_before=self._has_told(incident))[-1:]
            if step.on > since
        ]

    def _has_told(self, incident: "Incident") -> bool:
        """Whether a message about it was accepted: of a day without a run of ours nobody knows which came first, mail or mute."""
        from canary.report.letters import thread_of

        if not any(step.muted for step in incident.transitions):
            return False
        thread = f"{thread_of(incident)}."
        return any(
            self.casebook.sent(f"{way}{thread}") for way in ("<", *(f"{name}/" for name in self.channels))
        )

    def _queue(self, letters: Sequence[Letter]) -> int:
        from canary.notify.channels import note
        from canary.notify.mail import message, message_id

        now = self.clock.now()
        parcels = [
            Parcel(
                id=message_id(letter, self.sender),
                channel=MAIL,
                content=bytes(message(letter, sender=self.sender, to=self.to, at=now)),
                recipients=self.to,
                next_at=now,
            )
            for letter in letters
            if self.sender
        ]
        parcels += [
            Parcel(
                id=f"{channel}/{letter.thread}.{letter.number}",
                channel=channel,
                content=note(letter),
                next_at=now,
            )
            for letter in letters
            for channel in self.channels
        ]
        return self.casebook.queue(parcels) if parcels else 0
