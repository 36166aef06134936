"""simulate, demo."""

import asyncio
import os
import socket
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from canary.cli.invocation import Invocation, answer
from canary.cli.progress import run_progress
from canary.domain.errors import UsageError

if TYPE_CHECKING:
    from canary.pipeline.results import RunResult

PORT = 8765
"""Where the simulated provider listens unless told otherwise; the demo's configuration points there."""

MARK = "# Written by `canary demo`."

_DEMO_CONFIG = """\
{mark} Its targets are a provider simulated on this machine: no key, no network,
# and prices that are made up. To ask it again: `canary simulate --port {port}` in one terminal, here `canary run`.

[store]
url = "sqlite:///canary.db"

[suite]
replicates = 3

[budget]
usd_per_run = 5.0

[[targets]]
name = "simulated-messages"
provider = "anthropic"
model = "sim-large"
base_url = "http://127.0.0.1:{port}"
api_key_env = ""

[[targets]]
name = "simulated-responses"
provider = "openai"
model = "sim-medium"
base_url = "http://127.0.0.1:{port}/v1"
api_key_env = ""

[[targets]]
name = "simulated-chat"
provider = "openai-chat"
model = "sim-small"
base_url = "http://127.0.0.1:{port}/v1"
api_key_env = ""

[prices.sim-large]
input = 5.0
output = 25.0
cache_read = 0.5
cache_write = 6.25

[prices.sim-medium]
input = 2.0
output = 10.0
cache_read = 0.2

[prices.sim-small]
input = 0.5
output = 2.0
"""


@click.command()
@click.option(
    "--port", type=click.IntRange(0, 65535), default=PORT, show_default=True, help="0 = any free port."
)
@click.option("--seed", type=int, default=0, show_default=True, help="Seed of every draw.")
@click.option(
    "--prompts", "folder", type=click.Path(path_type=Path), help="Prompt files it knows. Default: as `run`."
)
@click.pass_obj
def simulate(invocation: Invocation, *, port: int, seed: int, folder: Path | None) -> None:
    """Serve the simulated provider.

    On loopback until stopped: Messages, Responses and Chat Completions.
    """
    from canary.cli.suites import suite_in_use
    from canary.simulate.server import serve

    suite = suite_in_use(invocation, folder)

    def ready(base_url: str) -> None:
        answer(
            f"Simulated provider on {base_url} (Messages) and {base_url}/v1 (Responses, Chat Completions); "
            f"it knows {len(suite.prompts)} prompts. Stop it with Ctrl-C."
        )

    serve(suite, port=port, seed=seed, ready=ready)


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

    Asks a simulated provider the prompt set over both SDKs, and writes the page.
    """
    from canary.config.prompts import load_suite
    from canary.simulate.server import SimulatedProvider

    config = folder / "canary.toml"
    _claim(folder, config)
    port = PORT if _is_free(PORT) else _free_port()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        config.write_text(_DEMO_CONFIG.format(mark=MARK, port=port), encoding="utf-8")
    except OSError as error:
        raise UsageError(
            f"can't be written ({error.strerror})", where=str(folder), remedy="name another with --dir"
        ) from None
    with SimulatedProvider(load_suite(None), port=port):
        result = _demo_run(invocation, config)
    answer(_demo_text(result, folder))
    for problem in result.problems:
        click.echo(f"canary: {problem}", err=True)
    return result.exit_code


def _claim(folder: Path, config: Path) -> None:
    """A demo overwrites only what a demo wrote."""
    if config.exists() and not config.read_text(encoding="utf-8", errors="replace").startswith(MARK):
        raise UsageError(
            "is not a demo's", where=str(config), remedy=f"name a folder other than {folder} with --dir"
        )


def _demo_run(invocation: Invocation, config: Path) -> "RunResult":
    from canary.assembly import assemble
    from canary.config.settings import load_config
    from canary.pipeline.runs import RunRequest

    # The demo's own store, whatever the environment says of the user's.
    environ = {name: value for name, value in os.environ.items() if not name.startswith("CANARY_")}
    pipeline = assemble(load_config(config, environ), environ)
    try:
        run = pipeline.plan(RunRequest(label="demo"))
        prompts, targets = len(run.prompts), len(run.targets)
        invocation.note(
            "run_started",
            f"Asking {targets} simulated targets {prompts} prompts x {run.replicates}, over HTTP ...",
        )
        with run_progress(invocation) as progress:
            result = asyncio.run(pipeline.carry_out(run, progress=progress))
    finally:
        pipeline.store.close()
    assert result is not None, "a run by hand has no slot that could be taken"
    return result


def _demo_text(result: "RunResult", folder: Path) -> str:
    from canary.cli.outcomes import result_text

    return (
        f"{result_text(result)}\n\n"
        "Everything above was simulated on this machine: no model was asked, no price is real.\n"
        f"Look around:  {_called()} --config {folder / 'canary.toml'} prompts list\n"
        f"Your own:     {_called()} init"
    )


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


COMMANDS: Sequence[click.Command] = (demo, simulate)
