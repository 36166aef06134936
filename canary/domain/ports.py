"""What the core asks of the world. Each port is small; fakes subclass it (tests/fakes.py).

Laws that every implementation keeps are stated here and held by one contract suite per port.
"""

from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Protocol

from canary.domain.casebook import Casebook
from canary.domain.duties import Duties
from canary.domain.suite import Prompt, Suite
from canary.domain.target import TargetSpec
from canary.domain.trial import Outcome, Run, RunStatus, Step, Transcript, Trial, TrialKey, Trigger

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class Clock(Protocol):
    """Time, injected."""

    def now(self) -> datetime:
        """The current moment, UTC-aware."""
        ...

    def monotonic(self) -> float:
        """Seconds from an arbitrary start; never goes back."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait; other tasks go on."""
        ...


class Meter(Protocol):
    """What a run may still spend. Asked before every request, told after every answer."""

    def admit(self) -> None:
        """Let one more request go out.

        Raises:
            BudgetStop: the budget is spent; the trial in hand is abandoned unrecorded and stays resumable.
        """
        ...

    def count(self, spec: TargetSpec, step: Step) -> None:
        """Charge one answer to the budget, whatever becomes of its trial."""
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class Conditions:
    """Under what conditions a trial is run.

    Attributes:
        key: which trial it is.
        meter: the run's budget.
        pauses: whether the prompt's pauses are kept (False = skipped, and the transcript says so).
    """

    key: TrialKey
    meter: Meter
    pauses: bool = False


class Target(Protocol):
    """One system under watch."""

    @property
    def spec(self) -> TargetSpec:
        """What it is."""
        ...

    async def attempt(self, prompt: Prompt, conditions: Conditions) -> Transcript:
        """Put a prompt to the system and bring back everything said and measured.

        Errors of the system never raise: after bounded retries they are the transcript's `failure`, beside the
        replies already paid for.

        Raises:
            BudgetStop: the meter refused a request.
        """
        ...

    async def close(self) -> None:
        """Release connections; no request may follow."""
        ...


async def at_once(_target: str) -> None:
    """Nothing to wait for."""


class Dispatcher(Protocol):
    """Has the planned trials carried out, here or on other machines."""

    @property
    def shared(self) -> bool:
        """Whether other processes carry trials out, too."""
        return False

    @property
    def elsewhere(self) -> int:
        """How many of the trials in hand other processes have carried out so far."""
        return 0

    async def dispatch(
        self,
        keys: Sequence[TrialKey],
        work: Callable[[TrialKey], Awaitable[None]],
        ready: Callable[[str], Awaitable[None]] = at_once,
    ) -> None:
        """Carry out `work` once for each key, in order of start, within the limits it was built with.

        Before a key is taken, `ready` is waited for with its target's name, and others go on meanwhile.

        When one `work` raises, no further key is started, those in flight are finished, and the first error is
        raised. When the task is cancelled, those in flight are cancelled too.
        """
        ...


@dataclass(frozen=True, kw_only=True)
class TrialColumns:
    """Trials as columns of equal length n, ordered by (run_day, started_at, run, prompt, replicate).

    Attributes:
        prompts: the distinct prompt ids; `prompt` indexes into it.
        digests: the distinct prompt digests, "" for none; `prompt_digest` indexes into it.
        families: the distinct family names, "" for none; `family` indexes into it.
        runs: the distinct run ids; `run` indexes into it.
        run_day: datetime64[D].
        prompt, prompt_digest, family, run: int32 codes.
        replicate: int32.
        graded: bool; False = failed.
        values: numeric field of the record -> float64, NaN where not measured; flags and verdicts are 0.0 and 1.0.
        texts: text field of the record -> object array of str or None.
    """

    prompts: tuple[str, ...]
    digests: tuple[str, ...]
    families: tuple[str, ...]
    runs: tuple[str, ...]
    run_day: "NDArray[np.datetime64]"
    prompt: "NDArray[np.int32]"
    prompt_digest: "NDArray[np.int32]"
    family: "NDArray[np.int32]"
    run: "NDArray[np.int32]"
    replicate: "NDArray[np.int32]"
    graded: "NDArray[np.bool_]"
    values: "Mapping[str, NDArray[np.float64]]"
    texts: "Mapping[str, NDArray[np.object_]]"


