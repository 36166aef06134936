"""Maintenance windows: whose alarms are kept and not mailed, and when.

Of a target, what was said last counts: a later mute replaces an earlier one, and one that ends when it is made ends it. A
finding is quiet where it became known inside a window, which is when the day's run came to its end: who mutes a target after
a mail has gone out does not unsay the mail.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from canary.domain.incident import Act


@dataclass(frozen=True, kw_only=True)
class Mutes:
    """All windows of a deployment.

    Attributes:
        acts: mutes by time; other acts are passed over.
        ended: when the last scheduled run of a day came to its end; a day that is not in it counts as a whole.
    """

    acts: Sequence[Act]
    ended: Mapping[date, datetime]

    def cover(self, target: str, day: date) -> bool:
        """Whether what was found of a target on a day falls into a window."""
        known = self.ended.get(day)
        moment = known or datetime.combine(day + timedelta(days=1), time(tzinfo=UTC))
        act = last_said(self.acts, target, moment)
        if act is None or _is_end(act):
            return False
        if act.until is None:
            return True
        return known < act.until if known else day <= (act.until - timedelta(microseconds=1)).date()


def last_said(acts: Sequence[Act], target: str, before: datetime) -> Act | None:
    """The mute of a target, or its end, that was said last before a moment."""
    said = [act for act in acts if act.kind == "mute" and act.target == target and act.at < before]
    return max(said, key=lambda act: act.at, default=None)


def in_force(acts: Sequence[Act], now: datetime) -> list[Act]:
    """The mute of every target that has one now, by target."""
    targets = sorted({act.target for act in acts if act.kind == "mute" and act.target is not None})
    latest = (last_said(acts, target, now + timedelta(microseconds=1)) for target in targets)
    return [act for act in latest if act is not None and (act.until is None or act.until > now)]


def _is_end(act: Act) -> bool:
    return act.until is not None and act.until <= act.at
