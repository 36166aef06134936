"""A circuit breaker for each target: what is down is asked now and then, and not hammered for the rest of a run.

Reasons and figures: docs/decisions/0029-circuit-breaker.md.
"""

from collections.abc import Callable

from canary.domain.ports import Clock
from canary.domain.trial import Failure, FailureKind

DOWN: frozenset[FailureKind] = frozenset(
    {"overloaded", "server_error", "connection", "timeout", "stream_cut"}
)
"""What a system that is down looks like. A refused key or request is an answer: it is up."""

TRIP = 10
"""Trials in a row that must fail before a target counts as down."""
TRIP_S = 60.0
"""Seconds over which they must fail: a brief burst takes all that is in flight, and is no outage."""
PROBE_S = 30.0
"""Seconds until the first trial goes out to see; twice as long after each that fails."""
LONGEST_PROBE_S = 300.0
LONGEST_PACE_S = 15.0
"""Most that a trial is held back before it is left out."""
GIVE_UP_S = 1800.0
"""Seconds after which the rest of the run is no longer held back: a run must end."""
STEP_S = 1.0
"""Seconds between two looks at whether a trial that is held back may go on."""


class Breaker:
    """Whether one target is asked.

    Closed: everything is asked. Open: a trial is held back for as long as the last failing one took, then left out:
    an outage that ends leaves no more of the run behind than it would have, and is over at once for what follows.
    Half-open: one trial is asked; its answer closes the breaker.
    """

    def __init__(self, clock: Clock, stopping: Callable[[], bool] = lambda: False) -> None:
        """Begin closed.

        Args:
            clock: time.
            stopping: whether to hold nothing back any more, so that the run can end.
        """
        self._clock = clock
        self._stopping = stopping
        self._row = 0
        self._first_at = 0.0
        self._opened_at: float | None = None
        self._probe_at = 0.0
        self._wait_s = PROBE_S
        self._probing = False
        self._probe_began = 0.0
        self._pace_s = 0.0
        self._last: Failure | None = None

    @property
    def is_open(self) -> bool:
        """Whether trials are left out."""
        return self._opened_at is not None

    async def ready(self) -> None:
        """Hold a trial back while the breaker is open: until it closes, a probe is due, or the trial is to be left out."""
        until = self._clock.monotonic() + self._held_s()
        while self.is_open and not self._may_probe() and not self._stopping():
            left = until - self._clock.monotonic()
            if left <= 0:
                return
            await self._clock.sleep(min(STEP_S, left))

    def refusal(self) -> Failure | None:
        """Why a trial is not asked now; None where it is, and then `saw` must follow."""
        if not self.is_open:
            return None
        if self._may_probe():
            self._probing, self._probe_began = True, self._clock.monotonic()
            return None
        last = self._last
        told = "" if last is None else f", the last with {last.kind}: {last.message}"
        return Failure(
            kind="circuit_open",
            message=f"not asked: {self._row} trials in a row had failed{told}",
            retryable=True,
        )

    def saw(self, failure: Failure | None, took_s: float) -> None:
        """Learn how a trial ended.

        Args:
            failure: why it failed; None where it was answered.
            took_s: seconds it took.
        """
        if failure is None or failure.kind not in DOWN:
            self._row, self._opened_at, self._probing, self._wait_s = 0, None, False, PROBE_S
            return
        now = self._clock.monotonic()
        if not self._row:
            self._first_at = now - took_s
        self._row += 1
        self._last, self._pace_s = failure, min(took_s, LONGEST_PACE_S)
        if self._opened_at is None:
            if self._row >= TRIP and now - self._first_at >= TRIP_S:
                self._opened_at, self._probe_at = now, now + self._wait_s
        elif self._probing and now - took_s >= self._probe_began:  # what was in flight before it is no probe
            self._wait_s = min(2 * self._wait_s, LONGEST_PROBE_S)
            self._probing, self._probe_at = False, now + self._wait_s

    def gave_up(self) -> None:
        """A trial that was let through ended without an answer or a failure: another may see."""
        self._probing = False

    def _may_probe(self) -> bool:
        return not self._probing and self._clock.monotonic() >= self._probe_at

    def _held_s(self) -> float:
        if self._opened_at is None or self._clock.monotonic() - self._opened_at >= GIVE_UP_S:
            return 0.0
        return self._pace_s


class Breakers:
    """One breaker for each target of a run, made when it is first asked for."""

    def __init__(self, clock: Clock, stopping: Callable[[], bool] = lambda: False) -> None:
        self._clock = clock
        self._stopping = stopping
        self._made: dict[str, Breaker] = {}

    def of(self, target: str) -> Breaker:
        """The target's own."""
        return self._made.setdefault(target, Breaker(self._clock, self._stopping))

    async def ready(self, target: str) -> None:
        """`Breaker.ready` of a target."""
        await self.of(target).ready()
