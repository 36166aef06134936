"""import, export."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import click

from canary.cli.invocation import Invocation, answer
from canary.domain.errors import RecordError, StoreError, UsageError

if TYPE_CHECKING:
    from canary.domain.ports import Store
    from canary.domain.trial import Trial

_TOLD_EVERY = 100_000
"""Trials between two signs of life."""


@contextmanager
def _store(invocation: Invocation) -> "Iterator[Store]":
    from canary.store.database import open_store

    store = open_store(invocation.load().store.url)
    try:
        yield store
    finally:
        store.close()


@click.command("import")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE...")
@click.option("--skip-bad", is_flag=True, help="Keep the readable records of a file and list the others.")
@click.pass_obj
def import_records(invocation: Invocation, files: tuple[Path, ...], *, skip_bad: bool) -> None:
    """Keep trials from records.

    JSONL or CSV: all of a file or nothing, and nothing twice. `-` reads JSONL from stdin.
    """
    from canary.exchange.trials import read_trials

    with _store(invocation) as store:
        for path in files:
            left_out: list[RecordError] = []
            trials = read_trials(path, skip_bad=left_out.append if skip_bad else None)
            new, known = store.import_trials(counted(invocation, trials, str(path)))
            for problem in left_out:
                click.echo(f"canary: left out: {problem}", err=True)
            told = f", {known:,} were already there" if known else ""
            told += f", {len(left_out):,} left out" if left_out else ""
            answer(f"{path}: {new:,} trial{'s' * (new != 1)} kept{told}")


def counted(invocation: Invocation, trials: "Iterator[Trial]", name: str) -> "Iterator[Trial]":
    """The trials of a file, with a sign of life now and then."""
    for number, trial in enumerate(trials, start=1):
        if number % _TOLD_EVERY == 0:
            invocation.note("import_progress", f"{name}: {number:,} records read ...", records=number)
        yield trial


@click.command()
@click.option("--format", "form", type=click.Choice(["jsonl", "csv"]), default="jsonl", show_default=True)
@click.option(
    "--out", type=click.Path(dir_okay=False, path_type=Path), help="File to write. Default: stdout."
)
@click.option("--run", "run_id", metavar="RUN", help="Only this run.")
@click.option("--target", metavar="NAME", help="Only this target.")
@click.option("--from", "start", metavar="DATE", help="Only run days from this one on.")
@click.option("--to", "end", metavar="DATE", help="Only run days before this one.")
@click.pass_obj
def export(
    invocation: Invocation,
    *,
    form: str,
    out: Path | None,
    run_id: str | None,
    target: str | None,
    start: str | None,
    end: str | None,
) -> None:
    """Write trials as records.

    In the order of their days.
    """
    from canary.domain.ports import Window
    from canary.exchange.trials import write_csv, write_jsonl

    window = Window(start=_day("--from", start), end=_day("--to", end))
    write = write_csv if form == "csv" else write_jsonl
    with _store(invocation) as store:
        _demand_known(store, run_id, target)
        with _sink(out) as sink:
            count = write(store.trials(run=run_id, target=target, window=window), sink)
    if out is not None:
        answer(f"{out}: {count:,} trial{'s' * (count != 1)}")


def _day(option: str, text: str | None) -> date | None:
    try:
        return None if text is None else date.fromisoformat(text)
    except ValueError:
        raise UsageError(f"{text!r} is no date", where=option, remedy="write it as 2026-03-01") from None


def _demand_known(store: "Store", run_id: str | None, target: str | None) -> None:
    """An empty file must not be the answer to a misspelt name."""
    if run_id is not None and store.run(run_id) is None:
        raise UsageError(f"there is no run {run_id!r}", where="--run")
    if target is not None and target not in store.targets():
        known = ", ".join(store.targets()) or "the store has none yet"
        raise UsageError(f"no trial has the target {target!r}", where="--target", remedy=f"known: {known}")


@contextmanager
def _sink(out: Path | None) -> Iterator[BinaryIO]:
    """Where records go. A file appears under its name only when it is whole."""
    if out is None and sys.stdout is None:
        raise StoreError("standard output is closed", remedy="name a file with --out")
    if out is None:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    partial = out.with_name(f".{out.name}.part")
    try:
        with partial.open("wb") as file:
            yield file
        partial.replace(out)
    except OSError as error:
        raise StoreError(f"can't be written ({error.strerror})", where=str(out)) from None
    finally:
        partial.unlink(missing_ok=True)


COMMANDS: Sequence[click.Command] = (import_records, export)
