"""Prints every figure of docs/statistics.md.

`python -m tests.calibration.measure quiet [deployments]` and `python -m tests.calibration.measure changes [histories]`.
"""

import sys
from collections.abc import Sequence

import numpy as np

from canary.simulate.worlds import DEFAULT, ROUGH, SUITE, WORLDS, Shape, World
from tests.calibration.measuring import SCENARIOS, UNSURE, Found, called, quiet, search

SEED = 20261
PLACES: tuple[tuple[str, World, Shape], ...] = (
    *((name, world, SUITE) for name, world in WORLDS.items()),
    ("default, unsure prompts", DEFAULT, UNSURE),
)
ELSEWHERE = ("pass rate -5 points", "pass rate -10 points")


def say(line: str) -> None:
    """A line at once: a run takes minutes."""
    print(line, flush=True)


def show_quiet(deployments: int) -> None:
    """Opened incidents a year without a change, and what opened them."""
    for name, world, shape in PLACES:
        result = quiet(SEED, deployments, world, shape)
        say(
            f"{name}: {result.rate:.2f} opened a year, upper 95 % limit {result.upper:.2f},"
            f" of {result.opened} in {result.years:.0f} years"
        )
        say("    " + ", ".join(f"{' '.join(key)} {count}" for key, count in result.by.most_common()))


def show_changes(histories: int) -> None:
    """Delays, directions and coverage of every kind of change, and what becomes of bad days."""
    for name, scenario in SCENARIOS.items():
        say(f"{name}: {_row(search(SEED, histories, scenario))}")
    for world in (DEFAULT, ROUGH):
        say(f"one bad day called, {world.name}: {called(SEED, 3 * histories, world):.1%}")
    for label, world, shape in PLACES:
        for name in ELSEWHERE:
            if label != "default":
                say(f"{name}, {label}: {_row(search(SEED, histories, SCENARIOS[name], world, shape))}")


def _row(found: Sequence[Found]) -> str:
    delays = [one.delay for one in found]
    seen = [one for one in found if one.right is not None]
    sized = [one.sized for one in seen if one.sized is not None]
    return (
        f"{np.median(delays):.0f} / {np.quantile(delays, 0.9, method='lower'):.0f} days,"
        f" found {len(seen) / len(found):.0%}, direction {np.mean([one.right for one in seen]):.1%},"
        f" date {np.mean([one.dated for one in seen]):.1%}"
        + (f", effect {np.mean(sized):.1%}" if sized else "")
    )


if __name__ == "__main__":
    part, size = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 150
    (show_quiet if part == "quiet" else show_changes)(size)
