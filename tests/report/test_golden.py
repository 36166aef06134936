"""One small run's plain-text twin, whole, as people get it: changes of it are read in review.

To accept a change: `python -m tests.report.test_golden` writes the file anew.
"""

import sys
from pathlib import Path

from canary.report.page import run_page
from canary.report.render import render_run
from tests.report.samples import KIMI, NOW, OPUS, sample_run

GOLDEN = Path(__file__).parent / "golden" / "run.txt"


def twin() -> str:
    """The twin of eight prompts, two targets, three replicates."""
    sample = sample_run((OPUS, KIMI), prompts=8, label="before the 4.7 gate", seed=4)
    return render_run(run_page(sample.run, sample.trials, sample.prompts, NOW)).text


def test_the_twin_of_a_small_run_reads_as_the_golden_file() -> None:
    """Word for word; `python -m tests.report.test_golden` accepts a change."""
    assert GOLDEN.read_text(encoding="utf-8") == twin()


if __name__ == "__main__":
    GOLDEN.parent.mkdir(exist_ok=True)
    GOLDEN.write_text(twin(), encoding="utf-8")
    sys.stdout.write(f"written: {GOLDEN}\n")
