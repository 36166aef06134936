"""What trials cost: failed ones and their retries too, because they are paid for; what is unknown is never $0."""

from collections.abc import Sequence
from dataclasses import dataclass

from canary.domain.series import METRICS
from canary.domain.trial import Trial
from canary.report.numbers import NOT_MEASURED, UNKNOWN, count, plural, usd
from canary.report.view import Figure


@dataclass(frozen=True, kw_only=True, slots=True)
class Bill:
    """What trials cost.

    Attributes:
        usd: sum of the known costs; None where none is known.
        unpriced: trials whose tokens are known and whose price is not.
        silent: failed trials without any usage; what was billed for them is not known.
    """

    usd: float | None
    unpriced: int
    silent: int

    @property
    def text(self) -> str:
        """`$3.42`, `at least $3.42`, or `unknown`; never $0 for what is not known."""
        if self.usd is None:
            return UNKNOWN
        return f"at least {usd(self.usd)}" if self.unpriced else usd(self.usd)


def bill(trials: Sequence[Trial], *, besides: float = 0.0) -> Bill:
    """What trials cost, failed ones and retries included.

    Args:
        trials: of one target or of a run.
        besides: USD spent on answers that no trial carries.
    """
    known = [trial.cost_usd for trial in trials if trial.cost_usd is not None]
    without = [trial for trial in trials if trial.cost_usd is None]
    silent = [trial for trial in without if trial.outcome == "failed" and not _used_tokens(trial)]
    return Bill(
        usd=sum(known) + besides if known or besides else None,
        unpriced=len(without) - len(silent),
        silent=len(silent),
    )


def cost(trials: Sequence[Trial]) -> Figure:
    """What a target's trials cost in all."""
    total = bill(trials)
    return Figure(
        metric="cost_usd",
        title="cost, all trials",
        statistic="total",
        value=total.usd,
        text=total.text if trials else NOT_MEASURED,
        note=f"{plural(total.unpriced, 'trial')} without a price" if total.unpriced else "",
    )


def cost_per_pass(trials: Sequence[Trial]) -> Figure:
    """The cost of all trials over those that passed."""
    total, passed = bill(trials), sum(trial.passed is True for trial in trials)
    known = total.usd is not None
    share = total.usd / passed if total.usd is not None and passed else None
    if share is None:
        text = NOT_MEASURED if not trials else "no task solved" if known else UNKNOWN
    else:
        text = f"at least {usd(share)}" if total.unpriced else usd(share)
    return Figure(
        metric="cost_per_pass",
        title=METRICS["cost_per_pass"].title,
        statistic="total",
        value=share,
        text=text,
        note=f"{count(passed)} solved" if trials else "",
    )


def _used_tokens(trial: Trial) -> bool:
    return trial.input_tokens is not None or trial.output_tokens is not None
