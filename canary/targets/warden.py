"""The process between canary and one run of an agent CLI: nothing the CLI starts outlives it.

Run as a script (`python -I -S warden.py ORDER`) with the standard library alone. It starts the program in a session of
its own and adopts whatever the program's children leave behind (Linux: `PR_SET_CHILD_SUBREAPER`), so that a process
that forks twice, or opens a session of its own, is still found. The program's environment is the warden's own.

ORDER is a JSON object: `argv`, `cwd`, `stdin` (a file), `grace_s` (seconds from SIGTERM to SIGKILL), `file_bytes`
(largest file that may be written) and `scratch` (a folder). Its own standard input is a line to canary: the byte `s`
means stop now; the end of it without a byte before means that canary is gone, and then the scratch folder goes too.
Exit status: the program's, or 128 + the signal that ended it, as shells report it; 127 where it can't be started.
"""

import contextlib
import ctypes
import json
import os
import resource
import select
import shutil
import signal
import subprocess
import sys
import time
from typing import Any

_PR_SET_CHILD_SUBREAPER = 36
_LOOK_S = 1.0
_SWEEP_S = 20.0
_NOT_STARTED = 127


def main(order: dict[str, Any]) -> int:
    """Run the program to its end, or to the end canary sets; then leave nothing running."""
    adopting = _adopt_orphans()
    bell, ringer = os.pipe()
    os.set_blocking(ringer, False)
    signal.set_wakeup_fd(ringer)
    for number in (signal.SIGCHLD, signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda *_: None)
    try:
        program = _start(order)
    except OSError as error:
        sys.stderr.write(f"can't start {order['argv'][0]}: {error.strerror}\n")
        return _NOT_STARTED
    _let_go_of_output()
    word = _wait(program, bell)
    if word is not None:
        _ask_to_end(program, order["grace_s"], bell)
    _sweep(program, adopting=adopting)
    status = program.wait()
    if word == b"":
        shutil.rmtree(order["scratch"], ignore_errors=True)
    return status if status >= 0 else 128 - status


def _adopt_orphans() -> bool:
    if not sys.platform.startswith("linux"):
        return False
    try:
        return bool(ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0)
    except (OSError, AttributeError):
        return False


def _start(order: dict[str, Any]) -> subprocess.Popen[bytes]:
    def limits() -> None:
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        wanted = int(order["file_bytes"])
        wanted = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_FSIZE, (wanted, wanted))

    with open(order["stdin"], "rb") as given:  # noqa: PTH123 - pathlib would be the slowest import here
        # Single-threaded, so a function between fork and exec is safe.
        return subprocess.Popen(  # noqa: S603
            order["argv"],
            cwd=order["cwd"],
            stdin=given,
            start_new_session=True,
            preexec_fn=limits,  # noqa: PLW1509
        )


def _let_go_of_output() -> None:
    """The end of the output is the end of the program's processes, not ours."""
    null = os.open(os.devnull, os.O_WRONLY)
    for number in (1, 2):
        os.dup2(null, number)
    os.close(null)


def _wait(program: subprocess.Popen[bytes], bell: int) -> bytes | None:
    """What canary says before the program ends: `s`, or nothing more; None where the program ends first."""
    while program.poll() is None:
        ready, _, _ = select.select([0, bell], [], [], _LOOK_S)
        if bell in ready:
            rung = os.read(bell, 4096)
            if set(rung) & {signal.SIGTERM, signal.SIGINT, signal.SIGHUP}:
                return b"s"
        if 0 in ready:
            return os.read(0, 1)
    return None


def _ask_to_end(program: subprocess.Popen[bytes], grace_s: float, bell: int) -> None:
    until = time.monotonic() + grace_s
    _signal_group(program, signal.SIGTERM)
    while program.poll() is None and time.monotonic() < until:
        select.select([bell], [], [], 0.02)
    if program.poll() is None:
        _signal_group(program, signal.SIGKILL)


def _signal_group(program: subprocess.Popen[bytes], number: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(program.pid, number)


def _sweep(program: subprocess.Popen[bytes], *, adopting: bool) -> None:
    """Kill what is left. Processes are stopped before any is killed: a fork bomb can't outrun its own death."""
    _signal_group(program, signal.SIGKILL)
    until = time.monotonic() + _SWEEP_S
    while adopting and time.monotonic() < until:
        left = _descendants(os.getpid())
        if not left:
            break
        stopped: set[int] = set()
        while new := left - stopped:
            _signal_each(new, signal.SIGSTOP)
            stopped |= new
            left = _descendants(os.getpid())
        _signal_each(stopped, signal.SIGKILL)
        _reap(program)


def _signal_each(pids: set[int], number: int) -> None:
    for pid in pids:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(pid, number)


def _reap(program: subprocess.Popen[bytes]) -> None:
    time.sleep(0.005)
    program.poll()
    for pid in _descendants(os.getpid()):
        with contextlib.suppress(ChildProcessError):  # a grandchild: ours when its parent is gone
            os.waitpid(pid, os.WNOHANG)


def _descendants(root: int) -> set[int]:
    """Every process below this one, by the kernel's table of parents."""
    children: dict[int, list[int]] = {}
    for name in os.listdir("/proc"):  # noqa: PTH208
        if name.isdigit() and (parent := _parent(name)) is not None:
            children.setdefault(parent, []).append(int(name))
    found: set[int] = set()
    edge = children.get(root, [])
    while edge:
        found.update(edge)
        edge = [child for pid in edge for child in children.get(pid, ()) if child not in found]
    return found


def _parent(pid: str) -> int | None:
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:  # noqa: PTH123
            return int(file.read().rpartition(b")")[2].split()[1])
    except (OSError, IndexError, ValueError):
        return None  # it ended while we looked


if __name__ == "__main__":
    sys.exit(main(json.loads(sys.argv[1])))
