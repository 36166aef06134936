"""Progress of a run: a bar on a terminal, plain lines elsewhere."""

import os
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from canary.cli.invocation import Invocation
from canary.domain.trial import Trial

LINES = 10
"""Plain lines for a whole run, so that a cron log stays readable."""


@contextmanager
def run_progress(invocation: Invocation) -> Iterator[Callable[[Trial, int, int], None]]:
    """Give the function to call after each trial."""
    if sys.stderr.isatty() and os.environ.get("TERM", "dumb") != "dumb" and not invocation.json_logs:
        with _bar() as advance:
            yield advance
    else:
        yield _lines(invocation)


@contextmanager
def _bar() -> Iterator[Callable[[Trial, int, int], None]]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    failed = 0
    columns = (BarColumn(), MofNCompleteColumn(), TextColumn("{task.description}"), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:

        def advance(trial: Trial, done: int, planned: int) -> None:
            nonlocal failed
            failed += trial.outcome == "failed"
            told = f"trials, {failed} failed" if failed else "trials"
            if not progress.tasks:  # a bar without a known end is noise
                progress.add_task(told, total=planned)
            progress.update(progress.tasks[0].id, completed=done, description=told)

        yield advance


def _lines(invocation: Invocation) -> Callable[[Trial, int, int], None]:
    kinds: Counter[str] = Counter()
    told = 0

    def advance(trial: Trial, done: int, planned: int) -> None:
        nonlocal told
        kinds[trial.outcome] += 1
        reached = done * LINES // planned
        # Where others carry trials out too, the count goes up by more than one.
        if done == planned or reached > told:
            told = reached
            invocation.note(
                "progress",
                f"{done} of {planned} trials, {kinds['failed']} failed",
                done=done,
                planned=planned,
                failed=kinds["failed"],
            )

    return advance
