"""One measure, as a process of its own, so that its peak memory is its own: `python -m tests.bench.measures NAME`.

Each prints one JSON object. Preparing what is measured (drawing histories, writing files) is not counted.
"""

import json
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from canary.domain.report import Report
from canary.domain.trial import Trial

FIRST = date(2026, 1, 1)
TRIALS = 100_000


@dataclass
class Clock:
    """What a stretch of work took."""

    facts: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def measured(self, name: str = "") -> Iterator[None]:
        wall, cpu = time.perf_counter(), time.process_time()
        yield
        self.facts[f"{name}wall_s"] = time.perf_counter() - wall
        self.facts[f"{name}cpu_s"] = time.process_time() - cpu


def analysis(clock: Clock, *, targets: int, days: int, families: tuple[int, ...], replicates: int) -> None:
    """A replay of every day, as `canary backtest` does it."""
    from canary.analysis.backtest import backtest
    from canary.domain.incident import Policy
    from canary.simulate.columns import history_columns
    from canary.simulate.history import draw_history
    from canary.simulate.worlds import Shape

    shape = Shape(families=families, replicates=replicates)
    records = {
        f"t{number}": history_columns(draw_history((1, number), days=days, shape=shape), first_day=FIRST)
        for number in range(targets)
    }
    with clock.measured():
        found = backtest(records, Policy())
    clock.facts["series"] = found.judged_series
    clock.facts["trials"] = sum(columns.run_day.size for columns in records.values())


def rendering(clock: Clock) -> None:
    """The page of a run of 40 prompts, 4 targets, 3 replicates, and that of an incident; each the tenth time."""
    from canary.report.page import run_page
    from canary.report.render import render_incident, render_run
    from tests.report.incidents import effort
    from tests.report.samples import KIMI, NOW, OPUS, sample_run

    sample = sample_run((OPUS, KIMI), prompts=40, seed=4)
    story = effort()
    makes: Mapping[str, Callable[[], Report]] = {
        "run_": lambda: render_run(run_page(sample.run, sample.trials, sample.prompts, NOW)),
        "incident_": lambda: render_incident(story.analysis, story.incident, story.evidence, NOW),
    }
    for name, make in makes.items():
        for _ in range(9):
            make()
        with clock.measured(name):
            report = make()
        clock.facts[f"{name}bytes"] = len(report.html.encode())
    clock.facts["trials"] = len(sample.trials)


def importing(clock: Clock, *, form: str) -> None:
    """A file of `TRIALS` trials into a fresh SQLite store, and the bare reading of its JSON beside it."""
    from canary.exchange.inspect_logs import read_inspect
    from canary.exchange.promptfoo import read_promptfoo
    from canary.exchange.trials import read_trials
    from canary.store.database import open_store
    from tests.bench import files

    read: Mapping[str, Callable[[Path], Iterator[Trial]]] = {
        "jsonl": read_trials,
        "csv": read_trials,
        "promptfoo": read_promptfoo,
        "inspect": read_inspect,
        "eval": read_inspect,
    }
    with tempfile.TemporaryDirectory() as folder:
        path, texts = files.written(form, Path(folder), TRIALS)
        with clock.measured("bare_"):
            for text in texts:
                json.loads(text)
        clock.facts["bare_cpu_s"] *= TRIALS / len(texts) if texts else 0.0
        store = open_store(f"sqlite:///{folder}/bench.db")
        with clock.measured():
            new, known = store.import_trials(read[form](path))
        assert (new, known) == (TRIALS, 0)
        store.close()
        clock.facts["bytes"] = path.stat().st_size
    clock.facts["trials"] = TRIALS


MEASURES: Mapping[str, Callable[[Clock], None]] = {
    "analysis 40 x 365": lambda clock: analysis(
        clock, targets=3, days=365, families=(14, 12, 8, 6), replicates=3
    ),
    "analysis 400 x 1,000": lambda clock: analysis(
        clock, targets=33, days=1000, families=(4, 3, 2, 1), replicates=1
    ),
    "analysis 1M trials": lambda clock: analysis(
        clock, targets=3, days=365, families=(30, 25, 25, 20), replicates=9
    ),
    "rendering": rendering,
    **{
        f"import {form}": lambda clock, form=form: importing(clock, form=form)  # type: ignore[misc]
        for form in ("jsonl", "csv", "promptfoo", "inspect", "eval")
    },
}


def main() -> None:
    clock = Clock()
    MEASURES[sys.argv[1]](clock)
    clock.facts["peak_mib"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    sys.stdout.write(json.dumps(clock.facts))


if __name__ == "__main__":
    main()
