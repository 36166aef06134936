"""plan."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from canary.cli.invocation import Invocation, answer, answer_json
from canary.cli.plan_records import Choice, Plan
from canary.domain.errors import ConfigurationError

if TYPE_CHECKING:
    from canary.analysis.outlay import Outlay
    from canary.analysis.plan import Expected
    from canary.cli.plan_sources import Source
    from canary.config.settings import Config
    from canary.domain.ports import TrialColumns
    from canary.domain.suite import Suite

CHOICES = (1, 2, 3, 5, 10)
"""Replicates whose price and power are set side by side."""


@click.command()
@click.option("--from-history", is_flag=True, help="Measure noise and cost on the store's records.")
@click.option("--replicates", type=click.IntRange(1, 100), help="Trials per prompt and target.")
@click.option(
    "--reasoning-tokens",
    type=click.IntRange(min=0),
    default=0,
    help="Reasoning to reckon with per call where nothing is measured: no text tells it.",
)
@click.option("--json", "as_json", is_flag=True, help="Answer as JSON.")
@click.pass_obj
def plan(
    invocation: Invocation,
    *,
    from_history: bool,
    replicates: int | None,
    reasoning_tokens: int,
    as_json: bool,
) -> None:
    """Say what the configured suite costs and which changes it shows.

    Sends nothing and spends nothing.
    """
    from canary.cli.plan_answers import plan_json
    from canary.cli.plan_sources import assumed_series, records
    from canary.cli.plan_text import plan_text
    from canary.config.prompts import load_suite

    config = invocation.load()
    if not config.targets:
        raise ConfigurationError(
            "no target is configured", where=str(config.path), remedy="add a [[targets]] table"
        )
    history = records(config) if from_history else {}
    unmeasured = [spec.name for spec in config.targets if spec.name not in history]
    if from_history and unmeasured:
        text = f"No scheduled records of {', '.join(unmeasured)}: assumed instead."
        invocation.note("plan_assumes", text, targets=list(unmeasured))
    made = planned(
        config,
        load_suite(config.suite.prompts),
        replicates=replicates or config.suite.replicates,
        reasoning=reasoning_tokens,
        records=history,
        assume=assumed_series,
        now=datetime.now(UTC),
    )
    if as_json:
        answer_json(plan_json(made))
    else:
        answer(plan_text(made))


def planned(
    config: "Config",
    suite: "Suite",
    *,
    replicates: int,
    reasoning: int,
    records: "Mapping[str, TrialColumns]",
    assume: "Callable[[tuple[int, ...], int, float], Sequence[Expected]]",
    now: datetime,
) -> Plan:
    """The plan of a configuration.

    Args:
        config: as loaded.
        suite: its prompts.
        replicates: trials per prompt and target.
        reasoning: output tokens to reckon with per call beside the visible ones.
        records: target -> its trials of scheduled runs; {} = all is assumed.
        assume: prompts of each family, trials a day and budget -> what such a suite shows where nothing is measured.
        now: prices and slots are those from here on.
    """
    from canary.analysis.outlay import measured_outlay
    from canary.analysis.plan import visible
    from canary.cli.plan_sources import (
        Source,
        families_of,
        guess,
        measured_prompts,
        measured_source,
    )
    from canary.schedule import frequency

    runs_a_day, share = frequency(config.schedule.cron, config.schedule.timezone, now)
    a_day = replicates * max(1, round(runs_a_day / share)) if share else replicates
    budget = config.detect.false_alarms_per_year / len(config.targets)
    runs = [guess(config, spec, suite, replicates, reasoning, now.date()) for spec in config.targets]
    runs = [measured_outlay(one, records[one.target]) if one.target in records else one for one in runs]
    assumed: dict[tuple[int, ...], Source] = {}
    sources: dict[str, Source] = {}
    for spec in config.targets:
        if spec.name in records and (source := measured_source(spec.name, records[spec.name], budget)).series:
            sources[spec.name] = source
            continue
        families = families_of(suite, spec)
        if families not in assumed:
            series = assume(families, a_day, budget)
            assumed[families] = Source(series=series, trials=a_day, assumed=True)
        sources[spec.name] = assumed[families]
    return Plan(
        prompts=max(sum(families_of(suite, spec)) for spec in config.targets),
        replicates=replicates,
        cron=config.schedule.cron,
        timezone=config.schedule.timezone,
        runs_a_day=runs_a_day,
        days_with_a_run=share,
        false_alarms_per_year=config.detect.false_alarms_per_year,
        confirm=config.detect.confirm,
        runs=tuple(runs),
        visible=tuple(
            row
            for name, source in sources.items()
            for row in visible(name, source.series, measured_share=share, trials=a_day / source.trials)
        ),
        assumed=tuple(name for name, source in sources.items() if source.assumed),
        choices=_choices(runs, list(sources.values()), replicates, runs_a_day, share),
        measured=tuple(measured_prompts(name, columns, budget) for name, columns in records.items()),
    )


def _choices(
    runs: "Sequence[Outlay]", sources: "Sequence[Source]", replicates: int, runs_a_day: float, share: float
) -> Sequence[Choice]:
    """Price and power of other numbers of replicates; power is that of the target that shows least."""
    from canary.analysis.outlay import DAYS_A_MONTH, together
    from canary.analysis.plan import CENTRAL, WITHIN_DAYS

    month = together(runs).times(runs_a_day * DAYS_A_MONTH).usd
    days = int(WITHIN_DAYS * share + 1e-9)
    a_day = max(1, round(runs_a_day / share)) if share else 1
    choices = []
    for number in sorted({*CHOICES, replicates}):
        drops = [
            one.smallest(days, number * a_day / source.trials)
            for source in sources
            for one in source.series
            if (one.family, one.metric) == CENTRAL and days
        ]
        choices.append(
            Choice(
                replicates=number,
                usd=None if month is None else month * number / replicates,
                smallest_drop=max(drops, default=None),
            )
        )
    return tuple(choices)


COMMANDS: Sequence[click.Command] = (plan,)
