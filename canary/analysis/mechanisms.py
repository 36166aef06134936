"""Which mechanisms fit the figures: every signature held against moved *and flat* metrics, with a runner-up.

Method. For each metric the likelihood of its shift, in standard errors, if it fell, stayed or rose; for each mechanism how likely each
of the three is (`EXPECTED`); their product over metrics, against a mechanism that says nothing of any metric. The scores are posterior
probabilities under equal odds. Metrics of one cause are correlated, so they are no probabilities of being right: they rank.

Source. Naive Bayes with ordinal evidence, as in D. Hand and K. Yu, "Idiot's Bayes: not so stupid after all?", International
Statistical Review 69 (2001).
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from scipy import special

from canary.analysis.moved import Shift
from canary.analysis.signatures import SIGNATURES
from canary.domain.incident import Candidate

Odds: TypeAlias = tuple[float, float, float]

EXPECTED: Mapping[str, Odds] = {
    "D": (0.93, 0.06, 0.01),
    "d": (0.55, 0.40, 0.05),
    "0": (0.02, 0.96, 0.02),
    "u": (0.05, 0.40, 0.55),
    "U": (0.01, 0.06, 0.93),
    "e": (0.35, 0.30, 0.35),
    "E": (0.47, 0.06, 0.47),
    "m": (0.20, 0.60, 0.20),
    "?": (0.15, 0.70, 0.15),
}
"""Letter of a signature -> how likely the metric falls, stays, rises; most metrics stay where nothing is said of them."""
SPECIFIC = frozenset(
    {
        "blind_edit_rate",
        "cache_read_share",
        "format_gap",
        "invalid_tool_call_rate",
        "output_tokens_per_s",
        "refusal_rate",
        "repeated_tool_calls",
        "words_between_tools",
        "wrong_script_rate",
        "zero_reasoning_rate",
    }
)
"""Metrics that few mechanisms touch: where one of them moved, a mechanism that says so gains more, and one that says it stays
loses as much. The others are moved by almost anything."""
EXPECTED_OF_SPECIFIC: Mapping[str, Odds] = {
    **EXPECTED,
    "0": (0.006, 0.988, 0.006),
    "?": (0.03, 0.94, 0.03),
}
TRIFLE = 0.03
"""A shift of this share of a count or a duration is within what anything does to anything: added to the error where no test of its
own found the metric moved, so that a precise metric doesn't speak louder than a telling one."""
EXACT: Mapping[str, tuple[float, float]] = {
    "!": (0.97, 0.03),
    "=": (0.001, 0.999),
    "e": (0.4, 0.6),
    "m": (0.2, 0.8),
    "?": (0.05, 0.95),
}
"""Letter -> how likely an exact value is another one, the same one."""

WIDEST = 12.0
STRAYS = 0.03
"""Share of flat metrics that drift a little for reasons of their own."""
FOUND = 5.0
TELLING = 1.0
"""A log likelihood ratio that makes a metric count as seen, or as against."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Observed:
    """What there is to fit.

    Attributes:
        shifts: metric -> shift over all prompts, of the target that moved most in it.
        exact: metric -> whether its exact value became another one; `unit_price` among them where it is known.
        alarmed: metric -> direction in which a test of its own found it moved: 1 up, -1 down.
    """

    shifts: Mapping[str, Shift]
    exact: Mapping[str, bool]
    alarmed: Mapping[str, int] = field(default_factory=dict)

    def z(self, metric: str) -> float:
        """The shift in standard errors; at least `FOUND` where a test has found it, whatever a normal error says of rare events."""
        shift = self.shifts[metric]
        sign = self.alarmed.get(metric, 0)
        if sign:
            return max(sign * shift.z, FOUND) * sign
        trifle = TRIFLE if shift.record.effect_unit == "ratio" else 0.0
        return shift.size / math.hypot(shift.error, trifle)


def candidates(observed: Observed) -> tuple[Candidate, ...]:
    """Mechanisms by fit, best first; none that fits worse than saying nothing."""
    fits = {name: _fit(name, observed) for name in SIGNATURES}
    top = max(0.0, *(total for total, _ in fits.values()))
    whole = math.exp(-top) + sum(math.exp(total - top) for total, _ in fits.values())
    ranked = sorted(fits.items(), key=lambda item: (-item[1][0], item[0]))
    return tuple(
        Candidate(
            mechanism=name,
            score=round(math.exp(total - top) / whole, 4),
            seen=tuple(metric for metric, gain in gains.items() if gain > 0 and _speaks(metric, observed)),
            against=tuple(metric for metric, gain in gains.items() if gain < -TELLING),
            unmeasured=tuple(
                metric
                for metric, letter in SIGNATURES[name].moves.items()
                if letter in "DUE!" and metric not in gains
            ),
        )
        for name, (total, gains) in ranked
        if total > 0
    )


def _fit(name: str, observed: Observed) -> tuple[float, Mapping[str, float]]:
    """Log likelihood against saying nothing, whole and metric by metric."""
    gains: dict[str, float] = {}
    for metric, letter in SIGNATURES[name].moves.items():
        if metric in observed.exact:
            gains[metric] = _exact_gain(letter, moved=observed.exact[metric])
        elif metric in observed.shifts:
            gains[metric] = _gain(metric, letter, observed.z(metric))
    return sum(gains.values()), gains


def _speaks(metric: str, observed: Observed) -> bool:
    """Whether a metric moved; that one stayed flat goes without saying on a page."""
    if metric in observed.exact:
        return observed.exact[metric]
    falls, stays, rises = likelihoods(observed.z(metric))
    return max(falls, rises) > stays


def _gain(metric: str, letter: str, z: float) -> float:
    likely = likelihoods(z)
    expected = EXPECTED_OF_SPECIFIC if metric in SPECIFIC else EXPECTED
    chance = sum(p * q for p, q in zip(expected[letter], likely, strict=True))
    blank = sum(p * q for p, q in zip(expected["?"], likely, strict=True))
    return math.log(chance / blank)


def _exact_gain(letter: str, *, moved: bool) -> float:
    index = 0 if moved else 1
    return math.log(EXACT.get(letter, EXACT["?"])[index] / EXACT["?"][index])


def likelihoods(z: float) -> Odds:
    """How likely a shift of so many standard errors is if the metric fell, stayed, rose.

    A real move is anything from one to `WIDEST` standard errors, each as likely.
    """
    z = max(min(z, WIDEST), -WIDEST)
    stays = (1 - STRAYS) * math.exp(-z * z / 2) / math.sqrt(2 * math.pi) + STRAYS / (2 * WIDEST)

    def rises(x: float) -> float:
        return float(special.ndtr(x - 1) - special.ndtr(x - WIDEST - 1)) / WIDEST + 1e-9

    return rises(-z), stays, rises(z)
