"""One judged history against its truth: what was found when, what was called that was nothing.

An opened incident belongs to the change whose targets it shares, that had begun when it was raised, whose series it shows and
whose onset it dates best; dates may be off by `NEAR`. One that is dated near a change's end is that change's recovery, not
recognised as such: told apart, and no stray. What ought to be silent is blamed only for incidents dated near its onset. What
belongs to nothing is a stray.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

from canary.domain.incident import Alarm, Analysis
from canary.simulate.multi import Drawn, Truth
from canary.stats.chain import BASELINE_DAYS

NEAR = timedelta(days=7)


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """What became of one change in one history.

    Attributes:
        truth: the change as drawn.
        delay: days from its onset to the first incident opened for it; None = none.
        joined: whether it was told only inside an incident opened for something else.
        layer, mechanism: what the incident named.
        ours: whether it was told as a change of ours.
        verdict: the incident's when it opened; None = none.
        recovery: days from its end to the first alarm that says it is over; None = not said, or no end.
        split: further incidents opened for it, which ought to be in the first.
        reopened: incidents opened by its end.
    """

    truth: Truth
    delay: int | None
    joined: bool
    layer: str | None = None
    mechanism: str | None = None
    ours: bool = False
    verdict: str | None = None
    recovery: int | None = None
    split: int = 0
    reopened: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class History:
    """One judged history, scored.

    Attributes:
        outcomes: of every change.
        stray: incidents of quality that belong to no change.
        quiet_years: judged years of the deployment in which nothing was in force.
        quiet_opened: incidents opened in them.
        calls, cost: requests and dollars a day.
        extra_calls: share of calls that confirmations added.
    """

    outcomes: tuple[Outcome, ...]
    stray: tuple[Alarm, ...]
    quiet_years: float
    quiet_opened: int
    calls: float
    cost: float | None
    extra_calls: float


def score(drawn: Drawn, analysis: Analysis, requests: float, *, extra_calls: float = 0.0) -> History:
    """Score one history.

    Args:
        drawn: records and truth.
        analysis: what was said of the records.
        requests: that one day of the deployment sends.
        extra_calls: share of calls that confirmations added.
    """
    opened = [alarm for alarm in analysis.alarms if alarm.event == "opened"]
    owners = [_owner(alarm, drawn.truth) for alarm in opened]
    stray = tuple(
        alarm
        for alarm, owner in zip(opened, owners, strict=True)
        if alarm.kind == "quality" and (owner is None or owner[0].change.expect == "availability")
    )
    outcomes = tuple(_outcome(truth, _owned(opened, owners, truth), analysis.alarms) for truth in drawn.truth)
    years, quiet = _quiet(drawn, stray)
    return History(
        outcomes=outcomes,
        stray=stray,
        quiet_years=years,
        quiet_opened=quiet,
        calls=requests,
        cost=_cost(drawn),
        extra_calls=extra_calls,
    )


def _owned(
    opened: Sequence[Alarm], owners: Sequence[tuple[Truth, bool] | None], truth: Truth
) -> list[tuple[Alarm, bool]]:
    """Alarms of one change, each with whether it is about its end."""
    pairs = zip(opened, owners, strict=True)
    return [(alarm, owner[1]) for alarm, owner in pairs if owner is not None and owner[0] is truth]


def _owner(alarm: Alarm, truths: Sequence[Truth]) -> tuple[Truth, bool] | None:
    """The change an opened incident is about, and whether it is about its end."""
    claims = sorted(_claims(alarm, truths), key=lambda claim: claim[2])
    return claims[-1][:2] if claims else None


def _claims(alarm: Alarm, truths: Sequence[Truth]) -> Iterator[tuple[Truth, bool, tuple[int, int, int]]]:
    """Changes that an alarm may be about, each with how well it fits: series shared, then the date."""
    onset = min(change.onset for change in alarm.changes)
    low = min(change.onset_low for change in alarm.changes)
    high = max(change.onset_high for change in alarm.changes)
    metrics = {change.metric for change in alarm.changes}
    for truth in truths:
        if (
            truth.first_hit is None
            or alarm.raised_on < truth.first_hit
            or not set(alarm.targets) & set(truth.targets)
        ):
            continue
        if truth.change.expect in {"silence", "ours"} and not low - NEAR <= truth.onset <= high + NEAR:
            continue
        shared = len(metrics & truth.series)
        last = truth.end or alarm.raised_on
        if high >= truth.onset - NEAR and (truth.end is None or onset < last):
            yield truth, False, (bool(shared), -abs((onset - truth.onset).days), shared)
        if truth.end is not None and alarm.raised_on >= last and low <= last + NEAR and high >= last - NEAR:
            yield truth, True, (bool(shared), -abs((onset - last).days), shared)


def _outcome(truth: Truth, owned: Sequence[tuple[Alarm, bool]], alarms: Sequence[Alarm]) -> Outcome:
    own = [alarm for alarm, at_end in owned if not at_end]
    wanted = "availability" if truth.change.expect == "availability" else None
    own = [alarm for alarm in own if wanted is None or alarm.kind == wanted]
    reopened = sum(at_end for _, at_end in owned)
    first = min(own, key=lambda alarm: alarm.raised_on, default=None)
    recovery = _recovery(truth, alarms)
    if first is None:
        return Outcome(
            truth=truth, delay=None, joined=_joined(truth, alarms), recovery=recovery, reopened=reopened
        )
    return Outcome(
        truth=truth,
        delay=(first.raised_on - truth.onset).days,
        joined=False,
        layer=first.layer,
        mechanism=first.mechanism,
        ours=first.kind == "ours" or first.layer == "ours",
        verdict=first.verdict,
        recovery=recovery,
        split=len(own) - 1,
        reopened=reopened,
    )


def _joined(truth: Truth, alarms: Sequence[Alarm]) -> bool:
    """Whether a change was told inside an incident that something else had opened."""
    return any(
        alarm.event in {"opened", "worsened", "joined"}
        and truth.first_hit is not None
        and alarm.raised_on >= truth.first_hit
        and any(
            change.target in truth.targets
            and change.metric in truth.series
            and abs(change.onset - truth.onset) <= NEAR
            for change in alarm.changes
        )
        for alarm in alarms
    )


def _recovery(truth: Truth, alarms: Sequence[Alarm]) -> int | None:
    if truth.end is None:
        return None
    told = [
        alarm.raised_on
        for alarm in alarms
        if alarm.event == "recovered"
        and alarm.raised_on >= truth.end
        and set(alarm.targets) & set(truth.targets)
        and any(abs(change.onset - truth.end) <= NEAR for change in alarm.changes)
    ]
    return (min(told) - truth.end).days if told else None


def _quiet(drawn: Drawn, stray: Sequence[Alarm]) -> tuple[float, int]:
    """Judged years before the first change, and incidents opened in them."""
    onsets = [truth.onset for truth in drawn.truth if truth.first_hit is not None]
    until = min(onsets, default=drawn.last_day + timedelta(days=1))
    since = drawn.first_day + timedelta(days=BASELINE_DAYS)
    return (until - since).days / 365.25, sum(alarm.raised_on < until for alarm in stray)


def _cost(drawn: Drawn) -> float | None:
    """Dollars a day before anything changes; None where trials carry no cost."""
    if not all("cost_usd" in columns.values for columns in drawn.records.values()):
        return None
    days = (drawn.last_day - drawn.first_day).days + 1
    return (
        float(sum(columns.values["cost_usd"][columns.graded].sum() for columns in drawn.records.values()))
        / days
    )
