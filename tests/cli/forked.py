"""The command in a process of its own, forked from one that has imported its libraries already.

`python -m canary` spends most of a short command on imports; some tests start a dozen. What they start here is the same
entry point with its own memory, folder, environment and exit code. That a cold start works, how light it is and what
signals and pipes do to it is tested with real processes (`Project.start`).
"""

import multiprocessing
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

IMPORTED = (
    "anthropic",
    "openai",
    "canary.analysis.backtest",
    "canary.assembly",
    "canary.cli.main",
    "canary.pipeline.runs",
    "canary.report.page",
    "canary.store.database",
    "canary.targets.anthropic",
    "canary.targets.openai_responses",
)
_CONTEXT = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload(list(IMPORTED))


def carried_out(
    arguments: Sequence[str], folder: Path, environment: Mapping[str, str]
) -> subprocess.CompletedProcess[str]:
    """What `canary ARGUMENTS` printed and left with, run to its end in a folder."""
    with tempfile.TemporaryDirectory() as kept:
        out, err = Path(kept, "out"), Path(kept, "err")
        child = _CONTEXT.Process(
            target=_carry_out, args=(tuple(arguments), folder, dict(environment), out, err)
        )
        child.start()
        child.join()
        assert child.exitcode is not None
        return subprocess.CompletedProcess(
            ["canary", *arguments], child.exitcode, out.read_text("utf-8"), err.read_text("utf-8")
        )


def _carry_out(
    arguments: Sequence[str], folder: Path, environment: Mapping[str, str], out: Path, err: Path
) -> None:
    for path, number in ((out, 1), (err, 2)):
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT)
        os.dup2(descriptor, number)
        os.close(descriptor)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = ["canary", *arguments]

    from canary.cli.main import entrypoint

    entrypoint()
