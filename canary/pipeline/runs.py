"""One run from plan to page, over ports alone; who they are is `assembly`'s business."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

from canary.domain.errors import (
    ConfigurationError,
    StoreError,
    UsageError,
)
from canary.domain.ports import Clock, Dispatcher, Store, Target
from canary.domain.suite import Suite
from canary.domain.target import TargetSpec
from canary.domain.trial import Run, Trial, TrialKey
from canary.notify.outbox import Carrier, Delivered, deliver_due
from canary.pipeline.judging import Judge, Judgement
from canary.pipeline.publishing import Publisher
from canary.pipeline.rechecks import moved_today, recheck_of
from canary.pipeline.requests import RunRequest
from canary.pipeline.results import RunResult, problems_of, tallied
from canary.pipeline.telling import Teller
from canary.pricing import PriceTable
from canary.runner.collect import Budget, Collected, Collector, StopSwitch, say_nothing
from canary.runner.dispatch import DispatcherFor, Terms, in_process
from canary.runner.plan import applicable, demand_bounded, planned_keys, selected

EXTRA = 3
"""Extra trials of a day that is asked to confirm a suspicion, in multiples of its own."""

OUTBOX = "outbox"
"""What is held while messages are delivered; no run has such a name."""


@contextmanager
def _kept_for_later(problems: list[StoreError]) -> Iterator[None]:
    """Go on where something can't be kept or written, and remember it."""
    try:
        yield
    except StoreError as error:
        problems.append(error)


def _say_nothing(_run: Run) -> None:
    """An opening that nobody watches."""


