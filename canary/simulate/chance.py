"""Chance that can be had again: numbers that depend on a text alone, in every process, version and order of asking."""

import hashlib
import math
import struct
from statistics import NormalDist

_NORMAL = NormalDist()
_EIGHT = struct.Struct(">8Q")


def uniforms(*seeds: object) -> tuple[float, ...]:
    """Eight independent numbers in the open interval (0, 1), from the BLAKE2b digest of the seeds' text."""
    text = "\x1f".join(map(str, seeds)).encode("utf-8", "surrogatepass")
    return tuple([((n >> 11) + 0.5) * 2.0**-53 for n in _EIGHT.unpack(hashlib.blake2b(text).digest())])


def log_normal(u: float, sigma: float) -> float:
    """The multiple of the median at quantile `u` of a log-normal distribution; `sigma` is that of the log."""
    return math.exp(sigma * _NORMAL.inv_cdf(u)) if sigma else 1.0


def spread_probability(mean: float, spread: float, u: float) -> float:
    """The probability at quantile `u` among items whose probabilities differ around an exact mean.

    Probit-normal: p = Phi(m + spread * z) with z standard normal and m = Phi^-1(mean) * sqrt(1 + spread^2), which makes
    the mean of p over z exactly `mean`. At a mean of one half a spread of 1 is even over 0..1, and beyond it U-shaped.
    p rises with the mean at every u, so that a change of the mean keeps the items' order.
    """
    if not 0.0 < mean < 1.0:
        return mean
    middle = _NORMAL.inv_cdf(mean) * math.sqrt(1.0 + spread * spread)
    return _NORMAL.cdf(middle + spread * _NORMAL.inv_cdf(u))
