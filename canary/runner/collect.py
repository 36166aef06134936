"""Carry out a run: ask what is still missing, grade it, keep it, stop when the budget or a signal says so."""

import logging
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from canary.checks.registry import grade
from canary.domain.errors import BudgetStop, CanaryError, Stopped, StoreError
from canary.domain.ports import Clock, Conditions, Dispatcher, Store, Target
from canary.domain.suite import Prompt, Suite
from canary.domain.trial import Failure, Grade, Run, RunStatus, Transcript, Trial, TrialKey
from canary.pricing import PriceTable
from canary.runner.budget import BudgetMeter
from canary.runner.plan import planned_keys
from canary.runner.recorder import Recorder
from canary.runner.trials import trial_of

_log = logging.getLogger(__name__)

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
        earlier = self._failed(run) if retry_failed else {}
        missing = [key for key in keys if key not in have or key in earlier]
        meter = self._meter(run)
        status: RunStatus = "interrupted"
        error: CanaryError | None = None
        try:
            async with Recorder(self.store, gather_s=GATHER_S) as recorder:
                asking = _Asking(
                    collector=self,
                    run=run,
                    meter=meter,
                    recorder=recorder,
                    earlier=earlier,
                    planned=len(keys),
                )
                asking.done = len(keys) - len(missing)
                await self.dispatcher.dispatch(missing, asking.one)
            status = "complete"
        except BudgetStop as stop:
            status, error = "over_budget", stop
        except CanaryError as stop:
            error = stop
        finally:
            unfinished = self._finish(run, status, meter)
        return Collected(status=status, error=error or unfinished)

    def _finish(self, run: Run, status: RunStatus, meter: BudgetMeter) -> StoreError | None:
        """Say how far the run came, and what it spent on answers that no stored trial carries.

        A store that can't take this either leaves the run as `running`: resumable all the same.
        """
        try:
            usd, tokens = self._spent_on_trials(run)
            self.store.finish_run(
                run.id,
                status=status,
                finished_at=self.clock.now() if status == "complete" else None,
                # Sums in another order differ in their last digits: less than a billionth of a dollar is nothing.
                spent_usd=max(0.0, round(meter.spent_usd - usd - run.spent_usd, 9)),
                spent_tokens=max(0, meter.spent_tokens - tokens - run.spent_tokens),
            )
        except StoreError as error:
            return error
        return None

    def _meter(self, run: Run) -> BudgetMeter:
        usd, tokens = self._spent_on_trials(run)
        return BudgetMeter(
            prices=self.prices,
            day=run.day,
            usd=self.budget.usd,
            tokens=self.budget.tokens,
            spent_usd=run.spent_usd + usd,
            spent_tokens=run.spent_tokens + tokens,
        )

    def _spent_on_trials(self, run: Run) -> tuple[float, int]:
        usd, tokens = 0.0, 0
        for trial in self.store.trials(run=run.id, texts=False):
            usd += trial.cost_usd or 0.0
            tokens += _tokens(trial)
        return usd, tokens

    def _failed(self, run: Run) -> Mapping[TrialKey, Trial]:
        trials = self.store.trials(run=run.id, texts=False)
        return {trial.key: trial for trial in trials if trial.outcome == "failed"}


def _tokens(trial: Trial) -> int:
    counts = (trial.input_tokens, trial.cache_read_tokens, trial.cache_write_tokens, trial.output_tokens)
    return sum(count or 0 for count in counts)


@dataclass(kw_only=True)
class _Asking:
    """The trials of one run in hand."""

    collector: Collector
    run: Run
    meter: BudgetMeter
    recorder: Recorder
    earlier: Mapping[TrialKey, Trial]
    planned: int
    done: int = 0

    async def one(self, key: TrialKey) -> None:
        """Ask, grade and keep one trial."""
        collector = self.collector
        collector.stop.check()
        self.meter.admit()
        started_at = collector.clock.now()
        prompt = collector.suite.by_id[key.prompt]
        transcript, verdict = self._graded(key, prompt, await self._transcript(key))
        trial = trial_of(
            key=key,
            run=self.run,
            spec=collector.targets[key.target].spec,
            prompt=prompt,
            transcript=transcript,
            grade=verdict,
            prices=collector.prices,
            started_at=started_at,
            earlier=self.earlier.get(key),
            fingerprint=collector.fingerprint,
            keep_texts=collector.keep_texts,
        )
        await self.recorder.keep_soon(trial, self._kept)

    def _kept(self, trial: Trial) -> None:
        self.done += 1
        self.collector.progress(trial, self.done, self.planned)

    async def _transcript(self, key: TrialKey) -> Transcript:
        collector = self.collector
        conditions = Conditions(key=key, meter=self.meter, pauses=collector.pauses)
        try:
            return await collector.targets[key.target].attempt(collector.suite.by_id[key.prompt], conditions)
        except CanaryError:
            raise
        except Exception as defect:  # noqa: BLE001 -- counted as a failed trial: one defect must not end a run
            return Transcript(failure=_defect(key, defect))

    def _graded(
        self, key: TrialKey, prompt: Prompt, transcript: Transcript
    ) -> tuple[Transcript, Grade | None]:
        if transcript.failure:
            return transcript, None
        try:
            return transcript, grade(prompt, transcript)
        except Exception as defect:  # noqa: BLE001 -- as above; the answer is kept, because it was paid for
            return replace(transcript, stop=None, failure=_defect(key, defect)), None


def _defect(key: TrialKey, defect: Exception) -> Failure:
    """A defect of canary as a trial's failure. What the exception says is told nowhere: it may repeat a key."""
    name = type(defect).__name__
    _log.error("a defect of canary failed the trial %s: %s", key, name)
    _log.info("%s was raised here:\n%s", name, "".join(traceback.format_tb(defect.__traceback__)))
    return Failure(kind="internal", message=f"{name}: a defect of canary, please report it", retryable=True)
