"""What more trials a day buy."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from canary.stats.noise import Noise
from canary.stats.power import long_run_share, minimum_effect, with_trials


def noise(scale: float, sampling: float, memory: float = 0.2) -> Noise:
    return Noise(centre=0.0, scale=scale, memory=memory, decay=0.5, days=60, sampling=sampling)


@given(factor=st.floats(0.1, 20), sampling=st.floats(0.0, 1.0))
def test_more_trials_take_off_sampling_and_leave_the_days(factor: float, sampling: float) -> None:
    day = 1.5**2 - sampling
    more = with_trials(noise(1.5, sampling), factor)
    assert more.scale**2 == pytest.approx(day + sampling / factor)
    assert (more.scale - 1.5) * (factor - 1) <= 1e-12
    assert long_run_share(more) == pytest.approx(1 - sampling / factor / more.long_run**2)


def test_no_number_of_trials_shows_what_the_days_hide() -> None:
    only_days, half = noise(1.0, 0.0), noise(1.0, 0.5)
    assert minimum_effect(with_trials(only_days, 100), 4.0, 7) == minimum_effect(only_days, 4.0, 7)
    floor = minimum_effect(with_trials(half, 1e9), 4.0, 7)
    assert floor == pytest.approx(minimum_effect(half, 4.0, 7) * math.sqrt(0.5))


def test_no_trials_are_refused() -> None:
    with pytest.raises(ValueError, match="is none"):
        with_trials(noise(1.0, 0.5), 0)
