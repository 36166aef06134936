"""Values that never vary: one day decides; what varies by nature is left alone."""

import numpy as np
import pytest

from canary.stats.exact import DOUBTED_DAYS, ExactFinding, exact_changes
from tests.stats.panels import Array


def found(values: Array) -> list[ExactFinding]:
    """Findings of (days, units, replicates), NaN = missing."""
    days, units, _ = np.indices(values.shape)
    return exact_changes(days.ravel(), units.ravel(), values.ravel())


def steady(days: int = 20, units: int = 4) -> Array:
    return np.broadcast_to(np.arange(100.0, 100.0 + units)[:, None], (days, units, 3)).copy()


def test_a_change_of_all_is_found_on_its_day() -> None:
    values = steady()
    values[10:] += 12
    assert found(values) == [
        ExactFinding(
            day=10, since=10, units=(0, 1, 2, 3), before=(100, 101, 102, 103), after=(112, 113, 114, 115)
        )
    ]


def test_its_way_back_is_found_too() -> None:
    values = steady()
    values[10:12] += 12
    assert [finding.day for finding in found(values)] == [10, 12]


def test_one_unit_alone_is_named() -> None:
    values = steady()
    values[10:, 2] += 1
    assert [finding.units for finding in found(values)] == [(2,)]


def test_a_missing_day_widens_the_date() -> None:
    values = steady()
    values[10:] += 12
    values[9:11] = np.nan
    assert [(finding.since, finding.day) for finding in found(values)] == [(9, 11)]


def test_some_of_a_days_trials_are_not_enough() -> None:
    values = steady()
    values[10, :, 0] += 12
    assert not found(values)


@pytest.mark.parametrize("days", [1, 2])
def test_three_days_make_a_steady_value(days: int) -> None:
    values = steady()
    values[days:] += 12
    assert not found(values)


def test_a_value_that_varies_is_not_judged() -> None:
    values = steady(60) + np.random.default_rng(1).integers(0, 3, (60, 4, 3))
    assert not found(values)


def test_a_value_that_varied_must_be_steady_for_long() -> None:
    values = steady(80)
    values[5, 0, 0] += 1
    early, late = values.copy(), values.copy()
    early[15:, 0] += 1
    late[7 + DOUBTED_DAYS :, 0] += 1
    assert not found(early)
    assert [finding.day for finding in found(late)] == [7 + DOUBTED_DAYS]


def test_a_value_that_flips_daily_is_reported_twice_at_most() -> None:
    values = steady(60)
    values[10::2] += 5
    assert len(found(values)) <= 2


def test_nothing_measured_is_nothing_found() -> None:
    assert not found(np.full((5, 2, 3), np.nan))
