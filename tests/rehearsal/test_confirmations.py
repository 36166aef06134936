"""Extra trials of a drill: of the same days and prompts as the daily ones, with chance of their own, and seen only where asked for."""

from datetime import timedelta

import numpy as np

from canary.config.prompts import load_suite
from canary.domain.incident import Policy
from canary.domain.ports import TrialColumns
from canary.rehearsal.judging import TIMES, extra_share, judged
from canary.simulate.multi import draw_scenario
from canary.simulate.profile import profile_of
from canary.simulate.scenario_files import find_scenario

PROFILE = profile_of(load_suite(None))


def daily_rates(columns: TrialColumns) -> np.ndarray:
    """Share of passing trials of each day, and how many there are."""
    passed = columns.values["passed"]
    _, day = np.unique(columns.run_day, return_inverse=True)
    known = np.isfinite(passed)
    return np.bincount(day[known], passed[known]) / np.bincount(day[known])


def test_extra_trials_leave_the_daily_ones_alone() -> None:
    scenario = find_scenario("gptoss-azure-effort")
    plain, with_extra = (draw_scenario(scenario, PROFILE, 1, extra=extra) for extra in (0, TIMES))
    assert not plain.confirmations
    for target, columns in plain.records.items():
        again = with_extra.records[target]
        assert all(np.array_equal(columns.values[k], again.values[k], equal_nan=True) for k in columns.values)


def test_extra_trials_share_the_days_and_the_change_but_not_the_chance() -> None:
    """Sampling sd of a day of 3 and of 9 trials of 127 prompts: about 1.5 and 0.9 points; day effects are wider than half of that."""
    drawn = draw_scenario(find_scenario("gptoss-azure-effort"), PROFILE, 2, extra=TIMES)
    (truth,) = drawn.truth
    target = truth.targets[0]
    daily, extra = (daily_rates(columns[target]) for columns in (drawn.records, drawn.confirmations))
    assert daily.size == extra.size
    trials = [columns[target].run_day.size for columns in (drawn.records, drawn.confirmations)]
    assert 0.95 * TIMES < trials[1] / trials[0] < 1.05 * TIMES
    assert abs(daily.mean() - extra.mean()) < 0.01
    quiet = (truth.onset - drawn.first_day) // timedelta(days=1) - 5
    correlation = np.corrcoef(daily[:quiet], extra[:quiet])[0, 1]
    assert 0.1 < correlation < 0.95


def test_what_was_not_asked_for_is_not_looked_at() -> None:
    drawn = draw_scenario(find_scenario("aa-null-60d"), PROFILE, 3, extra=TIMES)
    seen = judged(drawn, Policy())
    share = extra_share(seen, drawn.last_day)
    assert 0.0 <= share <= 0.10 * 366 / ((drawn.last_day - drawn.first_day).days + 1)
    asked = [found.suspicions for found in seen.found.values() if found.suspicions]
    assert (share > 0) == bool(asked)
    assert extra_share(judged(drawn, Policy(confirm=False)), drawn.last_day) == 0.0
