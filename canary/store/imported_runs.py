"""Runs that nobody here ran: opened for records from outside, and described by the trials they hold."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, func, select, update

from canary.domain.trial import Trial
from canary.store.rows import inserting
from canary.store.schema import runs, trials


def open_runs(connection: Connection, missing: Mapping[str, Trial]) -> None:
    """Open a run for each id that the store does not know; a run that it knows stays as it is.

    Args:
        connection: in a writing transaction.
        missing: run id -> one of its trials, which gives day and trigger.
    """
    rows = [_row(run, trial) for run, trial in missing.items()]
    connection.execute(inserting(connection.dialect)(runs).on_conflict_do_nothing(), rows)


def _row(run: str, trial: Trial) -> dict[str, Any]:
    return {
        "id": run,
        "day": trial.run_day,
        "trigger": trial.trigger,
        "slot": None,
        "label": None,
        "started_at": trial.started_at,
        "finished_at": trial.started_at,
        "status": "complete",
        "suite": trial.suite,
        "seed": 0,
        "replicates": 1,
        "prompts": (),
        "targets": {},
        "spent_usd": 0.0,
        "spent_tokens": 0,
        "imported": True,
    }


def describe_run(connection: Connection, run: str) -> None:
    """Bring an imported run up to date with its trials; a run of ours keeps its own account.

    It starts and finishes with its first and last trial. Its suite is known where its trials agree on one; its targets'
    identities are not known.
    """
    if not connection.execute(select(runs.c.imported).where(runs.c.id == run)).scalar_one():
        return
    of_run = trials.c.run == run
    first, last, replicates, suite, other = connection.execute(
        select(
            func.min(trials.c.started_at),
            func.max(trials.c.started_at),
            func.max(trials.c.replicate),
            func.min(trials.c.suite),
            func.max(trials.c.suite),
        ).where(of_run)
    ).one()
    prompts = connection.execute(select(trials.c.prompt).where(of_run).distinct().order_by(trials.c.prompt))
    targets = connection.execute(select(trials.c.target).where(of_run).distinct().order_by(trials.c.target))
    connection.execute(
        update(runs)
        .where(runs.c.id == run)
        .values(
            started_at=first,
            finished_at=last,
            replicates=replicates + 1,
            suite=suite if suite == other else None,
            prompts=tuple(prompts.scalars()),
            targets=dict.fromkeys(targets.scalars(), ""),
        )
    )
