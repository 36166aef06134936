"""import, export."""

import gc
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Protocol

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
@click.option(
    "--format",
    "form",
    type=click.Choice(["trials", "inspect", "promptfoo"]),
    help="What the files hold. Default: trials; logs of Inspect where the name ends in .eval.",
)
@click.option("--skip-bad", is_flag=True, help="Keep the readable records of a file and list the others.")
@click.pass_obj
def import_records(
    invocation: Invocation, files: tuple[Path, ...], *, form: str | None, skip_bad: bool
) -> None:
    """Keep trials from records, or from the results of Inspect or promptfoo.

    All of a file or nothing, and nothing twice. Records are JSONL or CSV; `-` reads JSONL from stdin.
    """
    with _store(invocation) as store:
        # What is loaded by now stays: the collector, which a million records call often, need not walk it each time.
        gc.freeze()
        for path in files:
            left_out: list[RecordError] = []
            read = _reader(form or ("inspect" if path.suffix.lower() == ".eval" else "trials"))
            trials = read(path, skip_bad=left_out.append if skip_bad else None)
            new, known = store.import_trials(counted(invocation, trials, str(path)))
            for problem in left_out:
                click.echo(f"canary: left out: {problem}", err=True)
            told = f", {known:,} were already there" if known else ""
            told += f", {len(left_out):,} left out" if left_out else ""
            answer(f"{path}: {new:,} trial{'s' * (new != 1)} kept{told}")


class _Read(Protocol):
    """A reader of one kind of file; see `exchange.trials.read_trials`."""

    def __call__(
        self, path: Path, *, skip_bad: Callable[[RecordError], None] | None
    ) -> "Iterator[Trial]": ...


def _reader(form: str) -> _Read:
    # Imported on use, each with what it needs.
    if form == "inspect":
        from canary.exchange.inspect_logs import read_inspect

        return read_inspect
    if form == "promptfoo":
        from canary.exchange.promptfoo import read_promptfoo

        return read_promptfoo
    from canary.exchange.trials import read_trials

    return read_trials


def counted(invocation: Invocation, trials: "Iterator[Trial]", name: str) -> "Iterator[Trial]":
    """The trials of a file, with a sign of life now and then."""
    for number, trial in enumerate(trials, start=1):
        if number % _TOLD_EVERY == 0:
            invocation.note("import_progress", f"{name}: {number:,} records read ...", records=number)
        yield trial


@click.command()
@click.option(
    "--format", "form", type=click.Choice(["jsonl", "csv", "prometheus"]), default="jsonl", show_default=True
)
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
    """Write trials as records, or what is known of them as Prometheus text.

    Records come in the order of their days. `prometheus` tells the latest values, verdicts, open incidents and the age
    of the last run, for the textfile collector or a push gateway.
    """
    from canary.domain.ports import Window
    from canary.exchange.trials import write_csv, write_jsonl

    if form == "prometheus":
        if any(value is not None for value in (run_id, target, start, end)):
            raise UsageError(
                "metrics are of all records",
                where="--format prometheus",
                remedy="leave --run, --target, --from and --to out",
            )
        _export_metrics(invocation, out)
        return
    window = Window(start=_day("--from", start), end=_day("--to", end))
    write = write_csv if form == "csv" else write_jsonl
    with _store(invocation) as store:
        _demand_known(store, run_id, target)
        with _sink(out, private=True) as sink:
            count = write(store.trials(run=run_id, target=target, window=window), sink)
    if out is not None:
        answer(f"{out}: {count:,} trial{'s' * (count != 1)}")


def _export_metrics(invocation: Invocation, out: Path | None) -> None:
    from canary.analysis.latest import latest_values
    from canary.exchange.prometheus import prometheus_text

    pipeline = invocation.pipeline()
    try:
        judgement, runs = pipeline.judge.judge(), pipeline.store.runs()
    finally:
        pipeline.store.close()
    text = prometheus_text(
        runs,
        judgement.analysis,
        pipeline.clock.now(),
        series=[one for name, columns in judgement.records.items() for one in latest_values(name, columns)],
        members=judgement.examined.members,
    )
    with _sink(out, private=False) as sink:
        sink.write(text.encode())


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
def _sink(out: Path | None, *, private: bool) -> Iterator[BinaryIO]:
    """Where records go. A file appears under its name only when it is whole.

    Args:
        out: None = standard output.
        private: only the owner may read it, as the store: it holds what models answered.
    """
    if out is None and sys.stdout is None:
        raise StoreError("standard output is closed", remedy="name a file with --out")
    if out is None:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    partial = out.with_name(f".{out.name}.part")
    try:
        partial.unlink(missing_ok=True)
        handle = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600 if private else 0o666)
        with os.fdopen(handle, "wb") as file:
            yield file
        partial.replace(out)
    except OSError as error:
        raise StoreError(f"can't be written ({error.strerror})", where=str(out)) from None
    finally:
        partial.unlink(missing_ok=True)


COMMANDS: Sequence[click.Command] = (import_records, export)