@dataclass(frozen=True, kw_only=True)
class Pipeline:
    """The collaborators of every run, so that no function carries nine of them.

    Attributes:
        config: the configuration's path, for messages.
        suite: all prompts.
        specs: all targets by name.
        controls: positive controls of the targets, by their own names.
        replicates: trials per prompt and target.
        seed: orders the trials.
        connect: opens a target; raises where its key is missing.
        store: where everything is kept.
        judge: who says what the stored trials mean.
        publisher: who writes pages.
        teller: who puts letters into the outbox.
        carriers: who carries them, by channel; raises where a password is missing.
        clock: time.
        prices: what answers cost.
        budget: what one run may spend.
        fingerprint: versions of our own stack.
        keep_texts: whether answers are kept.
        dispatcher: who carries out a run's trials.
    """

    config: str
    suite: Suite
    specs: Mapping[str, TargetSpec]
    controls: Mapping[str, TargetSpec] = field(default_factory=dict)
    replicates: int
    seed: int
    connect: Callable[[TargetSpec], Target]
    store: Store
    judge: Judge
    publisher: Publisher
    teller: Teller
    carriers: Callable[[], Mapping[str, Carrier]]
    clock: Clock
    prices: PriceTable
    budget: Budget
    fingerprint: Mapping[str, str] = field(default_factory=dict)
    keep_texts: bool = True
    dispatcher: DispatcherFor = in_process

    @property
    def everyone(self) -> Mapping[str, TargetSpec]:
        """Targets and controls by name."""
        return {**self.specs, **self.controls}

    def _asked(self, request: RunRequest) -> tuple[str, ...]:
        """Names of those whom a request means."""
        names = request.targets or tuple(self.specs)
        if not request.controls:
            return names
        asked = tuple(name for name in self.controls if name.rpartition(".")[0] in names)
        if not asked:
            raise UsageError(
                "no target that is asked can be put through a control",
                where="--controls",
                remedy="name another target",
            )
        return asked

    def confirmation(self, run: Run, judgement: Judgement | None) -> Run | None:
        """The extra trials that a scheduled run carries, where a drop of pass rate was suspected in the days before it.

        Returns:
            A run of its own, trigger `confirmation`, with `EXTRA` times the replicates; its trials enter no daily series.
        """
        if judgement is None or run.trigger != "schedule" or not self._is_latest(run):
            return None
        asked = tuple(name for name in run.targets if judgement.asks_on(name, run.day))
        if not asked:
            return None
        extra = self.plan(
            RunRequest(
                trigger="confirmation", slot=run.slot, targets=asked, replicates=EXTRA * run.replicates
            )
        )
        return None if self.store.run(extra.id) is not None else replace(extra, day=run.day)

    def recheck(self, run: Run, judgement: Judgement | None) -> Run | None:
        """A few trials that ask at once what exact findings of a scheduled run rest on; None where there are none.

        Returns:
            A run of its own, trigger `confirmation`, one replicate; its trials enter no series and no test.
        """
        if judgement is None or run.trigger != "schedule" or not self._is_latest(run):
            return None
        found = moved_today(run, judgement) if self.judge.policy.confirm else ()
        if not found:
            return None
        targets = tuple(dict.fromkeys(change.target for change in found))
        plan = self.plan(RunRequest(trigger="confirmation", slot=run.slot, targets=targets, replicates=1))
        extra = recheck_of(plan, found, self.suite)
        return None if self.store.run(extra.id) is not None else replace(extra, day=run.day)

    def _is_latest(self, run: Run) -> bool:
        """Whether a scheduled run is the newest, and of these days: extra trials of a day long past would rewrite it."""
        newest = max((one.day for one in self.store.runs(trigger="schedule")), default=run.day)
        return run.day >= newest and self.clock.now().date() - run.day <= timedelta(days=1)

    def plan(self, request: RunRequest) -> Run:
        """The run that a request means; nothing is stored yet.

        Raises:
            UsageError: it names a target or family that does not exist, or no target is configured.
        """
        names = self._asked(request)
        for name in names:
            if name not in self.everyone:
                known = ", ".join(self.specs) or "none is configured"
                raise UsageError(
                    f"there is no target {name!r}", where="--target", remedy=f"use one of: {known}"
                )
        if not names:
            raise ConfigurationError(
                "no target is configured", where=self.config, remedy="add a [[targets]] table"
            )
        chosen = selected(self.suite, request.families)
        specs = [self.everyone[name] for name in names]
        suite = Suite(prompts=tuple(p for p in chosen.prompts if any(applicable(p, spec) for spec in specs)))
        if not suite.prompts:
            raise UsageError(
                "every prompt plants memory files, which only an agent harness reads",
                where="--family",
                remedy="add a harness target, or another family",
            )
        now = self.clock.now()
        moment = request.slot or now
        return Run(
            id=f"{moment:%Y%m%dT%H%M%SZ}-{request.trigger}",
            day=moment.date(),
            trigger=request.trigger,
            slot=request.slot,
            label=request.label,
            started_at=now,
            suite=suite.digest,
            seed=self.seed,
            replicates=request.replicates or self.replicates,
            prompts=tuple(prompt.id for prompt in suite.prompts),
            targets={name: self.everyone[name].identity_digest for name in names},
        )

    def resumable(self, run_id: str) -> Run:
        """A stored run that can be completed to its own plan.

        Raises:
            UsageError: there is no such run, or its prompts or targets have changed since.
        """
        run = self.store.run(run_id)
        if run is None:
            recent = [r.id for r in self.store.runs() if not r.imported][-3:]
            hint = f"recent runs: {', '.join(recent)}" if recent else "the store has no run yet"
            raise UsageError(f"there is no run {run_id!r}", where="--resume", remedy=hint)
        if run.imported:
            raise UsageError(f"run {run_id} was imported and has no plan to complete", where="--resume")
        missing = [prompt for prompt in run.prompts if prompt not in self.suite.by_id]
        if missing or self.suite_of(run).digest != run.suite:
            raise UsageError(
                f"the prompt set has changed since run {run_id} started",
                where="--resume",
                remedy="restore the prompts, or start a new run",
            )
        for name, identity in run.targets.items():
            if name not in self.everyone or self.everyone[name].identity_digest != identity:
                raise UsageError(
                    f"target {name!r} has changed since run {run_id} started",
                    where="--resume",
                    remedy="restore its settings, or start a new run",
                )
        return run

    def unsent(self, run: Run, *, retry_failed: bool = False) -> Sequence[TrialKey]:
        """Trials of a run that carrying it out, or on, would send."""
        have = self.store.outcomes(run.id)
        return [
            key
            for key in planned_keys(run, self.suite, self.everyone)
            if key not in have or (retry_failed and have[key] == "failed")
        ]

    def suite_of(self, run: Run) -> Suite:
        """The prompts of a run, as they are defined now; those that are gone are left out."""
        return Suite(prompts=tuple(self.suite.by_id[p] for p in run.prompts if p in self.suite.by_id))

    async def carry_out(
        self,
        run: Run,
        *,
        resumed: bool = False,
        retry_failed: bool = False,
        pauses: bool = False,
        stop: StopSwitch | None = None,
        progress: Callable[[Trial, int, int], None] = say_nothing,
        opened: Callable[[Run], None] = _say_nothing,
    ) -> RunResult | None:
        """Ask what is missing of a run, then write its page and the index.

        Args:
            run: a plan, or with `resumed` a stored run.
            resumed: the run is in the store already.
            retry_failed: send failed trials again.
            pauses: keep the prompts' pauses.
            stop: asked before each trial.
            progress: told after each trial is durable.
            opened: told the run as stored, before its first request.

        Returns:
            What it came to; None where its slot is already taken by another run.

        Raises:
            ConfigurationError: a key is missing, or nothing bounds the run's cost; nothing was stored.
            UsageError: another process is carrying the run out.
            StoreError: the run could not be opened or a page not be written.
        """
        specs = {name: self.everyone[name] for name in run.targets}
        demand_bounded(specs.values(), self.prices, run.day, self.budget.tokens, self.config)
        targets: dict[str, Target] = {}
        try:
            for name, spec in specs.items():
                targets[name] = self.connect(spec)
            stored = run if resumed else self._open(run)
            if stored is None:
                return None
            with self.store.hold_run(stored.id) as mine:
                if not mine:
                    raise UsageError(
                        f"run {stored.id} is being carried out by another process",
                        remedy="wait until it has ended",
                    )
                opened(stored)
                terms = Terms(
                    run=stored.id,
                    limits={name: target.spec.concurrency for name, target in targets.items()},
                    retry_failed=retry_failed,
                    pauses=pauses,
                )
                collector = self.collector(
                    stored, targets, terms, self.dispatcher(terms), stop=stop, progress=progress
                )
                collected = await collector.collect(stored, retry_failed=retry_failed)
        finally:
            for target in targets.values():
                await target.close()
        return self.concluded(stored.id, collected)

    def _open(self, run: Run) -> Run | None:
        """Keep a planned run; None where its slot is taken. Two runs by hand within a second get different ids."""
        self.store.keep_suite(self.suite_of(run))
        candidate, number = run, 1
        while not self.store.open_run(candidate):
            if run.slot is not None:
                return None
            number += 1
            candidate = replace(run, id=f"{run.id}.{number}")
        return candidate

    def collector(
        self,
        run: Run,
        targets: Mapping[str, Target],
        terms: Terms,
        dispatcher: Dispatcher,
        *,
        stop: StopSwitch | None = None,
        progress: Callable[[Trial, int, int], None] = say_nothing,
    ) -> Collector:
        """Who asks the trials of a stored run."""
        return Collector(
            suite=self.suite_of(run),
            targets=targets,
            store=self.store,
            dispatcher=dispatcher,
            clock=self.clock,
            prices=self.prices,
            budget=self.budget,
            fingerprint=self.fingerprint,
            keep_texts=self.keep_texts,
            pauses=terms.pauses,
            stop=stop or StopSwitch(),
            progress=progress,
        )

    def concluded(self, run_id: str, collected: Collected) -> RunResult:
        """Tally a run from the store, judge what the store holds now, queue what there is to tell, write the pages.

        The run is paid for and stored: a page that can't be written must not hide what it came to.
        """
        run = self.store.run(run_id)
        if run is None:
            raise StoreError(f"run {run_id} is gone from the store", remedy="check who else writes to it")
        trials = list(self.store.trials(run=run_id))
        tallies = tallied(run, trials, planned_keys(run, self.suite, self.everyone))
        problems: list[StoreError] = []
        page: Path | None = None
        judgement: Judgement | None = None
        with _kept_for_later(problems):
            judgement = self.judge.judge() if self.store.runs(trigger="schedule") else None
        if judgement is not None:
            # People are told before anything is written: a full disk of pages must not silence an alarm.
            with _kept_for_later(problems):
                self.teller.incidents(judgement)
        with _kept_for_later(problems):
            asked = {prompt.digest: prompt for prompt in self.suite_of(run).prompts}
            page = self.publisher.run_page(run, trials, asked, judgement)
        with _kept_for_later(problems):
            if judgement is not None:
                self.publisher.incident_pages(judgement)
            self.publisher.index(judgement)
        return RunResult(
            run=run,
            tallies=tallies,
            page=page,
            judgement=judgement,
            problems=problems_of(run, tallies, collected, problems[:1]),
        )

    async def deliver(self) -> Delivered:
        """Try every message of the outbox whose time has come, once. What is not accepted stays queued.

        One process at a time: where another delivers, nothing is tried, so that no message goes out from two.

        Raises:
            ConfigurationError: a channel can't be used as it is configured; nothing was tried.
        """
        with self.store.hold_run(OUTBOX) as mine:
            if not mine:
                return Delivered(sent=0, put_off=0, problems=(), next_at=None)
            return await deliver_due(self.store.casebook(), self.carriers(), self.clock)
