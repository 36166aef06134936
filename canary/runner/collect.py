"""Carry out a run: ask what is still missing, grade it, keep it, stop when the budget or a signal says so."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from canary.domain.errors import BudgetStop, CanaryError, Stopped, StoreError
from canary.domain.ports import Clock, Dispatcher, Store, Target
from canary.domain.suite import Suite
from canary.domain.trial import Run, RunStatus, Trial, TrialKey
from canary.pricing import PriceTable
from canary.runner.account import Account
from canary.runner.asking import Asking, Asks
from canary.runner.breaker import Breakers
from canary.runner.budget import BudgetMeter
from canary.runner.plan import planned_keys
from canary.runner.recorder import Recorder

GATHER_S = 0.03
"""Seconds in which finished trials gather before they are committed together."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Budget:
    """What one run may spend. None = no limit of that kind.

    Attributes:
        usd: dollars.
        tokens: tokens, in and out.
    """

    usd: float | None = None
    tokens: int | None = None


class StopSwitch:
    """A request, from a signal handler, to start nothing new."""

    def __init__(self) -> None:
        self.signal: int | None = None

    def request(self, signal_number: int) -> None:
        """Start no further trial; those in flight may finish."""
        self.signal = signal_number

    def check(self) -> None:
        """Raise `Stopped` once a stop was requested."""
        if self.signal is not None:
            raise Stopped(self.signal, "stopped by a signal", remedy="resume the run")


def say_nothing(_trial: Trial, _done: int, _planned: int) -> None:
    """Progress that nobody watches."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Collected:
    """How far a run came.

    Attributes:
        status: as stored.
        error: what ended it early; None where everything planned was carried out.
    """

    status: RunStatus
    error: CanaryError | None


@dataclass(frozen=True, kw_only=True)
class Collector:
    """Everything that carrying out a run needs.

    Attributes:
        suite: the prompts of the run.
        targets: name -> target, as planned.
        store: where trials are kept.
        dispatcher: carries trials out.
        clock: time.
        prices: what answers cost.
        budget: what the run may spend.
        fingerprint: versions of our own stack.
        keep_texts: whether answers are kept.
        pauses: whether the prompts' pauses are kept.
        stop: asked before each trial.
        progress: told after each trial is durable: the trial, how many are done, how many were planned.
    """

    suite: Suite
    targets: Mapping[str, Target]
    store: Store
    dispatcher: Dispatcher
    clock: Clock
    prices: PriceTable
    budget: Budget = Budget()
    fingerprint: Mapping[str, str] = field(default_factory=dict)
    keep_texts: bool = True
    pauses: bool = False
    stop: StopSwitch = field(default_factory=StopSwitch)
    progress: Callable[[Trial, int, int], None] = say_nothing

    async def collect(self, run: Run, *, retry_failed: bool = False) -> Collected:
        """Ask what the store does not have yet, until all is done or something stops the run.

        Args:
            run: the plan, already in the store.
            retry_failed: send failed trials again as new attempts.

        Raises:
            asyncio.CancelledError: the task was cancelled; what had been answered is kept, the run is resumable.
        """
        keys = planned_keys(run, self.suite, {name: target.spec for name, target in self.targets.items()})
        have = self.store.outcomes(run.id)
        earlier = self.failed(run) if retry_failed else {}
        missing = [key for key in keys if key not in have or key in earlier]
        account = self.account(run, shared=self.dispatcher.shared)
        status: RunStatus = "interrupted"
        error: CanaryError | None = None
        try:
            async with Recorder(self.store, gather_s=GATHER_S) as recorder:
                asking = self.asking(run, account, recorder, earlier)
                asking.planned, asking.done = len(keys), len(keys) - len(missing)
                asking.elsewhere = lambda: self.dispatcher.elsewhere
                await self.dispatcher.dispatch(missing, asking.one, asking.breakers.ready)
            status = "complete"
        except BudgetStop as stop:
            status, error = "over_budget", stop
        except CanaryError as stop:
            error = stop
        finally:
            unfinished = self._finish(run, status, account)
        return Collected(status=status, error=error or unfinished)

    def asking(
        self, run: Run, account: Account, recorder: Recorder, earlier: Mapping[TrialKey, Trial]
    ) -> Asking:
        """Who asks the trials of a run, one by one."""
        asks = Asks(
            suite=self.suite,
            targets=self.targets,
            clock=self.clock,
            prices=self.prices,
            fingerprint=self.fingerprint,
            keep_texts=self.keep_texts,
            pauses=self.pauses,
            check_stop=self.stop.check,
            progress=self.progress,
        )
        breakers = Breakers(self.clock, lambda: self.stop.signal is not None)
        return Asking(
            asks=asks, run=run, account=account, recorder=recorder, breakers=breakers, earlier=earlier
        )

    def account(self, run: Run, *, shared: bool) -> Account:
        """What the run has spent so far, and its budget; `shared` = other processes spend too."""
        usd, tokens = self.store.spent(run.id)
        meter = BudgetMeter(
            prices=self.prices,
            day=run.day,
            usd=self.budget.usd,
            tokens=self.budget.tokens,
            spent_usd=usd,
            spent_tokens=tokens,
        )
        look = (lambda: self.store.spent(run.id)) if shared else None
        return Account(meter, look=look, clock=self.clock)

    def failed(self, run: Run) -> Mapping[TrialKey, Trial]:
        """The failed trials of a run."""
        trials = self.store.trials(run=run.id, texts=False)
        return {trial.key: trial for trial in trials if trial.outcome == "failed"}

    def _finish(self, run: Run, status: RunStatus, account: Account) -> StoreError | None:
        """Say how far the run came, and what it spent on answers that no stored trial carries.

        A store that can't take this either leaves the run as `running`: resumable all the same.
        """
        usd, tokens = account.unrecorded()
        try:
            self.store.finish_run(
                run.id,
                status=status,
                finished_at=self.clock.now() if status == "complete" else None,
                spent_usd=usd,
                spent_tokens=tokens,
            )
        except StoreError as error:
            return error
        return None
