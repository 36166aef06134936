"""A small file that asks for a lot of memory or time is refused, within a bound of both."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.slow
def test_no_bomb_takes_more_than_its_bounds() -> None:
    """The process of bombs.py dies beyond half a GiB of its own and 30 s of processor time for all of them."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.security.bombs"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr[-2000:]
    said = dict(line.rsplit(" | ", 1) for line in done.stdout.splitlines())
    for bomb in (
        "nested objects | promptfoo",
        "nested lists | trials, JSONL",
        "nested objects | Inspect, JSON",
    ):
        assert "nested too deeply" in said[bomb]
    for bomb in ("300 MiB by deflate | Inspect, .eval", "a long line | trials, JSONL"):
        assert "more than" in said[bomb] or "longer than" in said[bomb]
    for bomb in (
        "300 MiB by zstd, told as little | Inspect, .eval",
        "300 MiB by zstd, told as 200 | Inspect, .eval",
    ):
        assert "damaged" in said[bomb]
    for bomb in ("a billion laughs | prompts, YAML", "a billion laughs | annotations"):
        assert "fewer aliases" in said[bomb]
