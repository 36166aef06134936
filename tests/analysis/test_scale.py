"""Size is no trouble: three years, hundreds of series, a year of 36 series within seconds."""

import numpy as np
import pytest

from canary.stats.sequential import watch
from canary.stats.stream import Stream


@pytest.mark.parametrize(("series", "days"), [(36, 365), (12, 1095), (400, 120)])
def test_many_long_series_are_judged_on_every_day(series: int, days: int) -> None:
    rng = np.random.default_rng(1)
    streams = [
        Stream(value=values, variance=np.zeros(days), warm=28, threshold=4.5)
        for values in rng.standard_normal((series, days))
    ]
    seen = watch(streams)
    assert [one.judged for one in seen] == [days - 28] * series
    assert sum(len(one.alarms) for one in seen) < 0.2 * series * days / 365 + 3
