"""simulate."""

from collections.abc import Sequence
from pathlib import Path

import click

from canary.cli.invocation import Invocation, answer

PORT = 8765
"""Where the simulated provider listens unless told otherwise; the demo's configuration points there."""


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


COMMANDS: Sequence[click.Command] = (simulate,)
