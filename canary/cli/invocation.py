"""What one invocation was given, and how it speaks: results on stdout, progress and problems on stderr."""

import json
import logging
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from canary.domain.canonical import Json

if TYPE_CHECKING:
    from canary.config.settings import Config
    from canary.pipeline.runs import Pipeline

BUILT_IN_YEAR = 2026
"""No honest clock, and no date of a file of ours, shows an earlier year."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Invocation:
    """The options that every command has.

    Attributes:
        config: the configuration named by hand; None = it is looked for.
        json_logs: log lines are JSON objects.
        debug: tracebacks are shown.
    """

    config: Path | None = None
    json_logs: bool = False
    debug: bool = False

    @property
    def config_path(self) -> Path:
        """Where the configuration is.

        Raises:
            ConfigurationError: there is none.
        """
        from canary.config.settings import find_config
        from canary.domain.errors import ConfigurationError

        if self.config is None:
            return find_config(Path.cwd(), os.environ)
        if not self.config.is_file():
            raise ConfigurationError(
                "no such file", where=f"--config {self.config}", remedy="run `canary init` to write one"
            )
        return self.config

    def load(self) -> "Config":
        """The configuration."""
        from canary.config.settings import load_config

        return load_config(self.config_path, os.environ)

    def pipeline(self) -> "Pipeline":
        """The pipeline of the configuration."""
        from canary.assembly import assemble
        from canary.schedule import hours_told

        config = self.load()
        schedule = config.schedule

        def next_due(after: datetime) -> datetime | None:
            # Imported on use: only a page asks when the next run is due.
            from canary.schedule import next_slot

            return next_slot(schedule.cron, schedule.timezone, after)

        hours = hours_told(schedule.cron, schedule.timezone)
        return assemble(config, os.environ, next_slot=next_due, hours=hours)

    def note(self, event: str, text: str, **facts: Json) -> None:
        """Tell something that happens: a sentence for people, an object with facts for log collectors."""
        if not self.json_logs:
            # Not click.echo: it writes past the progress bar's own stream, into the middle of the bar.
            sys.stderr.write(f"{text}\n")
            return
        moment = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        line = {"at": moment, "level": "info", "event": event, "message": text, **facts}
        click.echo(json.dumps(line, ensure_ascii=False), err=True)


def answer(text: str) -> None:
    """Print a result for people."""
    click.echo(text)


def answer_json(data: Mapping[str, Json]) -> None:
    """Print a result for programs."""
    click.echo(json.dumps(data, ensure_ascii=False, indent=2))


def table(rows: Sequence[Sequence[str]], *, right: Sequence[int] = ()) -> str:
    """Rows as aligned columns, the first row being the head; columns in `right` are set flush right."""
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    lines = [
        "  ".join(
            cell.rjust(width) if i in right else cell.ljust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in rows
    ]
    return "\n".join(line.rstrip() for line in lines)


class _JsonLines(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        moment = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        line = {
            "at": moment.replace("+00:00", "Z"),
            "level": record.levelname.lower(),
            "event": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)


_NAMES_ADDRESSES = ("httpx2", "httpcore2", "urllib3", "apprise", "anthropic", "openai")
"""Their details hold whole addresses and headers, and an address may be a secret: that of a heartbeat, of a channel."""


def set_up_logging(*, json_logs: bool, debug: bool) -> None:
    """Warnings of canary and its libraries on stderr; details with `debug`."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        _JsonLines() if json_logs else logging.Formatter("%(levelname)s %(name)s: %(message)s")
    )
    logging.basicConfig(level=logging.INFO if debug else logging.WARNING, handlers=[handler], force=True)
    for name in _NAMES_ADDRESSES:
        logging.getLogger(name).setLevel(logging.WARNING)
