"""A foreign program is ended in time, whatever it does, and nothing of it is left: no process and no file."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from canary.domain.trial import TrialKey
from canary.targets.sandbox import Exit, Limits, environment, run
from canary.targets.scratch import scratch
from tests.fakes import FakeClock
from tests.targets.harness.trials import left_in

KEY = TrialKey(run="r", target="t", prompt="p", replicate=0)
QUICK = Limits(seconds=20.0, grace_s=0.2, look_s=0.02)
linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="orphans are adopted on Linux alone")


def living(mark: str) -> list[str]:
    """Processes with a mark on their command line, zombies left out."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            words = (folder / "cmdline").read_bytes()
            state = (folder / "stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            continue
        if mark.encode() in words and b"warden.py" not in words and state != "Z":
            found.append(folder.name)
    return found


async def run_source(
    folder: Path, source: str, limits: Limits = QUICK, mark: str = "m", until: bytes | None = None
) -> tuple[Exit, list[bytes]]:
    """Run Python source as the program; its first argument is the mark. The line `until` ends the run."""
    lines: list[bytes] = []

    def take(line: bytes, _at: float) -> bool:
        lines.append(line)
        return line != until

    with scratch(folder, KEY, {"a.txt": "one"}) as place:
        exit_ = await run(
            [sys.executable, "-IS", "-c", source, mark],
            env=environment(os.environ, place, {"OWN": "yes"}),
            scratch=place,
            stdin=place.stdin("asked"),
            limits=limits,
            clock=FakeClock(),
            take=take,
        )
    return exit_, lines


async def test_a_program_gets_its_input_and_its_lines_and_status_come_back(tmp_path: Path) -> None:
    source = "import sys; print(sys.stdin.read()); print(open('a.txt').read(), end=''); sys.stderr.write('why'); sys.exit(3)"
    exit_, lines = await run_source(tmp_path, source)
    assert (exit_.status, exit_.ended, exit_.stderr, lines) == (3, "exited", "why", [b"asked", b"one"])
    assert left_in(tmp_path) == []


async def test_a_program_sees_nothing_of_the_hosts_environment(tmp_path: Path) -> None:
    os.environ["SECRET_OF_THE_HOST"] = "leaked"
    try:
        _, lines = await run_source(tmp_path, "import os\nfor n in sorted(os.environ): print(n)")
    finally:
        del os.environ["SECRET_OF_THE_HOST"]
    names = {line.decode() for line in lines}
    assert {"HOME", "PATH", "TMPDIR", "OWN", "LANG", "TZ", "TERM"} <= names
    extra = {"SSL_CERT_FILE", "SSL_CERT_DIR", "NODE_EXTRA_CA_CERTS", "LC_CTYPE"}
    assert names <= {"HOME", "PATH", "TMPDIR", "OWN", "LANG", "TZ", "TERM"} | extra


async def test_a_program_that_hangs_is_ended_at_its_time_limit(tmp_path: Path) -> None:
    mark = f"hang-{os.getpid()}"
    exit_, _ = await run_source(
        tmp_path, "import time\ntime.sleep(600)", Limits(seconds=0.5, grace_s=0.1), mark
    )
    assert exit_.ended == "timeout"
    assert living(mark) == []


async def test_a_program_that_ignores_sigterm_is_killed(tmp_path: Path) -> None:
    source = "import signal, time\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\nprint('up', flush=True)\ntime.sleep(600)"
    mark = f"deaf-{os.getpid()}"
    exit_, _ = await run_source(tmp_path, source, QUICK, mark, until=b"up")
    assert (exit_.ended, exit_.status) == ("limit", 128 + signal.SIGKILL)
    assert living(mark) == []


async def test_a_program_that_heeds_sigterm_may_tidy_up(tmp_path: Path) -> None:
    source = (
        "import signal, sys, time\nsignal.signal(signal.SIGTERM, lambda *_: sys.exit(7))\n"
        "print('up', flush=True)\ntime.sleep(600)"
    )
    exit_, _ = await run_source(tmp_path, source, Limits(seconds=60.0, grace_s=60.0), until=b"up")
    assert exit_.status == 7


_DAEMONS = """
import os, signal, subprocess, sys, time
for _ in range(4):
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            signal.signal(signal.SIGHUP, signal.SIG_IGN)
            subprocess.Popen([sys.executable, "-IS", "-c", "import time; time.sleep(600)", sys.argv[1]])
            time.sleep(600)
        os._exit(0)
time.sleep(0.3)
print("done", flush=True)
"""


@linux
@pytest.mark.parametrize("hangs", [False, True])
async def test_children_that_fork_twice_into_sessions_of_their_own_are_gone_too(
    tmp_path: Path, hangs: bool
) -> None:
    mark = f"fork-{os.getpid()}-{hangs}"
    source = _DAEMONS + ("time.sleep(600)" if hangs else "")
    exit_, lines = await run_source(tmp_path, source, QUICK, mark, until=b"done" if hangs else None)
    assert exit_.ended == ("limit" if hangs else "exited")
    assert lines == [b"done"]
    assert living(mark) == []


@linux
async def test_a_program_that_forks_without_end_is_gone_too(tmp_path: Path) -> None:
    mark = f"bomb-{os.getpid()}"
    source = (
        "import os, time\nfor _ in range(5):\n    os.fork() or os.setsid()\ntime.sleep(600)"  # 32 processes
    )
    exit_, _ = await run_source(tmp_path, source, Limits(seconds=0.8, grace_s=0.1), mark)
    assert exit_.ended == "timeout"
    assert living(mark) == []


async def test_a_program_that_fills_the_disk_is_ended(tmp_path: Path) -> None:
    many = "import time\nfor n in range(400):\n    open(f'f{n}', 'wb').write(b'x' * 100_000); time.sleep(0.002)\ntime.sleep(600)"
    exit_, _ = await run_source(
        tmp_path, many, Limits(seconds=20, disk_bytes=3_000_000, look_s=0.02, grace_s=0.1)
    )
    assert exit_.ended == "disk"
    assert left_in(tmp_path) == []


async def test_no_single_file_grows_beyond_the_share_of_the_disk(tmp_path: Path) -> None:
    one = "f = open('f', 'wb')\nwhile True: f.write(b'x' * 100_000); f.flush()"
    exit_, _ = await run_source(
        tmp_path, one, Limits(seconds=20, disk_bytes=2_000_000, look_s=5.0, grace_s=0.1)
    )
    assert exit_.status in {1, 128 + signal.SIGXFSZ}


async def test_a_program_that_prints_without_end_is_ended(tmp_path: Path) -> None:
    limits = Limits(seconds=20, output_bytes=2_000_000, grace_s=0.1)
    exit_, lines = await run_source(tmp_path, "while True: print('x' * 1000)", limits)
    assert exit_.ended == "output"
    assert sum(map(len, lines)) <= 2_000_000


async def test_fifty_megabytes_on_one_line_are_handed_on_cut_and_the_next_line_is_whole(
    tmp_path: Path,
) -> None:
    source = "import sys\nfor _ in range(50): sys.stdout.write('x' * 1_000_000)\nprint()\nprint('after')"
    exit_, lines = await run_source(tmp_path, source, Limits(seconds=20, line_bytes=1 << 20))
    assert exit_.ended == "exited"
    assert [len(lines[0]), lines[1]] == [1 << 20, b"after"]


async def test_a_reader_that_has_enough_ends_the_run(tmp_path: Path) -> None:
    with scratch(tmp_path, KEY, {}) as place:
        exit_ = await run(
            [sys.executable, "-IS", "-c", "import time; print('one', flush=True); time.sleep(600)"],
            env=environment(os.environ, place, {}),
            scratch=place,
            stdin=place.stdin(""),
            limits=QUICK,
            clock=FakeClock(),
            take=lambda _line, _at: False,
        )
    assert exit_.ended == "limit"


async def test_a_program_that_does_not_exist_is_told(tmp_path: Path) -> None:
    with scratch(tmp_path, KEY, {}) as place:
        exit_ = await run(
            ["/no/such/program"],
            env={},
            scratch=place,
            stdin=place.stdin(""),
            limits=QUICK,
            clock=FakeClock(),
            take=lambda _line, _at: True,
        )
    assert exit_.status == 127
    assert "/no/such/program" in exit_.stderr


async def test_a_cancelled_trial_leaves_nothing(tmp_path: Path) -> None:
    mark = f"cancel-{os.getpid()}"
    task = asyncio.create_task(
        run_source(tmp_path, "import time; print('up', flush=True); time.sleep(600)", mark=mark)
    )
    while not living(mark):  # noqa: ASYNC110 - another process is waited for
        await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert living(mark) == []
    assert left_in(tmp_path) == []


@linux
def test_when_canary_itself_is_killed_its_programs_and_their_files_go_with_it(tmp_path: Path) -> None:
    mark = f"orphan-{os.getpid()}"
    source = (
        "import asyncio, sys\nfrom pathlib import Path\nfrom tests.targets.harness.test_sandbox import run_source\n"
        # The mark is put together there: on this command line it would be taken for the program's.
        f"mark = 'orphan' + '-{os.getpid()}'\n"
        f"asyncio.run(run_source(Path({str(tmp_path)!r}), 'import time; time.sleep(600)', mark=mark))"
    )
    process = subprocess.Popen([sys.executable, "-c", source], cwd=Path(__file__).parents[3])
    try:
        assert _until(lambda: len(living(mark)) > 0 and any(tmp_path.iterdir()))
    finally:
        process.kill()
        process.wait()
    assert _until(lambda: living(mark) == [] and not any(path.is_dir() for path in tmp_path.iterdir()))
    with scratch(tmp_path, KEY, {}):
        pass
    assert left_in(tmp_path) == []


def test_what_a_trial_left_whose_every_process_was_killed_is_removed_by_the_next(tmp_path: Path) -> None:
    """A lock that nobody holds is that of a dead trial; one that is held is a trial at work, and is left alone."""
    (tmp_path / "dead" / "home").mkdir(parents=True)
    (tmp_path / "dead" / "home" / "auth.json").write_text("secret")
    (tmp_path / "dead" / "home").chmod(0o500)
    (tmp_path / "dead.lock").touch()
    other = TrialKey(run="r", target="t", prompt="other", replicate=0)
    with scratch(tmp_path, other, {"a.txt": "one"}) as living_one:
        with scratch(tmp_path, KEY, {}):
            assert (living_one.work / "a.txt").exists()
        assert sorted(left_in(tmp_path)) == sorted([living_one.root.name, f"{living_one.root.name}.lock"])
    assert left_in(tmp_path) == []


def _until(holds: Callable[[], bool]) -> bool:
    """Whether something comes to hold within a minute or so."""
    for _ in range(1500):
        if holds():
            return True
        time.sleep(0.05)
    return False
