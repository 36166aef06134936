"""prune."""

from collections.abc import Sequence
from datetime import timedelta

import click

from canary.cli.invocation import Invocation, answer, answer_json
from canary.domain.canonical import Json


@click.command()
@click.option("--dry-run", is_flag=True, help="Say what would go; remove nothing.")
@click.option("--json", "as_json", is_flag=True, help="Answer as JSON.")
@click.pass_obj
def prune(invocation: Invocation, *, dry_run: bool, as_json: bool) -> int:
    """Remove answers older than [store] retention.

    Figures and verdicts stay, so nothing is judged otherwise. Pages that were written stay as they are.
    """
    from canary.assembly import SystemClock
    from canary.store.database import exists, open_store

    config = invocation.load()
    before = SystemClock().now().date() - timedelta(days=config.store.retention_days)
    answers, messages = 0, 0
    if exists(config.store.url):
        store = open_store(config.store.url)
        try:
            answers, messages = store.forget_texts(before, dry_run=dry_run)
        finally:
            store.close()
    if as_json:
        told: dict[str, Json] = {
            "before": before.isoformat(),
            "answers": answers,
            "messages": messages,
            "dry_run": dry_run,
        }
        answer_json({"schema": 1, **told})
        return 0
    done = "Would remove" if dry_run else "Removed"
    kept = f"{config.store.retention_days} days are kept"
    answer(
        f"{done} the answers of {_counted(answers, 'trial')} and the contents of "
        f"{_counted(messages, 'delivered message')} from before {before} ({kept}). Figures and verdicts stay."
    )
    return 0


def _counted(number: int, what: str) -> str:
    return f"{number} {what}{'s' * (number != 1)}"


COMMANDS: Sequence[click.Command] = (prune,)
