"""Planned against simulated detection: `python -m tests.calibration.planning [histories] [days]` prints the grid of docs/planning.md,
`python -m tests.calibration.planning cheaper [histories]` what a cheaper suite still sees.

For each suite the smallest visible changes are planned as `canary plan` plans them, then histories with just these changes
are drawn, with other seeds, and judged.
"""

import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from canary.analysis.assignment import Assignment, assign
from canary.analysis.cheaper import cheaper_suites
from canary.analysis.plan import Expected, assumed, planned_thresholds
from canary.analysis.series import ALL, judged_series
from canary.analysis.worth import worth
from canary.domain.ports import TrialColumns
from canary.simulate.columns import history_columns
from canary.simulate.history import draw_history
from canary.simulate.worlds import Shape, Shift
from canary.stats.sequential import watch
from canary.stats.stream import Stream
from tests.calibration.measuring import FIRST

METRICS = ("pass_rate", "output_tokens", "reasoning_tokens", "tool_calls")
JUDGED = (*METRICS, "zero_reasoning_rate", "failure_rate", "latency_s", "spread")
"""What a drawn history has: thresholds follow from how many share the budget."""

SUITES = tuple((prompts, replicates) for prompts in (20, 40, 127) for replicates in (1, 3, 5))
BUDGET = 1 / 3
DRAWN = 60
LEARNED_DAYS = 90
SEED = 811


def suite(prompts: int, replicates: int) -> Shape:
    """A suite over four families in the proportions of the reference suite."""
    parts = [round(prompts * share) for share in (0.35, 0.3, 0.2)]
    return Shape(families=(*parts, prompts - sum(parts)), replicates=replicates)


@dataclass(frozen=True, kw_only=True, slots=True)
class Seen:
    """A planned effect, as a fraction, and the share of histories on which it was seen in time."""

    effect: float
    share: float


def agreement(shape: Shape, histories: int, days: int = 7) -> Mapping[str, Seen]:
    """Plan a suite, then see how often what was planned is seen within so many days."""
    plan = planned(shape)
    wanted = {name: plan[name].smallest(days) for name in METRICS if name in plan}
    rng = np.random.default_rng(SEED)
    found = dict.fromkeys(wanted, 0)
    for number in range(histories):
        onset = int(rng.integers(60, 130))
        shifts = [Shift(moved=name, onset=onset, size=-size) for name, size in wanted.items()]  # type: ignore[arg-type]
        history = draw_history((SEED, number), days=onset + days + 1, shape=shape, shifts=shifts)
        tests = _levels(assign(judged_series("t", history_columns(history, first_day=FIRST)), BUDGET))
        for name in found:
            if name in tests:
                alarms = watch([_stream(tests[name])])[0].alarms
                found[name] += any(alarm.raised >= onset and alarm.statistic < 0 for alarm in alarms)
    return {name: Seen(effect=wanted[name], share=found[name] / histories) for name in wanted}


def _levels(tests: list[Assignment]) -> Mapping[str, Assignment]:
    return {one.series.metric.name: one for one in tests if one.kind == "level" and one.series.family == ALL}


def _stream(one: Assignment) -> Stream:
    scores = one.series.scores
    return Stream(
        value=scores.value,
        variance=scores.variance,
        warm=scores.warm,
        threshold=one.threshold,
        prior=one.series.fold.prior,
        restarts=scores.restarts,
    )


def planned(shape: Shape) -> Mapping[str, Expected]:
    """What a suite is planned with, by metric."""
    names = [name for name in JUDGED if name != "spread" or shape.replicates > 1]
    return {
        one.metric: one
        for one in assumed(
            (
                history_columns(draw_history((2026, one), days=LEARNED_DAYS, shape=shape), first_day=FIRST)
                for one in range(DRAWN)
            ),
            planned_thresholds(BUDGET, len(shape.families), names),
        )
    }


@dataclass(frozen=True, kw_only=True, slots=True)
class Kept:
    """A drop of the pass rate, looked for with the whole suite and with the cheaper one.

    Attributes:
        whole, cheaper: shares of histories on which it was seen within seven days.
        saves: mean share of the cost that the cheaper suite saves.
    """

    whole: float
    cheaper: float
    saves: float


def cheaper_power(histories: int, size: float = 0.05) -> Kept:
    """Propose a suite on 90 days of records, then let every prompt become harder on the 95th day."""
    thresholds = planned_thresholds(BUDGET, 4, JUDGED)
    whole, cheaper, saves, tried = 0, 0, 0.0, 0
    for number in range(histories):
        shift = Shift(moved="pass_rate", onset=95, size=-size)
        columns = history_columns(draw_history((SEED, number), days=103, shifts=[shift]), first_day=FIRST)
        past = _rows(columns, (columns.run_day - columns.run_day.min()).astype(int) < LEARNED_DAYS)
        found = worth("t", past)
        if found is None or not (suites := cheaper_suites(past, found.prompts, thresholds)):
            continue
        left_out = np.array([prompt in suites[-1].left_out for prompt in columns.prompts])[columns.prompt]
        tried += 1
        saves += suites[-1].saves
        whole += _seen(columns, thresholds["pass_rate"])
        cheaper += _seen(_rows(columns, ~left_out), thresholds["pass_rate"])
    return Kept(whole=whole / tried, cheaper=cheaper / tried, saves=saves / tried)


def _seen(columns: TrialColumns, threshold: float) -> bool:
    test = _levels(assign(judged_series("t", columns), BUDGET))["pass_rate"]
    alarms = watch([replace(_stream(test), threshold=threshold)])[0].alarms
    return any(alarm.raised >= 95 and alarm.statistic < 0 for alarm in alarms)


def _rows(columns: TrialColumns, keep: "np.ndarray[tuple[int], np.dtype[np.bool_]]") -> TrialColumns:
    return replace(
        columns,
        **{
            name: getattr(columns, name)[keep]
            for name in ("run_day", "prompt", "prompt_digest", "family", "run", "replicate", "graded")
        },
        values={name: column[keep] for name, column in columns.values.items()},
    )


def main(histories: int, days: int) -> None:
    """Print the grid, a row a suite."""
    for prompts, replicates in SUITES:
        row = agreement(suite(prompts, replicates), histories, days)
        told = (f"{name} {seen.effect:.4f} {seen.share:.0%}" for name, seen in row.items())
        print(f"{prompts} x {replicates}:", ", ".join(told), flush=True)


if __name__ == "__main__" and sys.argv[1:2] == ["cheaper"]:
    print(cheaper_power(int(sys.argv[2])))
elif __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 150, int(sys.argv[2]) if len(sys.argv) > 2 else 7)
