"""What people get, whole, as files: changes of them are read in review.

To accept a change: `python -m tests.report.test_golden` writes the files anew.
"""

import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from canary.report.page import run_page
from canary.report.render import render_run
from tests.report.samples import KIMI, NOW, OPUS, sample_run
from tests.report.test_incident_page import REPORTS
from tests.report.test_letters import LETTERS

FOLDER = Path(__file__).parent / "golden"


def run_twin() -> str:
    """The twin of eight prompts, two targets, three replicates."""
    sample = sample_run((OPUS, KIMI), prompts=8, label="before the 4.7 gate", seed=4)
    return render_run(run_page(sample.run, sample.trials, sample.prompts, NOW)).text


def first_screen() -> str:
    """The first screen of an incident's page, as markup."""
    html = REPORTS["effort"].html
    start = html.index('<header class="glance')
    return html[start : html.index("</header>", start)] + "</header>\n"


GOLDEN: Mapping[str, Callable[[], str]] = {
    "run.txt": run_twin,
    "incident.txt": lambda: REPORTS["effort"].text,
    "incident-first-screen.html": first_screen,
    "mail-incident.txt": lambda: LETTERS["effort"].text,
    "mail-incident.html": lambda: LETTERS["effort"].html,
    "mail-recovered.txt": lambda: LETTERS["recovered"].text,
    "mail-digest.txt": lambda: LETTERS["digest"].text,
    "mail-missed.txt": lambda: LETTERS["missed"].text,
}


@pytest.mark.parametrize("name", GOLDEN)
def test_what_people_get_is_the_golden_file(name: str) -> None:
    """Word for word; `python -m tests.report.test_golden` accepts a change."""
    assert (FOLDER / name).read_text(encoding="utf-8") == GOLDEN[name]()


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for golden, made in GOLDEN.items():
        (FOLDER / golden).write_text(made(), encoding="utf-8")
        sys.stdout.write(f"written: {FOLDER / golden}\n")
