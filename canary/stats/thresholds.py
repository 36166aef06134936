"""From a false-alarm rate to a threshold: measured on the procedure itself.

Problem. A level, a scale and a memory that are learned on the way make every theoretical threshold too low.

Method. Histories without a change in the calm, default and rough worlds were watched with `sequential.watch` at thresholds a
quarter apart, and alarms counted per series-year. A threshold for any other rate is read off the logarithm of the rate, which
falls nearly in a straight line; beyond the table the last line is continued.

Three tables, by what the days of a metric look like: `steady` for proportions and spreads, whose days are mostly sampling;
`drifting` for tokens and calls, whose days resemble the days before; `loaded` for times, which load moves up for days.
Rates are of both directions together, twice the worse direction where they differ. `steady` takes, rate by rate, the worst of
the worlds but rough, and of suites with few and with many uncertain prompts.

The tables hold for `sequential.RULE` and the constants of `noise.py`; `python -m tests.calibration.thresholds` makes them anew
and tests/calibration holds the promise that they serve.
"""

import math
from collections.abc import Mapping
from itertools import pairwise
from typing import Literal, TypeAlias

Days: TypeAlias = Literal["steady", "drifting", "loaded"]

MADE_WITH = "8387641042a51fb4"
"""Digest of the rules and worlds that the figures below were measured with (`tests/calibration/digest.py`)."""

LOWEST = 3.25
"""Below it the single-day guard decides, and a lower threshold buys nothing."""

HEIGHTS = (3.25, 3.5, 3.75, 4.0, 4.25, 4.5, 4.75)
RATES: Mapping[Days, tuple[float, ...]] = {
    "steady": (0.25, 0.17, 0.08, 0.036, 0.019, 0.010, 0.0060),
    "drifting": (0.60, 0.38, 0.18, 0.085, 0.044, 0.016, 0.0045),
    "loaded": (0.72, 0.60, 0.33, 0.17, 0.070, 0.030, 0.012),
}
"""Alarms per series-year at each of `HEIGHTS`."""


def threshold(rate: float, days: Days) -> float:
    """Normal score whose passing happens `rate` times a year in a series without a change.

    Args:
        rate: alarms per series-year, both directions; positive.
        days: what the metric's days look like.
    """
    logs = [math.log(known) for known in RATES[days]]
    wanted = math.log(rate)
    points = list(zip(logs, HEIGHTS, strict=True))
    for (log_a, height_a), (log_b, height_b) in pairwise(points):
        if wanted >= log_b or (log_b, height_b) == points[-1]:
            height = height_a + (height_b - height_a) * (log_a - wanted) / (log_a - log_b)
            return max(height, LOWEST)
    raise AssertionError("the table has at least two heights")


SCAN_HEIGHT, SCAN_RATE = 10.0, 0.06
"""A scan over 40 prompts says that one broke so many times a year, the default world and suite."""


def scan_threshold(rate: float, prompts: int) -> float:
    """Threshold of the one-prompt scan over so many prompts: the rate falls as exp(-1.1 x statistic)."""
    return max(SCAN_HEIGHT + (math.log(SCAN_RATE / rate) + math.log(max(prompts, 1) / 40)) / 1.1, 6.0)
