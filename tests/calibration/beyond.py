"""What joint evidence, twins and two stages do, each with and without, measured in process.

A replay can't buy data. Here every day has its extra trials drawn beside its daily ones, from the same prompts on the same day,
and the analysis looks only at those it asked for: a closed loop in one pass (tests/analysis/test_beyond.py holds it against drawing on demand).

`python -m tests.calibration.beyond quiet|changes [number] [switches]`; switches: `c` for two stages, `j` for joint evidence,
`cj` for both, `-` for none; after them, part of the names of changes to draw alone. `... twins [number]` draws targets that share noise; `... pairs [number]` holds pairs of thresholds
against each other, `... confirmed [number]` makes the table of canary/analysis/confirmation.py, `... bank [number]` counts what joint evidence costs.
"""

import sys
from collections.abc import Iterator, Sequence

import numpy as np

from canary.domain.incident import Policy
from canary.simulate.worlds import DEFAULT, ROUGH, SUITE, WORLDS, Shift
from tests.calibration.extra import OFF, SEED, Seen, called, quiet, search
from tests.calibration.measuring import NEVER, SCENARIOS, UNSURE
from tests.calibration.pairs import Told, twin_quiet, twin_search
from tests.calibration.stages import show_bank, show_confirmed, show_pairs


def show_twins(histories: int) -> Iterator[str]:
    """Lines of figures: twins on and off, by the share of noise that they have in common."""
    on = Policy(confirm=False, joint=False, twins=True)
    steps = (
        Shift(moved="output_tokens", onset=0, size=-0.1),
        Shift(moved="pass_rate", onset=0, size=-0.05),
    )
    for world, shared in ((DEFAULT, 0.8), (ROUGH, 0.8), (DEFAULT, 0.4), (DEFAULT, 0.0)):
        for policy, label in ((OFF, "off"), (on, "on")):
            cells = [f"{world.name}, shared {shared}, twins {label}"]
            for shift in steps:
                for who in ("target", "both", "twin"):
                    told = twin_search(SEED, histories, shift, policy, shared, world, who)
                    cells.append(f"{shift.moved}, {who} moves: {_told(told)}")
            rate = twin_quiet(SEED, histories, policy, shared, world)
            yield "; ".join([*cells, f"{rate:.2f} opened a year without a change"])


def _told(told: Told) -> str:
    found = sum(delay < NEVER for delay in told.delays) / len(told.delays)
    right = f", right {told.right:.0%}" if found else ""
    return (
        f"{np.median(told.delays):.0f} / {np.quantile(told.delays, 0.9, method='lower'):.0f}"
        f" mean {np.mean(np.minimum(told.delays, 60)):.1f}, told on {found:.0%}{right}"
    )


def switched(letters: str) -> Policy:
    """The policy of a command line's switches."""
    return Policy(confirm="c" in letters, joint="j" in letters, twins=True)


def show_quiet(targets: int, policy: Policy) -> Iterator[str]:
    """Lines of figures: opened without a change."""
    places = [(name, world, SUITE) for name, world in WORLDS.items()]
    for name, world, shape in (*places, ("default, unsure prompts", DEFAULT, UNSURE)):
        one = quiet(SEED, targets, world, shape, policy)
        yield (
            f"{name}: {one.rate:.2f} opened a year, upper 95 % limit {one.upper:.2f}, of {one.opened} in"
            f" {one.years:.0f} years; extra calls {one.extra:.1%}, at most {one.most:.1%}"
        )
        yield "    " + ", ".join(f"{' '.join(key)} {count}" for key, count in one.by.most_common())


def show_changes(histories: int, policy: Policy, only: str = "") -> Iterator[str]:
    """Lines of figures: delays and what was said; of scenarios whose name holds `only`, where that is given."""
    for name, scenario in SCENARIOS.items():
        if not scenario.breaks and only in name:
            yield f"{name}: {_row(search(SEED, histories, scenario, policy))}"
    if only:
        return
    for world in (DEFAULT, ROUGH):
        yield f"one bad day called, {world.name}: {called(SEED, 3 * histories, policy, world):.1%}"
    for label, world, shape in (
        *((name, world, SUITE) for name, world in WORLDS.items() if world is not DEFAULT),
        ("default, unsure prompts", DEFAULT, UNSURE),
    ):
        for name in ("pass rate -5 points", "pass rate -10 points"):
            row = _row(search(SEED, histories, SCENARIOS[name], policy, world, shape))
            yield f"{name}, {label}: {row}"


def _row(seen: Sequence[Seen]) -> str:
    delays = [one.delay for one in seen]
    known = [one for one in seen if one.right is not None]
    sized = [one.sized for one in known if one.sized is not None]
    return (
        f"{np.median(delays):.0f} / {np.quantile(delays, 0.9, method='lower'):.0f} days, mean"
        f" {np.mean(np.minimum(delays, 60)):.1f}, found {len(known) / len(seen):.0%}, direction"
        f" {np.mean([one.right for one in known]):.1%}, date {np.mean([one.dated for one in known]):.1%}"
        + (f", effect {np.mean(sized):.1%}" if sized else "")
        + f", unmoved series named {np.mean([one.wrong for one in known]):.2f}"
    )


if __name__ == "__main__":
    part, number = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 100
    letters = sys.argv[3] if len(sys.argv) > 3 else "cj"
    figures = {
        "quiet": lambda: show_quiet(number, switched(letters)),
        "changes": lambda: show_changes(number, switched(letters), " ".join(sys.argv[4:])),
        "twins": lambda: show_twins(number),
        "pairs": lambda: show_pairs(number),
        "bank": lambda: show_bank(number),
        "confirmed": lambda: show_confirmed(number),
    }
    for line in figures[part]():
        sys.stdout.write(line + "\n")
        sys.stdout.flush()
