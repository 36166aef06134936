"""How a drawn history is judged: the one place where a drill meets the analysis."""

from datetime import date, timedelta

from canary.analysis.backtest import Examined, Surroundings, examined
from canary.analysis.confirmation import ASKING, Suspected
from canary.domain.incident import Policy
from canary.simulate.multi import Drawn

TIMES = ASKING.times
"""Extra trials of a day that is asked to confirm, in multiples of its own."""


def judged(drawn: Drawn, policy: Policy) -> Examined:
    """What production would have said of these records day by day.

    Extra trials are there for every day and looked at only where they were asked for, which is what asking for them would have
    come to (tests/analysis/test_beyond.py).
    """
    around = Surroundings(
        members=drawn.members,
        annotations=drawn.annotations,
        confirmations=drawn.confirmations if policy.confirm else {},
    )
    return examined(drawn.records, policy, around)


def extra_share(seen: Examined, last_day: date) -> float:
    """Extra trials that were asked for, as a share of the daily ones of all targets."""
    asked = sum(_asked_days(one, last_day) for found in seen.found.values() for one in found.suspicions)
    days = sum(found.grid.days for found in seen.found.values())
    return TIMES * asked / days if days else 0.0


def _asked_days(one: Suspected, last_day: date) -> int:
    """Days that a suspicion asked for, up to the one that settled it."""
    ends = [one.suspicion.until, one.confirmed_on, one.ended_on, last_day]
    until = min(end for end in ends if end is not None)
    return max((until - one.suspicion.raised_on) // timedelta(days=1), 0)
