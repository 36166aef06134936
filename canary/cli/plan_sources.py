"""Where a plan's figures come from: texts and prices, drawn histories, or records."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from canary.cli.plan_records import Measured

if TYPE_CHECKING:
    from canary.analysis.outlay import Outlay
    from canary.analysis.plan import Expected
    from canary.config.settings import Config
    from canary.domain.ports import TrialColumns
    from canary.domain.suite import Suite
    from canary.domain.target import TargetSpec

HISTORY_DAYS = 90
"""Days of records that are measured, up to the last scheduled run."""

_DRAWN_DAYS = 90
_DRAWN_TRIALS = 600_000
_FEWEST, _MOST = 24, 60
"""Histories drawn for an assumed noise: each alone gives effects to 15 to 25 %, these together to 3 to 5 %."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Source:
    """Series of a target with their noise, and the trials a day of a prompt that it comes from."""

    series: "Sequence[Expected]"
    trials: float
    assumed: bool


def guess(
    config: "Config", spec: "TargetSpec", suite: "Suite", replicates: int, reasoning: int, day: date
) -> "Outlay":
    from canary.analysis.outlay import Outlay
    from canary.domain.trial import TrialKey
    from canary.pricing import PriceTable
    from canary.runner.plan import applicable, estimate

    prices = PriceTable(overrides=config.prices)
    keys = [
        TrialKey(run="", target=spec.name, prompt=prompt.id, replicate=replicate)
        for prompt in suite.prompts
        if applicable(prompt, spec)
        for replicate in range(replicates)
    ]
    size = estimate(spec, suite, keys, prices, day)
    unit = prices.unit_prices(spec, day)
    thought = reasoning * size.calls
    known = None if size.cost_usd is None or unit is None or unit.output is None else size.cost_usd
    return Outlay(
        target=spec.name,
        trials=size.trials,
        calls=size.calls,
        input_tokens=size.input_tokens,
        output_tokens=size.output_tokens + thought,
        usd=None
        if known is None or unit is None or unit.output is None
        else known + thought * unit.output / 1e6,
        basis="guessed",
    )


def families_of(suite: "Suite", spec: "TargetSpec") -> tuple[int, ...]:
    from canary.runner.plan import applicable

    counts: dict[str, int] = {}
    for prompt in suite.prompts:
        if applicable(prompt, spec):
            counts[prompt.family] = counts.get(prompt.family, 0) + 1
    return tuple(sorted(counts.values(), reverse=True))


def assumed_series(
    families: tuple[int, ...], replicates: int, budget: float, *, histories: int | None = None
) -> "Sequence[Expected]":
    """What a suite of a size shows in the default world.

    Args:
        families: prompts of each family.
        replicates: trials per prompt and day.
        budget: false alarms a year that one target may cost.
        histories: how many are drawn; None = as many as a second or two allows.
    """
    from canary.analysis.plan import assumed, planned_thresholds
    from canary.simulate.columns import history_columns
    from canary.simulate.history import draw_history
    from canary.simulate.worlds import Shape

    shape = Shape(families=families, replicates=replicates)
    size = shape.prompts * replicates * _DRAWN_DAYS
    number = histories or min(max(_DRAWN_TRIALS // size, _FEWEST), _MOST)
    return assumed(
        (
            history_columns(
                draw_history((2026, one), days=_DRAWN_DAYS, shape=shape), first_day=date(2026, 1, 1)
            )
            for one in range(number)
        ),
        planned_thresholds(budget, len(families)),
    )


def records(config: "Config") -> "Mapping[str, TrialColumns]":
    """Target -> its trials of scheduled runs in the last `HISTORY_DAYS` days; asking creates no store."""
    from canary.analysis.folds import TEXTS, VALUES
    from canary.domain.ports import Window
    from canary.store.database import exists, open_store

    if not exists(config.store.url):
        return {}
    store = open_store(config.store.url)
    try:
        last = max((run.day for run in store.runs(trigger="schedule")), default=None)
        if last is None:
            return {}
        window = Window(start=last - timedelta(days=HISTORY_DAYS - 1))
        found = {
            spec.name: store.columns(spec.name, window, values=(*VALUES, "attempts"), texts=TEXTS)
            for spec in config.targets
        }
    finally:
        store.close()
    return {name: columns for name, columns in found.items() if columns.run_day.size}


def measured_source(target: str, columns: "TrialColumns", budget: float) -> Source:
    """The series of a target's records; none before its warm-up is over."""
    from canary.analysis.plan import measured, trials_a_day

    return Source(series=measured(target, columns, budget), trials=trials_a_day(columns), assumed=False)


def measured_prompts(target: str, columns: "TrialColumns", budget: float) -> Measured:
    """What the prompts of a target's records buy."""
    from canary.analysis.cheaper import cheaper_suites
    from canary.analysis.plan import planned_thresholds
    from canary.analysis.worth import worth

    found = worth(target, columns)
    thresholds = planned_thresholds(budget, len(columns.families))
    return Measured(
        target=target,
        worth=found,
        cheaper=() if found is None else cheaper_suites(columns, found.prompts, thresholds),
    )
