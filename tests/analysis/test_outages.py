"""An outage is counted, not tested: it opens availability on its day and never quality."""

import numpy as np
import pytest

from canary.analysis.backtest import backtest
from canary.analysis.outages import FAILED, outages
from canary.analysis.series import grid_of
from canary.domain.incident import Policy
from canary.domain.ports import TrialColumns
from tests.analysis.histories import drawn, on
from tests.analysis.test_ours import columns


def failing(trials: TrialColumns, first: int, last: int, share: float, seed: int = 1) -> TrialColumns:
    """The same trials, of which a share failed on some days and said nothing."""
    from dataclasses import replace

    hit = (trials.run_day >= np.datetime64(on(first))) & (trials.run_day <= np.datetime64(on(last)))
    hit &= np.random.default_rng(seed).random(hit.size) < share
    values = {name: np.where(hit, np.nan, column) for name, column in trials.values.items()}
    return replace(trials, graded=trials.graded & ~hit, values=values)


@pytest.mark.parametrize("share", [0.7, 1.0])
def test_a_day_of_outage_opens_availability_that_day_recovers_the_next_and_is_no_quality(
    share: float,
) -> None:
    trials = failing(drawn(4, 90), 70, 70, share)
    analysis = backtest({"t": trials}, Policy())
    told = [(a.raised_on, a.event, a.kind) for a in analysis.alarms if a.kind == "availability"]
    assert told == [(on(70), "opened", "availability"), (on(71), "recovered", "availability")]
    assert not [a for a in analysis.alarms if a.kind == "quality" and a.event == "opened"]


def test_a_long_outage_is_one_incident() -> None:
    analysis = backtest({"t": failing(drawn(4, 90), 60, 66, 0.7)}, Policy())
    assert [one.kind for one in analysis.incidents] == ["availability"]
    assert analysis.incidents[0].recovered_on == on(67)


def test_a_few_failed_calls_are_no_outage() -> None:
    trials = failing(columns(30), 5, 20, 0.0)
    grid = grid_of(trials)
    assert grid is not None
    assert outages("t", trials, grid) == ()


def test_directions_and_levels_are_right_both_ways() -> None:
    trials = failing(drawn(4, 60), 40, 41, 1.0)
    grid = grid_of(trials)
    assert grid is not None
    begun, ended = outages("t", trials, grid)
    assert (begun.direction, begun.verdict, begun.after) == ("up", "degradation", 1.0)
    assert (ended.direction, ended.verdict, ended.before) == ("down", "improvement", 1.0)
    assert begun.effect is not None
    assert begun.effect >= FAILED
    assert ended.effect is not None
    assert ended.effect < 0
