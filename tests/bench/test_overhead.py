"""What canary costs on top of the bare SDK: the same answers from the same server, in the same run.

    pytest -m bench -n 0 -s tests/bench/test_overhead.py

Goals: wall at most 1.3 times the bare SDK's, CPU at most 1.5 ms a trial more, peak memory at most 60 MiB more.
"""

import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

import pytest

TRIALS = 1000
ROUNDS = 3
LATENCY_S = 0.2

SERVER = f"""
from canary.config.prompts import load_suite
from canary.simulate.behaviour import Behaviour
from canary.simulate.server import serve
import sys
behaviour = Behaviour(latency_s={LATENCY_S}, latency_spread=0.0, tokens_per_s=1e9, time_scale=1.0)
serve(load_suite(None), behaviour, port=int(sys.argv[1]))
"""


@contextmanager
def provider_process() -> Iterator[str]:
    """A provider in a process of its own, so that its work is not counted; says its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with subprocess.Popen([sys.executable, "-c", SERVER, str(port)]) as server:
        while True:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.05)
        try:
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()


@pytest.fixture(scope="module")
def base_url() -> Iterator[str]:
    with provider_process() as address:
        yield address


def measured(side: str, provider: str, base_url: str, folder: Path) -> dict[str, float]:
    command = [
        sys.executable,
        "-m",
        "tests.bench.overhead",
        side,
        provider,
        base_url,
        str(TRIALS),
        str(folder),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=Path(__file__).parents[2])
    assert done.returncode == 0, done.stderr
    figures: dict[str, float] = json.loads(done.stdout)
    return figures


@pytest.mark.bench
@pytest.mark.parametrize("provider", ["anthropic", "openai"])
def test_overhead_against_the_bare_sdk(provider: str, base_url: str, tmp_path: Path) -> None:
    """Pairs of runs in turn, so that a machine that slows down slows both."""
    pairs = []
    for number in range(ROUNDS):
        bare = measured("bare", provider, base_url, tmp_path / f"bare{number}")
        pairs.append((bare, measured("canary", provider, base_url, tmp_path / f"ours{number}")))
    wall = median(ours["wall_s"] / ours["trials"] / (bare["wall_s"] / bare["trials"]) for bare, ours in pairs)
    cpu = median(ours["cpu_ms"] - bare["cpu_ms"] for bare, ours in pairs)
    memory = median(ours["peak_mib"] - bare["peak_mib"] for bare, ours in pairs)
    for bare, ours in pairs:
        print(f"\n{provider}: bare {bare}\n{provider}: ours {ours}", end="")
    print(
        f"\n{provider}: wall x {wall:.2f} (goal 1.3), CPU + {cpu:.2f} ms a trial (goal 1.5), "
        f"memory + {memory:.0f} MiB (goal 60)"
    )
