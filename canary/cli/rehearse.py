"""simulate."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from canary.cli.invocation import Invocation, answer

if TYPE_CHECKING:
    from canary.domain.suite import Suite
    from canary.simulate.behaviour import Behaviour

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
@click.option("--scenario", "name", metavar="NAME", help="Play the last day of a drill's scenario.")
@click.pass_obj
def simulate(invocation: Invocation, *, port: int, seed: int, folder: Path | None, name: str | None) -> None:
    """Serve the simulated provider.

    On loopback until stopped: Messages, Responses and Chat Completions. With --scenario it behaves as on the last day on
    which a change of that scenario is in force; `canary drill --list` names them.
    """
    from canary.cli.suites import suite_in_use
    from canary.simulate.behaviour import ORDINARY
    from canary.simulate.server import serve

    suite = suite_in_use(invocation, folder)
    behaviour, playing = (ORDINARY, "") if name is None else _played(name, suite)

    def ready(base_url: str) -> None:
        answer(
            playing
            + f"Simulated provider on {base_url} (Messages) and {base_url}/v1 (Responses, Chat Completions); "
            f"it knows {len(suite.prompts)} prompts. Stop it with Ctrl-C."
        )

    serve(suite, behaviour, port=port, seed=seed, ready=ready)


def _played(name: str, suite: "Suite") -> "tuple[Behaviour, str]":
    from canary.rehearsal.playing import Cast
    from canary.simulate.scenario_files import find_scenario

    scenario = find_scenario(name)
    day, behaviour = Cast(scenario=scenario, suite=suite).last_act()
    return behaviour, f"Playing {scenario.id} as on {day}: {scenario.title}.\n"


COMMANDS: Sequence[click.Command] = (simulate,)
