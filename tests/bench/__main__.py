"""All benchmarks of canary itself, and the table of docs/performance.md:

    python -m tests.bench          measures and writes the table
    python -m tests.bench --dry    measures and prints it

Every figure is from one run on one machine, each measure in a process of its own; a ratio has both its sides in that run.
Peers of the detection, and the promises that go with these figures: `pytest -m bench -n 0 -s tests/bench`.
"""

import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median
from typing import Any

from tests.bench.measures import MEASURES
from tests.bench.test_overhead import ROUNDS, TRIALS, measured, provider_process

ROOT = Path(__file__).parents[2]
DOCUMENT = ROOT / "docs" / "performance.md"
BEGIN, END = "<!-- written by python -m tests.bench -->\n", "<!-- end -->\n"
STARTS = 9

Row = tuple[str, str, str, str]
HEAD: Row = ("what", "result", "beside it, in the same run", "peak memory")


def figures(name: str) -> dict[str, float]:
    """One measure of `measures.py`."""
    command = [sys.executable, "-m", "tests.bench.measures", name]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    found: dict[str, float] = json.loads(done.stdout)
    return found


def started(*arguments: str) -> float:
    """Median seconds that a command takes from nothing to its end."""
    taken = []
    for _ in range(STARTS):
        begun = time.perf_counter()
        subprocess.run([sys.executable, *arguments], cwd=ROOT, capture_output=True, check=True)
        taken.append(time.perf_counter() - begun)
    return median(taken)


def start_up() -> Iterator[Row]:
    bare = started("-c", "import click")
    for arguments in (("--help",), ("status", "--help")):
        own = started("-m", "canary", *arguments)
        told = f"`python -c 'import click'`: {1000 * bare:.0f} ms (x {own / bare:.1f})"
        yield (f"start-up: `canary {' '.join(arguments)}`", f"{1000 * own:.0f} ms", told, "")


def overhead() -> Iterator[Row]:
    with tempfile.TemporaryDirectory() as folder, provider_process() as address:
        for provider in ("anthropic", "openai"):
            pairs = []
            for number in range(ROUNDS):
                place = Path(folder) / f"{provider}{number}"
                bare = measured("bare", provider, address, place / "bare")
                pairs.append((bare, measured("canary", provider, address, place / "ours")))
            yield _overhead_row(provider, pairs)


def _overhead_row(provider: str, pairs: Sequence[tuple[dict[str, float], dict[str, float]]]) -> Row:
    wall = median(ours["wall_s"] / ours["trials"] / (bare["wall_s"] / bare["trials"]) for bare, ours in pairs)
    cpu = median(ours["cpu_ms"] - bare["cpu_ms"] for bare, ours in pairs)
    own, plain = (median(side[i]["cpu_ms"] for side in pairs) for i in (1, 0))
    peak = median(ours["peak_mib"] for _, ours in pairs)
    more = median(ours["peak_mib"] - bare["peak_mib"] for bare, ours in pairs)
    return (
        f"runner: {TRIALS:,} trials over `{provider}`, 50 in flight, graded and stored",
        f"{cpu:+.2f} ms of CPU a trial; wall x {wall:.2f}",
        f"the bare SDK: {plain:.2f} ms of CPU a call, canary {own:.2f}",
        f"{peak:.0f} MiB ({more:+.0f})",
    )


def analysis() -> Iterator[Row]:
    for name in ("analysis 40 x 365", "analysis 400 x 1,000", "analysis 1M trials"):
        found = figures(name)
        days = 1000 if "1,000" in name else 365
        each = 1e6 * found["cpu_s"] / (found["series"] * days)
        yield (
            f"{name}: {found['series']:.0f} series, {found['trials']:,.0f} trials, every day replayed",
            f"{found['cpu_s']:.1f} s of CPU ({found['wall_s']:.1f} s)",
            f"{each:.0f} us a series and day",
            f"{found['peak_mib']:.0f} MiB",
        )


def rendering() -> Iterator[Row]:
    found = figures("rendering")
    for name, of in (
        ("run", f"a run's page ({found['trials']:.0f} trials)"),
        ("incident", "an incident's page"),
    ):
        size = found[f"{name}_bytes"] / 1024
        told = f"{found[f'{name}_cpu_s'] * 1000:.0f} ms of CPU"
        yield (
            f"report: {of}, with its twin and data",
            told,
            f"{size:.0f} KiB of HTML",
            f"{found['peak_mib']:.0f} MiB",
        )


def importing() -> Iterator[Row]:
    for name in (name for name in MEASURES if name.startswith("import ")):
        found = figures(name)
        million = found["cpu_s"] * 1e6 / found["trials"]
        bare = found["bare_cpu_s"]
        yield (
            f"{name}: {found['trials']:,.0f} trials, {found['bytes'] / found['trials'] / 1024:.1f} KiB each in the file",
            f"{million:.0f} s of CPU a million ({found['wall_s'] * 1e6 / found['trials']:.0f} s)",
            f"`json.loads` of the same results alone: {bare * 1e6 / found['trials']:.0f} s"
            if bare > 0.01
            else "",
            f"{found['peak_mib']:.0f} MiB",
        )


def machine() -> str:
    """What it ran on, in general words."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    load = os.getloadavg()[0]
    return (
        f"{os.cpu_count()} cores ({platform.machine()}), {memory:.0f} GiB, {platform.system()}, "
        f"Python {platform.python_version()}; load when it began {load:.1f}"
    )


def laid_out(rows: Sequence[Row], ran_on: str) -> str:
    lines = ["| " + " | ".join(row) + " |" for row in (HEAD, ("---",) * 4, *rows)]
    return "\n".join([f"One machine: {ran_on}.", "", *lines]) + "\n"


def main(arguments: Sequence[str]) -> None:
    ran_on = machine()
    rows: list[Row] = []
    parts: Any = (start_up, overhead, analysis, rendering, importing)
    for part in parts:
        for row in part():
            print(*row, sep=" | ", flush=True)
            rows.append(row)
    if "--dry" in arguments:
        return
    before, _, rest = DOCUMENT.read_text(encoding="utf-8").partition(BEGIN)
    after = rest.partition(END)[2]
    DOCUMENT.write_text(f"{before}{BEGIN}\n{laid_out(rows, ran_on)}\n{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
