"""How a drawn history is judged: the one place where a drill meets the analysis."""

from canary.analysis.backtest import Surroundings, backtest
from canary.domain.incident import Analysis, Policy
from canary.simulate.multi import Drawn


def judged(drawn: Drawn, policy: Policy) -> Analysis:
    """What production would have said of these records day by day, single stage: a replay buys no extra trials."""
    around = Surroundings(members=drawn.members, annotations=drawn.annotations)
    return backtest(drawn.records, policy, around)
