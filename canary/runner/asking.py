"""One trial of a run: asked, graded and kept. The same in the process that plans a run and in one that helps."""

import logging
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from canary.checks.registry import grade
from canary.domain.errors import CanaryError
from canary.domain.ports import Clock, Conditions, Target
from canary.domain.suite import Prompt, Suite
from canary.domain.trial import Failure, Grade, Run, Transcript, Trial, TrialKey
from canary.pricing import PriceTable
from canary.runner.account import Account
from canary.runner.breaker import Breakers
from canary.runner.recorder import Recorder
from canary.runner.trials import trial_of

_log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True, slots=True)
class Asks:
    """What asking needs, whatever the run; `Collector` says what each is.

    Attributes:
        check_stop: raises once nothing new is to be started.
    """

    suite: Suite
    targets: Mapping[str, Target]
    clock: Clock
    prices: PriceTable
    fingerprint: Mapping[str, str]
    keep_texts: bool
    pauses: bool
    check_stop: Callable[[], None]
    progress: Callable[[Trial, int, int], None]


def _nobody() -> int:
    """No other process takes part."""
    return 0


@dataclass(kw_only=True)
class Asking:
    """The trials of one run in hand.

    Attributes:
        asks: what it needs.
        run: which.
        account: what it may spend, and has spent.
        recorder: writes what was answered.
        breakers: hold back what is down.
        earlier: failed trials that are asked again.
        planned: trials of the whole run.
        done: those that have a record.
        elsewhere: how many of them other processes have made since.
        durably: a trial is over when it is stored, not when it is on its way there.
    """

    asks: Asks
    run: Run
    account: Account
    recorder: Recorder
    breakers: Breakers
    earlier: Mapping[TrialKey, Trial] = field(default_factory=dict)
    planned: int = 0
    done: int = 0
    elsewhere: Callable[[], int] = _nobody
    durably: bool = False

    async def one(self, key: TrialKey) -> None:
        """Ask, grade and keep one trial; or keep that it was left out, where its target is down."""
        asks = self.asks
        asks.check_stop()
        await self.account.refresh()
        self.account.meter.admit()
        started_at = asks.clock.now()
        prompt = asks.suite.by_id[key.prompt]
        transcript, verdict = self._graded(key, prompt, await self._unless_down(key))
        trial = trial_of(
            key=key,
            run=self.run,
            spec=asks.targets[key.target].spec,
            prompt=prompt,
            transcript=transcript,
            grade=verdict,
            prices=asks.prices,
            started_at=started_at,
            earlier=self.earlier.get(key),
            fingerprint=asks.fingerprint,
            keep_texts=asks.keep_texts,
        )
        if self.durably:
            await self.recorder.keep(trial)
            self._kept(trial)
        else:
            await self.recorder.keep_soon(trial, self._kept)

    def _kept(self, trial: Trial) -> None:
        self.account.recorded(trial, self.earlier.get(trial.key))
        self.done += 1
        self.asks.progress(trial, self.done + self.elsewhere(), self.planned)

    async def _unless_down(self, key: TrialKey) -> Transcript:
        breaker = self.breakers.of(key.target)
        refusal = breaker.refusal()
        if refusal is not None:
            return Transcript(failure=refusal)
        began = self.asks.clock.monotonic()
        try:
            transcript = await self._transcript(key)
        except BaseException:
            breaker.gave_up()
            raise
        breaker.saw(transcript.failure, self.asks.clock.monotonic() - began)
        return transcript

    async def _transcript(self, key: TrialKey) -> Transcript:
        asks = self.asks
        conditions = Conditions(key=key, meter=self.account.meter, pauses=asks.pauses)
        try:
            return await asks.targets[key.target].attempt(asks.suite.by_id[key.prompt], conditions)
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
