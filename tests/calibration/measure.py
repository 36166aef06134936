"""Prints every figure of docs/statistics.md that single-stage replays give.

python -m tests.calibration.measure quiet|held-out [deployments]
python -m tests.calibration.measure changes|intervals|spring [histories]
"""

import sys
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from canary.simulate.worlds import DEFAULT, ROUGH
from tests.calibration.measuring import HELD_OUT, PLACES, SCENARIOS, Found, Place, called, quiet, search
from tests.calibration.spring import DATES, spring

SEED = 20261
ELSEWHERE = ("pass rate -5 points", "pass rate -10 points", "pass rate +5 points")


def say(line: str) -> None:
    """A line at once: a run takes minutes."""
    print(line, flush=True)


def show_quiet(deployments: int, places: Mapping[str, Place] = PLACES) -> None:
    """Opened incidents a year without a change, and what opened them."""
    for name, place in places.items():
        result = quiet(SEED, deployments, place)
        say(
            f"{name}: {result.rate:.2f} opened a year, upper 95 % limit {result.upper:.2f},"
            f" of {result.opened} in {result.years:.0f} years"
        )
        say("    " + ", ".join(f"{' '.join(key)} {count}" for key, count in result.by.most_common()))


def show_held_out(deployments: int) -> None:
    """The same where no threshold was made."""
    show_quiet(deployments, HELD_OUT)


def show_changes(histories: int) -> None:
    """Delays, directions and coverage of every kind of change, and what becomes of bad days."""
    for name, scenario in SCENARIOS.items():
        say(f"{name}: {figures(search(SEED, histories, scenario))}")
    for world in (DEFAULT, ROUGH):
        say(f"one bad day called, {world.name}: {called(SEED, 3 * histories, world):.1%}")


def show_intervals(histories: int) -> None:
    """The pass rate in other places: where its intervals are hardest put."""
    for label, place in (PLACES | HELD_OUT).items():
        for name in ELSEWHERE:
            if label != "default" and not place.lived_in:
                say(f"{name}, {label}: {figures(search(SEED, histories, SCENARIOS[name], place))}")


def show_spring(histories: int) -> None:
    """Three defects that overlapped: each date, and stray incidents."""
    told = spring(SEED, histories)
    for name in DATES:
        delays = [one.delays[name] for one in told]
        seen = [delay for delay in delays if delay is not None]
        say(f"{name}: found {len(seen) / len(delays):.1%}, median delay {np.median(seen):.0f}")
    say(f"stray incidents a history: {np.mean([one.strays for one in told]):.2f}")


def figures(found: Sequence[Found]) -> str:
    """Delays, directions and coverage of one kind of change."""
    delays = [one.delay for one in found]
    seen = [one for one in found if one.right is not None]
    sized = [one.sized for one in seen if one.sized is not None]
    return (
        f"{np.median(delays):.0f} / {np.quantile(delays, 0.9, method='lower'):.0f} days,"
        f" found {len(seen) / len(found):.0%}, direction {np.mean([one.right for one in seen]):.1%},"
        f" date {np.mean([one.dated for one in seen]):.1%}"
        + (f", effect {np.mean(sized):.1%}" if sized else "")
    )


PARTS: Mapping[str, Callable[[int], None]] = {
    "quiet": show_quiet,
    "held-out": show_held_out,
    "changes": show_changes,
    "intervals": show_intervals,
    "spring": show_spring,
}

if __name__ == "__main__":
    PARTS[sys.argv[1]](int(sys.argv[2]) if len(sys.argv) > 2 else 100)
