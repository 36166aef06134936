"""The smallest change that would have been seen.

Definition. The shift that raises an alarm within so many days of its onset, the onset being day 0, with probability
`POWER`: the sum of the threshold and the normal quantile of the power, times the standard error of the difference between
the days since the onset and the epoch before. The single-day guard must pass as well, so the larger of the two counts.

Limits. The best onset is taken as known, which a sequential search has not to pay for twice: over suites of 20 to 127 prompts
with 1 to 5 replicates the effect stated for seven days was seen within them on 73 to 93 % of drawn histories, the one for a
single day on 63 to 92 % (docs/planning.md, `python -m tests.calibration.planning`). More trials a day shrink the sampling part
of the noise only; the day part stays.
"""

import math
from dataclasses import replace

from scipy import special

from canary.stats.noise import Noise, inflation
from canary.stats.stream import RULE, Rule

POWER = 0.8


def minimum_effect(noise: Noise, threshold: float, days: int, *, past: int = 60, rule: Rule = RULE) -> float:
    """Smallest shift of the daily score seen within `days` days after its first.

    Args:
        noise: of the series.
        threshold: of its test, as a normal score.
        days: delay allowed, 1 or more.
        past: measured days that make the level.
        rule: the constants of the test.

    Returns:
        A positive shift on the scale of the scores.
    """
    segment = max(days + 1, rule.shortest)
    whole = _needed(noise, threshold) * _error(noise, segment, past)
    without_one = _needed(noise, rule.bar(threshold)) * _error(noise, segment - 1, past)
    return max(whole, without_one + noise.scale * _largest(segment) / (segment - 1))


def long_run_share(noise: Noise) -> float:
    """Share of the long-run variance that more trials a day can't remove, 0..1."""
    total = noise.long_run**2
    return max(0.0, min(1.0, 1 - noise.sampling / total)) if total > 0 else 0.0


def with_trials(noise: Noise, factor: float) -> Noise:
    """The noise of the same series at `factor` times the trials a day.

    Memory is left as it is: it is drawn to a prior, and measured at either size it hardly differs. Within 12 % of what
    drawing at the other size gives, on the grid of docs/planning.md. Where sampling alone was not measured (tokens with
    one replicate) nothing shrinks.

    Raises:
        ValueError: the factor is not positive.
    """
    if factor <= 0:
        raise ValueError(f"{factor} times the trials is none")
    sampling = noise.sampling / factor
    day = max(noise.scale**2 - noise.sampling, 0.0)
    return replace(noise, scale=math.sqrt(day + sampling), sampling=sampling)


def _largest(days: int) -> float:
    """Expected largest of so many normal deviations: what the left-out day takes from the others' sum.

    Source: Blom, Statistical Estimates and Transformed Beta-Variables (1958).
    """
    return float(special.ndtri((days - 0.375) / (days + 0.25)))


def _needed(noise: Noise, score: float) -> float:
    """The studentised difference whose normal score is `score`, plus what the power asks for."""
    tail = float(special.ndtr(-score))
    return float(-special.stdtrit(noise.freedom, tail)) + float(special.ndtri(POWER))


def _error(noise: Noise, segment: int, past: int) -> float:
    def variance(days: int) -> float:
        return float(inflation(float(days), noise.memory, noise.decay)) / days

    return noise.scale * math.sqrt(variance(segment) + variance(past))
