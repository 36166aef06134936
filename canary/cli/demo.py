"""demo."""

import asyncio
import os
import socket
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from canary.cli.invocation import Invocation, answer, table
from canary.cli.progress import run_progress
from canary.cli.rehearse import PORT
from canary.domain.errors import UsageError

if TYPE_CHECKING:
    from datetime import date

    from canary.domain.incident import Incident
    from canary.pipeline.results import RunResult
    from canary.pipeline.runs import Pipeline
    from canary.simulate.scenarios import Change

MARK = "# Written by `canary demo`."

_CONFIG = """\
{mark} What the store holds of spring 2026 was drawn; the targets below are a provider simulated on this
# machine: no key, no network, and prices that are made up.
# To ask it again: `canary simulate --port {port}` in one terminal, here `canary run`.

[store]
url = "sqlite:///canary.db"

[suite]
replicates = 3

[budget]
usd_per_run = 5.0

[reports]
banner = "{banner}"

[annotations]
file = "annotations.yaml"

# The raw API of the story. Its three other arms are agent CLIs; only their records are here.
[[targets]]
name = "{api}"
provider = "anthropic"
model = "{alias}"
arm = "api"
twins = "{twins}"
base_url = "http://127.0.0.1:{port}"
api_key_env = ""

# Another vendor's protocol.
[[targets]]
name = "simulated-responses"
provider = "openai"
model = "sim-medium"
base_url = "http://127.0.0.1:{port}/v1"
api_key_env = ""

[prices."{alias}"]
input = 5.0
output = 25.0
cache_read = 0.5
cache_write = 6.25

[prices.sim-medium]
input = 2.0
output = 10.0
cache_read = 0.2
"""


@click.command()
@click.option(
    "--dir",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("canary-demo"),
    show_default=True,
    help="Where the demo's configuration, store and reports go.",
)
@click.pass_obj
def demo(invocation: Invocation, *, folder: Path) -> int:
    """Try it: no key, no network.

    Replays spring 2026 from simulated records, asks a simulated provider over both SDKs, and writes the pages.
    """
    from canary.config.prompts import load_suite
    from canary.simulate.server import SimulatedProvider

    config = folder / "canary.toml"
    _claim(folder, config)
    port = PORT if _is_free(PORT) else _free_port()
    _set_up(folder, config, port)
    with SimulatedProvider(load_suite(None), port=port):
        result = _told_and_run(invocation, config)
    answer(_text(result, folder, port))
    for problem in result.problems:
        click.echo(f"canary: {problem}", err=True)
    return result.exit_code


def _claim(folder: Path, config: Path) -> None:
    """A demo overwrites only what a demo wrote."""
    if config.exists() and not config.read_text(encoding="utf-8", errors="replace").startswith(MARK):
        raise UsageError(
            "is not a demo's", where=str(config), remedy=f"name a folder other than {folder} with --dir"
        )


def _set_up(folder: Path, config: Path, port: int) -> None:
    from canary.rehearsal.spring import ALIAS, API, BANNER, TWINS, notes_text

    text = _CONFIG.format(mark=MARK, port=port, banner=BANNER, api=API, alias=ALIAS, twins=TWINS)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        config.write_text(text, encoding="utf-8")
        (folder / "annotations.yaml").write_text(notes_text(), encoding="utf-8")
    except OSError as error:
        raise UsageError(
            f"can't be written ({error.strerror})", where=str(folder), remedy="name another with --dir"
        ) from None


def _told_and_run(invocation: Invocation, config: Path) -> "RunResult":
    from canary.assembly import assemble
    from canary.config.settings import load_config

    # The demo's own store, whatever the environment says of the user's.
    environ = {name: value for name, value in os.environ.items() if not name.startswith("CANARY_")}
    pipeline = assemble(load_config(config, environ), environ)
    try:
        _keep_story(invocation, pipeline)
        return _run(invocation, pipeline)
    finally:
        pipeline.store.close()


def _keep_story(invocation: Invocation, pipeline: "Pipeline") -> None:
    from canary.rehearsal.spring import keep_spring

    invocation.note("demo_history", "Drawing four months of simulated trials ...")
    keep_spring(pipeline.store, pipeline.suite)


def _run(invocation: Invocation, pipeline: "Pipeline") -> "RunResult":
    from canary.pipeline.requests import RunRequest

    run = pipeline.plan(RunRequest(label="demo", replicates=1))
    invocation.note(
        "run_started",
        f"Asking {len(run.targets)} simulated targets {len(run.prompts)} prompts, over HTTP ...",
    )
    with run_progress(invocation) as progress:
        result = asyncio.run(pipeline.carry_out(run, progress=progress))
    assert result is not None, "a run by hand has no slot that could be taken"
    return result


def _text(result: "RunResult", folder: Path, port: int) -> str:
    """The story in a few lines, and where to read on."""
    from canary.cli.outcomes import shown
    from canary.rehearsal.spring import changes_told

    config, reports = folder / "canary.toml", folder / "reports"
    story: list[str] = []
    if result.judgement is not None:
        analysis = result.judgement.analysis
        told = changes_told(analysis.incidents)
        days = f"{_day(analysis.first_day)} to {_day(analysis.last_day)}"
        story = [
            f"Spring 2026 from simulated records, {days}: one model, asked daily by its raw API",
            f"and by a coding agent in three arms. canary opened {len(told)} incidents:",
            "",
            _incidents(told),
            "",
        ]
    graded = sum(tally.graded for tally in result.tallies)
    planned = sum(tally.planned for tally in result.tallies)
    lines = [
        *story,
        f"Over the wire just now: {graded} of {planned} trials graded, by both SDKs from a simulated provider.",
        "No model was asked and no price is real; dates are the vendor's, sizes partly assumed.",
        "",
        f"Page: {shown(reports / 'index.html')}",
        *([f"Run:  {shown(result.page)}"] if result.page else []),
        "",
        f"Look around:  {_called()} --config {shown(config)} incidents show INC-0001",
        f"Ask again:    {_called()} simulate{'' if port == PORT else f' --port {port}'}   in another terminal, then",
        f"              {_called()} --config {shown(config)} run",
        "              It asks the raw API alone: the agent's three arms are records, with no agent behind them.",
        f"Your own:     {_called()} init",
    ]
    return "\n".join(lines)


def _incidents(told: "Sequence[tuple[Incident, Change | None]]") -> str:
    rows = [("incident", "began", "opened", "over", "most like", "layer", "noticed in public")]
    for incident, change in told:
        public = None if change is None else change.noticed_days
        rows.append((
            incident.id, _day(incident.onset), _day(incident.opened_on), _day(incident.recovered_on),
            incident.attribution.mechanism or "-", incident.attribution.layer or "-",
            "-" if public is None else f"after {public} days",
        ))  # fmt: skip
    return table(rows)


def _day(day: "date | None") -> str:
    return "-" if day is None else f"{day.day} {day:%b}"


def _called() -> str:
    """The command as it was typed: a stranger's shell may not find it by its bare name."""
    name = sys.argv[0]
    return name if name.endswith("canary") and not Path(name).is_absolute() else "canary"


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


COMMANDS: Sequence[click.Command] = (demo,)
