"""Is the daemon alive? A file that says when it last was: probes read it, and need no key, no database and no configuration.

Two clocks are in it. A thread writes it every half minute, also while a long analysis keeps the event loop busy; the loop leaves the moment it
last came round. A process that hangs stops the first, a loop that is stuck stops the second, and a day-long run stops neither.
"""

import hashlib
import json
import os
import tempfile
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from canary.domain.errors import CanaryError, StoreError
from canary.domain.record import moment_text

BEAT_S = 30.0
SILENT = timedelta(minutes=3)
"""Age of the file from which the process counts as gone."""
STUCK = timedelta(minutes=30)
"""How long the event loop may be busy with one thing: the analysis of years of records takes minutes."""

FILE_VARIABLE = "CANARY_HEARTBEAT_FILE"


def heartbeat_file(config: Path, environ: Mapping[str, str]) -> Path:
    """Where the daemon of a configuration leaves its heartbeat.

    In the folder for temporary files, which a container has for itself even where its replicas share their data.
    """
    if given := environ.get(FILE_VARIABLE):
        return Path(given)
    name = hashlib.sha256(str(config.resolve()).encode()).hexdigest()[:12]
    return Path(tempfile.gettempdir()) / f"canary-{os.getuid()}-{name}.alive"


@dataclass(frozen=True, kw_only=True, slots=True)
class Vital:
    """What a heartbeat says.

    Attributes:
        alive: the daemon runs and comes round.
        told: one sentence.
    """

    alive: bool
    told: str


def vital(file: Path, now: datetime) -> Vital:
    """Judge a heartbeat."""
    try:
        said = json.loads(file.read_text(encoding="utf-8"))
        at, came_round = (datetime.fromisoformat(said[name]) for name in ("at", "came_round_at"))
        silent = abs(now - at)  # a clock set back leaves a beat from the future, for half a minute
        stuck = at - came_round
    except FileNotFoundError:
        return Vital(alive=False, told=f"No daemon has left a heartbeat at {file}.")
    except (OSError, ValueError, KeyError, TypeError, OverflowError, RecursionError):
        return Vital(alive=False, told=f"The heartbeat at {file} can't be read.")
    if silent > SILENT:
        return Vital(alive=False, told=f"The daemon has been silent since {at:%Y-%m-%d %H:%M:%S} UTC.")
    if stuck > STUCK:
        return Vital(alive=False, told=f"The daemon has been stuck since {came_round:%Y-%m-%d %H:%M:%S} UTC.")
    return Vital(alive=True, told=f"The daemon is alive: heartbeat {silent.total_seconds():.0f} s ago.")


class Heartbeat:
    """Beats from a thread of its own, and has leases renewed with each beat."""

    def __init__(
        self,
        file: Path,
        now: Callable[[], datetime],
        renewals: Sequence[Callable[[], None]] = (),
        trouble: Callable[[CanaryError], None] = lambda _: None,
    ) -> None:
        """Prepare it.

        Args:
            file: where the beat is left.
            now: the current moment, UTC.
            renewals: what holds leases; each is called with every beat while the event loop comes round.
            trouble: told, from the thread, what a beat could not do.
        """
        self._file = file
        self._now = now
        self._renewals = renewals
        self._trouble = trouble
        self._came_round_at = now()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._beat_on, name="heartbeat", daemon=True)

    def come_round(self) -> None:
        """The event loop came round."""
        self._came_round_at = self._now()

    def start(self) -> None:
        """Beat once, then from the thread.

        Raises:
            StoreError: the file can't be written.
        """
        self._leave()
        self._thread.start()

    def end(self) -> None:
        """Beat no more, and take the file away: a daemon that ended in good order is not ill."""
        self._ended.set()
        self._thread.join()
        self._file.unlink(missing_ok=True)

    def beat(self) -> None:
        """Leave a beat and renew leases; what can't be done is told and tried again with the next."""
        for work in (self._leave, *(self._renewals if self._comes_round() else ())):
            try:
                work()
            except CanaryError as problem:
                self._trouble(problem)

    def _comes_round(self) -> bool:
        return abs(self._now() - self._came_round_at) <= STUCK

    def _beat_on(self) -> None:
        while not self._ended.wait(BEAT_S):
            self.beat()

    def _leave(self) -> None:
        said = {
            "pid": os.getpid(),
            "at": moment_text(self._now()),
            "came_round_at": moment_text(self._came_round_at),
        }
        partial = self._file.with_name(f"{self._file.name}.{os.getpid()}")
        try:
            # Written beside and moved: a probe never reads half a beat, and a link that lies there is replaced, not followed.
            partial.unlink(missing_ok=True)
            handle = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                json.dump(said, file)
            partial.replace(self._file)
        except OSError as error:
            raise StoreError(
                f"the heartbeat can't be written ({error.strerror})",
                where=str(self._file),
                remedy=f"set {FILE_VARIABLE} to a file that this user may write",
            ) from None
