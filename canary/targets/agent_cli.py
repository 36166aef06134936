"""Finding an agent CLI on this machine, and asking it what it is, before any trial."""

import os
import shutil
import signal
import subprocess
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from canary.domain.errors import ConfigurationError
from canary.domain.target import TargetSpec
from canary.domain.trial import TrialKey
from canary.targets.sandbox import environment
from canary.targets.scratch import Scratch, scratch, scratch_root

PROBE_S = 30.0
"""Seconds a CLI may take to say its version."""


def find(spec: TargetSpec, usual: str) -> str:
    """The program of a target: `executable`, or its usual name on PATH.

    A path is relative to the folder of the configuration, wherever canary is started; a name alone is looked for on PATH.

    Raises:
        ConfigurationError: there is none.
    """
    wanted = spec.harness.executable or usual
    if os.sep in wanted and spec.harness.folder is not None:
        wanted = str(Path(spec.harness.folder, wanted))
    found = shutil.which(wanted)
    if found is None:
        raise ConfigurationError(
            f"{wanted} is not on PATH" if os.sep not in wanted else f"{wanted} can't be run",
            where=f'target "{spec.name}"',
            remedy="install it, or name its program in executable",
        )
    return str(Path(found).absolute())


def ask(spec: TargetSpec, argv: Sequence[str]) -> str:
    """What a CLI prints, run with a home of its own and nothing of the host's environment.

    Its home lies where trials have theirs: what a killed canary leaves of it is removed by the next trial.

    Raises:
        ConfigurationError: it can't be run, fails, or takes longer than `PROBE_S`.
    """
    key = TrialKey(run="", target=spec.name, prompt="", replicate=0)
    with scratch(scratch_root(os.environ), key, {}) as place:
        process = _started(spec, argv, place)
        try:
            told, _ = process.communicate(timeout=PROBE_S)
        except subprocess.TimeoutExpired:
            raise _no_answer(spec, argv, f"gives no answer within {PROBE_S:g} s") from None
        finally:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
    if process.returncode != 0:
        raise _no_answer(spec, argv, f"ends with status {process.returncode}")
    return told.decode("utf-8", "replace").strip()


def _started(spec: TargetSpec, argv: Sequence[str], place: Scratch) -> "subprocess.Popen[bytes]":
    try:
        return subprocess.Popen(  # noqa: S603 - the program that the configuration names
            list(argv),
            env=environment(os.environ, place, {"DISABLE_AUTOUPDATER": "1"}),
            cwd=place.work,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    except OSError as error:
        raise _no_answer(spec, argv, f"can't be run: {error.strerror}") from error


def _no_answer(spec: TargetSpec, argv: Sequence[str], why: str) -> ConfigurationError:
    return ConfigurationError(
        f"{' '.join(argv)} {why}", where=f'target "{spec.name}"', remedy="install the CLI anew"
    )


def check_pin(spec: TargetSpec, version: str) -> None:
    """Hold a pinned arm to its version: another one would be a change of ours that nobody decided.

    Raises:
        ConfigurationError: the arm is pinned, and to another version.
    """
    pinned = spec.harness.version
    if spec.arm == "harness-pinned" and pinned is not None and pinned != version:
        raise ConfigurationError(
            f"the installed CLI is version {version}, the arm is pinned to {pinned}",
            where=f'target "{spec.name}"',
            remedy=f'install version {pinned}, or write version = "{version}" to begin anew with it',
        )
