"""One run of a foreign program: its environment, its limits, its output line by line, and its certain end.

What it is not: a jail. A program run so can read what its user can read and reach the network; who watches agents that
run commands gives canary a user or a container of its own.
"""

import asyncio
import json
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

from canary.domain.ports import Clock
from canary.targets import warden
from canary.targets.scratch import Scratch

PASSED_ON = ("PATH", "SSL_CERT_FILE", "SSL_CERT_DIR", "NODE_EXTRA_CA_CERTS")
"""Variables of the host that a program gets: where programs and certificates lie. Everything else is made here."""

KEPT_OF_STDERR = 16_384

Ended: TypeAlias = Literal["exited", "timeout", "disk", "output", "limit"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Limits:
    """When a run is ended.

    Attributes:
        seconds: real time.
        disk_bytes: all files of the trial together; also the largest single file.
        output_bytes: standard output.
        line_bytes: a longer line is handed on cut off.
        grace_s: from SIGTERM to SIGKILL.
        look_s: between two looks at the disk.
    """

    seconds: float
    disk_bytes: int = 1 << 30
    output_bytes: int = 1 << 28
    line_bytes: int = 1 << 25
    grace_s: float = 2.0
    look_s: float = 0.5


@dataclass(frozen=True, kw_only=True, slots=True)
class Exit:
    """How a run ended.

    Attributes:
        status: exit status, 128 + signal for a killed program.
        ended: `exited`, or which limit ended it.
        stderr: the end of standard error.
        seconds: how long it took.
    """

    status: int
    ended: Ended
    stderr: str
    seconds: float


def environment(host: Mapping[str, str], scratch: Scratch, own: Mapping[str, str]) -> dict[str, str]:
    """The whole environment of a program: its folders, a neutral locale, what `PASSED_ON` names, and `own`."""
    passed = {name: host[name] for name in PASSED_ON if host.get(name)}
    return {
        "PATH": os.defpath,
        **passed,
        "HOME": str(scratch.home),
        "TMPDIR": str(scratch.temporary),
        "LANG": "C.UTF-8",
        "TZ": "UTC",
        "TERM": "dumb",
        **own,
    }


async def run(
    argv: Sequence[str],
    *,
    env: Mapping[str, str],
    scratch: Scratch,
    stdin: Path,
    limits: Limits,
    clock: Clock,
    take: Callable[[bytes, float], bool],
) -> Exit:
    """Run a program in a trial's working directory; when this returns or raises, none of its processes is left.

    Args:
        argv: program and arguments.
        env: its whole environment.
        scratch: the trial's folders.
        stdin: what it reads.
        limits: when it is ended.
        clock: times the lines.
        take: given each line of standard output without its end, and seconds since the start; False ends the run.
    """
    order = {
        "argv": list(argv),
        "cwd": str(scratch.work),
        "stdin": str(stdin),
        "grace_s": limits.grace_s,
        "file_bytes": limits.disk_bytes,
        "scratch": str(scratch.root),
    }
    begun = clock.monotonic()
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-I", "-S", warden.__file__, json.dumps(order),
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        env=dict(env), start_new_session=True,
    )  # fmt: skip
    running = _Running(process, limits, lambda line: take(line, clock.monotonic() - begun))
    try:
        ended = await running.until_ended(scratch)
    finally:
        await running.stop()
    return Exit(
        status=process.returncode if process.returncode is not None else -1,
        ended=ended,
        stderr=bytes(running.stderr).decode("utf-8", "replace"),
        seconds=clock.monotonic() - begun,
    )


class _Running:
    """A warden at work, seen from here."""

    def __init__(
        self, process: asyncio.subprocess.Process, limits: Limits, take: Callable[[bytes], bool]
    ) -> None:
        self._process = process
        self._limits = limits
        self._take = take
        self._errors = asyncio.create_task(self._read_errors())
        self.stderr = bytearray()

    async def until_ended(self, scratch: Scratch) -> Ended:
        """Read to the end, or to the first limit."""
        watch = asyncio.create_task(self._watch_disk(scratch))
        lines = asyncio.create_task(self._read_lines())
        try:
            async with asyncio.timeout(self._limits.seconds):
                await asyncio.wait({lines, watch}, return_when=asyncio.FIRST_COMPLETED)
                if watch.done():
                    return watch.result()
            ended = lines.result()
            if ended == "exited":
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._process.wait(), self._limits.grace_s)
        except TimeoutError:
            return "timeout"
        else:
            return ended
        finally:
            for task in (lines, watch):
                task.cancel()
            await asyncio.gather(lines, watch, return_exceptions=True)

    async def stop(self) -> None:
        """Have the warden end what is left; returns when it is gone."""
        if self._process.stdin is not None:
            with suppress(BrokenPipeError, ConnectionResetError):
                self._process.stdin.write(b"s")
                await self._process.stdin.drain()
            self._process.stdin.close()
        while self._process.stdout is not None and await self._process.stdout.read(1 << 18):
            pass  # the pipe has to be empty before its end is seen
        await self._errors
        await self._process.wait()

    async def _read_errors(self) -> None:
        stream = self._process.stderr
        while stream is not None and (part := await stream.read(65536)):
            self.stderr += part
            del self.stderr[:-KEPT_OF_STDERR]

    async def _watch_disk(self, scratch: Scratch) -> Ended:
        while await asyncio.to_thread(scratch.size) <= self._limits.disk_bytes:  # noqa: ASYNC110 - nothing tells us
            await asyncio.sleep(self._limits.look_s)
        return "disk"

    async def _read_lines(self) -> Ended:
        """Hand on the lines. The end of the output is the end of the program: the warden sees to that."""
        stream = self._process.stdout
        rest, total = bytearray(), 0
        while stream is not None and (part := await stream.read(1 << 18)):
            total += len(part)
            if total > self._limits.output_bytes:
                return "output"
            first, *others = part.split(b"\n")
            rest += first[: max(0, self._limits.line_bytes - len(rest))]
            for piece in others:
                if not self._take(bytes(rest)):
                    return "limit"
                rest = bytearray(piece[: self._limits.line_bytes])
        return "exited" if not rest or self._take(bytes(rest)) else "limit"