@dataclass(frozen=True, kw_only=True, slots=True)
class Window:
    """Half-open interval of run days, `[start, end)`. None = open on that side."""

    start: date | None = None
    end: date | None = None


class Store(Protocol):
    """Everything that is kept. Every method is one transaction: it happened whole or not at all.

    Moments go in and come back UTC-aware. Methods block; an event loop calls them from a thread.

    Raises (every method):
        StoreError: the database can't be reached or written.
    """

    def open_run(self, run: Run) -> bool:
        """Keep a new run; False where its id, or for scheduled runs its slot, is already taken."""
        ...

    def finish_run(
        self,
        run: str,
        *,
        status: RunStatus,
        finished_at: datetime | None,
        spent_usd: float,
        spent_tokens: int,
    ) -> None:
        """Say how far a run came, and add to its account what was spent beyond its stored trials since it was read."""
        ...

    def hold_run(self, run: str) -> AbstractContextManager[bool]:
        """Hold a run while it is carried out; False where another process holds it already.

        Let go on leaving, and when the process dies however it dies.
        """
        ...

    def run(self, run: str) -> Run | None:
        """One run by id."""
        ...

    def runs(self, *, trigger: Trigger | None = None, window: Window = Window()) -> Sequence[Run]:
        """Runs by start, oldest first."""
        ...

    def spend(self, run: str, usd: float, tokens: int) -> None:
        """Add to a run's account what was spent on answers that no stored trial carries."""
        ...

    def spent(self, run: str) -> tuple[float, int]:
        """Dollars and tokens of a run: of its stored trials, and on its account."""
        ...

    def keep_suite(self, suite: Suite) -> None:
        """Keep the prompts' definitions by digest, so that an old run can be read when the files have moved on."""
        ...

    def prompts(self, digests: Iterable[str]) -> Mapping[str, Prompt]:
        """Kept prompts by digest; unknown digests are absent."""
        ...

    def add_trials(self, trials: Sequence[Trial]) -> None:
        """Keep finished trials durably.

        A key that is already there keeps its first record, unless that one failed and the new one is a later attempt
        (`attempts` greater): then the new one takes its place.
        """
        ...

    def import_trials(self, trials: Iterable[Trial]) -> tuple[int, int]:
        """Keep trials from records, all of them or none; says how many are new and how many were already there.

        Opens the runs they belong to (`imported`). Trials whose `run` is "" get the run of their day and trigger.
        """
        ...

    def outcomes(self, run: str) -> Mapping[TrialKey, Outcome]:
        """What the store has of a run."""
        ...

    def trials(
        self,
        *,
        run: str | None = None,
        target: str | None = None,
        window: Window = Window(),
        texts: bool = True,
    ) -> Iterator[Trial]:
        """Trials as records, streamed, in the order of `TrialColumns`; `texts=False` leaves responses out."""
        ...

    def columns(
        self,
        target: str,
        window: Window = Window(),
        *,
        triggers: Sequence[Trigger] = ("schedule",),
        values: Sequence[str] = (),
        texts: Sequence[str] = (),
    ) -> TrialColumns:
        """Trials of a target as arrays: a million trials never become a million objects.

        Args:
            target: name of the target.
            window: run days.
            triggers: which runs; a daily series reads `schedule` alone.
            values: numeric and boolean fields of the record wanted.
            texts: text fields of the record wanted.
        """
        ...

    def targets(self) -> Sequence[str]:
        """Names of all targets that have trials, sorted."""
        ...

    def casebook(self) -> Casebook:
        """Incidents, what people did about them, and the outbox, in the same database."""
        ...

    def forget_texts(self, before: date, *, dry_run: bool = False) -> tuple[int, int]:
        """Remove texts from before a day; figures and verdicts stay. With `dry_run` only count. In several transactions.

        Returns:
            How many trials lose their answers, by run day, and how many delivered messages their contents.
        """
        ...

    def duties(self) -> Duties:
        """Who does what is to be done once at a moment, in the same database."""
        ...

    def close(self) -> None:
        """Release the database."""
        ...
