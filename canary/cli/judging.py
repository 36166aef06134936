"""analyse, backtest."""

import os
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from canary.cli.invocation import Invocation, answer, answer_json
from canary.cli.judged import analysis_text, judgement_text
from canary.domain.errors import ConfigurationError

if TYPE_CHECKING:
    from canary.domain.incident import Policy
    from canary.domain.ports import Store, TrialColumns


@click.command()
@click.option("--rebuild", is_flag=True, help="Number all incidents anew; says what it renumbers.")
@click.option("--json", "as_json", is_flag=True, help="Answer as JSON.")
@click.pass_obj
def analyse(invocation: Invocation, *, rebuild: bool, as_json: bool) -> None:
    """Judge the stored trials again.

    No model is asked; doing it twice changes nothing.
    """
    from canary.analysis.answers import backtest_json
    from canary.domain.casebook import incident_json

    pipeline = invocation.pipeline()
    try:
        judgement = pipeline.judge.judge(rebuild=rebuild)
    finally:
        pipeline.store.close()
    if not as_json:
        answer(judgement_text(judgement))
        return
    answer_json(
        {
            **backtest_json(judgement.analysis),
            "incidents": [incident_json(one) for one in judgement.analysis.incidents],
            "left_out": [incident_json(one) for one in judgement.left_out],
            "lost": [one.id for one in judgement.lost],
            "renumbered": [{"from": old, "to": new} for old, new in judgement.renumbered],
        }
    )


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE...")
@click.option("--skip-bad", is_flag=True, help="Leave unreadable records out, and list them.")
@click.option("--json", "as_json", is_flag=True, help="Answer as JSON.")
@click.pass_obj
def backtest(invocation: Invocation, files: tuple[Path, ...], *, skip_bad: bool, as_json: bool) -> None:
    """Replay records as production would have judged them.

    Day by day: a day is judged by records up to that day only. Budget and smallest effects come from
    canary.toml where there is one. A replay asks for no extra trials, so limits and what joins an incident can
    differ from `canary analyse`.
    """
    from canary.analysis.answers import backtest_json
    from canary.analysis.backtest import backtest as replay

    # A replay can't buy trials: nothing is asked for, and the single stage has the whole budget.
    policy = replace(_policy(invocation), confirm=False)
    analysis = replay(_records(invocation, files, skip_bad=skip_bad), policy)
    if as_json:
        answer_json(backtest_json(analysis))
    else:
        answer(analysis_text(analysis))


def _policy(invocation: Invocation) -> "Policy":
    """As configured; without a configuration the defaults, for records that somebody just wants judged."""
    from canary.assembly import policy_of
    from canary.domain.incident import Policy

    named = invocation.config is not None or os.environ.get("CANARY_CONFIG")
    try:
        return policy_of(invocation.load())
    except ConfigurationError:
        if named or _is_there(invocation):
            raise
        return Policy()


def _is_there(invocation: Invocation) -> bool:
    try:
        return invocation.config_path.is_file()
    except ConfigurationError:
        return False


def _records(
    invocation: Invocation, files: Sequence[Path], *, skip_bad: bool
) -> "Mapping[str, TrialColumns]":
    """Target -> trials as columns, through a store that lasts as long as the replay."""
    from canary.analysis.folds import TEXTS, VALUES
    from canary.analysis.places import PLACES
    from canary.store.database import open_store

    with tempfile.TemporaryDirectory(prefix="canary-") as folder:
        store = open_store(f"sqlite:///{Path(folder, 'backtest.db')}")
        try:
            _import(invocation, store, files, skip_bad=skip_bad)
            return {
                target: store.columns(target, values=VALUES, texts=(*TEXTS, *PLACES))
                for target in store.targets()
            }
        finally:
            store.close()


def _import(invocation: Invocation, store: "Store", files: Sequence[Path], *, skip_bad: bool) -> None:
    from canary.cli.records import counted
    from canary.domain.errors import RecordError
    from canary.exchange.trials import read_trials

    for path in files:
        left_out: list[RecordError] = []
        trials = read_trials(path, skip_bad=left_out.append if skip_bad else None)
        store.import_trials(counted(invocation, trials, str(path)))
        for problem in left_out:
            click.echo(f"canary: left out: {problem}", err=True)


COMMANDS: Sequence[click.Command] = (analyse, backtest)
