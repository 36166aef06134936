"""What a difference means: of one metric, of one pair of targets, of all together."""

from collections.abc import Mapping, Sequence

from canary.analysis.comparison import ALL, PRIMARY, Row, Verdict
from canary.domain.incident import Policy
from canary.domain.series import Metric, metric
from canary.stats.difference import Difference

ALPHA = 0.05

CHURN = 0.002
"""P value below which prompts lost and gained are more than chance although their numbers cancel."""

MARGINS: Mapping[str, float] = {
    "latency_s": 0.2,
    "ttft_s": 0.2,
    "output_tokens_per_s": 0.2,
    "cost_per_pass": 0.1,
}
POINTS_MARGIN = 0.02
RATIO_MARGIN = 0.05
"""Effects too small to matter where the policy names none."""

ASIDE = frozenset({"failure_rate", "fingerprint"})
"""Told, and of no weight in the whole verdict: an outage is never a degradation, a fingerprint is what carried the trial."""

ITS_OWN = frozenset({"served_model", "service_tier", "tokenizer"})
"""What two targets may well differ in; it counts where both sides are of one target."""


def margin_of(name: str, policy: Policy) -> float:
    """The effect of a metric that is too small to matter."""
    usual = POINTS_MARGIN if metric(name).kind == "proportion" else RATIO_MARGIN
    return policy.min_effect.get(name, MARGINS.get(name, usual))


def verdict_of(
    what: Metric, found: Difference, p_adjusted: float | None, margin: float, *, churn: bool
) -> Verdict:
    """Of one metric: too small to matter goes before anything that is only significant."""
    if not churn and found.within(margin):
        return "equivalent"
    if p_adjusted is None or p_adjusted >= ALPHA:
        return "changed" if churn else "inconclusive"
    if what.bad == "either":
        return "changed"
    return "worse" if (found.b < found.a) == (what.bad == "down") else "better"


def pair_verdict(rows: Sequence[Row]) -> Verdict:
    """Of one pair: anything worse; else what decides first, unless it is open and something else moved."""
    counted = [row for row in rows if row.counts]
    said = {row.verdict for row in counted}
    primary = next((r for name in PRIMARY for r in counted if r.family == ALL and r.metric == name), None)
    if "worse" in said:
        return "worse"
    if primary is not None and primary.verdict == "better":
        return "better"
    if "changed" in said:
        return "changed"
    if primary is not None and primary.verdict == "inconclusive":
        return "inconclusive"
    if "better" in said:
        return "better"
    return "equivalent" if primary is not None or said == {"equivalent"} else "inconclusive"


def whole_verdict(verdicts: Sequence[Verdict]) -> Verdict:
    """Of all pairs: the first of these that any of them has."""
    order: tuple[Verdict, ...] = ("worse", "changed", "inconclusive", "better", "equivalent")
    return next(one for one in order if one in verdicts)
