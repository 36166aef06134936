"""import, export."""

from collections.abc import Sequence
from pathlib import Path

import click

from canary.cli.invocation import Invocation


@click.command("import")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE...")
@click.option("--skip-bad", is_flag=True, help="Keep the readable lines of a file and list the others.")
@click.pass_obj
def import_records(invocation: Invocation, files: tuple[Path, ...], *, skip_bad: bool) -> None:
    """Keep trials from JSONL or CSV records; all of a file or nothing, and nothing twice."""


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
    """Write trials as records."""


COMMANDS: Sequence[click.Command] = (import_records, export)
